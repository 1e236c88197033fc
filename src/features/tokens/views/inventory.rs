//! The page of every token that somebody may see.
//!
//! What may not happen here: a row that its reader may not see; the store leaves those out.

use askama::Template;

use super::{Pick, Row, STATES, label, picks};
use crate::{
    auth::guard::SignedIn,
    features::tokens::{form::Filter, store::Paged},
    web::{
        frame::Frame,
        shell::{Section, Shell},
    },
};

const FLAGS: [(&str, &str); 4] =
    [("", "Any"), ("idle", "No use in 60 days"), ("far", "No end within a year"), ("gone", "Maker gone")];
const PLACES: [(&str, &str); 2] = [("", "Anywhere"), ("production", "Production")];

#[derive(Template)]
#[template(path = "tokens/inventory.html", blocks = ["list"])]
pub(in super::super) struct Inventory {
    shell: Shell,
    q: String,
    places: Vec<Pick>,
    place: &'static str,
    flags: Vec<Pick>,
    flag: &'static str,
    states: Vec<Pick>,
    state: &'static str,
    rows: Vec<Row>,
    older: String,
    table: String,
    narrowed: bool,
    empty: &'static str,
}

impl Inventory {
    pub(in super::super) fn new(who: &SignedIn, frame: Frame, filter: Filter, page: &Paged) -> Self {
        let Paged { tokens, older } = page;
        let now = frame.now();
        let (places, flags) = (picks(&filter.place, &PLACES), picks(&filter.flag, &FLAGS));
        let states = picks(&filter.state, &STATES);
        Self {
            rows: tokens.iter().map(|token| Row::of(who.account(), now, token)).collect(),
            older: if older.is_empty() { String::new() } else { format!("/tokens?{}", filter.query(older)) },
            table: format!("/tokens.csv?{}", filter.query("")),
            narrowed: filter.narrows(),
            empty: match filter.flag.as_str() {
                "idle" => "Every token here was used in the last 60 days.",
                "far" => "Every token here ends within a year.",
                "gone" => "Whoever made a token here is still there.",
                _ => "No token matches.",
            },
            place: label(&places),
            flag: label(&flags),
            state: label(&states),
            places,
            flags,
            states,
            q: filter.q,
            shell: frame.site(who, Section::AllTokens),
        }
    }
}
