//! The gate's guard: for proxies that ask, before every request to an app, whether the caller may reach it.
//!
//! What may not happen here: a second rule about access. Roles come from the one authorization query, what they allow
//! from the one table, and nothing is remembered between two requests.

use axum::extract::{FromRequestParts, RawPathParams};
use http::{HeaderMap, header, request::Parts};
use tower_sessions::Session;

use crate::{
    app::App,
    auth::{
        bearer,
        guard::{Guard, OnSite, Rule, origin, sealed},
    },
    db::{
        gate::{Shown, Visit},
        session::SessionHash,
    },
    error::{Error, Forbidden, Result, TokenFault},
    role::{Permission as _, Permissions, Scope, ViewInside},
};

/// Proof that the caller may look inside the organization of the app in the URL, now.
#[derive(Debug)]
pub struct Passes {
    visit: Visit,
}

impl sealed::Sealed for Passes {}
impl OnSite for Passes {}
impl Guard for Passes {
    fn rule() -> Rule {
        Rule::Gate { permission: ViewInside::KEY }
    }
}

impl Passes {
    /// Who it is, and where the app is.
    #[must_use]
    pub fn visit(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequestParts<App> for Passes {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let shown = shown(parts)?;
        let params = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| Error::NotFound)?;
        let name = params.iter().find(|(name, _)| *name == "app").map_or("", |(_, value)| value);
        // The database's text has no NUL; a name with one is nobody's.
        let name = if name.contains('\0') { "" } else { name };
        let visit = app.db.gate(shown, name).await?.ok_or(match shown {
            Shown::Session(_) => Error::Token(TokenFault::Missing),
            Shown::Token(_) => Error::Token(TokenFault::NotGood),
        })?;
        app.activity.visited(&visit, origin(parts).address.as_deref());
        tracing::Span::current().record("account.id", tracing::field::display(visit.account));
        if !permissions(&visit).contains(ViewInside::NEEDS) {
            return Err(Error::Forbidden(Forbidden {
                cannot: "reach this app".into(),
                who_can: "Whoever runs it can invite you.".into(),
            }));
        }
        Ok(Self { visit })
    }
}

/// What the caller may do where the app is: the roles of the person, and no more than the token's scope.
fn permissions(visit: &Visit) -> Permissions {
    visit.roles.permissions() & visit.scope.map_or(Permissions::all(), Scope::permissions)
}

/// A token of ours in the header decides alone. Any other `Authorization` is the app's own business, and the session
/// decides.
fn shown(parts: &Parts) -> Result<Shown> {
    if is_ours(&parts.headers) {
        return Ok(Shown::Token(bearer::bearer(&parts.headers)?.hash()));
    }
    let session = parts.extensions.get::<Session>().and_then(Session::id);
    session.map(|id| Shown::Session(SessionHash::of(id))).ok_or(Error::Token(TokenFault::Missing))
}

fn is_ours(headers: &HeaderMap) -> bool {
    headers.get_all(header::AUTHORIZATION).iter().any(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let credentials = text.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
        credentials.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("cordon_"))
    })
}
