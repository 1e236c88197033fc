//! The audit log: what happened, one sentence each, and the proof that nothing was changed since.
//!
//! What may not happen here: a write. Events are appended by `db::audit` alone; this feature only reads and checks.

mod form;
mod handlers;
mod heads;
mod model;
mod sentence;
mod store;
mod verify;
mod views;

use crate::web::routes::{Org, Routes};

pub use heads::{KeptHead, compare, heads};
pub use model::{Entry, Reader};
pub use sentence::Piece;
pub use store::{latest, of_account};
pub use verify::{Fault, Report, verify};
pub use views::{Line, lines};

/// The log's pages.
#[must_use]
pub fn routes() -> Routes<Org> {
    Routes::in_org().get("/audit", handlers::index).get("/audit/{seq}", handlers::show).post(
        "/audit/verification",
        handlers::verification,
        &[],
    )
}

#[cfg(test)]
mod tests;
