//! The entries of the side bar: what each is called, drawn as, and where it is.
//!
//! What may not happen here: deciding who may open one.

/// An entry of the side bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// An organization's first page.
    Overview,
    /// Who is inside.
    Team,
    /// Who was asked in.
    Invites,
    /// What runs.
    Apps,
    /// Who can reach whom inside.
    Networks,
    /// What machines hold.
    Tokens,
    /// What happened.
    Audit,
    /// An organization's rules.
    Settings,
    /// The list of organizations.
    Orgs,
    /// What machines hold everywhere.
    AllTokens,
    /// The person's own page.
    Account,
    /// A page without an entry.
    Elsewhere,
}

impl Section {
    /// What the entry is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Team => "Team",
            Self::Invites => "Invites",
            Self::Apps => "Apps",
            Self::Networks => "Networks",
            Self::Tokens | Self::AllTokens => "Tokens",
            Self::Audit => "Audit log",
            Self::Settings => "Settings",
            Self::Orgs => "Organizations",
            Self::Account => "Your account",
            Self::Elsewhere => "Cordon",
        }
    }

    /// The symbol beside it.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Overview => "home",
            Self::Team => "team",
            Self::Invites => "mail",
            Self::Apps => "app",
            Self::Networks => "net",
            Self::Tokens | Self::AllTokens => "key",
            Self::Audit => "log",
            Self::Settings => "sliders",
            Self::Orgs | Self::Account | Self::Elsewhere => "grid",
        }
    }

    /// A short name for ids and keys.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Team => "team",
            Self::Invites => "invites",
            Self::Apps => "apps",
            Self::Networks => "networks",
            Self::Tokens => "tokens",
            Self::AllTokens => "all-tokens",
            Self::Audit => "audit",
            Self::Settings => "settings",
            Self::Orgs => "orgs",
            Self::Account => "account",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// The section of that short name; the list of organizations when there is none.
    #[must_use]
    pub fn parse(key: &str) -> Self {
        const IN_ORG: [Section; 6] = [
            Section::Overview,
            Section::Team,
            Section::Invites,
            Section::Apps,
            Section::Audit,
            Section::Settings,
        ];
        IN_ORG.into_iter().find(|section| section.key() == key).unwrap_or(Self::Orgs)
    }

    /// The address of the section in an organization; the organization's first page where it has none.
    #[must_use]
    pub fn url_in(self, slug: &str) -> String {
        let tail = match self {
            Self::Team => "/team",
            Self::Invites => "/invites",
            Self::Apps => "/apps",
            Self::Networks => "/networks",
            Self::Tokens => "/tokens",
            Self::Audit => "/audit",
            Self::Settings => "/settings",
            Self::Overview | Self::Orgs | Self::AllTokens | Self::Account | Self::Elsewhere => "",
        };
        format!("/orgs/{slug}{tail}")
    }
}
