//! What can happen at the door; all of it belongs to the account's own chain.
//!
//! What may not happen here: a secret of the provider or of the session.

use crate::{
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    ids::{AccountId, SessionId},
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
/// A session was ended before its time.
pub static SESSION_ENDED: Action =
    Action { name: "session.ended", sentence: "{actor} ended a session: {how}", category: Category::Account };

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
    SessionEnded(AccountId, SessionId, Ending),
}

/// How a session came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// In the browser it belongs to.
    SignedOut,
    /// Another sign-in in the same browser took its place.
    Replaced,
    /// From another session of the same person.
    Elsewhere,
    /// The person has too many; this was the oldest.
    TooMany,
}

impl Ending {
    const fn word(self) -> &'static str {
        match self {
            Self::SignedOut => "signed out",
            Self::Replaced => "signed in again",
            Self::Elsewhere => "from another session",
            Self::TooMany => "the oldest of too many",
        }
    }
}

impl Audit for Event {
    fn event(&self) -> Entry {
        let entry = |account: &AccountId, action| Entry::new(Chain::Account(*account), action);
        match self {
            Self::AccountCreated(account) => {
                entry(account, &ACCOUNT_CREATED).target("account", account.uuid())
            }
            Self::SessionStarted(account, provider) => entry(account, &SESSION_STARTED)
                .target("account", account.uuid())
                .change("provider", (), provider.as_str()),
            Self::SessionEnded(account, session, how) => {
                entry(account, &SESSION_ENDED).target("session", session.uuid()).change("how", (), how.word())
            }
        }
    }
}
