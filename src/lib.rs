//! Cordon: who can reach production, why, and until when.
//!
//! The map of the house. Arrows point one way: `main → app → features → {jobs, mail, web} → auth → db → {error, ids,
//! clock, role}`; `tests/architecture.rs` holds them to it.
//!
//! - [`features`]: one folder a noun, each with its handlers, forms, rules, SQL, views and events
//! - [`web`]: reading requests, drawing pages, telling errors
//! - [`jobs`]: what happens after the answer
//! - [`mail`]: letters, over SMTP
//! - [`auth`]: who is calling, and the proofs that handlers and stores demand
//! - [`db`]: transactions, sessions, the audit log's one append

pub mod app;
pub mod auth;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod error;
pub mod features;
pub mod ids;
pub mod jobs;
pub mod mail;
pub mod role;
#[cfg(feature = "sample")]
pub mod sample;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod web;
