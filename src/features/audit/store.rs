//! The rows of the log.
//!
//! What may not happen here: a list that reads past its page. Every one walks the primary key of one chain.

use futures_util::stream::BoxStream;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    auth::scope::{OrgScope, SiteScope},
    clock::Instant,
    error::Result,
    features::audit::{
        heads::KeptHead,
        model::{Entry, Filter, Head, Person, Target, actions_about},
    },
};

/// Events on one page.
pub(super) const PAGE: usize = 50;

struct Row {
    seq: i64,
    at: Instant,
    action: String,
    target_kind: Option<String>,
    target_name: Option<String>,
    request_id: Option<Uuid>,
    reason: Option<String>,
    changes: String,
    personal: Option<String>,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
    person_id: Option<Uuid>,
    actor: Option<String>,
    token: Option<String>,
    person: Option<String>,
}

/// The newest events of the organization, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn latest(db: &mut impl OrgScope, most: i64) -> Result<Vec<Entry>> {
    let org = db.org();
    rows(db.connection(), org.uuid(), &Filter::default(), most).await
}

/// The newest events of the caller's own account, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_account(db: &mut impl SiteScope, most: i64) -> Result<Vec<Entry>> {
    let account = db.account();
    rows(db.connection(), account.uuid(), &Filter::default(), most).await
}

/// One page, and one event more when there are older ones.
pub(super) async fn list(db: &mut impl OrgScope, filter: &Filter) -> Result<Vec<Entry>> {
    let org = db.org();
    let most = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    rows(db.connection(), org.uuid(), filter, most).await
}

/// One event.
pub(super) async fn find(db: &mut impl OrgScope, seq: i64) -> Result<Option<Entry>> {
    let filter = Filter { before: seq.checked_add(1), ..Filter::default() };
    let org = db.org();
    let newest = rows(db.connection(), org.uuid(), &filter, 1).await?.pop();
    Ok(newest.filter(|entry| entry.seq == seq))
}

/// The hash of one event.
pub(super) async fn hash_of(db: &mut impl OrgScope, seq: i64) -> Result<Option<Vec<u8>>> {
    let org = db.org();
    let hash = sqlx::query_scalar!(
        "select hash from audit_events where chain_id = $1 and seq = $2",
        org.uuid(),
        seq
    );
    Ok(hash.fetch_optional(db.connection()).await?)
}

/// The head of the organization's chain.
pub(super) async fn head(db: &mut impl OrgScope) -> Result<Option<Head>> {
    let org = db.org();
    let head = sqlx::query_as!(Head, "select seq, hash from audit_chains where id = $1", org.uuid());
    Ok(head.fetch_optional(db.connection()).await?)
}

/// Everybody who was ever let into the organization, by name, for the filter.
pub(super) async fn people(db: &mut impl OrgScope) -> Result<Vec<(Uuid, String)>> {
    let org = db.org();
    let people = sqlx::query!(
        "select a.id, a.name from accounts a
         where a.id in (select account_id from grants where org_id = $1) order by a.name, a.id limit 200",
        org.uuid()
    );
    let people = people.fetch_all(db.connection()).await?;
    Ok(people.into_iter().map(|person| (person.id, person.name)).collect())
}

async fn rows(connection: &mut PgConnection, chain: Uuid, filter: &Filter, most: i64) -> Result<Vec<Entry>> {
    let actions = filter.about.map(actions_about);
    let rows = sqlx::query_file_as!(
        Row,
        "src/features/audit/list.sql",
        chain,
        filter.before.unwrap_or(i64::MAX),
        most,
        filter.who as Option<Uuid>,
        actions.as_deref() as Option<&[String]>,
        filter.from as Option<Instant>,
        filter.until as Option<Instant>,
        filter.text.as_deref() as Option<&str>,
        filter.is_open()
    );
    Ok(rows.fetch_all(connection).await?.into_iter().map(Row::entry).collect())
}

impl Row {
    fn entry(self) -> Entry {
        Entry {
            seq: self.seq,
            at: self.at,
            action: self.action,
            actor: self.person_id.map(|id| Person { id, name: self.actor }),
            token: self.token,
            target: Target { kind: self.target_kind, name: self.person.or(self.target_name) },
            request: self.request_id,
            reason: self.reason,
            changes: serde_json::from_str(&self.changes).unwrap_or_default(),
            personal: self.personal.map(|text| serde_json::from_str(&text).unwrap_or_default()),
            prev_hash: self.prev_hash,
            hash: self.hash,
        }
    }
}

