//! What `cordon` does from the command line, one file each.
//!
//! What may not happen here: a rule about access. Commands start, check and show; requests and jobs decide.

mod audit;
mod database;
mod doctor;
mod routes;
#[cfg(feature = "sample")]
mod sample;
mod serve;

use clap::{Parser, Subcommand};

use crate::config::{DatabaseArgs, ServeArgs};

/// Who can reach production, why, and until when.
#[derive(Parser, Debug)]
#[command(name = "cordon", version)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Serve the dashboard
    Serve(Box<ServeArgs>),
    /// Bring the database up to this version
    Migrate(DatabaseArgs),
    /// List every route: who may call it and what it writes
    Routes {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Check the database, its migrations, the providers and the mail server
    Doctor(Box<ServeArgs>),
    /// The audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Run the dashboard with sample people, a sample identity provider and a mail catcher, on this machine only
    #[cfg(feature = "sample")]
    Sample(sample::SampleArgs),
}

/// The audit log.
#[derive(Subcommand, Debug)]
pub enum AuditCommand {
    /// Recompute every chain and name the first event that does not fit
    Verify {
        /// Only this organization's chain
        #[arg(long)]
        org: Option<String>,
        /// Also compare with heads that `cordon audit heads` printed earlier
        #[arg(long, value_name = "FILE")]
        heads: Option<std::path::PathBuf>,
        /// Where the database is
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Print how far every chain has come, to be kept outside the database
    Heads {
        /// Where the database is
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

impl Cli {
    /// Runs the command to its end.
    ///
    /// # Errors
    /// What went wrong, for one line on standard error.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(args) => serve::run(&args).await,
            Command::Migrate(args) => database::migrate(&args).await,
            Command::Routes { json } => routes::run(json),
            Command::Doctor(args) => doctor::run(&args).await,
            Command::Audit(AuditCommand::Verify { org, heads, database }) => {
                audit::verify(org.as_deref(), heads.as_deref(), &database).await
            }
            Command::Audit(AuditCommand::Heads { database }) => audit::heads(&database).await,
            #[cfg(feature = "sample")]
            Command::Sample(args) => sample::run(&args).await,
        }
    }
}
