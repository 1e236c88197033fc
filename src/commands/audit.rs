//! `cordon audit verify`: says whether the log is what was written, and where it is not.
//!
//! What may not happen here: a word of success without a chain having been read.

use anyhow::{bail, ensure};

use super::database;
use crate::{config::DatabaseArgs, features::audit};

/// Recomputes the chains and prints every fault; fails when there is one.
pub(super) async fn verify(org: Option<&str>, args: &DatabaseArgs) -> anyhow::Result<()> {
    let found = database::beside(args).await?;
    let report = audit::verify(&found.db, org).await;
    found.close().await?;
    let report = report?;
    println!("{report}");
    ensure!(report.chains > 0, "there is no such chain");
    if !report.is_intact() {
        bail!("the log is not what was written");
    }
    Ok(())
}
