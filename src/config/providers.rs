//! Identity providers as the environment names them: GitHub, Google, and one issuer of your own.
//!
//! What may not happen here: a half-configured provider passing as none. An id without a secret stops the start.

use anyhow::{Context as _, bail};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::set;
use crate::auth::oauth::{ProviderConfig, ProviderKind};

/// The environment and flags that name providers.
#[derive(Args, Clone, Debug, Default)]
pub struct ProviderArgs {
    /// Issuer of your own `OpenID` Connect provider: <https://id.acme.example>
    #[arg(long, env = "CORDON_OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,
    /// Its client id
    #[arg(long, env = "CORDON_OIDC_CLIENT_ID")]
    pub oidc_client_id: Option<String>,
    /// Its client secret
    #[arg(long, env = "CORDON_OIDC_CLIENT_SECRET", hide_env_values = true)]
    pub oidc_client_secret: Option<SecretString>,
    /// What its button says
    #[arg(long, env = "CORDON_OIDC_LABEL", default_value = "single sign-on")]
    pub oidc_label: String,
    /// Client id of a GitHub OAuth app
    #[arg(long, env = "CORDON_GITHUB_CLIENT_ID")]
    pub github_client_id: Option<String>,
    /// Its client secret
    #[arg(long, env = "CORDON_GITHUB_CLIENT_SECRET", hide_env_values = true)]
    pub github_client_secret: Option<SecretString>,
    /// Where people sign in to GitHub; another address for an enterprise server
    #[arg(long, env = "CORDON_GITHUB_URL", default_value = "https://github.com")]
    pub github_url: String,
    /// GitHub's API; another address for an enterprise server
    #[arg(long, env = "CORDON_GITHUB_API_URL", default_value = "https://api.github.com")]
    pub github_api_url: String,
    /// Client id of a Google OAuth client
    #[arg(long, env = "CORDON_GOOGLE_CLIENT_ID")]
    pub google_client_id: Option<String>,
    /// Its client secret
    #[arg(long, env = "CORDON_GOOGLE_CLIENT_SECRET", hide_env_values = true)]
    pub google_client_secret: Option<SecretString>,
}

impl ProviderArgs {
    /// The providers that are configured; at least one.
    ///
    /// # Errors
    /// One line that names the variable.
    pub fn providers(&self) -> anyhow::Result<Vec<ProviderConfig>> {
        let mut providers = Vec::new();
        if let Some(issuer) = set(self.oidc_issuer.as_ref()) {
            let issuer = issuer.parse().context("CORDON_OIDC_ISSUER is not a URL")?;
            let client =
                client("CORDON_OIDC", self.oidc_client_id.as_ref(), self.oidc_client_secret.as_ref())?
                    .context("CORDON_OIDC_ISSUER is set, but not CORDON_OIDC_CLIENT_ID and _SECRET")?;
            providers.push(provider("oidc", &self.oidc_label, ProviderKind::Oidc { issuer }, client)?);
        }
        let github =
            client("CORDON_GITHUB", self.github_client_id.as_ref(), self.github_client_secret.as_ref())?;
        if let Some(client) = github {
            let web: Url = self.github_url.parse().context("CORDON_GITHUB_URL is not a URL")?;
            let api: Url = self.github_api_url.parse().context("CORDON_GITHUB_API_URL is not a URL")?;
            providers.push(provider("github", "GitHub", ProviderKind::GitHub { web, api }, client)?);
        }
        let google =
            client("CORDON_GOOGLE", self.google_client_id.as_ref(), self.google_client_secret.as_ref())?;
        if let Some(client) = google {
            let issuer = "https://accounts.google.com".parse()?;
            providers.push(provider("google", "Google", ProviderKind::Oidc { issuer }, client)?);
        }
        if providers.is_empty() {
            bail!(
                "nobody could sign in: set CORDON_OIDC_ISSUER, CORDON_GITHUB_CLIENT_ID or CORDON_GOOGLE_CLIENT_ID, \
                 each with its secret"
            );
        }
        Ok(providers)
    }
}

fn client(
    prefix: &str,
    id: Option<&String>,
    secret: Option<&SecretString>,
) -> anyhow::Result<Option<(String, SecretString)>> {
    let secret = secret.filter(|secret| !secret.expose_secret().trim().is_empty());
    match (set(id), secret) {
        (None, None) => Ok(None),
        (Some(id), Some(secret)) => Ok(Some((id.to_owned(), secret.clone()))),
        (Some(_), None) => bail!("{prefix}_CLIENT_SECRET is missing"),
        (None, Some(_)) => bail!("{prefix}_CLIENT_ID is missing"),
    }
}

fn provider(
    id: &str,
    label: &str,
    kind: ProviderKind,
    (client_id, client_secret): (String, SecretString),
) -> anyhow::Result<ProviderConfig> {
    Ok(ProviderConfig { id: id.parse()?, label: label.to_owned(), kind, client_id, client_secret })
}
