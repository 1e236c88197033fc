//! The form for several people, as typed and as checked.
//!
//! What may not happen here: a person who is there twice, or more people than one sheet can show.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Instant,
    error::{Error, Result},
    features::members::{
        form::ChangeForm,
        model::{Person, Terms},
    },
    ids::AccountId,
    web::{
        form::{FieldErrors, Version},
        text,
    },
};

/// As many as a page of the list has.
const MOST: usize = 50;

/// Whom, and what.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::features::members) struct SeveralForm {
    /// Whoever was ticked.
    pub(super) who: Vec<String>,
    /// `change` or `remove`.
    pub(super) act: String,
    /// A role's key, or `keep`.
    pub(super) role: String,
    pub(super) ends: String,
    pub(super) date: String,
    pub(super) reason: String,
    /// For a removal from production.
    pub(super) confirm: String,
    /// What everybody held when the form was drawn.
    #[serde(skip_serializing)]
    pub(super) version: Version,
}

/// What a form about these people is made from.
pub(super) fn version(people: &[Person]) -> Version {
    Version::of(people.iter().map(|person| person.version().as_str().to_owned()))
}

impl SeveralForm {
    /// # Errors
    /// [`Error::Bad`] for what no page of ours sends.
    pub(super) fn accounts(&self) -> Result<Vec<AccountId>> {
        let odd = |sentence: &str| Error::Bad(StatusCode::UNPROCESSABLE_ENTITY, sentence.into());
        let mut accounts = Vec::new();
        for who in &self.who {
            let account = who.parse().map_err(|_| odd("Nobody is called that. Nothing was changed."))?;
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        if accounts.len() > MOST {
            return Err(odd("Those are too many at once. Tick at most 50 people. Nothing was changed."));
        }
        Ok(accounts)
    }

    pub(super) fn removes(&self) -> bool {
        self.act == "remove"
    }

    /// The reason, once it is checked.
    pub(super) fn why(&self) -> Option<String> {
        text::reason(&self.reason).ok().flatten()
    }

    /// # Errors
    /// Why they cannot be removed like that.
    pub(super) fn check_removal(
        &self,
        people: &[Person],
        me: AccountId,
        confirmation: Option<&str>,
    ) -> std::result::Result<(), FieldErrors> {
        let mut errors = FieldErrors::new();
        if people.is_empty() {
            errors.add("people", "Nobody of them is inside any more.");
        }
        if people.iter().any(|person| person.account == me) {
            errors
                .add("people", "You are among them. To give up your own access, use Leave on the team page.");
        }
        errors.take("reason", text::reason(&self.reason));
        if let Some(name) = confirmation.filter(|name| self.confirm.trim() != *name) {
            errors.add("confirm", format!("Type {name} to go on. Nobody was removed."));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// The new terms of everybody for whom they are new.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub(super) fn terms(
        &self,
        people: &[Person],
        now: Instant,
        production: bool,
    ) -> std::result::Result<Vec<(Person, Terms)>, FieldErrors> {
        let mut all = Vec::new();
        for person in people {
            let terms = self.change_of(person).terms(person, now, production)?;
            if !terms.is_held_by(person) {
                all.push((person.clone(), terms));
            }
        }
        if all.is_empty() {
            let same = "That is what they have now. Choose another role or another end.";
            return Err(FieldErrors::one("role", same));
        }
        Ok(all)
    }

    /// The form as it would be for one of them alone.
    fn change_of(&self, person: &Person) -> ChangeForm {
        let keeps = matches!(self.role.as_str(), "" | "keep");
        let role = if keeps { person.top.role.key() } else { &self.role };
        ChangeForm {
            role: role.to_owned(),
            ends: self.ends.clone(),
            date: self.date.clone(),
            reason: self.reason.clone(),
            version: Version::default(),
        }
    }
}
