//! The table and the JSON array.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::load::{Measured, Series, median};

/// A figure that is no series: a start, a size.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
}

impl Figure {
    pub(crate) fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { name, value, unit }
    }
}

/// A column of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    Rps,
    P50,
    P99,
    Cpu,
    /// The database's part of it.
    Database,
}

impl Column {
    fn of(self, measured: &Measured) -> f64 {
        match self {
            Self::Rps => measured.rps,
            Self::P50 => measured.p50,
            Self::P99 => measured.p99,
            Self::Cpu => measured.cpu,
            Self::Database => measured.database,
        }
    }
}

impl Series {
    /// The median of the rounds.
    pub(crate) fn median(&self, column: Column) -> f64 {
        median(&mut self.rounds.iter().map(|round| column.of(round)).collect::<Vec<_>>())
    }

    /// The median of the rounds' ratios: what both met in the same round says more on a machine that is not quiet.
    pub(crate) fn ratio(&self, all: &[Self], beside: &str, column: Column) -> Option<f64> {
        let other = all.iter().find(|other| other.name == beside && other.connections == self.connections)?;
        let pairs = self.rounds.iter().zip(&other.rounds);
        let mut ratios: Vec<f64> = pairs.map(|(mine, theirs)| column.of(mine) / column.of(theirs)).collect();
        Some(median(&mut ratios))
    }
}

/// One row a target and number of connections.
pub(crate) fn table(all: &[Series], figures: &[Figure]) -> String {
    let mut text = String::from(
        "| What | Connections | Requests/s | p50 ms | p99 ms | CPU ms | of it database | Requests/s × | p50 × | p99 × | CPU × | Beside |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n",
    );
    for series in all {
        let [rps, p50, p99, cpu, database] =
            [Column::Rps, Column::P50, Column::P99, Column::Cpu, Column::Database]
                .map(|column| series.median(column));
        let _ = write!(
            text,
            "| {} | {} | {rps:.0} | {p50:.2} | {p99:.2} | {cpu:.3} | {database:.3} |",
            series.name, series.connections
        );
        for column in [Column::Rps, Column::P50, Column::P99, Column::Cpu] {
            let ratio = series.beside.and_then(|beside| series.ratio(all, beside, column));
            let _ = write!(text, " {} |", ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")));
        }
        let _ = writeln!(text, " {} |", series.beside.unwrap_or_default());
    }
    text.push_str("\n| What | Figure |\n|---|--:|\n");
    for figure in figures {
        let _ = writeln!(text, "| {} | {:.1} {} |", figure.name, figure.value, figure.unit);
    }
    text
}

/// The same, for machines.
pub(crate) fn json(all: &[Series], figures: &[Figure]) -> String {
    let series = all.iter().map(|series| {
        json!({
            "name": series.name,
            "connections": series.connections,
            "rps": series.median(Column::Rps),
            "p50_ms": series.median(Column::P50),
            "p99_ms": series.median(Column::P99),
            "cpu_ms": series.median(Column::Cpu),
            "ratio_rps": series.beside.and_then(|beside| series.ratio(all, beside, Column::Rps)),
            "ratio_to": series.beside,
        })
    });
    let figures = figures
        .iter()
        .map(|figure| json!({ "name": figure.name, "value": figure.value, "unit": figure.unit }));
    Value::Array(series.chain(figures).collect()).to_string()
}
