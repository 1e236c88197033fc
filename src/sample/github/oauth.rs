//! GitHub's web application flow: <https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps>.
//!
//! What may not happen here: following GitHub's documentation only where it is convenient. Token errors have
//! status 200, as GitHub's do.

use axum::{
    Form, Json,
    extract::{Query, State, rejection::FormRejection, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use url::{Url, form_urlencoded};

use super::{Fault, GitHub};
use crate::{
    clock::Instant,
    sample::{SampleError, pages::Refusal, pkce::proves, random_text, switchboard::lock},
};

/// How long a code may be traded in, in seconds.
const CODE_SECONDS: i64 = 600;
const REQUEST_ERRORS: &str = "/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/";
const TOKEN_ERRORS: &str = "/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/";

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct AuthorizeRequest {
    client_id: String,
    redirect_uri: Option<String>,
    scope: String,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct TokenRequest {
    client_id: String,
    client_secret: String,
    code: String,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
}

#[derive(Debug)]
pub(super) struct Code {
    redirect_uri: Option<String>,
    challenge: Option<String>,
    scope: String,
    expires: Instant,
}

/// `GET /login/oauth/authorize`: the person signed in agrees at once.
pub(super) async fn authorize(
    State(github): State<GitHub>,
    query: Result<Query<AuthorizeRequest>, QueryRejection>,
) -> Result<Response, SampleError> {
    let Ok(Query(request)) = query else { return Ok(nothing_here()) };
    if request.client_id != github.0.client_id {
        return Ok(nothing_here());
    }
    let registered = &github.0.callback;
    let state = request.state.as_deref();
    let asked = request.redirect_uri.as_deref();
    let Some(back) = asked.map_or_else(|| Some(registered.clone()), |asked| below(registered, asked)) else {
        let description = "The redirect_uri MUST match the registered callback URL for this application.";
        return Ok(refuse(registered, "redirect_uri_mismatch", description, state));
    };
    if github.faults().on(|fault| *fault == Fault::AccessDenied) {
        let description = "The user has denied your application access.";
        return Ok(refuse(&back, "access_denied", description, state));
    }
    if request.code_challenge.is_some() && request.code_challenge_method.as_deref() != Some("S256") {
        let description = "The code_challenge_method must be S256.";
        return Ok(refuse(&back, "invalid_request", description, state));
    }
    let narrowed = github.faults().find(|fault| match fault {
        Fault::NarrowedScope(scope) => Some(scope.clone()),
        _ => None,
    });
    let now = github.0.clock.now();
    let entry = Code {
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.code_challenge.clone(),
        scope: narrowed.unwrap_or_else(|| normal(&request.scope)),
        expires: now.plus_seconds(CODE_SECONDS),
    };
    let code = random_text::<15>()?;
    let mut codes = lock(&github.0.codes);
    codes.retain(|_, code| code.expires > now);
    codes.insert(code.clone(), entry);
    Ok(send(&back, &[("code", &code)], state))
}

/// `POST /login/oauth/access_token`
pub(super) async fn access_token(
    State(github): State<GitHub>,
    headers: HeaderMap,
    form: Result<Form<TokenRequest>, FormRejection>,
) -> Result<Response, SampleError> {
    let Ok(Form(request)) = form else { return Ok(nothing_here()) };
    let answer = match trade(&github, &request) {
        Ok(scope) => {
            let token = format!("gho_{}", random_text::<27>()?);
            lock(&github.0.tokens).insert(token.clone(), scope.clone());
            json!({ "access_token": token, "scope": scope, "token_type": "bearer" })
        }
        Err(refusal) => refusal,
    };
    Ok(in_the_format_asked_for(&headers, answer))
}

/// The scopes a code gives, or GitHub's error. A code is gone after one try.
fn trade(github: &GitHub, request: &TokenRequest) -> Result<String, Value> {
    let same_secret = request.client_secret.as_bytes().ct_eq(github.0.client_secret.as_bytes());
    if request.client_id != github.0.client_id || !bool::from(same_secret) {
        let description = "The client_id and/or client_secret passed are incorrect.";
        return Err(error("incorrect_client_credentials", description, TOKEN_ERRORS));
    }
    let bad_code =
        || error("bad_verification_code", "The code passed is incorrect or expired.", TOKEN_ERRORS);
    let code = lock(&github.0.codes).remove(&request.code).ok_or_else(bad_code)?;
    if code.expires <= github.0.clock.now()
        || github.faults().on(|fault| *fault == Fault::BadVerificationCode)
    {
        return Err(bad_code());
    }
    if github.faults().on(|fault| *fault == Fault::UnverifiedUserEmail) {
        let description = "The user must have a verified primary email.";
        return Err(error("unverified_user_email", description, TOKEN_ERRORS));
    }
    if request.redirect_uri.is_some() && request.redirect_uri != code.redirect_uri {
        let description = "The redirect_uri MUST match the registered callback URL for this application.";
        return Err(error("redirect_uri_mismatch", description, REQUEST_ERRORS));
    }
    let verifier = request.code_verifier.as_deref().unwrap_or_default();
    if code.challenge.is_some_and(|challenge| !proves(verifier, &challenge)) {
        return Err(bad_code());
    }
    Ok(code.scope)
}

fn error(code: &str, description: &str, page: &str) -> Value {
    let anchor = code.replace('_', "-");
    json!({ "error": code, "error_description": description, "error_uri": format!("{page}#{anchor}") })
}

fn in_the_format_asked_for(headers: &HeaderMap, answer: Value) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("application/json") {
        return Json(answer).into_response();
    }
    let fields = answer.as_object().into_iter().flatten();
    let pairs = fields.filter_map(|(name, value)| value.as_str().map(|value| (name, value)));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    ([(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")], body).into_response()
}

/// The address asked for, if host and port are the registered ones and the path lies below.
fn below(registered: &Url, asked: &str) -> Option<Url> {
    let asked = Url::parse(asked).ok()?;
    let folder = registered.path().trim_end_matches('/');
    let rest = asked.path().strip_prefix(folder)?;
    let inside = rest.is_empty() || rest.starts_with('/');
    (asked.origin() == registered.origin() && inside).then_some(asked)
}

/// Scopes as GitHub writes them back: separated by commas.
fn normal(scope: &str) -> String {
    let scopes = scope.split([' ', ',']).filter(|scope| !scope.is_empty());
    scopes.collect::<Vec<_>>().join(",")
}

fn refuse(back: &Url, code: &str, description: &str, state: Option<&str>) -> Response {
    let page = format!("{REQUEST_ERRORS}#{}", code.replace('_', "-"));
    send(back, &[("error", code), ("error_description", description), ("error_uri", &page)], state)
}

fn send(back: &Url, answer: &[(&str, &str)], state: Option<&str>) -> Response {
    let mut address = back.clone();
    let state = state.map(|state| ("state", state));
    address.query_pairs_mut().extend_pairs(answer.iter().copied().chain(state));
    (StatusCode::FOUND, [(header::LOCATION, String::from(address))]).into_response()
}

/// The page GitHub shows for an address or an app it does not know.
pub(super) fn nothing_here() -> Response {
    let reason = "This stand-in for GitHub does not know that address or that application.";
    Refusal::answer(StatusCode::NOT_FOUND, "Nothing here", reason)
}
