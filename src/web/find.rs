//! A list's own address: what is looked for, and where the page before ended.
//!
//! What may not happen here: an opinion about what a list holds, or in which order.

use serde::Deserialize;

/// The query string of a list that is found by name and read page by page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// What was typed.
    #[serde(default)]
    pub q: String,
    /// Where the page before ended, in the list's own words.
    #[serde(default)]
    pub after: String,
}

impl Find {
    /// Whether everything is asked for.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.q.trim().is_empty()
    }

    /// The address of the same list, further down.
    #[must_use]
    pub fn older(&self, list: &str, after: &str) -> String {
        let query = serde_html_form::to_string([("q", self.q.as_str()), ("after", after)]);
        format!("{list}?{}", query.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_looked_for_by_the_same_words() {
        let find = Find { q: "a&b".into(), after: "x".into() };
        assert_eq!(find.older("/orgs", "1 p/é"), "/orgs?q=a%26b&after=1+p%2F%C3%A9");
        assert!(!find.is_open() && Find { q: " ".into(), ..find }.is_open());
    }
}
