//! Private networks: apps of one network reach each other, and nothing else does unless an exposure says so.
//!
//! What may not happen here: a way between organizations, or a number that two networks had.

mod events;
mod export;
mod form;
mod handlers;
mod map;
mod model;
mod store;
#[cfg(test)]
mod tests;
mod views;

pub use events::{ACTIONS, UNEXPOSED};
pub use export::description;
pub use map::{Around, Map};
pub use model::{Plan, address};
pub use store::{choices, end_of_app};

use crate::web::routes::{ApiOrg, Org, Routes, Site};

/// The networks of an organization, the ways between them, and the files for whoever enforces them.
#[must_use]
pub fn routes() -> Routes<Org> {
    Routes::in_org()
        .get("/networks", handlers::index)
        .get("/networks/new", handlers::new)
        .post("/networks", handlers::create, &[&events::CREATED])
        .get("/networks/export.yaml", export::yaml)
        .get("/networks/export.nft", export::nft)
        .get("/networks/{network}", handlers::show)
        .get("/networks/{network}/deletion", handlers::confirm)
        .post("/networks/{network}/deletion", handlers::destroy, &[&events::DELETED, &events::UNEXPOSED])
        .get("/exposures/new", handlers::new_exposure)
        .post("/exposures", handlers::expose, &[&events::EXPOSED])
        .get("/exposures/{exposure}/deletion", handlers::confirm_exposure)
        .post("/exposures/{exposure}/deletion", handlers::unexpose, &[&events::UNEXPOSED])
}

/// The same files for the organizations of a project.
#[must_use]
pub fn project_routes() -> Routes<Site> {
    Routes::site()
        .get("/projects/{project}/networks/export.yaml", export::project_yaml)
        .get("/projects/{project}/networks/export.nft", export::project_nft)
}

/// The files of one organization for a program that fetches them with a token.
#[must_use]
pub fn api_routes() -> Routes<ApiOrg> {
    Routes::api_in_org()
        .get("/networks/export.yaml", export::api_yaml)
        .get("/networks/export.nft", export::api_nft)
}
