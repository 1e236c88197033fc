//! The organizations of Acme and what runs in them.
//!
//! What may not happen here: the same app name twice; names are unique over the installation.

/// One organization, made by its founder.
#[derive(Debug)]
pub(super) struct Org {
    pub(super) slug: &'static str,
    pub(super) environment: &'static str,
    pub(super) project: Option<&'static str>,
    pub(super) founder: &'static str,
    pub(super) made: &'static str,
    pub(super) description: &'static str,
}

const fn pair(
    slug: &'static str,
    environment: &'static str,
    project: &'static str,
    made: &'static str,
    description: &'static str,
) -> Org {
    Org { slug, environment, project: Some(project), founder: "fatima", made, description }
}

pub(super) const ORGS: [Org; 9] = [
    pair(
        "acme-staging",
        "staging",
        "acme",
        "2025-01-12 09:24",
        "Where the shop is tried before customers see it.",
    ),
    pair("acme-production", "production", "acme", "2025-01-12 09:30", "Customer-facing systems for Acme."),
    Org {
        slug: "acme-lab",
        environment: "development",
        project: None,
        founder: "maren",
        made: "2025-02-20 13:10",
        description: "Experiments. Anything here may be gone tomorrow.",
    },
    pair("ledger-staging", "staging", "ledger", "2025-03-10 08:40", "The books with invented numbers."),
    pair(
        "ledger-production",
        "production",
        "ledger",
        "2025-03-10 08:46",
        "Accounts payable and the general ledger.",
    ),
    pair(
        "parcel-staging",
        "staging",
        "parcel",
        "2025-05-06 10:12",
        "Labels and routes for parcels that do not exist.",
    ),
    pair(
        "parcel-production",
        "production",
        "parcel",
        "2025-05-06 10:18",
        "Labels, routes and tracking for every parcel.",
    ),
    pair(
        "beacon-staging",
        "staging",
        "beacon",
        "2025-09-15 12:30",
        "Status pages and alerts, for rehearsal.",
    ),
    pair(
        "beacon-production",
        "production",
        "beacon",
        "2025-09-15 12:36",
        "The status page that customers read.",
    ),
];

/// One app.
#[derive(Debug)]
pub(super) struct App {
    pub(super) org: &'static str,
    pub(super) name: &'static str,
    pub(super) purpose: &'static str,
    pub(super) network: &'static str,
    pub(super) owner: &'static str,
    pub(super) by: &'static str,
    pub(super) added: &'static str,
    /// When its description was filled in, by its owner; else it had one from the start.
    pub(super) described: Option<&'static str>,
}

impl App {
    /// Apps that people open in a browser have an address.
    pub(super) fn url(&self) -> Option<String> {
        let opens = self.name.starts_with("web") || self.name.contains("-api") || self.name.contains("page");
        opens.then(|| format!("https://{}.acme.example", self.name))
    }

    const fn in_payments(mut self) -> Self {
        self.network = "payments";
        self
    }

    const fn described(mut self, at: &'static str) -> Self {
        self.described = Some(at);
        self
    }
}

const fn app(
    org: &'static str,
    name: &'static str,
    purpose: &'static str,
    (owner, by): (&'static str, &'static str),
    added: &'static str,
) -> App {
    App { org, name, purpose, network: "default", owner, by, added, described: None }
}

const PROD: &str = "acme-production";
const STAGING: &str = "acme-staging";

#[rustfmt::skip]
pub(super) const APPS: [App; 27] = [
    app(PROD, "web", "Storefront", ("aiko", "priya"), "2025-03-17 09:20"),
    app(PROD, "checkout-api", "Takes orders and payments", ("aiko", "priya"), "2025-03-18 10:05").described("2026-08-04 13:31"),
    app(PROD, "orders-worker", "Moves orders to the warehouse", ("maren", "maren"), "2025-03-24 14:40"),
    app(PROD, "card-gateway", "Talks to the card network", ("priya", "priya"), "2025-04-02 08:55").in_payments().described("2026-01-19 09:44"),
    app(PROD, "vault-proxy", "Keeps card data out of logs", ("priya", "priya"), "2025-04-09 11:30").in_payments(),
    app(PROD, "postgres-main", "Orders database, 2 replicas", ("tomas", "henrik"), "2025-03-12 13:15").described("2026-11-20 16:10"),
    app(PROD, "redis-cache", "Sessions and rate limits", ("tomas", "henrik"), "2025-03-12 13:42"),
    app(PROD, "metrics", "Collects numbers from the others", ("tomas", "henrik"), "2025-06-20 15:25").described("2026-11-20 16:22"),
    app(STAGING, "web-staging", "Storefront", ("aiko", "priya"), "2025-03-05 09:12"),
    app(STAGING, "checkout-api-staging", "Takes orders and payments", ("aiko", "aiko"), "2025-03-05 10:31").described("2026-05-12 08:20"),
    app(STAGING, "orders-worker-staging", "Moves orders to the warehouse", ("maren", "maren"), "2025-03-11 09:48"),
    app(STAGING, "card-gateway-staging", "Talks to the card network", ("priya", "priya"), "2025-03-19 15:10").in_payments(),
    app(STAGING, "vault-proxy-staging", "Keeps card data out of logs", ("priya", "priya"), "2025-03-21 12:02").in_payments(),
    app(STAGING, "postgres-main-staging", "Orders database, 2 replicas", ("tomas", "tomas"), "2025-03-06 08:36"),
    app(STAGING, "redis-cache-staging", "Sessions and rate limits", ("tomas", "tomas"), "2025-03-06 08:52"),
    app(STAGING, "metrics-staging", "Collects numbers from the others", ("tomas", "tomas"), "2025-06-12 14:17").described("2026-03-02 16:10"),
    app("acme-lab", "sketchbook", "Drafts of new pages", ("maren", "maren"), "2025-03-03 17:20"),
    app("acme-lab", "replay", "Plays yesterday's traffic again", ("aiko", "maren"), "2026-02-10 10:55").described("2026-02-11 09:05"),
    app("ledger-staging", "ledger-worker-staging", "Posts invoices to the books", ("jonas", "jonas"), "2025-04-14 09:30"),
    app("ledger-production", "ledger-worker", "Posts invoices to the books", ("fatima", "fatima"), "2025-05-19 11:08").described("2026-07-01 08:12"),
    app("ledger-production", "ledger-api", "What finance reports ask", ("fatima", "fatima"), "2025-05-19 11:32"),
    app("parcel-staging", "label-printer-staging", "Draws labels", ("samuel", "priya"), "2026-02-25 13:40"),
    app("parcel-production", "label-printer", "Draws labels", ("priya", "priya"), "2025-07-08 09:52"),
    app("parcel-production", "tracking-api", "Where is my parcel?", ("priya", "priya"), "2025-07-22 14:03").described("2026-10-06 10:26"),
    app("beacon-staging", "status-page-staging", "The status page, rehearsed", ("wren", "tomas"), "2025-11-26 10:15"),
    app("beacon-production", "status-page", "What customers read when something is wrong", ("wren", "tomas"), "2026-01-14 11:47"),
    app("beacon-production", "pager", "Wakes whoever is on call", ("tomas", "tomas"), "2026-01-28 16:33").described("2026-06-17 12:12"),
];
