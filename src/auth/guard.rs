//! Guards: the first argument of every handler, and the only makers of proof.
//!
//! What may not happen here: a guard outside this file, `bearer.rs` and `gate.rs`. The trait is sealed and the fields are private,
//! so a feature can neither forge a proof nor invent a weaker kind of guard.

use std::{marker::PhantomData, sync::Mutex};

use axum::extract::{FromRequestParts, OriginalUri, RawPathParams};
use http::{Method, request::Parts};
use tower_sessions::Session;

use crate::{
    app::App,
    auth::{
        opening::{Opened, OpensOrg, OpensSite},
        scope::By,
    },
    db::{
        OrgSlug, Tx,
        audit::{Actor, Origin},
        context::{Account, Context, Org, Session as SessionInfo, ShellData},
        session::SessionHash,
    },
    error::{Error, Forbidden, Result},
    ids::{OrgId, RequestId},
    role::{Permission, Permissions, Role, Roles},
    web::{hx::Want, trace::ClientAddress},
};

pub use super::opening::Db;

/// How a route is guarded, as `cordon routes` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nobody is asked who they are.
    Anyone,
    /// Any live session.
    SignedIn,
    /// A live grant in the organization of the URL whose role holds this permission.
    Can {
        /// [`Permission::KEY`]
        permission: &'static str,
        /// [`Permission::LEAST`]
        least: Role,
    },
    /// Any token that is good now.
    AnyToken,
    /// A session or token whose holder has this permission in the organization of the app in the URL.
    Gate {
        /// [`Permission::KEY`]
        permission: &'static str,
    },
    /// A good token that reaches the organization of the URL with this permission, within its scope and its maker's
    /// roles now.
    Token {
        /// [`Permission::KEY`]
        permission: &'static str,
        /// [`Permission::LEAST`]
        least: Role,
    },
}

pub(super) mod sealed {
    pub trait Sealed {}
}

/// A handler's first argument: says who may call it.
pub trait Guard: sealed::Sealed {
    /// The rule that it enforces.
    fn rule() -> Rule;
}

/// A guard of routes below `/orgs/{org}`.
pub trait InOrg: Guard {}
/// A guard of every other route for people.
pub trait OnSite: Guard {}
/// A guard of routes below `/api/v1/orgs/{org}`.
pub trait InApiOrg: Guard {}
/// A guard of every other route for programs.
pub trait InApi: Guard {}

/// Nobody is asked. For sign-in, invitations' links, health and static files.
#[derive(Debug)]
pub struct Anyone {
    origin: Origin,
}

/// Proof that a live session came with the request.
#[derive(Debug)]
pub struct SignedIn {
    context: Context,
    origin: Origin,
    hash: SessionHash,
    open: Mutex<Option<Tx>>,
}

/// Proof that the caller holds the permission `P` in the organization of the URL, now.
#[derive(Debug)]
pub struct Can<P> {
    context: Context,
    org: Org,
    origin: Origin,
    hash: SessionHash,
    slug: OrgSlug,
    open: Mutex<Option<Tx>>,
    _permission: PhantomData<P>,
}

impl sealed::Sealed for Anyone {}
impl sealed::Sealed for SignedIn {}
impl<P> sealed::Sealed for Can<P> {}
impl OnSite for Anyone {}
impl OnSite for SignedIn {}
impl<P: Permission> InOrg for Can<P> {}

impl Guard for Anyone {
    fn rule() -> Rule {
        Rule::Anyone
    }
}
impl Guard for SignedIn {
    fn rule() -> Rule {
        Rule::SignedIn
    }
}
impl<P: Permission> Guard for Can<P> {
    fn rule() -> Rule {
        Rule::Can { permission: P::KEY, least: P::LEAST }
    }
}

impl Anyone {
    /// Where the request came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl SignedIn {
    /// The caller.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.context.account
    }
    /// The caller's session.
    #[must_use]
    pub fn session(&self) -> &SessionInfo {
        &self.context.session
    }
    /// Where the request came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
    /// What the page's frame shows; empty for requests that draw no page.
    #[must_use]
    pub fn shell(&self) -> Option<&ShellData> {
        self.context.shell.as_ref()
    }
}

impl<P> Can<P> {
    /// The caller.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.context.account
    }
    /// The caller's session.
    #[must_use]
    pub fn session(&self) -> &SessionInfo {
        &self.context.session
    }
    /// The organization of the URL.
    #[must_use]
    pub fn org(&self) -> &Org {
        &self.org
    }
    /// The caller's live roles in it.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.org.roles
    }
    /// Whether the caller also holds another permission: the same table that the guard of the button's route asks.
    #[must_use]
    pub fn may<Q: Permission>(&self) -> bool {
        self.org.roles.may(Q::NEEDS)
    }
    /// Whether the caller holds these permissions.
    #[must_use]
    pub fn holds(&self, wanted: Permissions) -> bool {
        self.org.roles.may(wanted)
    }
    /// Where the request came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
    /// What the page's frame shows; empty for requests that draw no page.
    #[must_use]
    pub fn shell(&self) -> Option<&ShellData> {
        self.context.shell.as_ref()
    }
}

