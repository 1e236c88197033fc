//! A ruleset for nftables: one table, one chain for each network, and in it who may come in.
//!
//! What may not happen here: text that a person may choose outside a comment. Slugs, names of apps and of networks have
//! no characters but letters, digits and dashes; chains and addresses are made of numbers and ids.

use std::fmt::Write as _;

use crate::features::networks::export::{Isolation, Zone};

pub(super) fn ruleset(isolation: &Isolation) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        text.push_str(words);
        text.push('\n');
    };
    line("#!/usr/sbin/nft -f");
    for words in isolation.head() {
        line(&format!("# {words}"));
    }
    line("#");
    line(
        "# Load it where packets to apps arrive or pass: on each host that runs apps, or on the router between them.",
    );
    line("# It replaces its own table and touches no other.");
    line("");
    let table = format!("table ip6 cordon-{}", isolation.key);
    line(&table);
    line(&format!("delete {table}"));
    line(&format!("{table} {{"));
    for org in &isolation.orgs {
        for zone in &org.zones {
            line(&chain(&org.slug, zone));
        }
    }
    line("  chain reach {");
    line("    ct state established,related accept");
    line("    # Neighbours must find each other before anything else.");
    line(
        "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert } accept",
    );
    let jumps: Vec<String> = isolation
        .orgs
        .iter()
        .flat_map(|org| &org.zones)
        .map(|zone| format!("      {} : goto network-{}", zone.number.prefix(), zone.number.0))
        .collect();
    if !jumps.is_empty() {
        line("    ip6 daddr vmap {");
        line(&jumps.join(",\n"));
        line("    }");
    }
    line("  }");
    for hook in ["input", "forward"] {
        line("");
        line(&format!("  chain {hook} {{"));
        line(&format!("    type filter hook {hook} priority filter; policy accept;"));
        line("    jump reach");
        line("  }");
    }
    line("}");
    text
}

/// What may come into a network: itself, then its exposures; all else is counted and dropped.
fn chain(org: &str, zone: &Zone) -> String {
    let mut text = format!("  # {org} / {}\n  chain network-{} {{\n", zone.name, zone.number.0);
    for app in &zone.apps {
        let _ = writeln!(text, "    # {} is {}", app.name, zone.number.address(app.id));
    }
    let _ = writeln!(text, "    ip6 saddr {} accept", zone.number.prefix());
    for hole in &zone.holes {
        let (_, source, number) = &hole.source;
        let ports: Vec<String> = hole.ports.as_slice().iter().map(u16::to_string).collect();
        let _ = writeln!(
            text,
            "    # {} may be reached from {source}\n    ip6 saddr {} ip6 daddr {} {} dport {{ {} }} accept",
            hole.app.name,
            number.prefix(),
            zone.number.address(hole.app.id),
            hole.protocol.key(),
            ports.join(", ")
        );
    }
    text.push_str("    counter drop\n  }\n");
    text
}
