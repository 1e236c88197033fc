//! The API, asked for odd things by a program that reads its description: Schemathesis.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use e2e::{Script, Story, temporary};

use crate::people::{MAREN, arrive, found};

/// The one check that is left out counts a refusal of what fits the description as a fault. Ours refuses addresses that
/// only look like one, names that are taken and cursors that nobody gave out, and says so with a status that it lists.
const LEFT_OUT: &str = "positive_data_acceptance";

pub(crate) async fn tale(story: &Story<'_>) -> Result<()> {
    let maren = arrive(story, MAREN, Script::On).await?;
    found(&maren, "lagoon").await?;
    maren.visit("/orgs/lagoon-production/apps/new").await?;
    maren.fill("Name", "lagoon").await?;
    maren.find("form.sheet-form button[type=submit]").await?.click().await?;
    maren.arrive("/orgs/lagoon-production/apps/lagoon").await?;
    maren.visit("/account/tokens/new").await?;
    maren.fill("Name", "fuzz").await?;
    maren.click("All that you can").await?;
    maren.find("form.sheet-form button[type=submit]").await?.click().await?;
    maren.see("cannot show it again").await?;
    let token = maren.find("#secret").await?.text().await?;
    let folder = temporary("fuzz")?;
    let told = "[parameters]\n\"path.org\" = \"lagoon-production\"\n\"path.app\" = \"lagoon\"\n";
    std::fs::write(folder.join("told.toml"), told)?;
    std::fs::write(folder.join("untold.toml"), "")?;
    // First with an organization and an app that are there, so that it gets behind the door; then with whatever it draws.
    for (config, examples) in [("told.toml", "60"), ("untold.toml", "20")] {
        let done = Command::new(schemathesis()?)
            .arg("--config-file")
            .arg(folder.join(config))
            .arg("run")
            .arg(story.stage.sample.at("/api/v1/openapi.json"))
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .args(["--checks", "all", "--exclude-checks", LEFT_OUT])
            .args(["--phases", "examples,coverage,fuzzing", "--max-examples", examples, "--seed", "7"])
            .args(["--workers", "2", "--continue-on-failure", "--warnings", "off"])
            .current_dir(&folder)
            .env("NO_COLOR", "1")
            .output()
            .context("Schemathesis does not start")?;
        let said = String::from_utf8_lossy(&done.stdout);
        ensure!(done.status.success(), "{config}: {said}\n{}", String::from_utf8_lossy(&done.stderr));
        println!(
            "{config}: {}",
            said.lines().rev().find(|line| line.contains("generated")).unwrap_or_default()
        );
    }
    maren.visit("/orgs/lagoon-production/apps").await?;
    maren.see("lagoon").await
}

/// Where `bin/setup schemathesis` put it.
fn schemathesis() -> Result<std::path::PathBuf> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(".schemathesis/bin/schemathesis");
    ensure!(program.is_file(), "{} is missing: run `bin/setup schemathesis`", program.display());
    Ok(program)
}
