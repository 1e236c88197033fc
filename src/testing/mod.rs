//! The world that tests live in: a real database, named people, requests as a browser sends them.
//!
//! What may not happen here: a row that the application could not have written. People and organizations are made
//! through the features' own façades.

mod api;
mod coverage;
mod database;
mod hidden;
#[cfg(feature = "sample")]
mod idp;
mod paging;
mod statements;
mod tokens;
mod world;

pub(crate) use coverage::path;
#[cfg(feature = "sample")]
pub(crate) use database::TestDatabase;
#[cfg(feature = "sample")]
pub(crate) use idp::{Browser, Door, query};
pub(crate) use paging::older;
pub(crate) use world::{Person, Seen, World, audit};
