//! Scopes: what a proof of permission opens. A read scope rolls back when dropped; a write scope commits with events.
//!
//! What may not happen here: a write scope that commits without an event. There is no other commit in the program.

use std::marker::PhantomData;

use sqlx::PgConnection;

use crate::{
    auth::guard::{Can, SignedIn},
    db::{
        Tx,
        audit::{self, Actor, Events},
    },
    error::Result,
    ids::{AccountId, OrgId},
    role::Permission,
};

/// Anything that reads inside one organization.
pub trait OrgScope: Send {
    /// The organization whose rows are in sight.
    fn org(&self) -> OrgId;
    /// The connection, for a `store.rs`.
    fn connection(&mut self) -> &mut PgConnection;
}

/// Anything that reads across the caller's organizations and the caller's own account.
pub trait SiteScope: Send {
    /// Whose view this is.
    fn account(&self) -> AccountId;
    /// The connection, for a `store.rs`.
    fn connection(&mut self) -> &mut PgConnection;
}

/// Reading in one organization under the permission `P`.
#[derive(Debug)]
pub struct OrgRead<'g, P> {
    tx: Tx,
    who: &'g Can<P>,
}

/// Writing in one organization under the permission `P`.
#[derive(Debug)]
pub struct OrgWrite<'g, P> {
    tx: Tx,
    who: &'g Can<P>,
    _permission: PhantomData<P>,
}

/// Reading across the caller's organizations.
#[derive(Debug)]
pub struct SiteRead<'g> {
    tx: Tx,
    who: &'g SignedIn,
}

/// Writing to the caller's own account, or founding organizations.
#[derive(Debug)]
pub struct SiteWrite<'g> {
    tx: Tx,
    who: &'g SignedIn,
}

impl<'g, P: Permission> OrgRead<'g, P> {
    pub(crate) fn new(tx: Tx, who: &'g Can<P>) -> Self {
        Self { tx, who }
    }
}

impl<'g, P: Permission> OrgWrite<'g, P> {
    pub(crate) fn new(tx: Tx, who: &'g Can<P>) -> Self {
        Self { tx, who, _permission: PhantomData }
    }

    /// Who writes.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.who.account().id
    }

    /// Ends the transaction with what happened in it.
    ///
    /// # Errors
    /// Whatever the database refuses at commit: a missing event, an organization without owner.
    pub async fn commit(mut self, events: impl Events) -> Result<()> {
        let actor = Actor::Account(self.account());
        audit::append(self.tx.connection(), &actor, self.who.origin(), events).await?;
        self.tx.commit().await
    }
}

impl<'g> SiteRead<'g> {
    pub(crate) fn new(tx: Tx, who: &'g SignedIn) -> Self {
        Self { tx, who }
    }
}

impl<'g> SiteWrite<'g> {
    pub(crate) fn new(tx: Tx, who: &'g SignedIn) -> Self {
        Self { tx, who }
    }

    /// Widens this transaction's sight to an organization that does not exist yet, so that it can be made. The id is
    /// drawn here: no existing organization can be named.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn found_org(&mut self) -> Result<OrgId> {
        let id = OrgId::new();
        sqlx::query_scalar!(
            "select set_config('cordon.orgs', array_append(visible_orgs(), $1)::text, true)",
            id.uuid()
        )
        .fetch_one(self.tx.connection())
        .await?;
        Ok(id)
    }

    /// Ends the transaction with what happened in it.
    ///
    /// # Errors
    /// Whatever the database refuses at commit.
    pub async fn commit(mut self, events: impl Events) -> Result<()> {
        let actor = Actor::Account(self.account());
        audit::append(self.tx.connection(), &actor, self.who.origin(), events).await?;
        self.tx.commit().await
    }
}

impl<P: Permission> OrgScope for OrgRead<'_, P> {
    fn org(&self) -> OrgId {
        self.who.org().id
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }
}

impl<P: Permission> OrgScope for OrgWrite<'_, P> {
    fn org(&self) -> OrgId {
        self.who.org().id
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }
}

impl SiteScope for SiteRead<'_> {
    fn account(&self) -> AccountId {
        self.who.account().id
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }
}

impl SiteScope for SiteWrite<'_> {
    fn account(&self) -> AccountId {
        self.who.account().id
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }
}
