//! Who is in which organization, since when, why, and who no longer is.
//!
//! What may not happen here: a founder, who is in from the start; see `orgs.rs`.

use crate::role::Role::{self, Admin, Member, Owner, Viewer};

/// Somebody's time in an organization, from the invitation to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Membership {
    pub(super) org: &'static str,
    pub(super) who: &'static str,
    pub(super) role: Role,
    pub(super) by: &'static str,
    pub(super) from: &'static str,
    pub(super) until: Option<&'static str>,
    pub(super) reason: Option<&'static str>,
    pub(super) change: Option<Change>,
    /// When and by whom it was ended; by themselves: they left.
    pub(super) end: Option<(&'static str, &'static str)>,
}

/// Another role or another end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) at: &'static str,
    pub(super) by: &'static str,
    pub(super) role: Role,
    pub(super) until: Option<&'static str>,
    pub(super) reason: &'static str,
}

impl Membership {
    const fn until(mut self, until: &'static str) -> Self {
        self.until = Some(until);
        self
    }

    const fn because(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    const fn changed(mut self, change: Change) -> Self {
        self.change = Some(change);
        self
    }

    const fn ended(mut self, at: &'static str, by: &'static str) -> Self {
        self.end = Some((at, by));
        self
    }
}

pub(super) const fn member(
    org: &'static str,
    who: &'static str,
    role: Role,
    by: &'static str,
    from: &'static str,
) -> Membership {
    Membership { org, who, role, by, from, until: None, reason: None, change: None, end: None }
}

const fn to(
    at: &'static str,
    by: &'static str,
    role: Role,
    until: &'static str,
    reason: &'static str,
) -> Change {
    Change { at, by, role, until: Some(until), reason }
}

const PROD: &str = "acme-production";

#[rustfmt::skip]
pub(super) const MEMBERS: [Membership; 41] = [
    // Acme's production: eleven people a year ago, six now.
    member(PROD, "maren", Owner, "fatima", "2025-01-12 11:05").because("Second owner."),
    member(PROD, "priya", Admin, "fatima", "2025-03-03 10:20").because("Leads the platform team."),
    member(PROD, "henrik", Admin, "fatima", "2025-03-10 09:40").because("Runs the databases.").ended("2026-11-18 09:02", "fatima"),
    member(PROD, "oskar", Member, "priya", "2025-04-07 08:50").because("Storefront releases.").ended("2025-12-11 15:22", "oskar"),
    member(PROD, "hanna", Member, "priya", "2025-04-28 13:05").because("Storefront releases.").ended("2026-02-03 10:14", "priya"),
    member(PROD, "rui", Member, "henrik", "2025-05-19 09:15").because("Moves the orders to new storage.").until("2026-03-31"),
    member(PROD, "elif", Viewer, "maren", "2025-06-02 12:30").because("Reads logs for support.")
        .changed(to("2025-12-02 09:08", "maren", Viewer, "2026-04-30", "Support has its own tool from May."))
        .ended("2026-04-14 16:40", "maren"),
    member(PROD, "marcus", Member, "priya", "2025-08-11 10:45").because("Card network migration.").ended("2026-05-20 11:32", "priya"),
    member(PROD, "ingrid", Admin, "fatima", "2025-09-08 14:20").because("Incident lead.")
        .changed(to("2026-03-16 10:50", "fatima", Member, "2026-07-31", "Moves to Beacon, hands over until July."))
        .ended("2026-07-14 13:25", "maren"),
    member(PROD, "paulo", Member, "henrik", "2025-10-13 08:35").because("On call for orders.").ended("2026-08-18 09:47", "maren"),
    member(PROD, "aiko", Member, "priya", "2026-07-31 09:10").until("2027-01-31").because("Owns checkout."),
    member(PROD, "tomas", Viewer, "priya", "2026-09-02 10:05").until("2026-12-31").because("Learns the databases from Henrik.")
        .changed(to("2026-11-20 15:31", "priya", Member, "2027-02-28", "Takes over database upgrades from Henrik.")),
    member(PROD, "jonas", Member, "maren", "2026-10-26 13:45").until("2026-11-25").because("For the ledger migration."),

    member("acme-staging", "maren", Admin, "fatima", "2025-01-13 09:00"),
    member("acme-staging", "priya", Admin, "fatima", "2025-02-17 10:10"),
    member("acme-staging", "henrik", Member, "priya", "2025-02-24 09:25").ended("2026-11-18 09:05", "fatima"),
    member("acme-staging", "noor", Viewer, "priya", "2026-06-15 11:00").because("Starts in checkout.")
        .changed(Change { at: "2026-08-03 09:30", by: "priya", role: Member, until: None, reason: "Releases to staging now." }),

    member("parcel-production", "maren", Owner, "fatima", "2025-05-07 11:40").because("Second owner."),
    member("parcel-production", "priya", Admin, "fatima", "2025-05-12 09:05").because("Platform for parcels."),
    member("parcel-production", "beatriz", Viewer, "maren", "2025-06-23 13:30").because("Contractor: audits the labels."),
    member("parcel-production", "hugo", Member, "priya", "2025-08-04 10:00").because("Builds tracking.").until("2026-01-31"),
    member("parcel-production", "aiko", Member, "priya", "2026-02-09 14:15").until("2027-01-31").because("Checkout prints labels."),
    member("parcel-production", "samuel", Member, "maren", "2026-06-15 09:50").until("2026-12-15").because("Parcel team, half a year."),
    member("parcel-staging", "maren", Admin, "fatima", "2025-05-07 11:52"),
    member("parcel-staging", "priya", Admin, "fatima", "2025-05-12 09:18"),
    member("parcel-staging", "beatriz", Viewer, "maren", "2025-06-23 13:12"),

    member("ledger-production", "priya", Admin, "fatima", "2025-03-24 10:30").because("Sets up the platform.").ended("2026-09-30 15:12", "fatima"),
    member("ledger-production", "maren", Admin, "fatima", "2025-04-01 09:35").because("Production access of every team."),
    member("ledger-production", "leila", Member, "priya", "2025-10-06 13:20").because("Year-end closing.").until("2026-02-28"),
    member("ledger-production", "dmitri", Viewer, "maren", "2026-03-02 10:44").until("2027-03-01").because("Finance data: reads, changes nothing."),
    member("ledger-production", "jonas", Admin, "priya", "2026-06-08 09:12").because("Lead the ledger migration."),
    member("ledger-production", "lena", Member, "jonas", "2026-06-29 11:25").until("2027-04-30").because("Ledger migration."),
    member("ledger-staging", "jonas", Admin, "fatima", "2025-03-31 09:15"),
    member("ledger-staging", "maren", Member, "jonas", "2025-04-01 09:50"),
    member("ledger-staging", "dmitri", Viewer, "jonas", "2026-02-23 14:30"),

    member("beacon-production", "tomas", Admin, "fatima", "2025-10-20 09:20").because("Runs the status page."),
    member("beacon-production", "wren", Member, "tomas", "2026-03-02 08:55").until("2027-03-01").because("Beacon team."),
    member("beacon-production", "priya", Member, "fatima", "2026-04-01 10:10").until("2027-03-31").because("On call for alerts."),
    member("beacon-staging", "tomas", Admin, "fatima", "2025-10-20 09:32"),
    member("beacon-staging", "maren", Viewer, "tomas", "2026-01-12 13:00"),
    member("beacon-staging", "clara", Member, "tomas", "2025-12-08 10:40").ended("2026-06-05 16:02", "clara"),
];

/// People who were let in one after another, as members without an end.
#[derive(Debug)]
pub(super) struct Team {
    pub(super) org: &'static str,
    pub(super) by: &'static str,
    /// The first; each of the others some days later.
    pub(super) from: &'static str,
    pub(super) days_apart: i64,
    pub(super) people: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const TEAMS: [Team; 7] = [
    Team { org: "acme-staging", by: "priya", from: "2025-02-26 09:30", days_apart: 1, people: &["tomas", "aiko"] },
    Team { org: "acme-staging", by: "priya", from: "2025-12-04 09:14", days_apart: 41,
           people: &["sofia", "kwame", "yuki", "clara", "mateo", "jonas", "anika", "pavel"] },
    Team { org: "acme-lab", by: "maren", from: "2025-12-15 13:20", days_apart: 29,
           people: &["aiko", "jonas", "yuki", "clara", "imani", "pavel", "anika", "noor"] },
    Team { org: "ledger-staging", by: "jonas", from: "2025-12-01 10:30", days_apart: 38,
           people: &["leila", "rui", "marcus", "elif", "lena", "greta", "hugo"] },
    Team { org: "parcel-staging", by: "priya", from: "2025-11-27 08:44", days_apart: 36,
           people: &["hugo", "aiko", "samuel", "greta", "tariq", "nina", "felix", "imani"] },
    Team { org: "beacon-staging", by: "tomas", from: "2025-11-10 12:05", days_apart: 8, people: &["wren"] },
    Team { org: "beacon-staging", by: "tomas", from: "2026-01-20 12:05", days_apart: 55,
           people: &["oskar", "hanna", "ingrid", "paulo"] },
];

/// An invitation that nobody joined by.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) org: &'static str,
    pub(super) mailbox: &'static str,
    pub(super) role: Role,
    pub(super) by: &'static str,
    pub(super) sent: &'static str,
    pub(super) until: Option<&'static str>,
    pub(super) reason: &'static str,
    pub(super) withdrawn: Option<&'static str>,
}

#[rustfmt::skip]
pub(super) const OFFERS: [Offer; 5] = [
    Offer { org: PROD, mailbox: "samuel.okafor", role: Member, by: "priya", sent: "-2d", until: Some("2026-12-15"),
            reason: "Parcel hand-over needs the order queue.", withdrawn: None },
    Offer { org: PROD, mailbox: "ezra.lindqvist", role: Viewer, by: "maren", sent: "2026-11-17 09:20", until: Some("2026-11-30"),
            reason: "Reads logs while checkout is tuned.", withdrawn: None },
    Offer { org: "acme-staging", mailbox: "ezra.lindqvist", role: Member, by: "maren", sent: "2026-11-17 09:26", until: None,
            reason: "Tunes checkout.", withdrawn: None },
    Offer { org: PROD, mailbox: "leila.karimi", role: Member, by: "henrik", sent: "2026-04-20 10:15", until: Some("2026-05-31"),
            reason: "Reconciles orders with the ledger.", withdrawn: Some("2026-04-21 08:40") },
    Offer { org: "ledger-production", mailbox: "rui.costa", role: Viewer, by: "jonas", sent: "2026-08-10 13:05", until: Some("2026-09-30"),
            reason: "Checks the new storage.", withdrawn: Some("2026-08-12 09:30") },
];
