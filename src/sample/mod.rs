//! What Cordon needs from elsewhere, made up on this machine: an OIDC provider, a mail catcher, a GitHub.
//!
//! What may not happen here: listening anywhere but on loopback, or a service that knows anything of Cordon's own
//! tables; only `data` does, which fills them.
//! `cordon sample` runs these so that one command shows the whole product; tests run them to misbehave.

pub mod data;
pub mod github;
pub mod idp;
mod loopback;
pub mod mail;
mod pages;
mod people;
mod pkce;
mod switchboard;

pub use loopback::{Loopback, LoopbackError};
pub use people::{Person, people};
pub use switchboard::{Calls, Faults};

/// Something a sample service could not do, with the reason in plain words.
#[derive(Debug, thiserror::Error)]
#[error("sample service: {0}")]
pub struct SampleError(String);

impl SampleError {
    pub(crate) fn new(reason: impl std::fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// `N` random bytes in the URL-safe alphabet, for codes, tokens and key names.
pub(crate) fn random_text<const N: usize>() -> Result<String, SampleError> {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    Ok(BASE64_URL_SAFE_NO_PAD.encode(crate::ids::random_bytes::<N>().map_err(SampleError::new)?))
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &axum::http::HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(axum::http::header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}
