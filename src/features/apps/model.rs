//! What an app is.
//!
//! What may not happen here: a network changed after creation; there is no field for it.

use crate::{
    clock::Instant,
    ids::{AccountId, AppId},
    web::text,
};

/// An app's name: 1 to 63 of `[a-z0-9-]`, unique over the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AppName(String);

impl AppName {
    pub(super) fn parse(typed: &str) -> Result<Self, String> {
        let name = text::slug(typed, 1..=63, false)?;
        // A page of the list stands at that address.
        if name == "new" {
            Err("That word is taken by Cordon itself. Choose another.".into())
        } else {
            Ok(Self(name))
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An app as its form describes it.
#[derive(Clone, Debug)]
pub(super) struct NewApp {
    pub(super) name: AppName,
    /// By its name in the organization.
    pub(super) network: String,
    pub(super) description: String,
    pub(super) url: Option<String>,
}

/// An app as it stands.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) id: AppId,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) url: Option<String>,
    pub(super) network: String,
    pub(super) owner: Option<AccountId>,
    pub(super) owner_name: Option<String>,
    pub(super) created_at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["a", "web", "7-eleven", &"a".repeat(63)] {
            assert!(AppName::parse(good).is_ok(), "{good}");
        }
        for odd in ["", "new", "-web", "Web", "we b", "wéb", &"a".repeat(64)] {
            assert!(AppName::parse(odd).is_err(), "{odd}");
        }
    }
}
