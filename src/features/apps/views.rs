//! What the pages of apps show.
//!
//! What may not happen here: a row of the database in a template.

mod index;
mod moving;
mod reporting;
mod show;

pub(super) use index::Index;
pub(super) use moving::{Choose, Move};
pub(super) use reporting::Reporting;
pub(super) use show::Show;

use askama::Template;

use crate::{
    auth::guard::Can,
    features::apps::form::AppForm,
    role::ManageApps,
    web::{
        form::FieldErrors,
        frame::{Frame, environment},
        shell::{Environment, Section, Shell},
    },
};

#[derive(Template)]
#[template(path = "apps/new.html", blocks = ["sheet"])]
pub(super) struct New {
    shell: Shell,
    org: String,
    environment: Environment,
    form: AppForm,
    networks: Vec<String>,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "apps/edit.html", blocks = ["sheet"])]
pub(super) struct Edit {
    shell: Shell,
    org: String,
    environment: Environment,
    form: AppForm,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "apps/deletion.html", blocks = ["sheet"])]
pub(super) struct Deletion {
    shell: Shell,
    org: String,
    environment: Environment,
    name: String,
    errors: FieldErrors,
}

impl New {
    pub(super) fn of(
        who: &Can<ManageApps>,
        frame: Frame,
        form: AppForm,
        networks: Vec<String>,
        errors: FieldErrors,
    ) -> Self {
        let (org, environment) = place(who);
        Self { shell: frame.inside(who, Section::Apps), org, environment, form, networks, errors }
    }
}

impl Edit {
    pub(super) fn new(who: &Can<ManageApps>, frame: Frame, form: AppForm, errors: FieldErrors) -> Self {
        let (org, environment) = place(who);
        Self { shell: frame.inside(who, Section::Apps), org, environment, form, errors }
    }
}

impl Deletion {
    pub(super) fn new(who: &Can<ManageApps>, frame: Frame, name: String, errors: FieldErrors) -> Self {
        let (org, environment) = place(who);
        Self { shell: frame.inside(who, Section::Apps), org, environment, name, errors }
    }
}

fn place(who: &Can<ManageApps>) -> (String, Environment) {
    (who.org().slug.clone(), environment(&who.org().environment))
}
