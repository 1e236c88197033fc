//! The forms of tokens: a new one, a revocation, and what the inventory is asked for.
//!
//! What may not happen here: a token without an end.

use serde::{Deserialize, Serialize};

use crate::{
    auth::token::Kind,
    clock::Instant,
    features::tokens::{
        model::{DAYS, IDLE_DAYS, MOST_DAYS, NewToken, days, ends_after, scope},
        store::Which,
    },
    role::Scope,
    web::{form::FieldErrors, text},
};

/// What a form makes tokens of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An organization: read-only and organization tokens.
    Org,
    /// One app: deploy tokens.
    App,
    /// The account: personal tokens.
    Account,
}

/// A new token, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NewForm {
    pub(super) name: String,
    /// A scope's key; what it may be depends on the place.
    pub(super) scope: String,
    /// Days until its end; empty for the default.
    pub(super) days: String,
}

impl NewForm {
    /// The form as it is first shown.
    pub(super) fn blank(place: Place) -> Self {
        let scope = if place == Place::App { Scope::Deploy } else { Scope::Read };
        Self { name: String::new(), scope: scope.key().to_owned(), days: DAYS.to_string() }
    }

    /// The form as somebody left it to prove who they are, or as it is first shown.
    pub(super) fn again(self, place: Place) -> Self {
        if self == Self::default() { Self::blank(place) } else { self }
    }

    /// # Errors
    /// What is wrong, field by field.
    pub(super) fn parse(&self, place: Place, now: Instant) -> Result<NewToken, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take("name", text::name(&self.name));
        let chosen = kind(place, self.scope.trim()).ok_or_else(|| "Choose what it can do.".to_owned());
        let chosen = errors.take("scope", chosen);
        let expires_at = errors.take("days", self.end(now));
        match (name, chosen, expires_at) {
            (Some(name), Some((kind, scope)), Some(expires_at)) => {
                Ok(NewToken { kind, scope, name, expires_at })
            }
            _ => Err(errors),
        }
    }

    fn end(&self, now: Instant) -> Result<Instant, String> {
        let typed = self.days.trim();
        let count = if typed.is_empty() { Some(DAYS) } else { typed.parse().ok() };
        count
            .filter(|count| (1..=MOST_DAYS).contains(count))
            .and_then(|count| ends_after(count, now))
            .ok_or_else(|| format!("Choose 1 to {MOST_DAYS} days. A token without an end is forgotten."))
    }
}

fn kind(place: Place, key: &str) -> Option<(Kind, Scope)> {
    let scope = if place == Place::App && key.is_empty() { Scope::Deploy } else { scope(key)? };
    let kind = match (place, scope) {
        (Place::App, Scope::Deploy) => Kind::Deploy,
        (Place::Org, Scope::Read) => Kind::ReadOnly,
        (Place::Org, Scope::Member | Scope::Admin) => Kind::Org,
        (Place::Account, Scope::Read | Scope::Full) => Kind::Personal,
        _ => return None,
    };
    Some((kind, scope))
}

/// A revocation, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RevokeForm {
    /// The exact name, where it must be typed.
    pub(super) confirm: String,
    /// Why.
    pub(super) reason: String,
}

impl RevokeForm {
    /// The reason.
    ///
    /// # Errors
    /// What is wrong, field by field. `typed` is what must be typed, if anything.
    pub(super) fn parse(&self, typed: Option<&str>) -> Result<Option<String>, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(name) = typed.filter(|name| self.confirm.trim() != *name) {
            errors.add("confirm", format!("Type {name} exactly. Nothing was revoked."));
        }
        let reason = errors.take("reason", text::reason(&self.reason));
        match reason {
            Some(reason) if errors.is_empty() => Ok(reason),
            _ => Err(errors),
        }
    }
}

/// What a list is asked for, in its address.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Filter {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) q: String,
    /// `production` or nothing.
    #[serde(rename = "where", skip_serializing_if = "String::is_empty")]
    pub(super) place: String,
    /// `idle`, `far`, `gone` or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) flag: String,
    /// `all` or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) before: String,
}

impl Filter {
    /// Whether anything is left out.
    pub(super) fn narrows(&self) -> bool {
        !self.q.trim().is_empty() || !self.place.is_empty() || !self.flag.is_empty()
    }

    pub(super) fn which(&self, now: Instant) -> Which {
        let find = Some(self.q.trim()).filter(|find| !find.is_empty() && !find.contains('\0'));
        Which {
            find: find.map(str::to_owned),
            past: self.state == "all",
            production: self.place == "production",
            idle_since: (self.flag == "idle").then(|| now.plus_seconds(-days(IDLE_DAYS))),
            ends_after: (self.flag == "far").then(|| now.plus_seconds(days(MOST_DAYS))),
            maker_gone: self.flag == "gone",
            ..Which::default()
        }
    }

    /// What narrows the list, whichever page of it.
    pub(super) fn shape(&self) -> Self {
        Self { before: String::new(), ..self.clone() }
    }

    /// The same list as another address.
    pub(super) fn query(&self, before: &str) -> String {
        let other = Self { before: before.to_owned(), ..self.clone() };
        serde_html_form::to_string(&other).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2026-11-23T08:44:00Z".parse::<jiff::Timestamp>().unwrap().into()
    }

    fn form(scope: &str, days: &str) -> NewForm {
        NewForm { name: "ci".into(), scope: scope.into(), days: days.into() }
    }

    #[test]
    fn a_token_lives_90_days_unless_said_and_a_year_at_most() {
        let parsed = form("read", "").parse(Place::Org, now()).unwrap();
        assert_eq!(parsed.expires_at.to_string(), "2027-02-21T17:00:00Z");
        for odd in ["0", "-1", "366", "3650", "9223372036854775808", "soon", "1.5"] {
            let errors = form("read", odd).parse(Place::Org, now()).unwrap_err();
            assert!(!errors.of("days").is_empty(), "{odd}");
        }
    }

    #[test]
    fn each_place_has_its_kinds() {
        let made = |place, scope: &str| form(scope, "30").parse(place, now()).ok().map(|token| token.kind);
        assert_eq!(made(Place::Org, "read"), Some(Kind::ReadOnly));
        assert_eq!(made(Place::Org, "member"), Some(Kind::Org));
        assert_eq!(made(Place::Org, "admin"), Some(Kind::Org));
        assert_eq!(made(Place::App, "deploy"), Some(Kind::Deploy));
        assert_eq!(made(Place::App, ""), Some(Kind::Deploy));
        assert_eq!(made(Place::Account, "full"), Some(Kind::Personal));
        for (place, scope) in [
            (Place::Org, "deploy"),
            (Place::Org, "full"),
            (Place::Org, "owner"),
            (Place::Org, ""),
            (Place::App, "admin"),
            (Place::Account, "admin"),
            (Place::Account, "deploy"),
        ] {
            assert_eq!(made(place, scope), None, "{place:?} {scope}");
        }
    }

    #[test]
    fn a_list_is_narrowed_by_its_address() {
        let filter = Filter { flag: "idle".into(), place: "production".into(), ..Filter::default() };
        let which = filter.which(now());
        assert!(which.production && which.idle_since.is_some() && !which.past && filter.narrows());
        assert_eq!(filter.query(""), "where=production&flag=idle");
        let odd = Filter { q: "a\0".into(), flag: "x".into(), ..Filter::default() };
        let which = odd.which(now());
        assert!(which.find.is_none() && which.before.is_none() && which.idle_since.is_none());
    }
}
