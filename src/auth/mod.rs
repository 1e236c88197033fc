//! Who is calling, and what they may do.
//!
//! What may not happen here: a proof (`Can`, `SignedIn`) that was not made by the database's answer.

pub mod grants;
pub mod guard;
pub mod oauth;
pub mod return_to;
pub mod scope;
