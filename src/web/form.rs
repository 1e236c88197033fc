//! Forms: the body as typed, and what is wrong with it, field by field.
//!
//! What may not happen here: an unknown or repeated field passing unseen, or a value that loses what was typed. The
//! guard is an earlier argument than the form, so no body is read before its check.

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::{app::App, error::Error};

/// A decoded form. Raw form types hold strings and carry `#[serde(deny_unknown_fields)]`.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let kind = request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = kind.is_some_and(|kind| {
            let essence = kind.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
        // A form without fields is sent without a body and, by some clients, without a type.
        if !is_form && kind.is_some() {
            return Err(Error::Bad(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "This page takes forms only. Nothing was changed.".into(),
            ));
        }
        let body = Bytes::from_request(request, app).await.map_err(|rejection| {
            let status = rejection.status();
            if status == StatusCode::PAYLOAD_TOO_LARGE {
                Error::Bad(status, "That was more than this form takes. Nothing was changed.".into())
            } else {
                Error::Bad(
                    StatusCode::BAD_REQUEST,
                    "The form did not arrive whole. Nothing was changed.".into(),
                )
            }
        })?;
        serde_html_form::from_bytes(&body).map(Self).map_err(|error| {
            tracing::debug!(error = %error, "form refused");
            Error::Bad(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The form has a field that is unknown, missing or given twice. Nothing was changed.".into(),
            )
        })
    }
}

/// A form with nothing to fill in: a button.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A form that deletes: the name, typed again where that is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeletionForm {
    /// As typed.
    #[serde(default)]
    pub confirm: String,
}

/// What a form was made from, in one word that the form carries along. The write compares it with what is there by
/// then, inside its transaction and behind its lock, so that nobody saves over a change that they have not seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// The word for these values, in this order.
    pub fn of<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Self {
        let mut hash = Sha256::new();
        for value in values {
            let value = value.as_ref();
            // With its length before it, no two lists of values read the same.
            hash.update(value.len().to_be_bytes());
            hash.update(value);
        }
        Self(hex::encode(hash.finalize()).chars().take(32).collect())
    }

    /// Whether the form was made from something else than this. One that does not say was sent by no page of ours,
    /// and is taken as made from what is there.
    #[must_use]
    pub fn is_stale(&self, now: &Self) -> bool {
        self.is_given() && self != now
    }

    /// Whether the form says what it was made from.
    #[must_use]
    pub fn is_given(&self) -> bool {
        !self.0.is_empty()
    }

    /// The word, for the form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value that somebody else changed while it was being edited here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both {
    /// What the form calls it.
    pub label: &'static str,
    /// What is there now.
    pub now: String,
    /// What was typed.
    pub typed: String,
}

/// What is wrong with a form: a sentence per field, or values that somebody else changed meanwhile. Empty means
/// nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors {
    fields: BTreeMap<&'static str, String>,
    both: Vec<Both>,
    prover: String,
}

impl FieldErrors {
    /// Nothing wrong so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One field is wrong.
    #[must_use]
    pub fn one(field: &'static str, sentence: impl Into<String>) -> Self {
        let mut errors = Self::new();
        errors.add(field, sentence);
        errors
    }

    /// Somebody else was faster: label, what is there now, what was typed. Values that are the same are left out.
    #[must_use]
    pub fn clash<const N: usize>(values: [(&'static str, String, String); N]) -> Self {
        // A textarea's lines end as a browser ends them.
        let differs = |both: &Both| both.now != both.typed.replace("\r\n", "\n");
        let both = values.into_iter().map(|(label, now, typed)| Both { label, now, typed }).filter(differs);
        Self { both: both.collect(), ..Self::default() }
    }

    /// Nothing is wrong but the age of the sign-in: where a fresh one begins.
    #[must_use]
    pub fn prove(prover: String) -> Self {
        Self { prover, ..Self::default() }
    }

    /// Where a fresh sign-in begins; empty when none is asked for.
    #[must_use]
    pub fn prover(&self) -> &str {
        &self.prover
    }

    /// What somebody else changed, for the note above the fields.
    #[must_use]
    pub fn both(&self) -> &[Both] {
        &self.both
    }

    /// The status of the form that comes back.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        if self.both.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT }
    }

    /// Notes what is wrong with a field; the first note stays.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.fields.entry(field).or_insert_with(|| sentence.into());
    }

    /// Takes a field's value, or notes its error and goes on to the next field.
    pub fn take<T>(&mut self, field: &'static str, parsed: Result<T, String>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(sentence) => {
                self.add(field, sentence);
                None
            }
        }
    }

    /// The sentence under a field; empty when nothing is wrong with it.
    #[must_use]
    pub fn of(&self, field: &str) -> &str {
        self.fields.get(field).map_or("", String::as_str)
    }

    /// Field by field.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.fields.iter().map(|(field, sentence)| (*field, sentence.as_str()))
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.both.is_empty() && self.prover.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_tells_lists_of_values_apart() {
        let now = Version::of(["ab", "c"]);
        assert_eq!(now, Version::of(["ab", "c"]));
        assert!(Version::of(["a", "bc"]).is_stale(&now));
        assert!(!Version::default().is_stale(&now), "one that does not say");
    }

    #[test]
    fn only_values_that_differ_clash() {
        let values = |typed: &str| [("Name", "Acme".to_owned(), typed.to_owned())];
        assert_eq!(FieldErrors::clash(values("Acme 2")).status(), StatusCode::CONFLICT);
        assert!(FieldErrors::clash(values("Acme")).is_empty());
    }
}
