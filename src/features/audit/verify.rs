//! The check of the log: every hash computed again, from `docs/audit-format.md` and not by the function that wrote it.
//!
//! What may not happen here: a verdict that the rows themselves supply. Only bytes that were hashed again count.

use std::fmt;

use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    db::Database,
    error::{OrNotFound as _, Result},
    features::audit::store::{self, Known, Stored},
};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Chains that were checked.
    pub chains: u64,
    /// Events that were checked.
    pub events: u64,
    /// The first thing wrong in each broken chain.
    pub faults: Vec<Fault>,
}

/// A broken chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The organization's slug, or `account` and its id.
    pub chain: String,
    /// The first event that is not as it was written. Those before it are intact.
    pub seq: i64,
    /// What is wrong with it.
    pub what: String,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.faults.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            writeln!(f, "{}: event {}: {}", fault.chain, fault.seq, fault.what)?;
        }
        let verdict = if self.is_intact() { "intact" } else { "BROKEN" };
        write!(f, "{verdict}: {} chains, {} events, {} broken", self.chains, self.events, self.faults.len())
    }
}

/// Checks one organization's chain, or every chain of every organization and account. Reads each event once and keeps
/// none.
///
/// # Errors
/// When there is no such organization, or the database does not answer.
pub async fn verify(db: &Database, org: Option<&str>) -> Result<Report> {
    let mut tx = db.system_read().await?;
    let connection = tx.connection();
    store::take_time(connection).await?;
    run(connection, org).await
}

pub(super) async fn run(connection: &mut PgConnection, org: Option<&str>) -> Result<Report> {
    let known = match org {
        Some(slug) => vec![store::known_org(connection, slug).await?.or_not_found()?],
        None => store::known(connection).await?,
    };
    let mut report = Report::default();
    for chain in &known {
        let (events, fault) = check(connection, chain.id).await?;
        report.chains += 1;
        report.events += events;
        report.faults.extend(fault.map(|(seq, what)| Fault { chain: chain.name(), seq, what }));
    }
    Ok(report)
}

impl Known {
    /// As a report calls it.
    pub(super) fn name(&self) -> String {
        match &self.slug {
            Some(slug) => slug.clone(),
            None if self.account => format!("account {}", self.id),
            None => format!("chain {} of nobody", self.id),
        }
    }
}

/// Checks one chain: how many events were read, and the first that is wrong.
pub(super) async fn check(
    connection: &mut PgConnection,
    chain: Uuid,
) -> Result<(u64, Option<(i64, String)>)> {
    let mut walk = Walk { chain, seq: 0, hash: genesis(chain) };
    let mut head = None;
    let mut events = 0;
    {
        let mut rows = store::stored(connection, chain);
        while let Some(row) = rows.try_next().await? {
            events += 1;
            if let Err(what) = walk.step(&row) {
                return Ok((events, Some(what)));
            }
            head = Some(row.head_seq.zip(row.head_hash));
        }
    }
    let fault = match head {
        Some(Some((seq, hash))) => walk.end(seq, &hash),
        Some(None) => Some((walk.seq, "the chain has events and no head".to_owned())),
        None => Some(match store::head_seq(connection, chain).await? {
            Some(seq) => (1, format!("no event is left; the chain's head counts {seq}")),
            None => (1, "the chain is missing: its creation is its first event".to_owned()),
        }),
    };
    Ok((events, fault))
}

/// The place that a check has reached: the last event that was right.
struct Walk {
    chain: Uuid,
    seq: i64,
    hash: [u8; 32],
}

impl Walk {
    fn step(&mut self, row: &Stored) -> Result<(), (i64, String)> {
        let due = self.seq + 1;
        let seq = row.seq.unwrap_or_default();
        if seq > due {
            return Err((due, format!("it is missing; the next one is {seq}")));
        }
        if seq < due {
            return Err((seq, "it is there twice, or counts from below 1".to_owned()));
        }
        if row.prev_hash.as_deref() != Some(&self.hash) {
            return Err((seq, "it does not follow the event before it".to_owned()));
        }
        let hash = event_hash(self.chain, row);
        if row.hash.as_deref() != Some(&hash) {
            return Err((seq, "it does not match its fingerprint".to_owned()));
        }
        let digest = personal_digest(row.personal_salt.as_deref(), row.personal.as_deref());
        if row.personal.is_some() && row.personal_digest.as_deref() != Some(&digest) {
            return Err((seq, "its personal data does not match the digest in the chain".to_owned()));
        }
        (self.seq, self.hash) = (seq, hash);
        Ok(())
    }

    fn end(&self, head: i64, hash: &[u8]) -> Option<(i64, String)> {
        if head > self.seq {
            return Some((self.seq + 1, format!("it is missing; the chain's head counts {head}")));
        }
        if head < self.seq {
            return Some((head + 1, format!("it lies beyond the chain's head, which counts {head}")));
        }
        (hash != self.hash).then(|| (head, "the chain's head has another fingerprint".to_owned()))
    }
}

/// What the first event of a chain follows.
pub(super) fn genesis(chain: Uuid) -> [u8; 32] {
    Sha256::new().chain_update("cordon.audit.chain.v1").chain_update(chain.as_bytes()).finalize().into()
}

pub(super) fn personal_digest(salt: Option<&[u8]>, personal: Option<&str>) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update("cordon.audit.personal.v1");
    field(&mut hash, salt);
    field(&mut hash, personal.map(str::as_bytes));
    hash.finalize().into()
}

pub(super) fn event_hash(chain: Uuid, row: &Stored) -> [u8; 32] {
    fn id(id: Option<&Uuid>) -> Option<&[u8]> {
        id.map(|id| id.as_bytes().as_slice())
    }
    fn text(text: Option<&String>) -> Option<&[u8]> {
        text.map(String::as_bytes)
    }
    let (seq, micros) = (row.seq.map(i64::to_be_bytes), row.micros.map(i64::to_be_bytes));
    let mut hash = Sha256::new().chain_update("cordon.audit.event.v1");
    for value in [
        Some(chain.as_bytes().as_slice()),
        seq.as_ref().map(<[u8; 8]>::as_slice),
        micros.as_ref().map(<[u8; 8]>::as_slice),
        text(row.action.as_ref()),
        text(row.actor_kind.as_ref()),
        id(row.actor_id.as_ref()),
        text(row.target_kind.as_ref()),
        id(row.target_id.as_ref()),
        text(row.target_name.as_ref()),
        id(row.request_id.as_ref()),
        text(row.reason.as_ref()),
        text(row.changes.as_ref()),
        row.personal_digest.as_deref(),
        row.prev_hash.as_deref(),
    ] {
        field(&mut hash, value);
    }
    hash.finalize().into()
}

/// A field's length in four bytes, then its bytes; a null is the length of all ones.
fn field(hash: &mut Sha256, value: Option<&[u8]>) {
    match value {
        None => hash.update([0xff; 4]),
        Some(bytes) => {
            hash.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(bytes);
        }
    }
}
