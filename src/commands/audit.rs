//! `cordon audit`: says whether the log is what was written, and where it is not.
//!
//! What may not happen here: a word of success without a chain having been read.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail, ensure};

use super::database;
use crate::{
    config::DatabaseArgs,
    features::audit::{self, KeptHead},
};

/// Recomputes the chains and prints every fault; fails when there is one. `kept` is a file of heads that were printed
/// earlier.
pub(super) async fn verify(
    org: Option<&str>,
    kept: Option<&Path>,
    args: &DatabaseArgs,
) -> anyhow::Result<()> {
    let kept = kept.map(read).transpose()?.unwrap_or_default();
    let found = database::beside(args).await?;
    let checked = async {
        let mut report = audit::verify(&found.db, org).await?;
        audit::compare(&found.db, &kept, &mut report).await?;
        Ok::<_, crate::error::Error>(report)
    };
    let report = checked.await;
    found.close().await?;
    let report = report?;
    println!("{report}");
    ensure!(report.chains > 0, "there is no such chain");
    if !report.is_intact() {
        bail!("the log is not what was written");
    }
    Ok(())
}

/// Prints the head of every chain, to be kept where whoever runs the database cannot change it.
pub(super) async fn heads(args: &DatabaseArgs) -> anyhow::Result<()> {
    let found = database::beside(args).await?;
    let heads = audit::heads(&found.db).await;
    found.close().await?;
    for head in heads? {
        println!("{head}");
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<KeptHead>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.lines().map(|line| line.parse().map_err(|wrong: String| anyhow!(wrong))).collect()
}
