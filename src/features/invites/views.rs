//! What the pages and the letter show.
//!
//! What may not happen here: a row of the database, or a decision.

mod letter;
mod offer;

use askama::Template;

use super::{form::NewInviteForm, model::Standing};
use crate::{
    auth::guard::Can,
    clock::Instant,
    features::invites::Row,
    role::{ManageMembers, Role, Roles},
    web::{
        form::FieldErrors,
        frame,
        shell::{Environment, Face, Shell, counted, initials},
        when::{End, When, Zone},
    },
};

pub(super) use letter::Mail;
pub(super) use offer::{Inner, Over, Show};

/// The list.
#[derive(Template)]
#[template(path = "invites/index.html", blocks = ["list"])]
pub(super) struct Index {
    pub shell: Shell,
    pub slug: String,
    pub new_url: String,
    pub rows: Vec<Line>,
    pub older: String,
}

/// A row of the list.
pub(super) struct Line {
    pub id: String,
    pub email: String,
    pub initials: String,
    pub role: &'static str,
    pub rank: u8,
    pub inviter: String,
    pub made: When,
    pub ends: Option<End>,
    pub expires: End,
    pub state: &'static str,
    pub open: bool,
    pub mail: String,
    pub acts: Vec<Act>,
}

/// A button of a row.
pub(super) struct Act {
    pub url: String,
    pub label: &'static str,
    pub danger: bool,
}

impl Line {
    /// A row as this caller sees it: with the buttons that would work.
    pub(super) fn of(row: &Row, slug: &str, roles: &Roles, zone: &Zone, now: Instant) -> Self {
        let role = Role::parse(&row.role).unwrap_or(Role::Viewer);
        let act = |label: &'static str, noun: &str, danger| Act {
            url: format!("/orgs/{slug}/invites/{}/{noun}", row.id),
            label,
            danger,
        };
        let waits = row.state == "waiting";
        let mut acts = Vec::new();
        if matches!(row.state.as_str(), "waiting" | "expired") && roles.may_grant(role) {
            acts.push(act("Resend", "resend", false));
        }
        if row.state == "held" && roles.may_grant(role) {
            acts.push(act("Approve", "approve", false));
        }
        if matches!(row.state.as_str(), "waiting" | "expired" | "held") {
            acts.push(act("Withdraw", "withdraw", true));
        }
        let why = row.mail_error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
        let mail = match row.mail_state.as_str() {
            "pending" if waits => format!("Mail pending{why}"),
            "failed" if waits => format!("Mail failed{why}"),
            _ => String::new(),
        };
        Self {
            id: row.id.to_string(),
            email: row.email.clone(),
            initials: initials(&row.email),
            role: role.word(),
            rank: role.bars(),
            inviter: row.inviter.clone(),
            made: zone.ago(row.created_at, now),
            ends: row.ends_at.map(|at| zone.end(at, now)),
            expires: zone.end(row.expires_at, now),
            state: state_word(&row.state),
            open: waits,
            mail,
            acts,
        }
    }
}

fn state_word(state: &str) -> &'static str {
    match state {
        "waiting" => "Waiting",
        "held" => "Needs an admin’s approval",
        "joined" => "Joined",
        "declined" => "Declined",
        "withdrawn" => "Withdrawn",
        _ => "Expired",
    }
}

/// The form.
#[derive(Template)]
#[template(path = "invites/new.html", blocks = ["sheet"])]
pub(super) struct New {
    pub shell: Shell,
    pub slug: String,
    pub environment: Environment,
    pub production: bool,
    pub heading: String,
    pub action: String,
    pub preview: String,
    pub back: String,
    pub submit: String,
    /// Where a fresh sign-in begins, when one is asked for.
    pub prover: String,
    pub emails: String,
    pub emails_error: String,
    pub roles: Vec<Choice>,
    pub role_error: String,
    pub ends: Vec<Choice>,
    pub ends_on: String,
    pub ends_error: String,
    pub reason: String,
    pub reason_note: &'static str,
    pub reason_error: String,
    pub links: Vec<Choice>,
    pub link_error: String,
    pub checks: Vec<Check>,
    pub faces: Vec<Face>,
    pub growth: String,
}

/// One of several.
pub(super) struct Choice {
    pub key: &'static str,
    pub word: &'static str,
    pub powers: &'static str,
    pub rank: u8,
    pub checked: bool,
}

/// What is known about one typed address.
pub(super) struct Check {
    pub email: String,
    pub word: String,
    pub wrong: bool,
}

