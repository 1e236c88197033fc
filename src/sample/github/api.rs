//! GitHub's API as far as signing in needs it: the person and the person's addresses.
//!
//! What may not happen here: an answer without a token, or to a client that does not name itself.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{Account, Fault, GitHub};
use crate::sample::{bearer, pages::plain, switchboard::lock};

const LIMIT: u32 = 5000;
const WINDOW_SECONDS: i64 = 3600;

/// `GET /user`
pub(super) async fn user(State(github): State<GitHub>, headers: HeaderMap) -> Response {
    match admit(&github, &headers) {
        Ok(scope) => answer(&github, StatusCode::OK, &scope, person(&lock(&github.0.account))),
        Err(refusal) => *refusal,
    }
}

/// `GET /user/emails`
pub(super) async fn emails(State(github): State<GitHub>, headers: HeaderMap) -> Response {
    let scope = match admit(&github, &headers) {
        Ok(scope) => scope,
        Err(refusal) => return *refusal,
    };
    if !scope.split(',').any(|scope| matches!(scope, "user" | "user:email")) {
        return answer(&github, StatusCode::NOT_FOUND, &scope, trouble(StatusCode::NOT_FOUND, "Not Found"));
    }
    let mut emails = lock(&github.0.account).emails.clone();
    if github.faults().on(|fault| *fault == Fault::NoVerifiedPrimary) {
        emails.iter_mut().filter(|email| email.primary).for_each(|email| email.verified = false);
    }
    answer(&github, StatusCode::OK, &scope, json!(emails))
}

/// The token's scopes, or GitHub's refusal.
fn admit(github: &GitHub, headers: &HeaderMap) -> Result<String, Box<Response>> {
    if headers.get(header::USER_AGENT).is_none_or(HeaderValue::is_empty) {
        let text = "Request forbidden by administrative rules. \
                    Please make sure your request has a User-Agent header.\n";
        return Err(plain(StatusCode::FORBIDDEN, text).into());
    }
    let refuse = |status, message| Box::new(answer(github, status, "", trouble(status, message)));
    if !headers.contains_key(header::AUTHORIZATION) {
        return Err(refuse(StatusCode::UNAUTHORIZED, "Requires authentication"));
    }
    let token = bearer(headers).unwrap_or_default();
    let Some(scope) = lock(&github.0.tokens).get(token).cloned() else {
        return Err(refuse(StatusCode::UNAUTHORIZED, "Bad credentials"));
    };
    if github.faults().on(|fault| *fault == Fault::RateLimited) {
        let message = format!("API rate limit exceeded for user ID {}.", lock(&github.0.account).id);
        return Err(refuse(StatusCode::FORBIDDEN, &message));
    }
    Ok(scope)
}

fn person(account: &Account) -> Value {
    json!({
        "login": account.login,
        "id": account.id,
        "type": "User",
        "site_admin": false,
        "name": account.name,
        "email": account.email,
    })
}

fn trouble(status: StatusCode, message: &str) -> Value {
    json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.as_str(),
    })
}

/// JSON with the headers GitHub adds to everything.
fn answer(github: &GitHub, status: StatusCode, scope: &str, body: Value) -> Response {
    let limited = github.faults().on(|fault| *fault == Fault::RateLimited);
    let remaining = if limited { 0 } else { LIMIT - 1 };
    let reset = github.0.clock.now().plus_seconds(WINDOW_SECONDS).timestamp().as_second();
    let headers = [
        (HeaderName::from_static("x-ratelimit-limit"), LIMIT.to_string()),
        (HeaderName::from_static("x-ratelimit-remaining"), remaining.to_string()),
        (HeaderName::from_static("x-ratelimit-reset"), reset.to_string()),
        (HeaderName::from_static("x-oauth-scopes"), scope.replace(',', ", ")),
        (header::CACHE_CONTROL, "private, no-store".into()),
    ];
    (status, headers, Json(body)).into_response()
}
