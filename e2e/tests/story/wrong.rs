//! The wrong person, and the wrong address.

use anyhow::{Result, ensure};
use e2e::{Script, Story};

use crate::people::{JONAS, MAREN, NOOR, arrive, found, invite, pick};

/// Jonas opens the invitation of Noor: it names both, lets him nowhere, and leads Noor in.
pub(crate) async fn tale(story: &Story<'_>) -> Result<()> {
    let maren = arrive(story, MAREN, Script::On).await?;
    found(&maren, "pier").await?;
    invite(&maren, "pier-production", "noor.haddad@acme.example", "Takes over the pier in December.").await?;
    let mail = story.stage.sample.mail("noor.haddad@acme.example", "pier-production").await?;

    let jonas = arrive(story, JONAS, Script::On).await?;
    jonas.allow("403");
    jonas.visit(&mail.link("/invitations/")?).await?;
    jonas.see("jonas.weidemann@acme.example").await?;
    jonas.see("This invitation is for n").await?;
    let text = jonas.text().await?;
    ensure!(!text.contains("noor.haddad@acme.example"), "the invited address is shown in full");
    ensure!(!text.contains("in december"), "the reason is shown to somebody else");
    jonas.look("wrong-account").await?;
    jonas.click("Sign in as n").await?;
    jonas.click("Sign in with the sample provider").await?;
    pick(&jonas, NOOR).await?;
    jonas.see("Takes over the pier in December.").await?;
    jonas.click("Decline").await?;
    jonas.see("You declined the invitation to pier-production.").await?;
    maren.visit("/orgs/pier-production/invites").await?;
    maren.see("Declined").await
}

/// What is not there, and what one may not see, look alike and lead back.
pub(crate) async fn nowhere(story: &Story<'_>) -> Result<()> {
    let jonas = arrive(story, JONAS, Script::On).await?;
    jonas.allow("404");
    jonas.visit("/orgs/not-there/team").await?;
    jonas.see("There is nothing here").await?;
    jonas.look("signed-in").await?;
    let anon = story.browser("anon", Script::On).await?;
    anon.allow("404");
    anon.visit("/nowhere").await?;
    anon.look("signed-out").await?;
    anon.visit(&story.stage.sample.mails("/")).await?;
    anon.look("mails").await
}
