//! Signing in: through a provider, into an account that is known by (provider, subject) alone; and signing out.
//!
//! What may not happen here: an e-mail address deciding whose account it is.

mod events;
mod form;
mod handlers;
mod limits;
mod model;
mod store;
#[cfg(all(test, feature = "sample"))]
mod tests;
mod views;

pub use events::{ACTIONS, Ending, Event, SESSION_ENDED};
pub use limits::Limits;
pub use model::Arrival;
pub use store::enroll;

use crate::{
    features::orgs,
    web::routes::{Routes, Site},
};

/// The door: in and out.
#[must_use]
pub fn routes() -> Routes<Site> {
    Routes::site()
        .get("/sign-in", handlers::index)
        .get("/sign-in/{provider}", handlers::again)
        .post("/sign-in/{provider}", handlers::start, &[])
        .get_that_writes(
            "/sign-in/{provider}/callback",
            handlers::callback,
            &[&events::ACCOUNT_CREATED, &orgs::CREATED, &events::SESSION_STARTED, &events::SESSION_ENDED],
        )
        .post("/sign-out", handlers::destroy, &[&events::SESSION_ENDED])
}
