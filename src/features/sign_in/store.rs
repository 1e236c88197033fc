//! Accounts and identities, found or made when somebody arrives from a provider; the sessions that begin and end then.
//!
//! What may not happen here: joining two identities because their addresses match, or an answer that works twice.

use crate::{
    auth::{
        oauth::PendingLogin,
        scope::{SiteScope as _, SiteWrite},
    },
    db::{
        SystemWrite,
        audit::{Audit as _, Event as Entry},
        session::SessionHash,
    },
    error::{Error, Result},
    features::{
        orgs,
        sign_in::{Arrival, Event},
    },
    ids::{AccountId, IdentityId, SessionId, random_bytes},
};

/// How many sessions an account may have.
const MOST_SESSIONS: i64 = 20;

/// Finds the account of an arrival, or makes it with its identity and personal organization. The events are for the
/// caller's commit.
///
/// # Errors
/// When the database does not answer.
pub async fn enroll(db: &mut SystemWrite, arrival: &Arrival) -> Result<(AccountId, Vec<Entry>)> {
    // Two first sign-ins of one person at the same moment make one account.
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0)) as locked",
        format!("identity {} {}", arrival.provider, arrival.subject)
    )
    .fetch_one(db.connection())
    .await?;
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

/// Takes the sign-in under way out of a session: of any number of answers at once, one gets it.
pub(super) async fn take_pending(
    db: &mut SystemWrite,
    session: &SessionHash,
) -> Result<Option<PendingLogin>> {
    let taken = sqlx::query_scalar!(
        "with old as (
           select id_hash, data -> 'pending' as pending from sessions
           where id_hash = $1 and data ? 'pending' and expires_at > cordon_now() for update)
         update sessions s set data = s.data - 'pending' from old where s.id_hash = old.id_hash returning old.pending",
        session.bytes()
    )
    .fetch_optional(db.connection())
    .await?;
    // What is there but cannot be read is gone all the same.
    Ok(taken.flatten().and_then(|pending| serde_json::from_value(pending).ok()))
}

/// Ends the session with which somebody was signed in before; says who, if anybody.
pub(super) async fn remove_signed_in(
    db: &mut SystemWrite,
    session: &SessionHash,
) -> Result<Option<(AccountId, SessionId)>> {
    let removed = sqlx::query!(
        r#"delete from sessions where id_hash = $1 and account_id is not null returning id, account_id as "account_id!""#,
        session.bytes()
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(removed.map(|row| (row.account_id.into(), row.id.into())))
}

/// Ends the oldest sessions of an account that has too many.
pub(super) async fn remove_oldest(db: &mut SystemWrite, account: AccountId) -> Result<Vec<SessionId>> {
    let removed = sqlx::query_scalar!(
        "delete from sessions where account_id = $1 and id not in (
           select id from sessions where account_id = $1 order by created_at desc, id desc limit $2)
         returning id",
        account.uuid(),
        MOST_SESSIONS
    )
    .fetch_all(db.connection())
    .await?;
    Ok(removed.into_iter().map(Into::into).collect())
}

/// Ends the caller's own session.
pub(super) async fn remove(db: &mut SiteWrite<'_>, session: SessionId) -> Result<()> {
    let account = db.account();
    sqlx::query!("delete from sessions where account_id = $1 and id = $2", account.uuid(), session.uuid())
        .execute(db.connection())
        .await?;
    Ok(())
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
