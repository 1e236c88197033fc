//! The stage that the story is played on: moves the clock, writes the rows of a step, appends its events.
//!
//! What may not happen here: a row without the event that the application would have left for it.

mod access;
mod deploys;
mod inside;
mod networks;
mod tokens;

use std::collections::HashMap;

use anyhow::Context as _;

use super::{
    calendar::Calendar,
    clocks,
    people::PEOPLE,
    story::{Act, Step},
};
use crate::{
    clock::Instant,
    db::{
        SystemWrite,
        audit::{self, Action, Actor, Audit as _, Event, Origin},
    },
    features::{
        self, orgs,
        sign_in::{Arrival, Event as AtTheDoor, enroll},
    },
    ids::{AccountId, GrantId, InvitationId, OrgId, ProjectId, RequestId},
};

/// What browsers call themselves, three of them.
const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
];
/// The provider that vouches for everybody, as `cordon sample` sets it up.
const PROVIDER: &str = "sample";

/// Who and what is there so far.
pub(super) struct Stage<'a> {
    db: &'a mut SystemWrite,
    calendar: Calendar,
    accounts: HashMap<&'static str, AccountId>,
    orgs: HashMap<&'static str, OrgId>,
    projects: HashMap<&'static str, ProjectId>,
    invitations: HashMap<usize, InvitationId>,
    grants: HashMap<(&'static str, &'static str), GrantId>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(db: &'a mut SystemWrite, calendar: Calendar) -> Self {
        Self {
            db,
            calendar,
            accounts: HashMap::new(),
            orgs: HashMap::new(),
            projects: HashMap::new(),
            invitations: HashMap::new(),
            grants: HashMap::new(),
        }
    }

    /// Plays one step at its time.
    pub(super) async fn play(&mut self, step: Step) -> anyhow::Result<()> {
        clocks::set(self.db, step.at).await?;
        let events = match &step.act {
            Act::Enroll(person) => self.enroll(person.handle).await?,
            Act::SignIn => {
                let account = self.account(step.by.context("nobody signs in")?)?;
                vec![AtTheDoor::SessionStarted(account, PROVIDER.to_owned()).event()]
            }
            Act::Found(org) => vec![self.found(org).await?],
            Act::Describe(org) => vec![self.describe(org).await?],
            Act::Invite(invitation) => vec![self.invite(invitation, step.at).await?],
            Act::Mail(invitation) => vec![self.mail(invitation).await?],
            Act::Join(invitation) => {
                vec![self.join(invitation, step.by.context("nobody joins")?).await?]
            }
            Act::Withdraw(invitation) => vec![self.withdraw(invitation).await?],
            Act::Change(membership, until) => vec![self.change(membership, *until).await?],
            Act::End(membership) => vec![self.end(membership).await?],
            Act::AddNetwork(network) => vec![self.add_network(network).await?],
            Act::Expose(exposure) => vec![self.expose(exposure).await?],
            Act::AddApp(app) => vec![self.add_app(app).await?],
            Act::DescribeApp(app) => vec![self.describe_app(app).await?],
            Act::MakeToken(token) => vec![self.make_token(token).await?],
            Act::RevokeToken(token) => vec![self.revoke_token(token).await?],
            Act::Deploy(deploy) => vec![self.deploy(deploy, step.at).await?],
        };
        let (mut actor, origin) = self.speaker(step.by)?;
        if let Act::Deploy(deploy) = &step.act
            && let Some(token) = self.robot(deploy).await?
        {
            actor = Actor::Token(token);
        }
        let mut events = events.into_iter();
        let first = events.next().context("a step leaves no event")?;
        let all = audit::All(first, events.collect());
        audit::append(self.db.connection(), &actor, &origin, all).await?;
        Ok(())
    }

    async fn enroll(&mut self, handle: &'static str) -> anyhow::Result<Vec<Event>> {
        let (number, person) =
            (1..).zip(&PEOPLE).find(|(_, person)| person.handle == handle).context("nobody")?;
        let arrival = Arrival {
            provider: PROVIDER.to_owned(),
            subject: subject(number),
            name: person.name.to_owned(),
            email: Some((person.email(), true)),
        };
        let (account, events) = enroll(self.db, &arrival).await?;
        self.accounts.insert(handle, account);
        Ok(events)
    }

    /// The actor of a step's events and where the request came from.
    fn speaker(&self, by: Option<&'static str>) -> anyhow::Result<(Actor, Origin)> {
        let Some(handle) = by else { return Ok((Actor::System, Origin::default())) };
        let place = PEOPLE.iter().position(|person| person.handle == handle).context("nobody")?;
        let origin = Origin {
            request: Some(RequestId::new()),
            address: Some(format!("203.0.113.{}", 20 + place)),
            agent: AGENTS.get(place % AGENTS.len()).map(|agent| (*agent).to_owned()),
            provider: Some(PROVIDER.to_owned()),
            session: None,
        };
        Ok((Actor::Account(self.account(handle)?), origin))
    }

    fn account(&self, handle: &str) -> anyhow::Result<AccountId> {
        self.accounts.get(handle).copied().with_context(|| format!("{handle} has no account yet"))
    }

    fn org(&self, slug: &str) -> anyhow::Result<OrgId> {
        self.orgs.get(slug).copied().with_context(|| format!("{slug} does not exist yet"))
    }
}

/// The provider's name for the n-th person.
pub(super) fn subject(number: usize) -> String {
    format!("acme-{number:04}")
}

/// The kind of event of that name.
fn action(name: &'static str) -> anyhow::Result<&'static Action> {
    let found = features::actions().into_iter().find(|action| action.name == name);
    found.with_context(|| format!("{name} is no kind of event"))
}

/// An end as events write it.
fn moment(at: Option<Instant>) -> serde_json::Value {
    at.map_or(serde_json::Value::Null, |at| at.to_string().into())
}
