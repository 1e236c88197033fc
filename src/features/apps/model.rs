//! What an app is.
//!
//! What may not happen here: a network changed after creation; there is no field for it.

use crate::{
    ids::AppId,
    web::{form::Version, text},
};

/// An app's name: 1 to 63 of `[a-z0-9-]`, unique over the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AppName(String);

impl AppName {
    pub(super) fn parse(typed: &str) -> Result<Self, String> {
        let name = text::slug(typed, 1..=63, false)?;
        // Pages of the list stand at those addresses.
        if matches!(name.as_str(), "new" | "news") {
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
    pub(super) owner_name: Option<String>,
}

/// How an app left an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// To another organization.
    Moved,
    /// For ever.
    Deleted,
}

impl Left {
    /// What happened to the app of that name.
    pub(super) fn sentence(self, name: &str) -> String {
        match self {
            Self::Moved => format!("{name} was moved to another organization. Nothing was changed."),
            Self::Deleted => format!("{name} was deleted. Nothing was changed."),
        }
    }
}

/// How an app stands next to its counterpart in the paired organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The same build.
    Same,
    /// The other one had so many builds since.
    Behind(i32),
    /// It had so many builds since the other one's.
    Ahead(i32),
    /// Neither ever had the other's.
    Differs,
}

impl Standing {
    /// As the database spells it.
    pub(super) fn read(standing: &str, distance: i32) -> Self {
        match standing {
            "same" => Self::Same,
            "behind" => Self::Behind(distance),
            "ahead" => Self::Ahead(distance),
            _ => Self::Differs,
        }
    }
}

impl App {
    /// What its form is made from.
    pub(super) fn version(&self) -> Version {
        Version::of([self.description.as_str(), self.url.as_deref().unwrap_or_default()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["a", "web", "7-eleven", &"a".repeat(63)] {
            assert!(AppName::parse(good).is_ok(), "{good}");
        }
        for odd in ["", "new", "news", "-web", "Web", "we b", "wéb", &"a".repeat(64)] {
            assert!(AppName::parse(odd).is_err(), "{odd}");
        }
    }
}
