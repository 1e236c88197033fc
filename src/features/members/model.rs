//! What somebody holds in an organization, and who may change that.
//!
//! What may not happen here: an opinion about roles beside the table in `crate::role`.

use crate::{
    clock::Instant,
    error::{Error, Forbidden, Result},
    ids::{AccountId, GrantId},
    role::{Permissions, Role, Roles},
    web::form::Version,
};

/// One grant that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holding {
    /// The grant.
    pub(super) id: GrantId,
    /// What it gives.
    pub(super) role: Role,
    /// How it came about, as the database spells it.
    pub(super) path: String,
    /// Why it was given.
    pub(super) reason: Option<String>,
    /// Until when; `None` is standing.
    pub(super) ends_at: Option<Instant>,
}

/// Somebody inside, with everything they hold there: the highest role first, the longest of it first.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The account.
    pub(super) account: AccountId,
    /// The name.
    pub(super) name: String,
    /// The contact address, if any is known.
    pub(super) email: Option<String>,
    /// The grant that decides what the page shows.
    pub(super) top: Holding,
    /// The others.
    pub(super) others: Vec<Holding>,
}

impl Person {
    /// From their grants in any order; `None` when there are none.
    pub(super) fn of(
        account: AccountId,
        name: String,
        email: Option<String>,
        mut holdings: Vec<Holding>,
    ) -> Option<Self> {
        // Without end is longer than any end.
        holdings.sort_by_key(|held| {
            let length = held.ends_at.map_or((1, 0), |end| (0, end.micros()));
            std::cmp::Reverse((held.role, length))
        });
        let mut holdings = holdings.into_iter();
        Some(Self { account, name, email, top: holdings.next()?, others: holdings.collect() })
    }

    /// Everything held.
    pub(super) fn holdings(&self) -> impl Iterator<Item = &Holding> {
        std::iter::once(&self.top).chain(&self.others)
    }

    /// The roles held.
    pub(super) fn roles(&self) -> Roles {
        self.holdings().map(|held| held.role).collect()
    }

    /// The roles held, as an event names them.
    pub(super) fn role_words(&self) -> String {
        let mut words: Vec<&str> = self.holdings().map(|held| held.role.key()).collect();
        words.dedup();
        words.join(", ")
    }

    /// What a form about them is made from: every grant, each of which never changes but by ending.
    pub(super) fn version(&self) -> Version {
        Version::of(self.holdings().map(|held| held.id.to_string()))
    }

    /// Whether they are an owner without end.
    pub(super) fn is_standing_owner(&self) -> bool {
        self.holdings().any(|held| held.role == Role::Owner && held.ends_at.is_none())
    }

    /// Whether this role until then is no more than what they hold already.
    pub(super) fn covers(&self, role: Role, ends_at: Option<Instant>) -> bool {
        self.holdings().any(|held| {
            let as_much = held.role.permissions().contains(role.permissions());
            let as_long = match (held.ends_at, ends_at) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(held), Some(wanted)) => wanted <= held,
            };
            as_much && as_long
        })
    }

    /// The name to call them by in running text.
    pub(super) fn first_name(&self) -> &str {
        self.name.split_whitespace().next().unwrap_or(&self.name)
    }

    /// What is typed to confirm their removal.
    pub(super) fn confirmation(&self) -> &str {
        self.email.as_deref().unwrap_or(&self.name)
    }
}

/// What somebody is to hold from now on, in place of everything before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// The role.
    pub(super) role: Role,
    /// Until when; `None` is standing.
    pub(super) ends_at: Option<Instant>,
    /// Why.
    pub(super) reason: Option<String>,
}

impl Terms {
    /// Whether nothing would change.
    pub(super) fn is_held_by(&self, person: &Person) -> bool {
        self.role == person.top.role && self.ends_at == person.top.ends_at && person.others.is_empty()
    }
}

/// Whether the caller may change or end everything that somebody holds.
pub(super) fn may_change(caller: &Roles, held: &Roles) -> bool {
    Role::ALL.into_iter().filter(|role| held.contains(*role)).all(|role| caller.may_grant(role))
}

/// # Errors
/// [`Error::Forbidden`] when somebody holds a role that the caller may not take.
pub(super) fn check_change(caller: &Roles, person: &Person, org: &str) -> Result<()> {
    if may_change(caller, &person.roles()) {
        return Ok(());
    }
    Err(forbidden(format!("change the access of {} to {org}", person.name)))
}

/// # Errors
/// [`Error::Forbidden`] when the caller may not give that role, or would raise or lengthen their own access.
pub(super) fn check_terms(
    caller: &Roles,
    me: AccountId,
    person: &Person,
    terms: &Terms,
    org: &str,
) -> Result<()> {
    if !caller.may_grant(terms.role) {
        return Err(forbidden(format!("make anyone {} of {org}", terms.role.phrase())));
    }
    if person.account == me && !person.covers(terms.role, terms.ends_at) {
        return Err(Error::Forbidden(Forbidden {
            cannot: format!("give yourself more or longer access to {org}"),
            who_can: "Someone else who runs the team can.".into(),
        }));
    }
    Ok(())
}

fn forbidden(cannot: String) -> Error {
    Error::Forbidden(Forbidden { cannot, who_can: "Its owners can.".into() })
}

/// # Errors
/// [`Error::Conflict`] when the caller lost the right to manage members while waiting for their turn.
pub(super) fn check_still_manages(caller: &Roles) -> Result<()> {
    if caller.may(Permissions::MANAGE_MEMBERS) { Ok(()) } else { Err(changed()) }
}

/// Somebody else was faster.
pub(super) fn changed() -> Error {
    Error::Conflict("Someone else changed this access at the same moment. Nothing was changed by you.".into())
}

/// The person of a form was let go while the form was open.
pub(super) fn went(org: &str) -> Error {
    Error::Conflict(format!("This person no longer has access to {org}. Nothing was changed by you."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(held: &[(Role, Option<i64>)]) -> Person {
        let holdings = held.iter().map(|(role, end)| Holding {
            id: GrantId::new(),
            role: *role,
            path: "invitation".into(),
            reason: None,
            ends_at: end.and_then(Instant::from_micros),
        });
        Person::of(AccountId::new(), "Ada Lovelace".into(), None, holdings.collect()).unwrap()
    }

    #[test]
    fn the_highest_role_and_its_longest_grant_decide() {
        let held = person(&[(Role::Member, None), (Role::Admin, Some(5)), (Role::Admin, Some(9))]);
        assert_eq!((held.top.role, held.top.ends_at), (Role::Admin, Instant::from_micros(9)));
        assert_eq!(held.role_words(), "admin, member");
        assert!(held.covers(Role::Member, None));
        assert!(held.covers(Role::Admin, Instant::from_micros(9)));
        assert!(!held.covers(Role::Admin, None) && !held.covers(Role::Owner, Instant::from_micros(1)));
    }

    #[test]
    fn everything_held_must_be_within_the_callers_own() {
        let admin = Roles::from_iter([Role::Admin]);
        assert!(may_change(&admin, &Roles::from_iter([Role::Admin, Role::Viewer])));
        assert!(!may_change(&admin, &Roles::from_iter([Role::Viewer, Role::Owner])));
        assert!(!may_change(&admin, &Roles::from_iter([Role::Viewer, Role::Billing])));
        assert!(!may_change(&Roles::from_iter([Role::Member]), &Roles::from_iter([Role::Viewer])));
    }
}
