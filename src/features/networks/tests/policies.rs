//! The exported policies against the schema that Kubernetes publishes.

use serde_json::Value;

use super::{NETWORKS, app, expose, network};
use crate::testing::World;

/// Of Kubernetes 1.37; `README.md` beside it says where it comes from.
const SCHEMA: &str = include_str!("../../../testing/kubernetes/networkpolicy-v1.json");

fn documents(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).expect("YAML")
}

#[tokio::test]
async fn every_document_is_a_network_policy_as_kubernetes_publishes_it() {
    let world = World::new().await;
    // Words that YAML would take for something else.
    for name in ["on", "No", "null", "e5", "y", "ends-with-"] {
        assert_eq!(network(&world, name).await.status, 303, "{name}");
    }
    app(&world, "0x1f", "null").await;
    app(&world, "1e3", "on").await;
    app(&world, "web-", "ends-with-").await;
    expose(&world, "0x1f", "on", "tcp", "8443, 9000").await;
    expose(&world, "web-", "No", "udp", "53").await;

    let seen = world.get(Some(&world.vera), &format!("{NETWORKS}/export.yaml")).await;
    let header = |name: &str| seen.headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(header("content-type"), "application/yaml");
    assert_eq!(header("content-disposition"), "attachment; filename=\"acme-production-networks.yaml\"");

    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let all = documents(&seen.body);
    // One that closes the namespace, seven networks, two exposures.
    assert_eq!(all.len(), 10, "{}", seen.body);
    for document in &all {
        let faults: Vec<String> = schema.iter_errors(document).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}\n{document:#}");
        assert_eq!(document["metadata"]["namespace"], "acme-production");
        assert_eq!(document["spec"]["policyTypes"], serde_json::json!(["Ingress"]));
        let name = document["metadata"]["name"].as_str().unwrap();
        assert!(
            name.len() <= 253
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        );
    }
    let closed = all.iter().find(|document| document["metadata"]["name"] == "cordon-closed").unwrap();
    assert_eq!(
        closed["spec"],
        serde_json::json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [] })
    );
    let open = all.iter().find(|document| document["metadata"]["annotations"]["app"] == "0x1f").unwrap();
    assert_eq!(
        open["spec"],
        serde_json::json!({
            "podSelector": { "matchLabels": { "cordon-app": "0x1f", "cordon-network": "null" } },
            "policyTypes": ["Ingress"],
            "ingress": [{
                "from": [{ "podSelector": { "matchLabels": { "cordon-network": "on" } } }],
                "ports": [{ "protocol": "TCP", "port": 8443 }, { "protocol": "TCP", "port": 9000 }],
            }],
        })
    );
    // A label may not end with a dash.
    for document in &all {
        for value in
            document.pointer("/spec/podSelector/matchLabels").and_then(Value::as_object).into_iter().flatten()
        {
            let label = value.1.as_str().unwrap();
            assert!(label.len() <= 63 && label.ends_with(|c: char| c.is_ascii_alphanumeric()), "{label}");
        }
    }
    // The schema is one that refuses.
    let mut wrong = open.clone();
    wrong["spec"]["ingress"][0]["ports"][0]["prot"] = "TCP".into();
    assert!(!schema.is_valid(&wrong));
}
