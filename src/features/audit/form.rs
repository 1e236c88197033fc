//! The filters as they stand in the URL.
//!
//! What may not happen here: a filter that is silently dropped because it could not be read.

use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    db::audit::Category,
    features::audit::model::Filter,
    web::{form::FieldErrors, text, when::Zone},
};

/// As typed or linked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Search {
    pub(super) q: String,
    pub(super) who: String,
    pub(super) about: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) before: String,
}

impl Search {
    /// Reads a query string; a field given twice is refused, unknown ones are not ours.
    pub(super) fn read(query: Option<&str>) -> Result<Self, FieldErrors> {
        serde_html_form::from_str(query.unwrap_or_default()).map_err(|_| {
            FieldErrors::one("q", "This address names a filter twice. Choose the filters again.")
        })
    }

    /// # Errors
    /// The sentence for each filter that cannot be read.
    pub(super) fn parse(&self, zone: &Zone) -> Result<Filter, FieldErrors> {
        let mut errors = FieldErrors::new();
        let text = errors.take("q", text::line(&self.q, 100)).unwrap_or_default();
        let who = errors.take("who", given(&self.who).map(person).transpose()).flatten();
        let about = errors.take("about", given(&self.about).map(category).transpose()).flatten();
        let from = errors.take("from", given(&self.from).map(date).transpose()).flatten();
        let to = errors.take("to", given(&self.to).map(date).transpose()).flatten();
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            errors.add("to", "The last day is before the first. Turn them around.");
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Filter {
            text: (!text.is_empty()).then_some(text),
            who,
            about,
            from: from.and_then(|day| zone.midnight(day)),
            until: to.and_then(|day| day.tomorrow().ok()).and_then(|day| zone.midnight(day)),
            before: None,
        })
    }

    /// What narrows the list.
    pub(super) fn shape(&self) -> [&str; 5] {
        [&self.q, &self.who, &self.about, &self.from, &self.to].map(|field| field.trim())
    }

    /// Whether anything but the page is chosen.
    pub(super) fn narrows(&self) -> bool {
        [&self.q, &self.who, &self.about, &self.from, &self.to]
            .into_iter()
            .any(|field| !field.trim().is_empty())
    }

    /// The same filters, from a cursor on.
    pub(super) fn older(&self, cursor: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("q", &self.q),
            ("who", &self.who),
            ("about", &self.about),
            ("from", &self.from),
            ("to", &self.to),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.trim().is_empty()) {
            query.append_pair(name, value.trim());
        }
        query.append_pair("before", cursor).finish()
    }
}

fn given(field: &str) -> Option<&str> {
    Some(field.trim()).filter(|field| !field.is_empty())
}

fn person(field: &str) -> Result<Uuid, String> {
    field.parse().map_err(|_| "Nobody is known by that number. Choose a person again.".to_owned())
}

fn category(field: &str) -> Result<Category, String> {
    let found = Category::ALL.into_iter().find(|category| category.key() == field);
    found.ok_or_else(|| "Events are not sorted that way. Choose a subject again.".to_owned())
}

fn date(field: &str) -> Result<Date, String> {
    let wrong = || "Give a day such as 2026-11-23, between 2000 and 2199.".to_owned();
    let plain = field.len() == 10 && field.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let day: Date = field.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
    if (2000..2200).contains(&day.year()) { Ok(day) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(query: &str) -> FieldErrors {
        Search::read(Some(query)).unwrap().parse(&Zone::default()).unwrap_err()
    }

    #[test]
    fn absurd_filters_are_named() {
        for absurd in ["99999-01-01", "0001-01-01", "-2026-01-01", "2026-02-30", "today", "2026-11-23T00:00"]
        {
            assert!(errors(&format!("from={absurd}")).of("from").contains("2000"), "{absurd}");
        }
        assert!(!errors("from=2026-11-23&to=2026-11-22").of("to").is_empty());
        assert!(!errors("who=ada").of("who").is_empty());
        assert!(!errors("about=everything-else").of("about").is_empty());
        assert!(!errors("q=%00").of("q").is_empty());
        assert!(Search::read(Some("q=a&q=b")).is_err());
    }

    #[test]
    fn days_begin_and_end_in_the_readers_zone() {
        let search = Search::read(Some("from=2026-11-23&to=2026-11-23")).unwrap();
        let filter = search.parse(&Zone::named("Europe/Berlin").unwrap()).unwrap();
        assert_eq!(filter.from.unwrap().to_string(), "2026-11-22T23:00:00Z");
        assert_eq!(filter.until.unwrap().to_string(), "2026-11-23T23:00:00Z");
    }

    #[test]
    fn the_way_to_older_events_keeps_the_filters() {
        let search = Search::read(Some("q=a+%26+b&who=&before=90")).unwrap();
        assert_eq!(search.older("40"), "q=a+%26+b&before=40");
    }
}
