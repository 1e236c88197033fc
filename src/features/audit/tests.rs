//! The log as people see it, as the application's roles may touch it, and as a thief with every right leaves it.

mod cards;
mod damage;
mod pages;
mod walls;

use serde_json::json;
use uuid::Uuid;

use crate::{ids::AccountId, testing::World};

/// Appends so many events to a chain, as if this person had done them.
async fn happen(world: &World, chain: Uuid, actor: AccountId, times: usize, reason: &str) {
    let event = json!({
        "chain_id": chain, "chain_kind": "org", "action": "org.updated", "actor_kind": "account",
        "actor_id": actor.uuid(), "target_kind": "org", "target_id": chain, "target_name": "acme-production",
        "request_id": actor.uuid(), "reason": reason, "changes": r#"{"name":["Acme","Acme Production"]}"#,
        "personal": r#"{"address":"203.0.113.24","agent":"Firefox 148","email":"noor.haddad@acme.example"}"#,
        "personal_salt": "00112233445566778899aabbccddeeff",
    });
    world
        .sql(&format!(
            "set local role cordon_system;
             select audit_append((select jsonb_agg('{event}'::jsonb) from generate_series(1, {times})));
             reset role"
        ))
        .await;
}
