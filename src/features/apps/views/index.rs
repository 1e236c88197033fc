//! The list of apps.
//!
//! What may not happen here: a row of the database in a template.

use std::collections::HashMap;

use askama::Template;

use crate::{
    auth::guard::Can,
    features::{
        apps::{
            filter::{Filter, Sort, State},
            model::Standing,
            store::{Around, Line, Lines},
        },
        releases::{self, Bar},
    },
    ids::AppId,
    role::{ManageApps, Permission},
    web::{
        frame::{Frame, environment, zone},
        shell::{Section, Shell, counted, initials, tint},
        when::{When, Zone},
    },
};

/// One app in the list.
pub(super) struct Row {
    name: String,
    url: String,
    purpose: String,
    state: StateWord,
    version: String,
    commit: String,
    next: Next,
    deploy: Option<Deploy>,
    network: String,
    bars: Vec<Bar>,
    picture: String,
}

/// How an app is, in a word.
pub(super) struct StateWord {
    pub(super) word: String,
    pub(super) look: &'static str,
    pub(super) icon: &'static str,
}

/// How it stands next to its counterpart.
#[derive(Default)]
pub(super) struct Next {
    /// `Same`, `2 behind`, `1 ahead`
    pub(super) text: String,
    /// Behind it `as staging`, where no column says so.
    pub(super) rest: String,
    /// It waits for something.
    pub(super) soon: bool,
}

/// The last report.
pub(super) struct Deploy {
    pub(super) when: When,
    pub(super) by: By,
}

/// Who deployed.
pub(super) struct By {
    pub(super) name: String,
    pub(super) initials: String,
    pub(super) tint: u8,
    pub(super) bot: bool,
}

/// A choice of a filter.
pub(super) struct Choice {
    value: String,
    label: String,
    checked: bool,
}

#[derive(Template)]
#[template(path = "apps/index.html", blocks = ["list"])]
pub(in crate::features::apps) struct Index {
    shell: Shell,
    org: String,
    heading: String,
    q: String,
    status: &'static str,
    statuses: Vec<Choice>,
    network: String,
    networks: Vec<Choice>,
    sort: &'static str,
    by_name: String,
    by_last_deploy: String,
    rows: Vec<Row>,
    older: String,
    /// Where the list asks whether something happened.
    news: String,
    /// `staging`, when there is another half.
    counterpart: String,
    partner: String,
    note: String,
    is_new: bool,
    may_manage: bool,
    /// Only the list is asked for: what it says about itself above goes along.
    alone: bool,
}

impl Index {
    pub(in crate::features::apps) fn new<P: Permission>(
        who: &Can<P>,
        frame: Frame,
        filter: &Filter,
        (lines, around, standings, next_page): (Lines, Around, HashMap<AppId, Standing>, Option<String>),
    ) -> Self {
        let org = who.org().slug.clone();
        let apps = format!("/orgs/{org}/apps");
        let zone = zone(who.account());
        let (partner, counterpart) = match &around.partner {
            Some((slug, key)) => (slug.clone(), environment(key).word().to_lowercase()),
            None => Default::default(),
        };
        let now = frame.now();
        let rows = lines
            .rows
            .iter()
            .map(|line| Row {
                url: format!("{apps}/{}", line.name),
                next: next(standings.get(&line.id).copied(), line.current.is_some(), &counterpart),
                ..row(line, &zone, now)
            })
            .collect::<Vec<_>>();
        let older = next_page.map(|page| filter.from(page).url(&apps)).unwrap_or_default();
        let is_new = around.apps() == 0;
        let note = if filter.narrows() || !older.is_empty() {
            String::new()
        } else {
            format!("Showing all {}.", counted(rows.len(), "app", "apps"))
        };
        Self {
            heading: heading(&org, &around),
            q: filter.q.clone(),
            status: filter.state.map_or("Any", State::word),
            statuses: statuses(filter),
            network: if filter.network.is_empty() { "Any".into() } else { filter.network.clone() },
            networks: networks(filter, &around.networks),
            sort: filter.sort.key(),
            by_name: filter.sorted(Sort::Name).url(&apps),
            by_last_deploy: filter.sorted(Sort::LastDeploy).url(&apps),
            news: format!("{apps}/news?{}", filter.query(Some(&around.news))),
            may_manage: who.may::<ManageApps>(),
            shell: frame.inside(who, Section::Apps),
            rows,
            older,
            counterpart,
            partner,
            note,
            alone: false,
            is_new,
            org,
        }
    }
}

