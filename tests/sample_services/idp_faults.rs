//! The provider when it misbehaves: every fault is one a careful client notices.

use std::time::{Duration, Instant};

use cordon::sample::idp::{Endpoint, Fault};
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    idp::{CLIENT, World},
    location, query,
};

const MAREN: &str = "acme-0001";

#[tokio::test]
async fn every_forged_id_token_is_refused_and_an_honest_one_works_after() {
    let world = World::new().await;
    for (fault, expected) in [
        (Fault::Unsigned, "NoSignature"),
        (Fault::SharedSecret, "DisallowedAlg"),
        (Fault::BadSignature, "CryptoError"),
        (Fault::UnknownKey, "NoMatchingKey"),
        (Fault::wrong_issuer(), "InvalidIssuer"),
        (Fault::wrong_audience(), "InvalidAudience"),
        (Fault::extra_audience(CLIENT), "InvalidAudience"),
        (Fault::wrong_nonce(), "InvalidNonce"),
        (Fault::no_nonce(), "InvalidNonce"),
        (Fault::Expired, "Expired"),
        (Fault::IssuedInFuture, "issued in the future"),
        (Fault::subject(None), "Parse"),
        (Fault::wrong_access_token_hash(), "at_hash"),
    ] {
        world.idp.faults().inject(fault.clone());
        let refusal = world.sign_in(MAREN).await.unwrap_err();
        assert!(refusal.contains(expected), "{fault:?}: {refusal}");
        world.idp.faults().clear();
    }
    world.sign_in(MAREN).await.unwrap();
}

#[tokio::test]
async fn odd_subjects_arrive_as_they_are() {
    let world = World::new().await;
    let huge = "a".repeat(300);
    for subject in ["", "a\0b", &huge] {
        world.idp.faults().inject(Fault::subject(Some(subject)));
        world.idp.faults().inject(Fault::UserInfo("sub", Some(json!(subject))));
        let (claims, _) = world.sign_in(MAREN).await.unwrap();
        assert_eq!(claims.subject().as_str(), subject);
        world.idp.faults().clear();
    }
}

#[tokio::test]
async fn userinfo_of_somebody_else_is_refused() {
    let world = World::new().await;
    world.idp.faults().inject(Fault::UserInfo("sub", Some(json!("acme-0002"))));
    assert!(world.sign_in(MAREN).await.is_err());
    world.idp.faults().clear();
    world.idp.faults().inject(Fault::UserInfo("email_verified", None));
    assert_eq!(world.sign_in(MAREN).await.unwrap().1.email_verified(), None);
}

#[tokio::test]
async fn a_new_key_needs_a_new_look_at_the_keys() {
    let world = World::new().await;
    let trip = world.start().await;
    let code = world.code(&trip, MAREN).await;
    world.idp.rotate_key().unwrap();
    let (tokens, client, nonce) = world.trade(trip, code).await.unwrap();
    let stale = tokens.extra_fields().id_token().unwrap().claims(&client.id_token_verifier(), &nonce);
    assert!(stale.is_err());
    world.sign_in(MAREN).await.unwrap();
}

#[tokio::test]
async fn a_discovery_document_that_lies_or_never_ends_is_refused() {
    let world = World::new().await;
    for (fault, expected) in [
        (Fault::other_issuer_in_discovery(), "unexpected issuer"),
        (Fault::huge_discovery(), "TooLarge"),
        (Fault::Metadata("jwks_uri", None), "jwks_uri"),
        (Fault::Status(Endpoint::Discovery, StatusCode::INTERNAL_SERVER_ERROR), "500"),
        (Fault::Status(Endpoint::Keys, StatusCode::INTERNAL_SERVER_ERROR), "500"),
    ] {
        world.idp.faults().inject(fault.clone());
        let refusal = world.discover().await.unwrap_err();
        assert!(refusal.contains(expected), "{fault:?}: {refusal}");
        world.idp.faults().clear();
    }
    world.discover().await.unwrap();
}

#[tokio::test]
async fn the_token_endpoint_redirects_refuses_and_fails() {
    let world = World::new().await;
    let elsewhere = format!("{}/elsewhere", world.issuer);
    for fault in [
        Fault::TokenRedirect(StatusCode::TEMPORARY_REDIRECT, elsewhere),
        Fault::TokenError("<script>".into(), "<script>alert(1)</script>".into()),
        Fault::Status(Endpoint::Token, StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        world.idp.calls().reset();
        world.idp.faults().inject(fault.clone());
        assert!(world.sign_in(MAREN).await.is_err(), "{fault:?}");
        assert_eq!(world.idp.calls().count(&Endpoint::Token), 1);
        world.idp.faults().clear();
    }
}

#[tokio::test]
async fn the_callback_carries_a_script_or_another_issuer() {
    let world = World::new().await;
    let trip = world.start().await;
    world.idp.faults().inject(Fault::script_in_error());
    let answer = world.http.get(trip.address.clone()).send().await.unwrap();
    assert!(!answer.headers().contains_key("x-injected"));
    let callback = query(&location(&answer));
    assert!(callback["error"].contains("<script>") && callback["error_description"].contains("\r\n"));
    world.idp.faults().clear();
    world.idp.faults().inject(Fault::CallbackIssuer(Some("http://other.localhost".into())));
    assert_eq!(query(&location(&world.pick(&trip, MAREN).await))["iss"], "http://other.localhost");
    world.idp.faults().clear();
    world.idp.faults().inject(Fault::CallbackIssuer(None));
    assert!(!query(&location(&world.pick(&trip, MAREN).await)).contains_key("iss"));
}

#[tokio::test]
async fn an_endpoint_hangs_as_long_as_it_is_told() {
    let world = World::new().await;
    world.idp.faults().inject(Fault::Hang(Endpoint::Keys, Duration::from_millis(300)));
    let before = Instant::now();
    world.discover().await.unwrap();
    assert!(before.elapsed() >= Duration::from_millis(300));
}
