//! What the pages of the team show: words, ready to be drawn.
//!
//! What may not happen here: a database row in a template, or a decision about what the caller may do.

use askama::Template;

use crate::web::{
    form::Both,
    shell::{Environment, Face, Shell},
    when::{End, When},
};

/// The list of everybody inside.
#[derive(Debug, Template)]
#[template(path = "members/index.html", blocks = ["members"])]
pub(super) struct Index {
    pub(super) shell: Shell,
    pub(super) slug: String,
    /// The address of this page.
    pub(super) team: String,
    /// `6 people have`, `1 person has`.
    pub(super) people: String,
    pub(super) filter: FilterBar,
    pub(super) rows: Vec<Row>,
    /// Where the next page is; empty at the end.
    pub(super) older: String,
    /// The caller may change somebody here.
    pub(super) manages: bool,
    /// Where the form for an invitation is; empty when the caller may not invite.
    pub(super) invite: String,
    /// The caller alone, as a picture; empty when there are others.
    pub(super) alone: Vec<Face>,
    pub(super) removed: Vec<RemovedLine>,
    pub(super) pending: Vec<Pending>,
    /// The caller may not leave; says why not, else empty.
    pub(super) stay: String,
}

/// The filters as they are set.
#[derive(Debug)]
pub(super) struct FilterBar {
    pub(super) q: String,
    pub(super) role: &'static str,
    pub(super) roles: Vec<Choice>,
    pub(super) access: &'static str,
    pub(super) accesses: Vec<Choice>,
    pub(super) sort: &'static str,
    /// The addresses of the list in each order.
    pub(super) by_role: String,
    pub(super) by_name: String,
    pub(super) by_last_active: String,
}

/// One radio button.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) checked: bool,
}

/// One person of the list.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) initials: String,
    pub(super) tint: u8,
    pub(super) you: bool,
    pub(super) rank: u8,
    pub(super) role: &'static str,
    /// `None` is standing.
    pub(super) end: Option<End>,
    /// A lower role goes on after that end.
    pub(super) goes_on: bool,
    pub(super) granted_by: String,
    pub(super) granted_on: String,
    pub(super) reason: String,
    pub(super) last_active: Option<When>,
    /// Addresses of what may be done; empty when it may not.
    pub(super) edit: String,
    pub(super) remove: String,
    /// Why the person cannot be removed; else empty.
    pub(super) kept: String,
}

/// Somebody removed a moment ago.
#[derive(Debug)]
pub(super) struct RemovedLine {
    pub(super) name: String,
    pub(super) when: When,
    /// Where the button posts to.
    pub(super) restore: String,
}

/// Somebody invited who has not joined.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) email: String,
    pub(super) initials: String,
    /// `Invited by Priya Raman, 2 days ago`
    pub(super) invited: String,
    pub(super) rank: u8,
    pub(super) role: &'static str,
    /// `Until 15 Dec`, `Standing`
    pub(super) access: String,
    /// `in 5 days`
    pub(super) expires: String,
    pub(super) soon: bool,
    /// The invitation's address; its verbs hang below it. Empty for those who may not act.
    pub(super) url: String,
}

/// One person's role and end.
#[derive(Debug, Template)]
#[template(path = "members/edit.html", blocks = ["sheet"])]
pub(super) struct Edit {
    pub(super) shell: Shell,
    pub(super) environment: Environment,
    pub(super) team: String,
    /// The address of this form.
    pub(super) url: String,
    /// Where it posts to.
    pub(super) action: String,
    pub(super) title: String,
    pub(super) submit: String,
    /// What they hold now, in a sentence.
    pub(super) now: String,
    pub(super) roles: Vec<RoleChoice>,
    pub(super) role_error: String,
    pub(super) ends: Vec<Choice>,
    pub(super) ends_error: String,
    pub(super) date: String,
    pub(super) date_error: String,
    pub(super) reason: String,
    pub(super) reason_note: &'static str,
    pub(super) reason_error: String,
    /// What it would do.
    pub(super) effect: String,
    /// Why nothing can be changed; else empty.
    pub(super) kept: String,
    /// What the form is made from.
    pub(super) version: String,
    /// What somebody else changed meanwhile.
    pub(super) both: Vec<Both>,
    /// Where a fresh sign-in begins, when one is asked for.
    pub(super) prover: String,
}

/// Several people at once.
#[derive(Debug, Template)]
#[template(path = "members/several.html", blocks = ["sheet"])]
pub(super) struct Several {
    pub(super) shell: Shell,
    pub(super) environment: Environment,
    pub(super) team: String,
    /// Where it posts to.
    pub(super) action: String,
    /// `change` or `remove`
    pub(super) act: &'static str,
    pub(super) title: String,
    pub(super) submit: String,
    pub(super) people: Vec<Chosen>,
    /// Why the whole cannot be done.
    pub(super) error: String,
    pub(super) roles: Vec<RoleChoice>,
    pub(super) role_error: String,
    pub(super) ends: Vec<Choice>,
    pub(super) ends_error: String,
    pub(super) date: String,
    pub(super) date_error: String,
    pub(super) reason: String,
    pub(super) reason_note: &'static str,
    pub(super) reason_error: String,
    pub(super) consequences: Vec<String>,
    /// What must be typed; empty where nothing must.
    pub(super) confirmation: String,
    pub(super) purpose: String,
    pub(super) confirm_error: String,
    pub(super) version: String,
    pub(super) both: Vec<Both>,
    pub(super) prover: String,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) initials: String,
    pub(super) tint: u8,
    /// `a member, standing`
    pub(super) holds: String,
}

/// A role to choose.
#[derive(Debug)]
pub(super) struct RoleChoice {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) powers: &'static str,
    pub(super) rank: u8,
    pub(super) checked: bool,
    pub(super) disabled: bool,
}

/// What a change would do, before it is done.
#[derive(Debug, Template)]
#[template(path = "members/_effect.html")]
pub(super) struct Effect {
    pub(super) effect: String,
}

/// What goes with a person, before they go.
#[derive(Debug, Template)]
#[template(path = "members/remove.html", blocks = ["sheet"])]
pub(super) struct Remove {
    pub(super) shell: Shell,
    pub(super) environment: Environment,
    pub(super) team: String,
    /// The address of this form.
    pub(super) url: String,
    pub(super) title: String,
    pub(super) submit: String,
    pub(super) cancel: String,
    /// `to remove Linus`
    pub(super) purpose: String,
    pub(super) consequences: Vec<String>,
    /// What must be typed; empty where nothing must.
    pub(super) confirmation: String,
    pub(super) confirm_error: String,
    pub(super) reason: String,
    pub(super) reason_error: String,
    /// Why they cannot be removed; else empty.
    pub(super) kept: String,
    /// What the form is made from.
    pub(super) version: String,
    /// What somebody else changed meanwhile.
    pub(super) both: Vec<Both>,
}
