use serde_json::json;

use super::*;

fn network(name: &str, number: u32, apps: &[&str], ways: &[(&str, &str, &str, &[u16])]) -> serde_json::Value {
    let ways: Vec<_> = ways
        .iter()
        .map(|(app, source, protocol, ports)| {
            json!({ "id": "01920000-0000-7000-8000-000000000000", "app": app, "source": source,
                    "protocol": protocol, "ports": ports })
        })
        .collect();
    json!({ "name": name, "number": number, "made_by": "Ada", "made_at": "2026-11-23T08:00:00Z",
            "apps_total": apps.len(), "apps": apps, "exposures_total": ways.len(), "exposures": ways })
}

fn map(networks: &[serde_json::Value], partner: Option<(&str, bool)>) -> Map {
    let plan = serde_json::from_value(json!(networks)).unwrap();
    let partner = partner.map(|(slug, production)| (slug.to_owned(), production));
    Map::of(&plan, &Around { org: "acme-production".into(), networks: networks.len(), partner })
}

/// Whether two rectangles (x, y, width, height) share ground.
fn overlap(a: (i32, i32, i32, i32), b: (i32, i32, i32, i32)) -> bool {
    a.0 < b.0 + b.2 && b.0 < a.0 + a.2 && a.1 < b.1 + b.3 && b.1 < a.1 + a.3
}

fn nothing_overlaps(map: &Map) {
    let zones: Vec<_> = map.zones.iter().map(|z| (z.x, z.y, z.width, z.height)).collect();
    let nodes: Vec<_> =
        map.zones.iter().flat_map(|z| &z.boxes).map(|b| (b.x, b.y, b.width, b.height)).collect();
    let pills: Vec<_> = map.ways.iter().map(|w| (w.pill_x, w.pill_y, w.pill_width, 20)).collect();
    for all in [&zones, &nodes, &pills] {
        for (at, a) in all.iter().enumerate() {
            assert!(
                a.0 >= 0 && a.1 >= 0 && a.0 + a.2 <= WIDTH && a.1 + a.3 <= map.height,
                "{a:?} is outside"
            );
            for b in &all[at + 1..] {
                assert!(!overlap(*a, *b), "{a:?} over {b:?}");
            }
        }
    }
    for zone in &map.zones {
        for node in &zone.boxes {
            let inside = node.x >= zone.x
                && node.y >= zone.y + HEAD
                && node.x + node.width <= zone.x + zone.width
                && node.y + node.height <= zone.y + zone.height;
            assert!(inside, "{node:?} leaves {}", zone.name);
        }
    }
}

#[test]
fn the_words_say_everything_that_is_drawn() {
    let map = map(
        &[
            network(
                "default",
                3,
                &["web", "postgres-main"],
                &[("postgres-main", "payments", "tcp", &[5432])],
            ),
            network(
                "payments",
                14,
                &["card-gateway", "vault-proxy"],
                &[
                    ("card-gateway", "default", "tcp", &[8443, 9000]),
                    ("card-gateway", "default", "udp", &[53]),
                ],
            ),
            network("empty", 15, &[], &[]),
        ],
        Some(("acme-staging", false)),
    );
    assert_eq!(
        map.label(),
        "Private networks of acme-production. Network default holds web and postgres-main. postgres-main can be \
         reached from payments on TCP port 5432. Network payments holds card-gateway and vault-proxy. card-gateway \
         can be reached from default on TCP ports 8443 and 9000 and UDP port 53. Network empty holds no apps. There is \
         no route to acme-staging."
    );
    assert_eq!(map.ways.iter().map(|way| way.ports.as_str()).collect::<Vec<_>>(), ["5432", "8443 +2"]);
    assert_eq!(
        map.cut.as_ref().map(|cut| (cut.slug.as_str(), cut.production)),
        Some(("acme-staging", false))
    );
    assert_eq!(map.more, "");
    nothing_overlaps(&map);
}

#[test]
fn ways_that_lead_both_ways_do_not_run_into_each_other() {
    let map = map(
        &[
            network("default", 1, &["a"], &[("a", "other", "tcp", &[1])]),
            network("other", 2, &["b"], &[("b", "default", "tcp", &[2])]),
        ],
        None,
    );
    let ends: Vec<i32> = map.ways.iter().map(|way| way.pill_y).collect();
    assert!((ends[0] - ends[1]).abs() >= 10, "{ends:?}");
    nothing_overlaps(&map);
}

#[test]
fn a_network_alone_takes_the_whole_width_and_has_no_legend() {
    let map = map(&[network("default", 1, &["a", "b", "c", "d", "e"], &[])], None);
    let places: Vec<(i32, i32)> = map.zones[0].boxes.iter().map(|node| (node.x, node.y)).collect();
    assert_eq!(places, [(24, 60), (212, 60), (400, 60), (588, 60), (24, 98)]);
    assert_eq!((map.zones[0].width, map.legend), (768, 0));
    nothing_overlaps(&map);
}

#[test]
fn a_crowd_is_counted_instead_of_drawn() {
    let names: Vec<String> = (0..20).map(|n| format!("app-{n:02}-with-a-long-name-that-goes-on")).collect();
    let apps: Vec<&str> = names.iter().map(String::as_str).collect();
    let into: Vec<(&str, &str, &str, &[u16])> =
        apps.iter().map(|app| (*app, "n1", "udp", [65_535, 1].as_slice())).collect();
    let mut networks = vec![network("default", 1, &apps, &into)];
    for n in 1..9 {
        let name = format!("n{n}");
        let back: Vec<(&str, &str, &str, &[u16])> =
            apps.iter().take(7).map(|app| (*app, "default", "tcp", [80].as_slice())).collect();
        networks.push(network(&name, n + 1, &apps, &back));
    }
    let map = map(&networks, Some(("acme-staging", true)));
    assert_eq!(map.zones.len(), 6);
    assert!(map.zones.iter().all(|zone| zone.note.starts_with("and ")));
    // 12 + 5 × 5 are drawn; of all 20 + 8 × 7.
    assert_eq!(map.ways.len(), 37);
    assert_eq!(map.more, "Not drawn: 3 networks and 39 exposures.");
    assert_eq!(map.words.len(), 1 + 9 + 20 + 56 + 1);
    assert!(map.is_long() && map.label().ends_with("one by one."));
    assert_eq!(map.zones[0].boxes[0].label, "app-00-with-a-long-n…");
    nothing_overlaps(&map);
}

#[test]
fn several_networks_reach_one_app_at_heights_of_their_own() {
    let map = map(
        &[
            network("default", 1, &["a"], &[]),
            network(
                "b",
                2,
                &["x"],
                &[("x", "c", "tcp", &[1]), ("x", "d", "tcp", &[2]), ("x", "default", "tcp", &[3])],
            ),
            network("c", 3, &[], &[]),
            network("d", 4, &[], &[]),
        ],
        None,
    );
    let target = map.zones.iter().flat_map(|zone| &zone.boxes).find(|node| node.name == "x").unwrap();
    assert_eq!(target.height, 78);
    for way in &map.ways {
        let y = way.pill_y + 10;
        assert!(y > target.y && y < target.y + target.height, "{way:?}");
    }
    nothing_overlaps(&map);
}
