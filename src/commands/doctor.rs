//! `cordon doctor`: asks every part that the server needs, and says what to do about each that fails.
//!
//! What may not happen here: a repair. It looks and tells.

use anyhow::bail;
use secrecy::ExposeSecret as _;

use super::database;
use crate::{
    auth::oauth::{BeginOptions, Providers, http_client},
    clock::Clock,
    config::ServeArgs,
};

pub(super) async fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let mut sick = 0;
    let mut say = |part: &str, result: anyhow::Result<()>| match result {
        Ok(()) => println!("ok    {part}"),
        Err(cause) => {
            sick += 1;
            println!("FAIL  {part}: {cause:#}");
        }
    };
    let config = args.config();
    say("configuration", config.as_ref().map(|_| ()).map_err(|cause| anyhow::anyhow!("{cause:#}")));
    match database::beside(&args.database).await {
        Ok(found) => {
            say("database and migrations", found.db.ready().await.map_err(Into::into));
            say("closing the database", found.close().await);
        }
        Err(cause) => say("database", Err(cause)),
    }
    if let Ok(config) = config {
        say("mail server", mail(config.mail.smtp_url.expose_secret()).await);
        match args.providers.providers() {
            Err(cause) => say("identity providers", Err(cause)),
            Ok(configs) => {
                let providers =
                    Providers::new(configs, &config.web.base_url, http_client()?, Clock::system())?;
                for button in providers.list() {
                    let begun = providers.begin(button.id.as_str(), BeginOptions::default()).await;
                    let result = begun.map(|_| ()).map_err(|error| anyhow::anyhow!(error.log_reason()));
                    say(&format!("identity provider {}", button.id), result);
                }
            }
        }
    }
    if sick > 0 {
        bail!("{sick} of the parts above need attention");
    }
    Ok(())
}

async fn mail(url: &str) -> anyhow::Result<()> {
    let transport: lettre::AsyncSmtpTransport<lettre::Tokio1Executor> =
        lettre::AsyncSmtpTransport::<lettre::Tokio1Executor>::from_url(url)?
            .timeout(Some(std::time::Duration::from_secs(5)))
            .build();
    if transport.test_connection().await? {
        Ok(())
    } else {
        bail!("the server answered, but not as a mail server")
    }
}
