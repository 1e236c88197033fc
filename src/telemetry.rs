//! The log: JSON lines in production, short lines on a terminal.
//!
//! What may not happen here: colours made of what a stranger sent. Values are escaped by the formatter.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt};

/// Begins to log to standard error. `CORDON_LOG` chooses levels, as `info,cordon=debug`.
pub fn init() {
    let filter = EnvFilter::try_from_env("CORDON_LOG").unwrap_or_else(|_| EnvFilter::new("warn,cordon=info"));
    let terminal = std::io::stderr().is_terminal();
    let log = fmt().with_env_filter(without_addresses(filter)).with_writer(std::io::stderr);
    if terminal {
        log.with_target(false).compact().init();
    } else {
        log.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
    }
}

/// The same levels, but without the lines in which the library against forged requests writes the whole address:
/// in an invitation's, that is its secret.
pub(crate) fn without_addresses(filter: EnvFilter) -> EnvFilter {
    match "tower_http::csrf=info".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    }
}
