//! The calendar of the sample: its tables are written for one Monday, and moved to the day of loading.
//!
//! What may not happen here: an event in the future.

use anyhow::Context as _;
use jiff::{SignedDuration, civil, tz::TimeZone};

use crate::clock::Instant;

/// The day that the tables call today.
const WRITTEN_FOR: civil::Date = civil::date(2026, 11, 23);
/// Access ends when the working day does.
const EVENING: civil::Time = civil::time(17, 0, 0, 0);

/// Turns what the tables say into moments around the loading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calendar {
    now: Instant,
}

impl Calendar {
    pub(super) fn new(now: Instant) -> Self {
        Self { now }
    }

    /// `2026-11-20 15:31` (as many days from today as then), or `-20m`, `-3h`, `-2d` before this moment.
    pub(super) fn at(self, text: &str) -> anyhow::Result<Instant> {
        if let Some(ago) = text.strip_prefix('-') {
            return self.ago(ago).with_context(|| format!("{text} is no time span"));
        }
        let (day, time) = text.split_once(' ').with_context(|| format!("{text} has no time of day"))?;
        let moment = self.day(day, time.parse()?)?;
        // The last day's evening may still be to come.
        Ok(moment.min(self.now.plus_seconds(-90)))
    }

    /// The evening of a day such as `2027-02-28`.
    pub(super) fn end(self, day: &str) -> anyhow::Result<Instant> {
        self.day(day, EVENING)
    }

    fn day(self, day: &str, time: civil::Time) -> anyhow::Result<Instant> {
        let today = self.now.in_zone(&TimeZone::UTC).date();
        let distance = WRITTEN_FOR.duration_until(day.parse::<civil::Date>()?);
        let day = today.checked_add(distance)?;
        Ok(day.to_datetime(time).to_zoned(TimeZone::UTC)?.timestamp().into())
    }

    fn ago(self, text: &str) -> Option<Instant> {
        let unit = text.chars().next_back()?;
        let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
        let span = match unit {
            'm' => SignedDuration::from_mins(count),
            'h' => SignedDuration::from_hours(count),
            'd' => SignedDuration::from_hours(count * 24),
            _ => return None,
        };
        Some(self.now.plus_seconds(-span.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_move_with_the_day_of_loading() {
        let now: jiff::Timestamp = "2027-01-02T10:00:00Z".parse().unwrap();
        let calendar = Calendar::new(now.into());
        let told = |text| calendar.at(text).unwrap().to_string();
        assert_eq!(told("2026-11-20 15:31"), "2026-12-30T15:31:00Z");
        assert_eq!(told("-20m"), "2027-01-02T09:40:00Z");
        assert_eq!(told("-2d"), "2026-12-31T10:00:00Z");
        assert_eq!(calendar.end("2026-11-25").unwrap().to_string(), "2027-01-04T17:00:00Z");
        assert_eq!(told("2026-11-23 23:00"), "2027-01-02T09:58:30Z", "nothing lies ahead");
        assert!(calendar.at("soon").is_err() && calendar.at("-x").is_err());
    }
}
