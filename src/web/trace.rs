//! One id and one span per request, and the caller's network address.
//!
//! What may not happen here: query strings, bodies, cookies or addresses in the log; or trusting a forwarded address
//! that no proxy of ours wrote.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue, Version, header};
use tracing::Instrument as _;

use crate::{app::App, ids::RequestId};

/// The caller's address: the peer's, or what the configured header of our own proxy says.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// The header that carries the request's id back to the caller.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, a span and an address, and logs how it ended, once.
pub async fn request(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new();
    request.extensions_mut().insert(id);
    if let Some(address) = address(&request, app.config.web.client_address_header.as_ref()) {
        request.extensions_mut().insert(ClientAddress(address));
    }
    let one = request.version() <= Version::HTTP_11;
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request",
        request.id = %id,
        http.method = %request.method(),
        http.route = route,
        account.id = tracing::field::Empty,
        org.id = tracing::field::Empty,
        token.id = tracing::field::Empty,
    );
    async move {
        let began = tokio::time::Instant::now();
        let mut response = next.run(request).await;
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        // A connection that stays open would bring its next request to a process that is on its way out.
        if app.stopping() && one {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
        tracing::info!(http.status = response.status().as_u16(), milliseconds, "answered");
        response
    }
    .instrument(span)
    .await
}

fn address(request: &Request, header: Option<&HeaderName>) -> Option<IpAddr> {
    let forwarded = header.and_then(|name| request.headers().get(name)).and_then(|value| value.to_str().ok());
    match forwarded {
        Some(text) => text.trim().parse().ok(),
        None => request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip()),
    }
}
