//! Guards of the API: a token in the `Authorization` header, and nothing else.
//!
//! What may not happen here: a cookie or a query string that opens anything, or a question to the database about a token
//! that is not whole. What a token may do is its scope and its maker's roles at this moment, whichever is less.

use std::{marker::PhantomData, sync::Mutex};

use axum::extract::{FromRequestParts, RawPathParams};
use http::{HeaderMap, header, request::Parts};

use crate::{
    app::App,
    auth::{
        guard::{Guard, InApi, InApiOrg, Rule, is_read, origin, sealed, slug, take},
        opening::{Opened, OpensOrg, OpensSite},
        scope::By,
        token::Secret,
    },
    db::{
        OrgSlug, Tx,
        audit::{Actor, Origin},
        context::{Account, Org, Token, TokenContext},
        token::TokenHash,
    },
    error::{Error, Result, TokenFault},
    ids::OrgId,
    role::{Permission, Permissions, Role, Roles},
};

/// Proof that a token came with the request which holds the permission `P` in the organization of the URL, now.
#[derive(Debug)]
pub struct Bearer<P> {
    context: TokenContext,
    org: Org,
    permissions: Permissions,
    shown: Shown,
    slug: OrgSlug,
    /// The app in the URL.
    app: Option<String>,
    _permission: PhantomData<P>,
}

/// Proof that a good token came with the request, whatever it may do.
#[derive(Debug)]
pub struct AnyToken {
    context: TokenContext,
    shown: Shown,
}

/// What was shown, and the transaction in which it was found good.
#[derive(Debug)]
struct Shown {
    hash: TokenHash,
    origin: Origin,
    writes: bool,
    open: Mutex<Option<Tx>>,
}

impl<P> sealed::Sealed for Bearer<P> {}
impl sealed::Sealed for AnyToken {}
impl<P: Permission> InApiOrg for Bearer<P> {}
impl InApi for AnyToken {}

impl<P: Permission> Guard for Bearer<P> {
    fn rule() -> Rule {
        Rule::Token { permission: P::KEY, least: P::LEAST }
    }
}
impl Guard for AnyToken {
    fn rule() -> Rule {
        Rule::AnyToken
    }
}

impl<P> Bearer<P> {
    /// The token.
    #[must_use]
    pub fn token(&self) -> &Token {
        &self.context.token
    }
    /// Whoever made it, and on whose behalf it acts.
    #[must_use]
    pub fn maker(&self) -> &Account {
        &self.context.account
    }
    /// The organization of the URL. Its `roles` are the maker's; [`Bearer::permissions`] says what the token may do.
    #[must_use]
    pub fn org(&self) -> &Org {
        &self.org
    }
    /// What the token may do here: its scope and its maker's roles, whichever is less.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }
    /// Whether it also holds another permission.
    #[must_use]
    pub fn may<Q: Permission>(&self) -> bool {
        self.permissions.contains(Q::NEEDS)
    }
    /// Where the request came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.shown.origin
    }
}

impl AnyToken {
    /// The token.
    #[must_use]
    pub fn token(&self) -> &Token {
        &self.context.token
    }
    /// Whoever made it, and on whose behalf it acts.
    #[must_use]
    pub fn maker(&self) -> &Account {
        &self.context.account
    }
    /// The organization that the token is bound to; `None` for a personal token.
    #[must_use]
    pub fn org(&self) -> Option<&Org> {
        self.context.org.as_ref()
    }
    /// What the token may do where its maker has these roles.
    #[must_use]
    pub fn permissions_as(&self, roles: &Roles) -> Permissions {
        self.context.token.scope.permissions() & roles.permissions()
    }
    /// Where the request came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.shown.origin
    }
}

impl Shown {
    fn of(parts: &Parts, app: &App, counted: bool) -> Result<Self> {
        let secret = bearer(&parts.headers)?;
        if counted {
            app.api.count(&secret.hash())?;
        }
        let writes = !is_read(&parts.method);
        Ok(Self { hash: secret.hash(), origin: origin(parts), writes, open: Mutex::new(None) })
    }

    async fn enter(&self, app: &App, org: Option<&OrgSlug>, writes: bool) -> Result<(Tx, TokenContext)> {
        app.db.enter_token(&self.hash, org, writes).await?.ok_or(Error::Token(TokenFault::NotGood))
    }

    /// Keeps the transaction of a read; a write reads its body first, and is checked again when it opens its scope.
    fn keep(&mut self, tx: Tx) {
        if !self.writes {
            self.open = Mutex::new(Some(tx));
        }
    }

    fn by<'g>(&'g self, context: &TokenContext) -> By<'g> {
        By { account: context.account.id, actor: Actor::Token(context.token.id), origin: &self.origin }
    }
}

