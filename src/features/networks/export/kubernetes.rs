//! `NetworkPolicy` documents for Kubernetes: a namespace for each organization, labels for networks and apps.
//!
//! What may not happen here: a selector that could choose the pods of another organization. None names a namespace, so
//! each reaches no further than its own.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use crate::{
    error::{Error, Result},
    features::networks::export::{Hole, Isolation, Walled, Zone},
};

/// The labels that pods must carry.
const NETWORK: &str = "cordon-network";
const APP: &str = "cordon-app";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NetworkPolicy {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
    namespace: String,
    annotations: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    pod_selector: Selector,
    policy_types: [&'static str; 1],
    ingress: Vec<Ingress>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Selector {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    match_labels: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Ingress {
    from: [Peer; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<Port>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Peer {
    pod_selector: Selector,
}

#[derive(Serialize)]
struct Port {
    protocol: &'static str,
    port: u16,
}

/// All documents in one file.
pub(super) fn policies(isolation: &Isolation) -> Result<String> {
    let mut text = String::new();
    for words in isolation.head() {
        let _ = writeln!(text, "# {words}");
    }
    let _ =
        writeln!(text, "#\n# Namespaces are organizations. A pod carries the labels {NETWORK} and {APP};");
    let _ = writeln!(text, "# one without them is reached by nobody.");
    for org in &isolation.orgs {
        for policy in of(org) {
            let document =
                serde_saphyr::to_string_with_options(&policy, serde_saphyr::ser_options! { quote_all: true })
                    .map_err(Error::internal)?;
            text.push_str("---\n");
            text.push_str(&document);
            if !text.ends_with('\n') {
                text.push('\n');
            }
        }
    }
    Ok(text)
}

fn of(org: &Walled) -> Vec<NetworkPolicy> {
    let mut all = vec![policy(org, "closed".into(), BTreeMap::new(), Selector::default(), Vec::new())];
    for zone in &org.zones {
        let inside = || network(zone.id, &zone.name);
        let about = BTreeMap::from([("network", zone.name.clone()), ("range", zone.number.prefix())]);
        let name = format!("network-{}", zone.number.0);
        all.push(policy(org, name, about, inside(), vec![from(inside(), Vec::new())]));
        all.extend(zone.holes.iter().map(|hole| exposure(org, zone, hole)));
    }
    all
}

fn exposure(org: &Walled, zone: &Zone, hole: &Hole) -> NetworkPolicy {
    let (source, source_name, _) = &hole.source;
    let protocol = hole.protocol.word();
    let ports = hole.ports.as_slice().iter().map(|port| Port { protocol, port: *port }).collect();
    let mut target = network(zone.id, &zone.name);
    target.match_labels.insert(APP, label(&hole.app.name, hole.app.id.uuid()));
    let about = BTreeMap::from([("app", hole.app.name.clone()), ("reached-from", source_name.clone())]);
    let name = format!("exposure-{}", hole.id);
    policy(org, name, about, target, vec![from(network(*source, source_name), ports)])
}

fn policy(
    org: &Walled,
    name: String,
    annotations: BTreeMap<&'static str, String>,
    pods: Selector,
    ingress: Vec<Ingress>,
) -> NetworkPolicy {
    let mut about = BTreeMap::from([("organization", org.slug.clone())]);
    about.extend(annotations);
    NetworkPolicy {
        api_version: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: Metadata { name: format!("cordon-{name}"), namespace: namespace(org), annotations: about },
        spec: Spec { pod_selector: pods, policy_types: ["Ingress"], ingress },
    }
}

fn from(pods: Selector, ports: Vec<Port>) -> Ingress {
    Ingress { from: [Peer { pod_selector: pods }], ports }
}

fn network(id: crate::ids::NetworkId, name: &str) -> Selector {
    Selector { match_labels: BTreeMap::from([(NETWORK, label(name, id.uuid()))]) }
}

/// A label's value may not end with a dash, as a name of ours may. The stand-in has a dot, which no name has.
fn label(name: &str, id: uuid::Uuid) -> String {
    if name.ends_with('-') { format!("id.{id}") } else { name.to_owned() }
}

/// The same for namespaces, which may have no dot: the stand-in begins with a digit, which no slug does.
fn namespace(org: &Walled) -> String {
    if org.slug.ends_with('-') { format!("0-{}", org.id) } else { org.slug.clone() }
}