/// An event as it is checked. Everything may be missing: whoever damages rows may also drop `not null`.
pub(super) struct Stored {
    pub(super) head_seq: Option<i64>,
    pub(super) head_hash: Option<Vec<u8>>,
    pub(super) seq: Option<i64>,
    pub(super) micros: Option<i64>,
    pub(super) action: Option<String>,
    pub(super) actor_kind: Option<String>,
    pub(super) actor_id: Option<Uuid>,
    pub(super) target_kind: Option<String>,
    pub(super) target_id: Option<Uuid>,
    pub(super) target_name: Option<String>,
    pub(super) request_id: Option<Uuid>,
    pub(super) reason: Option<String>,
    pub(super) changes: Option<String>,
    pub(super) personal_digest: Option<Vec<u8>>,
    pub(super) personal_salt: Option<Vec<u8>>,
    pub(super) personal: Option<String>,
    pub(super) prev_hash: Option<Vec<u8>>,
    pub(super) hash: Option<Vec<u8>>,
}

/// Every event of a chain in order, each with the chain's head as it was when the statement began: writers that append
/// meanwhile change neither.
pub(super) fn stored(connection: &mut PgConnection, chain: Uuid) -> BoxStream<'_, sqlx::Result<Stored>> {
    sqlx::query_as!(
        Stored,
        r#"select (select c.seq from audit_chains c where c.id = $1) as "head_seq?",
             (select c.hash from audit_chains c where c.id = $1) as "head_hash?",
             seq as "seq?",
             case when isfinite(at) then (extract(epoch from at) * 1000000)::bigint end as "micros?",
             action as "action?", actor_kind as "actor_kind?", actor_id, target_kind, target_id, target_name,
             request_id, reason, changes as "changes?", personal_digest as "personal_digest?", personal_salt, personal,
             prev_hash as "prev_hash?", hash as "hash?"
           from audit_events where chain_id = $1 order by seq"#,
        chain
    )
    .fetch(connection)
}

/// How many events a chain's head says there are.
pub(super) async fn head_seq(connection: &mut PgConnection, chain: Uuid) -> Result<Option<i64>> {
    let seq = sqlx::query_scalar!("select seq from audit_chains where id = $1", chain);
    Ok(seq.fetch_optional(connection).await?)
}

/// A chain that there is or should be.
pub(super) struct Known {
    pub(super) id: Uuid,
    pub(super) slug: Option<String>,
    pub(super) account: bool,
}

/// The organization of that slug.
pub(super) async fn known_org(connection: &mut PgConnection, slug: &str) -> Result<Option<Known>> {
    let org = sqlx::query_as!(
        Known,
        r#"select id, slug as "slug?", false as "account!" from orgs where slug = $1"#,
        slug
    );
    Ok(org.fetch_optional(connection).await?)
}

/// Every organization and account, every chain, and every chain that events name.
pub(super) async fn known(connection: &mut PgConnection) -> Result<Vec<Known>> {
    let all = sqlx::query_as!(
        Known,
        r#"select ids.id as "id!", o.slug as "slug?", a.id is not null as "account!"
           from (select id from orgs union select id from accounts union select id from audit_chains
                 union select e.chain_id from audit_events e
                   where not exists (select from audit_chains c where c.id = e.chain_id)) ids
             left join orgs o on o.id = ids.id left join accounts a on a.id = ids.id
           order by o.slug, ids.id"#
    );
    Ok(all.fetch_all(connection).await?)
}

/// How far every chain has come.
pub(super) async fn heads(connection: &mut PgConnection) -> Result<Vec<KeptHead>> {
    let all = sqlx::query_as!(
        KeptHead,
        "select id as chain, seq, hash from audit_chains where seq > 0 order by id"
    );
    Ok(all.fetch_all(connection).await?)
}

/// The fingerprint of one event of a chain.
pub(super) async fn hash_at(connection: &mut PgConnection, chain: Uuid, seq: i64) -> Result<Option<Vec<u8>>> {
    let hash =
        sqlx::query_scalar!("select hash from audit_events where chain_id = $1 and seq = $2", chain, seq);
    Ok(hash.fetch_optional(connection).await?)
}

/// Lets this transaction's statements run as long as the log is long.
pub(super) async fn take_time(connection: &mut PgConnection) -> Result<()> {
    sqlx::query_scalar!("select set_config('statement_timeout', '0', true)").fetch_one(connection).await?;
    Ok(())
}
