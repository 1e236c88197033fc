//! The picture in words.
//!
//! What may not happen here: something that is only drawn.

use crate::{
    features::networks::{
        map::{Around, ways_of},
        model::{Plan, Planned, Way},
    },
    web::shell::counted,
};

/// What did not fit into the picture.
pub(super) fn more(networks: usize, ways: usize) -> String {
    let ways = counted(ways, "exposure", "exposures");
    match (networks, ways.starts_with("0 ")) {
        (0, true) => String::new(),
        (0, false) => format!("Not drawn: {ways}."),
        (networks, none) => {
            let networks = counted(networks, "network", "networks");
            if none {
                format!("Not drawn: {networks}.")
            } else {
                format!("Not drawn: {networks} and {ways}.")
            }
        }
    }
}

/// One sentence for each thing that the picture shows.
pub(super) fn told(plan: &Plan, around: &Around) -> Vec<String> {
    let mut words = vec![format!("Private networks of {}.", around.org)];
    for planned in &plan.0 {
        words.push(holds(planned));
        words.extend(ways_of(planned).iter().map(|(app, all)| ways(app, all)));
        let untold = planned.exposures_total.saturating_sub(planned.exposures.len());
        if untold > 0 {
            words.push(format!(
                "{} more into {}.",
                counted(untold, "exposure leads", "exposures lead"),
                planned.name
            ));
        }
    }
    if let Some((partner, _)) = &around.partner {
        words.push(format!("There is no route to {partner}."));
    }
    words
}

fn holds(planned: &Planned) -> String {
    let name = &planned.name;
    if planned.apps_total == 0 {
        return format!("Network {name} holds no apps.");
    }
    let more = planned.apps_total.saturating_sub(planned.apps.len());
    let mut names: Vec<String> = planned.apps.clone();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    format!("Network {name} holds {}.", listed(&names))
}

/// "card-gateway can be reached from default on TCP port 8443 and UDP port 53."
pub(super) fn ways(app: &str, ways: &[&Way]) -> String {
    let ports: Vec<String> = ways.iter().map(|way| way.ports.told(way.protocol)).collect();
    let source = ways.first().map_or("", |way| way.source.as_str());
    format!("{app} can be reached from {source} on {}.", listed(&ports))
}

fn listed(parts: &[String]) -> String {
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
