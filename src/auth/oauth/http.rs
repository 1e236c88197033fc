//! Requests to identity providers, with a limit on everything that a provider decides.
//!
//! What may not happen here: following a redirect, reading more than 1 MiB, waiting without end.

use std::{pin::Pin, time::Duration};

use http::{HeaderValue, Method, header};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use url::Url;

/// The largest answer that is read (OA-8).
const MAX_BODY: usize = 1 << 20;
/// How long one request may take, so that a silent provider is called unavailable within 5 seconds.
const PATIENCE: Duration = Duration::from_millis(4_500);

/// The HTTP client for identity providers: no redirects, no waiting over 10 seconds.
///
/// Plain http stays possible, because providers on loopback use it; configuration and discovery refuse it
/// elsewhere.
///
/// # Errors
/// When the TLS library or its root certificates cannot be loaded.
pub fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .connect_timeout(Duration::from_secs(5))
        .user_agent(concat!("cordon/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The client together with the limits.
#[derive(Clone, Debug)]
pub(super) struct Fetch(pub(super) reqwest::Client);

/// Why there is no answer to work with. Says nothing of URLs, headers or bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no connection")]
    Connect,
    #[error("no answer in time")]
    Slow,
    #[error("the connection broke")]
    Broken,
    #[error("it answered with status {0}")]
    Down(u16),
    #[error("it answered with a redirect, which is not followed")]
    Redirect,
    #[error("its answer is larger than 1 MiB")]
    TooLarge,
    #[error("the request cannot be written")]
    Unwritable,
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("its answer is not the JSON it should be")]
    Json,
}

impl FetchError {
    /// Whether the provider is down, rather than wrong.
    pub(super) const fn is_outage(self) -> bool {
        matches!(self, Self::Connect | Self::Slow | Self::Broken | Self::Down(_))
    }
}

impl Fetch {
    /// One request. Redirects (OA-17) and the server errors 500 to 599 are errors here already.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        tokio::time::timeout(PATIENCE, self.exchange(request)).await.unwrap_or(Err(FetchError::Slow))
    }

    /// A JSON document, with a bearer token where one is given (RFC 6750 section 2.1).
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        url: &Url,
        bearer: Option<&str>,
        accept: &'static str,
    ) -> Result<T, FetchError> {
        let mut request = http::Request::builder()
            .method(Method::GET)
            .uri(url.as_str())
            .header(header::ACCEPT, HeaderValue::from_static(accept));
        if let Some(token) = bearer {
            // A provider chooses the token's bytes: a line break in them is an error, never a second header.
            let mut value =
                HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| FetchError::Unwritable)?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = self.send(request.body(Vec::new()).map_err(|_| FetchError::Unwritable)?).await?;
        if answer.status() != http::StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        serde_json::from_slice(answer.body()).map_err(|_| FetchError::Json)
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let request = request.try_into().map_err(|_| FetchError::Unwritable)?;
        let mut answer = self.0.execute(request).await.map_err(|error| reason(&error))?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(FetchError::Redirect);
        }
        if status.is_server_error() {
            return Err(FetchError::Down(status.as_u16()));
        }
        if answer.content_length().is_some_and(|length| length > MAX_BODY as u64) {
            return Err(FetchError::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| reason(&error))? {
            if body.len().saturating_add(chunk.len()) > MAX_BODY {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = http::Response::new(body);
        *whole.status_mut() = status;
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(whole)
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn reason(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::Slow
    } else if error.is_connect() {
        FetchError::Connect
    } else {
        FetchError::Broken
    }
}
