//! What the pages and the letter show.
//!
//! What may not happen here: a row of the database, or a decision.

use askama::Template;

use super::{
    form::NewInviteForm,
    model::{self, Offer, Standing},
};
use crate::{
    auth::guard::Can,
    clock::Instant,
    features::invites::Row,
    role::{ManageMembers, Role, Roles},
    web::{
        form::FieldErrors,
        frame,
        shell::{Bare, Environment, Face, Letter, Shell, counted, initials, tint},
        when::{End, When, Zone},
    },
};

/// The list.
#[derive(Template)]
#[template(path = "invites/index.html", blocks = ["list"])]
pub struct Index {
    pub shell: Shell,
    pub slug: String,
    pub new_url: String,
    pub rows: Vec<Line>,
    pub older: String,
}

/// A row of the list.
pub struct Line {
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
pub struct Act {
    pub url: String,
    pub label: &'static str,
    pub danger: bool,
}

impl Line {
    /// A row as this caller sees it: with the buttons that would work.
    pub fn of(row: &Row, slug: &str, roles: &Roles, zone: &Zone, now: Instant) -> Self {
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
pub struct New {
    pub shell: Shell,
    pub slug: String,
    pub environment: Environment,
    pub production: bool,
    pub heading: String,
    pub action: String,
    pub preview: String,
    pub back: String,
    pub submit: String,
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
pub struct Choice {
    pub key: &'static str,
    pub word: &'static str,
    pub powers: &'static str,
    pub rank: u8,
    pub checked: bool,
}

/// What is known about one typed address.
pub struct Check {
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
    pub fn of(
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
pub struct Preview {
    pub checks: Vec<Check>,
    pub faces: Vec<Face>,
    pub growth: String,
}

impl Preview {
    /// From the addresses typed, what is known about them, and how many are inside and invited.
    pub fn of(
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

/// The invited person's page.
#[derive(Template)]
#[template(path = "invites/show.html")]
pub struct Show {
    pub bare: Bare,
    pub slug: String,
    pub environment: Environment,
    pub role: &'static str,
    pub rank: u8,
    pub inviter: String,
    pub inviter_initials: String,
    pub inviter_tint: u8,
    pub made: When,
    pub masked: String,
    /// The address of the account that is signed in but not invited; empty otherwise.
    pub wrong: String,
    /// What only the invited account sees.
    pub inner: Option<Inner>,
}

/// What only the invited account sees.
pub struct Inner {
    pub reason: String,
    pub ends: Option<End>,
    pub expires: String,
    pub can: &'static [&'static str],
    pub cannot: &'static [&'static str],
    pub faces: Vec<Face>,
    pub growth: String,
    pub me: String,
    pub me_initials: String,
    pub me_tint: u8,
}

impl Show {
    /// What anybody with the link may see: the organization, the inviter, the role, the masked address.
    pub fn outside(offer: &Offer, zone: &Zone, now: Instant) -> Self {
        let environment = frame::environment(&offer.environment);
        let role = Role::parse(&offer.role).unwrap_or(Role::Viewer);
        let word = offer.environment.as_str();
        let band = if environment.is_production() {
            "This invitation is for production. What you change there reaches customers.".to_owned()
        } else {
            format!("This invitation is for {word}.")
        };
        Self {
            bare: Bare { environment: Some(environment), band, ..Bare::default() },
            slug: offer.slug.clone(),
            environment,
            role: role.word(),
            rank: role.bars(),
            inviter: offer.inviter_name.clone(),
            inviter_initials: initials(&offer.inviter_name),
            inviter_tint: tint(offer.inviter.uuid()),
            made: zone.ago(offer.created_at, now),
            masked: crate::web::text::masked_email(&offer.email),
            wrong: String::new(),
            inner: None,
        }
    }
}

impl Inner {
    /// What the invited account sees beside that: who is inside, what it may do there.
    pub fn of(
        offer: &Offer,
        (people, total): (Vec<(crate::ids::AccountId, String)>, usize),
        me: (crate::ids::AccountId, String),
        zone: &Zone,
        now: Instant,
    ) -> Self {
        let face = |name: &str, id: uuid::Uuid, joining| Face {
            name: name.split(' ').next().unwrap_or_default().to_owned(),
            initials: initials(name),
            tint: tint(id),
            note: String::new(),
            joining,
        };
        let mut faces: Vec<Face> = people.iter().map(|(id, name)| face(name, id.uuid(), false)).collect();
        faces.push(Face { name: "You".into(), ..face(&me.1, me.0.uuid(), true) });
        let (can, cannot) = model::powers(Role::parse(&offer.role).unwrap_or(Role::Viewer));
        Self {
            reason: offer.reason.clone().unwrap_or_default(),
            ends: offer.ends_at.map(|at| zone.end(at, now)),
            expires: zone.end(offer.expires_at, now).exact,
            can,
            cannot,
            faces,
            growth: format!("With you, {} access.", counted(total + 1, "person has", "people have")),
            me: offer.email.clone(),
            me_initials: initials(&me.1),
            me_tint: tint(me.0.uuid()),
        }
    }
}

/// An invitation that cannot be answered.
#[derive(Template)]
#[template(path = "invites/over.html")]
pub struct Over {
    pub bare: Bare,
    pub heading: String,
    pub sentence: String,
    pub url: String,
    pub label: String,
}

/// The letter.
#[derive(Template)]
#[template(path = "mail/invite.html")]
pub struct Mail {
    letter: Letter,
    production: bool,
    heading: String,
    inviter: String,
    slug: String,
    reason: String,
    role_line: String,
    ends: String,
    expires: String,
    email: String,
    link: String,
}

/// The letter without markup.
#[derive(Template)]
#[template(path = "mail/invite.txt", escape = "none")]
pub struct MailText<'a> {
    letter: &'a Letter,
    production: bool,
    heading: &'a str,
    inviter: &'a str,
    slug: &'a str,
    reason: &'a str,
    role_line: &'a str,
    ends: &'a str,
    expires: &'a str,
    email: &'a str,
    link: &'a str,
}

impl Mail {
    /// Written in UTC: nobody knows yet where its reader is.
    pub fn of(offer: &Offer, link: &str, instance: &str, now: Instant) -> Self {
        let zone = Zone::default();
        let environment = frame::environment(&offer.environment);
        let role = Role::parse(&offer.role).unwrap_or(Role::Viewer);
        let end = offer.ends_at.map(|at| zone.end(at, now));
        let ends = end.as_ref().map_or_else(
            || "Not by itself.".to_owned(),
            |end| format!("{}, {} from now.", end.exact, end.distance.trim_start_matches("in ")),
        );
        let until =
            end.as_ref().map_or_else(|| "without an end".to_owned(), |end| format!("until {}", end.date));
        let preheader = format!("{} {until}. Opening the link changes nothing.", role.word());
        let band = if environment.is_production() {
            "What you change there reaches customers."
        } else {
            environment.sentence()
        };
        Self {
            letter: Letter {
                preheader,
                environment: Some(environment),
                band: band.to_owned(),
                instance: instance.to_owned(),
                operator: String::new(),
            },
            production: environment.is_production(),
            heading: format!("{} invites you to join {}", offer.inviter_name, offer.slug),
            inviter: offer.inviter_name.clone(),
            slug: offer.slug.clone(),
            reason: offer.reason.clone().unwrap_or_default(),
            role_line: format!("{}. {}", role.word(), role.powers()),
            ends,
            expires: zone.end(offer.expires_at, now).exact,
            email: offer.email.clone(),
            link: link.to_owned(),
        }
    }

    /// The same letter without markup.
    pub fn text(&self) -> MailText<'_> {
        MailText {
            letter: &self.letter,
            production: self.production,
            heading: &self.heading,
            inviter: &self.inviter,
            slug: &self.slug,
            reason: &self.reason,
            role_line: &self.role_line,
            ends: &self.ends,
            expires: &self.expires,
            email: &self.email,
            link: &self.link,
        }
    }
}
