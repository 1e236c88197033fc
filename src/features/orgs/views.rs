//! What the pages of organizations show.
//!
//! What may not happen here: a row of the database in a template.

mod list;
mod new;
mod overview;
mod size;

pub(super) use list::{Index, Switcher, next};
pub(super) use new::NewPage;
pub(super) use overview::Overview;

use askama::Template;

use crate::{
    auth::guard::Can,
    features::orgs::form::SettingsForm,
    role::ManageSettings,
    web::{
        form::FieldErrors,
        frame::Frame,
        frame::environment,
        shell::{Environment, Section, Shell},
    },
};

/// The settings of an organization.
#[derive(Template)]
#[template(path = "orgs/settings.html")]
pub(super) struct Edit {
    shell: Shell,
    org: String,
    environment: Environment,
    partner: String,
    form: SettingsForm,
    errors: FieldErrors,
}

impl Edit {
    pub(super) fn new(
        who: &Can<ManageSettings>,
        frame: Frame,
        form: SettingsForm,
        errors: FieldErrors,
    ) -> Self {
        let shell = frame.inside(who, Section::Settings);
        Self {
            org: who.org().slug.clone(),
            environment: environment(&who.org().environment),
            partner: shell.here.as_ref().and_then(|here| here.partner.clone()).unwrap_or_default(),
            shell,
            form,
            errors,
        }
    }
}
