//! Moving an app: where to, then what it means.
//!
//! What may not happen here: an organization that the caller may not move it to.

use askama::Template;

use crate::{
    auth::guard::Can,
    db::context::Org,
    features::apps::{
        model::App,
        moving::{needs_typing, targets},
        store::Luggage,
    },
    role::MoveApps,
    web::{
        form::FieldErrors,
        frame::{Frame, environment},
        shell::{Environment, Section, Shell, counted},
    },
};

/// An organization to move to.
pub(super) struct Target {
    slug: String,
    environment: Environment,
    url: String,
}

#[derive(Template)]
#[template(path = "apps/choose.html", blocks = ["sheet"])]
pub(in crate::features::apps) struct Choose {
    shell: Shell,
    environment: Environment,
    name: String,
    page: String,
    targets: Vec<Target>,
}

#[derive(Template)]
#[template(path = "apps/move.html", blocks = ["sheet"])]
pub(in crate::features::apps) struct Move {
    shell: Shell,
    environment: Environment,
    org: String,
    name: String,
    page: String,
    to: String,
    to_environment: Environment,
    goes: Vec<String>,
    ends: Vec<String>,
    typed: bool,
    errors: FieldErrors,
}

impl Choose {
    pub(in crate::features::apps) fn new(who: &Can<MoveApps>, frame: Frame, app: &App) -> Self {
        let page = format!("/orgs/{}/apps/{}", who.org().slug, app.name);
        let target = |(slug, key): (String, String)| Target {
            url: format!("{page}/move?to={slug}"),
            environment: environment(&key),
            slug,
        };
        Self {
            targets: targets(who).into_iter().map(target).collect(),
            shell: frame.inside(who, Section::Apps),
            environment: environment(&who.org().environment),
            name: app.name.clone(),
            page,
        }
    }
}

impl Move {
    pub(in crate::features::apps) fn new(
        who: &Can<MoveApps>,
        frame: Frame,
        app: &App,
        (to, luggage): (&Org, &Luggage),
        errors: FieldErrors,
    ) -> Self {
        let org = who.org().slug.clone();
        Self {
            goes: goes(app, luggage),
            ends: ends(&org, &to.slug, app, luggage),
            shell: frame.inside(who, Section::Apps),
            environment: environment(&who.org().environment),
            page: format!("/orgs/{org}/apps/{}", app.name),
            name: app.name.clone(),
            to: to.slug.clone(),
            to_environment: environment(&to.environment),
            typed: needs_typing(who, to),
            org,
            errors,
        }
    }

    /// A production organization on either side colours the sheet.
    fn edge(&self) -> Environment {
        if self.to_environment.is_production() { self.to_environment } else { self.environment }
    }
}

fn goes(app: &App, luggage: &Luggage) -> Vec<String> {
    let mut goes = vec!["Its name, description and address.".to_owned()];
    if luggage.releases > 0 {
        let releases = usize::try_from(luggage.releases).unwrap_or_default();
        goes.push(format!("Its {}.", counted(releases, "deploy", "deploys")));
    }
    if let Some(owner) = app.owner_name.as_ref().filter(|_| luggage.owner_comes) {
        goes.push(format!("Its owner, {owner}, who is inside there too."));
    }
    goes
}

fn ends(org: &str, to: &str, app: &App, luggage: &Luggage) -> Vec<String> {
    let mut ends = vec![
        format!("Nobody deploys it by being in {org}. Whoever may deploy apps in {to} may deploy it."),
        format!("It leaves the network {} and joins the network default of {to}.", app.network),
    ];
    if !luggage.reached_from.is_empty() {
        ends.push(format!(
            "It is closed to the other networks that reach it: {}.",
            luggage.reached_from.join(", ")
        ));
    }
    if luggage.tokens.is_empty() {
        ends.push(format!("Pipelines that report with a token of {org} are refused."));
    } else {
        let count = counted(luggage.tokens.len(), "token stops", "tokens stop");
        ends.push(format!("Its {count} working: {}.", luggage.tokens.join(", ")));
    }
    if let Some(owner) = app.owner_name.as_ref().filter(|_| !luggage.owner_comes) {
        ends.push(format!("{owner} is not in {to} and no longer owns it."));
    }
    ends
}
