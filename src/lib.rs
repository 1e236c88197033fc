//! Cordon: who can reach production, why, and until when.

pub mod auth;
pub mod clock;
pub mod db;
pub mod ids;
pub mod web;
