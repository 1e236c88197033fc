//! What can happen to a token.
//!
//! What may not happen here: a token in an event. It is called by its name; its last four characters are enough to find
//! it where it is stored.

use crate::{
    clock::Instant,
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    features::tokens::model::{NewToken, Revoked},
    ids::{AccountId, OrgId, TokenId},
};

/// Somebody made one.
pub static CREATED: Action = Action {
    name: "token.created",
    sentence: "{actor} made the {kind} token {target} with the scope {scope} until {ends_at}",
    category: Category::Access,
};
/// Somebody revoked one, or it went with its maker or its app.
pub static REVOKED: Action = Action {
    name: "token.revoked",
    sentence: "{actor} revoked the token {target}",
    category: Category::Access,
};

/// Every kind of event of this feature.
pub static ACTIONS: [&Action; 2] = [&CREATED, &REVOKED];

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Created { home: Home, id: TokenId, token: NewToken, last_four: String, app: Option<String> },
    Revoked { token: Revoked, reason: Option<String> },
}

/// Whose chain the events of a token belong to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Home {
    Org(OrgId),
    Account(AccountId),
}

impl Home {
    fn chain(self) -> Chain {
        match self {
            Self::Org(id) => Chain::Org(id),
            Self::Account(id) => Chain::Account(id),
        }
    }
}

impl Audit for Event {
    fn event(&self) -> Entry {
        match self {
            Self::Created { home, id, token, last_four, app } => {
                let entry = Entry::new(home.chain(), &CREATED)
                    .target("token", id.uuid())
                    .named(&token.name)
                    .change("kind", (), token.kind.key())
                    .change("scope", (), token.scope.key())
                    .change("last_four", (), last_four.as_str())
                    .change("ends_at", (), written(token.expires_at));
                match app {
                    Some(app) => entry.change("app", (), app.as_str()),
                    None => entry,
                }
            }
            Self::Revoked { token, reason } => {
                let home = token.org.map_or(Home::Account(token.account), Home::Org);
                Entry::new(home.chain(), &REVOKED)
                    .target("token", token.id.uuid())
                    .named(&token.name)
                    .reason(reason.clone())
            }
        }
    }
}

fn written(moment: Instant) -> String {
    moment.to_string()
}
