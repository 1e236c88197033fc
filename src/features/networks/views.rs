//! What the pages of networks show.
//!
//! What may not happen here: a row of the database in a template.

use askama::Template;

use crate::{
    auth::guard::Can,
    features::networks::{
        form::{ExposureForm, NetworkForm},
        map::{Around, Map},
        model::{DEFAULT, Exposure, Member, Network, Plan, Planned},
        store::{PAGE, WAYS},
    },
    role::{ManageNetworks, Permission, ViewInside},
    web::{
        form::FieldErrors,
        frame::{Frame, environment, zone},
        shell::{Environment, Section, Shell, counted},
        when::When,
    },
};

/// How many ways a row of the table tells.
const TOLD: usize = 4;

/// One network in the list.
pub(super) struct Row {
    name: String,
    url: String,
    prefix: String,
    apps: usize,
    ways: Vec<Entry>,
    more: String,
    made_by: String,
    made: When,
    is_default: bool,
}

/// One way, as a line of a list.
pub(super) struct Entry {
    app: String,
    other: String,
    ports: String,
    url: String,
}

#[derive(Template)]
#[template(path = "networks/index.html", blocks = ["list"])]
pub(super) struct Index {
    shell: Shell,
    org: String,
    heading: String,
    map: Option<Map>,
    rows: Vec<Row>,
    older: String,
    only_default: bool,
    project: String,
    may_manage: bool,
}

#[derive(Template)]
#[template(path = "networks/show.html", blocks = ["list"])]
pub(super) struct Show {
    shell: Shell,
    org: String,
    name: String,
    url: String,
    prefix: String,
    number: u32,
    /// Such as "by Ada Lovelace"; may be empty.
    made_by: String,
    made: When,
    apps: Vec<Resident>,
    older: String,
    ways_in: Vec<Entry>,
    ways_out: Vec<Entry>,
    cut_off: bool,
    may_delete: bool,
    may_manage: bool,
}

/// An app and where it answers.
pub(super) struct Resident {
    name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "networks/new.html", blocks = ["sheet"])]
pub(super) struct New {
    shell: Shell,
    org: String,
    environment: Environment,
    form: NetworkForm,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "networks/deletion.html", blocks = ["sheet"])]
pub(super) struct Deletion {
    shell: Shell,
    org: String,
    environment: Environment,
    name: String,
    ways: Vec<Entry>,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "networks/expose.html", blocks = ["sheet"])]
pub(super) struct Expose {
    shell: Shell,
    org: String,
    environment: Environment,
    form: ExposureForm,
    networks: Vec<String>,
    apps: Vec<String>,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "networks/unexpose.html", blocks = ["sheet"])]
pub(super) struct Unexpose {
    shell: Shell,
    org: String,
    environment: Environment,
    way: Entry,
    into: String,
}

impl Index {
    pub(super) fn new(who: &Can<ViewInside>, frame: Frame, after: &str, mut plan: Plan) -> Self {
        let more = plan.0.len() > PAGE as usize;
        plan.0.truncate(PAGE as usize);
        let org = who.org().slug.clone();
        let older = plan.0.last().filter(|_| more);
        let older = older.map(|last| format!("/orgs/{org}/networks?after={}", last.name)).unwrap_or_default();
        let (zone, now) = (zone(who.account()), frame.now());
        let rows = plan.0.iter().map(|planned| row(&org, planned, zone.ago(planned.made_at, now))).collect();
        let shell = frame.inside(who, Section::Networks);
        let all = shell.here.as_ref().map_or(0, |here| here.networks);
        Self {
            heading: format!(
                "{} in {org}. Apps of one network reach each other.",
                counted(all, "network", "networks")
            ),
            map: after.is_empty().then(|| Map::of(&plan, &Around::of(&shell))),
            rows,
            older,
            only_default: all <= 1,
            project: who.org().project_id.map(|id| id.to_string()).unwrap_or_default(),
            may_manage: who.may::<ManageNetworks>(),
            shell,
            org,
        }
    }
}

