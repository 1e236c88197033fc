//! What the pages of tokens show.
//!
//! What may not happen here: a token, except in [`Made`], which answers its making.

mod forms;
mod inventory;
pub(super) mod letter;

pub(super) use forms::{Made, New, Revocation};
pub(super) use inventory::Inventory;

use askama::Template;

use crate::{
    auth::{
        guard::{Can, SignedIn},
        token::Kind,
    },
    clock::Instant,
    db::context::Account,
    features::tokens::{
        form::Filter,
        model::{State, Token, can},
        store::Paged,
    },
    role::{ManageTokens, ViewInside},
    web::{
        frame::{Frame, environment, zone},
        shell::{Environment, Section, Shell, counted, initials, tint},
        when::{End, When},
    },
};

/// One token in a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// For links to it.
    pub anchor: String,
    /// What its maker called it.
    pub name: String,
    /// How it begins and ends: `cordon_deploy_…3fa1`.
    pub shown: String,
    /// `Deploy`, `Organization`, `Read-only`, `Personal`
    pub kind: &'static str,
    /// What it may do, in words.
    pub can: String,
    /// The organization's slug; empty for a personal token.
    pub org: String,
    /// What that organization is for.
    pub environment: Option<Environment>,
    /// Who made it.
    pub maker: String,
    /// Their letters.
    pub initials: String,
    /// Their tint.
    pub tint: u8,
    /// When it was made.
    pub made: When,
    /// When it ends.
    pub end: End,
    /// When it was last used; `None` when never.
    pub used: Option<When>,
    /// From where, for those who may see it.
    pub from: String,
    /// What deserves a look.
    pub flags: Vec<Flag>,
    /// It works.
    pub good: bool,
    /// Where it is revoked; empty for those who may not.
    pub revoke: String,
}

/// A remark on a token.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The words.
    pub text: String,
    /// It should be looked at.
    pub warn: bool,
}

/// An app's deploy tokens, for a card on the app's page: `{% include "tokens/_card.html" %}` with this as `tokens`.
#[derive(Clone, Debug)]
pub struct Card {
    /// At most a page of them.
    pub rows: Vec<Row>,
    /// Where one is made; empty for those who may not.
    pub make: String,
    /// Where all of the organization's are.
    pub all: String,
}

impl Row {
    pub(super) fn of(me: &Account, now: Instant, token: &Token) -> Self {
        let zone = zone(me);
        let state = token.state();
        let good = state == State::Good;
        let live = good || matches!(state, State::MakerGone | State::AppGone);
        let org = token.org.clone().unwrap_or_default();
        let revoke = match &token.org {
            Some(org) => format!("/orgs/{org}/tokens/{}/revocation", token.id),
            None => format!("/account/tokens/{}/revocation", token.id),
        };
        let from = token.last_used_from.clone().filter(|_| token.shows_address(me.id));
        Self {
            anchor: format!("token-{}", token.id),
            name: token.name.clone(),
            shown: format!("{}…{}", token.kind().prefix(), token.last_four),
            kind: word(token.kind()),
            can: token.scope().map(|scope| can(scope, token.app_name.as_deref())).unwrap_or_default(),
            environment: token.environment.as_deref().map(environment),
            org,
            maker: token.maker.clone(),
            initials: initials(&token.maker),
            tint: tint(token.account_id.uuid()),
            made: zone.ago(token.created_at, now),
            end: zone.end(token.expires_at, now),
            used: token.last_used_at.map(|used| zone.ago(used, now)),
            from: from.unwrap_or_default(),
            flags: flags(token, now),
            good,
            revoke: if live && token.may_revoke(me.id) { revoke } else { String::new() },
        }
    }
}

fn flags(token: &Token, now: Instant) -> Vec<Flag> {
    let say = |text: &str, warn| Flag { text: text.to_owned(), warn };
    match token.state() {
        State::Revoked => return vec![say("Revoked", false)],
        State::Ended => return vec![say("Ended", false)],
        State::MakerGone => return vec![say("Maker left: does not work", true)],
        State::AppGone => return vec![say("App is gone: does not work", true)],
        State::Good => {}
    }
    let mut flags = Vec::new();
    if token.is_lessened() {
        flags.push(say("Maker may do less now", true));
    }
    if token.is_idle(now) {
        let seconds = (now.micros() - token.last_used_at.unwrap_or(token.created_at).micros()) / 1_000_000;
        flags.push(say(&format!("Idle {} days", seconds / 86_400), true));
    }
    flags
}

/// A kind as a list writes it.
pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Deploy => "Deploy",
        Kind::Org => "Organization",
        Kind::ReadOnly => "Read-only",
        Kind::Personal => "Personal",
    }
}

/// The choices of one drop-down filter.
struct Pick {
    value: &'static str,
    label: &'static str,
    checked: bool,
}

fn picks(chosen: &str, all: &[(&'static str, &'static str)]) -> Vec<Pick> {
    let known = all.iter().any(|(value, _)| *value == chosen);
    let chosen = if known { chosen } else { "" };
    all.iter().map(|(value, label)| Pick { value, label, checked: *value == chosen }).collect()
}

fn label(picks: &[Pick]) -> &'static str {
    picks.iter().find(|pick| pick.checked).map_or("Any", |pick| pick.label)
}

const STATES: [(&str, &str); 2] = [("", "In force"), ("all", "All, also past")];

#[derive(Template)]
#[template(path = "tokens/index.html", blocks = ["list"])]
pub(super) struct Index {
    shell: Shell,
    org: String,
    heading: String,
    q: String,
    states: Vec<Pick>,
    state: &'static str,
    rows: Vec<Row>,
    older: String,
    narrowed: bool,
    may_manage: bool,
}

impl Index {
    pub(super) fn new(who: &Can<ViewInside>, frame: Frame, filter: Filter, page: &Paged) -> Self {
        let org = who.org().slug.clone();
        let Paged { tokens, older } = page;
        let older = if older.is_empty() {
            String::new()
        } else {
            format!("/orgs/{org}/tokens?{}", filter.query(older))
        };
        let now = frame.now();
        let states = picks(&filter.state, &STATES);
        let shell = frame.inside(who, Section::Tokens);
        let count = shell.here.as_ref().map_or(0, |here| here.tokens);
        Self {
            heading: format!("{} can act in {org} without a person.", counted(count, "token", "tokens")),
            rows: tokens.iter().map(|token| Row::of(who.account(), now, token)).collect(),
            older,
            narrowed: filter.narrows(),
            state: label(&states),
            states,
            q: filter.q,
            may_manage: who.may::<ManageTokens>(),
            shell,
            org,
        }
    }

    /// Where one is made; empty for those who may not.
    fn make(&self) -> String {
        if self.may_manage { format!("/orgs/{}/tokens/new", self.org) } else { String::new() }
    }
}

#[derive(Template)]
#[template(path = "tokens/own.html")]
pub(super) struct OwnIndex {
    shell: Shell,
    rows: Vec<Row>,
}

impl OwnIndex {
    pub(super) fn new(who: &SignedIn, frame: Frame, tokens: &[Token]) -> Self {
        let now = frame.now();
        let rows = tokens.iter().map(|token| Row::of(who.account(), now, token)).collect();
        Self { rows, shell: frame.site(who, Section::Account) }
    }
}
