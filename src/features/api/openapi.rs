//! The description of the API, made from the handlers and the types themselves.
//!
//! What may not happen here: a hand-written path. What every answer has in common is added to all of them.

use axum::Json;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    auth::guard::Anyone,
    features::{api::handlers, networks, tokens},
    web::problem::{Field, Problem},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Cordon",
        version = "1",
        description = "Organizations, apps and releases for programs. Errors are problem details (RFC 9457).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        handlers::orgs,
        handlers::org,
        handlers::apps,
        handlers::app,
        handlers::releases,
        handlers::report,
    ),
    components(schemas(Problem, Field))
)]
struct Description;

/// What every address has in common: the token, and the answers to what is wrong before a handler is asked.
struct Common;

/// The problems that any address may answer with.
const PROBLEMS: [(&str, &str); 6] = [
    ("400", "The request is malformed"),
    ("401", "No token, or one that is not good; `WWW-Authenticate` says which"),
    ("403", "A good token that may not do this"),
    ("404", "There is nothing here, or the token does not reach it"),
    ("422", "Something that was sent does not fit; `errors` says what, field by field, where it can"),
    ("503", "A part that this needs does not answer; try again after `Retry-After`"),
];
/// The problems of an address that takes a body.
const BODY_PROBLEMS: [(&str, &str); 2] =
    [("413", "The body is too large"), ("415", "The body is of another type than this address takes")];

impl Modify for Common {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_with(Default::default);
        let mut scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        scheme.description = Some("A token: `cordon_…`. Made in the dashboard, shown once.".into());
        components.security_schemes.insert("token".into(), RefOr::T(SecurityScheme::Http(scheme)));
        let none: [&str; 0] = [];
        api.security = Some(vec![SecurityRequirement::new("token", none)]);
        for item in api.paths.paths.values_mut() {
            for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
                add_problems(operation);
            }
        }
    }
}

fn add_problems(operation: &mut Operation) {
    let body: &[(&str, &str)] = if operation.request_body.is_some() { &BODY_PROBLEMS } else { &[] };
    for (status, words) in PROBLEMS.iter().chain(body) {
        let content =
            ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
        let response =
            ResponseBuilder::new().description(*words).content("application/problem+json", content).build();
        operation.responses.responses.entry((*status).to_owned()).or_insert(RefOr::T(response));
    }
}

pub(super) async fn show(_: Anyone) -> Json<utoipa::openapi::OpenApi> {
    Json(describe())
}

/// The whole description.
pub(super) fn describe() -> utoipa::openapi::OpenApi {
    let mut api = Description::openapi();
    api.merge(networks::description());
    api.merge(tokens::description());
    Common.modify(&mut api);
    api
}
