//! The one error type of a request: what went wrong as the person may know it, and what the log should say.
//!
//! What may not happen here: a cause that reaches the page. `web::error_pages` draws these; nothing else does.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// What a handler answers when it cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in. Carries the local path to come back to.
    #[error("sign-in needed")]
    SignIn {
        /// A local path, already checked.
        return_to: String,
    },
    /// There is nothing here, or the caller may not know that there is.
    #[error("not found")]
    NotFound,
    /// The caller sees the organization but lacks this permission.
    #[error("forbidden: {0}")]
    Forbidden(Forbidden),
    /// A program's token does not do.
    #[error("token: {0}")]
    Token(TokenFault),
    /// Somebody else changed it meanwhile, or a rule of the database refused. The sentence is shown.
    #[error("conflict: {0}")]
    Conflict(String),
    /// It was here once. The sentence is shown.
    #[error("gone: {0}")]
    Gone(String),
    /// The request itself is malformed. The sentence is shown.
    #[error("bad request ({0}): {1}")]
    Bad(StatusCode, String),
    /// Too many requests; try again after so many seconds.
    #[error("too many requests, wait {0} s")]
    TooMany(u64),
    /// A part that this needs (the database, an identity provider) does not answer now.
    #[error("unavailable: {0}")]
    Unavailable(anyhow::Error),
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(anyhow::Error),
}

/// The permission that is missing, in words for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// "invite people to acme-production"
    pub cannot: String,
    /// "Owners and admins can." or nothing.
    pub who_can: String,
}

impl std::fmt::Display for Forbidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.cannot)
    }
}

/// What is wrong with a request's token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// None was sent.
    #[error("Send a token in the header `Authorization: Bearer cordon_…`.")]
    Missing,
    /// What was sent is not a whole token.
    #[error("That is not a whole token. Copy it again, with its beginning and its end.")]
    Malformed,
    /// No such token, or it ended or was revoked. Which of these is not said.
    #[error("That token is not good: it is unknown, has ended or was revoked.")]
    NotGood,
    /// Good, but not for this. The sentence says why.
    #[error("{sentence}")]
    TooNarrow {
        /// The permission that is missing.
        needs: &'static str,
        /// For the caller.
        sentence: String,
    },
}

/// What handlers, stores and guards return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) | Self::Token(TokenFault::TooNarrow { .. }) => StatusCode::FORBIDDEN,
            Self::Token(_) => StatusCode::UNAUTHORIZED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Gone(_) => StatusCode::GONE,
            Self::Bad(status, _) => *status,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A fault of ours, with its cause for the log.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::Internal(cause.into())
    }
}

/// Sorts what the database said into "not now", "someone else was faster" and "our fault".
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::PoolTimedOut | E::PoolClosed | E::Io(_) | E::Tls(_) | E::WorkerCrashed => {
                Self::Unavailable(error.into())
            }
            E::Database(fault) => match fault.code().as_deref() {
                // Shutdown, connection and resource classes; statement timeout; lock timeout.
                Some(code)
                    if code.starts_with("57P")
                        || code.starts_with("08")
                        || code.starts_with("53")
                        || code == "57014"
                        || code == "55P03"
                        || code == "25P03" =>
                {
                    Self::Unavailable(error.into())
                }
                // A NUL byte or broken text that no parser of ours stood in front of.
                Some("22021" | "22P05") => Self::Bad(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "That has a character that cannot be stored. Nothing was changed.".into(),
                ),
                Some("40001" | "40P01") => {
                    Self::Conflict("Someone else changed this at the same moment. Nothing was changed.".into())
                }
                _ => match fault.constraint() {
                    Some("orgs_owner_check") => Self::Conflict(
                        "Every organization keeps at least one owner without an end date. Make someone else an owner first."
                            .into(),
                    ),
                    _ => Self::Internal(error.into()),
                },
            },
            _ => Self::Internal(error.into()),
        }
    }
}

/// Turns "no row" into the answer that says no more than that.
pub trait OrNotFound<T> {
    /// # Errors
    /// [`Error::NotFound`] when there is nothing.
    fn or_not_found(self) -> Result<T>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self) -> Result<T> {
        self.ok_or(Error::NotFound)
    }
}

/// Carries the error to `web::error_pages`, which draws it; the body is empty until then.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}
