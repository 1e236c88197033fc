//! Cordon: who can reach production, why, and until when.

pub mod auth;
pub mod clock;
pub mod db;
pub mod ids;
#[cfg(feature = "sample")]
pub mod sample;
pub mod web;
