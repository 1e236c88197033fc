//! What an invitation is made of, checked, and the limits that production sets.
//!
//! What may not happen here: a query, or an end that is not 17:00 UTC of its day.

use jiff::{Span, civil, tz::TimeZone};

use crate::{clock::Instant, ids::InvitationId, role::Role};

/// Hours that a link lives when nothing else is chosen.
const LINK_HOURS: i32 = 7 * 24;
/// The same for an admin or owner of production.
const LINK_HOURS_STRICT: i32 = 48;
/// The longest life that can be chosen.
const LINK_HOURS_MOST: i32 = 30 * 24;

/// When the access ends, as the form offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// So many days from today.
    After(i16),
    /// On this day.
    On(civil::Date),
    /// Not by itself.
    Never,
}

impl Ends {
    /// What the form begins with: production ends by itself unless somebody says otherwise.
    #[must_use]
    pub(super) const fn preset(production: bool) -> &'static str {
        if production { "30d" } else { "never" }
    }

    /// Reads the choice and, for "date", the day beside it.
    ///
    /// # Errors
    /// The sentence for the field.
    pub(super) fn parse(choice: &str, day: &str) -> Result<Self, String> {
        match choice {
            "1d" => Ok(Self::After(1)),
            "7d" => Ok(Self::After(7)),
            "30d" => Ok(Self::After(30)),
            "never" => Ok(Self::Never),
            "date" => {
                day.trim().parse().map(Self::On).map_err(|_| "Pick the day on which the access ends.".into())
            }
            _ => Err("Choose when the access ends.".into()),
        }
    }

    /// The moment: 17:00 UTC of the day.
    ///
    /// # Errors
    /// The sentence for the field, when the day is over or far away.
    pub(super) fn at(self, now: Instant) -> Result<Option<Instant>, String> {
        let today = now.in_zone(&TimeZone::UTC).date();
        let day = match self {
            Self::Never => return Ok(None),
            Self::After(days) => today.saturating_add(Span::new().days(days)),
            Self::On(day) => day,
        };
        if day > today.saturating_add(Span::new().days(3_660)) {
            return Err("Pick a day within the next ten years.".into());
        }
        let moment =
            day.at(17, 0, 0, 0).to_zoned(TimeZone::UTC).map_err(|_| "Pick another day.".to_owned())?;
        let moment = Instant::from(moment.timestamp());
        if moment <= now { Err("Pick a day that is not over yet.".into()) } else { Ok(Some(moment)) }
    }
}

/// Seconds that a link lives, from the hours typed; empty means the default for this role and environment.
///
/// # Errors
/// The sentence for the field.
pub(super) fn link_seconds(typed: &str, role: Role, production: bool) -> Result<i32, String> {
    let strict = production && matches!(role, Role::Admin | Role::Owner);
    let hours = match typed.trim() {
        "" if strict => LINK_HOURS_STRICT,
        "" => LINK_HOURS,
        hours => hours.parse().map_err(|_| "Choose how long the link works.".to_owned())?,
    };
    if !(1..=LINK_HOURS_MOST).contains(&hours) {
        return Err("A link works for one hour at least and 30 days at most.".into());
    }
    if strict && hours > LINK_HOURS_STRICT {
        return Err("A link that makes an admin or owner of production works for 48 hours at most.".into());
    }
    Ok(hours * 3_600)
}

/// Several people to be invited on the same terms.
#[derive(Clone, Debug)]
pub(super) struct NewInvites {
    /// Canonical addresses, each once, in the order typed.
    pub emails: Vec<String>,
    /// What they will be.
    pub role: Role,
    /// Until when.
    pub ends_at: Option<Instant>,
    /// Why.
    pub reason: Option<String>,
    /// How long a link lives.
    pub link_seconds: i32,
}

impl NewInvites {
    /// The terms of an organization's second owner, who is named while it is founded.
    pub(super) fn second_owner(production: bool) -> Self {
        let hours = if production { LINK_HOURS_STRICT } else { LINK_HOURS };
        Self {
            emails: Vec::new(),
            role: Role::Owner,
            ends_at: None,
            reason: Some("Second owner, named when the organization was created.".into()),
            link_seconds: hours * 3_600,
        }
    }
}

/// What is known about an address before it is invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing.
    New,
    /// Its owner is in the organization.
    Member,
    /// An invitation is open; inviting again renews it.
    Invited,
}

