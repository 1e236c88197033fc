//! What an organization is made of, checked.
//!
//! What may not happen here: a slug that a path or a person's organization already means something by.

use crate::{
    clock::Instant,
    features::networks,
    role::{Role, Roles},
    web::{form::Version, text},
};

/// What the organization is for. Set when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Reaches customers.
    Production,
    /// Looks like production, reaches nobody.
    Staging,
    /// Everything else.
    Development,
}

impl Environment {
    /// Every environment that can be chosen, in the form's order.
    pub const ALL: [Self; 3] = [Self::Production, Self::Staging, Self::Development];

    /// As the database spells it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
        }
    }

    /// The environment of that name in a form.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|environment| environment.key() == key)
    }
}

/// What is paid for. It limits nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plan {
    /// Nothing to pay.
    #[default]
    Free,
    /// By the seat.
    Team,
}

impl Plan {
    /// Every plan, in the form's order.
    pub const ALL: [Self; 2] = [Self::Free, Self::Team];

    /// As the database spells it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Team => "team",
        }
    }

    /// As a page writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Team => "Team",
        }
    }

    /// The plan of that name in a form.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.key() == key)
    }
}

/// An organization's name in URLs: `[a-z0-9-]`, 3 to 63, starts with a letter, and no word that the product needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

/// Words that would read as a page or as the product itself.
const RESERVED: [&str; 22] = [
    "access",
    "account",
    "admin",
    "all",
    "api",
    "apps",
    "audit",
    "billing",
    "cordon",
    "help",
    "invitations",
    "mine",
    "new",
    "null",
    "organizations",
    "orgs",
    "personal",
    "root",
    "settings",
    "sign-in",
    "support",
    "switcher",
];

impl Slug {
    /// # Errors
    /// The sentence for the field.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let text = text::slug(typed, 3..=63, true)?;
        // What nobody can own is what the guard asks for instead of an impossible name.
        if RESERVED.contains(&text.as_str()) || text == "no-such-organization" {
            return Err("That word is taken by Cordon itself. Choose another.".into());
        }
        Ok(Self(text))
    }

    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One organization to be made.
#[derive(Clone, Debug)]
pub struct NewOrg {
    /// In URLs.
    pub slug: Slug,
    /// For people.
    pub name: String,
    /// What it is for.
    pub environment: Environment,
    /// What is paid for.
    pub plan: Plan,
}

/// A project pair to be made: `<project>-staging` and `<project>-production`.
#[derive(Clone, Debug)]
pub struct NewPair {
    /// The project's name, which begins both slugs.
    pub project: String,
}

impl NewPair {
    /// # Errors
    /// The sentence for the field.
    pub fn parse(typed: &str) -> Result<Self, String> {
        // The longer of the two slugs has 11 characters more.
        let project = text::slug(typed, 2..=51, true)?;
        Slug::parse(&format!("{project}-production"))?;
        Ok(Self { project })
    }

    /// Staging first, production second.
    #[must_use]
    pub fn orgs(&self) -> [NewOrg; 2] {
        [Environment::Staging, Environment::Production].map(|environment| {
            let slug = format!("{}-{}", self.project, environment.key());
            NewOrg { name: slug.clone(), slug: Slug(slug), environment, plan: Plan::Free }
        })
    }
}

/// What the form asks for.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) what: What,
    /// Whom to invite as another owner; a canonical address.
    pub(super) second_owner: Option<String>,
}

/// Which organizations.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Staging and production of one project.
    Pair(NewPair),
    /// One organization on its own.
    One(NewOrg),
}

impl What {
    /// Whether one of them reaches customers.
    pub(super) fn has_production(&self) -> bool {
        match self {
            Self::Pair(_) => true,
            Self::One(org) => org.environment == Environment::Production,
        }
    }
}

/// What an organization's people may change about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) description: String,
}

impl Settings {
    /// What their form is made from.
    pub(super) fn version(&self) -> Version {
        Version::of([self.name.as_str(), self.description.as_str()])
    }
}

/// One of the caller's organizations in the list.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) environment: String,
    /// The project's name; empty when it belongs to none.
    pub(super) project: String,
    pub(super) roles: Roles,
    pub(super) people: usize,
    /// Sorts projects first, then what stands alone, then the personal organization; equal within a project.
    pub(super) group: String,
}

/// An offer that waits for the caller.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) org: String,
    pub(super) environment: String,
    pub(super) role: Option<Role>,
    pub(super) inviter: String,
    pub(super) expires_at: Instant,
}

/// What the overview says about an organization beside its people.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) project: Option<String>,
    pub(super) plan: Plan,
    pub(super) created_by: String,
    pub(super) created_at: Instant,
    /// For those who may look inside.
    pub(super) networks: Option<networks::Plan>,
    /// How many people came and went, day by day since the beginning that was asked for.
    pub(super) steps: Vec<(i32, i64)>,
    /// Invitations that go no further by themselves.
    pub(super) stuck: Vec<Stuck>,
}

/// An invitation that somebody has to look at.
#[derive(Clone, Debug)]
pub(super) struct Stuck {
    pub(super) email: String,
    pub(super) role: Option<Role>,
    pub(super) inviter: String,
    /// It waits for an admin's approval; otherwise its mail could not be sent.
    pub(super) held: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_product_are_no_slugs() {
        for word in RESERVED {
            assert!(Slug::parse(word).is_err(), "{word}");
        }
        assert!(Slug::parse("acme-production").is_ok());
    }

    #[test]
    fn a_pair_has_two_slugs() {
        let pair = NewPair::parse("harbor").unwrap();
        assert_eq!(pair.orgs().map(|org| org.slug.0), ["harbor-staging", "harbor-production"]);
        assert!(NewPair::parse(&"x".repeat(52)).is_err());
    }
}
