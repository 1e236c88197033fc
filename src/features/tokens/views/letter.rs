//! The letter about a token's end.
//!
//! What may not happen here: anything that helps whoever else reads that mailbox. The token's name and end are enough.

use askama::Template;

use crate::{
    clock::Instant,
    features::tokens::{
        model::{can, scope},
        store::reminders::Ending,
    },
    web::{
        frame,
        shell::{Environment, Letter},
        when::Zone,
    },
};

/// The letter.
#[derive(Template)]
#[template(path = "mail/token_ending.html")]
pub(in super::super) struct Mail {
    letter: Letter,
    production: bool,
    heading: String,
    name: String,
    place: String,
    can: String,
    used: String,
    ends: String,
    date: String,
    link: String,
}

/// The letter without markup.
#[derive(Template)]
#[template(path = "mail/token_ending.txt", escape = "none")]
pub(in super::super) struct MailText<'a> {
    letter: &'a Letter,
    production: bool,
    heading: &'a str,
    place: &'a str,
    can: &'a str,
    used: &'a str,
    ends: &'a str,
    link: &'a str,
}

impl Mail {
    /// Written in the maker's zone.
    pub(in super::super) fn of(ending: &Ending, link: &str, instance: &str, now: Instant) -> Self {
        let zone = Zone::named(&ending.time_zone).unwrap_or_default();
        let environment = ending.environment.as_deref().map(frame::environment);
        let end = zone.end(ending.expires_at, now);
        let production = environment.is_some_and(Environment::is_production);
        let used = ending.last_used_at.map(|used| zone.end(used, now).distance);
        Self {
            letter: Letter {
                preheader: "What uses it stops then. Nothing happens before.".to_owned(),
                environment,
                band: environment.map(|place| place.sentence().to_owned()).unwrap_or_default(),
                instance: instance.to_owned(),
                operator: String::new(),
            },
            production,
            heading: format!("Your token {} ends {}", ending.name, end.date),
            name: ending.name.clone(),
            place: ending.org.clone().unwrap_or_else(|| "Every organization that you reach".to_owned()),
            can: scope(&ending.scope).map(|scope| can(scope, ending.app.as_deref())).unwrap_or_default(),
            used: used.unwrap_or_else(|| "Never".to_owned()),
            ends: end.exact,
            date: end.date,
            link: link.to_owned(),
        }
    }

    /// One line.
    pub(in super::super) fn subject(&self) -> String {
        format!("Your token {} ends {}", self.name, self.date)
    }

    /// The same letter without markup.
    pub(in super::super) fn text(&self) -> MailText<'_> {
        MailText {
            letter: &self.letter,
            production: self.production,
            heading: &self.heading,
            place: &self.place,
            can: &self.can,
            used: &self.used,
            ends: &self.ends,
            link: &self.link,
        }
    }
}
