//! What can happen to an organization itself.
//!
//! What may not happen here: a person's name or address in an event's fields.

use crate::{
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    ids::OrgId,
};

/// An organization was made.
pub static CREATED: Action =
    Action { name: "org.created", sentence: "{actor} created {target}", category: Category::Org };
/// Its name or description was changed.
pub(super) static UPDATED: Action = Action {
    name: "org.updated",
    sentence: "{actor} changed the settings of {target}",
    category: Category::Org,
};

/// Every kind of event of this feature.
pub static ACTIONS: [&Action; 2] = [&CREATED, &UPDATED];

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// It was made, with its first owner.
    Created {
        /// The organization.
        org: OrgId,
        /// Its slug.
        slug: String,
        /// Its environment.
        environment: &'static str,
        /// Its plan.
        plan: &'static str,
    },
    /// Name or description changed.
    Updated {
        /// The organization.
        org: OrgId,
        /// Its slug.
        slug: String,
        /// Before and after, where it differs.
        name: Option<(String, String)>,
        /// Before and after, where it differs.
        description: Option<(String, String)>,
    },
}

impl Event {
    /// The organization that was made, and whether it is production.
    pub(super) fn founded(&self) -> Option<(OrgId, bool)> {
        match self {
            Self::Created { org, environment, .. } => Some((*org, *environment == "production")),
            Self::Updated { .. } => None,
        }
    }
}

impl Audit for Event {
    fn event(&self) -> Entry {
        match self {
            Self::Created { org, slug, environment, plan } => Entry::new(Chain::Org(*org), &CREATED)
                .target("org", org.uuid())
                .named(slug)
                .change("environment", (), *environment)
                .change("owner", (), "founder")
                .change("plan", (), *plan),
            Self::Updated { org, slug, name, description } => {
                let mut entry = Entry::new(Chain::Org(*org), &UPDATED).target("org", org.uuid()).named(slug);
                if let Some((before, after)) = name {
                    entry = entry.change("name", before.as_str(), after.as_str());
                }
                if let Some((before, after)) = description {
                    entry = entry.change("description", before.as_str(), after.as_str());
                }
                entry
            }
        }
    }
}
