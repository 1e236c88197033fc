//! A project from its first day: made, opened to one colleague, closed again, and all of it written down.

use anyhow::{Result, ensure};
use e2e::{Browser, Script, Story};

use crate::people::{MAREN, NOOR, pick};

const ORG: &str = "/orgs/harbor-production";

pub(crate) async fn tale(story: &Story<'_>) -> Result<()> {
    let maren = story.browser("maren", Script::On).await?;
    signs_in(&maren).await?;
    creates_the_pair(&maren).await?;
    switches(&maren).await?;
    adds_an_app(&maren).await?;
    invites_noor(&maren).await?;
    let noor = joins(story).await?;
    for (browser, name) in [(&maren, "maren"), (&noor, "noor")] {
        browser.visit(&format!("{ORG}/team")).await?;
        browser.see("2 people have access").await?;
        browser.look(&format!("10-team-{name}")).await?;
    }
    changes_the_role(&maren).await?;
    removes(&maren).await?;
    noor.allow("404");
    noor.visit(&format!("{ORG}/team")).await?;
    noor.see("There is nothing here").await?;
    reads_the_log(&maren).await?;
    signs_out(&maren).await
}

async fn signs_in(maren: &Browser) -> Result<()> {
    maren.visit("/").await?;
    maren.see("Sign in with the sample provider").await?;
    maren.look("01-sign-in").await?;
    maren.click("Sign in with the sample provider").await?;
    maren.see("Pick who you are").await?;
    maren.look("02-provider").await?;
    pick(maren, MAREN).await?;
    maren.arrive("/orgs").await?;
    maren.see("maren").await?;
    maren.see("Personal").await?;
    maren.look("03-organizations").await
}

async fn creates_the_pair(maren: &Browser) -> Result<()> {
    maren.click("Create new organization").await?;
    maren.arrive("/orgs/new").await?;
    maren.fill("Project name", "harbor").await?;
    maren.see("harbor-production").await?;
    maren.look("04-new").await?;
    maren.click("Create both organizations").await?;
    maren.arrive(ORG).await?;
    maren.see("harbor-staging and harbor-production are ready.").await?;
    maren.see("You are in harbor-production").await?;
    maren.look("05-overview").await
}

/// With the keyboard alone, and with the mouse.
async fn switches(maren: &Browser) -> Result<()> {
    maren.find("#main").await?;
    maren.keys("o").await?;
    maren.find("#switcher input[role=combobox]").await?;
    maren.keys("harbor-s").await?;
    maren.find("#switcher [aria-selected=true] mark").await?;
    maren.look("06-switcher").await?;
    maren.keys("\u{e007}").await?;
    maren.arrive("/orgs/harbor-staging").await?;
    maren.see("You are in harbor-staging").await?;
    maren.look("07-overview-staging").await?;

    maren.find(".switch-btn").await?.click().await?;
    maren.find("#switcher-list a[href='/orgs/harbor-production']").await?.click().await?;
    maren.arrive(ORG).await?;
    // The same page in the other half, and back.
    maren.keys("p").await?;
    maren.arrive("/orgs/harbor-staging").await?;
    maren.keys("p").await?;
    maren.arrive(ORG).await
}

async fn adds_an_app(maren: &Browser) -> Result<()> {
    maren.visit(&format!("{ORG}/apps")).await?;
    maren.see("No apps yet").await?;
    maren.click("Add app to harbor-production").await?;
    maren.fill("Name", "Not A Name").await?;
    maren.fill("What it is for", "Takes the ships in.").await?;
    maren.allow("422");
    maren.find("#sheet button[type=submit]").await?.click().await?;
    maren.find("#sheet [aria-invalid=true]").await?;
    maren.look("08-app-refused").await?;
    maren.fill("Name", "harbor-web").await?;
    maren.find("#sheet button[type=submit]").await?.click().await?;
    maren.arrive(&format!("{ORG}/apps/harbor-web")).await?;
    maren.see("Takes the ships in.").await?;
    maren.visit(&format!("{ORG}/apps")).await?;
    maren.see("harbor-web").await?;
    maren.look("08-apps").await?;
    maren.click("harbor-web").await?;
    maren.arrive(&format!("{ORG}/apps/harbor-web")).await?;
    maren.look("08-app").await
}

