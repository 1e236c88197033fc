//! An organization's first page: who is inside, what needs a look, what it is.
//!
//! What may not happen here: a button whose route would refuse its reader.

use askama::Template;

use crate::{
    auth::{grants::Insider, guard::Can},
    clock::Instant,
    features::{
        audit::{self, Entry, Line, Reader},
        networks::{Around, Map},
        orgs::{
            model::{Facts, Stuck},
            views::size::Size,
        },
    },
    role::{ManageApps, ManageSettings, Role, ViewInside, ViewOrg},
    web::{
        frame::{Frame, environment, zone},
        shell::{Environment, Face, Section, Shell, initials, tint},
        when::{When, Zone},
    },
};

/// How many people the picture holds.
const DRAWN: usize = 6;

/// One thing that somebody should look at.
pub(super) struct Look {
    icon: &'static str,
    lead: String,
    text: String,
    small: String,
    url: String,
    /// Empty when the reader can do nothing about it.
    label: &'static str,
    /// It opens beside this page.
    sheet: bool,
}

/// A first step that is still to be done.
pub(super) struct Step {
    icon: &'static str,
    text: &'static str,
    why: &'static str,
    url: String,
    label: &'static str,
}

/// An organization's first page.
#[derive(Template)]
#[template(path = "orgs/show.html")]
pub(in crate::features::orgs) struct Overview {
    shell: Shell,
    org: String,
    name: String,
    description: String,
    environment: Environment,
    partner: String,
    faces: Vec<Face>,
    count: usize,
    more: usize,
    spans: String,
    size: Option<Size>,
    looks: Vec<Look>,
    steps: Vec<Step>,
    latest: Vec<Line>,
    map: Option<Map>,
    project: String,
    plan: &'static str,
    created: When,
    created_by: String,
    apps: usize,
    may_invite: bool,
    may_set: bool,
    may_look_inside: bool,
}

impl Overview {
    pub(in crate::features::orgs) fn new(
        who: &Can<ViewOrg>,
        frame: Frame,
        (insiders, since): (&[Insider], Instant),
        facts: Facts,
        latest: &[Entry],
    ) -> Self {
        let org = who.org();
        let (now, zone) = (frame.now(), zone(who.account()));
        let shell = frame.inside(who, Section::Overview);
        let here = shell.here.as_ref();
        let people = here.map_or(insiders.len(), |here| here.people);
        let apps = here.map_or(0, |here| here.apps);
        let drawn = insiders.len().min(if people == DRAWN + 1 { people } else { DRAWN });
        let told = Told { who, insiders, now, zone: &zone };
        let steps = told.steps(people, apps);
        Self {
            faces: insiders.iter().take(drawn).map(|insider| told.face(insider)).collect(),
            count: people,
            more: people - drawn,
            spans: spans(insiders),
            size: Size::of(&facts.steps, (since, now), &zone),
            looks: told.looks(&facts.stuck, !steps.is_empty()),
            steps,
            map: facts.networks.map(|plan| Map::of(&plan, &Around::of(&shell))),
            latest: audit::lines(latest, &Reader::of(who, now)),
            name: if org.name == org.slug { String::new() } else { org.name.clone() },
            description: org.description.clone(),
            environment: environment(&org.environment),
            partner: here.and_then(|here| here.partner.clone()).unwrap_or_default(),
            plan: facts.plan.word(),
            project: facts.project.unwrap_or_default(),
            created: zone.ago(facts.created_at, now),
            created_by: facts.created_by,
            apps,
            may_invite: here.is_some_and(|here| here.may_invite),
            may_set: who.may::<ManageSettings>(),
            may_look_inside: who.may::<ViewInside>(),
            org: org.slug.clone(),
            shell,
        }
    }
}

/// What the sentences of the page are made of.
struct Told<'a> {
    who: &'a Can<ViewOrg>,
    insiders: &'a [Insider],
    now: Instant,
    zone: &'a Zone,
}

