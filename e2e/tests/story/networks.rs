//! A network keeps apps apart, and an exposure lets one be reached.

use anyhow::{Result, ensure};
use e2e::{Script, Story};

use crate::people::{MAREN, arrive, found};

pub(crate) async fn tale(story: &Story<'_>) -> Result<()> {
    let maren = arrive(story, MAREN, Script::On).await?;
    found(&maren, "dock").await?;

    maren.click("Networks").await?;
    maren.arrive("/orgs/dock-production/networks").await?;
    maren.see("There is no route to dock-staging.").await?;
    maren.click("Add network to dock-production").await?;
    maren.see("Add a network to dock-production").await?;
    maren.allow("422");
    maren.fill("Name", "default").await?;
    maren.find("#sheet button[type=submit]").await?.click().await?;
    maren.see("Name has already been taken.").await?;
    maren.fill("Name", "vault").await?;
    maren.find("#sheet button[type=submit]").await?.click().await?;
    maren.see("Added the network vault to dock-production.").await?;

    for (app, network) in [("dock-web", "default"), ("dock-keys", "vault")] {
        maren.visit("/orgs/dock-production/apps/new").await?;
        maren.fill("Name", app).await?;
        maren.find(&format!("#network option[value={network}]")).await?.click().await?;
        maren.find("form.sheet-form button[type=submit]").await?.click().await?;
        maren.see(&format!("Added {app} to dock-production.")).await?;
    }

    maren.visit("/orgs/dock-production/networks").await?;
    maren.click("Expose an app").await?;
    maren.see("Let another network reach an app").await?;
    maren.fill("App", "dock-keys").await?;
    maren.find("#sheet #network option[value=default]").await?.click().await?;
    maren.fill("Ports", "65536").await?;
    maren.find("#sheet button[type=submit]").await?.click().await?;
    maren.see("Ports are numbers from 1 to 65535.").await?;
    maren.fill("Ports", "8443").await?;
    maren.find("#sheet button[type=submit]").await?.click().await?;
    maren.see("dock-keys can be reached from default on TCP port 8443.").await?;
    ensure!(maren.has("svg.map .port").await?, "the map does not show the way");
    maren.look("networks").await?;
    maren.visit("/orgs/dock-production").await?;
    maren.see("Private networks").await?;
    maren.look("overview-with-networks").await?;
    maren.visit("/orgs/dock-production/networks/vault").await?;
    maren.look("network").await?;

    // The same without script, the other way round.
    let plain = arrive(story, MAREN, Script::Off).await?;
    plain.visit("/orgs/dock-production/networks").await?;
    plain.click("Close").await?;
    plain.see("Close dock-keys to default?").await?;
    plain.find("form.sheet-form button[type=submit]").await?.click().await?;
    plain.see("Closed dock-keys to default.").await?;
    plain.visit("/orgs/dock-production/apps/dock-keys/deletion").await?;
    plain.fill("Type dock-keys", "dock-keys").await?;
    plain.find("form.sheet-form button[type=submit]").await?.click().await?;
    plain.see("Deleted dock-keys from dock-production.").await?;
    plain.visit("/orgs/dock-production/networks/vault").await?;
    plain.click("Delete vault").await?;
    plain.fill("Type vault", "vault").await?;
    plain.find("form.sheet-form button[type=submit]").await?.click().await?;
    plain.see("Deleted the network vault from dock-production.").await
}
