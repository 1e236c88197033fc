//! What can happen to an account; it belongs to the account's own chain.
//!
//! What may not happen here: an event about a person in the chain of somebody else.

use crate::{
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    features::account::model::{Appearance, Profile},
    ids::AccountId,
};

/// The name that others see was changed.
pub(super) static UPDATED: Action = Action {
    name: "account.updated",
    sentence: "{actor} changed their name from {name.before} to {name}",
    category: Category::Account,
};
/// Time zone, theme or keys were changed.
pub(super) static APPEARANCE_CHANGED: Action = Action {
    name: "account.appearance_changed",
    sentence: "{actor} changed how Cordon looks to them",
    category: Category::Account,
};

/// Every kind of event of this feature.
pub static ACTIONS: [&Action; 2] = [&UPDATED, &APPEARANCE_CHANGED];

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Updated { account: AccountId, before: Profile, after: Profile },
    AppearanceChanged { account: AccountId, before: Appearance, after: Appearance },
}

impl Audit for Event {
    fn event(&self) -> Entry {
        let entry = |account: &AccountId, action| {
            Entry::new(Chain::Account(*account), action).target("account", account.uuid())
        };
        match self {
            Self::Updated { account, before, after } => {
                entry(account, &UPDATED).change("name", before.name.as_str(), after.name.as_str())
            }
            Self::AppearanceChanged { account, before, after } => {
                let mut entry = entry(account, &APPEARANCE_CHANGED);
                if before.time_zone != after.time_zone {
                    entry = entry.change("time_zone", before.time_zone.as_str(), after.time_zone.as_str());
                }
                if before.theme != after.theme {
                    entry = entry.change("theme", before.theme, after.theme);
                }
                if before.single_keys != after.single_keys {
                    entry = entry.change("single_keys", before.single_keys, after.single_keys);
                }
                entry
            }
        }
    }
}
