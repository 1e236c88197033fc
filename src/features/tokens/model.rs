//! What a token is to the pages, and the rules for making and revoking one.
//!
//! What may not happen here: a right that outlives the maker's. What a list calls "good" is what `live_token()` lets in.

use jiff::{ToSpan as _, tz::TimeZone};

use crate::{
    auth::token::Kind,
    clock::Instant,
    ids::{AccountId, OrgId, TokenId},
    role::{ManageApps, ManageTokens, Permission as _, Permissions, Role, Roles, Scope},
};

/// Days that a token lives if nothing is said.
pub(super) const DAYS: i64 = 90;
/// Days that it may live at most.
pub(super) const MOST_DAYS: i64 = 365;
/// A token that was not used for so many days is idle.
pub(super) const IDLE_DAYS: i64 = 60;
/// So many days before the end, the maker gets a mail.
pub(super) const NOTICE_DAYS: i64 = 7;

/// Seconds of so many days.
pub(super) const fn days(count: i64) -> i64 {
    count * 86_400
}

/// A token in a list.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) id: TokenId,
    pub(super) org: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) kind: String,
    pub(super) scope: String,
    pub(super) app_name: Option<String>,
    pub(super) name: String,
    pub(super) last_four: String,
    pub(super) account_id: AccountId,
    pub(super) maker: String,
    pub(super) created_at: Instant,
    pub(super) expires_at: Instant,
    pub(super) last_used_at: Option<Instant>,
    pub(super) last_used_from: Option<String>,
    pub(super) revoked_at: Option<Instant>,
    pub(super) ended: bool,
    pub(super) maker_roles: Option<Vec<String>>,
    pub(super) app_there: bool,
    pub(super) my_roles: Vec<String>,
}

/// How a token stands at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is let in.
    Good,
    /// Its end has come.
    Ended,
    /// Somebody revoked it.
    Revoked,
    /// Whoever made it is in the organization no more.
    MakerGone,
    /// Its app is in the organization no more.
    AppGone,
}

impl Token {
    pub(super) fn state(&self) -> State {
        if self.revoked_at.is_some() {
            State::Revoked
        } else if self.ended {
            State::Ended
        } else if self.maker_roles.as_ref().is_some_and(Vec::is_empty) {
            State::MakerGone
        } else if self.app_there {
            State::Good
        } else {
            State::AppGone
        }
    }

    /// Its kind; a row has no other.
    pub(super) fn kind(&self) -> Kind {
        Kind::parse(&self.kind).unwrap_or(Kind::Personal)
    }

    /// What it may do at most.
    pub(super) fn scope(&self) -> Option<Scope> {
        scope(&self.scope)
    }

    /// Whether its maker's roles leave it less than its scope.
    pub(super) fn is_lessened(&self) -> bool {
        let Some(roles) = &self.maker_roles else { return false };
        let scope = self.scope().map_or(Permissions::empty(), Scope::permissions);
        self.state() == State::Good && !roles_of(roles).permissions().contains(scope)
    }

    /// Whether nobody used it for long.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.last_used_at.unwrap_or(self.created_at) < now.plus_seconds(-days(IDLE_DAYS))
    }

    /// Whether whoever looks may revoke it.
    pub(super) fn may_revoke(&self, me: AccountId) -> bool {
        let needs = match self.kind() {
            Kind::Deploy => ManageApps::NEEDS,
            _ => ManageTokens::NEEDS,
        };
        self.account_id == me || roles_of(&self.my_roles).may(needs)
    }

    /// Whether whoever looks may see where it was used from.
    pub(super) fn shows_address(&self, me: AccountId) -> bool {
        self.account_id == me || roles_of(&self.my_roles).may(Permissions::SEE_ADDRESSES)
    }
}

/// The scope of that name.
pub(super) fn scope(key: &str) -> Option<Scope> {
    [Scope::Deploy, Scope::Read, Scope::Member, Scope::Admin, Scope::Full]
        .into_iter()
        .find(|scope| scope.key() == key)
}

fn roles_of(keys: &[String]) -> Roles {
    keys.iter().filter_map(|key| Role::parse(key)).collect()
}

/// What a token of this scope may do, in words for lists.
pub(super) fn can(scope: Scope, app: Option<&str>) -> String {
    match (scope, app) {
        (Scope::Deploy, Some(app)) => format!("Deploy {app}"),
        (Scope::Deploy, None) => "Deploy one app".to_owned(),
        (Scope::Read, _) => "Read".to_owned(),
        (Scope::Member, _) => "What a member can".to_owned(),
        (Scope::Admin, _) => "What an admin can".to_owned(),
        (Scope::Full, _) => "All that its maker can".to_owned(),
    }
}

/// A token to be made.
#[derive(Clone, Debug)]
pub(super) struct NewToken {
    pub(super) kind: Kind,
    pub(super) scope: Scope,
    pub(super) name: String,
    pub(super) expires_at: Instant,
}

/// A token that was revoked.
#[derive(Clone, Debug)]
pub(super) struct Revoked {
    pub(super) id: TokenId,
    pub(super) org: Option<OrgId>,
    pub(super) account: AccountId,
    pub(super) name: String,
}

/// So many days from now, at 17:00 UTC, when somebody is there to notice; never later than the most.
pub(super) fn ends_after(count: i64, now: Instant) -> Option<Instant> {
    let day = now.plus_seconds(days(count)).in_zone(&TimeZone::UTC).date();
    let evening = |day: jiff::civil::Date| {
        let moment = day.at(17, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?;
        Some(Instant::from(moment.timestamp()))
    };
    let end = evening(day)?;
    // The database counts from its own clock, which may be a little behind this one.
    let latest = now.plus_seconds(days(MOST_DAYS) - 120);
    if end <= latest { Some(end) } else { evening(day.checked_sub(1.day()).ok()?) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_falls_in_the_evening_and_never_beyond_a_year() {
        for now in
            ["2026-11-23T08:44:00Z", "2026-11-23T16:59:59Z", "2026-11-23T17:00:01Z", "2026-11-23T23:59:59Z"]
        {
            let now: Instant = now.parse::<jiff::Timestamp>().unwrap().into();
            for count in [1, 7, 90, 364, 365] {
                let end = ends_after(count, now).unwrap();
                assert!(end.to_string().contains("T17:00:00"), "{end}");
                assert!(end > now && end <= now.plus_seconds(days(MOST_DAYS)), "{count} from {now}: {end}");
            }
        }
        let now: Instant = "2026-11-23T08:44:00Z".parse::<jiff::Timestamp>().unwrap().into();
        assert_eq!(ends_after(90, now).unwrap().to_string(), "2027-02-21T17:00:00Z");
    }
}