/// An invitation in the list of its organization.
#[derive(Clone, Debug)]
pub struct Row {
    /// The invitation.
    pub id: InvitationId,
    /// Whom.
    pub email: String,
    /// As what.
    pub role: String,
    /// Until when.
    pub ends_at: Option<Instant>,
    /// Why.
    pub reason: Option<String>,
    /// `waiting`, `held`, `joined`, `declined`, `withdrawn` or `expired`.
    pub state: String,
    /// By whom.
    pub inviter: String,
    /// When it was made.
    pub created_at: Instant,
    /// When its newest link ends.
    pub expires_at: Instant,
    /// How long a link lives.
    pub link_seconds: i32,
    /// `pending`, `sent` or `failed`.
    pub mail_state: String,
    /// Why the mail is not out yet.
    pub mail_error: Option<String>,
}

/// An invitation as the invited person's page needs it.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    /// The invitation.
    pub id: InvitationId,
    /// Its organization.
    pub org: crate::ids::OrgId,
    /// The organization's slug.
    pub slug: String,
    /// As the database spells it.
    pub environment: String,
    /// Whom it is for.
    pub email: String,
    /// As what.
    pub role: String,
    /// Until when.
    pub ends_at: Option<Instant>,
    /// Why.
    pub reason: Option<String>,
    /// As [`Row::state`].
    pub state: String,
    /// How many times it was asked to be sent.
    pub sending: i32,
    /// When its newest link ends.
    pub expires_at: Instant,
    /// When it was made.
    pub created_at: Instant,
    /// Who answered it.
    pub decided_by: Option<crate::ids::AccountId>,
    /// Their name.
    pub decider: Option<String>,
    /// Who invites.
    pub inviter: crate::ids::AccountId,
    /// Their name.
    pub inviter_name: String,
    /// Their contact address.
    pub inviter_email: Option<String>,
    /// The newest link is over, or the access would be.
    pub over: bool,
    /// The organization was deleted.
    pub org_deleted: bool,
}

impl Offer {
    /// Whether it can still be answered through the link of this sending.
    #[must_use]
    pub(super) fn is_open(&self, sending: i32) -> bool {
        self.state == "waiting" && !self.over && !self.org_deleted && self.sending == sending
    }
}

/// What a role lets its holder do, and what not, for the invitation's page.
#[must_use]
pub(super) const fn powers(role: Role) -> (&'static [&'static str], &'static [&'static str]) {
    match role {
        Role::Owner => (&["Do everything, including billing and deleting the organization"], &[]),
        Role::Admin => (
            &[
                "Invite people and change who is inside",
                "Add, edit and remove apps",
                "Edit settings, see the audit log",
            ],
            &["Make or remove owners", "Delete the organization"],
        ),
        Role::Member => (
            &["Add, edit and remove apps", "See the team and the audit log"],
            &["Invite or remove people", "Edit settings"],
        ),
        Role::Viewer => (&["See apps, the team and the audit log"], &["Change anything"]),
        Role::Billing => (
            &["See bills and pay them", "See the team"],
            &["See apps or the audit log", "Invite or remove people"],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    #[test]
    fn access_ends_at_five_in_the_afternoon() {
        let now = at("2026-11-23T18:44:00Z");
        assert_eq!(Ends::After(30).at(now), Ok(Some(at("2026-12-23T17:00:00Z"))));
        assert_eq!(Ends::Never.at(now), Ok(None));
        assert!(Ends::parse("date", "2026-11-23").unwrap().at(now).is_err(), "it is six already");
        assert_eq!(Ends::parse("date", "2026-11-24").unwrap().at(now), Ok(Some(at("2026-11-24T17:00:00Z"))));
        assert!(Ends::parse("date", "2999-01-01").unwrap().at(now).is_err());
        assert!(Ends::parse("date", "").is_err() && Ends::parse("", "").is_err());
    }

    #[test]
    fn links_to_power_live_shorter() {
        assert_eq!(link_seconds("", Role::Member, true), Ok(7 * 86_400));
        assert_eq!(link_seconds("", Role::Admin, true), Ok(2 * 86_400));
        assert_eq!(link_seconds("", Role::Admin, false), Ok(7 * 86_400));
        assert_eq!(link_seconds("1", Role::Viewer, true), Ok(3_600));
        for (hours, role) in
            [("0", Role::Member), ("721", Role::Member), ("x", Role::Member), ("49", Role::Owner)]
        {
            assert!(link_seconds(hours, role, true).is_err(), "{hours}");
        }
    }
}
