//! What an operator says about an identity provider, and what is wrong with it.
//!
//! What may not happen here: a secret in an error message, or a provider without transport security that is
//! not on this very machine.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

/// The short name of a provider in URLs and in stored identities: one to 32 of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderId(String);

/// The text is no provider id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a provider's id is 1 to 32 characters of a-z, 0-9 and -")]
pub struct NotAProviderId;

impl ProviderId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProviderId {
    type Error = NotAProviderId;

    fn try_from(text: String) -> Result<Self, NotAProviderId> {
        let allowed = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if allowed && (1..=32).contains(&text.len()) { Ok(Self(text)) } else { Err(NotAProviderId) }
    }
}

impl FromStr for ProviderId {
    type Err = NotAProviderId;

    fn from_str(text: &str) -> Result<Self, NotAProviderId> {
        text.to_owned().try_into()
    }
}

impl From<ProviderId> for String {
    fn from(id: ProviderId) -> Self {
        id.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One identity provider as configured. `Debug` hides the secret.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// Its name in URLs and stored identities; must never be given to another provider later.
    pub id: ProviderId,
    /// What the button says: "GitHub".
    pub label: String,
    /// Which protocol it speaks, and where.
    pub kind: ProviderKind,
    /// The client id that it issued to this installation.
    pub client_id: String,
    /// The client secret that it issued to this installation.
    pub client_secret: SecretString,
}

/// The protocols a provider can speak.
#[derive(Clone, Debug)]
pub enum ProviderKind {
    /// `OpenID` Connect with discovery.
    Oidc {
        /// The issuer; the discovery document below it must name the same URL.
        issuer: Url,
    },
    /// GitHub, github.com or an enterprise server.
    GitHub {
        /// Where people sign in: `https://github.com`.
        web: Url,
        /// The REST API: `https://api.github.com` or `https://github.example.com/api/v3`.
        api: Url,
    },
}

impl ProviderConfig {
    /// One plain line for each thing that is wrong; none when the provider can be used (OA-18).
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.label.trim().is_empty() || self.label.len() > 64 || self.label.chars().any(char::is_control) {
            faults.push("the label must be 1 to 64 characters of text".to_owned());
        }
        if self.client_id.trim().is_empty() {
            faults.push("the client id is empty".to_owned());
        }
        if self.client_secret.expose_secret().trim().is_empty() {
            faults.push("the client secret is empty".to_owned());
        }
        let mut check = |name: &str, url: &Url| {
            faults.extend(url_fault(url).map(|fault| format!("the {name} {url} {fault}")));
        };
        match &self.kind {
            ProviderKind::Oidc { issuer } => check("issuer", issuer),
            ProviderKind::GitHub { web, api } => {
                check("web address", web);
                check("API address", api);
            }
        }
        faults.into_iter().map(|fault| format!("sign-in provider {}: {fault}", self.id)).collect()
    }
}

/// What keeps a URL from being an issuer or a base address (`OpenID` Connect Discovery 1.0 section 3).
pub(super) fn url_fault(url: &Url) -> Option<&'static str> {
    if let Some(fault) = endpoint_fault(url) {
        return Some(fault);
    }
    (url.query().is_some() || url.fragment().is_some()).then_some("must not have a query or fragment")
}

/// What keeps a URL from being an endpoint that codes, tokens or people are sent to.
///
/// Plain http is for loopback only (RFC 9700 section 2.6, RFC 8252 section 8.3). The host is held to plain
/// characters because its origin is written into the content security policy: `https://a;script-src` parses.
pub(super) fn endpoint_fault(url: &Url) -> Option<&'static str> {
    let plain = match url.host() {
        Some(Host::Domain(name)) => {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    };
    if !plain {
        return Some("must have a plain host name");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must not hold a user name or password");
    }
    match url.scheme() {
        "https" => None,
        "http" if is_loopback(url) => None,
        _ => Some("must start with https:// (http:// only for this machine's loopback address)"),
    }
}

/// Whether the URL's host is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A path below a base address, whether or not the base ends in a slash.
pub(super) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oidc(issuer: &str) -> ProviderConfig {
        ProviderConfig {
            id: "acme".parse().unwrap(),
            label: "Acme".to_owned(),
            kind: ProviderKind::Oidc { issuer: issuer.parse().unwrap() },
            client_id: "cordon".to_owned(),
            client_secret: "s3cret".to_owned().into(),
        }
    }

    #[test]
    fn ids_are_short_slugs() {
        for good in ["a", "github", "acme-sso-2", &"x".repeat(32)] {
            assert!(good.parse::<ProviderId>().is_ok(), "{good}");
        }
        for bad in ["", "Acme", "a/b", "a.b", "ä", "a b", &"x".repeat(33)] {
            assert!(bad.parse::<ProviderId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn https_or_loopback_is_fine() {
        for issuer in [
            "https://id.acme.example",
            "https://id.acme.example/realms/x",
            "http://127.0.0.1:9/",
            "http://localhost:4011",
            "http://[::1]:1",
        ] {
            assert_eq!(oidc(issuer).faults(), Vec::<String>::new(), "{issuer}");
        }
    }

    #[test]
    fn each_fault_is_one_line_that_names_the_provider() {
        for (issuer, word) in [
            ("http://id.acme.example", "https://"),
            ("http://localhost.evil.example", "https://"),
            ("ftp://localhost", "https://"),
            ("https://id.acme.example/?x=1", "query"),
            ("https://id.acme.example/#x", "query or fragment"),
            ("https://u:p@id.acme.example/", "password"),
            ("https://a;script-src", "plain host"),
            ("https://a,b", "plain host"),
            ("data:x", "plain host"),
        ] {
            let faults = oidc(issuer).faults();
            assert_eq!(faults.len(), 1, "{issuer}: {faults:?}");
            assert!(
                faults[0].starts_with("sign-in provider acme: ") && faults[0].contains(word),
                "{faults:?}"
            );
        }
    }

    #[test]
    fn several_faults_are_all_told_and_no_secret_is_shown() {
        let mut config = oidc("http://id.acme.example");
        config.client_id = " ".to_owned();
        config.client_secret = String::new().into();
        config.label = "\n".to_owned();
        assert_eq!(config.faults().len(), 4);
        assert!(!format!("{:?}", oidc("https://id.acme.example")).contains("s3cret"));
    }
}
