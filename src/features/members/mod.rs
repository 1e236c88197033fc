//! Members: who is in an organization, in which role, until when, and by whose word.
//!
//! What may not happen here: a role given, changed or taken whose set is not contained in the caller's own, or an
//! organization left without an owner. The database holds the second rule, whatever happens here.

mod events;
mod export;
mod filter;
mod form;
mod handlers;
mod model;
mod present;
mod removal;
mod several;
mod store;
mod views;

#[cfg(test)]
mod tests;

pub use events::ACTIONS;

use crate::{
    features::tokens,
    web::routes::{Org, Routes},
};

/// The pages of the team.
#[must_use]
pub fn routes() -> Routes<Org> {
    Routes::in_org()
        .get("/team", handlers::index)
        .post("/team/leave", removal::leave, &[&events::LEFT, &tokens::REVOKED])
        .get("/team/several", several::ask)
        .post(
            "/team/several",
            several::act,
            &[&events::ROLE_CHANGED, &events::END_CHANGED, &events::REMOVED, &tokens::REVOKED],
        )
        .post("/team/export", export::export, &[&events::EXPORTED])
        .get("/team/{account}", handlers::edit)
        .post("/team/{account}/role", handlers::update, &[&events::ROLE_CHANGED, &events::END_CHANGED])
        .get("/team/{account}/remove", removal::ask)
        .post("/team/{account}/remove", removal::remove, &[&events::REMOVED, &tokens::REVOKED])
        .post("/team/{account}/restoration", removal::restore, &[&events::RESTORED])
}
