//! A sign-in between its start and its answer, and the ties between the two.
//!
//! What may not happen here: an answer accepted for another browser, provider or start, or a secret printed.

use std::fmt;

use subtle::ConstantTimeEq as _;

use super::{
    config::ProviderId,
    error::{Mismatch, OAuthError},
};
use crate::{auth::return_to::ReturnTo, clock::Instant};

/// Seconds between a start and its answer, at most (OA-5).
const LIFETIME: i64 = 600;
/// Seconds that two clocks may differ.
pub(super) const SKEW: i64 = 60;

/// What the browser's session keeps while the person is at the provider.
///
/// It is not `Clone`: take it out of the session, save the session, then call `finish`, so that an answer
/// works once (OA-4). `Debug` shows the provider and the time only.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct PendingLogin {
    pub(super) provider: ProviderId,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    pub(super) started_at: Instant,
    pub(super) return_to: ReturnTo,
    #[serde(default)]
    pub(super) max_age: Option<u32>,
}

/// The query of a callback (RFC 6749 section 4.1.2, RFC 9207 section 2). `Debug` shows no value.
#[derive(Clone, Default, serde::Deserialize)]
pub struct CallbackQuery {
    /// The authorization code.
    pub code: Option<String>,
    /// The `state` of the start.
    pub state: Option<String>,
    /// An error code in place of a code.
    pub error: Option<String>,
    /// The provider's words about the error.
    pub error_description: Option<String>,
    /// The issuer that answers.
    pub iss: Option<String>,
}

impl PendingLogin {
    /// Whose sign-in this is.
    #[must_use]
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// When it started.
    #[must_use]
    pub fn started_at(&self) -> Instant {
        self.started_at
    }

    /// Where the browser goes afterwards.
    #[must_use]
    pub fn return_to(&self) -> &ReturnTo {
        &self.return_to
    }

    /// Whether an answer with this `state` belongs to this start, in constant time. For a session that holds
    /// several, one per tab.
    #[must_use]
    pub fn answers(&self, state: &str) -> bool {
        !self.state.is_empty() && self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }

    /// Whether its ten minutes are over, or its start lies in the future.
    #[must_use]
    pub fn is_expired(&self, now: Instant) -> bool {
        now > self.started_at.plus_seconds(LIFETIME) || now < self.started_at.plus_seconds(-SKEW)
    }

    /// The checks that need nothing but this and the answer.
    pub(super) fn check(
        &self,
        at: &ProviderId,
        callback: &CallbackQuery,
        now: Instant,
    ) -> Result<(), OAuthError> {
        if self.provider != *at {
            return Err(OAuthError::Mismatch(Mismatch::Provider));
        }
        if !callback.state.as_deref().is_some_and(|state| self.answers(state)) {
            return Err(OAuthError::Mismatch(Mismatch::State));
        }
        if self.is_expired(now) {
            return Err(OAuthError::Mismatch(Mismatch::Expired));
        }
        Ok(())
    }
}

impl CallbackQuery {
    /// The code, or why there is none. An error wins over a code that comes with it.
    pub(super) fn into_code(self, label: &str) -> Result<String, OAuthError> {
        if let Some(error) = self.error {
            return Err(OAuthError::refused(label, &error, self.error_description.as_deref()));
        }
        self.code.filter(|code| !code.is_empty()).ok_or(OAuthError::Mismatch(Mismatch::NoCode))
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogin")
            .field("provider", &self.provider)
            .field("started_at", &self.started_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CallbackQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackQuery")
            .field("code", &self.code.is_some())
            .field("state", &self.state.is_some())
            .field("error", &self.error.is_some())
            .field("iss", &self.iss.is_some())
            .finish_non_exhaustive()
    }
}
