//! What somebody with every right in the database can do to a chain, and that the check names the place.

use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::happen;
use crate::{
    error::Error,
    features::audit::{
        compare, heads,
        store::Stored,
        verify::{self, Fault, Report, verify as verify_all},
    },
    testing::World,
};

/// What a check says after these statements, which are taken back again.
async fn after(connection: &mut PgConnection, statements: &str) -> Report {
    let batch = format!("begin; alter table audit_events disable trigger append_only; {statements}");
    sqlx::raw_sql(AssertSqlSafe(batch)).execute(&mut *connection).await.unwrap();
    let report = verify::run(connection, None).await.unwrap();
    sqlx::raw_sql("rollback").execute(connection).await.unwrap();
    report
}

async fn named(connection: &mut PgConnection, statements: &str, seq: i64) {
    let report = after(connection, statements).await;
    let fault = report.faults.iter().find(|fault| fault.chain == "acme-production");
    assert_eq!(fault.map(|fault| fault.seq), Some(seq), "{statements}\n{report}");
}

async fn acme() -> (World, PgConnection, String) {
    let world = World::new().await;
    happen(&world, world.acme.uuid(), world.ada.account, 6, "Because.").await;
    let connection = world.connection().await;
    let chain = format!("chain_id = '{}'", world.acme);
    (world, connection, chain)
}

#[tokio::test]
async fn every_chain_of_a_fresh_installation_is_intact() {
    let (world, mut connection, _) = acme().await;
    let report = verify_all(&world.app.db, None).await.unwrap();
    assert!(report.is_intact(), "{report}");
    // Five people, their personal organizations, and two more.
    assert_eq!(report.chains, 12);
    let one = verify_all(&world.app.db, Some("acme-production")).await.unwrap();
    assert_eq!((one.chains, one.events), (1, 10));
    assert_eq!(one.to_string(), "intact: 1 chains, 10 events, 0 broken");
    assert!(matches!(verify_all(&world.app.db, Some("nowhere")).await, Err(Error::NotFound)));
    let zone = "set local timezone = 'Asia/Kathmandu'; set local datestyle = 'German'";
    assert!(after(&mut connection, zone).await.is_intact());
}

#[tokio::test]
async fn erased_personal_data_breaks_nothing_and_changed_data_does() {
    let (_world, mut connection, chain) = acme().await;
    let erase =
        format!("update audit_events set personal = null, personal_salt = null where {chain} and seq = 6");
    assert!(after(&mut connection, &erase).await.is_intact());
    named(
        &mut connection,
        &format!("update audit_events set personal = '{{}}' where {chain} and seq = 6"),
        6,
    )
    .await;
}

#[tokio::test]
async fn every_edited_column_is_found() {
    let (world, mut connection, chain) = acme().await;
    let other = Uuid::nil();
    for edit in [
        "at = at + interval '1 microsecond'".to_owned(),
        "at = 'infinity'".to_owned(),
        "action = 'org.created'".to_owned(),
        "actor_kind = 'system'".to_owned(),
        format!("actor_id = '{}'", world.mallory.account),
        "actor_id = null".to_owned(),
        "target_kind = 'app'".to_owned(),
        format!("target_id = '{other}'"),
        "target_name = 'acme-productio'".to_owned(),
        "target_name = ''".to_owned(),
        "target_name = null".to_owned(),
        format!("request_id = '{other}'"),
        "reason = 'Because'".to_owned(),
        "reason = null".to_owned(),
        "changes = '{}'".to_owned(),
        "changes = ' ' || changes".to_owned(),
        "personal_digest = sha256('')".to_owned(),
        "personal_salt = '\\x00'".to_owned(),
        "personal = replace(personal, '203', '198')".to_owned(),
        "prev_hash = sha256('')".to_owned(),
        "hash = sha256('')".to_owned(),
        "hash = '\\x'".to_owned(),
        "target_name = reason, reason = target_name".to_owned(),
    ] {
        named(&mut connection, &format!("update audit_events set {edit} where {chain} and seq = 6"), 6).await;
    }
}

#[tokio::test]
async fn a_rewritten_event_is_found_by_the_one_after_it() {
    let (_world, mut connection, chain) = acme().await;
    let rewrite = format!(
        "update audit_events set reason = 'Another' where {chain} and seq = 6;
         update audit_events e set hash = audit_hash(e) where {chain} and seq = 6"
    );
    named(&mut connection, &rewrite, 7).await;
    let last = rewrite.replace("seq = 6", "seq = 10");
    named(&mut connection, &last, 10).await;
}

#[tokio::test]
async fn removed_moved_and_added_events_are_found() {
    let (world, mut connection, chain) = acme().await;
    let (acme, evil) = (world.acme, world.evil);
    let copy = |seq: &str, from: i64| {
        format!(
            "create temp table copied on commit drop as select * from audit_events where {chain} and seq = {from};
             update copied set seq = {seq}; insert into audit_events select * from copied"
        )
    };
    let delete = |which: &str| format!("delete from audit_events where {chain} and {which}");
    let renumber =
        |from: i64, to: i64| format!("update audit_events set seq = {to} where {chain} and seq = {from}");
    for (statements, seq) in [
        (delete("seq = 1"), 1),
        (delete("seq = 6"), 6),
        (delete("seq >= 9"), 9),
        (delete("true"), 1),
        (renumber(6, 600), 6),
        (format!("{}; {}; {}", renumber(5, 600), renumber(6, 5), renumber(600, 6)), 5),
        (copy("11", 10), 11),
        (copy("0 + 11", 6), 11),
        (format!("{}; {}", renumber(10, 11), copy("10", 9)), 10),
        (format!("alter table audit_events drop constraint audit_events_pkey; {}", copy("6", 6)), 6),
        (format!("update audit_events set chain_id = '{evil}', seq = 2 where {chain} and seq = 6"), 6),
        (format!("update audit_chains set seq = 9 where id = '{acme}'"), 10),
        (format!("update audit_chains set seq = 11 where id = '{acme}'"), 11),
        (format!("update audit_chains set hash = sha256('') where id = '{acme}'"), 10),
        (
            format!(
                "set local session_replication_role = replica; delete from audit_chains where id = '{acme}'"
            ),
            10,
        ),
        (format!("{}; delete from audit_chains where id = '{acme}'", delete("true")), 1),
    ] {
        named(&mut connection, &statements, seq).await;
    }
    let moved = format!("update audit_events set chain_id = '{evil}', seq = 2 where {chain} and seq = 10");
    let report = after(&mut connection, &moved).await;
    let names: Vec<_> = report.faults.iter().map(|fault| (fault.chain.as_str(), fault.seq)).collect();
    assert_eq!(names, [("acme-production", 10), ("evil-corp", 2)]);
}

