//! Organizations: the unit of isolation.
//!
//! What may not happen here: an organization without an owner, or one that another account could read before it was
//! let in.

mod events;
mod model;
mod store;

pub use events::{ACTIONS, Event};
pub use model::{Environment, NewOrg, NewPair, Slug};
pub use store::{found, found_personal};
