//! What an `OpenID` Connect provider says about itself: endpoints and keys, loaded when first needed.
//!
//! What may not happen here: trusting a document of another issuer, more than two key set requests a minute,
//! or a provider that is down holding up anybody for over five seconds.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use openidconnect::{AuthType, AuthUrl, IssuerUrl, TokenUrl, core::CoreJsonWebKeySet};
use tokio::{sync::Mutex, time::timeout};
use url::Url;

use super::{
    config::{below, endpoint_fault, is_loopback},
    http::{Fetch, FetchError},
};
use crate::clock::{Clock, Instant};

/// How long a sign-in waits for discovery, and how long discovery itself may take within that.
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPT: Duration = Duration::from_millis(4_500);
/// Pause before the one retry after a broken connection.
const PAUSE: Duration = Duration::from_millis(200);
/// After a failure everybody is told at once, for that many seconds.
const COOL_DOWN: i64 = 3;
/// Keys and endpoints are read anew after that many seconds: a key withdrawn by the provider dies then.
const FRESH: i64 = 3600;
/// At most two key set requests per that many seconds (OA-9).
const WINDOW: i64 = 60;
const PER_WINDOW: usize = 2;

/// A usable discovery document and its keys.
#[derive(Debug)]
pub(super) struct Discovered {
    /// The issuer in the provider's own spelling, as its tokens must repeat it.
    pub(super) issuer: IssuerUrl,
    pub(super) authorize: AuthUrl,
    pub(super) token: TokenUrl,
    pub(super) userinfo: Option<Url>,
    /// How the client identifies itself at the token endpoint.
    pub(super) auth_type: AuthType,
    /// Whether answers always carry `iss` (RFC 9207 section 3).
    pub(super) promises_iss: bool,
    pub(super) keys: CoreJsonWebKeySet,
    loaded_at: Instant,
}

/// Discovery of one provider, with its cache.
#[derive(Debug)]
pub(super) struct Directory {
    issuer: Url,
    http: Fetch,
    clock: Clock,
    current: RwLock<Option<Arc<Discovered>>>,
    /// Held while loading, so that a hundred sign-ins at once cause one request.
    attempts: Mutex<Attempts>,
}

#[derive(Debug, Default)]
struct Attempts {
    keys: Vec<Instant>,
    failed: Option<(Instant, String)>,
}