impl Told<'_> {
    fn is_me(&self, insider: &Insider) -> bool {
        insider.account == self.who.account().id
    }

    fn face(&self, insider: &Insider) -> Face {
        let first = insider.name.split_whitespace().next().unwrap_or(&insider.name);
        let until = insider.ends_at.map(|end| format!("Until {}", self.zone.end(end, self.now).date));
        Face {
            name: if self.is_me(insider) { "You".into() } else { first.to_owned() },
            initials: initials(&insider.name),
            tint: tint(insider.account.uuid()),
            note: until.unwrap_or_else(|| insider.role.word().to_owned()),
            joining: false,
        }
    }

    /// Nobody is left who could let anybody in when this one cannot sign in.
    fn only_owner(&self) -> Option<&Insider> {
        let mut owners = self.insiders.iter().filter(|insider| insider.role == Role::Owner);
        let only = owners.next()?;
        (owners.next().is_none() && self.who.org().environment != "personal").then_some(only)
    }

    fn steps(&self, people: usize, apps: usize) -> Vec<Step> {
        let at = |tail: &str| format!("/orgs/{}/{tail}", self.who.org().slug);
        let alone = people == 1 && self.only_owner().is_some() && self.who.roles().may_grant(Role::Owner);
        let empty = apps == 0 && self.who.may::<ManageApps>();
        let steps = [
            alone.then(|| Step {
                icon: "mail",
                text: "Invite a second owner",
                why: "Just you in here. A second owner can let you back in if you cannot sign in.",
                url: at("invites/new"),
                label: "Invite a second owner",
            }),
            empty.then(|| Step {
                icon: "app",
                text: "Add an app",
                why: "What runs in this organization is listed here.",
                url: at("apps/new"),
                label: "Add app",
            }),
        ];
        steps.into_iter().flatten().collect()
    }

    fn looks(&self, stuck: &[Stuck], has_steps: bool) -> Vec<Look> {
        let mut looks: Vec<Look> = self.insiders.iter().filter_map(|insider| self.ending(insider)).collect();
        looks.extend(stuck.iter().map(|stuck| self.stuck(stuck)));
        // While somebody is all alone in there, the first step says it already.
        let told = has_steps && self.insiders.len() == 1;
        if let Some(owner) = self.only_owner().filter(|_| !told) {
            let me = self.is_me(owner);
            looks.push(Look {
                icon: "team",
                lead: if me {
                    "You are the only owner".into()
                } else {
                    format!("{} is the only owner", owner.name)
                },
                text: String::new(),
                small: "If that person cannot sign in, nobody can name another owner.".into(),
                url: format!("/orgs/{}/invites/new", self.who.org().slug),
                label: if self.who.roles().may_grant(Role::Owner) { "Invite a second owner" } else { "" },
                sheet: true,
            });
        }
        looks
    }

    fn ending(&self, insider: &Insider) -> Option<Look> {
        let end = self.zone.end(insider.ends_at?, self.now);
        let (role, since) = (insider.role.word(), self.zone.date(insider.since, self.now));
        end.soon.then(|| Look {
            icon: "sand",
            lead: if self.is_me(insider) { "You".into() } else { insider.name.clone() },
            text: format!("{} access {}", if self.is_me(insider) { "lose" } else { "loses" }, end.distance),
            small: format!("{role} since {since}. Ends {}.", end.exact),
            url: format!("/orgs/{}/team/{}", self.who.org().slug, insider.account),
            label: if self.may_change(insider) { "Extend or let end" } else { "" },
            sheet: true,
        })
    }

    /// Whether the form behind the button would open: everything held must be within the reader's own.
    fn may_change(&self, insider: &Insider) -> bool {
        let mut held = Role::ALL.into_iter().filter(|role| insider.roles.contains(*role));
        held.all(|role| self.who.roles().may_grant(role))
    }

    fn stuck(&self, stuck: &Stuck) -> Look {
        let role = stuck.role.map_or("", Role::phrase);
        let (text, small) = if stuck.held {
            let small = format!("{} invited them as {role} and may no longer do that.", stuck.inviter);
            ("waits for an admin's approval to come in", small)
        } else {
            ("did not get the invitation", format!("The mail to become {role} could not be sent."))
        };
        Look {
            icon: "mail",
            lead: stuck.email.clone(),
            text: text.into(),
            small,
            url: format!("/orgs/{}/invites", self.who.org().slug),
            label: "Open invites",
            sheet: false,
        }
    }
}

/// "4 standing, 2 until a date."
fn spans(insiders: &[Insider]) -> String {
    let ending = insiders.iter().filter(|insider| insider.ends_at.is_some()).count();
    match (insiders.len() - ending, ending) {
        (_, 0) => "No access has an end date.".into(),
        (0, _) => "All access has an end date.".into(),
        (standing, ending) => {
            format!("{standing} standing, {ending} until a date.")
        }
    }
}
