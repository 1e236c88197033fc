//! What can go wrong with the private Postgres, each with the way out.

use std::path::PathBuf;

/// Why there is no private Postgres. The texts are for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// No folder holds the server's programs.
    #[error(
        "PostgreSQL's server programs (initdb, pg_ctl, postgres) were not found in {looked_in}. Install them \
         (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install \
         postgresql@17) or set DATABASE_URL to a server that is already running"
    )]
    NoBinaries {
        /// The places that were searched.
        looked_in: String,
    },
    /// The cluster was made by another major version than those installed.
    #[error(
        "the cluster in {data} was made by PostgreSQL {wanted}, which is not installed. Install it (Debian, Ubuntu: \
         apt-get install postgresql-{wanted}) or move the data with pg_upgrade"
    )]
    OtherVersion {
        /// The cluster's data folder.
        data: PathBuf,
        /// The major version that made it.
        wanted: u32,
    },
    /// Root has nobody to run Postgres as.
    #[error("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor a user `nobody`")]
    NoUser,
    /// A folder above the cluster is closed to the user Postgres runs as.
    #[error(
        "PostgreSQL runs as the user `{user}` here, who may not pass through {folder}. Open that folder \
         (chmod o+x) or keep the state elsewhere, for example in /var/lib/cordon"
    )]
    NotSearchable {
        /// The closed folder.
        folder: PathBuf,
        /// Who has to pass.
        user: String,
    },
    /// The path does not fit into a socket address or a settings file.
    #[error("the folder {folder} cannot hold a database socket: {why}")]
    Unsuitable {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with its name.
        why: &'static str,
    },
    /// Another process owns the cluster.
    #[error("the private database in {root} is in use by another process")]
    InUse {
        /// The cluster's folder.
        root: PathBuf,
    },
    /// A server runs on this cluster, but nobody answers.
    #[error("PostgreSQL (process {pid}) runs in {data} but does not answer; end that process and try again")]
    Unresponsive {
        /// The server's process.
        pid: i32,
        /// The cluster's data folder.
        data: PathBuf,
    },
    /// `discard_at_exit` on a cluster that keeps somebody's data.
    #[error("a cluster that was made durable is never deleted")]
    Durable,
    /// One of Postgres's programs failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// Which one.
        program: &'static str,
        /// What it said, and the end of the server's log.
        output: String,
    },
    /// The file system refused.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// A verb.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Adds what was being done, and on what, to an input or output error.
pub(super) fn io(
    doing: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(std::io::Error) -> EmbeddedError {
    let path = path.into();
    move |source| EmbeddedError::Io { doing, path, source }
}
