//! The database: it owns the pool and gives it to nobody.
//!
//! What may not happen here: a query outside a scope, or a commit without its event. Features reach rows only through
//! the scopes of [`crate::auth::scope`], which a proof of permission opens.

pub mod activity;
pub mod audit;
pub mod constraint;
pub mod context;
pub mod embedded;
pub mod gate;
pub mod migrate;
pub mod paging;
pub mod session;
pub mod sessions;
mod system;
pub mod token;
mod tx;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use crate::{
    db::{
        context::{Context, TokenContext},
        session::SessionHash,
        token::TokenHash,
    },
    error::Result,
};

pub use system::{SystemRead, SystemWrite};
pub(crate) use tx::Tx;

/// How the pool is made.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// `postgres://…` of a login that belongs to `cordon_app` and `cordon_system` and owns nothing.
    pub url: String,
    /// Connections. Twice the cores is measured best; more only lengthens the tail.
    pub connections: u32,
}

/// The database as the rest of the program sees it.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
    lists: paging::Key,
}

impl Database {
    /// Prepares the pool; the first connection is made by the first request, so the program starts while the database
    /// is still away.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(settings: &PoolSettings) -> Result<Self> {
        let options: PgConnectOptions = settings.url.parse()?;
        let options = options.application_name("cordon").options([
            ("statement_timeout", "8s"),
            ("lock_timeout", "3s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(settings.connections)
            .acquire_timeout(Duration::from_secs(2))
            .max_lifetime(Duration::from_mins(30))
            // A ping before each use is a quarter of a page's query; a dead connection shows in the query itself.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Ok(Self { pool, lists: paging::Key::default() })
    }

    /// Begins a request's transaction and asks the database who is calling. `None` without a live session; the
    /// transaction is then already over.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] when the database does not answer.
    pub(crate) async fn enter(
        &self,
        session: &SessionHash,
        org: Option<&OrgSlug>,
        shell: bool,
    ) -> Result<Option<(Tx, Context)>> {
        Tx::enter(&self.pool, session, org, shell).await
    }

    /// Begins the transaction of a request that came with a token. `None` when the token is not good now; the
    /// transaction is then already over.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] when the database does not answer.
    pub(crate) async fn enter_token(
        &self,
        token: &TokenHash,
        org: Option<&OrgSlug>,
        writes: bool,
    ) -> Result<Option<(Tx, TokenContext)>> {
        Tx::enter_token(&self.pool, token, org, writes).await
    }

    /// The organization in which a token finds an app by its name alone, if the token is good and there is one.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] when the database does not answer.
    pub(crate) async fn token_home(&self, token: &TokenHash, app: &str) -> Result<Option<OrgSlug>> {
        let mut tx = Tx::system(&self.pool).await?;
        let slug = sqlx::query_scalar!("select token_home($1, $2)", token.bytes(), app)
            .fetch_one(tx.connection())
            .await?;
        Ok(slug.as_deref().and_then(OrgSlug::parse))
    }

    /// A transaction of the system itself, to read: for jobs, sign-in, checks.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] when the database does not answer.
    pub async fn system_read(&self) -> Result<SystemRead> {
        Ok(SystemRead::new(Tx::system(&self.pool).await?))
    }

    /// A transaction of the system itself, to write: for jobs and for what a person does where no membership exists
    /// yet (signing in, answering an invitation).
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] when the database does not answer.
    pub async fn system_write(&self) -> Result<SystemWrite> {
        Ok(SystemWrite::new(Tx::system(&self.pool).await?))
    }

    /// Whether the database answers and carries every migration of this build.
    ///
    /// # Errors
    /// Says which of the two is not so.
    pub async fn ready(&self) -> Result<()> {
        migrate::check(&self.pool).await
    }

    /// The key of every cursor.
    pub(crate) fn lists(&self) -> &paging::Key {
        &self.lists
    }

    /// A pool for the job worker, which brings its own transactions: few connections, always as the system. One of
    /// them listens for new jobs.
    pub(crate) fn worker_pool(&self) -> PgPool {
        let options = self.pool.connect_options().as_ref().clone();
        let options = options.application_name("cordon jobs").options([("role", "cordon_system")]);
        PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options)
    }

    /// Closes the pool after the last request.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[cfg(test)]
mod tests;

/// A slug from a URL: only characters that a slug may have, so it is safe inside a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgSlug(String);

impl OrgSlug {
    /// `None` when no organization can have this slug.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shape = (3..=63).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        shape.then(|| Self(text.to_owned()))
    }

    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
