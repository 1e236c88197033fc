//! Where a command finds its database: the one it is given, or the private Postgres.
//!
//! What may not happen here: migrating a database that somebody else runs without being asked to.

use anyhow::Context as _;
use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};

use crate::{
    config::DatabaseArgs,
    db::{
        Database, PoolSettings,
        embedded::{Options, PrivatePostgres},
        migrate,
    },
};

/// A database to work on, and the private server that it may live in.
pub(super) struct Found {
    pub(super) db: Database,
    server: Option<PrivatePostgres>,
}

impl Found {
    /// A superuser's address of the private database, for loading the sample. Nothing that serves may have it.
    #[cfg(feature = "sample")]
    pub(super) fn superuser_url(&self) -> Option<String> {
        self.server.as_ref().map(|server| server.superuser_url("cordon"))
    }

    /// Closes the pool, then the private server.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.db.close().await;
        if let Some(server) = self.server {
            tokio::task::spawn_blocking(move || server.stop()).await??;
        }
        Ok(())
    }
}

/// The database to serve from. The private Postgres is started, made and migrated; any other is used as it is.
pub(super) async fn find(args: &DatabaseArgs) -> anyhow::Result<Found> {
    let (url, server) = if let Some(url) = args.url() {
        (url.to_owned(), None)
    } else {
        let server = start(args).await?;
        (server.url("cordon_web", "cordon"), Some(server))
    };
    let settings = PoolSettings { url, connections: args.connections() };
    let db = Database::new(&settings).context("DATABASE_URL cannot be read")?;
    Ok(Found { db, server })
}

/// The database to look at while `cordon serve` may be running: joins the private Postgres that it owns.
pub(super) async fn beside(args: &DatabaseArgs) -> anyhow::Result<Found> {
    if args.url().is_some() {
        return find(args).await;
    }
    let options = Options::new(args.data_dir.join("postgres"));
    let running = tokio::task::spawn_blocking(move || PrivatePostgres::beside(&options)).await??;
    let Some(server) = running else { return find(args).await };
    let settings = PoolSettings { url: server.url("cordon_web", "cordon"), connections: 2 };
    Ok(Found { db: Database::new(&settings)?, server: Some(server) })
}

/// Starts the private Postgres, or joins one that is running, and brings its database up to this version.
async fn start(args: &DatabaseArgs) -> anyhow::Result<PrivatePostgres> {
    let options = Options::new(args.data_dir.join("postgres"));
    let server = tokio::task::spawn_blocking(move || PrivatePostgres::start(&options)).await??;
    let owner: PgConnectOptions = server.superuser_url("postgres").parse()?;
    let mut connection = owner.connect().await?;
    sqlx::raw_sql(include_str!("../db/roles.sql")).execute(&mut connection).await?;
    let exists = sqlx::raw_sql("select from pg_database where datname = 'cordon'");
    if exists.fetch_optional(&mut connection).await?.is_none() {
        sqlx::raw_sql("create database cordon owner cordon_owner").execute(&mut connection).await?;
    }
    connection.close().await?;
    migrate::run(&server.superuser_url("cordon")).await?;
    Ok(server)
}

/// `cordon migrate`.
pub(super) async fn migrate(args: &DatabaseArgs) -> anyhow::Result<()> {
    if args.url().is_none() && args.owner_url().is_none() {
        let server = start(args).await?;
        tokio::task::spawn_blocking(move || server.stop()).await??;
        println!("The private database is up to date.");
        return Ok(());
    }
    let url = args.owner_url().context(
        "DATABASE_OWNER_URL is missing: the login that owns the tables. The login of `cordon serve` owns nothing",
    )?;
    let count = migrate::run(url).await?;
    if let Some(password) = args.url().and_then(password) {
        migrate::set_web_password(url, &password).await?;
    }
    println!("The database is up to date: {count} migrations.");
    Ok(())
}

/// The password in the URL of `cordon_web`, which the owner gives to that login.
fn password(url: &str) -> Option<String> {
    let url: url::Url = url.parse().ok()?;
    (url.username() == "cordon_web").then(|| url.password().map(ToOwned::to_owned))?
}
