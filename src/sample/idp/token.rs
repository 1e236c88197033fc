//! The token endpoint: trades a code, an application's secret and the PKCE verifier for tokens.
//!
//! What may not happen here: an answer a cache may keep, or one that says more than RFC 6749 section 5.2 allows.

use std::time::SystemTime;

use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use openidconnect::{
    AccessToken, Audience, EmptyAdditionalClaims, Nonce, StandardClaims, SubjectIdentifier,
    core::{CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm},
};
use serde_json::json;

use super::{
    Fault, Idp,
    credentials::authenticate,
    grants::{Claim, Consent, TOKEN_SECONDS},
    tamper::tamper,
};
use crate::{
    clock::Instant,
    sample::{SampleError, switchboard::lock},
};

/// What an application sent to trade in a code. Its secret is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct TokenRequest {
    /// Must be `authorization_code`.
    pub grant_type: String,
    /// The code from the callback.
    pub code: String,
    /// The same address as in the authorization request.
    pub redirect_uri: String,
    /// The secret half of the PKCE pair.
    pub code_verifier: String,
}

#[derive(serde::Deserialize)]
pub(super) struct TokenForm {
    #[serde(flatten)]
    request: TokenRequest,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// An error answer of the token endpoint.
#[derive(Debug)]
pub(super) struct TokenError {
    pub(super) status: StatusCode,
    pub(super) code: String,
    pub(super) description: String,
}

impl TokenError {
    pub(super) fn new(code: &str, description: &str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: code.into(), description: description.into() }
    }
}

impl From<SampleError> for TokenError {
    fn from(error: SampleError) -> Self {
        let code = "server_error".into();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code, description: error.to_string() }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.code, "error_description": self.description }));
        let mut response = (self.status, NO_STORE, body).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"sample sign-in\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// `POST /token`
pub(super) async fn create(
    State(idp): State<Idp>,
    headers: HeaderMap,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Result<Response, TokenError> {
    let unreadable =
        |_| TokenError::new("invalid_request", "The form cannot be read or names a field twice.");
    let Form(TokenForm { request, client_id, client_secret }) = form.map_err(unreadable)?;
    lock(&idp.0.token_requests).push(request.clone());
    if let Some(response) = misbehave(&idp) {
        return response;
    }
    let client = authenticate(&idp.0.clients, &headers, client_id.zip(client_secret))?;
    if request.grant_type != "authorization_code" {
        return Err(TokenError::new("unsupported_grant_type", "grant_type must be authorization_code."));
    }
    let now = idp.0.clock.now();
    let TokenRequest { code, redirect_uri, code_verifier: verifier, .. } = &request;
    let claim = Claim { code, client_id: &client.id, redirect_uri, verifier };
    let (consent, token) = {
        let mut grants = lock(&idp.0.grants);
        let refused = |reason| TokenError::new("invalid_grant", reason);
        let consent = grants.redeem(&claim, now).map_err(refused)?;
        let token = grants.open(code, &consent, now)?;
        (consent, token)
    };
    let body = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": consent.scope,
        "id_token": id_token(&idp, consent, &AccessToken::new(token.clone()), now)?,
    });
    Ok((NO_STORE, Json(body)).into_response())
}

fn misbehave(idp: &Idp) -> Option<Result<Response, TokenError>> {
    idp.faults().find(|fault| match fault {
        Fault::TokenError(code, description) => Some(Err(TokenError::new(code, description))),
        Fault::TokenRedirect(status, to) => {
            Some(Ok((*status, [(header::LOCATION, to.clone())]).into_response()))
        }
        _ => None,
    })
}

fn id_token(idp: &Idp, consent: Consent, access: &AccessToken, now: Instant) -> Result<String, SampleError> {
    let standard = StandardClaims::new(SubjectIdentifier::new(consent.subject));
    let claims = CoreIdTokenClaims::new(
        idp.0.issuer.clone(),
        vec![Audience::new(consent.client_id)],
        SystemTime::from(now.plus_seconds(TOKEN_SECONDS).timestamp()).into(),
        SystemTime::from(now.timestamp()).into(),
        standard,
        EmptyAdditionalClaims {},
    )
    .set_nonce(consent.nonce.map(Nonce::new))
    .set_auth_time(Some(SystemTime::from(consent.signed_in_at.timestamp()).into()));
    let key = idp.key();
    let token = CoreIdToken::new(claims, key.private(), CoreJwsSigningAlgorithm::EdDsa, Some(access), None)
        .map_err(SampleError::new)?
        .to_string();
    tamper(token, &idp.faults().all(), &key, now)
}
