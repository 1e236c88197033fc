//! What a release is.
//!
//! What may not happen here: a status that a pipeline did not report.

use crate::{
    clock::Instant,
    ids::{AccountId, ReleaseId},
};

/// How far a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Going out.
    Started,
    /// Out.
    Succeeded,
    /// Not out.
    Failed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Started, Self::Succeeded, Self::Failed];

    /// As the database and the API spell it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.key() == key)
    }
}

/// Who reported a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person, with a key of their own.
    Account(AccountId, String),
    /// A token, by the name it had then.
    Token(String),
}

/// One release of an app.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its public name.
    pub id: ReleaseId,
    /// Its place among the app's releases.
    pub seq: i32,
    /// As the pipeline calls it.
    pub version: String,
    /// The commit it was built from.
    pub commit: Option<String>,
    /// How far it is.
    pub status: Status,
    /// Where the pipeline tells about it.
    pub url: Option<String>,
    /// The first report.
    pub started_at: Instant,
    /// The report that ended it.
    pub finished_at: Option<Instant>,
    /// Who reported it.
    pub author: Author,
}

/// How many days the picture of an app's deploys shows.
pub const BARS: i32 = 14;
/// The picture's height; a bar's foot stands at the bottom.
const HEIGHT: usize = 22;

/// One bar of the picture: a day, or the failed part of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Left edge.
    pub x: usize,
    /// Upper edge.
    pub y: usize,
    /// How tall.
    pub height: usize,
    /// `""`, `dim` for a day without, `bad` for failed ones.
    pub look: &'static str,
}

/// The picture of the last days: one bar each, failed deploys on top in red, and its sentence. `days` holds the day of
/// every deploy, 1 for the first, negative where it failed.
#[must_use]
pub fn picture(days: &[i32]) -> (Vec<Bar>, String) {
    let on = |wanted: i32| days.iter().filter(|day| **day == wanted).count();
    let most = (1..=BARS).map(|day| on(day) + on(-day)).max().unwrap_or(0);
    let tall =
        |count: usize| (count * (HEIGHT - 1)).checked_div(most).unwrap_or(0).max(usize::from(count > 0) * 3);
    let mut bars = Vec::new();
    for (place, day) in (0..).zip(1..=BARS) {
        let (good, bad) = (on(day), on(-day));
        let x = place * 6;
        if good + bad == 0 {
            bars.push(Bar { x, y: HEIGHT - 2, height: 2, look: "dim" });
            continue;
        }
        let (all, red) =
            (tall(good + bad), if good == 0 { tall(bad) } else { tall(bad).min(tall(good + bad) - 1) });
        if good > 0 {
            bars.push(Bar { x, y: HEIGHT - (all - red), height: all - red, look: "" });
        }
        if bad > 0 {
            bars.push(Bar { x, y: HEIGHT - all, height: red, look: "bad" });
        }
    }
    let failed = days.iter().filter(|day| **day < 0).count();
    let mut sentence = match days.len() {
        0 => format!("No deploy in {BARS} days"),
        1 => format!("1 deploy in {BARS} days"),
        count => format!("{count} deploys in {BARS} days"),
    };
    if failed > 0 {
        sentence = format!("{sentence}, {failed} failed");
    }
    (bars, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_a_bar_for_every_day_and_says_what_it_shows() {
        let (bars, said) = picture(&[]);
        assert_eq!((bars.len(), said.as_str()), (14, "No deploy in 14 days"));
        assert!(bars.iter().all(|bar| bar.look == "dim"));

        let (bars, said) = picture(&[1, 14, 14, -14]);
        assert_eq!(said, "4 deploys in 14 days, 1 failed");
        assert_eq!(bars[0], Bar { x: 0, y: 15, height: 7, look: "" });
        assert_eq!(
            bars[13..],
            [Bar { x: 78, y: 8, height: 14, look: "" }, Bar { x: 78, y: 1, height: 7, look: "bad" }]
        );

        let (bars, _) = picture(&[-3]);
        assert_eq!(bars[2], Bar { x: 12, y: 1, height: 21, look: "bad" });
    }
}
