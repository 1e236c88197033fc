//! The stage of the browser tests: one `cordon sample`, one Chromium per person, and what is looked at on every page.
//!
//! What may not happen here: reaching into the program. Everything is done as a person would do it.

mod browser;
mod checks;
mod find;
mod folders;
mod process;
mod sample;
mod stage;

pub use browser::{Browser, Script};
pub use folders::{cordon as program, npm, temporary};
pub use process::{Process, free_ports, until};
pub use sample::{Mail, Sample};
pub use stage::{Stage, Story, Tale, run};
