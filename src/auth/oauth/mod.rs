//! Signing in through other people's identity providers: `OpenID` Connect and GitHub.
//!
//! What may not happen here: touching the database, a session or a request; deciding who somebody is in Cordon.

mod config;
mod discovery;
mod error;
mod github;
mod http;
mod id_token;
mod oidc;
mod pending;
mod provider;
mod signed_in;

use std::{collections::HashSet, sync::Arc};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use url::Url;

use self::{
    http::Fetch,
    provider::{Protocol, Provider, Secrets},
};
use super::return_to::ReturnTo;
use crate::{clock::Clock, ids::random_bytes};

pub use self::{
    config::{NotAProviderId, ProviderConfig, ProviderId, ProviderKind},
    error::{Mismatch, OAuthError},
    http::http_client,
    pending::{CallbackQuery, PendingLogin},
    signed_in::{ProviderEmail, SignedIn},
};

/// The configured providers. Cheap to clone; all clones share what was discovered.
#[derive(Clone, Debug)]
pub struct Providers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    providers: Vec<Provider>,
    http: Fetch,
    clock: Clock,
}

/// The providers cannot be used as configured; the process must not start with them (OA-18).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .faults.join("\n"))]
pub struct ConfigFaults {
    /// One plain line for each fault.
    pub faults: Vec<String>,
}

/// What the sign-in page shows for a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderButton<'a> {
    /// For the form's action.
    pub id: &'a ProviderId,
    /// For the button: "Sign in with {label}".
    pub label: &'a str,
}

/// How a sign-in starts.
#[derive(Clone, Debug, Default)]
pub struct BeginOptions {
    /// Where the browser goes afterwards.
    pub return_to: ReturnTo,
    /// What the provider must ask the person for.
    pub prompt: Option<Prompt>,
    /// The person must have proved themself to the provider at most that many seconds ago. An `OpenID` Connect
    /// provider that does not confirm it fails the sign-in; GitHub cannot, look at [`SignedIn::auth_time`].
    pub max_age: Option<u32>,
}

/// What the provider must ask for (`OpenID` Connect Core 1.0 section 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Prove yourself again, even if you are signed in there. GitHub does not know this one.
    Login,
    /// Choose an account.
    SelectAccount,
}

impl Providers {
    /// Takes over the configuration. Asks nobody anything yet: a provider may be down at the start.
    ///
    /// `base_url` is this installation's public address, and the only source of callback addresses. `http`
    /// must not follow redirects; [`http_client`] makes one that fits.
    ///
    /// # Errors
    /// With one line per fault, when any provider is wrong, two share an id or the base address is unusable.
    pub fn new(
        configs: Vec<ProviderConfig>,
        base_url: &Url,
        http: reqwest::Client,
        clock: Clock,
    ) -> Result<Self, ConfigFaults> {
        let mut faults: Vec<String> = configs.iter().flat_map(ProviderConfig::faults).collect();
        faults.extend(config::url_fault(base_url).map(|fault| format!("the base address {fault}")));
        let mut seen = HashSet::new();
        for config in configs.iter().filter(|config| !seen.insert(&config.id)) {
            faults.push(format!("sign-in provider {}: another one has this id already", config.id));
        }
        if !faults.is_empty() {
            return Err(ConfigFaults { faults });
        }
        let http = Fetch(http);
        let providers =
            configs.into_iter().map(|config| Provider::new(config, base_url, &http, &clock)).collect();
        Ok(Self(Arc::new(Inner { providers, http, clock })))
    }

    /// The providers in the order of the configuration.
    pub fn list(&self) -> impl Iterator<Item = ProviderButton<'_>> {
        self.0.providers.iter().map(|provider| ProviderButton { id: &provider.id, label: &provider.label })
    }

    /// The origins for the page's `form-action`, without repeats: Chromium holds the redirect that answers a
    /// form against it (OA-14). Complete once discovery ran, see [`Providers::warm`].
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        self.0
            .providers
            .iter()
            .flat_map(Provider::origins)
            .filter(|origin| seen.insert(origin.clone()))
            .collect()
    }

    /// Asks all providers at once for what sign-ins will need, at most five seconds long; costs nothing while
    /// it is known. Meant for a background task, at the start of the process and every minute or so: a request
    /// must not wait for it.
    pub async fn warm(&self) {
        let directories = self.0.providers.iter().filter_map(|provider| match &provider.protocol {
            Protocol::Oidc(directory) => Some((provider, directory)),
            Protocol::GitHub { .. } => None,
        });
        futures_util::future::join_all(directories.map(|(provider, directory)| async {
            if let Err(reason) = directory.get().await {
                tracing::warn!(provider = %provider.id, reason, "identity provider is unavailable");
            }
        }))
        .await;
    }

    /// [`Providers::warm`] again and again, so that a provider that was away at the start is known soon after it is
    /// back, and the pages' `form-action` names it. Ends with the runtime.
    pub async fn keep_warm(self, every: std::time::Duration) {
        loop {
            self.warm().await;
            tokio::time::sleep(every).await;
        }
    }

    /// Starts a sign-in: where to send the browser (with 303), and what to keep in its session.
    ///
    /// # Errors
    /// [`OAuthError::UnknownProvider`], [`OAuthError::Unavailable`] within five seconds, or
    /// [`OAuthError::Internal`] when there are no random numbers.
    pub async fn begin(
        &self,
        provider: &str,
        options: BeginOptions,
    ) -> Result<(Url, PendingLogin), OAuthError> {
        let provider = self.find(provider)?;
        let secrets = Secrets { state: secret()?, nonce: secret()?, verifier: secret()? };
        let url = match &provider.protocol {
            Protocol::Oidc(directory) => oidc::begin(provider, directory, &secrets, &options).await?,
            Protocol::GitHub { web, .. } => github::begin(provider, web, &secrets, &options),
        };
        let pending = PendingLogin {
            provider: provider.id.clone(),
            state: secrets.state,
            nonce: secrets.nonce,
            verifier: secrets.verifier,
            started_at: self.0.clock.now(),
            return_to: options.return_to,
            max_age: options.max_age,
        };
        Ok((url, pending))
    }

    /// Ends a sign-in: who came in.
    ///
    /// `provider` is the one in the callback's path. Take `pending` out of the session and save the session
    /// before the call: one start, one answer (OA-4).
    ///
    /// # Errors
    /// Any [`OAuthError`]. The provider's token endpoint has been asked only if `state`, provider, time and
    /// `iss` fit (OA-2, OA-5, OA-6).
    pub async fn finish(
        &self,
        provider: &str,
        pending: PendingLogin,
        callback: CallbackQuery,
    ) -> Result<SignedIn, OAuthError> {
        let provider = self.find(provider)?;
        pending.check(&provider.id, &callback, self.0.clock.now())?;
        let http = &self.0.http;
        match &provider.protocol {
            Protocol::Oidc(directory) => {
                oidc::finish(provider, directory, pending, callback, (http, &self.0.clock)).await
            }
            Protocol::GitHub { web, api } => {
                github::finish(provider, (web, api), pending, callback, http).await
            }
        }
    }

    fn find(&self, id: &str) -> Result<&Provider, OAuthError> {
        self.0.providers.iter().find(|provider| provider.id.as_str() == id).ok_or(OAuthError::UnknownProvider)
    }
}

/// 256 random bits in 43 URL-safe characters: more than RFC 9700 asks of `state`, and just what RFC 7636
/// section 4.1 asks of a code verifier.
fn secret() -> Result<String, OAuthError> {
    let bytes: [u8; 32] =
        random_bytes().map_err(|_| OAuthError::Internal("the system gives no random numbers"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
