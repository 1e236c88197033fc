//! An event as one sentence.
//!
//! What may not happen here: failing, or a placeholder that stays. An event of a newer version is told by its name.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    features::audit::model::{self, Entry, Reader},
    web::text,
};

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// Set bold: who, what, and the value after a change.
    pub bold: bool,
}

impl Piece {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: false }
    }
    fn bold(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: true }
    }
}

/// The event's sentence.
pub(super) fn sentence(entry: &Entry, reader: &Reader) -> Vec<Piece> {
    let Some(action) = model::action(&entry.action) else { return vec![Piece::bold(&entry.action)] };
    let mut pieces = Vec::new();
    let mut rest = action.sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        if !before.is_empty() {
            pieces.push(Piece::plain(before));
        }
        pieces.push(fill(name, entry, reader));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::plain(rest));
    }
    pieces
}

fn fill(name: &str, entry: &Entry, reader: &Reader) -> Piece {
    match name {
        "actor" => Piece::bold(actor(entry)),
        "target" => Piece::bold(target(entry)),
        "email" => Piece::bold(email(entry, reader)),
        _ => {
            let (field, before) = name.strip_suffix(".before").map_or((name, false), |field| (field, true));
            let value = entry.changes.get(field).map(|[was, is]| if before { was } else { is });
            let text = value.map_or_else(|| "something".to_owned(), |value| short(field, value, reader));
            Piece { text, bold: !before }
        }
    }
}

/// Who did it: a token by its name, a person by today's.
fn actor(entry: &Entry) -> String {
    entry.token.clone().unwrap_or_else(|| person(entry))
}

/// The person behind it, by today's name.
pub(super) fn person(entry: &Entry) -> String {
    match &entry.actor {
        None => "Cordon".to_owned(),
        Some(person) => person.name.clone().unwrap_or_else(|| "Somebody who left".to_owned()),
    }
}

fn target(entry: &Entry) -> String {
    let target = &entry.target;
    target.name.clone().unwrap_or_else(|| match target.kind.as_deref() {
        Some("account") => "somebody who left".to_owned(),
        Some("org") | None => "this organization".to_owned(),
        Some(kind) => format!("one {}", kind.replace(['_', '-'], " ")),
    })
}

fn email(entry: &Entry, reader: &Reader) -> String {
    match entry.personal.as_ref().map(|personal| personal.email.as_deref()) {
        None => "an erased address".to_owned(),
        Some(None) => "an address".to_owned(),
        Some(Some(email)) if reader.addresses => email.to_owned(),
        Some(Some(email)) => text::masked_email(email),
    }
}

/// A value inside a sentence: an instant is a day.
fn short(field: &str, value: &Value, reader: &Reader) -> String {
    match moment(value) {
        Some(at) => reader.zone.date(at.into(), reader.now),
        None => plain(field, value),
    }
}

/// A value in the table of changes: an instant is written in full.
pub(super) fn full(field: &str, value: &Value, reader: &Reader) -> String {
    match moment(value) {
        Some(at) => reader.zone.exact(at.into()),
        None => plain(field, value),
    }
}

/// A field's name in the table of changes.
pub(super) fn field(name: &str) -> String {
    match name {
        "ends_at" | "ends" => return "Access ends".to_owned(),
        "url" => return "Web address".to_owned(),
        _ => {}
    }
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn plain(field: &str, value: &Value) -> String {
    match value {
        Value::Null if field.starts_with("ends") => "no end date".to_owned(),
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(|value| plain(field, value)).collect::<Vec<_>>().join(", "),
        Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    let text = value.as_str().filter(|text| text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T'))?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::features::audit::model::{Person, Personal, Target};

    fn reader(addresses: bool) -> Reader {
        let now = "2026-11-23T08:44:30Z".parse::<Timestamp>().unwrap().into();
        Reader { zone: crate::web::when::Zone::default(), now, addresses, pages: String::new() }
    }

    fn sample(action: &str) -> Entry {
        let named = model::action(action).map_or("", |action| action.sentence);
        let fields = named.split('{').skip(1).filter_map(|part| part.split('}').next());
        let fields = fields.map(|name| name.trim_end_matches(".before").to_owned());
        Entry {
            seq: 7,
            at: reader(true).now,
            action: action.to_owned(),
            actor: Some(Person { id: uuid::Uuid::nil(), name: Some("Ada Lovelace".into()) }),
            token: None,
            target: Target { kind: Some("account".into()), name: Some("Grace Hopper".into()) },
            request: None,
            reason: None,
            changes: fields.map(|field| (field, [json!("viewer"), json!("member")])).collect(),
            personal: Some(Personal { email: Some("grace@acme.example".into()), ..Personal::default() }),
            prev_hash: vec![1; 32],
            hash: vec![2; 32],
        }
    }

    fn told(entry: &Entry, reader: &Reader) -> String {
        sentence(entry, reader).into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn every_registered_event_has_its_sentence() {
        for action in crate::features::actions() {
            let full = told(&sample(action.name), &reader(true));
            assert!(!full.contains(['{', '}']) && !full.contains("something"), "{}: {full}", action.name);
            assert!(full.contains("Ada Lovelace") || !action.sentence.contains("{actor}"), "{full}");
            let bare = Entry {
                actor: None,
                target: Target::default(),
                changes: std::collections::BTreeMap::default(),
                personal: None,
                ..sample(action.name)
            };
            assert!(!told(&bare, &reader(false)).contains(['{', '}']), "{}", action.name);
        }
    }

    #[test]
    fn an_event_of_a_newer_version_is_told_by_its_name() {
        assert_eq!(told(&sample("moon.landed"), &reader(true)), "moon.landed");
    }

    #[test]
    fn values_are_written_for_people() {
        let (entry, reader) = (sample("x.y"), reader(true));
        let written = |field: &str, value| short(field, &value, &reader);
        assert_eq!(written("ends_at", json!("2027-02-28T17:00:00Z")), "28 Feb 2027");
        assert_eq!(written("ends_at", json!(null)), "no end date");
        assert_eq!(written("description", json!("")), "nothing");
        assert_eq!(written("open", json!(true)), "yes");
        assert_eq!(full("ends_at", &json!("2027-02-28T17:00:00Z"), &reader), "Sun 28 Feb 2027, 17:00:00 UTC");
        assert_eq!(field("ends_at"), "Access ends");
        assert_eq!(field("time_zone"), "Time zone");
        assert_eq!(
            fill(
                "role.before",
                &Entry {
                    changes: [("role".into(), [json!("viewer"), json!("member")])].into(),
                    ..entry.clone()
                },
                &reader
            ),
            Piece::plain("viewer")
        );
        assert_eq!(fill("actor", &Entry { actor: None, ..entry }, &reader), Piece::bold("Cordon"));
    }

    #[test]
    fn addresses_are_whole_only_for_those_who_may_see_them() {
        let entry = sample("x.y");
        assert_eq!(email(&entry, &reader(true)), "grace@acme.example");
        assert_eq!(email(&entry, &reader(false)), "g…@acme.example");
        assert_eq!(email(&Entry { personal: None, ..entry }, &reader(true)), "an erased address");
    }
}
