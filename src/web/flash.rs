//! The sentence that says what was done, carried to the next page in a cookie and forgotten there.
//!
//! What may not happen here: anything but a sentence for a person to read. It comes back from the browser, so it is
//! text to be escaped and nothing is decided by it.

use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tower_sessions::cookie::{Cookie, SameSite};

use crate::web::{hx::Want, page::Drawn};

const NAME: &str = "cordon_flash";

/// Puts the sentence on its way.
pub fn set(headers: &mut HeaderMap, sentence: &str) {
    let value: String = url::form_urlencoded::byte_serialize(sentence.as_bytes()).collect();
    write(headers, &value, 60);
}

/// The sentence that came with a request.
#[must_use]
pub fn read(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookie =
        cookies.flat_map(Cookie::split_parse).filter_map(Result::ok).find(|cookie| cookie.name() == NAME)?;
    let (sentence, _) = url::form_urlencoded::parse(cookie.value().as_bytes()).next()?;
    (!sentence.is_empty() && sentence.len() <= 1000).then(|| sentence.into_owned())
}

/// Forgets the sentence once a page has shown it.
pub async fn forget(request: Request, next: Next) -> Response {
    let shown = read(request.headers()).is_some() && Want::of(request.headers()) == Want::Page;
    let mut response = next.run(request).await;
    let page = response.status() == StatusCode::OK && response.extensions().get::<Drawn>().is_some();
    if shown && page {
        write(response.headers_mut(), "", 0);
    }
    response
}

fn write(headers: &mut HeaderMap, value: &str, seconds: i64) {
    let cookie = Cookie::build((NAME, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(seconds))
        .build();
    if let Ok(cookie) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(header::SET_COOKIE, cookie);
    }
}
