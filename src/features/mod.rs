//! The features, one noun each. A new one adds its line to each list below and nothing else outside its folder.
//!
//! What may not happen here: logic. A feature uses another only through what its `mod.rs` re-exports.

pub mod account;
pub mod apps;
pub mod audit;
pub mod health;
pub mod invites;
pub mod members;
pub mod networks;
pub mod orgs;
pub mod sign_in;

use axum::Router;

use crate::{app::App, db::audit::Action, jobs::Jobs, web::routes::Route};

/// Every route of the program and the table that describes them.
pub fn routes() -> (Router<App>, Vec<Route>) {
    let features = [
        account::routes().finish(),
        apps::routes().finish(),
        audit::routes().finish(),
        health::routes().finish(),
        invites::routes().finish(),
        invites::answer_routes().finish(),
        members::routes().finish(),
        networks::routes().finish(),
        networks::project_routes().finish(),
        orgs::routes().finish(),
        orgs::inside().finish(),
        sign_in::routes().finish(),
    ];
    let mut table = Vec::new();
    let mut router = Router::new();
    for (routes, lines) in features {
        router = router.merge(routes);
        table.extend(lines);
    }
    (router, table)
}

/// Every kind of work that a feature leaves for later.
#[must_use]
pub fn jobs() -> Jobs {
    invites::jobs(Jobs::new())
}

/// Every kind of event that a feature may write.
#[must_use]
pub fn actions() -> Vec<&'static Action> {
    let features: [&[&'static Action]; 7] = [
        &account::ACTIONS,
        &apps::ACTIONS,
        &invites::ACTIONS,
        &members::ACTIONS,
        &networks::ACTIONS,
        &orgs::ACTIONS,
        &sign_in::ACTIONS,
    ];
    features.concat()
}
