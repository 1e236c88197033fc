//! The ways GitHub says no, and the ways it fails.
//!
//! What may not happen here: a fault GitHub itself could not show.

use std::time::Duration;

use axum::http::StatusCode;

/// One of the stand-in's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/login/oauth/authorize`
    Authorize,
    /// `/login/oauth/access_token`
    AccessToken,
    /// `/user`
    User,
    /// `/user/emails`
    Emails,
}

impl Endpoint {
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            "/login/oauth/authorize" => Some(Self::Authorize),
            "/login/oauth/access_token" => Some(Self::AccessToken),
            "/user" => Some(Self::User),
            "/user/emails" => Some(Self::Emails),
            _ => None,
        }
    }
}

/// One thing that goes wrong. Several can be on at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The person pressed "Cancel".
    AccessDenied,
    /// Every code is "incorrect or expired".
    BadVerificationCode,
    /// The person did not verify the primary address: the e-mail list says so.
    NoVerifiedPrimary,
    /// The token endpoint refuses because the primary address is not verified.
    UnverifiedUserEmail,
    /// The person granted only these scopes, separated by commas.
    NarrowedScope(String),
    /// The API's hourly limit is used up.
    RateLimited,
    /// An endpoint answers with this status and nothing else.
    Status(Endpoint, StatusCode),
    /// An endpoint waits this long before it does anything.
    Slow(Endpoint, Duration),
}
