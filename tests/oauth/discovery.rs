//! Discovery, keys and outages.
//!
//! What may not happen here: a provider outside this test.

use std::time::Duration;

use cordon::auth::oauth::{BeginOptions, ProviderKind};
use serde_json::Value;
use url::Url;

use super::{
    Change, bad_token, config, oidc,
    provider::{Provider, Sign, TestClock, ed},
    providers, sign_in, unavailable, world,
};

#[tokio::test]
async fn oa_8_a_discovery_document_that_cannot_be_trusted_is_refused() {
    let clock = TestClock::new();
    let good = Provider::start(&clock).await;
    let cases: [(&str, Change); 8] = [
        ("another issuer", |d| d["issuer"] = "https://evil.example".into()),
        ("another issuer", |d| d["issuer"] = format!("{}/x", d["issuer"].as_str().unwrap()).into()),
        ("authorization endpoint", |d| {
            d["authorization_endpoint"] = "http://id.acme.example/authorize".into();
        }),
        ("token endpoint", |d| d["token_endpoint"] = "http://id.acme.example/token".into()),
        ("userinfo endpoint", |d| d["userinfo_endpoint"] = "ftp://id.acme.example/".into()),
        ("key set", |d| d["jwks_uri"] = "http://169.254.169.254/latest".into()),
        ("authorization endpoint", |d| d["authorization_endpoint"] = "https://a;script-src/authorize".into()),
        ("JSON", |d| d["token_endpoint"] = Value::Null),
    ];
    for (word, change) in cases {
        let bad = Provider::start(&clock).await;
        change(&mut bad.inside().discovery);
        let providers = providers(vec![oidc("bad", &bad), oidc("a", &good)], &clock);
        let reason = unavailable(providers.begin("bad", BeginOptions::default()).await);
        assert!(reason.contains(word), "{reason:?} does not speak of {word:?}");
        assert!(!reason.contains("evil") && !providers.origins().iter().any(|origin| origin.contains(';')));
        assert_eq!(bad.hits("/jwks"), 0);
        sign_in(&providers, "a", &good).await.unwrap();
    }
}

#[tokio::test]
async fn oa_8_large_or_redirected_documents_are_refused() {
    let (_, a, clock) = world().await;
    let (_, elsewhere, _) = world().await;
    let large = vec![b' '; 5 << 20];
    let length = large.len().to_string();
    let moved = vec![("location", format!("{}.well-known/openid-configuration", elsewhere.url))];
    for (path, answer, word) in [
        (
            "/.well-known/openid-configuration",
            (200, vec![("content-length", length)], large.clone()),
            "larger",
        ),
        ("/jwks", (200, vec![], large), "larger"),
        ("/.well-known/openid-configuration", (302, moved, vec![]), "redirect"),
        ("/jwks", (200, vec![], b"<html>".to_vec()), "JSON"),
        ("/jwks", (404, vec![], vec![]), "404"),
    ] {
        a.inside().answers.clear();
        a.inside().answers.insert(path, answer);
        let providers = providers(vec![oidc("a", &a)], &clock);
        let reason = unavailable(providers.begin("a", BeginOptions::default()).await);
        assert!(reason.contains(word), "{reason:?} does not speak of {word:?}");
    }
    assert_eq!(elsewhere.hits("/.well-known/openid-configuration"), 0);
}

#[tokio::test]
async fn oa_9_two_hundred_random_key_names_cost_two_requests_for_keys_a_minute() {
    let (providers, a, clock) = world().await;
    let mut running = Vec::new();
    for number in 0..200 {
        a.inside().sign = Sign::Forged(format!("random-{number}"));
        if number % 2 == 0 {
            bad_token(sign_in(&providers, "a", &a).await);
        } else {
            let (providers, a) = (providers.clone(), a.clone());
            running.push(tokio::spawn(async move { bad_token(sign_in(&providers, "a", &a).await) }));
        }
    }
    for task in running {
        task.await.unwrap();
    }
    assert_eq!(a.hits("/jwks"), 2);
    clock.turn(60);
    let (sign, public) = ed("rotated");
    a.inside().sign = sign;
    a.inside().keys = vec![public];
    sign_in(&providers, "a", &a).await.unwrap();
    assert_eq!(a.hits("/jwks"), 3);
}

