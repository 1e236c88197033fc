//! The authorization endpoint: checks what an application asks and shows the page with the people.
//!
//! What may not happen here: a code given out on a GET, except for `prompt=none` in a browser that chose before.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};

use super::{
    Fault, Idp,
    grants::{Consent, Session},
    way_back::{Refused, WayBack},
};
use crate::{
    clock::Instant,
    sample::{pages, switchboard::lock},
};

/// The cookie that remembers a browser's choice, for `prompt=none`.
pub(super) const COOKIE: &str = "cordon_sample_sign_in";

/// What an application asks for (OIDC Core 3.1.2.1, RFC 7636 4.3). Nothing is checked yet.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct AuthorizeRequest {
    pub(super) response_type: Option<String>,
    pub(super) response_mode: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) redirect_uri: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) code_challenge: Option<String>,
    pub(super) code_challenge_method: Option<String>,
    pub(super) prompt: Option<String>,
    pub(super) max_age: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(super) request: Option<String>,
    pub(super) request_uri: Option<String>,
}

impl AuthorizeRequest {
    /// The first thing wrong with it, as `error` and `error_description`.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let challenge = self.code_challenge.as_deref().unwrap_or_default();
        let prompts = self.prompts();
        if self.request.is_some() {
            Some(("request_not_supported", "request is not supported."))
        } else if self.request_uri.is_some() {
            Some(("request_uri_not_supported", "request_uri is not supported."))
        } else if self.response_type.as_deref() != Some("code") {
            Some(("unsupported_response_type", "response_type must be code."))
        } else if self.response_mode.as_deref().is_some_and(|mode| mode != "query") {
            Some(("invalid_request", "response_mode must be query."))
        } else if !self.scopes().any(|scope| scope == "openid") {
            Some(("invalid_scope", "scope must contain openid."))
        } else if self.code_challenge_method.as_deref() != Some("S256") || challenge.len() != 43 {
            Some(("invalid_request", "code_challenge with code_challenge_method S256 is required."))
        } else if prompts.contains(&"none") && prompts.len() > 1 {
            Some(("invalid_request", "prompt=none stands alone."))
        } else if self.max_age.is_some() && self.max_age_seconds().is_none() {
            Some(("invalid_request", "max_age is a number of seconds."))
        } else {
            None
        }
    }

    fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.as_deref().unwrap_or_default().split(' ')
    }

    fn prompts(&self) -> Vec<&str> {
        self.prompt.as_deref().unwrap_or_default().split_whitespace().collect()
    }

    fn max_age_seconds(&self) -> Option<u32> {
        self.max_age.as_deref()?.parse().ok()
    }

    /// What the person agrees to by picking somebody.
    pub(super) fn consent(&self, session: &Session) -> Consent {
        let known: Vec<_> =
            self.scopes().filter(|scope| ["openid", "profile", "email"].contains(scope)).collect();
        Consent {
            client_id: self.client_id.clone().unwrap_or_default(),
            redirect_uri: self.redirect_uri.clone().unwrap_or_default(),
            challenge: self.code_challenge.clone().unwrap_or_default(),
            nonce: self.nonce.clone(),
            scope: known.join(" "),
            subject: session.subject.clone(),
            signed_in_at: session.at,
        }
    }

    /// The fields the page's form sends on, unchanged.
    fn carried(&self) -> Vec<Field> {
        [
            ("response_type", &self.response_type),
            ("response_mode", &self.response_mode),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
            ("max_age", &self.max_age),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.clone().map(|value| Field { name, value }))
        .collect()
    }
}

struct Field {
    name: &'static str,
    value: String,
}

struct Choice {
    subject: String,
    name: String,
    email: String,
    initials: String,
    unverified: bool,
    hinted: bool,
}

#[derive(Template)]
#[template(path = "sample/pick.html")]
struct Pick {
    application: String,
    fields: Vec<Field>,
    people: Vec<Choice>,
}

/// `GET /authorize`
pub(super) async fn show(
    State(idp): State<Idp>,
    headers: HeaderMap,
    query: Result<Query<AuthorizeRequest>, QueryRejection>,
) -> Result<Response, Refused> {
    let Query(request) = query.map_err(|_| Refused::Here("The request cannot be read."))?;
    let back = WayBack::find(&idp, &request)?;
    let told = idp.faults().find(|fault| match fault {
        Fault::AuthorizeError(code, description) => Some(back.error(code, description)),
        _ => None,
    });
    if let Some(refused) = told {
        return Err(refused);
    }
    if let Some((code, description)) = request.fault() {
        return Err(back.error(code, description));
    }
    if request.prompts() == ["none"] {
        let session = remembered(&idp, &request, &headers).ok_or_else(|| {
            back.error("login_required", "Nobody was picked in this browser recently enough.")
        })?;
        let code = lock(&idp.0.grants).issue(request.consent(&session), idp.0.clock.now())?;
        return Ok(Redirect::to(&back.with(&[("code", &code)])).into_response());
    }
    // Browsers apply form-action to the redirect after the POST as well.
    let policy =
        pages::POLICY.replace("form-action 'self'", &format!("form-action 'self' {}", back.origin()));
    Ok(pages::page(StatusCode::OK, &policy, &pick(&idp, &request)))
}

fn pick(idp: &Idp, request: &AuthorizeRequest) -> Pick {
    let hint = request.login_hint.as_deref().unwrap_or_default();
    let people = lock(&idp.0.people)
        .iter()
        .map(|person| Choice {
            subject: person.subject.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            initials: person.initials(),
            unverified: !person.email_verified,
            hinted: !hint.is_empty() && hint.eq_ignore_ascii_case(&person.email),
        })
        .collect();
    Pick { application: request.client_id.clone().unwrap_or_default(), fields: request.carried(), people }
}

/// The choice made in this browser, unless it is older than `max_age` allows or the person is gone.
fn remembered(idp: &Idp, request: &AuthorizeRequest, headers: &HeaderMap) -> Option<Session> {
    let now = idp.0.clock.now();
    let session = lock(&idp.0.grants).session(cookie(headers)?, now)?;
    idp.person(&session.subject)?;
    let oldest = request.max_age_seconds().map(|seconds| now.plus_seconds(-i64::from(seconds)));
    oldest.is_none_or(|oldest: Instant| session.at >= oldest).then_some(session)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}
