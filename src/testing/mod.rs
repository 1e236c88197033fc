//! The world that tests live in: a real database, named people, requests as a browser sends them.
//!
//! What may not happen here: a row that the application could not have written. People and organizations are made
//! through the features' own façades.

mod database;
mod world;

pub use world::{Person, Seen, World, audit};
