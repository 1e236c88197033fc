//! What networks and exposures are, and the addresses that follow from a network's number.
//!
//! What may not happen here: an address that depends on anything but a number and an id, both of which are never
//! reused.

use std::net::Ipv6Addr;

use serde::Deserialize;

use crate::{
    clock::Instant,
    ids::{AppId, ExposureId, NetworkId},
};

/// The network that every organization has.
pub(super) const DEFAULT: &str = "default";
/// How many ports one exposure opens at most.
const PORTS: usize = 15;

/// A network's name: a letter, then letters, digits and dashes, 63 at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NetworkName(String);

impl NetworkName {
    pub(super) fn parse(typed: &str) -> Result<Self, String> {
        let name = typed.trim();
        if name.is_empty() {
            return Err("Give it a name.".into());
        }
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err("Use letters, digits and dashes.".into());
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err("Start with a letter.".into());
        }
        if name.len() > 63 {
            return Err("Use 63 characters at most.".into());
        }
        // A page of the list stands at that address.
        if name.eq_ignore_ascii_case("new") {
            return Err("That word is taken by Cordon itself. Choose another.".into());
        }
        Ok(Self(name.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number of a network, never reused, and what is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(super) struct Number(pub(super) u32);

impl Number {
    /// From the database, which keeps it within 32 bits.
    pub(super) fn of(number: i64) -> Self {
        Self(u32::try_from(number).unwrap_or_default())
    }

    /// `fdaa:xxxx:yyyy::/48`, its upper and its lower half.
    pub(super) fn prefix(self) -> String {
        format!("fdaa:{:x}:{:x}::/48", self.0 >> 16, self.0 & 0xffff)
    }

    /// An app's address: the prefix, a zero, and the last 64 bits of the app's id, most of them random.
    pub(super) fn address(self, app: AppId) -> Ipv6Addr {
        let (_, last) = app.uuid().as_u64_pair();
        Ipv6Addr::from_bits((0xfdaa << 112) | (u128::from(self.0) << 80) | u128::from(last))
    }
}

/// The address of an app in the network of that number, as the database has both.
#[must_use]
pub fn address(number: i64, app: AppId) -> String {
    Number::of(number).address(app).to_string()
}

/// How an app is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    pub(super) fn parse(key: &str) -> Option<Self> {
        [Self::Tcp, Self::Udp].into_iter().find(|protocol| protocol.key() == key)
    }

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// One to fifteen ports, in order, each once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub(super) struct Ports(Vec<u16>);

impl Ports {
    pub(super) fn parse(typed: &str) -> Result<Self, String> {
        let words = typed.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        let mut ports = Vec::new();
        for word in words {
            let digits = word.bytes().all(|b| b.is_ascii_digit());
            match word.parse::<u16>() {
                Ok(port) if port > 0 && digits => ports.push(port),
                _ => return Err("Ports are numbers from 1 to 65535.".into()),
            }
        }
        ports.sort_unstable();
        ports.dedup();
        match ports.len() {
            0 => Err("Name at least one port.".into()),
            1..=PORTS => Ok(Self(ports)),
            _ => Err(format!("Name {PORTS} ports at most.")),
        }
    }

    pub(super) fn of(stored: &[i32]) -> Self {
        Self(stored.iter().filter_map(|port| u16::try_from(*port).ok()).collect())
    }

    pub(super) fn as_slice(&self) -> &[u16] {
        &self.0
    }

    pub(super) fn stored(&self) -> Vec<i32> {
        self.0.iter().map(|port| i32::from(*port)).collect()
    }

    /// "8443, 9000", with "udp" before it where it is not TCP.
    pub(super) fn listed(&self, protocol: Protocol) -> String {
        let numbers: Vec<String> = self.0.iter().map(u16::to_string).collect();
        let numbers = numbers.join(", ");
        if protocol == Protocol::Tcp { numbers } else { format!("{} {numbers}", protocol.key()) }
    }

    /// "TCP port 8443", "UDP ports 53 and 5353".
    pub(super) fn told(&self, protocol: Protocol) -> String {
        let numbers: Vec<String> = self.0.iter().map(u16::to_string).collect();
        let word = protocol.word();
        match numbers.split_last() {
            Some((last, [])) => format!("{word} port {last}"),
            Some((last, rest)) => format!("{word} ports {} and {last}", rest.join(", ")),
            None => word.to_owned(),
        }
    }
}

/// The networks of an organization as pages draw them; the database's `network_plan` makes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Plan(pub(super) Vec<Planned>);

/// One network of a plan.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Planned {
    pub(super) name: String,
    pub(super) number: Number,
    pub(super) made_by: Option<String>,
    pub(super) made_at: Instant,
    pub(super) apps_total: usize,
    /// The first of them by name, those that other networks reach before the others.
    pub(super) apps: Vec<String>,
    pub(super) exposures_total: usize,
    pub(super) exposures: Vec<Way>,
}

/// A way into an app of this network from another one.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Way {
    pub(super) id: ExposureId,
    pub(super) app: String,
    pub(super) source: String,
    pub(super) protocol: Protocol,
    pub(super) ports: Ports,
}

