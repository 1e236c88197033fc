//! What the database says when a request enters: who it is, where, with which roles, and what the frame shows.
//!
//! What may not happen here: building one of these anywhere but from the database's answer.

use serde::Deserialize;
use uuid::Uuid;

use crate::{
    clock::Instant,
    ids::{AccountId, OrgId, SessionId, TokenId},
    role::{Roles, Scope},
};

/// The answer of `enter()` for a live session.
#[derive(Clone, Debug, Deserialize)]
pub struct Context {
    /// The session that was shown.
    pub session: Session,
    /// Whose it is.
    pub account: Account,
    /// The organization named in the URL, when it holds something for this account.
    pub org: Option<Org>,
    /// What the page's frame shows; only asked for when a page is drawn.
    pub shell: Option<ShellData>,
}

/// The answer of `enter_token()` for a token that is good now.
#[derive(Clone, Debug, Deserialize)]
pub struct TokenContext {
    /// The token that was shown.
    pub token: Token,
    /// Whoever made it.
    pub account: Account,
    /// The organization named in the URL, or else the token's own, when it holds something for the token.
    pub org: Option<Org>,
}

/// The token a request came with.
#[derive(Clone, Debug, Deserialize)]
pub struct Token {
    /// The token.
    pub id: TokenId,
    /// `deploy`, `org`, `read-only` or `personal`.
    pub kind: String,
    /// The most that it may do.
    pub scope: Scope,
    /// What its maker called it.
    pub name: String,
    /// The organization that it is bound to; `None` for a personal token.
    pub org_id: Option<OrgId>,
    /// The app that it is bound to: a deploy token's.
    pub app: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// Where its last use came from.
    pub last_used_from: Option<String>,
    /// Not used in this minute yet: last use wants writing.
    pub stale: bool,
}

/// The session a request came with.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// Its public name.
    pub id: SessionId,
    /// The provider that vouched for it.
    pub provider: Option<String>,
    /// When the sign-in was.
    pub created_at: Instant,
    /// Not seen for a minute: last-seen wants writing.
    pub stale: bool,
}

/// The signed-in person.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// The name that others see.
    pub name: String,
    /// The contact address, if any is known.
    pub email: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// Whether single-key shortcuts are on.
    pub single_keys: bool,
}

/// The organization of an in-org page.
#[derive(Clone, Debug, Deserialize)]
pub struct Org {
    /// The organization.
    pub id: OrgId,
    /// In the URL.
    pub slug: String,
    /// For people.
    pub name: String,
    /// One paragraph, may be empty.
    pub description: String,
    /// `production`, `staging`, `development` or `personal`.
    pub environment: String,
    /// The product it belongs to.
    pub project_id: Option<Uuid>,
    /// When it was made.
    pub created_at: Instant,
    /// The caller's live roles in it; never empty here.
    pub roles: Roles,
}

/// What the frame shows.
#[derive(Clone, Debug, Deserialize)]
pub struct ShellData {
    /// The caller's organizations by slug, at most 200.
    pub orgs: Vec<ShellOrg>,
    /// How many there are in all.
    pub total: u32,
    /// Invitations waiting for one of the caller's verified addresses.
    pub waiting: u32,
    /// Open invitations of the page's organization.
    pub invites: u32,
    /// Apps of the page's organization.
    pub apps: u32,
    /// Private networks of the page's organization.
    pub networks: u32,
    /// Tokens of the page's organization that have not ended.
    pub tokens: u32,
}

/// One organization in the switcher.
#[derive(Clone, Debug, Deserialize)]
pub struct ShellOrg {
    /// The organization.
    pub id: OrgId,
    /// In the URL.
    pub slug: String,
    /// For people.
    pub name: String,
    /// As [`Org::environment`].
    pub environment: String,
    /// Its project, for the pair.
    pub project_id: Option<Uuid>,
    /// The project's name.
    pub project: Option<String>,
    /// The caller's live roles.
    pub roles: Roles,
    /// People with live access.
    pub people: u32,
    /// When the caller was last here.
    pub last_active_at: Option<Instant>,
}
