//! HTTP: how requests are read, pages are drawn and errors are told.
//!
//! What may not happen here: a feature's noun, or SQL.

pub mod assets;
pub mod csv;
pub mod download;
pub mod error_pages;
pub mod find;
pub mod flash;
pub mod form;
pub mod frame;
pub mod hx;
pub mod json;
pub mod limit;
pub mod page;
pub mod problem;
pub mod proof;
pub mod routes;
pub mod security;
pub mod shell;
pub mod text;
pub mod trace;
pub mod when;