/// The token in the header. Without one, with two, or with one that is not whole, nothing is asked of the database.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Secret> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let value = all.next().ok_or(Error::Token(TokenFault::Missing))?;
    let malformed = || Error::Token(TokenFault::Malformed);
    if all.next().is_some() {
        return Err(malformed());
    }
    let text = value.to_str().map_err(|_| malformed())?;
    let (scheme, rest) = text.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::Token(TokenFault::Missing));
    }
    Secret::parse(rest.trim_start_matches(' ')).ok_or_else(malformed)
}

/// What a token may do in an organization, if it holds `P` there.
fn judge<P: Permission>(context: &TokenContext, org: &Org, app: Option<&str>) -> Result<Permissions> {
    let token = &context.token;
    let scope = token.scope.permissions();
    let roles = org.roles.permissions();
    let refused = |why: String| {
        let sentence = format!("This token cannot {} {}: {why}", P::PHRASE, org.slug);
        Error::Token(TokenFault::TooNarrow { needs: P::KEY, sentence })
    };
    if !scope.contains(P::NEEDS) {
        return Err(refused(format!("its scope is only {}.", token.scope.key())));
    }
    if !roles.contains(P::NEEDS) {
        let role = org.roles.highest().map_or("nobody", Role::phrase);
        return Err(refused(format!("whoever made it is {role} there now.")));
    }
    match token.app.as_deref() {
        Some(own) if app != Some(own) => Err(refused(format!("it is for the app {own} only."))),
        _ => Ok(scope & roles),
    }
}

impl<P: Permission> FromRequestParts<App> for Bearer<P> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let mut shown = Shown::of(parts, app, !P::OFTEN)?;
        let in_path = app_name(parts).await;
        let slug = match (slug(parts).await, in_path.as_deref()) {
            (None, Some(name)) if !names_org(parts).await => app.db.token_home(&shown.hash, name).await?,
            (found, _) => found,
        };
        let slug = slug.or_else(|| OrgSlug::parse("no-such-organization")).ok_or(Error::NotFound)?;
        let (tx, mut context) = shown.enter(app, Some(&slug), false).await?;
        note(app, &context, shown.origin.address.as_deref());
        let org = context.org.take().ok_or(Error::NotFound)?;
        tracing::Span::current().record("org.id", tracing::field::display(org.id));
        let permissions = judge::<P>(&context, &org, in_path.as_deref())?;
        shown.keep(tx);
        Ok(Self { context, org, permissions, shown, slug, app: in_path, _permission: PhantomData })
    }
}

impl FromRequestParts<App> for AnyToken {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let mut shown = Shown::of(parts, app, true)?;
        let (tx, context) = shown.enter(app, None, false).await?;
        note(app, &context, shown.origin.address.as_deref());
        shown.keep(tx);
        Ok(Self { context, shown })
    }
}

impl<P: Permission> OpensOrg for Bearer<P> {
    type Needs = P;

    fn org_id(&self) -> OrgId {
        self.org.id
    }
    fn by(&self) -> By<'_> {
        self.shown.by(&self.context)
    }
    async fn open(&self, app: &App) -> Result<Opened> {
        if let Some(open) = take(&self.shown.open) {
            return Ok(Opened(open));
        }
        let (tx, context) = self.shown.enter(app, Some(&self.slug), self.shown.writes).await?;
        let org = context.org.as_ref().ok_or(Error::NotFound)?;
        judge::<P>(&context, org, self.app.as_deref())?;
        // The slug may have changed hands between the check and this transaction.
        if org.id == self.org.id { Ok(Opened(tx)) } else { Err(Error::NotFound) }
    }
}

impl OpensSite for AnyToken {
    fn by(&self) -> By<'_> {
        self.shown.by(&self.context)
    }
    async fn open(&self, app: &App) -> Result<Opened> {
        match take(&self.shown.open) {
            Some(open) => Ok(Opened(open)),
            None => Ok(Opened(self.shown.enter(app, None, self.shown.writes).await?.0)),
        }
    }
}

fn note(app: &App, context: &TokenContext, address: Option<&str>) {
    app.activity.used(&context.token, address);
    let span = tracing::Span::current();
    span.record("account.id", tracing::field::display(context.account.id));
    span.record("token.id", tracing::field::display(context.token.id));
}

/// The app in the URL. What no app can be called is asked for as one that does not exist.
async fn app_name(parts: &mut Parts) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    let named = params.iter().find(|(name, _)| *name == "app").map(|(_, value)| value)?;
    let fits =
        named.len() <= 63 && named.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    Some(if fits { named.to_owned() } else { String::new() })
}

/// Whether the address has an organization in it, whatever it is called.
async fn names_org(parts: &mut Parts) -> bool {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    params.is_ok_and(|params| params.iter().any(|(name, _)| name == "org"))
}
