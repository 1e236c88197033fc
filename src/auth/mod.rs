//! auth

pub mod return_to;
