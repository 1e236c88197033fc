//! The list of the caller's organizations, and the switcher's rows.
//!
//! What may not happen here: a row of the database in a template.

use askama::Template;

use crate::{
    auth::guard::SignedIn,
    features::orgs::{
        form::Switch,
        model::{Listed, Offer},
        store::PAGE,
    },
    role::Role,
    web::{
        find::Find,
        frame::{Frame, environment, zone},
        shell::{self, Environment, OrgRow, Section, Shell, counted},
        when::End,
    },
};

/// Organizations that stand together.
pub(super) struct Group {
    heading: String,
    cards: Vec<Card>,
}

/// One organization.
pub(super) struct Card {
    slug: String,
    /// Empty where it only repeats the slug.
    name: String,
    environment: Environment,
    rank: u8,
    role: &'static str,
    people: String,
}

/// One invitation that waits for an answer.
pub(super) struct Waiting {
    org: String,
    environment: Environment,
    role: &'static str,
    inviter: String,
    end: End,
}

/// Every organization of the caller.
#[derive(Template)]
#[template(path = "orgs/index.html", blocks = ["list"])]
pub(in crate::features::orgs) struct Index {
    shell: Shell,
    heading: String,
    q: String,
    waiting: Vec<Waiting>,
    groups: Vec<Group>,
    older: String,
    /// In none but their own.
    alone: bool,
    /// Where what was not found can be made.
    create: String,
}

impl Index {
    pub(in crate::features::orgs) fn new(
        who: &SignedIn,
        frame: Frame,
        (find, next): (&Find, Option<String>),
        listed: Vec<Listed>,
        offers: Vec<Offer>,
    ) -> Self {
        let older = match next {
            Some(after) => find.older("/orgs", &after),
            None => String::new(),
        };
        let zone = zone(who.account());
        let now = frame.now();
        let waiting = offers.into_iter().map(|offer| Waiting {
            environment: environment(&offer.environment),
            role: offer.role.map_or("", Role::phrase),
            end: zone.end(offer.expires_at, now),
            org: offer.org,
            inviter: offer.inviter,
        });
        let shell = frame.site(who, Section::Orgs);
        let total = shell.switcher.total;
        let alone = find.is_open() && total <= 1 && listed.iter().all(|org| org.environment == "personal");
        let heading = format!("You are in {}.", counted(total, "organization", "organizations"));
        Self {
            heading: if alone { "Your own one is all there is so far.".into() } else { heading },
            create: format!(
                "/orgs/new?{}",
                serde_html_form::to_string([("project", find.q.trim())]).unwrap_or_default()
            ),
            q: find.q.clone(),
            waiting: waiting.collect(),
            alone,
            groups: groups(listed),
            older,
            shell,
        }
    }
}

/// Cuts what is beyond the page, at a project's edge where there is one, and says after what the next page begins.
pub(in crate::features::orgs) fn next(listed: &mut Vec<Listed>) -> Option<(String, String)> {
    let beyond = listed.get(PAGE)?.group.clone();
    listed.truncate(PAGE);
    let whole = listed.iter().take_while(|org| org.group != beyond).count();
    // A project of more than a page, or those without one, are cut where the page ends.
    if whole > 0 && beyond.starts_with('1') {
        listed.truncate(whole);
    }
    listed.last().map(|last| (last.group.clone(), last.slug.clone()))
}

fn groups(listed: Vec<Listed>) -> Vec<Group> {
    let mut groups: Vec<(String, Group)> = Vec::new();
    for org in listed {
        let heading = match org.environment.as_str() {
            "personal" => "Personal".to_owned(),
            _ if org.project.is_empty() => "Without a project".to_owned(),
            _ => org.project.clone(),
        };
        let key = org.group.clone();
        let card = card(org);
        match groups.last_mut() {
            Some((last, group)) if *last == key => group.cards.push(card),
            _ => groups.push((key, Group { heading, cards: vec![card] })),
        }
    }
    let side_by_side = |environment: Environment| match environment {
        Environment::Development => 0,
        Environment::Staging => 1,
        Environment::Production | Environment::Personal => 2,
    };
    for (key, group) in &mut groups {
        if key.starts_with('1') {
            group.cards.sort_by_key(|card| side_by_side(card.environment));
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn card(org: Listed) -> Card {
    let role = org.roles.highest();
    let is_personal = org.environment == "personal";
    Card {
        environment: environment(&org.environment),
        rank: role.map_or(0, Role::bars),
        role: role.map_or("", Role::word),
        people: counted(org.people, "person", "people"),
        name: if org.name == org.slug || is_personal { String::new() } else { org.name },
        slug: org.slug,
    }
}

/// The switcher's rows alone.
#[derive(Template)]
#[template(path = "orgs/switcher.html")]
pub(in crate::features::orgs) struct Switcher {
    shell: Shell,
}

impl Switcher {
    /// What was found; the usual rows when nothing was looked for.
    pub(in crate::features::orgs) fn new(
        who: &SignedIn,
        frame: Frame,
        asked: &Switch,
        found: Option<Vec<Listed>>,
    ) -> Self {
        let mut shell = frame.site(who, Section::parse(&asked.section));
        if let Some(found) = found {
            let all = found.into_iter().map(|org| OrgRow {
                environment: environment(&org.environment),
                role_word: org.roles.highest().map_or("", Role::key).to_owned(),
                current: false,
                slug: org.slug,
                name: org.name,
                project: org.project,
                people: org.people,
            });
            let total = shell.switcher.total;
            shell.switcher = shell::Switcher { recent: Vec::new(), all: all.collect(), total };
        }
        for row in shell.switcher.recent.iter_mut().chain(&mut shell.switcher.all) {
            row.current = row.slug == asked.here;
        }
        Self { shell }
    }
}
