//! The program: reads the command line, sets up the log, and hands over.

use std::process::ExitCode;

use clap::Parser as _;
use cordon::commands::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    cordon::telemetry::init();
    match cli.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("cordon: {cause:#}");
            ExitCode::FAILURE
        }
    }
}
