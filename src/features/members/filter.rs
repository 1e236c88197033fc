//! Which members a list shows, in which order, and where a page of it begins: all of it from the URL.
//!
//! What may not happen here: a value that reaches the database unread, or a cursor that breaks a page.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use serde::Deserialize;

use crate::{
    error::{Error, Result},
    ids::AccountId,
    role::Role,
    web::text,
};

/// The query string as it came.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawFilter {
    q: String,
    role: String,
    access: String,
    sort: String,
    after: String,
}

/// How long the access lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lasting {
    /// However long.
    #[default]
    Any,
    /// The role that the page names has no end.
    Standing,
    /// It ends within seven days.
    EndsSoon,
    /// Some access has no end, be it in a lower role.
    NoEndDate,
}

impl Lasting {
    pub(super) const ALL: [Self; 4] = [Self::Any, Self::Standing, Self::EndsSoon, Self::NoEndDate];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Standing => "standing",
            Self::EndsSoon => "ends-soon",
            Self::NoEndDate => "no-end-date",
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Any => "Any",
            Self::Standing => "Standing",
            Self::EndsSoon => "Ends soon",
            Self::NoEndDate => "No end date",
        }
    }
}

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// Owners first, then by name.
    #[default]
    Role,
    /// By name.
    Name,
    /// Who was here last first.
    LastActive,
}

impl Sort {
    const ALL: [Self; 3] = [Self::Role, Self::Name, Self::LastActive];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Name => "name",
            Self::LastActive => "last_active",
        }
    }
}

/// The last row of the page before, by what the list is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The first sort key.
    pub(super) first: i64,
    /// The second: the name in lower case.
    pub(super) second: String,
    /// The third.
    pub(super) account: AccountId,
}

/// What to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Part of a name or address; empty for all.
    pub(super) q: String,
    /// Only people whose highest role is this.
    pub(super) role: Option<Role>,
    /// How long the access lasts.
    pub(super) access: Lasting,
    /// The order.
    pub(super) sort: Sort,
    /// Where the page before ended.
    pub(super) after: Option<Cursor>,
}

impl RawFilter {
    /// # Errors
    /// [`Error::Bad`] for a value that no page of ours links to.
    pub(super) fn parse(&self) -> Result<Filter> {
        let q = text::line(&self.q, 100).map_err(|_| odd())?;
        let role = match self.role.as_str() {
            "" | "any" => None,
            key => Some(Role::parse(key).ok_or_else(odd)?),
        };
        let access = match self.access.as_str() {
            "" => Lasting::Any,
            key => Lasting::ALL.into_iter().find(|access| access.key() == key).ok_or_else(odd)?,
        };
        let sort = match self.sort.as_str() {
            "" => Sort::Role,
            key => Sort::ALL.into_iter().find(|sort| sort.key() == key).ok_or_else(odd)?,
        };
        let after = match self.after.as_str() {
            "" => None,
            token => Some(Cursor::read(token, sort).ok_or_else(odd)?),
        };
        Ok(Filter { q, role, access, sort, after })
    }
}

impl Filter {
    /// Whether it leaves anybody out.
    pub(super) fn narrows(&self) -> bool {
        !self.q.is_empty() || self.role.is_some() || self.access != Lasting::Any || self.after.is_some()
    }

    /// The same list in another order, from its beginning.
    pub(super) fn sorted(&self, sort: Sort) -> Self {
        Self { sort, after: None, ..self.clone() }
    }

    /// The same list, further down.
    pub(super) fn from(&self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self.clone() }
    }

    /// The address of this list.
    pub(super) fn url(&self, team: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.q.is_empty() {
            query.append_pair("q", &self.q);
        }
        if let Some(role) = self.role {
            query.append_pair("role", role.key());
        }
        if self.access != Lasting::Any {
            query.append_pair("access", self.access.key());
        }
        if self.sort != Sort::Role {
            query.append_pair("sort", self.sort.key());
        }
        if let Some(cursor) = &self.after {
            query.append_pair("after", &cursor.write(self.sort));
        }
        let query = query.finish();
        if query.is_empty() { team.to_owned() } else { format!("{team}?{query}") }
    }
}

impl Cursor {
    fn write(&self, sort: Sort) -> String {
        let Self { first, second, account } = self;
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}|{first}|{account}|{second}", sort.key()))
    }

    fn read(token: &str, sort: Sort) -> Option<Self> {
        let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let mut parts = plain.splitn(4, '|');
        if parts.next()? != sort.key() {
            return None;
        }
        let first = parts.next()?.parse().ok()?;
        let account = parts.next()?.parse().ok()?;
        let second = parts.next()?.to_owned();
        // Postgres knows no NUL in text.
        (!second.contains('\0')).then_some(Self { first, second, account })
    }
}

fn odd() -> Error {
    Error::Bad(
        StatusCode::UNPROCESSABLE_ENTITY,
        "That list does not exist. Take the filters off and start again.".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_survives_its_own_address() {
        let cursor = Cursor { first: -4, second: "ada | löve".into(), account: AccountId::new() };
        let filter = Filter {
            q: "a&b=c".into(),
            role: Some(Role::Admin),
            access: Lasting::EndsSoon,
            sort: Sort::Name,
            after: Some(cursor),
        };
        let url = filter.url("/team");
        let raw: RawFilter = serde_html_form::from_str(url.split_once('?').unwrap().1).unwrap();
        assert_eq!(raw.parse().unwrap(), filter);
        assert_eq!(Filter::default().url("/team"), "/team");
    }

    #[test]
    fn odd_values_are_refused() {
        for query in
            ["role=god", "access=x", "sort=x", "after=x", "after=%00", "q=a%00b", "after=cm9sZXx4fHg"]
        {
            let raw: RawFilter = serde_html_form::from_str(query).unwrap();
            assert!(raw.parse().is_err(), "{query}");
        }
    }
}
