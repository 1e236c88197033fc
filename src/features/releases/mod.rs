//! Releases: which version of an app was deployed, by whom, and how it went, as its pipeline reports it.
//!
//! What may not happen here: deploying. A release is a report; what runs elsewhere is never touched.

mod events;
mod form;
mod model;
mod store;

pub use events::{ACTIONS, FAILED, Reported, STARTED, SUCCEEDED};
pub use form::{RawReport, Report, StatusKey};
pub use model::{Author, BARS, Bar, Release, Status, picture};
pub use store::{Answered, Page, Reporter, answered, list, lock_app, remember, report};
