//! What ID tokens and userinfo may say and what may not pass.
//!
//! What may not happen here: a token that the provider module did not sign.

use cordon::auth::oauth::{BeginOptions, OAuthError, Prompt};
use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use serde_json::{Value, json};

use super::{
    Change, SECRET, bad_token, param,
    provider::{Sign, ec, ed},
    sign_in, unavailable, world, yes,
};

#[tokio::test]
async fn oa_7_bad_claims_are_refused_and_then_a_good_sign_in_works() {
    let (providers, a, _) = world().await;
    let cases: [(&str, Change); 27] = [
        ("iss", |c| c["iss"] = "https://evil.example".into()),
        ("iss", |c| c["iss"] = format!("{}/", c["iss"].as_str().unwrap()).into()),
        ("read", |c| c["iss"] = Value::Null),
        ("aud", |c| c["aud"] = "another".into()),
        ("aud", |c| c["aud"] = json!([])),
        ("azp", |c| c["aud"] = json!(["cordon-a", "another"])),
        ("azp", |c| (c["aud"], c["azp"]) = (json!(["cordon-a", "another"]), "another".into())),
        ("azp", |c| c["azp"] = "another".into()),
        ("xpired", |c| c["exp"] = (c["iat"].as_i64().unwrap() - 61).into()),
        ("read", |c| c["exp"] = json!(1e300)),
        ("read", |c| c["exp"] = Value::Null),
        ("future", |c| c["iat"] = (c["iat"].as_i64().unwrap() + 61).into()),
        ("read", |c| c["iat"] = Value::Null),
        ("not valid yet", |c| c["nbf"] = (c["iat"].as_i64().unwrap() + 61).into()),
        ("payload", |c| c["nbf"] = "soon".into()),
        ("auth_time", |c| c["auth_time"] = (c["iat"].as_i64().unwrap() + 61).into()),
        ("nonce", |c| c["nonce"] = Value::Null),
        ("nonce", |c| c["nonce"] = "another".into()),
        ("nonce", |c| c["nonce"] = "".into()),
        ("at_hash", |c| c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA".into()),
        ("at_hash", |c| c["at_hash"] = "".into()),
        ("read", |c| c["sub"] = Value::Null),
        ("read", |c| c["sub"] = 7.into()),
        ("sub", |c| c["sub"] = "".into()),
        ("sub", |c| c["sub"] = "x".repeat(256).into()),
        ("sub", |c| c["sub"] = "ada\0".into()),
        ("sub", |c| c["sub"] = "ada\n".into()),
    ];
    for (number, (word, change)) in cases.into_iter().enumerate() {
        a.claims(change);
        let reason = bad_token(sign_in(&providers, "a", &a).await);
        assert!(reason.contains(word), "case {number}: {reason:?} does not speak of {word:?}");
        assert!(
            !reason.contains("evil") && !reason.contains("another.") && !reason.contains(char::is_control)
        );
    }
    assert_eq!(a.hits("/jwks"), 1, "a bad claim does not make us ask for keys");
    a.claims(|_| ());
    sign_in(&providers, "a", &a).await.unwrap();
}

#[tokio::test]
async fn oa_7_odd_but_honest_claims_are_accepted() {
    let (providers, a, _) = world().await;
    let cases: [Change; 8] = [
        |c| c["aud"] = json!(["cordon-a"]),
        |c| (c["aud"], c["azp"]) = (json!(["another", "cordon-a"]), "cordon-a".into()),
        |c| c["exp"] = (c["iat"].as_i64().unwrap() - 59).into(),
        |c| c["iat"] = (c["iat"].as_i64().unwrap() + 60).into(),
        |c| c["nbf"] = (c["iat"].as_i64().unwrap() + 60).into(),
        |c| c["at_hash"] = "right".into(),
        |c| c["sub"] = "x".repeat(255).into(),
        |c| c["groups"] = json!([{"deep": [1, 2, 3]}]),
    ];
    for (number, change) in cases.into_iter().enumerate() {
        a.claims(change);
        sign_in(&providers, "a", &a).await.unwrap_or_else(|error| panic!("case {number}: {error}"));
    }
}

#[tokio::test]
async fn oa_7_the_pinned_algorithms_work_and_no_others() {
    let (providers, a, clock) = world().await;
    a.claims(|claims| claims["at_hash"] = "right".into());
    let (es256, public) = ec();
    a.inside().keys.push(public);
    for sign in [Sign::Rsa(Alg::RsaSsaPkcs1V15Sha256), Sign::Rsa(Alg::RsaSsaPssSha256), es256] {
        a.inside().sign = sign;
        sign_in(&providers, "a", &a).await.unwrap();
    }
    a.claims(|_| ());
    let public = a.inside().keys[1]["n"].as_str().unwrap().to_owned();
    let pem = include_bytes!("not-a-secret.pem").to_vec();
    for sign in [
        Sign::None,
        Sign::Hmac(public.into_bytes()),
        Sign::Hmac(SECRET.as_bytes().to_vec()),
        Sign::Hmac(pem),
        Sign::Rsa(Alg::RsaSsaPkcs1V15Sha512),
        Sign::Rsa(Alg::RsaSsaPssSha384),
    ] {
        a.inside().sign = sign;
        let reason = bad_token(sign_in(&providers, "a", &a).await);
        assert!(reason.contains("signature"), "{reason}");
    }
    assert_eq!(a.hits("/jwks"), 1);
    // The right key's name on another key's signature, and a name that nobody knows.
    for kid in ["ed-1", "unknown"] {
        a.inside().sign = Sign::Forged(kid.to_owned());
        bad_token(sign_in(&providers, "a", &a).await);
        clock.turn(60);
    }
    let (good, public) = ed("ed-2");
    a.inside().sign = good;
    a.inside().keys = vec![public];
    sign_in(&providers, "a", &a).await.unwrap();
}

#[tokio::test]
async fn oa_7_strange_headers_and_garbage_are_refused() {
    let (providers, a, _) = world().await;
    let headers: [Change; 6] = [
        |h| h["alg"] = "XS999".into(),
        |h| h["alg"] = "RS256".into(),
        |h| h["crit"] = json!(["b64"]),
        |h| h["cty"] = "JWT".into(),
        |h| h["typ"] = "at+jwt".into(),
        |h| (h["alg"], h["enc"]) = ("RSA-OAEP".into(), "A128GCM".into()),
    ];
    for (number, change) in headers.into_iter().enumerate() {
        a.inside().header = Box::new(change);
        let result = sign_in(&providers, "a", &a).await;
        assert!(matches!(result, Err(OAuthError::BadToken { .. })), "header {number}: {result:?}");
    }
    a.inside().header = Box::new(|_| ());
    for body in [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        json!({"access_token": "x", "token_type": "bearer"}).to_string(),
        json!({"access_token": "x", "token_type": "bearer", "id_token": "a.b.c"}).to_string(),
        json!({"access_token": "x", "token_type": "bearer", "id_token": "é"}).to_string(),
        json!({"access_token": "x", "token_type": "bearer", "id_token": ""}).to_string(),
    ] {
        a.inside()
            .answers
            .insert("/token", (200, vec![("content-type", "application/json".into())], body.into()));
        bad_token(sign_in(&providers, "a", &a).await);
    }
}

#[tokio::test]
async fn oa_10_the_subject_alone_says_who_it_is() {
    let (providers, a, _) = world().await;
    let before = sign_in(&providers, "a", &a).await.unwrap();
    a.claims(|claims| (claims["email"], claims["name"]) = ("victim@acme.example".into(), "Victim".into()));
    let after = sign_in(&providers, "a", &a).await.unwrap();
    assert_eq!((before.provider, before.subject), (after.provider, after.subject));
}

#[tokio::test]
async fn oa_11_only_the_boolean_true_verifies_an_address() {
    let (providers, a, _) = world().await;
    let cases: [(Change, bool); 5] = [
        (|c| c["email_verified"] = true.into(), true),
        (|c| c["email_verified"] = false.into(), false),
        (|c| c["email_verified"] = "true".into(), false),
        (|c| c["email_verified"] = Value::Null, false),
        (|c| _ = c.as_object_mut().unwrap().remove("email_verified"), false),
    ];
    for (change, verified) in cases {
        a.claims(change);
        let email = sign_in(&providers, "a", &a).await.unwrap().email.unwrap();
        assert_eq!((email.address.as_str(), email.verified), ("ada@acme.example", verified));
    }
}

#[tokio::test]
async fn an_address_that_is_not_in_the_token_comes_from_userinfo() {
    let (providers, a, _) = world().await;
    a.claims(|claims| claims["email"] = Value::Null);
    for (verified, expected) in
        [(json!(true), true), (json!("true"), false), (json!(1), false), (Value::Null, false)]
    {
        a.inside().userinfo =
            json!({"sub": "ada-1", "email": "ada@acme.example", "email_verified": verified});
        assert_eq!(sign_in(&providers, "a", &a).await.unwrap().email.unwrap().verified, expected);
    }
    a.inside().userinfo = json!({"sub": "ada-1"});
    assert_eq!(sign_in(&providers, "a", &a).await.unwrap().email, None);
    a.inside().userinfo =
        json!({"sub": "someone-else", "email": "victim@acme.example", "email_verified": true});
    assert!(bad_token(sign_in(&providers, "a", &a).await).contains("another sub"));
    a.inside().userinfo = json!("x");
    bad_token(sign_in(&providers, "a", &a).await);
    a.inside().answers.insert("/userinfo", (503, vec![], vec![]));
    unavailable(sign_in(&providers, "a", &a).await);
}

#[tokio::test]
async fn an_access_token_with_a_line_break_is_refused_without_a_request() {
    let (providers, a, _) = world().await;
    a.claims(|claims| claims["email"] = Value::Null);
    a.inside().access_token = "x\r\nHost: evil.example".to_owned();
    bad_token(sign_in(&providers, "a", &a).await);
    assert_eq!(a.hits("/userinfo"), 0);
}

#[tokio::test]
async fn a_fresh_proof_is_asked_for_and_checked() {
    let (providers, a, _) = world().await;
    for (auth_time, good) in [(Some(-360), true), (Some(-361), false), (None, false)] {
        a.claims(move |claims| {
            let now = claims["iat"].as_i64().unwrap();
            claims["auth_time"] = auth_time.map_or(Value::Null, |offset: i64| (now + offset).into());
        });
        let options =
            BeginOptions { prompt: Some(Prompt::Login), max_age: Some(300), ..BeginOptions::default() };
        let (start, pending) = providers.begin("a", options).await.unwrap();
        assert_eq!(param(&start, "prompt").as_deref(), Some("login"));
        assert_eq!(param(&start, "max_age").as_deref(), Some("300"));
        let stored = serde_json::to_value(&pending).unwrap();
        let result = providers.finish("a", serde_json::from_value(stored).unwrap(), yes(&a, &start)).await;
        assert_eq!(result.is_ok(), good, "{auth_time:?}: {result:?}");
    }
}
