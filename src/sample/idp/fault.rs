//! The ways this provider can be made to break its promises.
//!
//! What may not happen here: a fault without effect, for a test would then prove nothing.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

/// One of the provider's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/.well-known/openid-configuration`
    Discovery,
    /// `/jwks`
    Keys,
    /// `/authorize`: the page and the choice made on it
    Authorize,
    /// `/token`
    Token,
    /// `/userinfo`
    UserInfo,
}

impl Endpoint {
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            "/.well-known/openid-configuration" => Some(Self::Discovery),
            "/jwks" => Some(Self::Keys),
            "/authorize" => Some(Self::Authorize),
            "/token" => Some(Self::Token),
            "/userinfo" => Some(Self::UserInfo),
            _ => None,
        }
    }
}

/// One broken promise. Several can be on at once; the ID token's are applied in the order of injection.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The ID token says `alg: none` and has no signature.
    Unsigned,
    /// The ID token is signed with HS256, the provider's public key taken as the secret.
    SharedSecret,
    /// The ID token's signature is off by one bit.
    BadSignature,
    /// The ID token names a key nobody published: a fresh one each time, correctly signed with it.
    UnknownKey,
    /// The ID token ended two minutes ago.
    Expired,
    /// The ID token was issued ten minutes from now.
    IssuedInFuture,
    /// A claim of the ID token is replaced, or with `None` left out.
    Claim(&'static str, Option<Value>),
    /// A claim of the userinfo answer is replaced, or with `None` left out.
    UserInfo(&'static str, Option<Value>),
    /// A field of the discovery document is replaced, or with `None` left out.
    Metadata(&'static str, Option<Value>),
    /// The discovery document is padded by this many bytes.
    PaddedDiscovery(usize),
    /// The token endpoint answers with this redirect status to this address.
    TokenRedirect(StatusCode, String),
    /// The token endpoint refuses with this `error` and `error_description`.
    TokenError(String, String),
    /// The authorization endpoint sends people back at once with this `error` and `error_description`.
    AuthorizeError(String, String),
    /// The `iss` of the answer to the authorization request is another one, or with `None` left out.
    CallbackIssuer(Option<String>),
    /// An endpoint answers with this status and nothing else.
    Status(Endpoint, StatusCode),
    /// An endpoint waits this long before it does anything.
    Hang(Endpoint, Duration),
}

impl Fault {
    /// The ID token comes from another issuer.
    #[must_use]
    pub fn wrong_issuer() -> Self {
        Self::Claim("iss", Some(json!("http://other.localhost")))
    }

    /// The ID token is meant for another application.
    #[must_use]
    pub fn wrong_audience() -> Self {
        Self::Claim("aud", Some(json!(["another-application"])))
    }

    /// The ID token is meant for this application and another one, with no `azp` to say who asked.
    #[must_use]
    pub fn extra_audience(client_id: &str) -> Self {
        Self::Claim("aud", Some(json!([client_id, "another-application"])))
    }

    /// The ID token carries another nonce.
    #[must_use]
    pub fn wrong_nonce() -> Self {
        Self::Claim("nonce", Some(json!("not-the-nonce-you-sent")))
    }

    /// The ID token carries no nonce.
    #[must_use]
    pub fn no_nonce() -> Self {
        Self::Claim("nonce", None)
    }

    /// The ID token's `at_hash` belongs to another access token.
    #[must_use]
    pub fn wrong_access_token_hash() -> Self {
        Self::Claim("at_hash", Some(json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")))
    }

    /// The ID token's `sub` is this, or with `None` left out. Empty, 300 letters and a NUL are worth trying.
    #[must_use]
    pub fn subject(subject: Option<&str>) -> Self {
        Self::Claim("sub", subject.map(|subject| json!(subject)))
    }

    /// The discovery document names another issuer.
    #[must_use]
    pub fn other_issuer_in_discovery() -> Self {
        Self::Metadata("issuer", Some(json!("http://other.localhost")))
    }

    /// The discovery document has five megabytes.
    #[must_use]
    pub fn huge_discovery() -> Self {
        Self::PaddedDiscovery(5 * 1024 * 1024)
    }

    /// The callback's `error` and its description carry a script and a line break.
    #[must_use]
    pub fn script_in_error() -> Self {
        Self::AuthorizeError(
            "<script>alert(1)</script>".into(),
            "<script>alert(2)</script>\r\nX-Injected: 1".into(),
        )
    }
}
