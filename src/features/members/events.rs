//! What can happen to somebody's access.
//!
//! What may not happen here: a person's name or address in an event's fields; they come from the account.

use serde_json::Value;

use crate::{
    clock::Instant,
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    ids::{AccountId, OrgId},
};

/// Somebody has another role, and perhaps another end.
pub(super) static ROLE_CHANGED: Action = Action {
    name: "org.member_role_changed",
    sentence: "{actor} changed {target} from {role.before} to {role}",
    category: Category::Access,
};
/// Somebody has the same role until another moment, or without end.
pub(super) static END_CHANGED: Action = Action {
    name: "org.member_access_end_changed",
    sentence: "{actor} changed when the access of {target} ends",
    category: Category::Access,
};
/// Somebody's access was ended by another.
pub(super) static REMOVED: Action =
    Action { name: "org.member_removed", sentence: "{actor} removed {target}", category: Category::Access };
/// Somebody gave up their own access.
pub(super) static LEFT: Action =
    Action { name: "org.member_left", sentence: "{actor} left", category: Category::Access };
/// A removal was taken back, on the same terms.
pub(super) static RESTORED: Action = Action {
    name: "org.member_restored",
    sentence: "{actor} restored the access of {target} as {role}",
    category: Category::Access,
};

/// The list of everybody inside was taken away as a file.
pub(super) static EXPORTED: Action = Action {
    name: "org.team_exported",
    sentence: "{actor} exported the team of {target}",
    category: Category::Access,
};

/// Every kind of event of this feature.
pub static ACTIONS: [&Action; 6] = [&ROLE_CHANGED, &END_CHANGED, &REMOVED, &LEFT, &RESTORED, &EXPORTED];

/// Something that happened to one person's access.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// What.
    pub(super) action: &'static Action,
    /// Where.
    pub(super) org: OrgId,
    /// To whom.
    pub(super) account: AccountId,
    /// The roles before and after, as the database spells them; `None` stands for no access.
    pub(super) role: (Option<String>, Option<String>),
    /// The ends before and after; `None` stands for no end, or for no access.
    pub(super) ends: (Option<Instant>, Option<Instant>),
    /// Why, in the words of whoever did it.
    pub(super) reason: Option<String>,
}

impl Audit for Event {
    fn event(&self) -> Entry {
        let at = |end: Option<Instant>| end.map_or(Value::Null, |end| end.to_string().into());
        let mut entry = Entry::new(Chain::Org(self.org), self.action)
            .target("account", self.account.uuid())
            .reason(self.reason.as_deref());
        if self.role.0 != self.role.1 {
            entry = entry.change("role", self.role.0.clone(), self.role.1.clone());
        }
        if self.ends.0 != self.ends.1 {
            entry = entry.change("ends_at", at(self.ends.0), at(self.ends.1));
        }
        entry
    }
}
