//! Invitations: a mailed, single-use offer of a grant.
//!
//! What may not happen here: a token that is stored, a join by anybody but the account with that verified address, or a
//! role that its inviter may not give at the moment of joining.

mod answers;
mod events;
mod form;
mod handlers;
mod jobs;
mod model;
mod store;
mod views;

pub use events::SENT;
pub use events::{ACTIONS, Event};
pub use jobs::{ExpireInvitations, SendInvitation};
pub use model::Row;
pub use store::{offer_ownership, pending};

use crate::{
    jobs::Jobs,
    web::routes::{Org, Routes, Site},
};
use events::{ACCEPTED, APPROVED, DECLINED, HELD, RESENT, REVOKED};

/// The pages of those who invite.
#[must_use]
pub fn routes() -> Routes<Org> {
    Routes::in_org()
        .get("/invites", handlers::index)
        .get("/invites/new", handlers::new)
        .get("/invites/preview", handlers::preview)
        .post("/invites", handlers::create, &[&SENT, &RESENT])
        .post("/invites/{id}/resend", handlers::resend, &[&RESENT])
        .post("/invites/{id}/withdraw", handlers::withdraw, &[&REVOKED])
        .post("/invites/{id}/approve", handlers::approve, &[&APPROVED])
}

/// The pages of those who are invited.
#[must_use]
pub fn answer_routes() -> Routes<Site> {
    Routes::site()
        .get("/invitations/{token}", answers::open)
        .get("/invitations/mine", answers::show)
        .post("/invitations/mine/acceptance", answers::accept, &[&ACCEPTED, &HELD])
        .post("/invitations/mine/decline", answers::decline, &[&DECLINED])
}

/// The work behind them.
#[must_use]
pub fn jobs(jobs: Jobs) -> Jobs {
    jobs.on_demand::<SendInvitation>().every_minute::<ExpireInvitations>()
}

#[cfg(test)]
mod tests;
