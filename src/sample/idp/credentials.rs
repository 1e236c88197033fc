//! How an application proves to the token endpoint who it is: `client_secret_basic` or `client_secret_post`.
//!
//! What may not happen here: telling an unknown application from a wrong secret.

use axum::http::{HeaderMap, StatusCode, header};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use super::{Client, token::TokenError};

/// The application that sent a request.
pub(super) fn authenticate<'a>(
    clients: &'a [Client],
    headers: &HeaderMap,
    posted: Option<(String, String)>,
) -> Result<&'a Client, TokenError> {
    let basic = headers.get(header::AUTHORIZATION).map(|value| value.to_str().ok().and_then(basic));
    let (id, secret) = match (basic, posted) {
        (Some(_), Some(_)) => {
            return Err(TokenError::new("invalid_request", "Send the secret in one place only."));
        }
        (Some(credentials), None) | (None, credentials) => credentials.ok_or_else(unknown)?,
    };
    clients
        .iter()
        .find(|client| client.id == id && bool::from(client.secret.as_bytes().ct_eq(secret.as_bytes())))
        .ok_or_else(unknown)
}

fn unknown() -> TokenError {
    let description = "The application is unknown or its secret is wrong.";
    TokenError { status: StatusCode::UNAUTHORIZED, ..TokenError::new("invalid_client", description) }
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let bytes = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then(|| (decoded(id), decoded(secret)))
}

/// RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
fn decoded(half: &str) -> String {
    form_urlencoded::parse(half.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
