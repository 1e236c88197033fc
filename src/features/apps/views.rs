//! What the pages of apps show.
//!
//! What may not happen here: a row of the database in a template.

use askama::Template;

use crate::{
    auth::guard::Can,
    features::apps::{
        form::{AppForm, Filter},
        model::App,
        store::PAGE,
    },
    role::{ManageApps, ViewInside},
    web::{
        form::FieldErrors,
        frame::{Frame, environment, zone},
        shell::{Environment, Section, Shell, counted, initials, tint},
        when::When,
    },
};

/// One app in the list.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) purpose: String,
    pub(super) network: String,
    pub(super) owner: Option<Owner>,
    pub(super) added: When,
}

/// Who looks after an app.
pub(super) struct Owner {
    pub(super) name: String,
    pub(super) initials: String,
    pub(super) tint: u8,
}

#[derive(Template)]
#[template(path = "apps/index.html", blocks = ["list"])]
pub(super) struct Index {
    shell: Shell,
    org: String,
    heading: String,
    q: String,
    rows: Vec<Row>,
    older: String,
    may_manage: bool,
}

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

#[derive(Template)]
#[template(path = "apps/show.html")]
pub(super) struct Show {
    shell: Shell,
    org: String,
    row: Row,
    site: String,
    may_manage: bool,
}

impl Index {
    pub(super) fn new(who: &Can<ViewInside>, frame: Frame, filter: &Filter, mut apps: Vec<App>) -> Self {
        let more = apps.len() > PAGE as usize;
        apps.truncate(PAGE as usize);
        let org = who.org().slug.clone();
        let older = apps.last().filter(|_| more).map(|last| {
            let query = serde_html_form::to_string([("q", filter.q.as_str()), ("after", last.name.as_str())]);
            format!("/orgs/{org}/apps?{}", query.unwrap_or_default())
        });
        let rows: Vec<Row> = apps.iter().map(|app| row(who, &frame, app)).collect();
        let shell = frame.inside(who, Section::Apps);
        let all = shell.here.as_ref().map_or(0, |here| here.apps);
        Self {
            heading: format!("{} in {org}.", counted(all, "app", "apps")),
            q: filter.q.clone(),
            older: older.unwrap_or_default(),
            may_manage: who.may::<ManageApps>(),
            rows,
            shell,
            org,
        }
    }

    /// Nothing here at all, as opposed to nothing found.
    fn is_new(&self) -> bool {
        self.rows.is_empty() && self.q.trim().is_empty()
    }
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

impl Show {
    pub(super) fn new(who: &Can<ViewInside>, frame: Frame, app: &App) -> Self {
        Self {
            row: row(who, &frame, app),
            shell: frame.inside(who, Section::Apps),
            org: who.org().slug.clone(),
            site: app.url.clone().unwrap_or_default(),
            may_manage: who.may::<ManageApps>(),
        }
    }
}

fn place(who: &Can<ManageApps>) -> (String, Environment) {
    (who.org().slug.clone(), environment(&who.org().environment))
}

fn row(who: &Can<ViewInside>, frame: &Frame, app: &App) -> Row {
    let owner = app.owner.zip(app.owner_name.as_ref()).map(|(id, name)| Owner {
        name: name.clone(),
        initials: initials(name),
        tint: tint(id.uuid()),
    });
    Row {
        name: app.name.clone(),
        url: format!("/orgs/{}/apps/{}", who.org().slug, app.name),
        purpose: app.description.clone(),
        network: app.network.clone(),
        owner,
        added: zone(who.account()).ago(app.created_at, frame.now()),
    }
}
