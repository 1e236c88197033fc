//! What can happen at the door; all of it belongs to the account's own chain.
//!
//! What may not happen here: a secret of the provider or of the session.

use crate::{
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    ids::AccountId,
};

/// An account was made at its first sign-in.
pub(super) static ACCOUNT_CREATED: Action = Action {
    name: "account.created",
    sentence: "{actor} signed in for the first time",
    category: Category::Account,
};
/// A session began.
pub(super) static SESSION_STARTED: Action =
    Action { name: "session.started", sentence: "{actor} signed in", category: Category::Account };
/// A session was ended by its person.
pub(super) static SESSION_ENDED: Action =
    Action { name: "session.ended", sentence: "{actor} signed out", category: Category::Account };

/// Every kind of event of this feature.
pub static ACTIONS: [&Action; 3] = [&ACCOUNT_CREATED, &SESSION_STARTED, &SESSION_ENDED];

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The account is new.
    AccountCreated(AccountId),
    /// A session began, through this provider.
    SessionStarted(AccountId, String),
    /// A session ended.
    SessionEnded(AccountId),
}

impl Audit for Event {
    fn event(&self) -> Entry {
        let (account, action) = match self {
            Self::AccountCreated(account) => (account, &ACCOUNT_CREATED),
            Self::SessionStarted(account, _) => (account, &SESSION_STARTED),
            Self::SessionEnded(account) => (account, &SESSION_ENDED),
        };
        let entry = Entry::new(Chain::Account(*account), action).target("account", account.uuid());
        match self {
            Self::SessionStarted(_, provider) => entry.change("provider", (), provider.as_str()),
            _ => entry,
        }
    }
}
