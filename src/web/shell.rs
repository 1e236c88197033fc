//! What every page shows around its content: the environment's band, the side bar, the switcher, a flash.
//!
//! What may not happen here: a database row or a permission check. Handlers fill these fields from what their
//! guard already knows; the layouts only read them.

mod bare;
mod environment;
mod problem;
mod section;

pub use bare::{Bare, Letter};
pub use environment::Environment;
pub use problem::{Problem, ProblemBare, ProblemPage, ProblemToast};
pub use section::Section;

/// Everything `layouts/app.html` reads. A page's template has a field `shell` of this type (or a reference).
#[derive(Clone, Debug)]
pub struct Shell {
    /// The signed-in person.
    pub me: Me,
    /// The host people know this installation by, such as `cordon.acme.example`.
    pub instance: String,
    /// The organization the page belongs to; `None` on pages across organizations.
    pub here: Option<Here>,
    /// The page's entry in the side bar.
    pub section: Section,
    /// The organizations the person can switch to.
    pub switcher: Switcher,
    /// Invitations that wait for this person's answer.
    pub invitations_waiting: usize,
    /// What the last request did, told once.
    pub flash: Option<Flash>,
    /// The chosen colours.
    pub theme: Theme,
    /// Whether keyboard shortcuts without a modifier are on.
    pub single_keys: bool,
}

/// The signed-in person, as the side bar shows them.
#[derive(Clone, Debug)]
pub struct Me {
    /// The name they are called by.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// One or two letters: see [`initials`].
    pub initials: String,
    /// 1 to 8: see [`tint`].
    pub tint: u8,
}

/// The organization a page belongs to, as its member sees it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one per link that a role may not reach, read by name")]
pub struct Here {
    /// Its name in addresses; also what the interface calls it.
    pub slug: String,
    /// Its longer name, for page heads.
    pub name: String,
    /// What it is for.
    pub environment: Environment,
    /// People with live access.
    pub people: usize,
    /// Tokens that work now; not shown while zero.
    pub tokens: usize,
    /// Apps.
    pub apps: usize,
    /// Private networks.
    pub networks: usize,
    /// Invitations nobody has answered yet.
    pub invites: usize,
    /// The slug of its other half, when the person is in that too.
    pub partner: Option<String>,
    /// The person may invite people.
    pub may_invite: bool,
    /// The person may see who is invited.
    pub may_see_invites: bool,
    /// The person may read the audit log.
    pub may_see_inside: bool,
    /// The person may open the settings.
    pub may_see_settings: bool,
}

/// The organizations of the person, for the switcher.
#[derive(Clone, Debug, Default)]
pub struct Switcher {
    /// The last five used, most recent first, except that the other one comes before the current one.
    pub recent: Vec<OrgRow>,
    /// The rest by name, pairs side by side.
    pub all: Vec<OrgRow>,
    /// How many there are; above what is listed, the server searches.
    pub total: usize,
}

/// One organization in a list of the person's organizations.
#[derive(Clone, Debug)]
pub struct OrgRow {
    /// Its name in addresses.
    pub slug: String,
    /// Its longer name.
    pub name: String,
    /// The project it belongs to; empty when none.
    pub project: String,
    /// What it is for.
    pub environment: Environment,
    /// `owner`, `admin`, `member` or `viewer`.
    pub role_word: String,
    /// People with live access.
    pub people: usize,
    /// It is the one the page belongs to.
    pub current: bool,
}

/// What the last request did, shown once as a toast.
#[derive(Clone, Debug)]
pub struct Flash {
    /// One sentence in the past tense.
    pub text: String,
    /// The way back, where there is one.
    pub undo: Option<Undo>,
}

/// A button in a toast that takes the act back.
#[derive(Clone, Debug)]
pub struct Undo {
    /// The button's word, such as `Restore`.
    pub label: String,
    /// Where the button posts to.
    pub action: String,
}

/// The colours a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The value of `data-theme`; empty when the device decides.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// One person in a picture of a group.
#[derive(Clone, Debug)]
pub struct Face {
    /// What stands under the picture: a first name, or `You`.
    pub name: String,
    /// One or two letters: see [`initials`].
    pub initials: String,
    /// 1 to 8: see [`tint`].
    pub tint: u8,
    /// A second line, such as a role or `Until Wed`; may be empty.
    pub note: String,
    /// Not inside yet: drawn with a dashed edge.
    pub joining: bool,
}

