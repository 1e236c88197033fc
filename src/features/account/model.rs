//! An account as its own person sees it.
//!
//! What may not happen here: a guess about a device that reads as a fact; it is only what the browser says of itself.

use crate::{clock::Instant, db::context::Account, ids::SessionId, web::when::Zone};

/// What others see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) name: String,
}

/// How pages look to this person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Appearance {
    /// IANA name.
    pub(super) time_zone: String,
    /// One of [`THEMES`].
    pub(super) theme: &'static str,
    pub(super) single_keys: bool,
}

/// The themes, as stored.
pub(super) const THEMES: [&str; 3] = ["system", "light", "dark"];

/// A way in.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) provider: String,
    pub(super) email: Option<String>,
    pub(super) email_verified: bool,
    pub(super) created_at: Instant,
    pub(super) last_used_at: Instant,
}

/// A browser that is signed in.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) provider: Option<String>,
    pub(super) address: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) created_at: Instant,
    pub(super) last_seen_at: Instant,
}

impl Profile {
    pub(super) fn of(account: &Account) -> Self {
        Self { name: account.name.clone() }
    }
}

impl Appearance {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            time_zone: account.time_zone.clone(),
            theme: theme(&account.theme).unwrap_or("system"),
            single_keys: account.single_keys,
        }
    }
}

/// The theme as stored, if there is such a one.
pub(super) fn theme(word: &str) -> Option<&'static str> {
    THEMES.into_iter().find(|theme| *theme == word)
}

/// The zone's name in its own spelling, if there is such a zone.
pub(super) fn time_zone(typed: &str) -> Option<String> {
    let zone = Zone::named(typed.trim())?;
    (zone.name().len() <= 64).then(|| zone.name().to_owned())
}

/// "Firefox on Linux", from what the browser calls itself. Names that others pretend to be come last.
pub(super) fn device(agent: Option<&str>) -> String {
    let Some(agent) = agent.filter(|agent| !agent.trim().is_empty()) else {
        return "Unknown device".to_owned();
    };
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "Unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_its_browser_and_system() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit Version/18.5 Safari/605.1",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.14.1", "curl"),
            ("<script>", "Unknown device"),
            (" ", "Unknown device"),
        ] {
            assert_eq!(device(Some(agent)), name, "{agent}");
        }
        assert_eq!(device(None), "Unknown device");
    }

    #[test]
    fn a_zone_is_kept_in_its_own_spelling() {
        assert_eq!(time_zone(" europe/berlin ").as_deref(), Some("Europe/Berlin"));
        for wrong in ["", "Mars/Olympus", "../../etc/passwd", "+02:00", "a\0b"] {
            assert_eq!(time_zone(wrong), None, "{wrong:?}");
        }
    }
}
