//! A GitHub account as its API shows it.
//!
//! What may not happen here: a login standing for the account. Logins change hands; the number does not.

use crate::sample::Person;

/// A person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The number that never changes.
    pub id: u64,
    /// The name in addresses; people rename it, and others may take it then.
    pub login: String,
    /// The name people read, if they gave one.
    pub name: Option<String>,
    /// The address they show publicly, if any.
    pub email: Option<String>,
    /// Every address of the account.
    pub emails: Vec<Email>,
}

/// One address of an account.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Email {
    /// The address.
    pub email: String,
    /// Whether mail from GitHub goes there.
    pub primary: bool,
    /// Whether the person proved to own it.
    pub verified: bool,
    /// `public`, `private`, or `None` for an address that is not primary.
    pub visibility: Option<String>,
}

impl Account {
    /// An account with one private address, which is primary and verified as the person's is. The login is what
    /// stands before the `@`, with a hyphen for the dot.
    #[must_use]
    pub fn of(person: &Person, id: u64) -> Self {
        let login = person.email.split('@').next().unwrap_or_default().replace('.', "-");
        let email = Email {
            email: person.email.clone(),
            primary: true,
            verified: person.email_verified,
            visibility: Some("private".into()),
        };
        Self { id, login, name: Some(person.name.clone()), email: None, emails: vec![email] }
    }
}
