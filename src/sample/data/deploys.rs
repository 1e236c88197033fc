//! What was deployed: per app how often on each of the last days, and what went before.
//!
//! What may not happen here: a version that a pair of apps builds from different commits.

use sha2::{Digest as _, Sha256};

use super::{
    calendar::Calendar,
    orgs::{APPS, App},
    tokens::TOKENS,
};
use crate::clock::Instant;

/// One deploy of one app.
#[derive(Clone, Debug)]
pub(super) struct Deploy {
    pub(super) org: &'static str,
    pub(super) app: &'static str,
    pub(super) version: String,
    pub(super) commit: String,
    pub(super) status: &'static str,
    /// How long it took.
    pub(super) seconds: i64,
    pub(super) by: By,
}

/// Who deployed.
#[derive(Clone, Copy, Debug)]
pub(super) enum By {
    Person(&'static str),
    Token(&'static str),
}

/// How an app was deployed lately.
struct Habit {
    app: &'static str,
    by: By,
    /// The newest version, and its commit where somebody will look at it.
    newest: (u32, &'static str),
    last: &'static str,
    /// Deploys on the 14 days that end today; the last of them at `last`.
    days: [u8; 14],
    /// Deploys before these days, about one a week.
    before: u8,
    status: &'static str,
}

const ROBOT: By = By::Token("github-actions");
const QUIET: [u8; 14] = [0; 14];

const fn habit(
    app: &'static str,
    by: By,
    newest: (u32, &'static str),
    last: &'static str,
    days: [u8; 14],
    before: u8,
) -> Habit {
    Habit { app, by, newest, last, days, before, status: "succeeded" }
}

impl Habit {
    const fn ends(mut self, status: &'static str) -> Self {
        self.status = status;
        self
    }
}

#[rustfmt::skip]
const HABITS: [Habit; 22] = [
    habit("web", ROBOT, (388, "51f0aa2"), "-3m", [2, 0, 0, 3, 4, 2, 3, 0, 1, 3, 2, 3, 4, 1], 6).ends("started"),
    habit("checkout-api", ROBOT, (214, "9c41e07"), "-20m", [1, 0, 0, 2, 3, 1, 2, 0, 0, 2, 4, 1, 3, 1], 5),
    habit("orders-worker", ROBOT, (97, "e2d8b10"), "2026-11-20 14:02", [0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 2, 0, 0, 0], 4),
    habit("card-gateway", By::Person("priya"), (41, "07be66c"), "2026-11-17 10:30", [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], 2),
    habit("vault-proxy", By::Person("priya"), (12, "d91c3fe"), "2026-10-29 09:11", QUIET, 3),
    habit("postgres-main", By::Person("tomas"), (16, "a40c9d5"), "2026-11-12 05:04", [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 2),
    habit("redis-cache", By::Person("tomas"), (8, "3bb17f2"), "2026-09-03 12:40", QUIET, 2),
    habit("metrics", By::Token("ci-legacy"), (56, "f6e0214"), "2026-09-23 06:15", QUIET, 3).ends("failed"),
    habit("web-staging", ROBOT, (388, "51f0aa2"), "-48m", [2, 0, 0, 3, 4, 2, 3, 0, 1, 3, 2, 3, 4, 1], 6),
    habit("checkout-api-staging", ROBOT, (215, "1d7e4b8"), "-35m", [1, 0, 0, 2, 3, 1, 2, 0, 0, 3, 4, 1, 3, 1], 5),
    habit("orders-worker-staging", ROBOT, (97, "e2d8b10"), "2026-11-20 11:20", [0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 2, 0, 0, 0], 4),
    habit("card-gateway-staging", By::Person("priya"), (43, "c2f09a1"), "2026-11-19 15:25", [0, 0, 1, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0], 2),
    habit("vault-proxy-staging", By::Person("priya"), (12, "d91c3fe"), "2026-10-28 16:40", QUIET, 3),
    habit("postgres-main-staging", By::Person("tomas"), (15, "b70d213"), "2026-08-21 08:15", QUIET, 2),
    habit("redis-cache-staging", By::Person("tomas"), (8, "3bb17f2"), "2026-09-02 10:05", QUIET, 2),
    habit("metrics-staging", By::Token("ci-legacy"), (55, "8d2a6c4"), "2026-09-22 13:50", QUIET, 3),
    habit("replay", By::Person("aiko"), (9, ""), "2026-11-18 16:44", [0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0], 2),
    habit("ledger-worker", ROBOT, (61, ""), "2026-11-16 09:30", [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 4),
    habit("ledger-api", ROBOT, (38, ""), "2026-11-11 13:05", [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 4),
    habit("ledger-worker-staging", ROBOT, (62, ""), "2026-11-20 10:10", [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], 4),
    habit("tracking-api", ROBOT, (104, ""), "2026-11-19 12:31", [1, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0], 5),
    habit("status-page", By::Person("wren"), (27, ""), "2026-11-10 15:55", [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 3),
];

/// Every deploy with its moment.
pub(super) fn deploys(calendar: Calendar) -> anyhow::Result<Vec<(Deploy, Instant)>> {
    let mut all = Vec::new();
    for habit in &HABITS {
        let app = APPS.iter().find(|app| app.name == habit.app);
        let app = app.ok_or_else(|| anyhow::anyhow!("{} is no app", habit.app))?;
        let (added, last) = (calendar.at(app.added)?, calendar.at(habit.last)?);
        for (back, at) in (0..).zip(moments(habit, calendar)?) {
            let version = habit.newest.0 - back;
            let newest = back == 0;
            if at <= added || at > last {
                continue;
            }
            all.push((
                Deploy {
                    org: app.org,
                    app: habit.app,
                    version: format!("v{version}"),
                    commit: commit(habit, version),
                    status: if newest { habit.status } else { "succeeded" },
                    seconds: 40 + i64::from(version) * 37 % 200,
                    by: by(habit, app, at, calendar)?,
                },
                at,
            ));
        }
    }
    Ok(all)
}

/// Who deployed then: before there was a token of that name, and after it ended, whoever added the app did it by hand.
fn by(habit: &Habit, app: &App, at: Instant, calendar: Calendar) -> anyhow::Result<By> {
    let By::Token(name) = habit.by else { return Ok(habit.by) };
    let Some(token) = TOKENS.iter().find(|token| token.org == Some(app.org) && token.name == name) else {
        return Ok(By::Person(app.by));
    };
    let revoked = token.revoked.map(|(at, ..)| calendar.at(at)).transpose()?;
    let good = calendar.at(token.made)? < at && revoked.is_none_or(|revoked| at < revoked);
    Ok(if good { habit.by } else { By::Person(app.by) })
}

/// When it was deployed, the newest first.
fn moments(habit: &Habit, calendar: Calendar) -> anyhow::Result<Vec<Instant>> {
    let last = calendar.at(habit.last)?;
    let mut found = vec![last];
    for (back, count) in (0..).zip(habit.days.iter().rev()) {
        for turn in 0..i64::from(*count) {
            let at = calendar.at(&format!("-{back}d"))?.plus_seconds(-600 - turn * 5_700);
            if at < last.plus_seconds(-3_600) {
                found.push(at);
            }
        }
    }
    let first = found.iter().min().copied().unwrap_or(last);
    for turn in 1..=i64::from(habit.before) {
        found.push(first.plus_seconds(-turn * 7 * 86_400 - turn * 4_321));
    }
    found.sort_by_key(|at| std::cmp::Reverse(*at));
    Ok(found)
}

/// A pair builds one version from one commit.
fn commit(habit: &Habit, version: u32) -> String {
    let base = habit.app.trim_end_matches("-staging");
    let told = HABITS.iter().find(|other| {
        other.app.trim_end_matches("-staging") == base
            && other.newest.0 == version
            && !other.newest.1.is_empty()
    });
    told.map_or_else(
        || {
            let digest = Sha256::digest(format!("{base} {version}"));
            hex::encode(digest).chars().take(7).collect()
        },
        |told| told.newest.1.to_owned(),
    )
}
