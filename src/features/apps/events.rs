//! What can happen to an app.
//!
//! What may not happen here: an event without the app's name; after a deletion the name is all that is left.

use crate::{
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    features::apps::model::{App, NewApp},
    ids::{AppId, OrgId},
};

/// An app was added.
pub(super) static CREATED: Action =
    Action { name: "app.created", sentence: "{actor} added the app {target}", category: Category::App };
/// Its facts were changed.
pub(super) static UPDATED: Action =
    Action { name: "app.updated", sentence: "{actor} changed the app {target}", category: Category::App };
/// It was deleted.
pub(super) static DELETED: Action =
    Action { name: "app.deleted", sentence: "{actor} deleted the app {target}", category: Category::App };

/// It went to another organization. The log does not say which: its readers may not know that one.
pub(super) static MOVED: Action = Action {
    name: "app.moved",
    sentence: "{actor} moved the app {target} to another organization",
    category: Category::App,
};
/// It came from another organization.
pub(super) static ARRIVED: Action = Action {
    name: "app.arrived",
    sentence: "{actor} moved the app {target} here from another organization",
    category: Category::App,
};

/// Every kind of event of this feature.
pub static ACTIONS: [&Action; 5] = [&CREATED, &UPDATED, &DELETED, &MOVED, &ARRIVED];

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Created { org: OrgId, id: AppId, app: NewApp },
    Updated { org: OrgId, before: App, after: NewApp },
    Deleted { org: OrgId, app: App },
    Moved { org: OrgId, app: App },
    Arrived { org: OrgId, app: App },
}

impl Audit for Event {
    fn event(&self) -> Entry {
        match self {
            Self::Created { org, id, app } => {
                let entry =
                    Entry::new(Chain::Org(*org), &CREATED).target("app", id.uuid()).named(app.name.as_str());
                let entry = entry.change("network", (), app.network.as_str());
                facts(entry, ("", None), (&app.description, app.url.as_deref()))
            }
            Self::Updated { org, before, after } => {
                let entry = Entry::new(Chain::Org(*org), &UPDATED)
                    .target("app", before.id.uuid())
                    .named(&before.name);
                let was = (before.description.as_str(), before.url.as_deref());
                facts(entry, was, (&after.description, after.url.as_deref()))
            }
            Self::Deleted { org, app } => {
                Entry::new(Chain::Org(*org), &DELETED).target("app", app.id.uuid()).named(&app.name)
            }
            Self::Moved { org, app } => Entry::new(Chain::Org(*org), &MOVED)
                .target("app", app.id.uuid())
                .named(&app.name)
                .change("network", app.network.as_str(), ()),
            Self::Arrived { org, app } => Entry::new(Chain::Org(*org), &ARRIVED)
                .target("app", app.id.uuid())
                .named(&app.name)
                .change("network", (), "default"),
        }
    }
}

fn facts(mut entry: Entry, before: (&str, Option<&str>), after: (&str, Option<&str>)) -> Entry {
    if before.0 != after.0 {
        entry = entry.change("description", before.0, after.0);
    }
    if before.1 != after.1 {
        entry = entry.change("url", before.1, after.1);
    }
    entry
}
