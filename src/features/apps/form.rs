//! The forms of apps, as typed and as parsed.
//!
//! What may not happen here: dropping what was typed when something is wrong.

use serde::Deserialize;

use crate::{
    features::apps::model::{App, AppName, NewApp},
    web::{
        form::{FieldErrors, Version},
        text,
    },
};

/// An app's form as a browser sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppForm {
    /// Absent when editing: a name is for ever.
    #[serde(default)]
    pub(super) name: String,
    /// Chosen when the app is added, and fixed then; absent means the default one.
    #[serde(default)]
    pub(super) network: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) url: String,
    /// The app that the form was made from; nothing for a new one.
    #[serde(default)]
    pub(super) version: Version,
}

impl AppForm {
    /// The form of an app as it stands.
    pub(super) fn of(app: &App) -> Self {
        Self {
            name: app.name.clone(),
            network: app.network.clone(),
            description: app.description.clone(),
            url: app.url.clone().unwrap_or_default(),
            version: app.version(),
        }
    }

    /// What somebody else made of the app beside what was typed.
    pub(super) fn clash(&self, now: &App) -> FieldErrors {
        FieldErrors::clash([
            ("What it is for", now.description.clone(), self.description.clone()),
            ("Address", now.url.clone().unwrap_or_default(), self.url.clone()),
        ])
    }

    pub(super) fn parse(&self) -> Result<NewApp, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take("name", AppName::parse(&self.name));
        let description = errors.take("description", text::paragraph(&self.description, 500));
        let url = errors.take("url", text::web_url(&self.url));
        match (name, description, url) {
            (Some(name), Some(description), Some(url)) => {
                let network = if self.network.is_empty() { "default" } else { self.network.trim() };
                Ok(NewApp { name, network: network.to_owned(), description, url })
            }
            _ => Err(errors),
        }
    }
}

/// The form that moves: where to, and the name, typed again.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveForm {
    #[serde(default)]
    pub(super) to: String,
    #[serde(default)]
    pub(super) confirm: String,
}