/// The fields of a discovery document that matter here (`OpenID` Connect Discovery 1.0 section 3).
#[derive(serde::Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    userinfo_endpoint: Option<Url>,
    jwks_uri: Url,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Directory {
    pub(super) fn new(issuer: Url, http: Fetch, clock: Clock) -> Self {
        Self { issuer, http, clock, current: RwLock::new(None), attempts: Mutex::default() }
    }

    /// The configured issuer.
    pub(super) fn issuer(&self) -> &Url {
        &self.issuer
    }

    /// What is known so far, however old.
    pub(super) fn known(&self) -> Option<Arc<Discovered>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the provider says, from the cache or from the provider; else the reason for the log.
    pub(super) async fn get(&self) -> Result<Arc<Discovered>, String> {
        if let Some(known) = self.fresh() {
            return Ok(known);
        }
        timeout(PATIENCE, self.fill()).await.unwrap_or_else(|_| Err(FetchError::Slow.to_string()))
    }

    /// What the provider says now, if that can be newer than `used`, whose keys did not fit a token.
    ///
    /// `None` when nothing newer can be had: the limit is reached or the provider is down.
    pub(super) async fn newer_than(&self, used: &Arc<Discovered>) -> Option<Arc<Discovered>> {
        let look = async {
            let mut attempts = self.attempts.lock().await;
            match self.known() {
                Some(known) if !Arc::ptr_eq(&known, used) => Ok(known),
                _ => self.load(&mut attempts).await,
            }
        };
        timeout(PATIENCE, look).await.ok().and_then(Result::ok)
    }

    fn fresh(&self) -> Option<Arc<Discovered>> {
        self.known().filter(|known| within(self.clock.now(), known.loaded_at, FRESH))
    }

    async fn fill(&self) -> Result<Arc<Discovered>, String> {
        let mut attempts = self.attempts.lock().await;
        if let Some(known) = self.fresh() {
            return Ok(known);
        }
        if let Some((at, reason)) = &attempts.failed
            && within(self.clock.now(), *at, COOL_DOWN)
        {
            return Err(reason.clone());
        }
        if let (false, Some(known)) = (self.may_ask_for_keys(&mut attempts), self.known()) {
            return Ok(known);
        }
        match self.load(&mut attempts).await {
            Ok(known) => {
                attempts.failed = None;
                Ok(known)
            }
            Err(reason) => {
                attempts.failed = Some((self.clock.now(), reason.clone()));
                Err(reason)
            }
        }
    }

    async fn load(&self, attempts: &mut Attempts) -> Result<Arc<Discovered>, String> {
        if !self.may_ask_for_keys(attempts) {
            return Err("its keys were asked for twice within a minute".to_owned());
        }
        let found = timeout(ATTEMPT, self.ask(attempts))
            .await
            .unwrap_or_else(|_| Err(FetchError::Slow.to_string()))?;
        let found = Arc::new(found);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        Ok(found)
    }

    async fn ask(&self, attempts: &mut Attempts) -> Result<Discovered, String> {
        let document = self.document().await.map_err(|error| format!("discovery document: {error}"))?;
        let issuer = self.check(&document)?;
        attempts.keys.push(self.clock.now());
        let accept = "application/jwk-set+json, application/json";
        let keys = self
            .http
            .json(&document.jwks_uri, None, accept)
            .await
            .map_err(|error| format!("key set: {error}"))?;
        Ok(Discovered {
            issuer,
            authorize: AuthUrl::from_url(document.authorization_endpoint),
            token: TokenUrl::from_url(document.token_endpoint),
            userinfo: document.userinfo_endpoint,
            auth_type: auth_type(document.token_endpoint_auth_methods_supported.as_deref()),
            promises_iss: document.authorization_response_iss_parameter_supported,
            keys,
            loaded_at: self.clock.now(),
        })
    }

    async fn document(&self) -> Result<Document, FetchError> {
        let url = below(&self.issuer, ".well-known/openid-configuration");
        match self.http.json(&url, None, "application/json").await {
            Err(error) if error.is_outage() => {
                tokio::time::sleep(PAUSE).await;
                self.http.json(&url, None, "application/json").await
            }
            answer => answer,
        }
    }

    /// Holds a document against the configuration (OA-8) and gives the issuer in the document's spelling.
    ///
    /// The comparison is between parsed URLs: `https://id.example` and `https://id.example/` are one URL, and
    /// a configured URL cannot keep that difference. Tokens and `iss` must repeat the document's spelling.
    fn check(&self, document: &Document) -> Result<IssuerUrl, String> {
        let issuer = IssuerUrl::new(document.issuer.clone()).ok().filter(|named| *named.url() == self.issuer);
        let issuer = issuer.ok_or("its discovery document names another issuer")?;
        let endpoints = [
            ("authorization endpoint", Some(&document.authorization_endpoint)),
            ("token endpoint", Some(&document.token_endpoint)),
            ("userinfo endpoint", document.userinfo_endpoint.as_ref()),
            ("key set", Some(&document.jwks_uri)),
        ];
        for (name, url) in endpoints {
            let Some(url) = url else { continue };
            if let Some(fault) = endpoint_fault(url) {
                return Err(format!("the {name} in its discovery document {fault}"));
            }
            if is_loopback(url) && !is_loopback(&self.issuer) {
                return Err(format!("the {name} in its discovery document points into this machine"));
            }
        }
        Ok(issuer)
    }

    fn may_ask_for_keys(&self, attempts: &mut Attempts) -> bool {
        let now = self.clock.now();
        attempts.keys.retain(|at| within(now, *at, WINDOW));
        attempts.keys.len() < PER_WINDOW
    }
}

/// Whether `then` lies at most that many seconds before `now`. A clock that was set back counts as "no", so
/// that nothing stays cached or blocked until the old time comes again.
fn within(now: Instant, then: Instant, seconds: i64) -> bool {
    then <= now && now < then.plus_seconds(seconds)
}

/// HTTP Basic unless the provider only names the request body (`OpenID` Connect Core 1.0 section 9).
fn auth_type(methods: Option<&[String]>) -> AuthType {
    let names = |wanted: &str| methods.is_some_and(|methods| methods.iter().any(|method| method == wanted));
    if names("client_secret_post") && !names("client_secret_basic") {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}
