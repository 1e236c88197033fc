//! The data that is measured: made by `sql/load.sql`, and how its names are derived.

use std::{fmt::Write as _, process::Stdio};

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

/// The token of organization `n`, in the published shape.
pub(crate) fn token(n: usize) -> String {
    let mut body = String::from("cordon_org_");
    for byte in Sha256::digest(format!("cordon bench token {n}")).iter().take(20) {
        let _ = write!(body, "{byte:02x}");
    }
    let sum = crc32fast::hash(body.as_bytes());
    format!("{body}_{sum:08x}")
}

/// An admin of organization `n`.
pub(crate) fn admin(n: usize) -> usize {
    (n - 1) * 10 + 1
}

/// Fills a freshly migrated database.
pub(crate) async fn load(socket: &str, rows: u64) -> anyhow::Result<()> {
    psql(socket, LOAD, &[("rows", rows.to_string()), ("guests", GUESTS.to_string())]).await
}

/// Gives each of the first organizations a token, unless an earlier run did.
pub(crate) async fn tokens(socket: &str, orgs: usize) -> anyhow::Result<()> {
    let mut script = String::from("\\set ON_ERROR_STOP on\nset session_replication_role = replica;\n");
    for n in 1..=orgs {
        let token = token(n);
        let _ = write!(
            script,
            "insert into tokens (id, org_id, account_id, kind, scope, name, hash, last_four, expires_at)
             values (bench_id(12, {n}), bench_id(5, {n}), bench_id(1, {}), 'org', 'member', 'ci', sha256('{token}'),
                     '{}', now() + interval '90 days') on conflict do nothing;\n",
            admin(n),
            token.get(token.len() - 4..).unwrap_or_default()
        );
    }
    script.push_str(
        "grant execute on function gate(bytea, bytea, text) to bench_floor;\nvacuum analyze tokens;\n",
    );
    psql(socket, &script, &[]).await
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
