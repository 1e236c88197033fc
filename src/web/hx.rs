//! htmx's side of a request: whether it wants a page or a part of one.
//!
//! What may not happen here: a fragment for a browser that opened the URL itself.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{HeaderMap, request::Parts};

/// What the caller wants to swap in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// A whole page: a plain request, or htmx restoring history.
    Page,
    /// A part of the page.
    Fragment,
}

impl Want {
    /// Read from the headers that htmx 4 sends.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
        let partial = is("hx-request", "true")
            && !is("hx-request-type", "full")
            && !is("hx-history-restore-request", "true")
            && !is("hx-boosted", "true");
        if partial { Self::Fragment } else { Self::Page }
    }
}

impl<S: Sync> FromRequestParts<S> for Want {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}
