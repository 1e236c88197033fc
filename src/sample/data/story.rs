//! The tables unrolled: one step after another, from the first organization to this minute.
//!
//! What may not happen here: two steps at the same moment, or somebody acting before they have an account.

use anyhow::Context as _;

use super::{
    calendar::Calendar,
    deploys::{By, Deploy, deploys},
    members::{MEMBERS, Membership, OFFERS, TEAMS, member},
    networks::{EXPOSURES, Exposure, NETWORKS, Network},
    orgs::{APPS, App, ORGS, Org},
    people::{PEOPLE, Person},
    tokens::{TOKENS, Token},
};
use crate::{clock::Instant, role::Role};

/// Invitations live a week.
pub(super) const LINK_SECONDS: i32 = 7 * 86_400;
const DAY: i64 = 86_400;

/// One thing that happened.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) at: Instant,
    /// Who did it; nobody: Cordon itself.
    pub(super) by: Option<&'static str>,
    pub(super) act: Act,
}

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Enroll(&'static Person),
    SignIn,
    Found(&'static Org),
    Describe(&'static Org),
    Invite(Invitation),
    Mail(Invitation),
    Join(Invitation),
    Withdraw(Invitation),
    Change(Membership, Option<Instant>),
    End(Membership),
    AddNetwork(&'static Network),
    Expose(&'static Exposure),
    AddApp(&'static App),
    DescribeApp(&'static App),
    MakeToken(&'static Token),
    RevokeToken(&'static Token),
    Deploy(Deploy),
}

/// An offer of a role.
#[derive(Clone, Debug)]
pub(super) struct Invitation {
    /// Tells it from the others.
    pub(super) number: usize,
    pub(super) org: &'static str,
    pub(super) email: String,
    pub(super) role: Role,
    pub(super) by: &'static str,
    pub(super) until: Option<Instant>,
    pub(super) reason: Option<&'static str>,
}

/// Everybody who gets in, teams unrolled, with the moment at which they joined.
pub(super) fn memberships(calendar: Calendar) -> anyhow::Result<Vec<(Membership, Instant)>> {
    let mut all = Vec::new();
    for one in MEMBERS {
        all.push((one, calendar.at(one.from)?));
    }
    for team in &TEAMS {
        let first = calendar.at(team.from)?;
        for (place, who) in (0..).zip(team.people) {
            let one = member(team.org, who, Role::Member, team.by, team.from);
            all.push((one, first.plus_seconds(place * (team.days_apart * DAY + 4_260))));
        }
    }
    Ok(all)
}

/// The whole story in order.
pub(super) fn story(calendar: Calendar) -> anyhow::Result<Vec<Step>> {
    let mut steps = Vec::new();
    founding(calendar, &mut steps)?;
    for (number, (one, joined)) in memberships(calendar)?.into_iter().enumerate() {
        membership(calendar, number, (one, joined), &mut steps)?;
    }
    offers(calendar, &mut steps)?;
    apps(calendar, &mut steps)?;
    networks(calendar, &mut steps)?;
    tokens(calendar, &mut steps)?;
    for (deploy, at) in deploys(calendar)? {
        let by = match deploy.by {
            By::Person(handle) => Some(handle),
            By::Token(_) => None,
        };
        steps.push(Step { at, by, act: Act::Deploy(deploy) });
    }
    let mut steps = arrivals(steps, calendar)?;
    steps.sort_by_key(|step| step.at);
    let mut last: Option<Instant> = None;
    for step in &mut steps {
        step.at = last.map_or(step.at, |last| step.at.max(last.plus_seconds(1)));
        last = Some(step.at);
    }
    Ok(steps)
}

fn founding(calendar: Calendar, steps: &mut Vec<Step>) -> anyhow::Result<()> {
    for org in &ORGS {
        let at = calendar.at(org.made)?;
        steps.push(Step { at, by: Some(org.founder), act: Act::Found(org) });
        steps.push(Step { at: at.plus_seconds(154), by: Some(org.founder), act: Act::Describe(org) });
    }
    Ok(())
}

fn membership(
    calendar: Calendar,
    number: usize,
    (one, joined): (Membership, Instant),
    steps: &mut Vec<Step>,
) -> anyhow::Result<()> {
    let person = person(one.who)?;
    let until = one.until.map(|day| calendar.end(day)).transpose()?;
    let invitation = Invitation {
        number,
        org: one.org,
        email: person.email(),
        role: one.role,
        by: one.by,
        until,
        reason: one.reason,
    };
    // They answer after half an hour to three hours, and nobody is invited into what is not there yet.
    let answer = 1_800 + i64::try_from(number)? * 1_027 % 9_000;
    let org = ORGS.iter().find(|org| org.slug == one.org).context("no such organization")?;
    let sent = joined.plus_seconds(-answer).max(calendar.at(org.made)?.plus_seconds(600));
    steps.push(Step { at: sent, by: Some(one.by), act: Act::Invite(invitation.clone()) });
    steps.push(Step { at: sent.plus_seconds(3), by: None, act: Act::Mail(invitation.clone()) });
    steps.push(Step { at: joined, by: Some(one.who), act: Act::Join(invitation) });
    if let Some(change) = one.change {
        let until = change.until.map(|day| calendar.end(day)).transpose()?;
        steps.push(Step { at: calendar.at(change.at)?, by: Some(change.by), act: Act::Change(one, until) });
    }
    if let Some((at, by)) = one.end {
        steps.push(Step { at: calendar.at(at)?, by: Some(by), act: Act::End(one) });
    }
    Ok(())
}

fn offers(calendar: Calendar, steps: &mut Vec<Step>) -> anyhow::Result<()> {
    for (number, offer) in (1_000..).zip(&OFFERS) {
        let invitation = Invitation {
            number,
            org: offer.org,
            email: format!("{}@acme.example", offer.mailbox),
            role: offer.role,
            by: offer.by,
            until: offer.until.map(|day| calendar.end(day)).transpose()?,
            reason: Some(offer.reason),
        };
        let sent = calendar.at(offer.sent)?;
        steps.push(Step { at: sent, by: Some(offer.by), act: Act::Invite(invitation.clone()) });
        steps.push(Step { at: sent.plus_seconds(3), by: None, act: Act::Mail(invitation.clone()) });
        if let Some(at) = offer.withdrawn {
            steps.push(Step { at: calendar.at(at)?, by: Some(offer.by), act: Act::Withdraw(invitation) });
        }
    }
    Ok(())
}

fn apps(calendar: Calendar, steps: &mut Vec<Step>) -> anyhow::Result<()> {
    for app in &APPS {
        steps.push(Step { at: calendar.at(app.added)?, by: Some(app.by), act: Act::AddApp(app) });
        if let Some(at) = app.described {
            steps.push(Step { at: calendar.at(at)?, by: Some(app.owner), act: Act::DescribeApp(app) });
        }
    }
    Ok(())
}

fn networks(calendar: Calendar, steps: &mut Vec<Step>) -> anyhow::Result<()> {
    for network in &NETWORKS {
        let at = calendar.at(network.made)?;
        steps.push(Step { at, by: Some(network.by), act: Act::AddNetwork(network) });
    }
    for exposure in &EXPOSURES {
        let at = calendar.at(exposure.made)?;
        steps.push(Step { at, by: Some(exposure.by), act: Act::Expose(exposure) });
    }
    Ok(())
}

fn tokens(calendar: Calendar, steps: &mut Vec<Step>) -> anyhow::Result<()> {
    for token in &TOKENS {
        steps.push(Step { at: calendar.at(token.made)?, by: Some(token.by), act: Act::MakeToken(token) });
        if let Some((at, by, _)) = token.revoked {
            steps.push(Step { at: calendar.at(at)?, by: Some(by), act: Act::RevokeToken(token) });
        }
    }
    Ok(())
}

/// Adds everybody's first sign-in, a few minutes before they are first needed, and later ones over the last year.
fn arrivals(mut steps: Vec<Step>, calendar: Calendar) -> anyhow::Result<Vec<Step>> {
    for (place, person) in (0..).zip(&PEOPLE) {
        let by = Some(person.handle);
        let first = steps.iter().filter(|step| step.by == by).map(|step| step.at).min();
        let Some(first) = first else { anyhow::bail!("{} does nothing in the story", person.handle) };
        let arrived = first.plus_seconds(-300);
        steps.push(Step { at: arrived, by, act: Act::Enroll(person) });
        steps.push(Step { at: arrived.plus_seconds(1), by, act: Act::SignIn });
        for turn in 0..12 {
            let at = calendar.at(&format!("-{}d", 1 + (place + turn * 31) % 365))?;
            let at = at.plus_seconds(-(place * 1_733 + turn * 911) % 14_400);
            if at > arrived.plus_seconds(DAY) {
                steps.push(Step { at, by, act: Act::SignIn });
            }
        }
    }
    Ok(steps)
}

/// The person of that handle.
pub(super) fn person(handle: &str) -> anyhow::Result<&'static Person> {
    let found = PEOPLE.iter().find(|person| person.handle == handle);
    found.ok_or_else(|| anyhow::anyhow!("nobody is called {handle}"))
}
