//! What a first visit costs the network.

use anyhow::{Result, ensure};
use e2e::{Script, Story};

use crate::people::{MAREN, arrive, found};

const ENTRIES: &str = "
return performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
  .map(({ name, transferSize }) => [name, transferSize]);";

pub(crate) async fn tale(story: &Story<'_>) -> Result<()> {
    let maren = arrive(story, MAREN, Script::On).await?;
    found(&maren, "mole").await?;
    maren.empty_cache().await?;
    maren.visit("/orgs/mole-production/team").await?;
    maren.see("Just you in here").await?;
    let entries: Vec<(String, u64)> = serde_json::from_value(maren.ask(ENTRIES).await?)?;
    let bytes: u64 = entries.iter().map(|(_, bytes)| bytes).sum();
    println!("The team page, first visit: {} requests, {bytes} bytes", entries.len());
    for (name, bytes) in &entries {
        println!("  {bytes:>7} {name}");
    }
    ensure!(entries.len() <= 7, "{} requests", entries.len());
    ensure!(bytes <= 200_000, "{bytes} bytes");
    Ok(())
}
