//! The features, one noun each. A new one adds its line to each list below and nothing else outside its folder.
//!
//! What may not happen here: logic. A feature uses another only through what its `mod.rs` re-exports.

pub mod account;
pub mod api;
pub mod apps;
pub mod audit;
pub mod gate;
pub mod health;
pub mod invites;
pub mod members;
pub mod networks;
pub mod orgs;
pub mod releases;
pub mod sign_in;
pub mod tokens;

use axum::Router;

use crate::{app::App, db::audit::Action, jobs::Jobs, web::routes::Route};

/// Every route of the program.
#[derive(Debug)]
pub struct Mounted {
    /// For people, who come with a cookie.
    pub pages: Router<App>,
    /// For programs, which come with a token.
    pub api: Router<App>,
    /// What describes them all.
    pub table: Vec<Route>,
}

/// Mounts every route.
#[must_use]
pub fn routes() -> Mounted {
    let pages = [
        account::routes().finish(),
        api::routes().finish(),
        apps::routes().finish(),
        audit::routes().finish(),
        gate::routes().finish(),
        health::routes().finish(),
        invites::routes().finish(),
        invites::answer_routes().finish(),
        members::routes().finish(),
        networks::routes().finish(),
        networks::project_routes().finish(),
        orgs::routes().finish(),
        orgs::inside().finish(),
        sign_in::routes().finish(),
        tokens::routes().finish(),
        tokens::site_routes().finish(),
    ];
    let api = [
        api::api().finish(),
        api::api_in_org().finish(),
        api::api_of_app().finish(),
        networks::api_routes().finish(),
        tokens::api().finish(),
        tokens::api_in_org().finish(),
    ];
    let mut table = Vec::new();
    let mut merged = |parts: Vec<(Router<App>, Vec<Route>)>| {
        parts.into_iter().fold(Router::new(), |router, (routes, lines)| {
            table.extend(lines);
            router.merge(routes)
        })
    };
    let (pages, api) = (merged(pages.into()), merged(api.into()));
    Mounted { pages, api, table }
}

/// Every kind of work that a feature leaves for later.
#[must_use]
pub fn jobs() -> Jobs {
    tokens::jobs(invites::jobs(Jobs::new()))
}

/// Every kind of event that a feature may write.
#[must_use]
pub fn actions() -> Vec<&'static Action> {
    let features: [&[&'static Action]; 9] = [
        &account::ACTIONS,
        &apps::ACTIONS,
        &invites::ACTIONS,
        &members::ACTIONS,
        &networks::ACTIONS,
        &orgs::ACTIONS,
        &releases::ACTIONS,
        &sign_in::ACTIONS,
        &tokens::ACTIONS,
    ];
    features.concat()
}
