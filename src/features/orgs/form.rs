//! The forms of organizations, as typed and as parsed.
//!
//! What may not happen here: dropping what was typed when something is wrong.

use serde::Deserialize;

use crate::{
    features::orgs::model::{Environment, New, NewOrg, NewPair, Settings, Slug},
    web::{
        form::{FieldErrors, Version},
        text,
    },
};

/// The form that makes organizations, as a browser sends it. The fields of the kind that was not chosen travel along
/// and are not read.
#[derive(Clone, Debug, Default, Deserialize)]
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

    pub(super) fn parse(&self) -> Result<New, FieldErrors> {
        match self.kind.as_str() {
            "" | "pair" => {
                NewPair::parse(&self.project).map(New::Pair).map_err(|why| FieldErrors::one("project", why))
            }
            "one" => self.parse_one(),
            _ => Err(FieldErrors::one("kind", "Choose a pair or one organization.")),
        }
    }

    fn parse_one(&self) -> Result<New, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take("name", text::name(&self.name));
        // A name without a usable slug is told where it can be helped: at the slug.
        let slug = name.is_some() || !self.slug.trim().is_empty();
        let slug = slug.then(|| errors.take("slug", Slug::parse(&self.wanted_slug()))).flatten();
        let environment = Environment::parse(&self.environment);
        let environment =
            errors.take("environment", environment.ok_or_else(|| "Choose what it is for.".into()));
        match (name, slug, environment) {
            (Some(name), Some(slug), Some(environment)) => Ok(New::One(NewOrg { slug, name, environment })),
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

/// The place to go on from: a group and a slug. Both empty at the beginning.
pub(super) fn place(after: &str) -> (&str, &str) {
    if after.contains('\0') {
        return ("", "");
    }
    after.rsplit_once('/').unwrap_or_default()
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

    #[test]
    fn only_the_chosen_kind_is_read() {
        let form = NewForm { project: "harbor".into(), slug: "NO".into(), ..NewForm::default() };
        assert!(matches!(form.parse(), Ok(New::Pair(_))));
        let form = NewForm { kind: "one".into(), ..form };
        let errors = form.parse().unwrap_err();
        assert!(["name", "slug", "environment"].iter().all(|field| !errors.of(field).is_empty()));
    }
}
