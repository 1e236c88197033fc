//! Headers that every response carries, and the refusal of requests that another site sent.
//!
//! What may not happen here: an exception for a path. A response without these headers does not leave the program.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{app::App, error::Error};

/// Adds the headers. Static files keep their own cache policy; everything else is never stored.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if app.config.web.secure() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    let policy = policy(&app.providers.origins());
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        header::VARY,
        HeaderValue::from_static("cookie, authorization, hx-request, hx-request-type, accept-encoding"),
    );
    response
}

const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
    ("x-frame-options", "DENY"),
];

/// The policy: nothing inline, nothing evaluated, nothing from elsewhere. Chromium also applies `form-action` to where a
/// posted form is redirected, so the providers' origins stand in it.
fn policy(providers: &[String]) -> String {
    let mut form_action = String::from("'self'");
    for origin in providers {
        form_action.push(' ');
        form_action.push_str(origin);
    }
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'self'; form-action {form_action}; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )
}

/// Refuses an unsafe request that does not say where it comes from, or says so twice. What it says is then checked by
/// tower-http's CSRF layer: `Sec-Fetch-Site`, else `Origin`.
pub async fn origin_told(request: Request, next: Next) -> Response {
    if request.method().is_safe() || told_once(request.headers()) {
        return next.run(request).await;
    }
    cross_site().into_response()
}

fn told_once(headers: &HeaderMap) -> bool {
    let count = |name: &str| headers.get_all(name).iter().count();
    let (site, origin) = (count("sec-fetch-site"), count("origin"));
    site <= 1 && origin <= 1 && site + origin >= 1
}

/// The answer to a request from another site.
#[must_use]
pub fn cross_site() -> Error {
    Error::Bad(
        StatusCode::FORBIDDEN,
        "This request did not come from a page of Cordon, so nothing was changed. Open the page and try again there."
            .into(),
    )
}
