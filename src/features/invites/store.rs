//! Invitations as their organization sees them.
//!
//! What may not happen here: a change of an invitation that does not void the links mailed before.

pub(super) mod offers;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{
    events::Event,
    jobs::SendInvitation,
    model::{NewInvites, Row, Standing},
};
use crate::{
    auth::scope::{OrgScope, OrgWrite, SiteScope as _, SiteWrite},
    clock::Instant,
    db::audit::{Action, Audit as _},
    error::Result,
    ids::{AccountId, InvitationId, OrgId},
    jobs,
    role::ManageMembers,
};

type Write<'g> = OrgWrite<'g, ManageMembers>;

/// Where a page of the list begins: after this row.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct After {
    /// When the row was made.
    pub at: Instant,
    /// Which it is.
    pub id: InvitationId,
}

/// A page of the organization's invitations, newest first.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn list(db: &mut impl OrgScope, after: Option<After>, most: i64) -> Result<Vec<Row>> {
    let org = db.org();
    select(db.connection(), org, after, false, most).await
}

/// The invitations that nobody has answered yet, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn pending(db: &mut impl OrgScope, most: i64) -> Result<Vec<Row>> {
    let org = db.org();
    select(db.connection(), org, None, true, most).await
}

async fn select(
    connection: &mut PgConnection,
    org: OrgId,
    after: Option<After>,
    open: bool,
    most: i64,
) -> Result<Vec<Row>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select i.id, i.email, i.role, i.access_ends_at as ends_at, i.reason,
                  case when i.state = 'waiting' and i.expires_at <= cordon_now() then 'expired' else i.state end
                    as "state!",
                  a.name as inviter, i.created_at, i.expires_at, i.link_seconds, i.mail_state, i.mail_error
           from invitations i join accounts a on a.id = i.invited_by
           where i.org_id = $1 and ($2::timestamptz is null or (i.created_at, i.id) < ($2, $3))
             and (not $4 or i.state = 'held' or (i.state = 'waiting' and i.expires_at > cordon_now()))
           order by i.created_at desc, i.id desc limit $5"#,
        org.uuid(),
        after.map(|after| after.at) as Option<Instant>,
        after.map(|after| after.id.uuid()),
        open,
        most
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// What is known about each of these addresses in this organization.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn standing(
    db: &mut impl OrgScope,
    emails: &[String],
) -> Result<BTreeMap<String, Standing>> {
    let org = db.org();
    let mut known: BTreeMap<String, Standing> =
        emails.iter().map(|email| (email.clone(), Standing::New)).collect();
    let invited = sqlx::query_scalar!(
        "select email from invitations where org_id = $1 and email = any($2) and state in ('waiting', 'held', 'expired')",
        org.uuid(),
        emails
    )
    .fetch_all(db.connection())
    .await?;
    known.extend(invited.into_iter().map(|email| (email, Standing::Invited)));
    let members = sqlx::query_scalar!("select members_among($1, $2)", org.uuid(), emails)
        .fetch_all(db.connection())
        .await?;
    known.extend(members.into_iter().flatten().map(|email| (email, Standing::Member)));
    Ok(known)
}

/// How many invitations are open.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn open(db: &mut impl OrgScope) -> Result<usize> {
    let org = db.org();
    let open = sqlx::query_scalar!(
        r#"select count(*) as "open!" from invitations
           where org_id = $1 and state in ('waiting', 'held') and expires_at > cordon_now()"#,
        org.uuid()
    )
    .fetch_one(db.connection())
    .await?;
    Ok(usize::try_from(open).unwrap_or(0))
}

/// Makes one invitation, or renews the open one of that address, and leaves its mail to a job. The flag says which.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn insert(db: &mut Write<'_>, email: &str, new: &NewInvites) -> Result<(Event, bool)> {
    let (org, inviter) = (db.org(), db.account());
    invite(db.connection(), (org, inviter), email, new).await
}

/// Offers ownership of an organization that is being founded in this transaction, in the founder's name.
///
/// # Errors
/// When the database does not answer.
pub async fn offer_ownership(
    db: &mut SiteWrite<'_>,
    org: OrgId,
    email: &str,
    production: bool,
) -> Result<crate::db::audit::Event> {
    let founder = db.account();
    let offer = NewInvites::second_owner(production);
    let (event, _) = invite(db.connection(), (org, founder), email, &offer).await?;
    Ok(event.event())
}

