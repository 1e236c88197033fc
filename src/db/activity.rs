//! Last seen: written beside the requests, at most once a minute for each session and organization.
//!
//! What may not happen here: a request that waits for it. When the queue is full, the note is dropped; the next request
//! makes a new one.

use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    db::{Database, context::Context},
    error::Result,
    ids::OrgId,
};

/// Where guards leave their notes.
#[derive(Clone, Debug)]
pub struct Activity {
    notes: mpsc::Sender<Note>,
}

#[derive(Debug)]
struct Note {
    session: Uuid,
    account: Uuid,
    org: Option<OrgId>,
}

impl Activity {
    /// Starts the writer; it ends when the last guard is gone.
    #[must_use]
    pub fn start(db: Database) -> Self {
        let (notes, mut queue) = mpsc::channel::<Note>(256);
        tokio::spawn(async move {
            while let Some(note) = queue.recv().await {
                if let Err(error) = write(&db, &note).await {
                    tracing::debug!(error = %error, "last seen was not written");
                }
            }
        });
        Self { notes }
    }

    /// Notes a request, if the last note is a minute old.
    pub fn saw(&self, context: &Context, org: Option<OrgId>) {
        let last_here = |org: OrgId| {
            let listed = context.shell.as_ref()?.orgs.iter().find(|listed| listed.id == org)?;
            listed.last_active_at
        };
        // The session's note is written with the organization's: both are a minute old, or it is the first visit.
        let first_visit = context.shell.is_some() && org.is_some_and(|org| last_here(org).is_none());
        if context.session.stale || first_visit {
            let note = Note { session: context.session.id.uuid(), account: context.account.id.uuid(), org };
            let _ = self.notes.try_send(note);
        }
    }
}

async fn write(db: &Database, note: &Note) -> Result<()> {
    let mut tx = db.system_write().await?;
    sqlx::query!("update sessions set last_seen_at = cordon_now() where id = $1", note.session)
        .execute(tx.connection())
        .await?;
    if let Some(org) = note.org {
        sqlx::query!(
            "insert into activity (org_id, account_id, last_active_at) values ($1, $2, cordon_now())
             on conflict (org_id, account_id) do update set last_active_at = excluded.last_active_at",
            org.uuid(),
            note.account
        )
        .execute(tx.connection())
        .await?;
    }
    tx.commit_machinery().await
}
