//! Heads of chains, kept outside the database: what shows that a log was cut, dropped, or restored from an old copy.
//!
//! What may not happen here: a head that the database is asked to vouch for. It is compared with the events themselves.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use super::{
    store,
    verify::{Fault, Report},
};
use crate::{db::Database, error::Result};

/// How far a chain had come, and its fingerprint there. As text: the chain, the number and the hash in hexadecimal
/// digits, with a blank between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptHead {
    pub(super) chain: Uuid,
    pub(super) seq: i64,
    pub(super) hash: Vec<u8>,
}

impl fmt::Display for KeptHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.chain, self.seq, hex::encode(&self.hash))
    }
}

impl FromStr for KeptHead {
    type Err = String;
    fn from_str(line: &str) -> std::result::Result<Self, String> {
        let wrong = || format!("this is no head of a chain: {line}");
        let mut parts = line.split_ascii_whitespace();
        let mut next = || parts.next().ok_or_else(wrong);
        let head = Self {
            chain: next()?.parse().map_err(|_| wrong())?,
            seq: next()?.parse().map_err(|_| wrong())?,
            hash: hex::decode(next()?).map_err(|_| wrong())?,
        };
        let fits = head.seq > 0 && head.hash.len() == 32 && parts.next().is_none();
        if fits { Ok(head) } else { Err(wrong()) }
    }
}

/// The heads of all chains as they are now, to be kept somewhere else.
///
/// # Errors
/// When the database does not answer.
pub async fn heads(db: &Database) -> Result<Vec<KeptHead>> {
    let mut tx = db.system_read().await?;
    store::heads(tx.connection()).await
}

/// Adds to a report what these heads show: every chain that no longer holds the event it once ended with.
///
/// # Errors
/// When the database does not answer.
pub async fn compare(db: &Database, kept: &[KeptHead], report: &mut Report) -> Result<()> {
    let mut tx = db.system_read().await?;
    let known = store::known(tx.connection()).await?;
    for head in kept {
        let what = match store::hash_at(tx.connection(), head.chain, head.seq).await? {
            Some(hash) if hash == head.hash => continue,
            Some(_) => "it is another event than the one that was kept",
            None => "it is missing; a head that was kept names it",
        };
        let name = known.iter().find(|chain| chain.id == head.chain);
        let chain = name.map_or_else(|| format!("chain {} of nobody", head.chain), store::Known::name);
        report.faults.push(Fault { chain, seq: head.seq, what: what.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let head = KeptHead { chain: Uuid::from_u128(7), seq: 12, hash: vec![0xab; 32] };
        let text = head.to_string();
        assert_eq!(text.parse::<KeptHead>(), Ok(head));
        for odd in ["", "x", &text[..60], &format!("{text} 1"), &text.replace(" 12 ", " 0 ")] {
            assert!(odd.parse::<KeptHead>().is_err(), "{odd}");
        }
    }
}
