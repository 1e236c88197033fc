//! A token from its making to its end, and a program that uses it meanwhile.

use anyhow::{Context as _, Result, ensure};
use e2e::{Script, Story};

use crate::people::{MAREN, arrive, found};

const ORG: &str = "/orgs/jetty-production";

pub(crate) async fn tale(story: &Story<'_>) -> Result<()> {
    let maren = arrive(story, MAREN, Script::On).await?;
    found(&maren, "jetty").await?;
    maren.visit(&format!("{ORG}/tokens")).await?;
    maren.see("People deploy by hand.").await?;
    maren.look("tokens-none").await?;
    maren.click("New token for jetty-production").await?;
    maren.fill("Name", "night-watch").await?;
    maren.look("token-new").await?;
    maren.click("Make token for jetty-production").await?;
    maren.see("cannot show it again").await?;
    maren.look("token-made").await?;
    let token = maren.find("#secret").await?.text().await?;
    ensure!(asks(story, &token).await? == 200, "a new token works");
    ensure!(asks(story, &token.to_uppercase()).await? == 401, "another spelling is no token");
    maren.click("Done, I stored it").await?;
    maren.arrive(&format!("{ORG}/tokens")).await?;
    maren.see("night-watch").await?;
    let page = maren.ask("return document.documentElement.innerHTML").await?;
    ensure!(!page.to_string().contains(&token), "the list shows the token again");
    maren.look("tokens").await?;

    maren.visit("/tokens?where=production").await?;
    maren.see("night-watch").await?;
    maren.look("inventory").await?;
    maren.visit("/account/tokens").await?;
    maren.see("laptop-scripts").await?;
    maren.look("own").await?;

    maren.visit(&format!("{ORG}/tokens")).await?;
    maren.click("Revoke night-watch").await?;
    maren.see("cannot be restored").await?;
    maren.look("revocation").await?;
    maren.fill("Type", "night-watch").await?;
    maren.find("form.sheet-form button[type=submit]").await?.click().await?;
    maren.see("It stopped working now.").await?;
    ensure!(asks(story, &token).await? == 401, "a revoked token still works");
    maren.visit(&format!("{ORG}/audit")).await?;
    maren.see("revoked the token night-watch").await?;
    maren.see("made the read-only token night-watch").await
}

/// A program asks with this token what it is.
#[expect(clippy::disallowed_methods, reason = "a program of somebody else asks")]
async fn asks(story: &Story<'_>, token: &str) -> Result<u16> {
    let url = story.stage.sample.at("/api/v1/token");
    let answer =
        reqwest::Client::new().get(url).bearer_auth(token).send().await.context("the API is away")?;
    Ok(answer.status().as_u16())
}
