//! What can happen to networks.
//!
//! What may not happen here: an event that leaves out a name; after a deletion names are all that is left.

use crate::{
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    features::networks::model::{Exposure, Number},
    ids::{NetworkId, OrgId},
};

/// A network was added.
pub(super) static CREATED: Action = Action {
    name: "network.created",
    sentence: "{actor} added the network {target}",
    category: Category::Network,
};
/// It was deleted, empty.
pub(super) static DELETED: Action = Action {
    name: "network.deleted",
    sentence: "{actor} deleted the network {target}",
    category: Category::Network,
};
/// An app can be reached from another network.
pub(super) static EXPOSED: Action = Action {
    name: "network.exposure_added",
    sentence: "{actor} made {target} reachable from the network {network} on {ports}",
    category: Category::Network,
};
/// It no longer can.
pub static UNEXPOSED: Action = Action {
    name: "network.exposure_removed",
    sentence: "{actor} closed {target} to the network {network.before}",
    category: Category::Network,
};

/// Every kind of event of this feature.
pub static ACTIONS: [&Action; 4] = [&CREATED, &DELETED, &EXPOSED, &UNEXPOSED];

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Created { org: OrgId, id: NetworkId, name: String, number: Number },
    Deleted { org: OrgId, id: NetworkId, name: String, number: Number },
    Exposed { org: OrgId, exposure: Exposure },
    Unexposed { org: OrgId, exposure: Exposure },
}

impl Audit for Event {
    fn event(&self) -> Entry {
        match self {
            Self::Created { org, id, name, number } => Entry::new(Chain::Org(*org), &CREATED)
                .target("network", id.uuid())
                .named(name)
                .change("prefix", (), number.prefix()),
            Self::Deleted { org, id, name, number } => Entry::new(Chain::Org(*org), &DELETED)
                .target("network", id.uuid())
                .named(name)
                .change("prefix", number.prefix(), ()),
            Self::Exposed { org, exposure } => about(*org, &EXPOSED, exposure)
                .change("network", (), exposure.source.as_str())
                .change("ports", (), exposure.ports.told(exposure.protocol)),
            Self::Unexposed { org, exposure } => about(*org, &UNEXPOSED, exposure)
                .change("network", exposure.source.as_str(), ())
                .change("ports", exposure.ports.told(exposure.protocol), ()),
        }
    }
}

/// What happens to an exposure happens to its app: one history holds both.
fn about(org: OrgId, action: &'static Action, exposure: &Exposure) -> Entry {
    Entry::new(Chain::Org(org), action).target("app", exposure.app.uuid()).named(&exposure.app_name)
}
