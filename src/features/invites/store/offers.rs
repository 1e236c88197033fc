//! Invitations as the invited person and the mail worker see them, before any membership exists.
//!
//! What may not happen here: a token in a row, or an answer that is not one guarded change.

use sqlx::PgConnection;

use super::super::{
    events::{self, Event},
    model::Offer,
};
use crate::{
    clock::Instant,
    db::{SystemWrite, audit::Action},
    error::Result,
    ids::{AccountId, GrantId, InvitationId, OrgId},
    role::{Role, Roles},
};

/// The invitation and sending that a mailed link stands for, by the SHA-256 of its token.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn behind(
    connection: &mut PgConnection,
    hash: &[u8],
) -> Result<Option<(InvitationId, i32)>> {
    let found =
        sqlx::query!("select invitation_id, sending from invitation_links where token_hash = $1", hash)
            .fetch_optional(connection)
            .await?;
    Ok(found.map(|found| (found.invitation_id.into(), found.sending)))
}

/// The invitation as it is now.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn find(connection: &mut PgConnection, id: InvitationId) -> Result<Option<Offer>> {
    let offer = sqlx::query_as!(
        Offer,
        r#"select i.id, i.org_id as org, o.slug, o.environment, i.email, i.role, i.access_ends_at as ends_at, i.reason,
                  i.state, i.sending, i.expires_at, i.created_at, i.decided_by as "decided_by: AccountId",
                  d.name as "decider?", i.invited_by as inviter, a.name as inviter_name,
                  a.email as inviter_email, i.expires_at <= cordon_now() as "over!",
                  o.deleted_at is not null as "org_deleted!"
           from invitations i join orgs o on o.id = i.org_id join accounts a on a.id = i.invited_by
             left join accounts d on d.id = i.decided_by
           where i.id = $1"#,
        id.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(offer)
}

/// The same, held until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn lock(connection: &mut PgConnection, id: InvitationId) -> Result<Option<Offer>> {
    sqlx::query!("select id from invitations where id = $1 for update", id.uuid())
        .fetch_optional(&mut *connection)
        .await?;
    find(connection, id).await
}

/// Whether a provider vouches that the address is this account's.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn owns(connection: &mut PgConnection, account: AccountId, email: &str) -> Result<bool> {
    let owns = sqlx::query_scalar!(
        r#"select exists (select from identities where account_id = $1 and email = $2 and email_verified) as "owns!""#,
        account.uuid(),
        email
    )
    .fetch_one(connection)
    .await?;
    Ok(owns)
}

/// The name and contact address of an account.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn account(
    connection: &mut PgConnection,
    id: AccountId,
) -> Result<Option<(String, String, String)>> {
    let found = sqlx::query!("select name, email, time_zone from accounts where id = $1", id.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(found.map(|found| (found.name, found.email.unwrap_or_default(), found.time_zone)))
}

/// The people inside, at most eight, and how many there are.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn inside(
    connection: &mut PgConnection,
    org: OrgId,
) -> Result<(Vec<(AccountId, String)>, usize)> {
    let rows = sqlx::query!(
        r#"select a.id, a.name, count(*) over () as "total!"
           from accounts a where exists (select from grants g where g.account_id = a.id and g.org_id = $1
             and g.revoked_at is null and g.starts_at <= cordon_now() and (g.ends_at is null or g.ends_at > cordon_now()))
           order by a.created_at, a.id limit 8"#,
        org.uuid()
    )
    .fetch_all(connection)
    .await?;
    let total = rows.first().map_or(0, |row| usize::try_from(row.total).unwrap_or(0));
    Ok((rows.into_iter().map(|row| (row.id.into(), row.name)).collect(), total))
}

/// What the inviter may grant at this moment. Their grants are held until the transaction ends, so that nobody takes
/// them away in between.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn inviter_roles(connection: &mut PgConnection, offer: &Offer) -> Result<Roles> {
    let rows = sqlx::query_scalar!(
        "select role from grants where org_id = $1 and account_id = $2 and revoked_at is null
         and starts_at <= cordon_now() and (ends_at is null or ends_at > cordon_now()) for share",
        offer.org.uuid(),
        offer.inviter.uuid()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().filter_map(|role| Role::parse(role)).collect())
}

/// Takes the offer: the invitation is joined and the grant begins. `None` when it is not waiting any more.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn join(db: &mut SystemWrite, offer: &Offer, account: AccountId) -> Result<Option<Event>> {
    let Some(event) = decide(db.connection(), offer, "joined", Some(account)).await? else { return Ok(None) };
    sqlx::query!(
        "insert into grants (id, org_id, account_id, role, path, reason, granted_by, ends_at)
         values ($1, $2, $3, $4, 'invitation', $5, $6, $7)",
        GrantId::new().uuid(),
        offer.org.uuid(),
        account.uuid(),
        offer.role,
        offer.reason,
        offer.inviter.uuid(),
        offer.ends_at as Option<Instant>
    )
    .execute(db.connection())
    .await?;
    Ok(Some(event))
}

