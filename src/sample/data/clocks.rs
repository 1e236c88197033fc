//! The database's two clocks, held and moved while the past is written.
//!
//! What may not happen here: a transaction that commits with the clocks still held.

use sqlx::AssertSqlSafe;

use crate::{clock::Instant, db::SystemWrite};

/// The clocks as the migrations made them.
#[derive(Debug)]
pub(super) struct Clocks {
    /// The moment at which they were stopped.
    pub(super) now: Instant,
    definitions: [String; 2],
}

/// Makes both clocks tell what [`set`] says. Only a superuser may, and only in this transaction: unless it commits,
/// nobody ever sees it.
pub(super) async fn hold(db: &mut SystemWrite) -> anyhow::Result<Clocks> {
    let found = sqlx::query!(
        r#"select now() as "now!: Instant", pg_get_functiondef('cordon_now()'::regprocedure) as "start!",
                  pg_get_functiondef('cordon_clock()'::regprocedure) as "moment!""#
    )
    .fetch_one(db.connection())
    .await?;
    as_superuser(
        db,
        "create or replace function cordon_now() returns timestamptz language sql stable parallel safe
           as $$ select current_setting('cordon.sample_now')::timestamptz $$;
         create or replace function cordon_clock() returns timestamptz language sql volatile
           as $$ select current_setting('cordon.sample_now')::timestamptz $$",
    )
    .await?;
    Ok(Clocks { now: found.now, definitions: [found.start, found.moment] })
}

/// Moves both clocks.
pub(super) async fn set(db: &mut SystemWrite, at: Instant) -> anyhow::Result<()> {
    sqlx::query!("select set_config('cordon.sample_now', $1, true)", at.to_string())
        .fetch_one(db.connection())
        .await?;
    Ok(())
}

impl Clocks {
    /// Puts the real clocks back.
    pub(super) async fn release(self, db: &mut SystemWrite) -> anyhow::Result<()> {
        as_superuser(db, &self.definitions.join(";\n")).await
    }
}

async fn as_superuser(db: &mut SystemWrite, statements: &str) -> anyhow::Result<()> {
    let batch = format!("reset role; {statements}; set local role cordon_system");
    sqlx::raw_sql(AssertSqlSafe(batch)).execute(db.connection()).await?;
    Ok(())
}
