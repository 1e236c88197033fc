//! Which apps a list shows, in which order, and where a page of it begins: all of it from the URL.
//!
//! What may not happen here: a value that reaches the database unread, or a cursor that this list did not give out.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Instant,
    db::paging::Cursors,
    error::{Error, Result},
    web::text,
};

/// The query string as it came.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawFilter {
    q: String,
    status: String,
    network: String,
    sort: String,
    after: String,
    /// What the page that asks has seen; only of a page that asks by itself.
    pub(super) seen: String,
}

/// How an app is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The last deploy went out.
    Live,
    /// A deploy is going out.
    RollingOut,
    /// A deploy began over an hour ago, and nothing was heard since.
    Stalled,
    /// The last deploy failed.
    Failed,
    /// Never deployed.
    None,
}

impl State {
    pub(super) const ALL: [Self; 5] = [Self::Live, Self::RollingOut, Self::Stalled, Self::Failed, Self::None];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::RollingOut => "rolling-out",
            Self::Stalled => "stalled",
            Self::Failed => "failed",
            Self::None => "not-deployed",
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::RollingOut => "Rolling out",
            Self::Stalled => "No result",
            Self::Failed => "Failed",
            Self::None => "Not deployed",
        }
    }

    /// The colour of the word, and the glyph before it.
    pub(super) const fn look(self) -> (&'static str, &'static str) {
        match self {
            Self::Live => ("ok", "okdot"),
            Self::RollingOut => ("", "busy"),
            Self::Stalled => ("warn", "clock"),
            Self::Failed => ("bad", "warn"),
            Self::None => ("off", "pause"),
        }
    }

    pub(super) fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// Deployed last first; those never deployed at the end, by name.
    #[default]
    LastDeploy,
    /// By name.
    Name,
}

impl Sort {
    const ALL: [Self; 2] = [Self::LastDeploy, Self::Name];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::LastDeploy => "last_deploy",
            Self::Name => "name",
        }
    }
}

/// The last row of the page before, by what the list is ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// When it was deployed, if the list is ordered by that and it ever was.
    pub(super) deployed_at: Option<Instant>,
    /// Its name.
    pub(super) name: String,
}

/// What to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Part of a name; empty for all.
    pub(super) q: String,
    /// Only apps that are so.
    pub(super) state: Option<State>,
    /// Only apps in this network; empty for all.
    pub(super) network: String,
    /// The order.
    pub(super) sort: Sort,
    /// Where the page before ended, sealed as it stands in the URL; empty for the first page.
    page: String,
    /// The same, opened.
    pub(super) after: Option<Cursor>,
}

impl RawFilter {
    /// # Errors
    /// [`Error::Bad`] for a value that no page of ours links to.
    pub(super) fn parse(&self) -> Result<Filter> {
        let q = text::line(&self.q, 100).map_err(|_| odd())?;
        let state = match self.status.as_str() {
            "" | "any" => None,
            key => Some(State::parse(key).ok_or_else(odd)?),
        };
        let network = match self.network.as_str() {
            "any" => String::new(),
            name => text::line(name, 63).map_err(|_| odd())?,
        };
        let sort = match self.sort.as_str() {
            "" => Sort::LastDeploy,
            key => Sort::ALL.into_iter().find(|sort| sort.key() == key).ok_or_else(odd)?,
        };
        Ok(Filter { q, state, network, sort, page: self.after.clone(), after: None })
    }
}

impl Filter {
    /// Whether it leaves any app out.
    pub(super) fn narrows(&self) -> bool {
        !self.q.is_empty() || self.state.is_some() || !self.network.is_empty() || !self.page.is_empty()
    }

    /// The same list in another order, from its beginning.
    pub(super) fn sorted(&self, sort: Sort) -> Self {
        Self { sort, page: String::new(), after: None, ..self.clone() }
    }

    /// The same list, further down.
    pub(super) fn from(&self, page: String) -> Self {
        Self { page, after: None, ..self.clone() }
    }

    /// What narrows and orders the list.
    pub(super) fn shape(&self) -> impl Serialize + use<> {
        (self.q.clone(), self.state.map(State::key), self.network.clone(), self.sort.key())
    }

    /// With the place where this page begins, if these cursors gave it out.
    ///
    /// # Errors
    /// As [`Cursors::read`].
    pub(super) fn opened(self, cursors: &Cursors) -> Result<Self> {
        Ok(Self { after: cursors.read(&self.page)?, ..self })
    }

    /// The address of this list.
    pub(super) fn url(&self, apps: &str) -> String {
        let query = self.query(None);
        if query.is_empty() { apps.to_owned() } else { format!("{apps}?{query}") }
    }

    /// Its query string, with what was seen of it.
    pub(super) fn query(&self, seen: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.q.is_empty() {
            query.append_pair("q", &self.q);
        }
        if let Some(state) = self.state {
            query.append_pair("status", state.key());
        }
        if !self.network.is_empty() {
            query.append_pair("network", &self.network);
        }
        if self.sort != Sort::LastDeploy {
            query.append_pair("sort", self.sort.key());
        }
        if !self.page.is_empty() {
            query.append_pair("after", &self.page);
        }
        if let Some(seen) = seen {
            query.append_pair("seen", seen);
        }
        query.finish()
    }
}

fn odd() -> Error {
    Error::Bad(StatusCode::UNPROCESSABLE_ENTITY, "That list does not exist. Go back to all apps.".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(query: &str) -> Result<Filter> {
        serde_html_form::from_str::<RawFilter>(query).unwrap().parse()
    }

    #[test]
    fn a_list_is_its_address() {
        for query in ["", "q=web", "status=rolling-out&network=payments&sort=name", "q=web&after=c"] {
            assert_eq!(raw(query).unwrap().query(None), query);
        }
        assert_eq!(raw("status=any&network=any&q=").unwrap(), Filter::default());
    }

    #[test]
    fn what_no_page_links_to_is_refused() {
        for query in ["status=up", "sort=size", "q=%00", "network=%00"] {
            assert!(raw(query).is_err(), "{query}");
        }
    }
}
