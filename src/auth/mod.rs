//! auth

pub mod oauth;
pub mod return_to;