#[tokio::test]
async fn a_cut_account_chain_is_named_by_its_account() {
    let (world, mut connection, _) = acme().await;
    let cut = format!("delete from audit_events where chain_id = '{}'", world.ada.account);
    let report = after(&mut connection, &cut).await;
    assert_eq!(report.faults[0].chain, format!("account {}", world.ada.account));
    assert!(!report.is_intact() && report.to_string().contains("BROKEN"));
}

fn vector() -> (Uuid, Stored) {
    let id = |text: &str| Some(text.parse().unwrap());
    let chain: Uuid = "0199a000-0000-7000-8000-000000000001".parse().unwrap();
    let personal = r#"{"address":"203.0.113.24"}"#.to_owned();
    let digest = verify::personal_digest(Some(&[7; 16]), Some(&personal));
    let row = Stored {
        head_seq: None,
        head_hash: None,
        seq: Some(1),
        micros: Some(1_795_422_664_123_456),
        action: Some("org.updated".into()),
        actor_kind: Some("account".into()),
        actor_id: id("0199a000-0000-7000-8000-000000000002"),
        target_kind: Some("org".into()),
        target_id: id("0199a000-0000-7000-8000-000000000001"),
        target_name: Some("café".into()),
        request_id: None,
        reason: Some(String::new()),
        changes: Some(r#"{"name":["a","b"]}"#.into()),
        personal_digest: Some(digest.to_vec()),
        personal_salt: Some(vec![7; 16]),
        personal: Some(personal),
        prev_hash: Some(verify::genesis(chain).to_vec()),
        hash: None,
    };
    (chain, row)
}

const GENESIS: &str = "89dc4176fdc0007e5bb00ebffdfbb19940e97c51bc1b08b97e68fc24ebdd37f3";
const DIGEST: &str = "b4b344b2cc5a0d75f99b465277e0ef4aad0a2efa8999884cc26c00b1abfe6377";
const HASH: &str = "94b015020deaf86b4c274f5f27f80ad09442bd535d4320a42378e5f131e494d7";

#[test]
fn the_published_example_has_these_hashes() {
    let (chain, row) = vector();
    assert_eq!(hex::encode(verify::genesis(chain)), GENESIS);
    assert_eq!(hex::encode(row.personal_digest.as_deref().unwrap()), DIGEST);
    assert_eq!(hex::encode(verify::event_hash(chain, &row)), HASH);
}

#[tokio::test]
async fn postgres_computes_the_same_hashes() {
    let world = World::new().await;
    let (chain, row) = vector();
    let mut connection = world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "the function is asked from outside the application")]
    let hash: Vec<u8> = sqlx::query_scalar(
        "select audit_hash(row($1, 1::bigint, timestamptz 'epoch' + $2 * interval '1 microsecond', 'org.updated',
           'account', $3, 'org', $1, 'café', null, '', $4, $5, null, null, $6, null)::audit_events)",
    )
    .bind(chain)
    .bind(row.micros)
    .bind(row.actor_id)
    .bind(&row.changes)
    .bind(&row.personal_digest)
    .bind(&row.prev_hash)
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(hex::encode(hash), HASH);
}

#[tokio::test]
async fn heads_kept_elsewhere_show_what_the_rows_cannot() {
    let (world, mut connection, chain) = acme().await;
    let kept = heads(&world.app.db).await.unwrap();
    let look = async || {
        let rows = verify_all(&world.app.db, None).await.unwrap();
        let mut report = rows.clone();
        compare(&world.app.db, &kept, &mut report).await.unwrap();
        (rows.is_intact(), report.faults)
    };
    assert_eq!(look().await, (true, Vec::new()));
    // Cut at the end with the head wound back: by itself the rest is a whole chain.
    let cut = format!(
        "begin; alter table audit_events disable trigger append_only;
         delete from audit_events where {chain} and seq > 8;
         update audit_chains c set seq = 8,
           hash = (select e.hash from audit_events e where e.chain_id = c.id and e.seq = 8) where c.id = '{}';
         alter table audit_events enable trigger append_only; commit",
        world.acme
    );
    sqlx::raw_sql(AssertSqlSafe(cut)).execute(&mut connection).await.unwrap();
    let fault = |what: &str| Fault { chain: "acme-production".into(), seq: 10, what: what.to_owned() };
    assert_eq!(look().await, (true, vec![fault("it is missing; a head that was kept names it")]));
    // What grew over the cut is another event.
    happen(&world, world.acme.uuid(), world.ada.account, 3, "Later.").await;
    assert_eq!(look().await, (true, vec![fault("it is another event than the one that was kept")]));
}
