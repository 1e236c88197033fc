//! pgbench, for statements without a program around them. It uses the login of `cordon serve`.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use tokio::process::Command;

use crate::{
    load::{Measured, percentiles},
    process,
    servers::Servers,
};

/// A script and the numbers it draws from.
pub(crate) struct Script {
    text: &'static str,
    numbers: Numbers,
}

enum Numbers {
    /// Any number of a range, again and again.
    Spread(usize, usize),
    /// Each number once, at most so many in one measurement.
    Once { next: AtomicUsize, most: usize },
}

impl Script {
    pub(crate) fn spread(text: &'static str, (first, last): (usize, usize)) -> Self {
        Self { text, numbers: Numbers::Spread(first, last) }
    }

    pub(crate) fn once(text: &'static str, first: usize, most: usize) -> Self {
        Self { text, numbers: Numbers::Once { next: AtomicUsize::new(first), most } }
    }
}

/// Runs a script on so many connections.
pub(crate) async fn run(
    servers: &Servers,
    script: &Script,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Measured> {
    let folder = std::env::temp_dir().join(format!("cordon-pgbench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("script"), script.text)?;
    let mut pgbench = Command::new("pgbench");
    pgbench.current_dir(&folder).args(["-n", "-M", "prepared", "-f", "script", "-l", "--log-prefix=log"]);
    pgbench.args(["-h", &servers.socket, "-U", "cordon_web"]);
    pgbench.args(["-c", &connections.to_string(), "-j", &connections.min(2).to_string()]);
    match &script.numbers {
        Numbers::Spread(first, last) => {
            let seconds = time.as_secs_f64().round().max(1.0);
            pgbench.args(["-T", &seconds.to_string()]);
            pgbench.args(["-D", &format!("first={first}"), "-D", &format!("last={last}")]);
        }
        Numbers::Once { next, most } => {
            let each = (most / connections).max(1);
            let base = next.fetch_add(each * connections, Ordering::Relaxed);
            pgbench.args(["-t", &each.to_string(), "-D", "i=0"]);
            pgbench.args(["-D", &format!("base={base}"), "-D", &format!("each={each}")]);
        }
    }
    let before = process::backends_ms(servers.postmaster, "cordon_web");
    let output = pgbench.arg("cordon").output().await.context("cannot run pgbench")?;
    let cpu = process::backends_ms(servers.postmaster, "cordon_web") - before;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "pgbench: {}{said}", String::from_utf8_lossy(&output.stderr));
    let rps = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    let mut times = Vec::new();
    for file in fs::read_dir(&folder)?.flatten().filter(|file| file.file_name() != "script") {
        let lines = fs::read_to_string(file.path())?;
        // The third column: microseconds.
        times.extend(lines.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<u32>().ok()));
    }
    fs::remove_dir_all(&folder)?;
    let count = u32::try_from(times.len().max(1))?;
    let (p50, p99) = percentiles(&mut times);
    let cpu = cpu / f64::from(count);
    Ok(Measured { rps: rps.context("pgbench named no tps")?, p50, p99, cpu, database: cpu })
}