async fn invites_noor(maren: &Browser) -> Result<()> {
    maren.visit(&format!("{ORG}/team")).await?;
    maren.see("Just you in here").await?;
    maren.look("09-team-alone").await?;
    maren.click("Invite to harbor-production").await?;
    maren.fill("E-mail addresses", "noor.haddad@acme.example").await?;
    maren.fill("Why they need it", "On call for the harbor while Aiko is on leave.").await?;
    maren.click("30 days").await?;
    maren.see("2 people").await?;
    maren.look("09-invite").await?;
    maren.find("#sheet button[type=submit]").await?.click().await?;
    maren.arrive(&format!("{ORG}/invites")).await?;
    maren.see("noor.haddad@acme.example").await?;
    maren.see("Waiting").await?;
    maren.look("09-invites").await
}

async fn joins(story: &Story<'_>) -> Result<Browser> {
    let mail = story.stage.sample.mail("noor.haddad@acme.example", "harbor-production").await?;
    let noor = story.browser("noor", Script::On).await?;
    noor.visit(&mail.url).await?;
    noor.see("harbor-production").await?;
    noor.look("09-mail").await?;
    noor.visit(&mail.link("/invitations/")?).await?;
    noor.see("Maren Holt").await?;
    noor.see("Join harbor-production?").await?;
    ensure!(!noor.text().await?.contains("on call"), "the reason is shown before anybody signed in");
    noor.look("09-invitation-signed-out").await?;
    noor.click("Sign in to answer").await?;
    noor.click("Sign in with the sample provider").await?;
    pick(&noor, NOOR).await?;
    noor.see("On call for the harbor while Aiko is on leave.").await?;
    noor.see("You will be able to").await?;
    noor.look("09-invitation").await?;
    noor.click("Join harbor-production").await?;
    noor.arrive(ORG).await?;
    noor.see("You are in").await?;
    noor.look("09-overview-noor").await?;
    Ok(noor)
}

async fn changes_the_role(maren: &Browser) -> Result<()> {
    maren.click("Change role or end date of Noor Haddad").await?;
    maren.find("#sheet .choices").await?;
    maren.click("Viewer").await?;
    maren.click("7 days").await?;
    maren.fill("Why", "Only looking from now on.").await?;
    maren.look("11-change").await?;
    maren.find("#sheet button[type=submit]").await?.click().await?;
    maren.see("Noor Haddad is a viewer of harbor-production until").await?;
    maren.look("11-team-changed").await
}

async fn removes(maren: &Browser) -> Result<()> {
    maren.click("Remove Noor Haddad").await?;
    maren.see("loses access").await?;
    maren.fill("Why", "The harbor is quiet again.").await?;
    maren.fill("Type", "noor.haddad@acme.example").await?;
    maren.look("12-remove").await?;
    maren.find("#sheet button[type=submit]").await?.click().await?;
    maren.see("Removed Noor Haddad from harbor-production. 1 person remains.").await?;
    maren.see("Just you in here").await?;
    maren.look("12-team-after").await
}

async fn reads_the_log(maren: &Browser) -> Result<()> {
    maren.visit(&format!("{ORG}/audit")).await?;
    maren.look("13-audit").await?;
    let steps = [
        "created harbor-production",
        "harbor-web",
        "invited noor.haddad@acme.example",
        "Noor Haddad",
        "changed",
        "removed",
    ];
    for step in steps {
        maren.see(step).await?;
    }
    maren.click("Verify now").await?;
    maren.see("All 7 events match").await?;
    maren.find(".aus details summary").await?.click().await?;
    maren.see("Place in the chain").await?;
    maren.look("13-audit-open").await
}

async fn signs_out(maren: &Browser) -> Result<()> {
    maren.click("Your account").await?;
    maren.arrive("/account").await?;
    maren.look("14-account").await?;
    maren.click("Sign out").await?;
    maren.see("Sign in with the sample provider").await?;
    maren.look("14-signed-out").await?;
    maren.visit(ORG).await?;
    maren.see("Sign in with the sample provider").await
}
