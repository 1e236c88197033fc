//! What we want to hold, and whether this run held it.

use std::fmt::Write as _;

use crate::{
    load::Series,
    report::{Column, Figure},
    targets::{
        ACCEPT, ACCEPT_SQL, APPEND_MANY, DEEPEST, FLOOR, GATE, INSERT, INTROSPECTION, NEWEST, QUERY, TEAM,
    },
};

/// What a ratio to another target shall be, at 16 and 64 connections.
const RATIOS: [(&str, &str, Column, Want); 9] = [
    (TEAM, FLOOR, Column::Rps, Want::Least(0.70)),
    (TEAM, FLOOR, Column::P50, Want::Most(1.4)),
    (TEAM, FLOOR, Column::P99, Want::Most(1.5)),
    (TEAM, FLOOR, Column::Cpu, Want::Most(1.4)),
    (GATE, QUERY, Column::Rps, Want::Least(0.70)),
    (INTROSPECTION, QUERY, Column::Rps, Want::Least(0.70)),
    (ACCEPT, ACCEPT_SQL, Column::Rps, Want::Least(0.60)),
    (APPEND_MANY, INSERT, Column::Rps, Want::Least(0.25)),
    (DEEPEST, NEWEST, Column::P99, Want::Most(1.25)),
];

/// What a figure shall be.
const FIGURES: [(&str, Want); 8] = [
    ("cold start", Want::Most(50.0)),
    ("memory, idle", Want::Most(20.0)),
    ("memory, loaded", Want::Most(60.0)),
    ("first visit, requests", Want::Most(7.0)),
    ("first visit, HTML + CSS + JS", Want::Most(40.0)),
    ("first visit, JS", Want::Most(20.0)),
    ("first visit, fonts", Want::Most(60.0)),
    ("next page", Want::Most(4.0)),
];

#[derive(Clone, Copy, Debug)]
enum Want {
    Least(f64),
    Most(f64),
}

/// One row an aim: met, or missed by how much.
pub(crate) fn table(all: &[Series], figures: &[Figure]) -> String {
    let mut text = String::from("| Aim | Wanted | Got | |\n|---|--:|--:|---|\n");
    for (name, beside, column, want) in RATIOS {
        for series in all.iter().filter(|series| series.name == name && series.connections >= 16) {
            let Some(got) = series.ratio(all, beside, column) else { continue };
            let what = match column {
                Column::Rps => "requests/s",
                Column::P50 => "p50",
                Column::P99 => "p99",
                Column::Cpu | Column::Database => "CPU per request",
            };
            let aim = format!("{name} at {}: {what} / {beside}", series.connections);
            row(&mut text, &aim, want, got, "×");
        }
    }
    for (name, want) in FIGURES {
        for figure in figures.iter().filter(|figure| figure.name == name) {
            row(&mut text, name, want, figure.value, figure.unit);
        }
    }
    text
}

fn row(text: &mut String, aim: &str, want: Want, got: f64, unit: &str) {
    let (sign, limit, off) = match want {
        Want::Least(limit) => ("≥", limit, limit - got),
        Want::Most(limit) => ("≤", limit, got - limit),
    };
    let verdict =
        if off <= 0.0 { "met".to_owned() } else { format!("missed by {:.0} %", off / limit * 100.0) };
    let _ = writeln!(text, "| {aim} | {sign} {limit} {unit} | {got:.2} {unit} | {verdict} |");
}
