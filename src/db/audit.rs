//! The audit log's one append, and the words that features speak to it.
//!
//! What may not happen here: a secret or a person's address outside the personal part of an event. The bytes that are hashed are
//! described in `docs/audit-format.md`; the database makes them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    db::context::Session,
    error::{Error, Result},
    ids::{AccountId, OrgId, RequestId, SessionId, TokenId, random_bytes},
};

/// A kind of event: one constant each, listed by its feature and rendered by the audit page.
#[derive(Debug, PartialEq, Eq)]
pub struct Action {
    /// `resource.thing_pastverb`.
    pub name: &'static str,
    /// One sentence. `{actor}`, `{target}`, `{email}` and `{field}` / `{field.before}` (from the changes; the value
    /// after, the value before) are filled in; all but the value before are set bold.
    pub sentence: &'static str,
    /// The tag beside it.
    pub category: Category,
}

/// What an event is about, as the audit page tags and filters it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Who can reach what.
    Access,
    /// Apps.
    App,
    /// Private networks.
    Network,
    /// The organization itself.
    Org,
    /// A person's own account and sessions.
    Account,
}

impl Category {
    /// Every category, in the filter's order.
    pub const ALL: [Self; 5] = [Self::Access, Self::App, Self::Network, Self::Org, Self::Account];

    /// On the tag.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Access => "Access",
            Self::App => "App",
            Self::Network => "Network",
            Self::Org => "Organization",
            Self::Account => "Account",
        }
    }

    /// In the URL.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::App => "app",
            Self::Network => "network",
            Self::Org => "organization",
            Self::Account => "account",
        }
    }
}

/// Whose chain an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// An organization's.
    Org(OrgId),
    /// A person's own.
    Account(AccountId),
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    Account(AccountId),
    /// A token, within its maker's rights. Who made it is said by its own `token.created`.
    Token(TokenId),
    /// Cordon itself: a job.
    System,
}

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The request, as in logs and error pages.
    pub request: Option<RequestId>,
    /// The network address of the caller.
    pub address: Option<String>,
    /// The browser, as it called itself; cut to 300 characters.
    pub agent: Option<String>,
    /// The provider that vouched for the session.
    pub provider: Option<String>,
    /// The session, by its public name.
    pub session: Option<SessionId>,
}

impl Origin {
    /// The same in this session.
    #[must_use]
    pub fn within(self, session: &Session) -> Self {
        Self { provider: session.provider.clone(), session: Some(session.id), ..self }
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    chain: Chain,
    action: &'static Action,
    target: Option<(&'static str, Uuid)>,
    target_name: Option<String>,
    reason: Option<String>,
    changes: BTreeMap<&'static str, (Value, Value)>,
    email: Option<String>,
}

impl Event {
    /// An event of this kind in this chain.
    #[must_use]
    pub fn new(chain: Chain, action: &'static Action) -> Self {
        Self {
            chain,
            action,
            target: None,
            target_name: None,
            reason: None,
            changes: BTreeMap::new(),
            email: None,
        }
    }

    /// What it happened to: a kind (`account`, `app`, `invitation`, `network`, `org`, `session`) and its id.
    #[must_use]
    pub fn target(mut self, kind: &'static str, id: Uuid) -> Self {
        self.target = Some((kind, id));
        self
    }

    /// What the target is called now. Not for people: their names come from their accounts.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.target_name = Some(name.into());
        self
    }

    /// Why, in the words of whoever did it.
    #[must_use]
    pub fn reason(mut self, reason: Option<impl Into<String>>) -> Self {
        self.reason = reason.map(Into::into);
        self
    }

    /// A field that changed, with what it was and what it is. `Value::Null` stands for nothing.
    #[must_use]
    pub fn change(mut self, field: &'static str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        self.changes.insert(field, (before.into(), after.into()));
        self
    }

    /// An address that it concerns; kept beside the chain, with the network address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Its kind.
    #[must_use]
    pub fn action(&self) -> &'static Action {
        self.action
    }

    fn row(&self, actor: &Actor, origin: &Origin) -> Result<Value> {
        let (chain_kind, chain) = match self.chain {
            Chain::Org(id) => ("org", id.uuid()),
            Chain::Account(id) => ("account", id.uuid()),
        };
        let (actor_kind, actor_id) = match actor {
            Actor::Account(id) => ("account", Some(id.uuid())),
            Actor::Token(id) => ("token", Some(id.uuid())),
            Actor::System => ("system", None),
        };
        let session = origin.session.map(|session| session.to_string());
        let personal: BTreeMap<&str, &str> = [
            ("address", origin.address.as_deref()),
            ("agent", origin.agent.as_deref()),
            ("email", self.email.as_deref()),
            ("provider", origin.provider.as_deref()),
            ("session", session.as_deref()),
        ]
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| (key, value)))
        .collect();
        let salt = random_bytes::<16>().map_err(Error::internal)?;
        Ok(json!({
            "chain_id": chain,
            "chain_kind": chain_kind,
            "action": self.action.name,
            "actor_kind": actor_kind,
            "actor_id": actor_id,
            "target_kind": self.target.map(|(kind, _)| kind),
            "target_id": self.target.map(|(_, id)| id),
            "target_name": self.target_name,
            "request_id": origin.request.map(RequestId::uuid),
            "reason": self.reason,
            "changes": serde_json::to_string(&self.changes).map_err(Error::internal)?,
            "personal": serde_json::to_string(&personal).map_err(Error::internal)?,
            "personal_salt": hex::encode(salt),
        }))
    }
}

/// What a feature's own event type becomes when it is written down.
pub trait Audit {
    /// The event.
    fn event(&self) -> Event;
}

impl Audit for Event {
    fn event(&self) -> Event {
        self.clone()
    }
}

/// One event, or several; never none.
pub trait Events: Send {
    /// At least one event.
    fn events(self) -> Vec<Event>;
}

impl<A: Audit + Send> Events for A {
    fn events(self) -> Vec<Event> {
        vec![self.event()]
    }
}

/// A first event and whatever else happened with it.
#[derive(Debug)]
pub struct All<A>(pub A, pub Vec<A>);

impl<A: Audit + Send> Events for All<A> {
    fn events(self) -> Vec<Event> {
        std::iter::once(&self.0).chain(&self.1).map(Audit::event).collect()
    }
}

/// What a feature records, and what others recorded of the same change.
#[derive(Debug)]
pub struct With<E>(pub E, pub Vec<Event>);

impl<E: Events> Events for With<E> {
    fn events(self) -> Vec<Event> {
        let mut events = self.0.events();
        events.extend(self.1);
        events
    }
}

pub(crate) async fn append(
    connection: &mut PgConnection,
    actor: &Actor,
    origin: &Origin,
    events: impl Events,
) -> Result<()> {
    let mut events = events.events();
    // Chains are locked in one order everywhere, so that two requests in the same two organizations never wait for
    // each other in a circle.
    events.sort_by_key(|event| match event.chain {
        Chain::Org(id) => id.uuid(),
        Chain::Account(id) => id.uuid(),
    });
    let rows = events.iter().map(|event| event.row(actor, origin)).collect::<Result<Vec<_>>>()?;
    let appended =
        sqlx::query_scalar!("select audit_append($1)", Value::Array(rows)).fetch_one(connection).await;
    // A log that cannot be written is a part that does not answer, whatever its reason: nothing was changed.
    appended.map_err(|error| match Error::from(error) {
        Error::Internal(cause) => Error::Unavailable(cause.context("the audit log takes no events")),
        other => other,
    })?;
    for event in &events {
        tracing::info!(audit.action = event.action.name, "recorded");
    }
    Ok(())
}
