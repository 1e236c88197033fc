//! The page of one app.
//!
//! What may not happen here: a control that the route behind it would refuse.

use askama::Template;

use super::index::{By, Next, StateWord, next, person, short, state_word, token_by};
use crate::{
    auth::guard::Can,
    clock::Instant,
    features::{
        apps::store::{Deployer, Shown, Who},
        releases::{self, Author, Bar, Release, Status},
        tokens,
    },
    role::{ManageApps, MoveApps, Permission},
    web::{
        frame::{Frame, environment, zone},
        shell::{Section, Shell},
        when::{When, Zone},
    },
};

/// The picture of the deploys, as the list has it.
pub(super) struct Picture {
    picture: String,
    bars: Vec<Bar>,
}

/// One deploy.
pub(super) struct Deploy {
    version: String,
    commit: String,
    url: String,
    state: StateWord,
    when: When,
    took: String,
    by: By,
}

/// Somebody who may deploy.
pub(super) struct Person {
    by: By,
    rank: u8,
    role: String,
    why: String,
    until: String,
}

#[derive(Template)]
#[template(path = "apps/show.html", blocks = ["deploys"])]
pub(in crate::features::apps) struct Show {
    shell: Shell,
    org: String,
    name: String,
    /// Its own address in the dashboard.
    page: String,
    purpose: String,
    site: String,
    network: String,
    /// Where the apps of its network find it.
    address: String,
    owner: String,
    added: When,
    state: StateWord,
    version: String,
    commit: String,
    next: Next,
    partner: String,
    row: Picture,
    deploys: Vec<Deploy>,
    older: String,
    /// Where the deploys ask whether something happened; empty further down.
    news: String,
    people: Vec<Person>,
    more_people: usize,
    tokens: Option<tokens::Card>,
    may_manage: bool,
    may_move: bool,
}

impl Show {
    pub(in crate::features::apps) fn new<P: Permission>(
        who: &Can<P>,
        frame: Frame,
        app: Shown,
        (deploys, older): (releases::Page, Option<String>),
        newest: bool,
    ) -> Self {
        let org = who.org().slug.clone();
        let page = format!("/orgs/{org}/apps/{}", app.name);
        let (zone, now) = (zone(who.account()), frame.now());
        let (partner, counterpart) = match &app.partner {
            Some((slug, key)) => (slug.clone(), environment(key).word().to_lowercase()),
            None => Default::default(),
        };
        let latest = deploys.rows.first().filter(|_| newest).map(|latest| latest.version.clone());
        let (bars, picture) = releases::picture(&app.days);
        let (version, commit) = app.current.unwrap_or_default();
        Self {
            next: next(app.standing, !version.is_empty(), &counterpart),
            state: state_word(app.state, latest.as_deref()),
            added: zone.ago(app.created_at, now),
            owner: app.owner.map_or_else(|| "Nobody".into(), |(_, name)| name),
            deploys: deploys.rows.iter().map(|release| deploy(release, &zone, now)).collect(),
            older: older.map(|cursor| format!("{page}?after={cursor}")).unwrap_or_default(),
            news: if newest { format!("{page}/news?seen={}", app.news) } else { String::new() },
            may_manage: who.may::<ManageApps>(),
            may_move: who.may::<MoveApps>(),
            shell: frame.inside(who, Section::Apps),
            commit: short(commit.as_deref(), &version),
            row: Picture { picture, bars },
            name: app.name,
            purpose: app.description,
            site: app.url.unwrap_or_default(),
            network: app.network,
            address: app.address,
            people: Vec::new(),
            more_people: 0,
            tokens: None,
            version,
            partner,
            page,
            org,
        }
    }

    pub(in crate::features::apps) fn with_deployers<P>(
        mut self,
        who: &Can<P>,
        now: Instant,
        all: Vec<Deployer>,
    ) -> Self {
        let zone = zone(who.account());
        let count = all.first().map_or(0, |first| usize::try_from(first.all).unwrap_or_default());
        self.more_people = count - all.len().min(count);
        self.people = all.into_iter().map(|one| deployer(one, &zone, now)).collect();
        self
    }

    /// With the tokens that are for this app alone.
    pub(in crate::features::apps) fn with_tokens(mut self, card: tokens::Card) -> Self {
        self.tokens = Some(card);
        self
    }

    fn more(&self) -> String {
        format!("{} more", self.more_people)
    }
}

fn deploy(release: &Release, zone: &Zone, now: Instant) -> Deploy {
    let state = match release.status {
        Status::Started => StateWord { word: "Started".into(), look: "", icon: "busy" },
        Status::Succeeded => StateWord { word: "Succeeded".into(), look: "ok", icon: "okdot" },
        Status::Failed => StateWord { word: "Failed".into(), look: "bad", icon: "warn" },
    };
    let by = match &release.author {
        Author::Account(account, name) => person(*account, name),
        Author::Token(name) => token_by(name),
    };
    Deploy {
        version: release.version.clone(),
        commit: short(release.commit.as_deref(), &release.version),
        url: release.url.clone().unwrap_or_default(),
        when: zone.ago(release.started_at, now),
        took: release
            .finished_at
            .map(|end| took((end.micros() - release.started_at.micros()) / 1_000_000))
            .unwrap_or_default(),
        state,
        by,
    }
}

/// `40 s`, `3 min 20 s`, `2 h 5 min`; nothing when start and end came in one report.
fn took(seconds: i64) -> String {
    match seconds {
        ..1 => String::new(),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

fn deployer(one: Deployer, zone: &Zone, now: Instant) -> Person {
    let by = one.granted_by.unwrap_or_else(|| "Cordon".into());
    let until = one.ends_at.map(|end| format!("Until {}", zone.end(end, now).date)).unwrap_or_default();
    match one.who {
        Who::Person { account, role, path, reason } => {
            let how = match path.as_str() {
                "created" => "Founded the organization".to_owned(),
                "request" => format!("Asked; {by} agreed"),
                "break-glass" => "Broke the glass".to_owned(),
                "sync" => "Came with the platform".to_owned(),
                _ => format!("Invited by {by}"),
            };
            let why = reason.map_or_else(|| format!("{how}."), |reason| format!("{how}: {reason}"));
            let by = person(account, &one.name);
            Person { by, rank: role.bars(), role: role.word().into(), why, until }
        }
        Who::Token { scope } => Person {
            by: token_by(&one.name),
            rank: 0,
            role: format!("Token of the organization, scope {scope}"),
            why: format!("Made by {by}."),
            until,
        },
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_duration_has_two_figures() {
        assert_eq!([0, 40, 200, 7_500].map(super::took), ["", "40 s", "3 min 20 s", "2 h 5 min"]);
    }
}
