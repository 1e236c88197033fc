//! How the sample services answer a browser: one stylesheet, one way to send a template.
//!
//! What may not happen here: markup outside a template, a script, an inline style, or a cached page.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::SampleError;

/// Content-Security-Policy of every page that has no needs of its own.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where the stylesheet is served; templates name the same path.
pub(crate) const STYLESHEET: &str = "/sample.css";

/// A template as a page, under a policy of its own.
pub(crate) fn page(status: StatusCode, policy: &str, template: &impl Template) -> Response {
    let Ok(body) = template.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let Ok(policy) = HeaderValue::from_str(policy) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (status, headers, body).into_response()
}

/// The stylesheet of all sample pages.
pub(crate) async fn stylesheet() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, include_str!("sample.css")).into_response()
}

/// Text that is nothing but text, whatever it contains.
pub(crate) fn plain(status: StatusCode, text: impl Into<axum::body::Bytes>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, text.into()).into_response()
}

/// A page that says what went wrong and where to go instead.
#[derive(Template)]
#[template(path = "sample/refusal.html")]
pub(crate) struct Refusal {
    pub(crate) title: &'static str,
    pub(crate) reason: String,
}

impl Refusal {
    pub(crate) fn answer(status: StatusCode, title: &'static str, reason: impl Into<String>) -> Response {
        page(status, POLICY, &Self { title, reason: reason.into() })
    }
}

impl IntoResponse for SampleError {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "sample service failed");
        Refusal::answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The sample service failed",
            "Something broke in the sample service itself. Its log says what. Nothing was changed.",
        )
    }
}
