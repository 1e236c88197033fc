//! Errors of the API: RFC 9457 problem details.
//!
//! What may not happen here: a cause. A fault of ours says so and gives the request's id; the log has the rest.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{
    error::{Error, TokenFault},
    web::{form::FieldErrors, page::Drawn},
};

/// One problem, as a program reads it. `type` is left out, which stands for `about:blank`: the status says the kind.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// One sentence for people: what is wrong, and that nothing was changed where something could have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The permission that the token lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<&'static str>,
    /// What is wrong with the fields of the body or the query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Field>,
    /// The request's id, where the fault is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Field {
    /// Its name in the body or the query.
    pub field: &'static str,
    /// The sentence.
    pub detail: String,
}

impl Problem {
    /// A problem with this status and nothing else said.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self {
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: status.as_u16(),
            detail: None,
            needs: None,
            errors: Vec::new(),
            request: None,
        }
    }

    /// With a sentence.
    #[must_use]
    pub fn say(mut self, sentence: impl Into<String>) -> Self {
        self.detail = Some(sentence.into());
        self
    }

    /// 422 with what is wrong, field by field.
    #[must_use]
    pub fn fields(errors: &FieldErrors) -> Self {
        let fields = errors.iter().map(|(field, detail)| Field { field, detail: detail.to_owned() });
        Self {
            errors: fields.collect(),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY).say("Nothing was changed.")
        }
    }

    /// What a caller may know of an error; `None` stands for an answer that carries no error of ours, such as a path
    /// that does not exist.
    #[must_use]
    pub fn of(status: StatusCode, fault: Option<&Error>, request: &str) -> Self {
        let plain = Self::new(status);
        match fault {
            Some(Error::Token(fault)) => {
                let needs = match fault {
                    TokenFault::TooNarrow { needs, .. } => Some(*needs),
                    _ => None,
                };
                Self { needs, ..plain.say(fault.to_string()) }
            }
            Some(Error::Forbidden(missing)) => {
                plain.say(format!("You cannot {}. {}", missing.cannot, missing.who_can))
            }
            Some(Error::Conflict(sentence) | Error::Gone(sentence) | Error::Bad(_, sentence)) => {
                plain.say(sentence)
            }
            Some(Error::TooMany(seconds)) => plain.say(format!("Try again in {seconds} seconds.")),
            Some(Error::NotFound) => plain.say("There is nothing here, or this token does not reach it."),
            Some(Error::Unavailable(_)) => {
                plain.say("A part that this needs does not answer. Try again in a moment.")
            }
            _ if status.is_server_error() => {
                let plain = plain.say("Something broke on our side. Nothing was changed.");
                Self { request: Some(request.to_owned()), ..plain }
            }
            _ if status == StatusCode::NOT_FOUND => plain.say("There is nothing at this address."),
            _ if status == StatusCode::METHOD_NOT_ALLOWED => {
                plain.say("This address does not take that method; `Allow` lists those that it takes.")
            }
            _ if status == StatusCode::PAYLOAD_TOO_LARGE => {
                plain.say("That was more than this address takes.")
            }
            _ => plain,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.extensions_mut().insert(Drawn);
        response
    }
}

/// Says how to authenticate, as RFC 6750 wants it, where the token was the problem.
pub fn challenge(fault: Option<&Error>, headers: &mut HeaderMap) {
    let Some(Error::Token(fault)) = fault else { return };
    let text = match fault {
        TokenFault::Missing => "Bearer realm=\"cordon\"".to_owned(),
        TokenFault::Malformed | TokenFault::NotGood => {
            "Bearer realm=\"cordon\", error=\"invalid_token\"".to_owned()
        }
        TokenFault::TooNarrow { needs, .. } => {
            format!("Bearer realm=\"cordon\", error=\"insufficient_scope\", scope=\"{needs}\"")
        }
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
}
