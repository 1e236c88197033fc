//! The built program as a process: killed, told to stop, and sending mail over TLS.
//!
//! What may not happen here: a look inside. These tests see what an operator sees: HTTP, signals, the database, mail.

#![expect(clippy::unwrap_used, reason = "in a test's helpers too, what fails fails the test")]

mod house;
mod killed;
mod mail_tls;
mod stopping;
