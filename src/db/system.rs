//! Scopes of the system itself: jobs, sign-in, the session store.
//!
//! What may not happen here: a person's request reading through one. Requests read through the scopes of `auth`.

use sqlx::PgConnection;

use crate::{
    db::{
        Tx,
        audit::{self, Actor, Events, Origin},
    },
    error::Result,
};

/// Reading as the system.
#[derive(Debug)]
pub struct SystemRead {
    tx: Tx,
}

/// Writing as the system.
#[derive(Debug)]
pub struct SystemWrite {
    tx: Tx,
}

impl SystemRead {
    pub(super) fn new(tx: Tx) -> Self {
        Self { tx }
    }

    /// The connection, for a `store.rs`.
    pub fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }
}

impl SystemWrite {
    pub(super) fn new(tx: Tx) -> Self {
        Self { tx }
    }

    /// The connection, for a `store.rs`.
    pub fn connection(&mut self) -> &mut PgConnection {
        self.tx.connection()
    }

    /// Ends the transaction with what happened in it, and who did it: the system itself, or the person for whom it
    /// acted.
    ///
    /// # Errors
    /// Whatever the database refuses at commit.
    pub async fn commit(mut self, actor: Actor, origin: &Origin, events: impl Events) -> Result<()> {
        audit::append(self.tx.connection(), &actor, origin, events).await?;
        self.tx.commit().await
    }

    /// Ends a transaction that only touched machinery (last seen, sessions, links), which leaves no event. The
    /// database refuses it when a tenant or account row was written.
    ///
    /// # Errors
    /// As said, or when the database does not answer.
    pub async fn commit_machinery(self) -> Result<()> {
        self.tx.commit().await
    }
}
