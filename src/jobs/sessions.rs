//! Throws away sessions that nobody can use any more.
//!
//! What may not happen here: ending a session that still works.

use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::Result,
    jobs::{Attempt, Job},
};

const BATCH: u64 = 1_000;

/// Deletes expired sessions, a thousand at a time.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeSessions {}

impl Job for PurgeSessions {
    const NAME: &'static str = "purge_sessions";

    async fn run(self, app: App, _: Attempt) -> Result<()> {
        loop {
            let mut tx = app.db.system_write().await?;
            let gone = sqlx::query!(
                "delete from sessions where id_hash in (select id_hash from sessions
                 where expires_at <= cordon_now() or last_seen_at <= cordon_now() - interval '24 hours' limit 1000
                 for update skip locked)"
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            tx.commit_machinery().await?;
            if gone < BATCH {
                return Ok(());
            }
        }
    }
}
