//! An OIDC provider on loopback: authorization code with PKCE, state, nonce, `iss`, and six people to pick from.
//!
//! What may not happen here: an answer a conforming provider would not give, unless a test injected a [`Fault`].

mod authorize;
mod credentials;
mod decision;
mod discovery;
mod fault;
mod grants;
mod keys;
mod tamper;
mod token;
mod userinfo;
mod way_back;

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::get,
};
use openidconnect::IssuerUrl;
use tokio_util::sync::CancellationToken;

pub use fault::{Endpoint, Fault};
pub use token::TokenRequest;

use super::{Calls, Faults, Loopback, Person, SampleError, pages, switchboard::lock};
use crate::clock::Clock;
use grants::Grants;
use keys::Key;

/// An application that may send people here.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its public name, `client_id`.
    pub id: String,
    /// Its secret, sent as `client_secret_basic` or `client_secret_post`.
    pub secret: String,
    /// Where people may be sent back to. Compared character by character.
    pub redirect_uris: Vec<String>,
}

/// What a provider is made of.
#[derive(Clone, Debug)]
pub struct IdpSettings {
    /// The provider's own address without a slash at the end, as [`Loopback::url`] gives it.
    pub issuer: String,
    /// The applications it knows.
    pub clients: Vec<Client>,
    /// The people who can be picked, in the order of the page.
    pub people: Vec<Person>,
    /// Where it reads the time.
    pub clock: Clock,
}

/// A provider; clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Idp(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuer: IssuerUrl,
    clients: Vec<Client>,
    people: Mutex<Vec<Person>>,
    clock: Clock,
    key: Mutex<Arc<Key>>,
    grants: Mutex<Grants>,
    faults: Faults<Fault>,
    calls: Calls<Endpoint>,
    token_requests: Mutex<Vec<TokenRequest>>,
}

impl Idp {
    /// An honest provider with a fresh key.
    ///
    /// # Errors
    /// When the issuer is not a URL, or the operating system gives no random bytes.
    pub fn new(settings: IdpSettings) -> Result<Self, SampleError> {
        let IdpSettings { issuer, clients, people, clock } = settings;
        Ok(Self(Arc::new(Inner {
            issuer: IssuerUrl::new(issuer).map_err(SampleError::new)?,
            clients,
            people: Mutex::new(people),
            clock,
            key: Mutex::new(Arc::new(Key::fresh()?)),
            grants: Mutex::default(),
            faults: Faults::default(),
            calls: Calls::default(),
            token_requests: Mutex::default(),
        })))
    }

    /// The board of faults. Nothing over HTTP reaches it.
    #[must_use]
    pub fn faults(&self) -> &Faults<Fault> {
        &self.0.faults
    }

    /// Which endpoints were called.
    #[must_use]
    pub fn calls(&self) -> &Calls<Endpoint> {
        &self.0.calls
    }

    /// What was sent to the token endpoint, oldest first.
    #[must_use]
    pub fn token_requests(&self) -> Vec<TokenRequest> {
        lock(&self.0.token_requests).clone()
    }

    /// Replaces the people: another e-mail for the same subject, one fewer, one more. Holds from the next request.
    pub fn set_people(&self, people: Vec<Person>) {
        *lock(&self.0.people) = people;
    }

    /// Signs with a new key from now on and publishes only that one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn rotate_key(&self) -> Result<(), SampleError> {
        *lock(&self.0.key) = Arc::new(Key::fresh()?);
        Ok(())
    }

    /// Its routes, for [`serve`].
    fn router(&self) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(discovery::show))
            .route("/jwks", get(discovery::keys))
            .route("/authorize", get(authorize::show).post(decision::create))
            .route("/token", axum::routing::post(token::create))
            .route("/userinfo", get(userinfo::show).post(userinfo::show))
            .layer(middleware::from_fn_with_state(self.clone(), watch))
            .route(pages::STYLESHEET, get(pages::stylesheet))
            .fallback(async || pages::Refusal::answer(StatusCode::NOT_FOUND, "Nothing here", START_AGAIN))
            .with_state(self.clone())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.issuer.as_str())
    }

    fn key(&self) -> Arc<Key> {
        Arc::clone(&lock(&self.0.key))
    }

    fn person(&self, subject: &str) -> Option<Person> {
        lock(&self.0.people).iter().find(|person| person.subject == subject).cloned()
    }
}

const START_AGAIN: &str = "Sign-in starts at the application. Go back to it and try again.";

/// Runs a provider until `shutdown`.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: Loopback, idp: Idp, shutdown: CancellationToken) -> io::Result<()> {
    listener.serve_http(idp.router(), shutdown).await
}

/// Counts the call; then hangs or fails if a fault says so.
async fn watch(State(idp): State<Idp>, request: Request, next: Next) -> Response {
    let Some(endpoint) = Endpoint::of(request.uri().path()) else { return next.run(request).await };
    idp.calls().note(endpoint);
    let hang = idp.faults().find(|fault| match fault {
        Fault::Hang(at, duration) if *at == endpoint => Some(*duration),
        _ => None,
    });
    if let Some(duration) = hang {
        tokio::time::sleep(duration).await;
    }
    let status = idp.faults().find(|fault| match fault {
        Fault::Status(at, status) if *at == endpoint => Some(*status),
        _ => None,
    });
    match status {
        Some(status) => status.into_response(),
        None => next.run(request).await,
    }
}
