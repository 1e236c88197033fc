//! Signing in: through a provider, into an account that is known by (provider, subject) alone.
//!
//! What may not happen here: an e-mail address deciding whose account it is.

mod events;
mod store;

pub use events::{ACTIONS, Event, SESSION_ENDED};
pub use store::{Arrival, enroll};