impl Show {
    pub(super) fn new(
        who: &Can<ViewInside>,
        frame: Frame,
        network: &Network,
        after: &str,
        mut apps: Vec<Member>,
        ways: &[Exposure],
    ) -> Self {
        let more = apps.len() > PAGE as usize;
        apps.truncate(PAGE as usize);
        let org = who.org().slug.clone();
        let url = format!("/orgs/{org}/networks/{}", network.name);
        let older = apps.last().filter(|_| more).map(|last| format!("{url}?after={}", last.name));
        let (into, out): (Vec<&Exposure>, Vec<&Exposure>) =
            ways.iter().partition(|way| way.into == network.name);
        Self {
            name: network.name.clone(),
            url,
            prefix: network.number.prefix(),
            number: network.number.0,
            made_by: match &network.made_by {
                _ if network.name == DEFAULT => format!("with {org}"),
                Some(name) => format!("by {name}"),
                None => String::new(),
            },
            made: zone(who.account()).ago(network.made_at, frame.now()),
            apps: apps
                .iter()
                .map(|app| Resident {
                    name: app.name.clone(),
                    address: network.number.address(app.id).to_string(),
                })
                .collect(),
            older: older.unwrap_or_default(),
            ways_in: into.iter().map(|way| entry(&org, way, &way.source)).collect(),
            ways_out: out.iter().map(|way| entry(&org, way, &way.into)).collect(),
            cut_off: ways.len() >= WAYS as usize,
            may_delete: network.name != DEFAULT && apps.is_empty() && after.is_empty(),
            may_manage: who.may::<ManageNetworks>(),
            shell: frame.inside(who, Section::Networks),
            org,
        }
    }
}

impl New {
    pub(super) fn of(
        who: &Can<ManageNetworks>,
        frame: Frame,
        form: NetworkForm,
        errors: FieldErrors,
    ) -> Self {
        let (org, environment) = place(who);
        Self { shell: frame.inside(who, Section::Networks), org, environment, form, errors }
    }
}

impl Deletion {
    pub(super) fn new(
        who: &Can<ManageNetworks>,
        frame: Frame,
        name: String,
        ways: &[Exposure],
        errors: FieldErrors,
    ) -> Self {
        let (org, environment) = place(who);
        let ways = ways.iter().map(|way| entry(&org, way, &way.into)).collect();
        Self { shell: frame.inside(who, Section::Networks), org, environment, name, ways, errors }
    }
}

impl Expose {
    pub(super) fn of(
        who: &Can<ManageNetworks>,
        frame: Frame,
        form: ExposureForm,
        (networks, apps): (Vec<String>, Vec<String>),
        errors: FieldErrors,
    ) -> Self {
        let (org, environment) = place(who);
        Self { shell: frame.inside(who, Section::Networks), org, environment, form, networks, apps, errors }
    }
}

impl Unexpose {
    pub(super) fn new(who: &Can<ManageNetworks>, frame: Frame, exposure: &Exposure) -> Self {
        let (org, environment) = place(who);
        let way = entry(&org, exposure, &exposure.source);
        Self {
            shell: frame.inside(who, Section::Networks),
            org,
            environment,
            way,
            into: exposure.into.clone(),
        }
    }
}

fn place<P: Permission>(who: &Can<P>) -> (String, Environment) {
    (who.org().slug.clone(), environment(&who.org().environment))
}

fn entry(org: &str, way: &Exposure, other: &str) -> Entry {
    Entry {
        app: way.app_name.clone(),
        other: other.to_owned(),
        ports: way.ports.told(way.protocol),
        url: format!("/orgs/{org}/exposures/{}/deletion", way.id),
    }
}

fn row(org: &str, planned: &Planned, made: When) -> Row {
    let ways = planned.exposures.iter().take(TOLD).map(|way| Entry {
        app: way.app.clone(),
        other: way.source.clone(),
        ports: way.ports.listed(way.protocol),
        url: format!("/orgs/{org}/exposures/{}/deletion", way.id),
    });
    let ways: Vec<Entry> = ways.collect();
    let more = planned.exposures_total.saturating_sub(ways.len());
    Row {
        name: planned.name.clone(),
        url: format!("/orgs/{org}/networks/{}", planned.name),
        prefix: planned.number.prefix(),
        apps: planned.apps_total,
        ways,
        more: if more > 0 { format!("and {more} more") } else { String::new() },
        made_by: planned.made_by.clone().unwrap_or_default(),
        made,
        is_default: planned.name == DEFAULT,
    }
}
