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
use serde::de::DeserializeOwned;

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

/// What is wrong with a form: a sentence per field. Empty means nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(BTreeMap<&'static str, String>);

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

    /// Notes what is wrong with a field; the first note stays.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.entry(field).or_insert_with(|| sentence.into());
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
        self.0.get(field).map_or("", String::as_str)
    }

    /// Field by field.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(field, sentence)| (*field, sentence.as_str()))
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
