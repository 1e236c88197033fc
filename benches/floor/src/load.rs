//! Driving a target, and the rounds in which targets take turns.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::ensure;

use crate::{
    Args,
    client::Client,
    pgbench, process,
    servers::Servers,
    targets::{Requests, Target, Work},
};

/// One measurement: requests a second, milliseconds of latency, milliseconds of computing per request (the program
/// and the database together; and the database alone).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) rps: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) cpu: f64,
    pub(crate) database: f64,
}

/// What one target gave at one number of connections, round by round.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) beside: Option<&'static str>,
    pub(crate) connections: usize,
    pub(crate) rounds: Vec<Measured>,
}

/// Every target at every number of connections, in turns, after one short round that does not count.
pub(crate) async fn rounds(
    args: &Args,
    servers: &Servers,
    targets: &[Target],
) -> anyhow::Result<Vec<Series>> {
    let mut all: Vec<Series> = Vec::new();
    for connections in &args.connections {
        all.extend(targets.iter().map(|target| Series {
            name: target.name,
            beside: target.beside,
            connections: *connections,
            rounds: Vec::new(),
        }));
    }
    for round in 0..=args.rounds {
        eprintln!("Round {round} of {} …", args.rounds);
        let seconds = if round == 0 { args.seconds.min(0.5) } else { args.seconds };
        for series in &mut all {
            let Some(target) = targets.iter().find(|target| target.name == series.name) else { continue };
            let time = Duration::from_secs_f64(seconds);
            let measured = measure(servers, target, series.connections, time).await?;
            if round > 0 {
                series.rounds.push(measured);
            }
        }
    }
    Ok(all)
}

async fn measure(
    servers: &Servers,
    target: &Target,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Measured> {
    match &target.work {
        Work::Sql(script) => pgbench::run(servers, script, connections, time).await,
        Work::Http { at, pid, login, requests, status } => {
            let cpu = || (process::cpu_ms(*pid), process::backends_ms(servers.postmaster, login));
            let before = cpu();
            let measured = http(*at, requests, *status, connections, time).await?;
            let after = cpu();
            let count = (measured.rps * measured.cpu).max(1.0);
            let database = (after.1 - before.1) / count;
            Ok(Measured { cpu: (after.0 - before.0) / count + database, database, ..measured })
        }
    }
}

/// Sends requests on so many connections for a time, or until there are none left. `cpu` holds the seconds it took.
pub(crate) async fn http(
    at: SocketAddr,
    requests: &Arc<Requests>,
    status: u16,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Measured> {
    let sent = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let mut client = Client::connect(at).await?;
        let (requests, sent) = (Arc::clone(requests), Arc::clone(&sent));
        tasks.push(tokio::spawn(async move {
            let mut times: Vec<u32> = Vec::new();
            while began.elapsed() < time && sent.fetch_add(1, Ordering::Relaxed) < requests.most {
                let Some(request) = requests.next() else { break };
                let since = Instant::now();
                let answered = client.status(request).await?;
                times.push(u32::try_from(since.elapsed().as_micros())?);
                ensure!(answered == status, "an answer with status {answered} instead of {status}");
            }
            Ok(times)
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let seconds = began.elapsed().as_secs_f64();
    let count = f64::from(u32::try_from(times.len())?);
    let (p50, p99) = percentiles(&mut times);
    Ok(Measured { rps: count / seconds, p50, p99, cpu: seconds, database: 0.0 })
}

/// The median and the 99th percentile of microseconds, in milliseconds.
pub(crate) fn percentiles(times: &mut [u32]) -> (f64, f64) {
    times.sort_unstable();
    let at = |hundredths: usize| {
        let place = (times.len() * hundredths / 100).min(times.len().saturating_sub(1));
        times.get(place).map_or(f64::NAN, |time| f64::from(*time) / 1000.0)
    };
    (at(50), at(99))
}

/// The middle one.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
