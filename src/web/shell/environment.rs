//! What an organization is for, and how that is said and drawn everywhere.
//!
//! What may not happen here: a guess from a name. `prod-tools` in staging is staging.

/// What an organization is for. Set when it is made; never derived from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// What customers reach.
    Production,
    /// Where changes are tried first.
    Staging,
    /// Where people build.
    Development,
    /// One person's own corner.
    Personal,
}

impl Environment {
    /// The word in addresses, forms and the database.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Personal => "personal",
        }
    }

    /// The word people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Production => "Production",
            Self::Staging => "Staging",
            Self::Development => "Development",
            Self::Personal => "Personal",
        }
    }

    /// What a change here means, as the band says it.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Production => "Changes here reach customers.",
            Self::Staging => "Changes here stay in staging.",
            Self::Development => "Nothing here is shared.",
            Self::Personal => "Only you use what is in here.",
        }
    }

    /// The suffix of the style classes and of the glyph's name; a personal organization looks like development.
    #[must_use]
    pub fn look(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development | Self::Personal => "development",
        }
    }

    /// The name of its glyph in the sprite.
    #[must_use]
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Production => "e-production",
            Self::Staging => "e-staging",
            Self::Development | Self::Personal => "e-development",
        }
    }

    /// Whether the rope, mulberry and the stricter rules apply.
    #[must_use]
    pub fn is_production(self) -> bool {
        self == Self::Production
    }
}
