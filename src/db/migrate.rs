//! Migrations: making the roles, bringing a database up to this build, and telling whether it is.
//!
//! What may not happen here: running as the login of `cordon serve`. Migrations are the owner's.

use anyhow::{Context as _, bail};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};

use crate::error::{Error, Result};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Makes the roles, if the login may, and runs every migration that is missing.
///
/// # Errors
/// In one line, what to do about it.
pub async fn run(owner_url: &str) -> anyhow::Result<usize> {
    let options: PgConnectOptions = owner_url.parse().context("the owner's database URL cannot be read")?;
    let mut connection = options.connect().await.context("cannot connect to the database as its owner")?;
    let roles_missing = roles_missing(&mut connection).await?;
    if roles_missing {
        sqlx::raw_sql(include_str!("roles.sql")).execute(&mut connection).await.context(
            "the roles are missing and this login may not make them: run src/db/roles.sql once as a superuser",
        )?;
    }
    sqlx::raw_sql("set role cordon_owner").execute(&mut connection).await.context(
        "this login does not belong to cordon_owner: run src/db/roles.sql once as a superuser, or connect as cordon_owner",
    )?;
    MIGRATIONS.run(&mut connection).await.context("a migration failed; nothing of it was kept")?;
    migrate_queue(&options).await?;
    sqlx::raw_sql(include_str!("jobs.sql"))
        .execute(&mut connection)
        .await
        .context("the job queue's rights")?;
    connection.close().await?;
    Ok(MIGRATIONS.iter().count())
}

/// The job queue brings its own tables, in a schema of its own.
async fn migrate_queue(options: &PgConnectOptions) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options.clone().options([("role", "cordon_owner")]))
        .await
        .context("cannot connect a second time as the owner")?;
    let queue = graphile_worker::WorkerUtils::new(pool.clone(), "graphile_worker");
    queue.migrate().await.context("a migration of the job queue failed")?;
    pool.close().await;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "asked before any table exists that the macros could check against"
)]
async fn roles_missing(connection: &mut PgConnection) -> anyhow::Result<bool> {
    let found: i64 = sqlx::query_scalar(
        "select count(*) from pg_roles where rolname in ('cordon_app', 'cordon_system', 'cordon_audit', 'cordon_owner', 'cordon_web')",
    )
    .fetch_one(connection)
    .await?;
    Ok(found < 5)
}

/// Whether the database answers and has exactly this build's migrations, or newer ones that keep them.
pub(super) async fn check(pool: &PgPool) -> Result<()> {
    let mut connection = pool.acquire().await?;
    let applied = applied(&mut connection).await?;
    for migration in MIGRATIONS.iter() {
        match applied.iter().find(|(version, _)| *version == migration.version) {
            None => {
                return Err(Error::Unavailable(anyhow::anyhow!(
                    "migration {} is missing: run `cordon migrate`",
                    migration.version
                )));
            }
            Some((_, checksum)) if *checksum != *migration.checksum => {
                return Err(Error::Unavailable(anyhow::anyhow!(
                    "migration {} differs from this build's",
                    migration.version
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the migrator's own table is not there when queries are checked"
)]
async fn applied(connection: &mut PgConnection) -> Result<Vec<(i64, Vec<u8>)>> {
    Ok(sqlx::query_as("select version, checksum from applied_migrations()").fetch_all(connection).await?)
}

/// Gives the login of `cordon serve` its password, when the owner may.
///
/// # Errors
/// When the login's name or password cannot be put into a statement safely, or the owner may not.
pub async fn set_web_password(owner_url: &str, password: &str) -> anyhow::Result<()> {
    if password.is_empty() || !password.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b)) {
        bail!("the password of cordon_web may have letters, digits and -_.~ only");
    }
    let mut connection = owner_url.parse::<PgConnectOptions>()?.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(format!("alter role cordon_web password '{password}'")))
        .execute(&mut connection)
        .await?;
    Ok(())
}
