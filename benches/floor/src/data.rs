//! The data that is measured: made by `sql/load.sql`, and how its names are derived.

use std::process::Stdio;

use anyhow::ensure;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use tokio::process::Command;

/// Guests with an invitation each; as many as one run can take in.
pub(crate) const GUESTS: usize = 60_000;
const LOAD: &str = include_str!("../sql/load.sql");
const OFFERS: &str = include_str!("../sql/offers.sql");

/// The cookie of account `n`: its id is the first half of a digest, which browsers get in little-endian order.
pub(crate) fn cookie(n: usize) -> String {
    let digest = Sha256::digest(format!("cordon bench {n}"));
    let id: Vec<u8> = digest.iter().take(16).rev().copied().collect();
    format!("cordon={}", BASE64_URL_SAFE_NO_PAD.encode(id))
}

/// The cursor of the page of organization `n`'s audit log that begins below this event, sealed as Cordon does it.
pub(crate) fn cursor(n: u64, event: i64) -> anyhow::Result<String> {
    let org = format!("018d0000-0000-7005-8000-{}", 100_000_000_000 + n);
    let row = event.to_string();
    let no_filter = r#"["","","","",""]"#;
    let mut seal = Hmac::<Sha256>::new_from_slice(&Sha256::digest("cordon bench"))?;
    seal.update(&serde_json::to_vec(&("cordon.cursor.v1", "audit", org, no_filter, &row))?);
    let mut sealed = seal.finalize().into_bytes().to_vec();
    sealed.extend(row.as_bytes());
    Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
}

/// An admin of organization `n`.
pub(crate) fn admin(n: usize) -> usize {
    (n - 1) * 10 + 1
}

/// Fills a freshly migrated database.
pub(crate) async fn load(socket: &str, rows: u64) -> anyhow::Result<()> {
    psql(socket, LOAD, &[("rows", rows.to_string()), ("guests", GUESTS.to_string())]).await
}

/// Makes every offer open again.
pub(crate) async fn offers(socket: &str) -> anyhow::Result<()> {
    let invitation = "jsonb_build_object('id', bench_id(11, g), 'sending', 1)";
    psql(socket, OFFERS, &[("guests", GUESTS.to_string()), ("invitation", invitation.to_owned())]).await
}

async fn psql(socket: &str, script: &str, variables: &[(&str, String)]) -> anyhow::Result<()> {
    let mut psql = Command::new("psql");
    psql.args(["-qXAt", "-h", socket, "-U", "postgres", "-d", "cordon", "-f", "-"]);
    for (name, value) in variables {
        psql.arg("-v").arg(format!("{name}={value}"));
    }
    psql.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = psql.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        tokio::io::AsyncWriteExt::write_all(&mut input, script.as_bytes()).await?;
    }
    ensure!(child.wait().await?.success(), "psql failed");
    Ok(())
}
