//! Accounts and identities, found or made when somebody arrives from a provider.
//!
//! What may not happen here: joining two identities because their addresses match.

use crate::{
    db::{
        SystemWrite,
        audit::{Audit as _, Event as Entry},
    },
    error::{Error, Result},
    features::{orgs, sign_in::Event},
    ids::{AccountId, IdentityId, random_bytes},
};

/// Who a provider says has arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The provider.
    pub provider: String,
    /// What never changes there: `sub`, or GitHub's numeric id.
    pub subject: String,
    /// The name that others will see, if the account is new.
    pub name: String,
    /// The address in canonical form, and whether the provider vouches for it.
    pub email: Option<(String, bool)>,
}

/// Finds the account of an arrival, or makes it with its identity and personal organization. The events are for the
/// caller's commit.
///
/// # Errors
/// When the database does not answer.
pub async fn enroll(db: &mut SystemWrite, arrival: &Arrival) -> Result<(AccountId, Vec<Entry>)> {
    let (email, verified) = arrival.email.clone().unzip();
    let verified = verified.unwrap_or(false);
    let known = sqlx::query!(
        "select account_id, email, email_verified from identities where provider = $1 and subject = $2 for update",
        arrival.provider,
        arrival.subject
    )
    .fetch_optional(db.connection())
    .await?;
    if let Some(known) = known {
        // The provider's word on the address may have changed; nothing else may.
        sqlx::query!(
            "update identities set email = $3, email_verified = $4, last_used_at = cordon_now()
             where provider = $1 and subject = $2",
            arrival.provider,
            arrival.subject,
            email,
            verified
        )
        .execute(db.connection())
        .await?;
        return Ok((known.account_id.into(), Vec::new()));
    }
    let account = AccountId::new();
    sqlx::query!(
        "insert into accounts (id, name, email) values ($1, $2, $3)",
        account.uuid(),
        arrival.name,
        email
    )
    .execute(db.connection())
    .await?;
    sqlx::query!(
        "insert into identities (id, account_id, provider, subject, email, email_verified) values ($1, $2, $3, $4, $5, $6)",
        IdentityId::new().uuid(),
        account.uuid(),
        arrival.provider,
        arrival.subject,
        email,
        verified
    )
    .execute(db.connection())
    .await?;
    let org = orgs::found_personal(db, &personal_slug(&arrival.name)?, account).await?;
    Ok((account, vec![Event::AccountCreated(account).event(), org.event()]))
}

/// A slug from the name, with four random characters: the name alone would tell others that the person is here.
fn personal_slug(name: &str) -> Result<String> {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let stem: String = words.join("-").chars().take(40).collect();
    let stem = if stem.starts_with(|c: char| c.is_ascii_lowercase()) { stem } else { format!("p-{stem}") };
    let random = random_bytes::<4>().map_err(Error::internal)?;
    Ok(format!("{}-{}", stem.trim_matches('-'), hex::encode(random)))
}
