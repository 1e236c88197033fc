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
            .map_response(finish)
            .layer(SetResponseHeaderLayer::overriding(
                HeaderName::from_static("cross-origin-resource-policy"),
                HeaderValue::from_static("same-origin"),
            ))
            .service(files),
    )
}

/// Says how long the answer may be kept, and that text is UTF-8.
fn finish<B>(mut response: http::Response<B>) -> http::Response<B> {
    // A missing file must not be remembered: the next release may bring it.
    let kept = response.status().is_success() || response.status() == http::StatusCode::NOT_MODIFIED;
    let policy = if kept { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    let kind = match headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(b"text/css") => "text/css; charset=utf-8",
        Some(b"text/javascript") => "text/javascript; charset=utf-8",
        Some(b"text/plain") => "text/plain; charset=utf-8",
        _ => return response,
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use http::StatusCode;
    use http_body_util::BodyExt as _;
    use sha2::{Digest as _, Sha256};
    use tower::ServiceExt as _;

    use super::*;

    async fn get(path: &str, encoding: &str) -> http::Response<Body> {
        let app: Router = Router::new().nest("/static", service(built()));
        let request =
            Request::get(path).header(header::ACCEPT_ENCODING, encoding).body(Body::empty()).unwrap();
        app.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_file_is_served_for_a_year_with_its_type() {
        for address in ALL {
            let response = get(address, "identity").await;
            assert_eq!(response.status(), StatusCode::OK, "{address}");
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(header("cross-origin-resource-policy"), "same-origin");
            let kind = match address.rsplit_once('.').unwrap().1 {
                "css" => "text/css; charset=utf-8",
                "js" => "text/javascript; charset=utf-8",
                "svg" => "image/svg+xml",
                "woff2" => "font/woff2",
                _ => "text/plain; charset=utf-8",
            };
            assert_eq!(header("content-type"), kind, "{address}");
        }
    }

    #[tokio::test]
    async fn the_compressed_twin_is_sent_to_those_who_take_it() {
        for (accepted, sent) in [("gzip, deflate, br", "br"), ("gzip", "gzip")] {
            let response = get(CORDON_CSS, accepted).await;
            assert_eq!(response.headers()["content-encoding"], sent);
            assert_eq!(response.headers()["content-type"], "text/css; charset=utf-8");
            assert_eq!(response.headers()["vary"], "accept-encoding");
            assert!(response.into_body().collect().await.unwrap().to_bytes().len() < 16_000);
        }
    }

    #[tokio::test]
    async fn a_missing_file_is_not_remembered() {
        for path in ["/static/cordon.css", "/static/../Cargo.toml", "/static/%2e%2e/assets.rs"] {
            let response = get(path, "identity").await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(response.headers()["cache-control"], "no-store");
        }
    }

    #[test]
    fn vendored_files_are_what_they_were() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/static/vendor"));
        let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
        let mut listed: Vec<_> = sums.lines().map(|line| line.split_once("  ").unwrap()).collect();
        for (sum, name) in &listed {
            let content = std::fs::read(folder.join(name)).unwrap();
            assert_eq!(hex::encode(Sha256::digest(content)), *sum, "{name}");
        }
        listed.sort_by_key(|(_, name)| *name);
        let mut found: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        found.sort();
        found.retain(|name| name != "SHA256SUMS");
        assert_eq!(listed.iter().map(|(_, name)| *name).collect::<Vec<_>>(), found);
    }

    #[test]
    fn a_first_visit_stays_small() {
        let size = |address: &str| {
            let file = built().join(address.trim_start_matches("/static/"));
            std::fs::metadata(file).unwrap().len()
        };
        assert!(size(APP_JS) < 10_240, "app.js is {} bytes", size(APP_JS));
        assert!(size(&format!("{CORDON_CSS}.gz")) < 16_384);
    }
}
