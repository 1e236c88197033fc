//! Cordon as people use it, in Chromium.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let conclusion = e2e::run(&[("the_door_is_open_to_all", |story| Box::pin(door(story)))])?;
    Ok(conclusion.exit_code())
}

async fn door(story: &e2e::Story<'_>) -> anyhow::Result<()> {
    let anon = story.browser("anon", e2e::Script::On).await?;
    anon.allow("404");
    anon.visit("/nowhere").await?;
    anon.look("nowhere").await?;
    anon.visit(&story.stage.sample.mails("/")).await?;
    anon.look("mails").await?;
    let plain = story.browser("plain", e2e::Script::Off).await?;
    plain.allow("404");
    plain.visit("/nowhere").await?;
    plain.look("nowhere").await
}
