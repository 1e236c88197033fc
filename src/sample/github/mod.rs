//! A stand-in for GitHub's sign-in: its OAuth pages and the two API calls about a person, as GitHub documents them.
//!
//! What may not happen here: an answer kinder than GitHub's, unless it is safer for the sample's people.

mod account;
mod api;
mod fault;
mod oauth;

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use tokio_util::sync::CancellationToken;
use url::Url;

pub use account::{Account, Email};
pub use fault::{Endpoint, Fault};

use super::{Calls, Faults, Loopback, SampleError, pages, switchboard::lock};
use crate::clock::Clock;

/// What a stand-in is made of.
#[derive(Clone, Debug)]
pub struct GitHubSettings {
    /// The OAuth app's public name.
    pub client_id: String,
    /// The OAuth app's secret.
    pub client_secret: String,
    /// The callback URL registered for the app. A request may name it or an address below it.
    pub callback: String,
    /// Who is signed in to GitHub in every browser.
    pub account: Account,
    /// Where it reads the time.
    pub clock: Clock,
}

/// A stand-in; clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct GitHub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client_id: String,
    client_secret: String,
    callback: Url,
    account: Mutex<Account>,
    clock: Clock,
    codes: Mutex<HashMap<String, oauth::Code>>,
    tokens: Mutex<HashMap<String, String>>,
    faults: Faults<Fault>,
    calls: Calls<Endpoint>,
}

impl GitHub {
    /// An honest stand-in.
    ///
    /// # Errors
    /// When the callback is not a URL.
    pub fn new(settings: GitHubSettings) -> Result<Self, SampleError> {
        let GitHubSettings { client_id, client_secret, callback, account, clock } = settings;
        Ok(Self(Arc::new(Inner {
            client_id,
            client_secret,
            callback: Url::parse(&callback).map_err(SampleError::new)?,
            account: Mutex::new(account),
            clock,
            codes: Mutex::default(),
            tokens: Mutex::default(),
            faults: Faults::default(),
            calls: Calls::default(),
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

    /// Who is signed in from now on: another person, or the same id with another login or address.
    pub fn set_account(&self, account: Account) {
        *lock(&self.0.account) = account;
    }

    /// Gives the account another login; its id stays.
    pub fn rename(&self, login: &str) {
        lock(&self.0.account).login = login.into();
    }
}

/// Runs a stand-in until `shutdown`. The web pages and the API share one address.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: Loopback, github: GitHub, shutdown: CancellationToken) -> io::Result<()> {
    let router = Router::new()
        .route("/login/oauth/authorize", get(oauth::authorize))
        .route("/login/oauth/access_token", post(oauth::access_token))
        .route("/user", get(api::user))
        .route("/user/emails", get(api::emails))
        .layer(middleware::from_fn_with_state(github.clone(), watch))
        .route(pages::STYLESHEET, get(pages::stylesheet))
        .fallback(async || oauth::nothing_here())
        .with_state(github);
    listener.serve_http(router, shutdown).await
}

/// Counts the call; then waits or fails if a fault says so.
async fn watch(State(github): State<GitHub>, request: Request, next: Next) -> Response {
    let Some(endpoint) = Endpoint::of(request.uri().path()) else { return next.run(request).await };
    github.calls().note(endpoint);
    let slow = github.faults().find(|fault| match fault {
        Fault::Slow(at, duration) if *at == endpoint => Some(*duration),
        _ => None,
    });
    if let Some(duration) = slow {
        tokio::time::sleep(duration).await;
    }
    let status: Option<StatusCode> = github.faults().find(|fault| match fault {
        Fault::Status(at, status) if *at == endpoint => Some(*status),
        _ => None,
    });
    match status {
        Some(status) => status.into_response(),
        None => next.run(request).await,
    }
}
