//! The sample services, from outside: over HTTP and SMTP, with the clients the product uses.
//!
//! What may not happen here: a test that passes because nothing was listening.
#![cfg(feature = "sample")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test's helpers too, what fails fails the test"
)]

mod github;
mod idp;
mod idp_faults;
mod mail;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use cordon::{
    clock::{Clock, Instant},
    sample::{Loopback, LoopbackError},
};
use url::Url;

/// A clock that a test moves.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    /// Starts at the machine's time, for the OIDC client reads that one.
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(Clock::system().now().micros())))
    }

    fn clock(&self) -> Clock {
        let micros = Arc::clone(&self.0);
        Clock::of(move || Instant::from_micros(micros.load(Ordering::SeqCst)).unwrap())
    }

    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

/// An HTTP client that follows nothing.
fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap()
}

/// Where an answer sends the browser.
fn location(answer: &reqwest::Response) -> Url {
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

fn query(address: &Url) -> HashMap<String, String> {
    address.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn an_address_others_can_reach_is_refused() {
    for exposed in ["0.0.0.0:0", "[::]:0"] {
        let Ok(listener) = tokio::net::TcpListener::bind(exposed).await else { continue };
        let error = Loopback::new(listener).unwrap_err();
        assert!(matches!(error, LoopbackError::Exposed(_)));
        assert!(error.to_string().contains("listen on loopback only"), "{error}");
    }
    assert!(Loopback::bind(0).await.unwrap().url().starts_with("http://127.0.0.1:"));
}