async fn invite(
    connection: &mut PgConnection,
    (org, inviter): (OrgId, AccountId),
    email: &str,
    new: &NewInvites,
) -> Result<(Event, bool)> {
    let made = sqlx::query!(
        "insert into invitations as i
           (id, org_id, email, role, access_ends_at, reason, invited_by, link_seconds, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8::integer, least(cordon_now() + make_interval(secs => $8::integer), $5))
         on conflict (org_id, email) where state in ('waiting', 'held', 'expired') do update
           set role = excluded.role, access_ends_at = excluded.access_ends_at, reason = excluded.reason,
               invited_by = excluded.invited_by, link_seconds = excluded.link_seconds,
               expires_at = excluded.expires_at, state = 'waiting', sending = i.sending + 1, mail_state = 'pending',
               mail_error = null, decided_at = null, decided_by = null
         returning id, sending",
        InvitationId::new().uuid(),
        org.uuid(),
        email,
        new.role.key(),
        new.ends_at as Option<Instant>,
        new.reason,
        inviter.uuid(),
        new.link_seconds
    )
    .fetch_one(&mut *connection)
    .await?;
    let id = made.id.into();
    send(connection, org, id, made.sending).await?;
    let renewed = made.sending > 1;
    let event = Event {
        action: if renewed { &super::events::RESENT } else { &super::events::SENT },
        org,
        id,
        email: email.to_owned(),
        role: new.role.key().to_owned(),
        ends_at: new.ends_at,
        reason: new.reason.clone(),
        error: None,
    };
    Ok((event, renewed))
}

/// Voids the links mailed so far and leaves the next mail to a job.
async fn send(connection: &mut PgConnection, org: OrgId, id: InvitationId, sending: i32) -> Result<()> {
    sqlx::query!(
        "delete from invitation_links where org_id = $1 and invitation_id = $2",
        org.uuid(),
        id.uuid()
    )
    .execute(&mut *connection)
    .await?;
    jobs::enqueue(connection, &SendInvitation { id, sending }).await
}

/// Role and state of one invitation, held until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn lock(db: &mut Write<'_>, id: InvitationId) -> Result<Option<(String, String)>> {
    let org = db.org();
    let found = sqlx::query!(
        "select role, state from invitations where org_id = $1 and id = $2 for update",
        org.uuid(),
        id.uuid()
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(found.map(|found| (found.role, found.state)))
}

/// Mails a waiting or expired invitation again, with a new link. `None` when it was answered, or its access is over.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn resend(db: &mut Write<'_>, id: InvitationId) -> Result<Option<Event>> {
    renew(db, id, &super::events::RESENT, &["waiting", "expired"], None).await
}

/// Lets a held invitation go on, now in the name of the caller. `None` when it is not held.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn approve(db: &mut Write<'_>, id: InvitationId) -> Result<Option<Event>> {
    let approver = db.account();
    renew(db, id, &super::events::APPROVED, &["held"], Some(approver)).await
}

async fn renew(
    db: &mut Write<'_>,
    id: InvitationId,
    action: &'static Action,
    states: &[&str],
    inviter: Option<AccountId>,
) -> Result<Option<Event>> {
    let org = db.org();
    let states: Vec<String> = states.iter().map(ToString::to_string).collect();
    let found = sqlx::query!(
        r#"update invitations
           set state = 'waiting', sending = sending + 1, mail_state = 'pending', mail_error = null, decided_at = null,
               decided_by = null, invited_by = coalesce($4, invited_by),
               expires_at = least(cordon_now() + make_interval(secs => link_seconds), access_ends_at)
           where org_id = $1 and id = $2 and state = any($3)
             and (access_ends_at is null or access_ends_at > cordon_now())
           returning email, role, access_ends_at as "ends_at: Instant", reason, sending"#,
        org.uuid(),
        id.uuid(),
        &states,
        inviter.map(AccountId::uuid)
    )
    .fetch_optional(db.connection())
    .await?;
    let Some(found) = found else { return Ok(None) };
    send(db.connection(), org, id, found.sending).await?;
    let (email, role, ends_at, reason) = (found.email, found.role, found.ends_at, found.reason);
    Ok(Some(Event { action, org, id, email, role, ends_at, reason, error: None }))
}

/// Ends an open invitation. `None` when it was answered meanwhile.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn withdraw(db: &mut Write<'_>, id: InvitationId) -> Result<Option<Event>> {
    let (org, by) = (db.org(), db.account());
    let found = sqlx::query!(
        "update invitations set state = 'withdrawn', decided_at = cordon_now(), decided_by = $3
         where org_id = $1 and id = $2 and state in ('waiting', 'held', 'expired') returning email, role",
        org.uuid(),
        id.uuid(),
        by.uuid()
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(found.map(|found| Event {
        action: &super::events::REVOKED,
        org,
        id,
        email: found.email,
        role: found.role,
        ends_at: None,
        reason: None,
        error: None,
    }))
}