/// Declines the offer. `None` when it is not waiting any more.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn decline(
    db: &mut SystemWrite,
    offer: &Offer,
    account: AccountId,
) -> Result<Option<Event>> {
    decide(db.connection(), offer, "declined", Some(account)).await
}

/// Puts the offer aside until an admin approves it. `None` when it is not waiting any more.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn hold(db: &mut SystemWrite, offer: &Offer) -> Result<Option<Event>> {
    decide(db.connection(), offer, "held", None).await
}

async fn decide(
    connection: &mut PgConnection,
    offer: &Offer,
    state: &str,
    by: Option<AccountId>,
) -> Result<Option<Event>> {
    let changed = sqlx::query!(
        "update invitations set state = $3, decided_by = $4::uuid, decided_at = case when $4::uuid is null then null else cordon_now() end
         where id = $1 and sending = $2 and state = 'waiting' and expires_at > cordon_now()",
        offer.id.uuid(),
        offer.sending,
        state,
        by.map(AccountId::uuid)
    )
    .execute(connection)
    .await?;
    let action = match state {
        "joined" => &events::ACCEPTED,
        "declined" => &events::DECLINED,
        _ => &events::HELD,
    };
    Ok((changed.rows_affected() == 1).then(|| event(action, offer)))
}

/// Notes a link that is about to be mailed.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_link(connection: &mut PgConnection, offer: &Offer, hash: &[u8]) -> Result<()> {
    sqlx::query!(
        "insert into invitation_links (token_hash, org_id, invitation_id, sending) values ($1, $2, $3, $4)",
        hash,
        offer.org.uuid(),
        offer.id.uuid(),
        offer.sending
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the mail of this sending is still to be sent.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn unsent(connection: &mut PgConnection, id: InvitationId) -> Result<bool> {
    let state = sqlx::query_scalar!("select mail_state from invitations where id = $1", id.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(state.as_deref() == Some("pending"))
}

/// Notes how the mail of this sending ended. `None` when another sending was asked for meanwhile.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn mailed(
    db: &mut SystemWrite,
    offer: &Offer,
    error: Option<&str>,
) -> Result<Option<Event>> {
    let state = if error.is_none() { "sent" } else { "failed" };
    let changed = sqlx::query!(
        "update invitations set mail_state = $3, mail_error = $4 where id = $1 and sending = $2 and mail_state = 'pending'",
        offer.id.uuid(),
        offer.sending,
        state,
        error
    )
    .execute(db.connection())
    .await?;
    let action = if error.is_none() { &events::MAILED } else { &events::MAIL_FAILED };
    let event = Event { error: error.map(str::to_owned), reason: None, ..event(action, offer) };
    Ok((changed.rows_affected() == 1).then_some(event))
}

/// Notes why the mail is late. An observation: it leaves no event.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn mail_late(db: &mut SystemWrite, offer: &Offer, error: &str) -> Result<()> {
    sqlx::query!(
        "update invitations set mail_error = $3 where id = $1 and sending = $2 and mail_state = 'pending'",
        offer.id.uuid(),
        offer.sending,
        error
    )
    .execute(db.connection())
    .await?;
    Ok(())
}

/// Marks invitations that nobody answered in time, at most so many.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn expire(db: &mut SystemWrite, most: i64) -> Result<Vec<Event>> {
    let rows = sqlx::query!(
        r#"update invitations set state = 'expired'
           where id in (select id from invitations where state = 'waiting' and expires_at <= cordon_now()
                        order by expires_at limit $1 for update skip locked)
           returning id, org_id, email, role, access_ends_at as "ends_at: Instant""#,
        most
    )
    .fetch_all(db.connection())
    .await?;
    let event = |action: &'static Action| {
        rows.into_iter().map(move |row| Event {
            action,
            org: row.org_id.into(),
            id: row.id.into(),
            email: row.email,
            role: row.role,
            ends_at: row.ends_at,
            reason: None,
            error: None,
        })
    };
    Ok(event(&events::EXPIRED).collect())
}

fn event(action: &'static Action, offer: &Offer) -> Event {
    Event {
        action,
        org: offer.org,
        id: offer.id,
        email: offer.email.clone(),
        role: offer.role.clone(),
        ends_at: offer.ends_at,
        reason: offer.reason.clone(),
        error: None,
    }
}