/// One network by itself.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) id: NetworkId,
    pub(super) name: String,
    pub(super) number: Number,
    pub(super) made_by: Option<String>,
    pub(super) made_at: Instant,
}

/// An app of it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: AppId,
    pub(super) name: String,
}

/// An exposure as its form describes it.
#[derive(Clone, Debug)]
pub(super) struct NewExposure {
    pub(super) app: String,
    pub(super) network: String,
    pub(super) protocol: Protocol,
    pub(super) ports: Ports,
}

/// An exposure as it stands.
#[derive(Clone, Debug)]
pub(super) struct Exposure {
    pub(super) id: ExposureId,
    pub(super) app: AppId,
    pub(super) app_name: String,
    /// The network that it leads into.
    pub(super) into: String,
    /// The network that it leads from.
    pub(super) source: String,
    pub(super) protocol: Protocol,
    pub(super) ports: Ports,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_start_with_a_letter() {
        for good in ["payments", "P2", "a", "a-", "edge-EU-1"] {
            assert!(NetworkName::parse(good).is_ok(), "{good}");
        }
        let long = "x".repeat(64);
        for odd in ["", " ", "2nd", "-a", "a b", "a_b", "a.b", "ä", "new", "a\0b", "a\u{200B}b", &long] {
            assert!(NetworkName::parse(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_number_is_the_middle_of_a_prefix_and_an_id_the_end_of_an_address() {
        assert_eq!(Number(1).prefix(), "fdaa:0:1::/48");
        assert_eq!(Number(0x0001_0000).prefix(), "fdaa:1:0::/48");
        assert_eq!(Number(u32::MAX).prefix(), "fdaa:ffff:ffff::/48");
        let app: AppId = "01920000-0000-7000-8abc-0123456789ab".parse().unwrap();
        assert_eq!(Number(0x0001_0002).address(app).to_string(), "fdaa:1:2:0:8abc:123:4567:89ab");
    }

    #[test]
    fn ports_are_numbers_of_sixteen_bits_without_nought() {
        assert_eq!(Ports::parse(" 9000, 8443 8443").unwrap().as_slice(), [8443, 9000]);
        assert_eq!(Ports::parse("1 65535").unwrap().as_slice(), [1, 65535]);
        for odd in
            ["", ",", "0", "65536", "-1", "+80", "8443x", "80-90", "1e3", "８０", "99999999999999999999"]
        {
            assert!(Ports::parse(odd).is_err(), "{odd:?}");
        }
        let many: Vec<String> = (1..=16).map(|port| port.to_string()).collect();
        assert!(Ports::parse(&many.join(",")).is_err());
        assert!(Ports::parse(&many[..15].join(",")).is_ok());
    }

    #[test]
    fn ports_read_as_words() {
        assert_eq!(Ports::parse("8443").unwrap().told(Protocol::Tcp), "TCP port 8443");
        assert_eq!(Ports::parse("1,2,3").unwrap().told(Protocol::Udp), "UDP ports 1, 2 and 3");
        assert_eq!(Ports::parse("53").unwrap().listed(Protocol::Udp), "udp 53");
    }
}
