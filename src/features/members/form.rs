//! The forms of the team: another role, another end, a confirmed removal.
//!
//! What may not happen here: an end at midnight. Access ends at 17:00, when somebody is there to notice.

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Instant,
    features::members::model::{Person, Terms},
    role::Role,
    web::{
        form::{FieldErrors, Version},
        text,
    },
};

/// A change as it was typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ChangeForm {
    pub(super) role: String,
    pub(super) ends: String,
    pub(super) date: String,
    pub(super) reason: String,
    /// What the person held when the form was drawn.
    #[serde(skip_serializing)]
    pub(super) version: Version,
}

/// The choices of an end: the value and the word.
pub(super) const ENDS: [(&str, &str); 6] = [
    ("keep", "As it is"),
    ("1d", "1 day"),
    ("7d", "7 days"),
    ("30d", "30 days"),
    ("date", "Pick a date"),
    ("never", "No end"),
];

impl ChangeForm {
    /// What somebody holds now, as the form's first values.
    pub(super) fn of(person: &Person) -> Self {
        Self { role: person.top.role.key().to_owned(), ends: "keep".to_owned(), ..Self::default() }
    }

    /// # Errors
    /// What is wrong, field by field.
    pub(super) fn parse(
        &self,
        person: &Person,
        now: Instant,
        production: bool,
    ) -> Result<Terms, FieldErrors> {
        let terms = self.terms(person, now, production)?;
        if terms.is_held_by(person) {
            let same = "That is what they have now. Choose another role or another end.";
            return Err(FieldErrors::one("role", same));
        }
        Ok(terms)
    }

    /// The terms alone, also when they are what the person has.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub(super) fn terms(
        &self,
        person: &Person,
        now: Instant,
        production: bool,
    ) -> Result<Terms, FieldErrors> {
        let mut errors = FieldErrors::new();
        let role = errors.take("role", Role::parse(&self.role).ok_or_else(|| "Choose a role.".to_owned()));
        let ends_at = match self.end(person, now) {
            Ok(end) => end,
            Err((field, sentence)) => {
                errors.add(field, sentence);
                None
            }
        };
        let reason = errors.take("reason", text::reason(&self.reason)).flatten();
        if production && reason.is_none() {
            errors.add("reason", "Give a reason. Reviewers will read it.");
        }
        match role {
            Some(role) if errors.is_empty() => Ok(Terms { role, ends_at, reason }),
            _ => Err(errors),
        }
    }

    /// The end alone, or the field that is wrong and why.
    pub(super) fn end(
        &self,
        person: &Person,
        now: Instant,
    ) -> Result<Option<Instant>, (&'static str, &'static str)> {
        let today = now.in_zone(&TimeZone::UTC).date();
        match self.ends.as_str() {
            "keep" | "" => Ok(person.top.ends_at),
            "never" => Ok(None),
            "1d" => Ok(closing(today, 1)),
            "7d" => Ok(closing(today, 7)),
            "30d" => Ok(closing(today, 30)),
            "date" => {
                let day: Date = self.date.trim().parse().map_err(|_| ("date", "Pick a day."))?;
                match closing(day, 0) {
                    Some(end) if end <= now.plus_seconds(60) => Err(("date", "Pick a day to come.")),
                    Some(end) if end > now.plus_seconds(10 * 366 * 86_400) => {
                        Err(("date", "Pick a day within ten years."))
                    }
                    Some(end) => Ok(Some(end)),
                    None => Err(("date", "Pick a day.")),
                }
            }
            _ => Err(("ends", "Choose when the access ends.")),
        }
    }
}

/// 17:00 UTC, so many days after.
fn closing(day: Date, days: i32) -> Option<Instant> {
    let end = day.checked_add(days.days()).ok()?.at(17, 0, 0, 0);
    end.to_zoned(TimeZone::UTC).ok().map(|end| end.timestamp().into())
}

/// A removal as it was confirmed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RemovalForm {
    pub(super) confirm: String,
    pub(super) reason: String,
    /// What the person held when the form was drawn.
    pub(super) version: Version,
}

impl RemovalForm {
    /// The reason, if one was given.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub(super) fn parse(&self, person: &Person, production: bool) -> Result<Option<String>, FieldErrors> {
        let mut errors = FieldErrors::new();
        let reason = errors.take("reason", text::reason(&self.reason)).flatten();
        if production && self.confirm.trim() != person.confirmation() {
            errors.add("confirm", format!("Type {} to go on. Nobody was removed.", person.confirmation()));
        }
        if errors.is_empty() { Ok(reason) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        features::members::model::Holding,
        ids::{AccountId, GrantId},
    };

    fn at(text: &str) -> Instant {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn ada(ends_at: Option<Instant>) -> Person {
        let held = Holding {
            id: GrantId::new(),
            role: Role::Member,
            path: "invitation".into(),
            reason: None,
            ends_at,
        };
        let email = Some("ada@acme.example".into());
        Person::of(AccountId::new(), "Ada Lovelace".into(), email, vec![held]).unwrap()
    }

    fn typed(role: &str, ends: &str, date: &str, reason: &str) -> ChangeForm {
        let (role, ends) = (role.to_owned(), ends.to_owned());
        ChangeForm { role, ends, date: date.into(), reason: reason.into(), ..ChangeForm::default() }
    }

    #[test]
    fn access_ends_at_five_in_the_afternoon() {
        let now = at("2026-11-23T18:30:00Z");
        let end = |ends, date| typed("member", ends, date, "").end(&ada(None), now);
        assert_eq!(end("1d", ""), Ok(Some(at("2026-11-24T17:00:00Z"))));
        assert_eq!(end("30d", ""), Ok(Some(at("2026-12-23T17:00:00Z"))));
        assert_eq!(end("date", "2026-12-01"), Ok(Some(at("2026-12-01T17:00:00Z"))));
        assert_eq!(end("never", ""), Ok(None));
        for odd in ["", "2026-11-23", "2020-01-01", "9999-12-31", "-009999-01-01", "tomorrow", "2026-02-30"] {
            assert!(end("date", odd).is_err(), "{odd}");
        }
        assert!(end("forever", "").is_err());
    }

    #[test]
    fn production_wants_a_reason_and_a_change() {
        let (now, ada) = (at("2026-11-23T08:00:00Z"), ada(None));
        let wrong = typed("admin", "keep", "", "").parse(&ada, now, true).unwrap_err();
        assert!(!wrong.of("reason").is_empty());
        assert!(typed("admin", "keep", "", "").parse(&ada, now, false).is_ok());
        let same = typed("member", "keep", "", "").parse(&ada, now, false).unwrap_err();
        assert!(!same.of("role").is_empty());
        assert!(typed("god", "keep", "", "").parse(&ada, now, false).is_err());
    }

    #[test]
    fn removal_in_production_is_typed() {
        let form = |confirm: &str| RemovalForm { confirm: confirm.into(), ..RemovalForm::default() };
        assert!(form("ada@acme.example").parse(&ada(None), true).is_ok());
        assert!(form("").parse(&ada(None), true).is_err());
        assert!(form("").parse(&ada(None), false).is_ok());
    }
}