impl Index {
    /// The list without the page around it.
    pub(in crate::features::apps) fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

/// `8 apps in acme-production: 6 live, 1 rolling out, 1 failed.`
fn heading(org: &str, around: &Around) -> String {
    let apps = usize::try_from(around.apps()).unwrap_or_default();
    if apps == 0 {
        return format!("Nothing runs in {org} yet.");
    }
    let parts = [
        (around.live, "live"),
        (around.rolling_out, "rolling out"),
        (around.stalled, "without a result"),
        (around.failed, "failed"),
        (around.not_deployed, "not deployed"),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{} in {org}: {}.", counted(apps, "app", "apps"), told.join(", "))
}

fn statuses(filter: &Filter) -> Vec<Choice> {
    let any = Choice { value: "any".into(), label: "Any".into(), checked: filter.state.is_none() };
    let state = |state: State| Choice {
        value: state.key().into(),
        label: state.word().into(),
        checked: filter.state == Some(state),
    };
    std::iter::once(any).chain(State::ALL.map(state)).collect()
}

fn networks(filter: &Filter, names: &[String]) -> Vec<Choice> {
    let any = Choice { value: "any".into(), label: "Any".into(), checked: filter.network.is_empty() };
    let others = names.iter().map(|name| Choice {
        value: name.clone(),
        label: name.clone(),
        checked: filter.network == *name,
    });
    std::iter::once(any).chain(others).collect()
}

fn row(line: &Line, zone: &Zone, now: crate::clock::Instant) -> Row {
    let (bars, picture) = releases::picture(&line.days);
    let (version, commit) = line.current.clone().unwrap_or_default();
    let by = match &line.account {
        Some((account, name)) => person(*account, name),
        None => token_by(line.token.as_deref().unwrap_or("a token")),
    };
    Row {
        name: line.name.clone(),
        url: String::new(),
        purpose: line.description.clone(),
        state: state_word(line.state, line.latest.as_deref()),
        commit: short(commit.as_deref(), &version),
        version,
        next: Next::default(),
        deploy: line.deployed_at.map(|at| Deploy { when: zone.ago(at, now), by }),
        network: line.network.clone(),
        bars,
        picture,
    }
}

/// A person who deployed.
pub(super) fn person(account: crate::ids::AccountId, name: &str) -> By {
    By { name: name.to_owned(), initials: initials(name), tint: tint(account.uuid()), bot: false }
}

/// A token that deployed.
pub(super) fn token_by(name: &str) -> By {
    By { name: name.to_owned(), initials: String::new(), tint: 1, bot: true }
}

/// How an app is: a failed deploy names the version that failed, since the version beside it is the one that runs.
pub(super) fn state_word(state: State, latest: Option<&str>) -> StateWord {
    let (look, icon) = state.look();
    let word = match (state, latest) {
        (State::Failed, Some(version)) => format!("{version} failed"),
        _ => state.word().to_owned(),
    };
    StateWord { word, look, icon }
}

/// A commit as people write it; nothing where the version says it already.
pub(super) fn short(commit: Option<&str>, version: &str) -> String {
    let short: String = commit.unwrap_or_default().chars().take(7).collect();
    if version.contains(&short) { String::new() } else { short }
}

/// How it stands next to its counterpart in the other half, in words.
pub(super) fn next(standing: Option<Standing>, deployed: bool, counterpart: &str) -> Next {
    if counterpart.is_empty() || !deployed {
        return Next::default();
    }
    // Staging waits for nobody; production that is behind may.
    let behind = counterpart == "staging";
    let (text, rest, soon) = match standing {
        Some(Standing::Same) => ("Same".to_owned(), format!("as {counterpart}"), false),
        Some(Standing::Behind(count)) => (format!("{count} behind"), counterpart.to_owned(), behind),
        Some(Standing::Ahead(count)) => (format!("{count} ahead"), format!("of {counterpart}"), false),
        Some(Standing::Differs) => ("Other version".to_owned(), format!("than {counterpart}"), false),
        None => (format!("Not in {counterpart}"), String::new(), false),
    };
    Next { text, rest, soon }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heading_counts_what_is_there() {
        let around = Around { live: 6, rolling_out: 1, failed: 1, ..Around::default() };
        assert_eq!(heading("acme", &around), "8 apps in acme: 6 live, 1 rolling out, 1 failed.");
        assert_eq!(heading("acme", &Around::default()), "Nothing runs in acme yet.");
    }

    #[test]
    fn only_production_waits_for_its_other_half() {
        assert!(next(Some(Standing::Behind(2)), true, "staging").soon);
        assert!(!next(Some(Standing::Behind(2)), true, "production").soon);
        assert_eq!(next(None, true, "staging").text, "Not in staging");
        assert_eq!(next(None, false, "staging").text, "");
    }
}
