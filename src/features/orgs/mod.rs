//! Organizations: the unit of isolation.
//!
//! What may not happen here: an organization without an owner, or one that another account could read before it was
//! let in.

mod events;
mod form;
mod handlers;
mod model;
mod store;
#[cfg(test)]
mod tests;
mod views;

pub use events::{ACTIONS, CREATED, Event};
pub use model::{Environment, NewOrg, NewPair, Plan, Slug};
pub use store::{found, found_personal};

use crate::{
    features::invites,
    web::routes::{Org, Routes, Site},
};

/// The list of the caller's organizations, and the making of new ones.
#[must_use]
pub fn routes() -> Routes<Site> {
    Routes::site()
        .get("/", handlers::home)
        .get("/orgs", handlers::index)
        .get("/orgs/switcher", handlers::switcher)
        .get("/orgs/new", handlers::new)
        .get("/orgs/new/preview", handlers::preview)
        .post("/orgs", handlers::create, &[&events::CREATED, &invites::SENT])
}

/// One organization's first page and its settings.
#[must_use]
pub fn inside() -> Routes<Org> {
    Routes::in_org().get("", handlers::show).get("/settings", handlers::settings).post(
        "/settings",
        handlers::update,
        &[&events::UPDATED],
    )
}
