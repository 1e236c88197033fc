//! What the log's pages show.
//!
//! What may not happen here: an address for a reader who may not see it. It is left out here, not hidden in a template.

use askama::Template;
use uuid::Uuid;

use crate::{
    auth::guard::Can,
    db::audit::Category,
    features::audit::{
        form::Search,
        model::{self, Entry, Head, Reader},
        sentence::{self, Piece},
    },
    role::ViewInside,
    web::{
        form::FieldErrors,
        frame::Frame,
        shell::{Section, Shell, initials, tint},
        when::When,
    },
};

/// One event as a row; opened, it tells everything.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its page; empty when it has none.
    pub url: String,
    /// Its number, grouped: `18,212`.
    pub number: String,
    /// The day's heading that it stands below.
    pub day: String,
    /// The clock time.
    pub clock: When,
    /// The same as its age.
    pub ago: When,
    /// Letters and tint of the person; `None` for Cordon itself.
    pub face: Option<(String, u8)>,
    /// The sentence.
    pub pieces: Vec<Piece>,
    /// `Access`; empty for an event that this version does not know.
    pub tag: &'static str,
    /// It is about who can reach what.
    pub is_access: bool,
    /// `browser`, `token` or `Cordon`.
    pub origin: &'static str,
    /// What changed.
    pub changes: Vec<Change>,
    /// Why, if said.
    pub reason: String,
    /// Who did it.
    pub who: String,
    /// What vouched for them.
    pub provider: String,
    /// The network address, for those who may see it.
    pub address: String,
    /// The browser, for those who may see it.
    pub agent: String,
    /// In full, with seconds and zone.
    pub exact: String,
    /// The request, as in server logs.
    pub request: String,
    /// The event before it, this one, the one after it.
    pub places: Vec<Place>,
}

/// A field that changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The field.
    pub field: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// A link of the chain.
#[derive(Clone, Debug)]
pub struct Place {
    /// The event's number, grouped; `start` before the first.
    pub number: String,
    /// The ends of its hash.
    pub hash: String,
    /// `before`, `this event`, `after`
    pub word: &'static str,
}

/// Entries as rows, newest first.
#[must_use]
pub fn lines(entries: &[Entry], reader: &Reader) -> Vec<Line> {
    let newer = std::iter::once(None).chain(entries.iter().map(Some));
    let after = |entry: &Entry, newer: Option<&Entry>| {
        newer.filter(|newer| newer.seq == entry.seq + 1).map(|newer| newer.hash.clone())
    };
    entries.iter().zip(newer).map(|(entry, newer)| Line::of(entry, after(entry, newer), reader)).collect()
}

impl Line {
    /// A row; `after` is the hash of the next event, where that is known.
    #[must_use]
    pub fn of(entry: &Entry, after: Option<Vec<u8>>, reader: &Reader) -> Self {
        let category = model::action(&entry.action).map(|action| action.category);
        let personal = entry.personal.clone().unwrap_or_default();
        let shown = |text: Option<String>| text.filter(|_| reader.addresses).unwrap_or_default();
        let url =
            if reader.pages.is_empty() { String::new() } else { format!("{}/{}", reader.pages, entry.seq) };
        Self {
            url,
            number: grouped(entry.seq),
            day: reader.zone.day(entry.at, reader.now),
            clock: reader.zone.clock(entry.at),
            ago: reader.zone.ago(entry.at, reader.now),
            face: entry.actor.as_ref().map(|person| (initials(&sentence::person(entry)), tint(person.id))),
            pieces: sentence::sentence(entry, reader),
            tag: category.map_or("", Category::word),
            is_access: category == Some(Category::Access),
            origin: match (&entry.token, &entry.actor) {
                (Some(_), _) => "token",
                (None, Some(_)) => "browser",
                (None, None) => "Cordon",
            },
            changes: entry
                .changes
                .iter()
                .map(|(field, [before, after])| Change {
                    field: sentence::field(field),
                    before: sentence::full(field, before, reader),
                    after: sentence::full(field, after, reader),
                })
                .collect(),
            reason: entry.reason.clone().unwrap_or_default(),
            who: match &entry.token {
                Some(token) => format!("{token}, a token of {}", sentence::person(entry)),
                None => sentence::person(entry),
            },
            provider: personal.provider.unwrap_or_default(),
            address: shown(personal.address),
            agent: shown(personal.agent),
            exact: reader.zone.exact(entry.at),
            request: entry.request.map(|id| id.to_string()).unwrap_or_default(),
            places: places(entry, after),
        }
    }
}

fn places(entry: &Entry, after: Option<Vec<u8>>) -> Vec<Place> {
    let first = entry.seq == 1;
    let before = if first { "start".to_owned() } else { grouped(entry.seq - 1) };
    let mut places = vec![
        Place { number: before, hash: ends(&entry.prev_hash), word: "before" },
        Place { number: grouped(entry.seq), hash: ends(&entry.hash), word: "this event" },
    ];
    places.extend(after.map(|hash| Place {
        number: grouped(entry.seq + 1),
        hash: ends(&hash),
        word: "after",
    }));
    places
}

