//! The API's reading side and the one thing that pipelines write: releases.
//!
//! What may not happen here: a rule of its own. Guards are `auth::bearer`'s, what is written is `releases`'; and an answer
//! that the description served at `/api/v1/openapi.json` does not name.

mod asked;
mod handlers;
mod openapi;
mod shapes;
mod store;
#[cfg(test)]
mod tests;

use crate::{
    features::releases,
    web::routes::{Api, ApiOrg, Routes, Site},
};

/// The description of the API, for anyone.
#[must_use]
pub fn routes() -> Routes<Site> {
    Routes::site().get("/api/v1/openapi.json", openapi::show)
}

/// What a token sees across organizations.
#[must_use]
pub fn api() -> Routes<Api> {
    Routes::api().get("/orgs", handlers::orgs)
}

/// One organization.
#[must_use]
pub fn api_in_org() -> Routes<ApiOrg> {
    Routes::api_in_org().get("", handlers::org).get("/apps", handlers::apps)
}

/// One app, found by its name alone.
#[must_use]
pub fn api_of_app() -> Routes<ApiOrg> {
    Routes::api_of_app().get("", handlers::app).get("/releases", handlers::releases).post(
        "/releases",
        handlers::report,
        &[&releases::STARTED, &releases::SUCCEEDED, &releases::FAILED],
    )
}
