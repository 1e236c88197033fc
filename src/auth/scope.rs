//! Scopes: what a proof of permission opens. A read scope rolls back when dropped; a write scope commits with events.
//!
//! What may not happen here: a write scope that commits without an event. There is no other commit in the program.

use std::marker::PhantomData;

use sqlx::PgConnection;

use crate::{
    auth::guard::Can,
    db::{
        OrgSlug, Tx,
        audit::{self, Actor, Events, Origin},
        context::Org,
    },
    error::{Error, Result},
    ids::{AccountId, OrgId},
    role::Permission,
};

/// Who opened a scope: on whose behalf it reads, and whose deed the log will call what it writes.
#[derive(Clone, Copy, Debug)]
pub struct By<'g> {
    /// The person, or the maker of the token.
    pub(super) account: AccountId,
    /// The person or the token.
    pub(super) actor: Actor,
    /// Where the request came from.
    pub(super) origin: &'g Origin,
}

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
    org: OrgId,
    _proof: PhantomData<(&'g (), P)>,
}

/// Writing in one organization under the permission `P`.
#[derive(Debug)]
pub struct OrgWrite<'g, P> {
    tx: Tx,
    org: OrgId,
    by: By<'g>,
    _permission: PhantomData<P>,
}

/// Reading across the caller's organizations.
#[derive(Debug)]
pub struct SiteRead<'g> {
    tx: Tx,
    by: By<'g>,
}

/// Writing to the caller's own account, or founding organizations.
#[derive(Debug)]
pub struct SiteWrite<'g> {
    tx: Tx,
    by: By<'g>,
}

impl<P: Permission> OrgRead<'_, P> {
    pub(super) fn new(tx: Tx, org: OrgId) -> Self {
        Self { tx, org, _proof: PhantomData }
    }
}

impl<'g, P: Permission> OrgWrite<'g, P> {
    pub(super) fn new(tx: Tx, org: OrgId, by: By<'g>) -> Self {
        Self { tx, org, by, _permission: PhantomData }
    }

    /// Who writes: the person, or the maker of the token.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.by.account
    }

    /// Ends the transaction with what happened in it.
    ///
    /// # Errors
    /// Whatever the database refuses at commit: a missing event, an organization without owner.
    pub async fn commit(mut self, events: impl Events) -> Result<()> {
        audit::append(self.tx.connection(), &self.by.actor, self.by.origin, events).await?;
        self.tx.commit().await
    }
}

/// Widens a transaction to a second organization in which the caller holds `P` as well.
async fn widen<P: Permission>(connection: &mut PgConnection, slug: &OrgSlug) -> Result<Org> {
    let found = sqlx::query_scalar!("select enter_also($1)", slug.as_str()).fetch_one(connection).await?;
    let org: Org = serde_json::from_value(found.ok_or(Error::NotFound)?).map_err(Error::internal)?;
    if org.roles.may(P::NEEDS) { Ok(org) } else { Err(Can::<P>::refuse(&org)) }
}

impl<P: Permission> OrgRead<'_, P> {
    /// Brings a second organization into sight, in which the caller must hold the same permission.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the caller holds nothing, [`Error::Forbidden`] where the permission is missing.
    pub async fn also_in(&mut self, slug: &OrgSlug) -> Result<Org> {
        widen::<P>(self.tx.connection(), slug).await
    }
}

impl<P: Permission> OrgWrite<'_, P> {
    /// As [`OrgRead::also_in`]: what is written there needs an event there.
    ///
    /// # Errors
    /// As [`OrgRead::also_in`].
    pub async fn also_in(&mut self, slug: &OrgSlug) -> Result<Org> {
        widen::<P>(self.tx.connection(), slug).await
    }
}

impl<'g> SiteRead<'g> {
    pub(super) fn new(tx: Tx, by: By<'g>) -> Self {
        Self { tx, by }
    }
}

impl<'g> SiteWrite<'g> {
    pub(super) fn new(tx: Tx, by: By<'g>) -> Self {
        Self { tx, by }
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
        audit::append(self.tx.connection(), &self.by.actor, self.by.origin, events).await?;
        self.tx.commit().await
    }
}

impl<P: Permission> OrgScope for OrgRead<'_, P> {
    fn org(&self) -> OrgId {
        self.org
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }
}

impl<P: Permission> OrgScope for OrgWrite<'_, P> {
    fn org(&self) -> OrgId {
        self.org
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }
}

impl SiteScope for SiteRead<'_> {
    fn account(&self) -> AccountId {
        self.by.account
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }
}

impl SiteScope for SiteWrite<'_> {
    fn account(&self) -> AccountId {
        self.by.account
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }
}
