//! The forms of organizations, as typed and as parsed.
//!
//! What may not happen here: dropping what was typed when something is wrong.

use serde::{Deserialize, Serialize};

use crate::{
    db::context::Account,
    features::orgs::model::{Environment, New, NewOrg, NewPair, Plan, Settings, Slug, What},
    web::{
        form::{FieldErrors, Version},
        text,
    },
};

/// The form that makes organizations, as a browser sends it. The fields of the kind that was not chosen travel along
/// and are not read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewForm {
    /// `pair` or `one`; a pair when absent.
    #[serde(default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) project: String,
    #[serde(default)]
    pub(super) name: String,
    /// Left empty, it is made from the name.
    #[serde(default)]
    pub(super) slug: String,
    #[serde(default)]
    pub(super) environment: String,
    /// The first plan when absent.
    #[serde(default)]
    pub(super) plan: String,
    /// An address, or nothing.
    #[serde(default)]
    pub(super) second_owner: String,
}

impl NewForm {
    /// Whether one organization is wanted rather than a pair.
    pub(super) fn is_one(&self) -> bool {
        self.kind == "one"
    }

    /// The slug as typed, or as the name suggests it.
    pub(super) fn wanted_slug(&self) -> String {
        if self.slug.trim().is_empty() { derived(&self.name) } else { self.slug.trim().to_owned() }
    }

    /// # Errors
    /// What is wrong, field by field. Somebody who names themselves is told so.
    pub(super) fn parse(&self, me: &Account) -> Result<New, FieldErrors> {
        let what = match self.kind.as_str() {
            "" | "pair" => {
                NewPair::parse(&self.project).map(What::Pair).map_err(|why| FieldErrors::one("project", why))
            }
            "one" => self.parse_one().map(What::One),
            _ => Err(FieldErrors::one("kind", "Choose a pair or one organization.")),
        };
        let second_owner = self.parse_second_owner(me.email.as_deref());
        match (what, second_owner) {
            (Ok(what), Ok(second_owner)) => Ok(New { what, second_owner }),
            (what, second_owner) => {
                let mut errors = what.err().unwrap_or_default();
                errors.take("second_owner", second_owner);
                Err(errors)
            }
        }
    }

    fn parse_second_owner(&self, me: Option<&str>) -> Result<Option<String>, String> {
        if self.second_owner.trim().is_empty() {
            return Ok(None);
        }
        let email = text::email(&self.second_owner)?;
        if me == Some(email.as_str()) {
            return Err("That is you. Name somebody else, or leave it empty.".into());
        }
        Ok(Some(email))
    }

    fn parse_one(&self) -> Result<NewOrg, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take("name", text::name(&self.name));
        // A name without a usable slug is told where it can be helped: at the slug.
        let slug = name.is_some() || !self.slug.trim().is_empty();
        let slug = slug.then(|| errors.take("slug", Slug::parse(&self.wanted_slug()))).flatten();
        let environment = Environment::parse(&self.environment);
        let environment =
            errors.take("environment", environment.ok_or_else(|| "Choose what it is for.".into()));
        let plan = if self.plan.is_empty() { Some(Plan::default()) } else { Plan::parse(&self.plan) };
        let plan = errors.take("plan", plan.ok_or_else(|| "Choose a plan.".into()));
        match (name, slug, environment, plan) {
            (Some(name), Some(slug), Some(environment), Some(plan)) => {
                Ok(NewOrg { slug, name, environment, plan })
            }
            _ => Err(errors),
        }
    }
}

/// The slug that a name suggests; may be none that can be used.
fn derived(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(63).collect::<String>().trim_end_matches('-').to_owned()
}

/// The form of an organization's settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsForm {
    pub(super) name: String,
    pub(super) description: String,
    /// The settings that the form was made from.
    #[serde(default)]
    pub(super) version: Version,
}

impl SettingsForm {
    /// The form of settings as they stand.
    pub(super) fn of(now: Settings) -> Self {
        Self { version: now.version(), name: now.name, description: now.description }
    }

    /// What somebody else made of the settings beside what was typed.
    pub(super) fn clash(&self, now: &Settings) -> FieldErrors {
        FieldErrors::clash([
            ("Name", now.name.clone(), self.name.clone()),
            ("Description", now.description.clone(), self.description.clone()),
        ])
    }

    pub(super) fn parse(&self) -> Result<Settings, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take("name", text::name(&self.name));
        let description = errors.take("description", text::paragraph(&self.description, 500));
        match (name, description) {
            (Some(name), Some(description)) => Ok(Settings { name, description }),
            _ => Err(errors),
        }
    }
}

/// What the switcher asks for: letters, and the page that it was opened on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Switch {
    pub(super) q: String,
    /// The section's key.
    pub(super) section: String,
    /// The slug of the organization on screen.
    pub(super) here: String,
}

/// The pattern of `like` for letters of a slug, a name or a project, in this order; `None` when no name can contain
/// what was typed.
pub(super) fn pattern(q: &str) -> Option<String> {
    let typed = text::line(q, 100).ok()?.to_lowercase();
    let mut pattern = String::from("%");
    for letter in typed.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
        pattern.push('%');
    }
    Some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_suggests_its_slug() {
        assert_eq!(derived("Acme Labs (Berlin)"), "acme-labs-berlin");
        assert_eq!(derived("  "), "");
        assert_eq!(derived(&"ab ".repeat(40)).len(), 62);
    }

    #[test]
    fn a_filter_is_letters_and_no_pattern() {
        assert_eq!(pattern(" aP ").as_deref(), Some("%a%p%"));
        assert_eq!(pattern("%_").as_deref(), Some("%\\%%\\_%"));
        assert_eq!(pattern("").as_deref(), Some("%"));
        assert_eq!(pattern("a\0b"), None);
    }

    fn ada() -> Account {
        Account {
            id: crate::ids::AccountId::new(),
            name: "Ada Lovelace".into(),
            email: Some("ada@acme.example".into()),
            time_zone: "UTC".into(),
            theme: "system".into(),
            single_keys: true,
        }
    }

    #[test]
    fn a_second_owner_is_somebody_else() {
        let named = |typed: &str| {
            let (project, second_owner) = ("harbor".into(), typed.into());
            NewForm { project, second_owner, ..NewForm::default() }.parse(&ada())
        };
        assert_eq!(named(" Noor@ACME.example ").unwrap().second_owner.as_deref(), Some("noor@acme.example"));
        assert_eq!(named("  ").unwrap().second_owner, None);
        for odd in ["ADA@acme.example", "noor", "a@b@c.example"] {
            assert!(!named(odd).unwrap_err().of("second_owner").is_empty(), "{odd}");
        }
    }

    #[test]
    fn only_the_chosen_kind_is_read() {
        let form = NewForm { project: "harbor".into(), slug: "NO".into(), ..NewForm::default() };
        assert!(matches!(form.parse(&ada()), Ok(New { what: What::Pair(_), second_owner: None })));
        let form = NewForm { kind: "one".into(), ..form };
        let errors = form.parse(&ada()).unwrap_err();
        assert!(["name", "slug", "environment"].iter().all(|field| !errors.of(field).is_empty()));
    }
}
