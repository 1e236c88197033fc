//! What the person decided on the page: somebody to sign in as, or nobody.
//!
//! What may not happen here: trusting the form's hidden fields; they are checked as if they came from anywhere.

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::header,
    response::{IntoResponse as _, Redirect, Response},
};

use super::{
    Idp,
    authorize::{AuthorizeRequest, COOKIE},
    grants::Session,
    way_back::{Refused, WayBack},
};
use crate::sample::switchboard::lock;

/// The page's form. An empty `person` is "nobody".
#[derive(serde::Deserialize)]
pub(super) struct Decision {
    #[serde(default)]
    person: String,
    #[serde(flatten)]
    request: AuthorizeRequest,
}

/// `POST /authorize`
pub(super) async fn create(
    State(idp): State<Idp>,
    form: Result<Form<Decision>, FormRejection>,
) -> Result<Response, Refused> {
    let Form(Decision { person, request }) =
        form.map_err(|_| Refused::Here("The request cannot be read."))?;
    let back = WayBack::find(&idp, &request)?;
    if let Some((code, description)) = request.fault() {
        return Err(back.error(code, description));
    }
    if person.is_empty() {
        return Err(back.error("access_denied", "Nobody was picked."));
    }
    let person = idp.person(&person).ok_or(Refused::Here("That person is not on the list any more."))?;
    let now = idp.0.clock.now();
    let session = Session { subject: person.subject, at: now };
    let mut grants = lock(&idp.0.grants);
    let code = grants.issue(request.consent(&session), now)?;
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax", grants.remember(session, now)?);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&back.with(&[("code", &code)]))).into_response())
}
