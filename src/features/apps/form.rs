//! The forms of apps, as typed and as parsed.
//!
//! What may not happen here: dropping what was typed when something is wrong.

use serde::Deserialize;

use crate::{
    features::apps::model::{AppName, NewApp},
    web::{form::FieldErrors, text},
};

/// An app's form as a browser sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppForm {
    /// Absent when editing: a name is for ever.
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) url: String,
}

impl AppForm {
    pub(super) fn parse(&self) -> Result<NewApp, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take("name", AppName::parse(&self.name));
        let description = errors.take("description", text::paragraph(&self.description, 500));
        let url = errors.take("url", text::web_url(&self.url));
        match (name, description, url) {
            (Some(name), Some(description), Some(url)) => Ok(NewApp { name, description, url }),
            _ => Err(errors),
        }
    }
}

/// The form that deletes: the name, typed again.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeletionForm {
    #[serde(default)]
    pub(super) confirm: String,
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
