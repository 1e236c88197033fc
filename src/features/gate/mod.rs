//! The gate: `GET /gate/{app}`, which a proxy in front of an app asks before every request to it.
//!
//! What may not happen here: a body, a page or a redirect. The proxy reads a status and headers, and makes of a refusal
//! what its own configuration says.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::{
    auth::gate::Passes,
    web::routes::{Routes, Site},
};

/// `/gate/{app}`.
#[must_use]
pub fn routes() -> Routes<Site> {
    Routes::site().get("/gate/{app}", pass)
}

/// What a header cannot carry as it is: everything but visible ASCII, and `%` itself.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// The caller may pass; the headers say who it is. Names are percent-encoded UTF-8.
async fn pass(who: Passes) -> Response {
    let visit = who.visit();
    let account = visit.account.to_string();
    let name = utf8_percent_encode(&visit.name, ENCODED).to_string();
    let token = visit.token.map(|token| token.to_string());
    let told = [
        ("x-cordon-account", Some(account.as_str())),
        ("x-cordon-name", Some(name.as_str())),
        ("x-cordon-email", visit.email.as_deref()),
        ("x-cordon-org", visit.slug.as_deref()),
        ("x-cordon-environment", visit.environment.as_deref()),
        ("x-cordon-role", visit.roles.highest().map(crate::role::Role::key)),
        ("x-cordon-token", token.as_deref()),
    ];
    let mut response = StatusCode::OK.into_response();
    for (header, value) in told {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            response.headers_mut().insert(HeaderName::from_static(header), value);
        }
    }
    response
}

#[cfg(test)]
mod tests;
