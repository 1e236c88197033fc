//! Last seen: written beside the requests, at most once a minute for each session and organization, and for each token.
//!
//! What may not happen here: a request that waits for it. When the queue is full, the note is dropped; the next request
//! makes a new one.

use sqlx::PgConnection;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    db::{
        Database,
        context::{Context, Token},
        gate::Visit,
    },
    error::Result,
    ids::OrgId,
};

/// Where guards leave their notes.
#[derive(Clone, Debug)]
pub struct Activity {
    notes: mpsc::Sender<Note>,
}

#[derive(Debug)]
enum Note {
    Session { session: Uuid, account: Uuid, org: Option<OrgId> },
    Token { token: Uuid, address: Option<String> },
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
            let note =
                Note::Session { session: context.session.id.uuid(), account: context.account.id.uuid(), org };
            let _ = self.notes.try_send(note);
        }
    }

    /// Notes a request at the gate.
    pub fn visited(&self, visit: &Visit, address: Option<&str>) {
        let moved = visit.token.is_some() && address.is_some() && visit.used_from.as_deref() != address;
        let note = match (visit.session, visit.token) {
            (Some(session), _) if visit.stale => {
                // An organization that they cannot reach has not seen them.
                let org = visit.org.filter(|_| !visit.roles.is_empty());
                Note::Session { session: session.uuid(), account: visit.account.uuid(), org }
            }
            (None, Some(token)) if visit.stale || moved => {
                Note::Token { token: token.uuid(), address: address.map(str::to_owned) }
            }
            _ => return,
        };
        let _ = self.notes.try_send(note);
    }

    /// Notes the use of a token, once a minute, and whenever it comes from somewhere else.
    pub fn used(&self, token: &Token, address: Option<&str>) {
        let moved = address.is_some() && token.last_used_from.as_deref() != address;
        if token.stale || moved {
            let note = Note::Token { token: token.id.uuid(), address: address.map(str::to_owned) };
            let _ = self.notes.try_send(note);
        }
    }
}

async fn write(db: &Database, note: &Note) -> Result<()> {
    let mut tx = db.system_write().await?;
    match note {
        Note::Session { session, account, org } => seen(tx.connection(), *session, *account, *org).await?,
        Note::Token { token, address } => used(tx.connection(), *token, address.as_deref()).await?,
    }
    tx.commit_machinery().await
}

async fn used(connection: &mut PgConnection, token: Uuid, address: Option<&str>) -> Result<()> {
    sqlx::query!(
        "update tokens set last_used_at = date_trunc('minute', cordon_now()),
                           last_used_from = coalesce($2, last_used_from) where id = $1",
        token,
        address
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn seen(connection: &mut PgConnection, session: Uuid, account: Uuid, org: Option<OrgId>) -> Result<()> {
    sqlx::query!("update sessions set last_seen_at = cordon_now() where id = $1", session)
        .execute(&mut *connection)
        .await?;
    if let Some(org) = org {
        sqlx::query!(
            "insert into activity (org_id, account_id, last_active_at) values ($1, $2, cordon_now())
             on conflict (org_id, account_id) do update set last_active_at = excluded.last_active_at",
            org.uuid(),
            account
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}