const ENDS: [(&str, &str); 5] =
    [("1d", "1 day"), ("7d", "7 days"), ("30d", "30 days"), ("date", "Pick a date"), ("never", "No end")];
const LINKS: [(&str, &str); 5] =
    [("", "The usual time"), ("1", "1 hour"), ("24", "24 hours"), ("168", "7 days"), ("720", "30 days")];

fn choices(all: &[(&'static str, &'static str)], chosen: &str) -> Vec<Choice> {
    let choice = |&(key, word)| Choice { key, word, powers: "", rank: 0, checked: key == chosen };
    all.iter().map(choice).collect()
}

impl New {
    /// The form as typed, with what is wrong with it and what it would change.
    pub(super) fn of(
        who: &Can<ManageMembers>,
        shell: Shell,
        typed: &NewInviteForm,
        errors: &FieldErrors,
        preview: Preview,
    ) -> Self {
        let (slug, environment) = (who.org().slug.clone(), frame::environment(&who.org().environment));
        let base = format!("/orgs/{slug}/invites");
        let production = environment.is_production();
        let grantable = Role::ALL.into_iter().rev().filter(|role| who.roles().may_grant(*role));
        let roles = grantable.map(|role| Choice {
            key: role.key(),
            word: role.word(),
            powers: role.powers(),
            rank: role.bars(),
            checked: role.key() == typed.role,
        });
        Self {
            shell,
            environment,
            production,
            heading: format!("Invite to {slug}"),
            action: base.clone(),
            preview: format!("{base}/preview"),
            back: base,
            submit: format!("Invite to {slug}"),
            slug,
            emails: typed.emails.clone(),
            emails_error: errors.of("emails").to_owned(),
            roles: roles.collect(),
            role_error: errors.of("role").to_owned(),
            ends: choices(&ENDS, &typed.ends),
            ends_on: typed.ends_on.clone(),
            ends_error: errors.of("ends").to_owned(),
            reason: typed.reason.clone(),
            reason_note: if production { "(required in production)" } else { "" },
            reason_error: errors.of("reason").to_owned(),
            prover: errors.prover().to_owned(),
            links: choices(&LINKS, typed.link.trim()),
            link_error: errors.of("link").to_owned(),
            checks: preview.checks,
            faces: preview.faces,
            growth: preview.growth,
        }
    }
}

/// What the form would change.
#[derive(Template)]
#[template(path = "invites/_preview.html")]
pub(super) struct Preview {
    pub checks: Vec<Check>,
    pub faces: Vec<Face>,
    pub growth: String,
}

impl Preview {
    /// From the addresses typed, what is known about them, and how many are inside and invited.
    pub(super) fn of(
        typed: &NewInviteForm,
        known: &std::collections::BTreeMap<String, Standing>,
        (inside, open): (usize, usize),
        slug: &str,
    ) -> Self {
        let check = |line: super::form::Line| match &line.email {
            Ok(email) => {
                let (word, wrong) = match known.get(email) {
                    Some(Standing::Member) => ("is inside already", true),
                    Some(Standing::Invited) => {
                        ("is invited already: gets a new link, the old one stops working", false)
                    }
                    _ => ("new", false),
                };
                Check { email: email.clone(), word: word.to_owned(), wrong }
            }
            Err(sentence) => Check { email: line.typed.clone(), word: sentence.clone(), wrong: true },
        };
        let checks: Vec<Check> = typed.lines().into_iter().take(super::form::MOST).map(check).collect();
        let fresh: Vec<&str> = known
            .iter()
            .filter(|(_, standing)| **standing != Standing::Member)
            .map(|(email, _)| email.as_str())
            .collect();
        let renewed = known.values().filter(|standing| **standing == Standing::Invited).count();
        let joining = |email: &&str| Face {
            name: email.split('@').next().unwrap_or_default().to_owned(),
            initials: initials(email),
            tint: 1,
            note: String::new(),
            joining: true,
        };
        let faces = fresh.iter().take(8).map(joining).collect();
        let after = counted(inside + fresh.len(), "person has", "people have");
        let others = open.saturating_sub(renewed);
        let growth = match (fresh.len(), others) {
            (0, _) => format!("{} access to {slug} now.", counted(inside, "person has", "people have")),
            (_, 0) => format!("When they join, {after} access to {slug}."),
            (new, others) => format!(
                "When they join, {after} access to {slug}. With the {others} already invited it would be {}.",
                inside + new + others
            ),
        };
        Self { checks, faces, growth }
    }
}
