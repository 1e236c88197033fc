//! The letter that invites.
//!
//! What may not happen here: a list of who is inside. The letter may be read by anybody who reads that mailbox.

use askama::Template;

use super::super::model::Offer;
use crate::{
    clock::Instant,
    role::Role,
    web::{frame, shell::Letter, when::Zone},
};

/// The letter.
#[derive(Template)]
#[template(path = "mail/invite.html")]
pub(in super::super) struct Mail {
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
pub(in super::super) struct MailText<'a> {
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
    pub(in super::super) fn of(offer: &Offer, link: &str, instance: &str, now: Instant) -> Self {
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
    pub(in super::super) fn text(&self) -> MailText<'_> {
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
