//! web
pub mod assets;
pub mod shell;
pub mod when;
