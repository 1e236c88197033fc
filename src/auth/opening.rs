//! From a proof to a scope: what a handler does with the guard that it was given.
//!
//! What may not happen here: a scope without a proof. Both traits are implemented beside the guards and nowhere else.

use std::future::Future;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use serde::Serialize;

use crate::{
    app::App,
    auth::{
        guard::Guard,
        scope::{By, OrgRead, OrgScope, OrgWrite, SiteRead, SiteScope, SiteWrite},
    },
    db::{Database, Tx, paging::Cursors},
    error::{Error, Result},
    ids::OrgId,
    role::Permission,
};

/// A transaction on its way from a guard to a scope; nobody else can take it out.
#[derive(Debug)]
pub struct Opened(pub(super) Tx);

/// A guard that opens scopes inside one organization.
pub trait OpensOrg: Guard + Sync {
    /// What was proven.
    type Needs: Permission;
    /// The organization.
    fn org_id(&self) -> OrgId;
    /// Who asks.
    fn by(&self) -> By<'_>;
    /// A transaction in which the proof holds.
    fn open(&self, app: &App) -> impl Future<Output = Result<Opened>> + Send;
}

/// A guard that opens scopes across organizations.
pub trait OpensSite: Guard + Sync {
    /// Who asks.
    fn by(&self) -> By<'_>;
    /// A transaction in which the proof holds.
    fn open(&self, app: &App) -> impl Future<Output = Result<Opened>> + Send;
}

/// The database as a handler gets it: scopes only.
#[derive(Clone, Debug)]
pub struct Db {
    app: App,
}

impl Db {
    /// A scope to read under this proof.
    ///
    /// # Errors
    /// When the proof no longer holds, or the database does not answer.
    pub async fn read<'g, G: OpensOrg>(&self, who: &'g G) -> Result<OrgRead<'g, G::Needs>> {
        Ok(OrgRead::new(who.open(&self.app).await?.0, who.org_id()))
    }

    /// A scope to write under this proof, which is checked again in the scope's own transaction.
    ///
    /// # Errors
    /// When the proof no longer holds, or the database does not answer.
    pub async fn write<'g, G: OpensOrg>(&self, who: &'g G) -> Result<OrgWrite<'g, G::Needs>> {
        Ok(OrgWrite::new(who.open(&self.app).await?.0, who.org_id(), who.by()))
    }

    /// A scope to read across the caller's organizations.
    ///
    /// # Errors
    /// When the session ended meanwhile, or the database does not answer.
    pub async fn read_site<'g, G: OpensSite>(&self, who: &'g G) -> Result<SiteRead<'g>> {
        Ok(SiteRead::new(who.open(&self.app).await?.0, who.by()))
    }

    /// A scope to write to the caller's own account or to found organizations.
    ///
    /// # Errors
    /// When the session ended meanwhile, or the database does not answer.
    pub async fn write_site<'g>(&self, who: &'g crate::auth::guard::SignedIn) -> Result<SiteWrite<'g>> {
        Ok(SiteWrite::new(who.open(&self.app).await?.0, who.by()))
    }

    /// The cursors of a list of this organization; `shape` is what narrows and orders it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn cursors(
        &self,
        scope: &mut impl OrgScope,
        list: &'static str,
        shape: &(impl Serialize + Sync),
    ) -> Result<Cursors> {
        let org = scope.org().uuid();
        self.app.db.lists().cursors(scope.connection(), list, org, shape).await
    }

    /// The cursors of a list of the caller's own.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn own_cursors(
        &self,
        scope: &mut impl SiteScope,
        list: &'static str,
        shape: &(impl Serialize + Sync),
    ) -> Result<Cursors> {
        let account = scope.account().uuid();
        self.app.db.lists().cursors(scope.connection(), list, account, shape).await
    }

    /// The database itself, for its system scopes.
    #[must_use]
    pub fn system(&self) -> &Database {
        &self.app.db
    }
}

impl FromRequestParts<App> for Db {
    type Rejection = Error;
    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self> {
        Ok(Self { app: App::from_ref(app) })
    }
}
