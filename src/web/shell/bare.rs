//! What pages without the side bar and letters show around their content.
//!
//! What may not happen here: anything that depends on who is signed in.

use super::{Environment, Theme};

/// What `layouts/bare.html` and `layouts/door.html` read, from a field named `bare`.
#[derive(Clone, Debug, Default)]
pub struct Bare {
    /// The chosen colours.
    pub theme: Theme,
    /// Draws the band; `None` on pages that belong to no organization.
    pub environment: Option<Environment>,
    /// What the band says behind the environment's word.
    pub band: String,
}

impl Bare {
    /// Whether the page is about a production organization.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.environment.is_some_and(Environment::is_production)
    }
}

/// What `layouts/email.html` reads, from a field named `letter`.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// The line that mail programs show beside the subject.
    pub preheader: String,
    /// Draws the band; `None` for letters about no organization.
    pub environment: Option<Environment>,
    /// What the band says behind the environment's word.
    pub band: String,
    /// The host people know this installation by.
    pub instance: String,
    /// Who runs it; may be empty.
    pub operator: String,
}
