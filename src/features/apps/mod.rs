//! Apps: what runs in an organization.
//!
//! What may not happen here: a name that says whether a hidden organization has it, beyond "taken".

mod events;
mod filter;
mod form;
mod handlers;
mod model;
mod moving;
mod pages;
mod store;
#[cfg(test)]
mod tests;
mod views;

pub use events::ACTIONS;
pub use store::gone;

use crate::{
    features::{networks, tokens},
    web::routes::{Org, Routes},
};

/// Lists, pages and changes of apps.
#[must_use]
pub fn routes() -> Routes<Org> {
    Routes::in_org()
        .get("/apps", pages::index)
        .get("/apps/news", pages::news)
        .get("/apps/new", handlers::new)
        .post("/apps", handlers::create, &[&events::CREATED])
        .get("/apps/{app}", pages::show)
        .get("/apps/{app}/news", pages::app_news)
        .get("/apps/{app}/edit", handlers::edit)
        .post("/apps/{app}", handlers::update, &[&events::UPDATED])
        .get("/apps/{app}/deletion", handlers::confirm)
        .get("/apps/{app}/reporting", pages::reporting)
        .get("/apps/{app}/move", moving::show)
        .post(
            "/apps/{app}/move",
            moving::create,
            &[&events::MOVED, &events::ARRIVED, &tokens::REVOKED, &networks::UNEXPOSED],
        )
        .post(
            "/apps/{app}/deletion",
            handlers::destroy,
            &[&events::DELETED, &tokens::REVOKED, &networks::UNEXPOSED],
        )
}
