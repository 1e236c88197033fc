//! What a program may ask: about the token that it holds, and whether one that it was shown is good (RFC 7662).
//!
//! What may not happen here: an answer that tells a token of another organization from no token at all.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::store;
use crate::{
    app::App,
    auth::{
        bearer::{AnyToken, Bearer},
        guard::Db,
        token::Secret,
    },
    clock::Instant,
    error::Result,
    ids::{AccountId, TokenId},
    role::{Introspect, Permissions},
    web::form::Form,
};

/// The token that came with the request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnToken)]
pub(super) struct Own {
    #[schema(value_type = Uuid)]
    id: TokenId,
    name: String,
    kind: String,
    scope: &'static str,
    /// Who made it.
    #[schema(value_type = Uuid)]
    account: AccountId,
    org: Option<String>,
    app: Option<String>,
    #[schema(value_type = String, format = "date-time")]
    created_at: Instant,
    #[schema(value_type = String, format = "date-time")]
    expires_at: Instant,
    /// What it may do in its organization now.
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Vec<String>>,
}

/// The token that came with the request
#[utoipa::path(get, path = "/api/v1/token", operation_id = "token", tag = "tokens", responses((status = 200, body = Own)))]
pub(super) async fn show(who: AnyToken) -> Json<Own> {
    let token = who.token();
    Json(Own {
        id: token.id,
        name: token.name.clone(),
        kind: token.kind.clone(),
        scope: token.scope.key(),
        account: who.maker().id,
        org: who.org().map(|org| org.slug.clone()),
        app: token.app.clone(),
        created_at: token.created_at,
        expires_at: token.expires_at,
        permissions: who.org().map(|org| who.permissions_as(&org.roles).keys()),
    })
}

/// RFC 7662, section 2.1. Parameters that are not known are ignored, as OAuth wants it.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Question {
    token: String,
    #[serde(default, rename = "token_type_hint")]
    _hint: Option<String>,
}

/// RFC 7662, section 2.2.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Introspection)]
pub(super) enum Answer {
    Good(Box<Good>),
    Not(NotGood),
}

/// Nothing but that: why is nobody's business.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotGood {
    active: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GoodToken)]
pub(super) struct Good {
    active: bool,
    /// What it may do in this organization now, separated by spaces.
    scope: String,
    token_type: &'static str,
    exp: i64,
    iat: i64,
    iss: String,
    /// Who made it.
    #[schema(value_type = Uuid)]
    sub: AccountId,
    /// The organization that was asked about.
    aud: String,
    #[schema(value_type = Uuid)]
    jti: TokenId,
    /// Ours: what it is for.
    kind: String,
    /// Ours: what its maker called it.
    name: String,
    /// Ours: the one app that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<String>,
}

/// Whether a token is good for this organization
///
/// RFC 7662, for services that are shown tokens. A token of another organization is as unknown as none.
#[utoipa::path(post, path = "/api/v1/orgs/{org}/introspect", tag = "tokens", params(
    ("org" = String, Path, description = "Its slug"),
), request_body(content = Question, content_type = "application/x-www-form-urlencoded"),
responses((status = 200, body = Answer)))]
pub(super) async fn introspect(
    who: Bearer<Introspect>,
    db: Db,
    State(app): State<App>,
    Form(question): Form<Question>,
) -> Result<Json<Answer>> {
    let not = || Ok(Json(Answer::Not(NotGood { active: false })));
    let Some(secret) = Secret::parse(&question.token) else { return not() };
    let Some(known) = store::look(&mut db.read(&who).await?, &secret.hash()).await? else { return not() };
    let seconds = |moment: Instant| moment.timestamp().as_second();
    let permissions: Permissions = known.scope.permissions() & known.roles.permissions();
    Ok(Json(Answer::Good(Box::new(Good {
        active: true,
        scope: permissions.keys().join(" "),
        token_type: "Bearer",
        exp: seconds(known.expires_at),
        iat: seconds(known.created_at),
        iss: app.config.web.base_url.origin().ascii_serialization(),
        sub: known.account,
        aud: who.org().slug.clone(),
        jti: known.id,
        kind: known.kind,
        name: known.name,
        app: known.app,
    }))))
}

#[derive(OpenApi)]
#[openapi(paths(show, introspect))]
struct Description;

/// These addresses, for the description of the API.
#[must_use]
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
