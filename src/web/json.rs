//! The body of a request of a program: one JSON object.
//!
//! What may not happen here: an unknown or repeated field passing unseen. The guard is an earlier argument than the
//! body, so no body is read before its check.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::{app::App, error::Error};

/// A decoded body. Its type carries `#[serde(deny_unknown_fields)]`.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let kind = request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let sentence = "Send the body as application/json. Nothing was changed.";
            return Err(Error::Bad(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence.into()));
        }
        let body = Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Error::Bad(
                StatusCode::PAYLOAD_TOO_LARGE,
                "That was more than this address takes. Nothing was changed.".into(),
            ),
            _ => bad("The body did not arrive whole."),
        })?;
        // Serde would read the fields of an object from an array, too.
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            let sentence = "The body is a JSON object. Nothing was changed.";
            return Err(Error::Bad(StatusCode::UNPROCESSABLE_ENTITY, sentence.into()));
        }
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            if error.is_data() {
                // Serde's words name the field and the place, never a value of ours.
                let sentence = format!("{}. Nothing was changed.", capital(&error.to_string()));
                Error::Bad(StatusCode::UNPROCESSABLE_ENTITY, sentence)
            } else {
                bad("The body is not JSON.")
            }
        })
    }
}

fn bad(what: &str) -> Error {
    Error::Bad(StatusCode::BAD_REQUEST, format!("{what} Nothing was changed."))
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