/// The ends of a hash: `5be8 04aa … c19f`.
fn ends(hash: &[u8]) -> String {
    let text = hex::encode(hash);
    match (text.get(..4), text.get(4..8), text.get(text.len().saturating_sub(4)..)) {
        (Some(a), Some(b), Some(z)) => format!("{a} {b} … {z}"),
        _ => text,
    }
}

/// A number with commas: `18,212`.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What the chain's line says.
#[derive(Clone, Debug)]
pub(super) enum Seal {
    /// So many events; nobody checked them for this page.
    Unchecked { events: String, hash: String },
    /// Checked just now.
    Intact { events: String },
    /// Checked just now and found broken.
    Broken { event: String, what: String },
    /// More events than a page checks.
    TooLong { events: String },
}

/// The choices of one drop-down filter.
#[derive(Clone, Debug)]
pub(super) struct Pick {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) checked: bool,
}

/// The log.
#[derive(Template)]
#[template(path = "audit/index.html", blocks = ["events"])]
pub(super) struct Index {
    shell: Shell,
    org: String,
    seal: Seal,
    total: String,
    search: Search,
    errors: Vec<String>,
    who: Vec<Pick>,
    who_shown: String,
    about: Vec<Pick>,
    about_shown: String,
    days_shown: String,
    rows: Vec<Line>,
    older: String,
    narrowed: bool,
    fragment: bool,
}

/// What the log's page is drawn from.
pub(super) struct Found {
    pub(super) search: Search,
    pub(super) errors: FieldErrors,
    pub(super) entries: Vec<Entry>,
    /// The cursor of the page after these.
    pub(super) next: Option<String>,
    pub(super) head: Head,
    pub(super) people: Vec<(Uuid, String)>,
}

impl Index {
    pub(super) fn new(who: &Can<ViewInside>, frame: Frame, found: Found, fragment: bool) -> Self {
        let Found { search, errors, entries, next, head, people } = found;
        let reader = Reader::of(who, frame.now());
        let older = next.map(|cursor| search.older(&cursor));
        let picks = |chosen: &str, any: &str, choices: Vec<(String, String)>| {
            let all = std::iter::once((String::new(), any.to_owned())).chain(choices);
            all.map(|(value, label)| Pick { checked: value == chosen.trim(), value, label })
                .collect::<Vec<_>>()
        };
        let shown = |picks: &[Pick], other: &str| {
            picks.iter().find(|pick| pick.checked).map_or(other, |pick| pick.label.as_str()).to_owned()
        };
        let people = people.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
        let subjects = Category::ALL.map(|category| (category.key().to_owned(), category.word().to_owned()));
        let who_picks = picks(&search.who, "Anyone", people);
        let about = picks(&search.about, "Everything", subjects.into());
        let fields = ["q", "who", "about", "from", "to", "before"];
        let errors = fields.map(|field| errors.of(field).to_owned());
        Self {
            org: who.org().slug.clone(),
            total: grouped(head.seq),
            seal: Seal::Unchecked { events: grouped(head.seq), hash: ends(&head.hash) },
            errors: errors.into_iter().filter(|error| !error.is_empty()).collect(),
            who_shown: shown(&who_picks, "One person"),
            who: who_picks,
            about_shown: shown(&about, "?"),
            about,
            days_shown: days(search.from.trim(), search.to.trim()),
            rows: lines(&entries, &reader),
            older: older.map(|query| format!("{}?{query}", reader.pages)).unwrap_or_default(),
            narrowed: search.narrows(),
            search,
            fragment,
            shell: frame.inside(who, Section::Audit),
        }
    }

    /// Whether a row begins a day.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn begins(&self, row: &Line, index: &usize) -> bool {
        let before = index.checked_sub(1).and_then(|index| self.rows.get(index));
        before.is_none_or(|before| before.day != row.day)
    }
}

fn days(from: &str, to: &str) -> String {
    match (from, to) {
        ("", "") => "Any".to_owned(),
        (from, "") => format!("from {from}"),
        ("", to) => format!("to {to}"),
        (from, to) => format!("{from} to {to}"),
    }
}

/// One event.
#[derive(Template)]
#[template(path = "audit/show.html")]
pub(super) struct Show {
    shell: Shell,
    org: String,
    row: Line,
}

impl Show {
    pub(super) fn new(who: &Can<ViewInside>, frame: Frame, entry: &Entry, after: Option<Vec<u8>>) -> Self {
        let reader = Reader::of(who, frame.now());
        Self {
            org: who.org().slug.clone(),
            row: Line::of(entry, after, &reader),
            shell: frame.inside(who, Section::Audit),
        }
    }
}

/// A check that was asked for on the page.
#[derive(Template)]
#[template(path = "audit/verification.html", blocks = ["result"])]
pub(super) struct Verification {
    shell: Shell,
    org: String,
    seal: Seal,
}

impl Verification {
    pub(super) fn new(who: &Can<ViewInside>, frame: Frame, seal: Seal) -> Self {
        Self { org: who.org().slug.clone(), seal, shell: frame.inside(who, Section::Audit) }
    }
}
