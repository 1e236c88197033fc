//! Who a provider says came in.
//!
//! What may not happen here: an address treated as an identity, or as verified on anything but a plain `true`.

use super::config::ProviderId;
use crate::clock::Instant;

/// The longest subject (`OpenID` Connect Core 1.0 section 2).
const MAX_SUBJECT: usize = 255;
/// The longest address (RFC 5321 section 4.5.3.1: 64 + 1 + 255).
const MAX_ADDRESS: usize = 320;
const MAX_NAME: usize = 200;

/// A finished sign-in. The identity is (provider, subject) and nothing else (OA-10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The provider's id in the configuration.
    pub provider: ProviderId,
    /// `sub`, or GitHub's numeric id: 1 to 255 bytes without control characters.
    pub subject: String,
    /// A contact address, if the provider told one.
    pub email: Option<ProviderEmail>,
    /// A display name, cleaned: one line, 1 to 200 characters.
    pub name: Option<String>,
    /// When the person last proved themself to the provider, if it says so.
    pub auth_time: Option<Instant>,
}

/// An address as the provider wrote it. Not yet in canonical form; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderEmail {
    /// The address, at most 320 bytes, without white space or control characters.
    pub address: String,
    /// Whether the provider vouches for it: boolean `true`, not a string, not absent (OA-11).
    pub verified: bool,
}

impl ProviderEmail {
    /// The address if it can be one at all.
    pub(super) fn from_claims(address: Option<&str>, verified: Option<&serde_json::Value>) -> Option<Self> {
        let address = address?.trim();
        let fits = (3..=MAX_ADDRESS).contains(&address.len()) && address.contains('@');
        let plain = !address.chars().any(|c| c.is_control() || c.is_whitespace());
        let verified = verified == Some(&serde_json::Value::Bool(true));
        (fits && plain).then(|| Self { address: address.to_owned(), verified })
    }
}

impl std::fmt::Debug for ProviderEmail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderEmail").field("verified", &self.verified).finish_non_exhaustive()
    }
}

/// Whether a `sub` can key an identity.
pub(super) fn is_subject(text: &str) -> bool {
    (1..=MAX_SUBJECT).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// A name on one line without characters that hide or turn text; `None` if nothing is left.
pub(super) fn clean_name(name: &str) -> Option<String> {
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let shown: String =
        name.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name: String =
        shown.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_NAME).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_boolean_true_verifies_an_address() {
        let verified = |value: Option<&serde_json::Value>| {
            ProviderEmail::from_claims(Some("a@b.example"), value).unwrap().verified
        };
        assert!(verified(Some(&json!(true))));
        for value in [json!(false), json!("true"), json!(1), json!(null), json!([true])] {
            assert!(!verified(Some(&value)), "{value}");
        }
        assert!(!verified(None));
    }

    #[test]
    fn impossible_addresses_are_dropped() {
        for address in ["", "@", "ab", "a b@c", "a@b\r\nBcc: x@y", "a@b\0", &format!("{}@b", "a".repeat(400))]
        {
            assert_eq!(ProviderEmail::from_claims(Some(address), None), None, "{address:?}");
        }
    }

    #[test]
    fn names_are_one_visible_line() {
        assert_eq!(clean_name(" Lena\r\nBrandt\u{202e} ").as_deref(), Some("Lena Brandt"));
        assert_eq!(clean_name("\u{200b}\t"), None);
        assert_eq!(clean_name(&"x".repeat(999)).map(|name| name.len()), Some(200));
    }

    #[test]
    fn subjects_are_short_and_printable() {
        assert!(is_subject("x") && is_subject(&"x".repeat(255)));
        assert!(
            !is_subject("") && !is_subject(&"x".repeat(256)) && !is_subject("a\0b") && !is_subject("a\nb")
        );
    }
}
