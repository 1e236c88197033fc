//! A private Postgres: one cluster in one folder, reached through a Unix socket that only its owner can open.
//! It runs when no database is configured, and under the tests.
//!
//! What may not happen here: a TCP port, a password, reading the environment (settings are arguments), or a
//! query. Roles and tables are made by whoever connects.

mod cluster;
mod error;
mod find;
mod process;

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::ChildStdin,
};

use cluster::Cluster;
pub use error::EmbeddedError;

/// Where the cluster lives and how it runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// A folder of the cluster's own; made if missing. As root, everybody must be able to pass through its
    /// parents, because Postgres refuses to run as root and runs as `postgres` (else `nobody`) instead.
    pub root: PathBuf,
    /// The folder that holds `initdb`, `pg_ctl` and `postgres`; `None` looks where packages put them.
    pub binaries: Option<PathBuf>,
    /// `false` gives up the promise to survive a power cut, for speed. For tests only.
    pub durable: bool,
    /// Postgres's `max_connections`.
    pub max_connections: u16,
}

impl Options {
    /// A durable cluster in this folder, with room for 100 connections.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), binaries: None, durable: true, max_connections: 100 }
    }
}

/// A running private Postgres. Dropping it leaves the server running, and the next [`start`](Self::start)
/// adopts it: a crash of this process costs the database nothing.
#[derive(Debug)]
pub struct PrivatePostgres {
    cluster: Cluster,
    adopted: bool,
    /// Held while this process owns the server; the kernel lets go of it when the process ends.
    lock: Option<File>,
    reaper: Option<ChildStdin>,
}

impl PrivatePostgres {
    /// Starts the server, making the cluster first if there is none, or adopts the one left running by a
    /// process that ended. Blocks: about 0.1 s, on the first start 1 s, after a crash as long as recovery takes.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] when another process owns the folder; otherwise what is missing or failed.
    pub fn start(options: &Options) -> Result<Self, EmbeddedError> {
        let cluster = Cluster::at(options)?;
        let lock = cluster.lock()?;
        cluster.make_if_missing()?;
        let changed = cluster.write_settings(options)?;
        let mut adopted = cluster.is_running()?;
        if adopted && changed {
            cluster.stop()?;
            adopted = false;
        }
        if !adopted {
            cluster.start()?;
        }
        Ok(Self { cluster, adopted, lock: Some(lock), reaper: None })
    }

    /// The server that another process owns, for commands that run beside it. [`stop`](Self::stop) then does
    /// nothing. `None` when no server runs in this folder.
    ///
    /// # Errors
    /// When the folder cannot hold a cluster at all, or the server there neither answers nor ends.
    pub fn beside(options: &Options) -> Result<Option<Self>, EmbeddedError> {
        let cluster = Cluster::at(options)?;
        let running = cluster.is_running()?;
        Ok(running.then_some(Self { cluster, adopted: true, lock: None, reaper: None }))
    }

    /// The address of a database for a role, as sqlx and psql read it. Neither needs to exist.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        self.cluster.url(role, database)
    }

    /// The address of a database for the superuser `postgres`: for making roles and databases only.
    #[must_use]
    pub fn superuser_url(&self, database: &str) -> String {
        self.url("postgres", database)
    }

    /// Whether the server was already running.
    #[must_use]
    pub fn adopted(&self) -> bool {
        self.adopted
    }

    /// The folder that the server's socket is in.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.cluster.socket_folder()
    }

    /// Has the server stopped at once and its folder deleted when this value is dropped or this process ends,
    /// however it ends. For tests; each process needs a folder of its own, since deletion takes a moment.
    ///
    /// # Errors
    /// When the cluster was made durable (nobody deletes those by accident), or no watching process can start.
    pub fn discard_at_exit(&mut self) -> Result<(), EmbeddedError> {
        self.reaper = Some(self.cluster.discard_when_closed()?);
        Ok(())
    }

    /// Stops the server and waits until it has ended; open connections are closed. Blocks, about 0.1 s.
    ///
    /// # Errors
    /// When the server does not end within a minute.
    pub fn stop(self) -> Result<(), EmbeddedError> {
        if self.lock.is_some() { self.cluster.stop() } else { Ok(()) }
    }
}