/// One line of the side bar.
#[derive(Clone, Debug)]
pub struct NavLink {
    /// What it leads to.
    pub section: Section,
    /// Its address.
    pub url: String,
    /// How many things are there.
    pub count: Option<usize>,
    /// It is the page on screen.
    pub current: bool,
}

impl Shell {
    /// The pages of the organization on screen that the person may open.
    #[must_use]
    pub fn pages(&self) -> Vec<NavLink> {
        let Some(here) = &self.here else { return Vec::new() };
        let entry = |section: Section, shown: bool, count| {
            shown.then(|| NavLink {
                section,
                url: section.url_in(&here.slug),
                count,
                current: self.section == section,
            })
        };
        let entries = [
            entry(Section::Overview, true, None),
            entry(Section::Team, true, Some(here.people)),
            entry(Section::Invites, here.may_see_invites, Some(here.invites)),
            entry(Section::Apps, here.may_see_inside, Some(here.apps)),
            entry(Section::Networks, here.may_see_inside, Some(here.networks)),
            entry(Section::Tokens, here.may_see_inside, Some(here.tokens)),
            entry(Section::Audit, here.may_see_inside, None),
            entry(Section::Settings, here.may_see_settings, None),
        ];
        entries.into_iter().flatten().collect()
    }

    /// Where a row of the switcher leads: the same section there, unless the person's role does not reach it.
    #[must_use]
    pub fn switch_url(&self, row: &OrgRow) -> String {
        let manages = matches!(row.role_word.as_str(), "owner" | "admin");
        let section = match self.section {
            Section::Invites | Section::Settings if !manages => Section::Overview,
            Section::Audit if row.role_word == "viewer" => Section::Overview,
            section => section,
        };
        section.url_in(&row.slug)
    }

    /// The same section in the organization's other half.
    #[must_use]
    pub fn partner_url(&self) -> Option<String> {
        let partner = self.here.as_ref()?.partner.as_deref()?;
        let row = self.switcher.recent.iter().chain(&self.switcher.all).find(|row| row.slug == partner);
        Some(row.map_or_else(|| Section::Overview.url_in(partner), |row| self.switch_url(row)))
    }

    /// Whether the switcher lists fewer organizations than there are, so that the server must search.
    #[must_use]
    pub fn searches(&self) -> bool {
        self.switcher.total > self.switcher.recent.len() + self.switcher.all.len()
    }

    /// Where the server searches: with the page on screen, so that what it finds leads to the same section.
    #[must_use]
    pub fn search_url(&self) -> String {
        let here = self.here.as_ref().map_or("", |here| here.slug.as_str());
        format!("/orgs/switcher?section={}&here={here}", self.section.key())
    }

    /// Whether the page belongs to a production organization.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.here.as_ref().is_some_and(|here| here.environment.is_production())
    }
}

impl Here {
    /// `6 people, 3 tokens`.
    #[must_use]
    pub fn inside(&self) -> String {
        match self.tokens {
            0 => counted(self.people, "person", "people"),
            tokens => {
                format!(
                    "{}, {}",
                    counted(self.people, "person", "people"),
                    counted(tokens, "token", "tokens")
                )
            }
        }
    }

    /// The address of a section of this organization.
    #[must_use]
    pub fn url(&self, section: Section) -> String {
        section.url_in(&self.slug)
    }

    /// Where everybody inside is listed.
    #[must_use]
    pub fn team_url(&self) -> String {
        self.url(Section::Team)
    }

    /// Where the form for an invitation is.
    #[must_use]
    pub fn invite_url(&self) -> String {
        format!("/orgs/{}/invites/new", self.slug)
    }
}

impl OrgRow {
    /// `You are owner · 6 people`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("You are {} · {}", self.role_word, counted(self.people, "person", "people"))
    }
}

/// A number with its noun: `1 person`, `6 people`.
#[must_use]
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The letters for a person without a picture: of the first and last word of a name, or of an e-mail address's
/// local part (`noor.haddad@…` is `NH`).
#[must_use]
pub fn initials(name: &str) -> String {
    let local = name.split('@').next().unwrap_or_default();
    let mut words = local
        .split(|c: char| c.is_whitespace() || (name.contains('@') && matches!(c, '.' | '-' | '_' | '+')))
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Which of the eight quiet tints a person has, always the same for the same id.
#[must_use]
pub fn tint(id: uuid::Uuid) -> u8 {
    // The last byte of a version 7 id is random.
    let [.., last] = *id.as_bytes();
    last % 8 + 1
}

#[cfg(test)]
mod tests;
