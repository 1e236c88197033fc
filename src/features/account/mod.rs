//! A person's own account: name, looks, ways in, sessions.
//!
//! What may not happen here: a change to anybody else's account, whatever role the caller has anywhere.

mod events;
mod form;
mod handlers;
mod model;
mod store;
#[cfg(all(test, feature = "sample"))]
mod tests;
mod views;

pub use events::ACTIONS;

use crate::{
    features::sign_in::SESSION_ENDED,
    web::routes::{Routes, Site},
};

/// The page, and what can be changed on it.
#[must_use]
pub fn routes() -> Routes<Site> {
    Routes::site()
        .get("/account", handlers::index)
        .post("/account/profile", handlers::update_profile, &[&events::UPDATED])
        .post("/account/appearance", handlers::update_appearance, &[&events::APPEARANCE_CHANGED])
        .post("/account/sessions/{session}/end", handlers::end_session, &[&SESSION_ENDED])
        .get("/account/sessions/end-all", handlers::confirm_end_all)
        .post("/account/sessions/end-all", handlers::end_all, &[&SESSION_ENDED])
}
