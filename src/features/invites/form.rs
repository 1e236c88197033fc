//! The invitation form: as typed, and as checked.
//!
//! What may not happen here: an address that loses its line number on the way to the person who typed it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::{Ends, NewInvites, Standing, link_seconds};
use crate::{
    clock::Instant,
    role::Role,
    web::{form::FieldErrors, text},
};

/// How many people one form invites.
pub(super) const MOST: usize = 50;

/// The form as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewInviteForm {
    /// One address a line.
    #[serde(default)]
    pub emails: String,
    /// A role's key.
    #[serde(default)]
    pub role: String,
    /// `1d`, `7d`, `30d`, `date` or `never`.
    #[serde(default)]
    pub ends: String,
    /// A day, for `date`.
    #[serde(default)]
    pub ends_on: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Hours that the link lives; empty for the default.
    #[serde(default)]
    pub link: String,
}

/// One line of the form's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1, empty lines included.
    pub number: usize,
    /// As typed, without white space at the ends.
    pub typed: String,
    /// The canonical address, or what is wrong with it.
    pub email: Result<String, String>,
}

impl NewInviteForm {
    /// The form as it is first shown.
    #[must_use]
    pub(super) fn blank(production: bool) -> Self {
        Self { role: "member".into(), ends: Ends::preset(production).into(), ..Self::default() }
    }

    /// The addresses, line by line.
    #[must_use]
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for (index, typed) in self.emails.lines().enumerate() {
            if typed.trim().is_empty() {
                continue;
            }
            let mut email = text::email(typed);
            if lines.iter().any(|line| line.email.is_ok() && line.email == email) {
                email = Err("That address is there twice.".into());
            }
            lines.push(Line { number: index + 1, typed: typed.trim().chars().take(300).collect(), email });
        }
        lines
    }

    /// Everything checked that needs no database.
    ///
    /// # Errors
    /// A sentence per field.
    pub(super) fn parse(&self, production: bool, now: Instant) -> Result<NewInvites, FieldErrors> {
        let mut errors = FieldErrors::new();
        let lines = self.lines();
        let mut emails = Vec::new();
        for line in &lines {
            match &line.email {
                Ok(email) => emails.push(email.clone()),
                Err(sentence) => errors.add("emails", format!("Line {}: {sentence}", line.number)),
            }
        }
        if lines.is_empty() {
            errors.add("emails", "Whom do you want to invite?");
        } else if lines.len() > MOST {
            errors.add("emails", format!("Invite at most {MOST} people at once."));
        }
        let role = errors.take("role", Role::parse(&self.role).ok_or_else(|| "Choose a role.".to_owned()));
        let ends = Ends::parse(&self.ends, &self.ends_on).and_then(|ends| ends.at(now));
        let ends_at = errors.take("ends", ends);
        let reason = errors.take("reason", text::reason(&self.reason));
        if production && reason == Some(None) {
            errors.add("reason", "Production needs a reason. Reviewers will read it.");
        }
        let link = errors.take("link", link_seconds(&self.link, role.unwrap_or(Role::Owner), production));
        match (errors.is_empty(), role, ends_at, reason, link) {
            (true, Some(role), Some(ends_at), Some(reason), Some(link_seconds)) => {
                Ok(NewInvites { emails, role, ends_at, reason, link_seconds })
            }
            _ => Err(errors),
        }
    }

    /// What is wrong with the addresses once it is known who is inside.
    #[must_use]
    pub(super) fn refused(&self, known: &BTreeMap<String, Standing>) -> FieldErrors {
        let mut errors = FieldErrors::new();
        for line in self.lines() {
            let Ok(email) = &line.email else { continue };
            if known.get(email) == Some(&Standing::Member) {
                errors.add("emails", format!("Line {}: {email} is inside already.", line.number));
            }
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2026-11-23T08:44:00Z".parse::<jiff::Timestamp>().unwrap().into()
    }

    fn form(emails: &str) -> NewInviteForm {
        NewInviteForm {
            emails: emails.into(),
            reason: "Runs the checkout.".into(),
            ..NewInviteForm::blank(true)
        }
    }

    #[test]
    fn one_address_a_line_in_one_form() {
        let parsed =
            form(" Noor@Acme.example \r\n\r\na+t@x.example\na@x.example").parse(true, now()).unwrap();
        assert_eq!(parsed.emails, ["noor@acme.example", "a+t@x.example", "a@x.example"]);
    }

    #[test]
    fn the_line_that_is_wrong_is_named() {
        let errors = form("a@x.example\n\nnot an address\nb@x.example").parse(true, now()).unwrap_err();
        assert_eq!(errors.of("emails"), "Line 3: That is not an e-mail address.");
        let errors = form("a@x.example\nA@X.example").parse(true, now()).unwrap_err();
        assert_eq!(errors.of("emails"), "Line 2: That address is there twice.");
        assert!(!form("").parse(true, now()).unwrap_err().of("emails").is_empty());
        let many = "a@x.example\n".repeat(51);
        assert!(!form(&many).parse(true, now()).unwrap_err().of("emails").is_empty());
    }

    #[test]
    fn production_wants_a_reason() {
        let bare = NewInviteForm { reason: "  ".into(), ..form("a@x.example") };
        assert!(!bare.parse(true, now()).unwrap_err().of("reason").is_empty());
        assert!(bare.parse(false, now()).is_ok());
        let short = NewInviteForm { reason: "short".into(), ..bare };
        assert!(!short.parse(false, now()).unwrap_err().of("reason").is_empty());
    }
}
