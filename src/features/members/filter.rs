//! Which members a list shows, in which order, and where a page of it begins: all of it from the URL.
//!
//! What may not happen here: a value that reaches the database unread.

use http::StatusCode;
use serde::{Deserialize, Serialize};

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
    /// A cursor of the list that the rest describes.
    pub(super) after: String,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        Ok(Filter { q, role, access, sort, after: None })
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
    pub(super) fn from(&self, after: Option<Cursor>) -> Self {
        Self { after, ..self.clone() }
    }

    /// What narrows and orders the list.
    pub(super) fn shape(&self) -> impl Serialize + use<> {
        (self.q.clone(), self.role.map(Role::key), self.access.key(), self.sort.key())
    }

    /// The address of this list, from its beginning or from a cursor on.
    pub(super) fn url(&self, team: &str, after: &str) -> String {
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
        if !after.is_empty() {
            query.append_pair("after", after);
        }
        let query = query.finish();
        if query.is_empty() { team.to_owned() } else { format!("{team}?{query}") }
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
        let filter = Filter {
            q: "a&b=c".into(),
            role: Some(Role::Admin),
            access: Lasting::EndsSoon,
            sort: Sort::Name,
            after: None,
        };
        let url = filter.url("/team", "");
        let raw: RawFilter = serde_html_form::from_str(url.split_once('?').unwrap().1).unwrap();
        assert_eq!(raw.parse().unwrap(), filter);
        assert_eq!(Filter::default().url("/team", ""), "/team");
        assert_eq!(Filter::default().url("/team", "c"), "/team?after=c");
    }

    #[test]
    fn odd_values_are_refused() {
        for query in ["role=god", "access=x", "sort=x", "q=a%00b"] {
            let raw: RawFilter = serde_html_form::from_str(query).unwrap();
            assert!(raw.parse().is_err(), "{query}");
        }
    }
}
