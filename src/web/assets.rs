//! The files a browser fetches besides pages: one constant per file with its fingerprinted address, and the
//! service that hands them out.
//!
//! What may not happen here: a file served under a name that does not change with its content, because every
//! one of them may be kept for a year.

use std::path::Path;

use axum::Router;
use http::{HeaderName, HeaderValue, header};
use tower::ServiceBuilder;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The folder that [`service`] reads when nothing else is configured: where the build left the files.
#[must_use]
pub fn built() -> &'static Path {
    Path::new(BUILT)
}

/// Serves the files of a folder (usually [`built`], or its copy in a container image), to be nested at
/// `/static`. Sends the `.br` or `.gz` twin to clients that take it.
pub fn service<S: Clone + Send + Sync + 'static>(folder: &Path) -> Router<S> {
    let files =
        ServeDir::new(folder).append_index_html_on_directories(false).precompressed_br().precompressed_gzip();
    Router::new().fallback_service(
        ServiceBuilder::new()
            .map_response(keep_for_a_year)
            .layer(SetResponseHeaderLayer::overriding(
                HeaderName::from_static("cross-origin-resource-policy"),
                HeaderValue::from_static("same-origin"),
            ))
            .service(files),
    )
}

/// A missing file must not be remembered: the next release may bring it.
fn keep_for_a_year<B>(mut response: http::Response<B>) -> http::Response<B> {
    let policy = if response.status().is_success() || response.status() == http::StatusCode::NOT_MODIFIED {
        HeaderValue::from_static("public, max-age=31536000, immutable")
    } else {
        HeaderValue::from_static("no-store")
    };
    response.headers_mut().insert(header::CACHE_CONTROL, policy);
    response
}
