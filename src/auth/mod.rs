//! Who is calling, and what they may do.
//!
//! What may not happen here: a proof (`Can`, `SignedIn`, `Bearer`) that was not made by the database's answer.

pub mod bearer;
pub mod gate;
pub mod grants;
pub mod guard;
pub mod oauth;
pub mod opening;
pub mod return_to;
pub mod scope;
pub mod token;
