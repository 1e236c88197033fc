//! One transaction on one connection, begun together with the question that opens it.
//!
//! What may not happen here: text from outside inside a statement. `BEGIN`, the role and `enter()` travel as one batch,
//! so that a page costs two round trips; such a batch takes no parameters, so only two types whose characters are known
//! (a hash, a slug) are ever written into it.

use sqlx::{AssertSqlSafe, PgConnection, Postgres, Row as _, pool::PoolConnection, postgres::PgPool};

use crate::{
    db::{
        OrgSlug,
        context::{Context, TokenContext},
        session::SessionHash,
        token::TokenHash,
    },
    error::{Error, Result},
};

/// An open transaction. Dropped, it rolls back; [`Tx::commit`] is for the scopes alone.
#[derive(Debug)]
pub(crate) struct Tx {
    connection: Option<PoolConnection<Postgres>>,
}

impl Tx {
    pub(super) async fn enter(
        pool: &PgPool,
        session: &SessionHash,
        org: Option<&OrgSlug>,
        shell: bool,
    ) -> Result<Option<(Self, Context)>> {
        let org = org.map_or_else(|| "null".to_owned(), |slug| format!("'{}'", slug.as_str()));
        let batch = format!(
            "begin; set local role cordon_app; select enter('\\x{}', {org}, {shell})::text",
            session.hex()
        );
        let mut tx = Self { connection: Some(pool.acquire().await?) };
        let row = sqlx::raw_sql(AssertSqlSafe(batch)).fetch_one(tx.connection()).await?;
        let Some(answer) = row.try_get::<Option<String>, _>(0)? else { return Ok(None) };
        let context = serde_json::from_str(&answer).map_err(Error::internal)?;
        Ok(Some((tx, context)))
    }

    /// As [`Tx::enter`], for a token.
    pub(super) async fn enter_token(
        pool: &PgPool,
        token: &TokenHash,
        org: Option<&OrgSlug>,
        writes: bool,
    ) -> Result<Option<(Self, TokenContext)>> {
        let org = org.map_or_else(|| "null".to_owned(), |slug| format!("'{}'", slug.as_str()));
        let batch = format!(
            "begin; set local role cordon_app; select enter_token('\\x{}', {org}, {writes})::text",
            token.hex()
        );
        let mut tx = Self { connection: Some(pool.acquire().await?) };
        let row = sqlx::raw_sql(AssertSqlSafe(batch)).fetch_one(tx.connection()).await?;
        let Some(answer) = row.try_get::<Option<String>, _>(0)? else { return Ok(None) };
        let context = serde_json::from_str(&answer).map_err(Error::internal)?;
        Ok(Some((tx, context)))
    }

    pub(super) async fn system(pool: &PgPool) -> Result<Self> {
        let mut tx = Self { connection: Some(pool.acquire().await?) };
        sqlx::raw_sql("begin; set local role cordon_system").execute(tx.connection()).await?;
        Ok(tx)
    }

    /// The connection, inside this transaction.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        #[expect(clippy::expect_used, reason = "taken only by commit and drop, which end this value")]
        self.connection.as_mut().expect("a transaction that is not over has its connection")
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        // Taken only after the answer: if this future is dropped while waiting, Drop still rolls back.
        sqlx::raw_sql("commit").execute(self.connection()).await?;
        self.connection = None;
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            connection.close_on_drop();
            return;
        };
        // Off the request's path: the page is on its way while the connection is made clean for the next one.
        runtime.spawn(async move {
            if sqlx::raw_sql("rollback").execute(&mut *connection).await.is_err() {
                connection.close_on_drop();
            }
        });
    }
}
