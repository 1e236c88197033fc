//! The account's forms, as typed and as parsed.
//!
//! What may not happen here: dropping what was typed when something is wrong.

use serde::Deserialize;

use crate::{
    db::context::Account,
    features::account::model::{Appearance, Profile, theme, time_zone},
    web::{form::FieldErrors, text},
};

/// The name, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileForm {
    #[serde(default)]
    pub(super) name: String,
}

/// Looks, as chosen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppearanceForm {
    #[serde(default)]
    pub(super) time_zone: String,
    #[serde(default)]
    pub(super) theme: String,
    #[serde(default)]
    pub(super) single_keys: String,
}

/// A form that is a button.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {}

impl ProfileForm {
    pub(super) fn of(account: &Account) -> Self {
        Self { name: account.name.clone() }
    }

    pub(super) fn parse(&self) -> Result<Profile, FieldErrors> {
        let fits = |name: String| match name.chars().count() {
            ..=100 => Ok(name),
            _ => Err("Use at most 100 characters.".to_owned()),
        };
        let name = text::name(&self.name).and_then(fits);
        name.map(|name| Profile { name }).map_err(|sentence| FieldErrors::one("name", sentence))
    }
}

impl AppearanceForm {
    pub(super) fn of(account: &Account) -> Self {
        let keys = if account.single_keys { "on" } else { "off" };
        Self {
            time_zone: account.time_zone.clone(),
            theme: account.theme.clone(),
            single_keys: keys.to_owned(),
        }
    }

    pub(super) fn parse(&self) -> Result<Appearance, FieldErrors> {
        let mut errors = FieldErrors::new();
        let zone = time_zone(&self.time_zone)
            .ok_or_else(|| "That is not a time zone. Write it like Europe/Berlin, or UTC.".to_owned());
        let time_zone = errors.take("time_zone", zone);
        let theme = errors.take("theme", theme(&self.theme).ok_or_else(|| "Choose one of these.".to_owned()));
        let keys = match self.single_keys.as_str() {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err("Choose on or off.".to_owned()),
        };
        match (time_zone, theme, errors.take("single_keys", keys)) {
            (Some(time_zone), Some(theme), Some(single_keys)) => {
                Ok(Appearance { time_zone, theme, single_keys })
            }
            _ => Err(errors),
        }
    }
}
