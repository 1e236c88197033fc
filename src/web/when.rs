//! How a moment is written for a person: in their zone, with the zone on every clock time.
//!
//! What may not happen here: reading the present moment, or markup (that is `components/time.html`).

use jiff::{Span, Zoned, civil::Date, tz::TimeZone};

use crate::clock::Instant;

/// The time zone a page is written in.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

/// A moment that has passed, ready for `<time>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// For machines: RFC 3339 in UTC.
    pub datetime: String,
    /// In full: `Mon 23 Nov 2026, 08:44 UTC`.
    pub title: String,
    /// As short as its age allows: `20 min ago`, `Fri 15:40`, `26 Oct`.
    pub text: String,
    /// The text grows old within the hour, so a script keeps it fresh.
    pub relative: bool,
}

/// The end of something, ready for `<time>`. Both the distance and the moment are always shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// For machines: RFC 3339 in UTC.
    pub datetime: String,
    /// `Ends in 2 days`, `Ends tomorrow`, `Ended 3 h ago`.
    pub text: String,
    /// The distance alone: `in 2 days`, `tomorrow`, `3 h ago`.
    pub distance: String,
    /// The moment: `Wed 25 Nov, 17:00 UTC`, with the year when it is another one.
    pub exact: String,
    /// The day: `25 Nov`, with the year when it is another one.
    pub date: String,
    /// It is a week away or less.
    pub soon: bool,
    /// It is behind us.
    pub past: bool,
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// The zone with that IANA name, such as `Europe/Berlin`; `None` when there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The moment at which a day begins there; `None` at the edges of the calendar.
    #[must_use]
    pub fn midnight(&self, day: Date) -> Option<Instant> {
        day.to_zoned(self.0.clone()).ok().map(|start| start.timestamp().into())
    }

    /// Where each of the last days begins, today's last.
    #[must_use]
    pub fn last_days(&self, now: Instant, days: i32) -> Vec<Instant> {
        let today = now.in_zone(&self.0).date();
        let back = (0..days).rev().filter_map(|back| today.checked_sub(Span::new().days(back)).ok());
        back.filter_map(|day| self.midnight(day)).collect()
    }

    /// When something happened, seen from now.
    #[must_use]
    pub fn ago(&self, at: Instant, now: Instant) -> When {
        let (then, today) = (at.in_zone(&self.0), now.in_zone(&self.0));
        let seconds = (now.micros() - at.micros()) / 1_000_000;
        let text = match seconds {
            -59..60 => "Now".to_owned(),
            60..3_600 => format!("{} min ago", seconds / 60),
            3_600..86_400 => format!("{} h ago", seconds / 3_600),
            _ if days_between(then.date(), today.date()) == 1 => "Yesterday".to_owned(),
            _ if (-604_800..604_800).contains(&seconds) => write("%a %H:%M", &then),
            _ => short_date(&then, &today),
        };
        let relative = (-59..86_400).contains(&seconds);
        When { datetime: at.to_string(), title: write("%a %-d %b %Y, %H:%M %Z", &then), text, relative }
    }

    /// When something ends, seen from now.
    #[must_use]
    pub fn end(&self, at: Instant, now: Instant) -> End {
        let (then, today) = (at.in_zone(&self.0), now.in_zone(&self.0));
        let seconds = (at.micros() - now.micros()) / 1_000_000;
        let past = at <= now;
        let days = days_between(today.date(), then.date());
        let distance = if past {
            let ago = self.ago(at, now);
            match ago.text.as_str() {
                "Now" => "just now".to_owned(),
                "Yesterday" => "yesterday".to_owned(),
                _ => ago.text,
            }
        } else {
            match seconds {
                ..60 => "in less than a minute".to_owned(),
                60..3_600 => format!("in {} min", seconds / 60),
                3_600..86_400 => format!("in {} h", seconds / 3_600),
                _ if days == 1 => "tomorrow".to_owned(),
                _ => format!("in {days} days"),
            }
        };
        let form = if then.year() == today.year() { "%a %-d %b, %H:%M %Z" } else { "%a %-d %b %Y, %H:%M %Z" };
        End {
            datetime: at.to_string(),
            text: format!("{} {distance}", if past { "Ended" } else { "Ends" }),
            distance,
            exact: write(form, &then),
            date: short_date(&then, &today),
            soon: !past && seconds <= 604_800,
            past,
        }
    }

    /// The clock time, for rows below a day's heading: `08:44`.
    #[must_use]
    pub fn clock(&self, at: Instant) -> When {
        let then = at.in_zone(&self.0);
        When {
            datetime: at.to_string(),
            title: write("%a %-d %b %Y, %H:%M:%S %Z", &then),
            text: write("%H:%M", &then),
            relative: false,
        }
    }

    /// In full with seconds: `Mon 23 Nov 2026, 08:44:09 UTC`.
    #[must_use]
    pub fn exact(&self, at: Instant) -> String {
        write("%a %-d %b %Y, %H:%M:%S %Z", &at.in_zone(&self.0))
    }

    /// The day alone: `26 Oct`, or `12 Jan 2025` in another year.
    #[must_use]
    pub fn date(&self, at: Instant, now: Instant) -> String {
        short_date(&at.in_zone(&self.0), &now.in_zone(&self.0))
    }

    /// The month: `Nov 2025`.
    #[must_use]
    pub fn month(&self, at: Instant) -> String {
        write("%b %Y", &at.in_zone(&self.0))
    }

    /// The heading above a day's rows: `Today, Mon 23 Nov`, `Yesterday, Sun 22 Nov`, `Fri 20 Nov`.
    #[must_use]
    pub fn day(&self, at: Instant, now: Instant) -> String {
        let (then, today) = (at.in_zone(&self.0), now.in_zone(&self.0));
        let date = write(if then.year() == today.year() { "%a %-d %b" } else { "%a %-d %b %Y" }, &then);
        match days_between(then.date(), today.date()) {
            0 => format!("Today, {date}"),
            1 => format!("Yesterday, {date}"),
            _ => date,
        }
    }
}

