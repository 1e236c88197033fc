//! Tokens as their holders write them: `cordon_<kind>_<random>_<checksum>`.
//!
//! What may not happen here: a token on a page, in a log or in an error. It is shown by [`Secret::reveal`] alone, to
//! whoever just made it; everything else gets its hash or its last four characters.

use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    db::token::TokenHash,
    error::{Error, Result},
    ids::random_bytes,
};

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Releases of one app.
    Deploy,
    /// One organization, as far as its scope goes.
    Org,
    /// Looking at one organization.
    ReadOnly,
    /// Wherever its maker may go.
    Personal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Deploy, Self::Org, Self::ReadOnly, Self::Personal];

    /// As rows, forms and the API spell it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Org => "org",
            Self::ReadOnly => "read-only",
            Self::Personal => "personal",
        }
    }

    /// Inside a token.
    #[must_use]
    pub const fn infix(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Org => "org",
            Self::ReadOnly => "ro",
            Self::Personal => "personal",
        }
    }

    /// What every token of this kind begins with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Deploy => "cordon_deploy_",
            Self::Org => "cordon_org_",
            Self::ReadOnly => "cordon_ro_",
            Self::Personal => "cordon_personal_",
        }
    }

    /// The kind of that name in a row or form.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// 160 random bits, as hexadecimal digits.
const RANDOM: usize = 40;
/// A CRC-32 of everything before it, as hexadecimal digits.
const CHECKSUM: usize = 8;

/// A whole token. Its memory is cleared when it is dropped.
pub struct Secret {
    kind: Kind,
    text: SecretString,
}

impl Secret {
    /// A fresh one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn draw(kind: Kind) -> Result<Self> {
        let random = hex::encode(random_bytes::<{ RANDOM / 2 }>().map_err(Error::internal)?);
        let body = format!("{}{random}", kind.prefix());
        let text = format!("{body}_{}", checksum(&body));
        Ok(Self { kind, text: text.into() })
    }

    /// A token as somebody sent it. `None` when it is not whole, so that nothing has to be asked about it: too short,
    /// too long, another kind or case, or a checksum that does not fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let kind = Kind::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))?;
        if text.len() != kind.prefix().len() + RANDOM + 1 + CHECKSUM {
            return None;
        }
        let (body, sum) = text.rsplit_once('_')?;
        let random = body.strip_prefix(kind.prefix())?;
        let digits = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let fits = random.len() == RANDOM && digits(random) && sum == checksum(body);
        fits.then(|| Self { kind, text: text.to_owned().into() })
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the database knows of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.text.expose_secret())
    }

    /// Enough of it to tell it from others.
    #[must_use]
    pub fn last_four(&self) -> String {
        let text = self.text.expose_secret();
        text.get(text.len().saturating_sub(4)..).unwrap_or_default().to_owned()
    }

    /// The token itself: for the one page that shows it, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.text.expose_secret()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// As lists show it: how it begins and its last four characters.
impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}…{}", self.kind.prefix(), self.last_four())
    }
}

fn checksum(body: &str) -> String {
    format!("{:08x}", crc32fast::hash(body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_published_shape() {
        for kind in Kind::ALL {
            let secret = Secret::draw(kind).unwrap();
            let parts: Vec<&str> = secret.reveal().split('_').collect();
            assert_eq!((parts[0], parts[1], parts.len()), ("cordon", kind.infix(), 4));
            assert!(parts[2].len() * 4 >= 160, "{parts:?}");
            let body = format!("cordon_{}_{}", parts[1], parts[2]);
            assert_eq!(parts[3], format!("{:08x}", crc32fast::hash(body.as_bytes())));
            let again = Secret::parse(secret.reveal()).unwrap();
            assert_eq!((again.kind(), again.hash()), (kind, secret.hash()));
            assert_eq!(Kind::parse(kind.key()), Some(kind));
        }
    }

    #[test]
    fn no_two_tokens_are_alike() {
        let mut seen = std::collections::HashSet::new();
        assert!((0..1_000).all(|_| seen.insert(Secret::draw(Kind::Org).unwrap().reveal().to_owned())));
    }

    #[test]
    fn a_damaged_token_is_no_token() {
        let secret = Secret::draw(Kind::Deploy).unwrap();
        let text = secret.reveal();
        for at in 0..text.len() {
            assert!(Secret::parse(&text[..at]).is_none(), "cut at {at}");
            let mut other = text.to_owned();
            let swapped = if &text[at..=at] == "0" { "1" } else { "0" };
            other.replace_range(at..=at, swapped);
            assert!(Secret::parse(&other).is_none(), "{other}");
        }
        for odd in [
            format!("{text}0"),
            format!("{text} "),
            format!(" {text}"),
            text.to_uppercase(),
            text.replace("deploy", "org"),
            text.replace("deploy", "Deploy"),
            text.replace('_', "-"),
            text.repeat(1_000),
            text.replace('c', "с"),
            String::new(),
            "cordon_".into(),
            "cordon_root_".to_owned() + &text[14..],
        ] {
            assert!(Secret::parse(&odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn nothing_prints_the_secret() {
        let secret = Secret::draw(Kind::Personal).unwrap();
        let random = &secret.reveal()[16..56];
        for shown in [format!("{secret}"), format!("{secret:?}"), format!("{secret:#?}")] {
            assert!(!shown.contains(random) && !shown.contains(&random[..8]), "{shown}");
            assert!(shown.starts_with("cordon_personal_…"), "{shown}");
        }
    }
}
