//! The keys that Acme's machines hold: good ones, one that nobody uses, one whose maker is gone, one that was revoked.
//!
//! What may not happen here: a key that opens anything. Their secrets are drawn while loading and thrown away.

use crate::auth::token::Kind;

/// One token.
#[derive(Debug)]
pub(super) struct Token {
    /// Where it works; nowhere in particular: a personal one.
    pub(super) org: Option<&'static str>,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) scope: &'static str,
    /// A deploy token's app.
    pub(super) app: Option<&'static str>,
    pub(super) by: &'static str,
    pub(super) made: &'static str,
    /// The day on whose evening it ends.
    pub(super) ends: &'static str,
    /// When and from where it was last used.
    pub(super) used: Option<(&'static str, &'static str)>,
    /// When, by whom and why it was revoked.
    pub(super) revoked: Option<(&'static str, &'static str, &'static str)>,
}

impl Token {
    const fn app(mut self, app: &'static str) -> Self {
        self.kind = Kind::Deploy;
        self.scope = "deploy";
        self.app = Some(app);
        self
    }

    const fn reads(mut self) -> Self {
        self.kind = Kind::ReadOnly;
        self.scope = "read";
        self
    }

    const fn used(mut self, at: &'static str, from: &'static str) -> Self {
        self.used = Some((at, from));
        self
    }

    const fn revoked(mut self, at: &'static str, by: &'static str, why: &'static str) -> Self {
        self.revoked = Some((at, by, why));
        self
    }
}

const fn org(
    org: &'static str,
    name: &'static str,
    scope: &'static str,
    by: &'static str,
    made: &'static str,
    ends: &'static str,
) -> Token {
    Token {
        org: Some(org),
        name,
        kind: Kind::Org,
        scope,
        app: None,
        by,
        made,
        ends,
        used: None,
        revoked: None,
    }
}

const fn personal(
    name: &'static str,
    scope: &'static str,
    by: &'static str,
    made: &'static str,
    ends: &'static str,
) -> Token {
    let kind = Kind::Personal;
    Token { org: None, name, kind, scope, app: None, by, made, ends, used: None, revoked: None }
}

const PROD: &str = "acme-production";
const STAGING: &str = "acme-staging";

#[rustfmt::skip]
pub(super) const TOKENS: [Token; 17] = [
    org(PROD, "github-actions", "member", "maren", "2026-08-29 10:05", "2026-11-27").used("-17m", "192.0.2.44"),
    org(PROD, "ci-legacy", "admin", "fatima", "2026-03-16 09:12", "2027-03-15").used("-61d", "192.0.2.17"),
    org(PROD, "jw-migrate", "", "jonas", "2026-10-27 08:40", "2027-01-25").app("orders-worker").used("-26h", "198.51.100.23"),
    org(PROD, "ci-2025", "member", "priya", "2025-11-25 09:30", "2026-11-24").used("-87d", "192.0.2.44")
        .revoked("2026-08-29 10:21", "maren", "Replaced by github-actions."),
    org(STAGING, "github-actions", "member", "maren", "2026-10-02 13:40", "2027-01-02").used("-4m", "192.0.2.44"),
    org(STAGING, "renovate", "member", "priya", "2026-09-14 11:25", "2026-12-13").used("-6h", "192.0.2.61"),
    org(STAGING, "previews", "", "aiko", "2026-11-03 15:02", "2027-02-01").app("web-staging").used("-3h", "192.0.2.44"),
    org(STAGING, "noor-tests", "", "noor", "2026-11-16 09:48", "2026-12-16").app("checkout-api-staging"),
    org(STAGING, "metrics-reader", "", "maren", "2026-06-08 12:30", "2027-06-07").reads().used("-74d", "198.51.100.9"),
    org("ledger-production", "ledger-import", "member", "jonas", "2026-09-07 09:20", "2026-12-06").used("-50m", "198.51.100.40"),
    org("ledger-production", "closing-export", "", "leila", "2026-02-10 14:05", "2027-02-09").app("ledger-worker").used("2026-02-27 16:31", "198.51.100.41"),
    org("parcel-production", "label-robot", "", "aiko", "2026-10-12 10:18", "2027-01-10").app("label-printer").used("-2h", "192.0.2.80"),
    org("parcel-production", "carrier-feed", "", "maren", "2026-11-09 08:55", "2027-02-07").reads().used("-31m", "203.0.113.200"),
    org("beacon-production", "pager-hook", "", "wren", "2026-10-05 16:44", "2027-01-03").app("pager").used("-5h", "192.0.2.90"),
    org("beacon-production", "status-writer", "member", "tomas", "2026-11-02 09:36", "2027-01-31").used("-9m", "192.0.2.91"),
    personal("laptop-scripts", "read", "maren", "2026-10-19 17:12", "2027-01-17").used("-2d", "203.0.113.21"),
    personal("migration-notes", "full", "jonas", "2026-10-28 11:00", "2027-01-26").used("-30h", "198.51.100.23"),
];
