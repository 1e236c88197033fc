//! The userinfo endpoint: what the provider says about a person, as far as the scope reaches.
//!
//! What may not happen here: naming an address to an application that did not ask for `email`.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use openidconnect::{
    EmptyAdditionalClaims, EndUserEmail, EndUserName, LocalizedClaim, StandardClaims, SubjectIdentifier,
    core::{CoreGenderClaim, CoreUserInfoClaims},
};

use super::{Fault, Idp, discovery::replace};
use crate::sample::{Person, SampleError, bearer, switchboard::lock};

/// `GET /userinfo`, `POST /userinfo`
pub(super) async fn show(State(idp): State<Idp>, headers: HeaderMap) -> Result<Response, SampleError> {
    let access = bearer(&headers).and_then(|token| lock(&idp.0.grants).access(token, idp.0.clock.now()));
    let Some((access, person)) = access.and_then(|a| idp.person(&a.subject).map(|person| (a, person))) else {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
        return Ok((StatusCode::UNAUTHORIZED, challenge).into_response());
    };
    let claims = CoreUserInfoClaims::new(claims(person, &access.scope), EmptyAdditionalClaims {});
    let mut document = serde_json::to_value(claims).map_err(SampleError::new)?;
    if let Some(fields) = document.as_object_mut() {
        for fault in idp.faults().all() {
            if let Fault::UserInfo(name, value) = fault {
                replace(fields, name, value);
            }
        }
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(document)).into_response())
}

fn claims(person: Person, scope: &str) -> StandardClaims<CoreGenderClaim> {
    let asked = |name| scope.split(' ').any(|scope| scope == name);
    let mut claims = StandardClaims::new(SubjectIdentifier::new(person.subject));
    if asked("profile") {
        let mut name = LocalizedClaim::new();
        name.insert(None, EndUserName::new(person.name));
        claims = claims.set_name(Some(name));
    }
    if asked("email") {
        let email = EndUserEmail::new(person.email);
        claims = claims.set_email(Some(email)).set_email_verified(Some(person.email_verified));
    }
    claims
}
