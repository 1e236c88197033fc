//! The people of the sample: who can be picked on the sign-in page.
//!
//! What may not happen here: an address outside `.example`, so that no sample mail can ever reach a person.

/// Someone who can sign in at the sample provider.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Person {
    /// The provider's lasting name for this person (`sub`); never changes and is never given to anyone else.
    pub subject: String,
    /// The name people read.
    pub name: String,
    /// The e-mail address the provider asserts.
    pub email: String,
    /// Whether the provider says it checked that address.
    pub email_verified: bool,
}

impl Person {
    /// A person with a verified address.
    #[must_use]
    pub fn new(subject: &str, name: &str, email: &str) -> Self {
        Self { subject: subject.into(), name: name.into(), email: email.into(), email_verified: true }
    }

    /// The first letters of the first and the last name, for the picture beside it.
    pub(crate) fn initials(&self) -> String {
        let mut words = self.name.split_whitespace();
        let first = words.next().and_then(|word| word.chars().next());
        let last = words.next_back().and_then(|word| word.chars().next());
        first.into_iter().chain(last).collect()
    }
}

/// The six people of Acme, in the order the sign-in page lists them.
#[must_use]
pub fn people() -> Vec<Person> {
    [
        ("acme-0001", "Maren Holt", "maren.holt@acme.example"),
        ("acme-0002", "Fatima El-Amin", "fatima.elamin@acme.example"),
        ("acme-0003", "Priya Raman", "priya.raman@acme.example"),
        ("acme-0004", "Tomás Iriarte", "tomas.iriarte@acme.example"),
        ("acme-0005", "Jonas Weidemann", "jonas.weidemann@acme.example"),
        ("acme-0006", "Noor Haddad", "noor.haddad@acme.example"),
    ]
    .map(|(subject, name, email)| Person::new(subject, name, email))
    .into()
}
