//! `cordon serve`, configured as an operator would, with a certified OpenID provider.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use e2e::{Process, Script, Story, free_ports, npm, program, temporary, until};

const CLIENT: &str = "cordon";
const SECRET: &str = "only-for-the-browser-tests";

pub(crate) async fn tale(story: &Story<'_>) -> Result<()> {
    let state = temporary("serve")?;
    let told = served(story, &state).await;
    let _ = std::fs::remove_dir_all(&state);
    told
}

async fn served(story: &Story<'_>, state: &std::path::Path) -> Result<()> {
    let (port, provider_port) = (free_ports(1)?, free_ports(1)?);
    let base = format!("http://localhost:{port}");
    let mut node = Command::new("node");
    node.arg("oidc-provider.mjs").current_dir(npm()?).envs([
        ("PORT", provider_port.to_string()),
        ("CLIENT_ID", CLIENT.into()),
        ("CLIENT_SECRET", SECRET.into()),
        ("REDIRECT_URI", format!("{base}/sign-in/oidc/callback")),
    ]);
    let mut provider = Process::start("oidc-provider", &mut node)?;
    let issuer = format!("http://127.0.0.1:{provider_port}");
    answers(&mut provider, &format!("{issuer}/.well-known/openid-configuration")).await?;

    let mut command = Command::new(program()?);
    command.arg("serve").env_remove("DATABASE_URL").env_remove("DATABASE_OWNER_URL").envs([
        ("CORDON_BASE_URL", base.clone()),
        ("CORDON_LISTEN", format!("127.0.0.1:{port}")),
        ("CORDON_SMTP_URL", story.stage.sample.smtp()),
        ("CORDON_MAIL_FROM", "Cordon at Acme <cordon@acme.example>".into()),
        ("CORDON_OIDC_ISSUER", issuer.clone()),
        ("CORDON_OIDC_CLIENT_ID", CLIENT.into()),
        ("CORDON_OIDC_CLIENT_SECRET", SECRET.into()),
        ("CORDON_OIDC_LABEL", "Acme sign-on".into()),
        ("CORDON_DATA_DIR", state.display().to_string()),
    ]);
    let mut cordon = Process::start("serve", &mut command)?;
    answers(&mut cordon, &format!("{base}/health/ready")).await?;

    let noor = story.browser("noor", Script::On).await?;
    // The provider's own pages are not ours to judge.
    noor.allow(&issuer);
    noor.allow("https://fonts.googleapis.com");
    noor.visit(&format!("{base}/orgs")).await?;
    noor.look("door").await?;
    noor.click("Sign in with Acme sign-on").await?;
    noor.find("input[name=login]").await?.send_keys("noor").await?;
    noor.find("input[name=password]").await?.send_keys("anything").await?;
    noor.find("button[type=submit]").await?.click().await?;
    noor.click("Continue").await?;
    noor.arrive("/orgs").await?;
    noor.see("Noor of Acme").await?;
    noor.look("arrived").await?;

    let ended = cordon.end()?;
    ensure!(ended.success(), "told to end, it says {ended}:\n{}", cordon.said());
    Ok(())
}

/// Waits until this address answers.
async fn answers(process: &mut Process, url: &str) -> Result<()> {
    let ready = until(60, async || {
        process.check()?;
        Ok(reqwest::get(url).await?.status().is_success().then_some(()))
    });
    ready.await?.with_context(|| format!("{url} does not answer"))
}
