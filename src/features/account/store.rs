//! The rows of one account: itself, its identities, its sessions.
//!
//! What may not happen here: a row reached without the account of the scope.

use crate::{
    auth::scope::{SiteScope, SiteWrite},
    error::Result,
    features::account::model::{Appearance, Identity, Profile, Session},
    ids::SessionId,
};

/// The ways in, oldest first.
pub(super) async fn identities(db: &mut impl SiteScope) -> Result<Vec<Identity>> {
    let account = db.account();
    let rows = sqlx::query_as!(
        Identity,
        "select provider, email, email_verified, created_at, last_used_at from identities
         where account_id = $1 order by created_at, id",
        account.uuid()
    )
    .fetch_all(db.connection())
    .await?;
    Ok(rows)
}

/// The sessions that are live, the one seen last first.
pub(super) async fn sessions(db: &mut impl SiteScope) -> Result<Vec<Session>> {
    let account = db.account();
    let rows = sqlx::query_as!(
        Session,
        "select id, provider, address, agent, created_at, last_seen_at from sessions
         where account_id = $1 and expires_at > cordon_now() and last_seen_at > cordon_now() - interval '24 hours'
         order by last_seen_at desc, id desc limit 100",
        account.uuid()
    )
    .fetch_all(db.connection())
    .await?;
    Ok(rows)
}

/// Changes the name.
pub(super) async fn update_profile(db: &mut SiteWrite<'_>, profile: &Profile) -> Result<()> {
    let account = db.account();
    sqlx::query!("update accounts set name = $2 where id = $1", account.uuid(), profile.name)
        .execute(db.connection())
        .await?;
    Ok(())
}

/// Changes the looks.
pub(super) async fn update_appearance(db: &mut SiteWrite<'_>, appearance: &Appearance) -> Result<()> {
    let account = db.account();
    sqlx::query!(
        "update accounts set time_zone = $2, theme = $3, single_keys = $4 where id = $1",
        account.uuid(),
        appearance.time_zone,
        appearance.theme,
        appearance.single_keys
    )
    .execute(db.connection())
    .await?;
    Ok(())
}

/// Ends one session of the account; `false` when it has no such session.
pub(super) async fn end(db: &mut SiteWrite<'_>, session: SessionId) -> Result<bool> {
    let account = db.account();
    let done = sqlx::query!(
        "delete from sessions where account_id = $1 and id = $2",
        account.uuid(),
        session.uuid()
    )
    .execute(db.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of the account but one.
pub(super) async fn end_others(db: &mut SiteWrite<'_>, keep: SessionId) -> Result<Vec<SessionId>> {
    let account = db.account();
    let ended = sqlx::query_scalar!(
        "delete from sessions where account_id = $1 and id <> $2 returning id",
        account.uuid(),
        keep.uuid()
    )
    .fetch_all(db.connection())
    .await?;
    Ok(ended.into_iter().map(Into::into).collect())
}
