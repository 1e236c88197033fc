//! An app from its making to its move, and the pipeline that reports its deploys meanwhile.

use std::{process::Command, time::Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::{Browser, Script, Story};

use crate::people::{MAREN, arrive, found};

const ORG: &str = "/orgs/wharf-production";

pub(crate) async fn tale(story: &Story<'_>) -> Result<()> {
    let maren = arrive(story, MAREN, Script::On).await?;
    look_at_the_sample(&maren).await?;
    found(&maren, "wharf").await?;
    add(&maren, "wharf-staging", "crane-staging").await?;
    add(&maren, "wharf-production", "crane").await?;
    maren.see("Not deployed yet.").await?;
    maren.look("new").await?;

    maren.click("Show what to paste").await?;
    maren.see("In GitHub Actions").await?;
    maren.look("reporting").await?;
    let command = maren.find("#curl").await?.text().await?;
    maren.click("New deploy token").await?;
    maren.fill("Name", "crane-ci").await?;
    maren.click("Make deploy token").await?;
    maren.see("cannot show it again").await?;
    let token = maren.find("#secret").await?.text().await?;

    let watcher = arrive(story, MAREN, Script::On).await?;
    watcher.visit(&format!("{ORG}/apps")).await?;
    watcher.see("Not deployed").await?;
    report(&command.replace("succeeded", "started"), &token)?;
    let reported = Instant::now();
    watcher.see("Rolling out").await?;
    ensure!(reported.elapsed().as_millis() < 2_000, "seen after {:?}", reported.elapsed());
    report(&command, &token)?;
    watcher.see("1 live").await?;
    watcher.see("crane-ci").await?;
    watcher.see("Not in staging").await?;

    maren.visit(&format!("{ORG}/apps/crane")).await?;
    maren.see("Succeeded").await?;
    maren.see("crane-ci").await?;
    maren.look("app").await?;
    moves(&maren).await?;
    ensure!(report(&command, &token).is_err(), "the token of an app that moved still works");
    maren.visit(&format!("{ORG}/apps/crane")).await?;
    maren.allow("410");
    maren.see("was moved to another organization").await
}

/// As people see it who have used it for two years.
async fn look_at_the_sample(maren: &Browser) -> Result<()> {
    maren.visit("/orgs/acme-production/apps").await?;
    maren.see("2 behind").await?;
    maren.see("1 ahead").await?;
    maren.look("list").await?;
    maren.visit("/orgs/acme-production/apps/checkout-api").await?;
    maren.see("Who can deploy it").await?;
    maren.look("checkout").await?;
    maren.visit("/orgs/acme-production/apps?status=failed").await?;
    maren.see("metrics").await?;
    maren.miss("orders-worker").await?;
    maren.visit("/orgs/acme-staging/apps?sort=name").await?;
    maren.see("2 ahead").await?;
    maren.look("staging").await
}

async fn add(maren: &Browser, org: &str, app: &str) -> Result<()> {
    maren.visit(&format!("/orgs/{org}/apps")).await?;
    maren.click(&format!("Add app to {org}")).await?;
    maren.fill("Name", app).await?;
    maren.find("form.sheet-form button[type=submit]").await?.click().await?;
    maren.arrive(&format!("/orgs/{org}/apps/{app}")).await
}

async fn moves(maren: &Browser) -> Result<()> {
    maren.click("Move crane").await?;
    maren.see("Nothing happens yet.").await?;
    maren.look("choose").await?;
    maren.click("Choose wharf-staging").await?;
    maren.see("Its 1 token stop").await?;
    maren.look("move").await?;
    maren.fill("Type", "crane").await?;
    maren.find("form.sheet-form button[type=submit]").await?.click().await?;
    maren.arrive("/orgs/wharf-staging/apps/crane").await?;
    maren.see("Moved crane from wharf-production to wharf-staging.").await?;
    maren.see("Succeeded").await
}

/// Pastes the command of the page into a shell, in a working copy.
fn report(command: &str, token: &str) -> Result<()> {
    let done = Command::new("bash")
        .args(["-o", "pipefail", "-c", command])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CORDON_TOKEN", token)
        .output()
        .context("no shell")?;
    ensure!(
        done.status.success(),
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(())
}
