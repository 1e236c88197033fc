//! What is measured, each beside what.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    client::{Client, ask, get, post},
    data,
    pgbench::Script,
    servers::Servers,
};

pub(crate) const TEXT: &str = "floor: text";
pub(crate) const ROWS: &str = "floor: 50 rows";
pub(crate) const FLOOR: &str = "floor: session + 50 rows";
pub(crate) const QUERY: &str = "floor: the gate's query";
pub(crate) const GATE: &str = "gate";
pub(crate) const INTROSPECTION: &str = "introspection";
pub(crate) const TEAM: &str = "team page";
pub(crate) const APPS: &str = "apps list";
pub(crate) const NEWEST: &str = "audit, newest page";
pub(crate) const DEEPEST: &str = "audit, deepest page";
pub(crate) const ACCEPT: &str = "accept an invitation";
pub(crate) const ACCEPT_SQL: &str = "pgbench: accept's statements";
pub(crate) const APPEND_ONE: &str = "append, one org";
pub(crate) const APPEND_MANY: &str = "append, 100 orgs";
pub(crate) const INSERT: &str = "pgbench: raw insert";

/// Organizations whose pages are asked for, in turn.
pub(crate) const SPREAD: usize = 100;

/// One thing to measure.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// The target that its figures are divided by.
    pub(crate) beside: Option<&'static str>,
    pub(crate) work: Work,
}

/// How it is driven.
pub(crate) enum Work {
    Http { at: SocketAddr, pid: u32, login: &'static str, requests: Arc<Requests>, status: u16 },
    Sql(Script),
}

/// Requests made beforehand, taken in turn by all connections.
pub(crate) struct Requests {
    all: Vec<Vec<u8>>,
    next: AtomicUsize,
    /// Whether each can be sent only once.
    once: bool,
    /// Most of them in one measurement.
    pub(crate) most: usize,
}

impl Requests {
    fn new(all: Vec<Vec<u8>>) -> Self {
        Self { all, next: AtomicUsize::new(0), once: false, most: usize::MAX }
    }

    pub(crate) fn next(&self) -> Option<&[u8]> {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        let place = if self.once { place } else { place % self.all.len() };
        self.all.get(place).map(Vec::as_slice)
    }
}

/// Pages below `/orgs/{org}` of many organizations, asked for by their admins.
fn pages(start: &str, end: &str, orgs: std::ops::RangeInclusive<usize>) -> Arc<Requests> {
    let page = |n| get(&format!("{start}/org-{n}{end}"), &[("cookie", &data::cookie(data::admin(n)))]);
    Arc::new(Requests::new(orgs.map(page).collect()))
}

/// What a proxy asks, by token, about an app of each organization.
fn gate() -> Arc<Requests> {
    let one = |n| get(&format!("/gate/app-{n}-1"), &[("authorization", &bearer(n))]);
    Arc::new(Requests::new((1..=SPREAD).map(one).collect()))
}

/// What a service asks about a token that it was shown.
fn introspection() -> Arc<Requests> {
    let one = |n| {
        let body = format!("token={}", data::token(n));
        ask(&format!("/api/v1/orgs/org-{n}/introspect"), &bearer(n), &body)
    };
    Arc::new(Requests::new((1..=SPREAD).map(one).collect()))
}

fn bearer(n: usize) -> String {
    format!("Bearer {}", data::token(n))
}

pub(crate) fn team_page() -> Arc<Requests> {
    pages("/orgs", "/team", 1..=SPREAD)
}

/// Everything that this build of Cordon answers; what it does not is named and left out.
pub(crate) async fn all(servers: &Servers, measurements: usize) -> anyhow::Result<Vec<Target>> {
    let floor = |requests| Work::Http {
        at: servers.floor,
        pid: servers.floor_pid(),
        login: "bench_floor",
        requests,
        status: 200,
    };
    let cordon = |requests, status| Work::Http {
        at: servers.cordon,
        pid: servers.pid(),
        login: "cordon_web",
        requests,
        status,
    };
    let half = data::GUESTS / 2;
    let most = half / (measurements + 1);
    let accepts = (0..half).map(|g| post("/invitations/mine/acceptance", &data::cookie(10_000 + g), ""));
    let accepts = Arc::new(Requests { once: true, most, ..Requests::new(accepts.collect()) });
    let sql = |text, range| Work::Sql(Script::spread(text, range));
    let (append, insert) = (include_str!("../pgbench/append.sql"), include_str!("../pgbench/insert.sql"));
    let accept_sql = Script::once(include_str!("../pgbench/accept.sql"), half, most);
    let wanted = [
        (TEXT, None, floor(Arc::new(Requests::new(vec![get("/text", &[])])))),
        (ROWS, None, floor(pages("/rows", "", 1..=SPREAD))),
        (FLOOR, None, floor(pages("/team", "", 1..=SPREAD))),
        (QUERY, None, floor(gate())),
        (GATE, Some(QUERY), cordon(gate(), 200)),
        (INTROSPECTION, Some(QUERY), cordon(introspection(), 200)),
        (TEAM, Some(FLOOR), cordon(team_page(), 200)),
        (APPS, Some(FLOOR), cordon(pages("/orgs", "/apps", 1..=SPREAD), 200)),
        (NEWEST, Some(FLOOR), cordon(pages("/orgs", "/audit", 1..=1), 200)),
        (
            DEEPEST,
            Some(NEWEST),
            cordon(pages("/orgs", &format!("/audit?before={}", data::cursor(1, 51)?), 1..=1), 200),
        ),
        (ACCEPT_SQL, None, Work::Sql(accept_sql)),
        (ACCEPT, Some(ACCEPT_SQL), cordon(accepts, 303)),
        (INSERT, None, sql(insert, (501, 600))),
        (APPEND_ONE, Some(INSERT), sql(append, (601, 601))),
        (APPEND_MANY, Some(INSERT), sql(append, (501, 600))),
    ];
    let mut targets = Vec::new();
    for (name, beside, work) in wanted {
        match refusal(&work).await? {
            None => targets.push(Target { name, beside, work }),
            Some(status) => eprintln!("Left out: {name}, which answers {status}"),
        }
    }
    Ok(targets)
}

/// The status of the first answer, when it is not the one wanted.
async fn refusal(work: &Work) -> anyhow::Result<Option<u16>> {
    let Work::Http { at, requests, status, .. } = work else { return Ok(None) };
    let Some(request) = requests.next() else { return Ok(Some(0)) };
    let answered = Client::connect(*at).await?.status(request).await?;
    Ok((answered != *status).then_some(answered))
}
