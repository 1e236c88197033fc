//! The gate's question, in one statement: who shows this session or token, and which roles they hold where the app is.
//!
//! What may not happen here: an answer that is kept. Every request at the gate asks again.

use serde::Deserialize;
use sqlx::types::Json;

use crate::{
    db::{Database, session::SessionHash, token::TokenHash},
    error::Result,
    ids::{AccountId, OrgId, SessionId, TokenId},
    role::{Roles, Scope},
};

/// What a caller shows: one of the two.
#[derive(Clone, Copy, Debug)]
pub enum Shown {
    /// A browser's session.
    Session(SessionHash),
    /// A program's token.
    Token(TokenHash),
}

/// Somebody known, in front of an app.
#[derive(Clone, Debug, Deserialize)]
pub struct Visit {
    /// The person; a token's maker.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Their contact address, if any is known.
    pub email: Option<String>,
    /// The session that was shown.
    pub session: Option<SessionId>,
    /// The token that was shown.
    pub token: Option<TokenId>,
    /// The most that the token may do.
    pub scope: Option<Scope>,
    /// Where the token's last use came from.
    pub used_from: Option<String>,
    /// Not seen for a minute: last-seen or last use wants writing.
    pub stale: bool,
    /// The app's organization; `None` for an app that does not exist.
    pub org: Option<OrgId>,
    /// Its name in URLs.
    pub slug: Option<String>,
    /// `production`, `staging`, `development` or `personal`.
    pub environment: Option<String>,
    /// The person's live roles in it; empty when nothing leads there.
    pub roles: Roles,
}

impl Database {
    /// Asks the gate's question. `None` when what was shown is not good.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] when the database does not answer.
    pub(crate) async fn gate(&self, shown: Shown, app: &str) -> Result<Option<Visit>> {
        let (session, token) = match &shown {
            Shown::Session(hash) => (Some(hash.bytes()), None),
            Shown::Token(hash) => (None, Some(hash.bytes())),
        };
        let visit =
            sqlx::query_scalar!(r#"select gate($1, $2, $3) as "visit: Json<Visit>""#, session, token, app)
                .fetch_one(&self.pool)
                .await?;
        Ok(visit.map(|Json(visit)| visit))
    }
}
