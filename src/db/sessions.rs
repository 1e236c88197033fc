//! The store behind tower-sessions: rows keyed by the SHA-256 of the id in the cookie.
//!
//! What may not happen here: storing the id itself, or bringing back a session that was ended (saving only updates).

use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error as StoreError, Result as StoreResult},
};

use crate::{
    clock::Instant,
    db::{
        Database,
        session::{SessionData, SessionHash},
    },
    ids::SessionId,
};

/// Sessions in Postgres.
#[derive(Clone, Debug)]
pub struct PgSessions(pub Database);

fn backend(error: impl std::fmt::Display) -> StoreError {
    StoreError::Backend(error.to_string())
}

fn row(record: &Record) -> StoreResult<(SessionHash, SessionData, serde_json::Value, Instant)> {
    let value = serde_json::to_value(&record.data).map_err(|e| StoreError::Encode(e.to_string()))?;
    let data = SessionData::of(&value);
    let nanos = record.expiry_date.unix_timestamp_nanos();
    let expires = jiff::Timestamp::from_nanosecond(nanos).map_err(|e| StoreError::Encode(e.to_string()))?;
    Ok((SessionHash::of(record.id), data, value, expires.into()))
}

#[async_trait]
impl SessionStore for PgSessions {
    async fn create(&self, record: &mut Record) -> StoreResult<()> {
        let (hash, data, value, expires) = row(record)?;
        let mut tx = self.0.system_write().await.map_err(backend)?;
        sqlx::query!(
            "insert into sessions (id_hash, id, account_id, provider, address, agent, data, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            hash.bytes(),
            SessionId::new().uuid(),
            data.account.map(crate::ids::AccountId::uuid),
            data.provider,
            data.address,
            data.agent,
            value,
            expires as Instant
        )
        .execute(tx.connection())
        .await
        .map_err(backend)?;
        tx.commit_machinery().await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> StoreResult<()> {
        let (hash, data, value, expires) = row(record)?;
        let mut tx = self.0.system_write().await.map_err(backend)?;
        sqlx::query!(
            // The end of a session that somebody is signed in with is fixed when it begins.
            "update sessions set account_id = $2, provider = $3, data = $4,
               expires_at = case when account_id is null then $5 else least(expires_at, $5) end
             where id_hash = $1",
            hash.bytes(),
            data.account.map(crate::ids::AccountId::uuid),
            data.provider,
            value,
            expires as Instant
        )
        .execute(tx.connection())
        .await
        .map_err(backend)?;
        tx.commit_machinery().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> StoreResult<Option<Record>> {
        let hash = SessionHash::of(*id);
        let mut tx = self.0.system_read().await.map_err(backend)?;
        let found = sqlx::query!(
            "select data, expires_at from sessions where id_hash = $1 and expires_at > cordon_now()
             and last_seen_at > cordon_now() - interval '24 hours'",
            hash.bytes()
        )
        .fetch_optional(tx.connection())
        .await
        .map_err(backend)?;
        let Some(found) = found else { return Ok(None) };
        let nanos = found.expires_at.timestamp().as_nanosecond();
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_value(found.data).map_err(|e| StoreError::Decode(e.to_string()))?,
            expiry_date: time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
                .map_err(|e| StoreError::Decode(e.to_string()))?,
        }))
    }

    async fn delete(&self, id: &Id) -> StoreResult<()> {
        let hash = SessionHash::of(*id);
        let mut tx = self.0.system_write().await.map_err(backend)?;
        sqlx::query!("delete from sessions where id_hash = $1", hash.bytes())
            .execute(tx.connection())
            .await
            .map_err(backend)?;
        tx.commit_machinery().await.map_err(backend)
    }
}
