//! The rows of tokens.
//!
//! What may not happen here: a token itself. What comes in is a hash; what goes out has not even that.

use serde::Deserialize;

use crate::{
    auth::scope::OrgScope,
    clock::Instant,
    db::token::TokenHash,
    error::{Error, Result},
    ids::{AccountId, TokenId},
    role::{Roles, Scope},
};

/// A token that would be let into an organization now.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Known {
    pub(super) id: TokenId,
    pub(super) kind: String,
    pub(super) scope: Scope,
    pub(super) name: String,
    pub(super) account: AccountId,
    pub(super) app: Option<String>,
    pub(super) created_at: Instant,
    pub(super) expires_at: Instant,
    pub(super) roles: Roles,
}

/// The token of that hash, if the organization of the scope lets it in now.
pub(super) async fn look(db: &mut impl OrgScope, hash: &TokenHash) -> Result<Option<Known>> {
    let org = db.org();
    let answer = sqlx::query_scalar!("select look_at_token($1, $2)", hash.bytes(), org.uuid())
        .fetch_one(db.connection())
        .await?;
    answer.map(serde_json::from_value).transpose().map_err(Error::internal)
}
