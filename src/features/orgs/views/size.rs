//! The line of an organization's size: how many people were inside, day by day.
//!
//! What may not happen here: a scale that does not begin at nobody. A line that exaggerates would alarm or soothe.

use crate::{clock::Instant, web::when::Zone};

/// Younger organizations have no line: there is nothing to see yet.
const LEAST_DAYS: i32 = 14;
const DAY: i64 = 86_400_000_000;
/// The drawing's edges, in its own units.
const LEFT: f64 = 2.0;
const RIGHT: f64 = 176.0;
const TOP: f64 = 4.0;
const GROUND: f64 = 42.0;

/// The line, ready to be drawn.
pub(super) struct Size {
    /// For those who do not see it.
    pub(super) label: String,
    pub(super) line: String,
    pub(super) area: String,
    /// The height at which the line ends.
    pub(super) end: String,
    /// `11 in Nov 2025`
    pub(super) then: String,
    /// `6 now`
    pub(super) now: String,
}

impl Size {
    /// From how many came and went on each day since; `None` while the organization is young.
    pub(super) fn of(steps: &[(i32, i64)], (since, now): (Instant, Instant), zone: &Zone) -> Option<Self> {
        let days = i32::try_from((now.micros() - since.micros()) / DAY).ok()?;
        if days < LEAST_DAYS {
            return None;
        }
        let mut inside = 0;
        let sizes: Vec<(i32, i64)> = steps
            .iter()
            .map(|(day, step)| {
                inside += step;
                (*day, inside)
            })
            .collect();
        let (_, first) = *sizes.first()?;
        let most = sizes.iter().map(|(_, size)| *size).max().filter(|most| *most > 0)?;
        let height = |size: i64| GROUND - (GROUND - TOP) * ratio(size, most);
        let place = |day: i32| LEFT + (RIGHT - LEFT) * ratio(i64::from(day.min(days)), i64::from(days));
        let mut path = format!("{:.1}", height(first));
        for (day, size) in sizes.iter().skip(1) {
            path = format!("{path}H{:.1}V{:.1}", place(*day), height(*size));
        }
        path = format!("{path}H{RIGHT}");
        let begin = zone.month(since);
        Some(Self {
            label: format!("People with access since {begin}: {first} then, {inside} now, {most} at most."),
            line: format!("M{LEFT} {path}"),
            area: format!("M{LEFT} {GROUND}V{path}V{GROUND}z"),
            end: format!("{:.1}", height(inside)),
            then: format!("{first} in {begin}"),
            now: format!("{inside} now"),
        })
    }
}

/// A part of a whole, between 0 and 1.
fn ratio(part: i64, whole: i64) -> f64 {
    let small = |number: i64| f64::from(i32::try_from(number).unwrap_or(i32::MAX));
    small(part) / small(whole).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    #[test]
    fn the_line_steps_where_people_came_and_went() {
        let span = (at("2025-11-23T00:00:00Z"), at("2026-11-23T00:00:00Z"));
        let size = Size::of(&[(0, 4), (73, -1), (365, -1)], span, &Zone::default()).unwrap();
        assert_eq!(size.line, "M2 4.0H36.8V13.5H176.0V23.0H176");
        assert_eq!(size.area, "M2 42V4.0H36.8V13.5H176.0V23.0H176V42z");
        assert_eq!((size.then.as_str(), size.now.as_str()), ("4 in Nov 2025", "2 now"));
        assert_eq!(size.label, "People with access since Nov 2025: 4 then, 2 now, 4 at most.");
    }

    #[test]
    fn a_young_organization_has_none() {
        let span = (at("2026-11-20T00:00:00Z"), at("2026-11-23T00:00:00Z"));
        assert!(Size::of(&[(0, 1)], span, &Zone::default()).is_none());
    }
}
