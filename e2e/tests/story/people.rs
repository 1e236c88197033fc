//! What several tales have in common.

use anyhow::Result;
use e2e::{Browser, Script, Story};

pub(crate) const MAREN: &str = "Maren Holt";
pub(crate) const NOOR: &str = "Noor Haddad";
pub(crate) const JONAS: &str = "Jonas Weidemann";

/// Chooses somebody at the sample provider; the browser comes back to the dashboard.
pub(crate) async fn pick(browser: &Browser, name: &str) -> Result<()> {
    browser.see("Pick who you are").await?;
    browser.click(name).await
}

/// A fresh browser in which somebody is signed in.
pub(crate) async fn arrive(story: &Story<'_>, name: &str, script: Script) -> Result<Browser> {
    let browser = story.browser(&name.to_lowercase().replace(' ', "-"), script).await?;
    browser.visit("/sign-in").await?;
    browser.click("Sign in with the sample provider").await?;
    pick(&browser, name).await?;
    browser.arrive("/orgs").await?;
    Ok(browser)
}

/// Makes the two organizations of a project, and is in the production one afterwards.
pub(crate) async fn found(browser: &Browser, project: &str) -> Result<()> {
    browser.visit("/orgs/new").await?;
    browser.fill("Project name", project).await?;
    browser.click("Create both organizations").await?;
    browser.arrive(&format!("/orgs/{project}-production")).await
}

/// Invites somebody on the page of its own.
pub(crate) async fn invite(browser: &Browser, org: &str, email: &str, reason: &str) -> Result<()> {
    browser.visit(&format!("/orgs/{org}/invites/new")).await?;
    browser.fill("E-mail addresses", email).await?;
    browser.fill("Why they need it", reason).await?;
    browser.find("form.sheet-form button[type=submit]").await?.click().await?;
    browser.arrive(&format!("/orgs/{org}/invites")).await?;
    browser.see(email).await
}