#[tokio::test]
async fn oa_9_rotated_keys_work_on_the_first_sign_in() {
    let (providers, a, clock) = world().await;
    sign_in(&providers, "a", &a).await.unwrap();
    // A new name, and the old name with a new key.
    for kid in ["ed-2", "ed-2"] {
        let (sign, public) = ed(kid);
        a.inside().sign = sign;
        a.inside().keys = vec![public];
        sign_in(&providers, "a", &a).await.unwrap();
        clock.turn(60);
    }
}

#[tokio::test]
async fn a_key_that_the_provider_withdrew_is_forgotten_within_an_hour() {
    let (providers, a, clock) = world().await;
    sign_in(&providers, "a", &a).await.unwrap();
    a.inside().keys.remove(0);
    sign_in(&providers, "a", &a).await.unwrap();
    clock.turn(3600);
    bad_token(sign_in(&providers, "a", &a).await);
}

#[tokio::test]
async fn r_10_a_dead_provider_is_told_fast_hurts_no_other_and_may_come_back() {
    let clock = TestClock::new();
    let (dead, a) = (Provider::start(&clock).await, Provider::start(&clock).await);
    dead.inside().answers.insert("/.well-known/openid-configuration", (503, vec![], vec![]));
    let gone: Url = "http://127.0.0.1:1".parse().unwrap();
    let gone = config("gone", ProviderKind::Oidc { issuer: gone });
    let providers = providers(vec![oidc("dead", &dead), gone, oidc("a", &a)], &clock);
    providers.warm().await;
    for id in ["dead", "gone"] {
        let error = providers.begin(id, BeginOptions::default()).await.unwrap_err();
        assert!(error.public_message().contains("does not answer"));
        unavailable::<()>(Err(error));
    }
    assert_eq!(dead.hits("/.well-known/openid-configuration"), 2, "one retry, then a pause");
    sign_in(&providers, "a", &a).await.unwrap();
    dead.inside().answers.clear();
    clock.turn(3);
    sign_in(&providers, "dead", &dead).await.unwrap();
    dead.inside().answers.insert("/token", (500, vec![], b"{}".to_vec()));
    unavailable(sign_in(&providers, "dead", &dead).await);
}

#[tokio::test]
async fn r_10_a_silent_provider_is_unavailable_within_five_seconds_for_everybody() {
    let (providers, a, _) = world().await;
    a.inside().delay = Duration::from_mins(1);
    let started = tokio::time::Instant::now();
    let all = (0..20).map(|_| providers.begin("a", BeginOptions::default()));
    for result in futures_util::future::join_all(all).await {
        unavailable(result);
    }
    assert!(started.elapsed() < Duration::from_millis(5_500), "{:?}", started.elapsed());
}

#[tokio::test]
async fn oa_14_the_form_action_origins_are_known_after_warming_up() {
    let clock = TestClock::new();
    let a = Provider::start(&clock).await;
    a.inside().discovery["authorization_endpoint"] = "http://localhost:9999/authorize".into();
    let hub = config(
        "github",
        ProviderKind::GitHub {
            web: "https://github.com".parse().unwrap(),
            api: "https://api.github.com".parse().unwrap(),
        },
    );
    let providers = providers(vec![oidc("a", &a), hub, oidc("b", &a)], &clock);
    let issuer = a.url.origin().ascii_serialization();
    assert_eq!(providers.origins(), [issuer.as_str(), "https://github.com"]);
    providers.warm().await;
    assert_eq!(providers.origins(), [issuer.as_str(), "http://localhost:9999", "https://github.com"]);
    let list: Vec<_> = providers.list().map(|button| (button.id.as_str(), button.label)).collect();
    assert_eq!(list, [("a", "A"), ("github", "GITHUB"), ("b", "B")]);
}
