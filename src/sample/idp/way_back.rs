//! The way back to the application, once it is known to be its own.
//!
//! What may not happen here: sending anyone to an address that was not registered, character by character.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use url::Url;

use super::{Fault, Idp, START_AGAIN, authorize::AuthorizeRequest};
use crate::sample::{SampleError, pages::Refusal};

/// Why an authorization request was not followed.
#[derive(Debug)]
pub(super) enum Refused {
    /// There is no trusted way back: the person reads it here.
    Here(&'static str),
    /// The application is told.
    Back(String),
    /// The provider itself failed.
    Failed(SampleError),
}

impl From<SampleError> for Refused {
    fn from(error: SampleError) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Here(reason) => {
                let reason = format!("{reason} {START_AGAIN}");
                Refusal::answer(StatusCode::BAD_REQUEST, "This sign-in link is wrong", reason)
            }
            Self::Back(address) => Redirect::to(&address).into_response(),
            Self::Failed(error) => error.into_response(),
        }
    }
}

#[derive(Debug)]
pub(super) struct WayBack {
    address: Url,
    state: Option<String>,
    issuer: Option<String>,
}

impl WayBack {
    pub(super) fn find(idp: &Idp, request: &AuthorizeRequest) -> Result<Self, Refused> {
        let client = idp
            .0
            .clients
            .iter()
            .find(|client| request.client_id.as_deref() == Some(&client.id))
            .ok_or(Refused::Here("The application that sent you is not known here."))?;
        let address = request
            .redirect_uri
            .as_ref()
            .filter(|uri| client.redirect_uris.contains(uri))
            .and_then(|uri| Url::parse(uri).ok())
            .ok_or(Refused::Here("The address to return to is not one the application registered."))?;
        let issuer = idp.faults().find(|fault| match fault {
            Fault::CallbackIssuer(issuer) => Some(issuer.clone()),
            _ => None,
        });
        let issuer = issuer.unwrap_or_else(|| Some(idp.0.issuer.to_string()));
        Ok(Self { address, state: request.state.clone(), issuer })
    }

    /// The address with an answer, the state it was asked with and the issuer (RFC 9207).
    pub(super) fn with(&self, answer: &[(&str, &str)]) -> String {
        let mut address = self.address.clone();
        let state = self.state.as_deref().map(|state| ("state", state));
        let issuer = self.issuer.as_deref().map(|issuer| ("iss", issuer));
        address.query_pairs_mut().extend_pairs(answer.iter().copied().chain(state).chain(issuer));
        address.into()
    }

    pub(super) fn error(&self, code: &str, description: &str) -> Refused {
        Refused::Back(self.with(&[("error", code), ("error_description", description)]))
    }

    /// The origin a form may be redirected to, for `form-action`.
    pub(super) fn origin(&self) -> String {
        self.address.origin().ascii_serialization()
    }
}
