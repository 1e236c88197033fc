//! An event as it is read back, and what its reader may see.
//!
//! What may not happen here: failing on an event that a newer version wrote. What is not understood is left out.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    auth::guard::{Can, SignedIn},
    clock::Instant,
    db::audit::{Action, Category},
    role::Permissions,
    web::{frame, when::Zone},
};

/// One event with the names that its people have today.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number in its chain, from 1.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// `app.created`
    pub action: String,
    /// The account that did it, or that made the token that did; `None` for Cordon itself.
    pub actor: Option<Person>,
    /// What the token is called that did it.
    pub token: Option<String>,
    /// What it happened to.
    pub target: Target,
    /// The request that did it.
    pub request: Option<Uuid>,
    /// Why.
    pub reason: Option<String>,
    /// Field by field, before and after.
    pub changes: BTreeMap<String, [Value; 2]>,
    /// What lies beside the chain; `None` once erased.
    pub personal: Option<Personal>,
    /// The hash of the event before it.
    pub prev_hash: Vec<u8>,
    /// Its own.
    pub hash: Vec<u8>,
}

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub id: Uuid,
    /// The name today; `None` when the account is gone.
    pub name: Option<String>,
}

/// What an event happened to.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// `account`, `app`, `invitation`, `org` …
    pub kind: Option<String>,
    /// What it was called then, or what its person is called now.
    pub name: Option<String>,
}

/// Personal data beside the chain.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Personal {
    /// The caller's network address.
    pub address: Option<String>,
    /// The caller's browser.
    pub agent: Option<String>,
    /// An address that the event concerns.
    pub email: Option<String>,
    /// Who vouched for the session.
    pub provider: Option<String>,
}

/// Who reads: their zone, the moment, and how much of other people's addresses they may see.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) zone: Zone,
    pub(super) now: Instant,
    /// Network addresses and whole e-mail addresses.
    pub(super) addresses: bool,
    /// The path below which each event has its page; empty when it has none.
    pub(super) pages: String,
}

impl Reader {
    /// A reader of an organization's log.
    #[must_use]
    pub fn of<P>(who: &Can<P>, now: Instant) -> Self {
        Self {
            zone: frame::zone(who.account()),
            now,
            addresses: who.holds(Permissions::SEE_ADDRESSES),
            pages: format!("/orgs/{}/audit", who.org().slug),
        }
    }

    /// A reader of their own account's log.
    #[must_use]
    pub fn own(who: &SignedIn, now: Instant) -> Self {
        Self { zone: frame::zone(who.account()), now, addresses: true, pages: String::new() }
    }
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// Anywhere in the target's name, the reason or the people's names.
    pub(super) text: Option<String>,
    /// Done by this account.
    pub(super) who: Option<Uuid>,
    /// About this.
    pub(super) about: Option<Category>,
    /// From this moment on.
    pub(super) from: Option<Instant>,
    /// Before this moment.
    pub(super) until: Option<Instant>,
    /// Older than this event.
    pub(super) before: Option<i64>,
}

impl Filter {
    /// Whether every event passes, whatever page is asked for.
    pub(super) fn is_open(&self) -> bool {
        let Self { text, who, about, from, until, before: _ } = self;
        text.is_none() && who.is_none() && about.is_none() && from.is_none() && until.is_none()
    }
}

/// The newest event of a chain: how many there are and the hash over all of them.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) seq: i64,
    pub(super) hash: Vec<u8>,
}

static ACTIONS: LazyLock<HashMap<&'static str, &'static Action>> =
    LazyLock::new(|| crate::features::actions().into_iter().map(|action| (action.name, action)).collect());

/// The kind of event of that name; `None` when another version of Cordon wrote it.
pub(super) fn action(name: &str) -> Option<&'static Action> {
    ACTIONS.get(name).copied()
}

/// The names of every kind of event in a category.
pub(super) fn actions_about(category: Category) -> Vec<String> {
    let about = ACTIONS.values().filter(|action| action.category == category);
    about.map(|action| action.name.to_owned()).collect()
}