impl<P: Permission> Can<P> {
    /// The answer to a caller who sees the organization but lacks `P`.
    pub(super) fn refuse(org: &Org) -> Error {
        let who_can: Vec<&str> = Role::ALL
            .into_iter()
            .filter(|role| role.permissions().contains(P::NEEDS))
            .map(|role| match role {
                Role::Owner => "owners",
                Role::Admin => "admins",
                Role::Member => "members",
                Role::Viewer => "viewers",
                Role::Billing => "billing contacts",
            })
            .collect();
        Error::Forbidden(Forbidden {
            cannot: format!("{} {}", P::PHRASE, org.slug),
            who_can: format!("Its {} can.", who_can.join(" and ")),
        })
    }

    async fn check(app: &App, slug: &OrgSlug, hash: &SessionHash, shell: bool) -> Result<(Tx, Context, Org)> {
        let entered = app.db.enter(hash, Some(slug), shell).await?;
        let Some((tx, mut context)) = entered else {
            return Err(Error::SignIn { return_to: "/".into() });
        };
        let org = context.org.take().ok_or(Error::NotFound)?;
        if !org.roles.may(P::NEEDS) {
            return Err(Self::refuse(&org));
        }
        Ok((tx, context, org))
    }
}

impl<P: Permission> OpensOrg for Can<P> {
    type Needs = P;

    fn org_id(&self) -> OrgId {
        self.org.id
    }
    fn by(&self) -> By<'_> {
        let account = self.context.account.id;
        By { account, actor: Actor::Account(account), origin: &self.origin }
    }
    async fn open(&self, app: &App) -> Result<Opened> {
        if let Some(open) = take(&self.open) {
            return Ok(Opened(open));
        }
        let (tx, _, org) = Self::check(app, &self.slug, &self.hash, false).await?;
        // The slug may have changed hands between the check and this transaction.
        if org.id == self.org.id { Ok(Opened(tx)) } else { Err(Error::NotFound) }
    }
}

impl OpensSite for SignedIn {
    fn by(&self) -> By<'_> {
        let account = self.context.account.id;
        By { account, actor: Actor::Account(account), origin: &self.origin }
    }
    async fn open(&self, app: &App) -> Result<Opened> {
        if let Some(open) = take(&self.open) {
            return Ok(Opened(open));
        }
        match app.db.enter(&self.hash, None, false).await? {
            Some((tx, _)) => Ok(Opened(tx)),
            None => Err(Error::SignIn { return_to: "/".into() }),
        }
    }
}

pub(super) fn take(open: &Mutex<Option<Tx>>) -> Option<Tx> {
    open.lock().ok().and_then(|mut tx| tx.take())
}

impl FromRequestParts<App> for Anyone {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        Ok(Self { origin: origin(parts) })
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let hash = session_hash(parts)?;
        let reads = is_read(&parts.method);
        let Some((tx, context)) = app.db.enter(&hash, None, draws(parts)).await? else {
            return Err(sign_in(parts));
        };
        let origin = origin(parts).within(&context.session);
        app.activity.saw(&context, None);
        tracing::Span::current().record("account.id", tracing::field::display(context.account.id));
        Ok(Self { context, origin, hash, open: Mutex::new(reads.then_some(tx)) })
    }
}

impl<P: Permission> FromRequestParts<App> for Can<P> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let hash = session_hash(parts)?;
        let slug = slug(parts).await;
        let reads = is_read(&parts.method);
        // A name that no organization can have is asked for all the same, under one that none has: the answer and
        // its time say nothing about which of the two it was.
        let asked = slug.or_else(|| OrgSlug::parse("no-such-organization")).ok_or(Error::NotFound)?;
        let shell = draws(parts) && !P::BY_ITSELF;
        let (tx, context, org) = match Self::check(app, &asked, &hash, shell).await {
            Err(Error::SignIn { .. }) => return Err(sign_in(parts)),
            other => other?,
        };
        let origin = origin(parts).within(&context.session);
        // A tab that stands open keeps nobody signed in and is no sign of life.
        if !P::BY_ITSELF {
            app.activity.saw(&context, Some(org.id));
        }
        let span = tracing::Span::current();
        span.record("account.id", tracing::field::display(context.account.id));
        span.record("org.id", tracing::field::display(org.id));
        // A write reads its body first; no transaction waits for that. It is checked again when it opens its scope.
        let open = Mutex::new(reads.then_some(tx));
        Ok(Self { context, org, origin, hash, slug: asked, open, _permission: PhantomData })
    }
}

pub(super) fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether the answer may be a page: a refused form comes back inside its frame.
fn draws(parts: &Parts) -> bool {
    is_read(&parts.method) || Want::of(&parts.headers) == Want::Page
}

fn session_hash(parts: &Parts) -> Result<SessionHash> {
    let id = parts.extensions.get::<Session>().and_then(Session::id);
    id.map(SessionHash::of).ok_or_else(|| sign_in(parts))
}

/// Where to come back to: the page itself, or the front page when it was not a page.
fn sign_in(parts: &Parts) -> Error {
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    let return_to = if is_read(&parts.method) {
        uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned()
    } else {
        "/".to_owned()
    };
    Error::SignIn { return_to }
}

pub(super) async fn slug(parts: &mut Parts) -> Option<OrgSlug> {
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    params.iter().find(|(name, _)| *name == "org").and_then(|(_, value)| OrgSlug::parse(value))
}

/// Where the request came from, for the audit log.
pub(super) fn origin(parts: &Parts) -> Origin {
    let agent = parts.headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        request: parts.extensions.get::<RequestId>().copied(),
        address: parts.extensions.get::<ClientAddress>().map(|address| address.0.to_string()),
        agent: agent.map(|agent| agent.chars().take(300).collect()),
        provider: None,
        session: None,
    }
}
