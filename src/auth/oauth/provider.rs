//! One configured provider, and what both protocols share.
//!
//! What may not happen here: an answer's body in an error or a log line.

use oauth2::{RequestTokenError, basic::BasicErrorResponse};
use openidconnect::{ClientId, ClientSecret, RedirectUrl};
use secrecy::ExposeSecret as _;
use url::Url;

use super::{
    config::{ProviderConfig, ProviderId, ProviderKind, below},
    discovery::Directory,
    error::OAuthError,
    http::{Fetch, FetchError},
};
use crate::clock::Clock;

/// A provider with all that a sign-in needs.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) id: ProviderId,
    pub(super) label: String,
    pub(super) client_id: ClientId,
    pub(super) client_secret: ClientSecret,
    /// `{base}/sign-in/{provider}/callback`: different per provider (RFC 9700 section 4.4.2.2).
    pub(super) redirect: RedirectUrl,
    pub(super) protocol: Protocol,
}

#[derive(Debug)]
pub(super) enum Protocol {
    Oidc(Directory),
    GitHub { web: Url, api: Url },
}

/// The random values of one start.
pub(super) struct Secrets {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

impl Provider {
    pub(super) fn new(config: ProviderConfig, base_url: &Url, http: &Fetch, clock: &Clock) -> Self {
        let callback = below(base_url, &format!("sign-in/{}/callback", config.id));
        Self {
            label: config.label.trim().to_owned(),
            client_id: ClientId::new(config.client_id),
            client_secret: ClientSecret::new(config.client_secret.expose_secret().to_owned()),
            redirect: RedirectUrl::from_url(callback),
            protocol: match config.kind {
                ProviderKind::Oidc { issuer } => {
                    Protocol::Oidc(Directory::new(issuer, http.clone(), clock.clone()))
                }
                ProviderKind::GitHub { web, api } => Protocol::GitHub { web, api },
            },
            id: config.id,
        }
    }

    /// The origins that the start's redirect may lead to.
    pub(super) fn origins(&self) -> Vec<String> {
        let mut origins = Vec::new();
        match &self.protocol {
            Protocol::GitHub { web, .. } => origins.push(web.origin().ascii_serialization()),
            Protocol::Oidc(directory) => {
                origins.push(directory.issuer().origin().ascii_serialization());
                origins.extend(
                    directory.known().map(|known| known.authorize.url().origin().ascii_serialization()),
                );
            }
        }
        origins
    }

    pub(super) fn unavailable(&self, reason: impl Into<String>) -> OAuthError {
        OAuthError::Unavailable { provider: self.label.clone(), reason: reason.into() }
    }

    pub(super) fn bad_token(&self, reason: impl Into<String>) -> OAuthError {
        OAuthError::BadToken { provider: self.label.clone(), reason: reason.into() }
    }

    /// A request that failed at the named endpoint.
    pub(super) fn fetch_failure(&self, endpoint: &str, error: FetchError) -> OAuthError {
        let reason = format!("{endpoint}: {error}");
        if error.is_outage() { self.unavailable(reason) } else { self.bad_token(reason) }
    }

    /// A code that was not exchanged. Also finds the error in a body that came with status 200, as GitHub's do.
    pub(super) fn token_failure(
        &self,
        error: RequestTokenError<FetchError, BasicErrorResponse>,
    ) -> OAuthError {
        match error {
            RequestTokenError::Request(error) => self.fetch_failure("token endpoint", error),
            RequestTokenError::ServerResponse(told) => self.refused(&told),
            RequestTokenError::Parse(_, body) => match serde_json::from_slice::<BasicErrorResponse>(&body) {
                Ok(told) => self.refused(&told),
                Err(_) => self.bad_token("token endpoint: its answer cannot be read"),
            },
            RequestTokenError::Other(_) => self.bad_token("token endpoint: its answer is empty or not JSON"),
        }
    }

    fn refused(&self, told: &BasicErrorResponse) -> OAuthError {
        OAuthError::refused(&self.label, told.error().as_ref(), told.error_description().map(String::as_str))
    }
}
