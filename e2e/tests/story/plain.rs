//! The same with script switched off: every act is a link or a form.

use anyhow::{Result, ensure};
use e2e::{Script, Story};

use crate::people::{MAREN, NOOR, arrive, found, invite, pick};

const ORG: &str = "/orgs/quay-production";

pub(crate) async fn tale(story: &Story<'_>) -> Result<()> {
    let maren = arrive(story, MAREN, Script::Off).await?;
    found(&maren, "quay").await?;
    maren.look("overview").await?;

    // The switcher opens by itself, and its links are links.
    maren.find(".switch-btn").await?.click().await?;
    maren.find("#switcher a[href='/orgs/quay-staging']").await?;
    ensure!(!maren.has("#switcher [role=combobox]").await?, "script runs although it is switched off");
    maren.look("switcher").await?;
    maren.find("#switcher a[href='/orgs/quay-staging']").await?.click().await?;
    maren.arrive("/orgs/quay-staging").await?;

    maren.visit(&format!("{ORG}/apps")).await?;
    maren.click("Add app to quay-production").await?;
    maren.arrive(&format!("{ORG}/apps/new")).await?;
    maren.look("app-new").await?;
    maren.fill("Name", "quay-web").await?;
    maren.click("Add app to quay-production").await?;
    maren.see("quay-web").await?;

    invite(&maren, "quay-production", "noor.haddad@acme.example", "Looks after the quay at night.").await?;
    maren.look("invites").await?;
    let mail = story.stage.sample.mail("noor.haddad@acme.example", "quay-production").await?;
    let noor = story.browser("noor", Script::Off).await?;
    noor.visit(&mail.link("/invitations/")?).await?;
    noor.click("Sign in to answer").await?;
    noor.click("Sign in with the sample provider").await?;
    pick(&noor, NOOR).await?;
    noor.look("invitation").await?;
    noor.click("Join quay-production").await?;
    noor.arrive(ORG).await?;

    maren.visit(&format!("{ORG}/team")).await?;
    maren.see("2 people have access").await?;
    maren.look("team").await?;
    maren.click("Change role or end date of Noor Haddad").await?;
    maren.look("change").await?;
    maren.click("Viewer").await?;
    maren.fill("Why", "Only looking from now on.").await?;
    maren.find("form.sheet-form button[type=submit]").await?.click().await?;
    maren.arrive(&format!("{ORG}/team")).await?;
    maren.click("Remove Noor Haddad").await?;
    maren.look("remove").await?;
    maren.fill("Type", "noor.haddad@acme.example").await?;
    maren.find("form.sheet-form button[type=submit]").await?.click().await?;
    maren.arrive(&format!("{ORG}/team")).await?;
    maren.see("Just you in here").await?;
    maren.look("removed").await?;
    maren.find(".toast button").await?.click().await?;
    maren.see("Noor Haddad is back in quay-production on the same terms.").await?;
    maren.find("[aria-label='Tick Noor Haddad']").await?.click().await?;
    maren.click("Remove from quay-production").await?;
    maren.see("Remove 1 person from quay-production?").await?;
    maren.look("several").await?;
    maren.visit(&format!("{ORG}/audit")).await?;
    maren.see("removed").await?;
    maren.look("audit").await?;
    maren.click("Your account").await?;
    maren.arrive("/account").await?;
    maren.click("Sign out").await?;
    maren.see("Sign in with the sample provider").await
}
