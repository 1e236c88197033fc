//! The benchmark: Cordon beside the least that could serve the same rows, in one run, in turns.
//!
//! It starts everything itself: a private Postgres (kept running by an idle `cordon serve`), the measured
//! `cordon serve`, the floor. `bin/bench` builds what it needs and runs it.

mod aims;
mod client;
mod data;
mod load;
mod page;
mod pgbench;
mod process;
mod report;
mod servers;
mod targets;

use std::{path::PathBuf, time::Duration};

use clap::Parser;

/// Measures Cordon beside its floor.
#[derive(Parser, Debug)]
#[command(name = "bench")]
pub(crate) struct Args {
    /// Audit events to load
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Print one JSON array instead of the table
    #[arg(long)]
    json: bool,
    /// Rounds; medians are shown
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds for each measurement of a round
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Seconds of load before memory is read
    #[arg(long, default_value_t = 60.0)]
    memory_seconds: f64,
    /// Connections, one level after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    connections: Vec<usize>,
    /// Folder of the private Postgres; everybody must be able to pass through its parents
    #[arg(long, default_value = "/var/tmp/cordon-bench")]
    data: PathBuf,
    /// Use the data that an earlier run left there
    #[arg(long)]
    reuse: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut servers = servers::Servers::start(&args).await?;
    let done = tokio::select! {
        done = run(&args, &mut servers) => done,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    servers.stop().await?;
    done
}

async fn run(args: &Args, servers: &mut servers::Servers) -> anyhow::Result<()> {
    let mut figures = servers.cold_start().await?;
    figures.extend(page::weigh(servers).await?);
    let measurements = args.connections.len() * (args.rounds + 1);
    let targets = targets::all(servers, measurements).await?;
    let series = load::rounds(args, servers, &targets).await?;
    figures.extend(servers.memory(Duration::from_secs_f64(args.memory_seconds)).await?);
    if args.json {
        println!("{}", report::json(&series, &figures));
    } else {
        println!("{}\n{}", report::table(&series, &figures), aims::table(&series, &figures));
    }
    Ok(())
}
