//! Tokens: keys for machines.
//!
//! What may not happen here: a token on a page twice, or one that does more than its maker may now. The form of a token
//! is `auth::token`'s, the check at every request `auth::bearer`'s.

mod api;
mod events;
mod form;
mod handlers;
mod inventory;
mod jobs;
mod model;
mod own;
mod store;
#[cfg(test)]
mod tests;
mod views;
mod with_others;

pub use api::description;
pub use events::{ACTIONS, CREATED, REVOKED};
pub use jobs::{MailTokenEnding, RemindOfTokens};
pub use views::{Card, Flag, Row};
pub use with_others::{card, end_of_app, end_of_member, names_of_member};

use crate::{
    jobs::Jobs,
    web::routes::{Api, ApiOrg, Org, Routes, Site},
};

/// The tokens of an organization and of its apps.
#[must_use]
pub fn routes() -> Routes<Org> {
    Routes::in_org()
        .get("/tokens", handlers::index)
        .get("/tokens/new", handlers::new)
        .post("/tokens", handlers::create, &[&CREATED])
        .get("/tokens/revocation", handlers::confirm_all)
        .post("/tokens/revocation", handlers::revoke_all, &[&REVOKED])
        .get("/tokens/of/{account}/revocation", handlers::confirm_of)
        .post("/tokens/of/{account}/revocation", handlers::revoke_of, &[&REVOKED])
        .get("/tokens/{id}/revocation", handlers::confirm)
        .post("/tokens/{id}/revocation", handlers::revoke, &[&REVOKED])
        .get("/apps/{app}/tokens/new", handlers::new_for_app)
        .post("/apps/{app}/tokens", handlers::create_for_app, &[&CREATED])
}

/// Every token that the caller may see, and their own.
#[must_use]
pub fn site_routes() -> Routes<Site> {
    Routes::site()
        .get("/tokens", inventory::index)
        .get("/tokens.csv", inventory::table)
        .get("/account/tokens", own::index)
        .get("/account/tokens/new", own::new)
        .post("/account/tokens", own::create, &[&CREATED])
        .get("/account/tokens/revocation", own::confirm_all)
        .post("/account/tokens/revocation", own::revoke_all, &[&REVOKED])
        .get("/account/tokens/{id}/revocation", own::confirm)
        .post("/account/tokens/{id}/revocation", own::revoke, &[&REVOKED])
}

/// What a program may ask about the token that it holds.
#[must_use]
pub fn api() -> Routes<Api> {
    Routes::api().get("/token", api::show)
}

/// What a program may ask about a token that it was shown.
#[must_use]
pub fn api_in_org() -> Routes<ApiOrg> {
    Routes::api_in_org().post("/introspect", api::introspect, &[])
}

/// The work behind them.
#[must_use]
pub fn jobs(jobs: Jobs) -> Jobs {
    jobs.on_demand::<MailTokenEnding>().every_minute::<RemindOfTokens>()
}