fn short_date(then: &Zoned, today: &Zoned) -> String {
    write(if then.year() == today.year() { "%-d %b" } else { "%-d %b %Y" }, then)
}

fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

fn write(form: &str, moment: &Zoned) -> String {
    moment.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn ago(text: &str) -> String {
        Zone::default().ago(at(text), at("2026-11-23T08:44:30Z")).text
    }

    #[test]
    fn the_past_gets_coarser_with_distance() {
        assert_eq!(ago("2026-11-23T08:44:00Z"), "Now");
        assert_eq!(ago("2026-11-23T08:24:00Z"), "20 min ago");
        assert_eq!(ago("2026-11-23T05:30:00Z"), "3 h ago");
        assert_eq!(ago("2026-11-22T08:44:31Z"), "23 h ago");
        assert_eq!(ago("2026-11-22T06:12:00Z"), "Yesterday");
        assert_eq!(ago("2026-11-20T15:40:00Z"), "Fri 15:40");
        assert_eq!(ago("2026-10-26T09:00:00Z"), "26 Oct");
        assert_eq!(ago("2025-01-12T09:00:00Z"), "12 Jan 2025");
    }

    #[test]
    fn a_clock_that_runs_ahead_is_now() {
        assert_eq!(ago("2026-11-23T08:44:50Z"), "Now");
        assert_eq!(ago("2026-11-23T09:44:50Z"), "Mon 09:44");
    }

    #[test]
    fn an_end_says_distance_and_moment() {
        let end = |text| Zone::default().end(at(text), at("2026-11-23T08:44:30Z"));
        let soon = end("2026-11-25T17:00:00Z");
        assert_eq!((soon.text.as_str(), soon.exact.as_str()), ("Ends in 2 days", "Wed 25 Nov, 17:00 UTC"));
        assert!(soon.soon && !soon.past);
        assert_eq!(end("2026-11-24T17:00:00Z").text, "Ends tomorrow");
        assert_eq!(end("2026-11-23T17:00:00Z").text, "Ends in 8 h");
        assert_eq!(end("2026-11-23T08:50:00Z").text, "Ends in 5 min");
        let far = end("2027-02-28T17:00:00Z");
        assert_eq!((far.text.as_str(), far.date.as_str()), ("Ends in 97 days", "28 Feb 2027"));
        assert_eq!(far.exact, "Sun 28 Feb 2027, 17:00 UTC");
        assert!(!far.soon);
        assert_eq!(end("2026-11-23T05:00:00Z").text, "Ended 3 h ago");
        assert!(end("2026-11-23T05:00:00Z").past);
    }

    #[test]
    fn the_zone_decides_the_day() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let (late, now) = (at("2026-11-22T23:30:00Z"), at("2026-11-23T08:44:00Z"));
        assert_eq!(berlin.day(late, now), "Today, Mon 23 Nov");
        assert_eq!(Zone::default().day(late, now), "Yesterday, Sun 22 Nov");
        assert_eq!(berlin.clock(late).text, "00:30");
        assert_eq!(berlin.exact(late), "Mon 23 Nov 2026, 00:30:00 CET");
        assert_eq!(Zone::default().day(at("2026-11-20T10:00:00Z"), now), "Fri 20 Nov");
        assert!(Zone::named("Mars/Olympus").is_none());
    }
}
