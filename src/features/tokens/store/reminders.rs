//! Tokens whose end is near.
//!
//! What may not happen here: a token that is taken twice.

use crate::{
    clock::Instant,
    db::{SystemRead, SystemWrite},
    error::Result,
    features::tokens::model::NOTICE_DAYS,
    ids::TokenId,
};

/// A good token that ends soon, and whom to tell.
#[derive(Clone, Debug)]
pub(in super::super) struct Ending {
    pub(in super::super) id: TokenId,
    pub(in super::super) name: String,
    pub(in super::super) scope: String,
    pub(in super::super) app: Option<String>,
    pub(in super::super) org: Option<String>,
    pub(in super::super) environment: Option<String>,
    pub(in super::super) expires_at: Instant,
    pub(in super::super) last_used_at: Option<Instant>,
    pub(in super::super) email: String,
    pub(in super::super) time_zone: String,
}

impl Ending {
    /// Where a new one is made.
    pub(in super::super) fn path(&self) -> String {
        match (&self.org, &self.app) {
            (Some(org), Some(app)) => format!("/orgs/{org}/apps/{app}"),
            (Some(org), None) => format!("/orgs/{org}/tokens"),
            _ => "/account/tokens".to_owned(),
        }
    }
}

/// Notes of so many tokens that their end is near, and says which. One that was made for little longer than the notice
/// is left alone: its maker knows.
pub(in super::super) async fn take_due(tx: &mut SystemWrite, most: i64) -> Result<Vec<TokenId>> {
    let taken = sqlx::query_scalar!(
        "with due as (
           select id from tokens
           where revoked_at is null and reminded_at is null and expires_at > cordon_now()
             and expires_at <= cordon_now() + make_interval(days => $1)
             and expires_at > created_at + make_interval(days => $1 + 1)
           order by expires_at limit $2 for update skip locked
         )
         update tokens t set reminded_at = cordon_now() from due where t.id = due.id returning t.id",
        i32::try_from(NOTICE_DAYS).unwrap_or(7),
        most
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(taken.into_iter().map(Into::into).collect())
}

/// The token as its maker is told of it; `None` when it is not good any more, or its maker has no address.
pub(in super::super) async fn find(tx: &mut SystemRead, id: TokenId) -> Result<Option<Ending>> {
    let row = sqlx::query_as!(
        Ending,
        r#"select h.id, h.name, h.scope, h.app_name as app, o.slug as "org?", o.environment as "environment?",
                  h.expires_at, h.last_used_at, a.email as "email!", a.time_zone
           from tokens h join accounts a on a.id = h.account_id left join orgs o on o.id = h.org_id
           where h.id = $1 and a.email is not null and exists (select from live_token(h.hash))"#,
        id.uuid()
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}
