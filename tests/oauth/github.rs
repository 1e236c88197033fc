//! GitHub's own ways.
//!
//! What may not happen here: an address taken for an identity.

use cordon::auth::oauth::{CallbackQuery, Mismatch};
use serde_json::json;

use super::{SECRET, bad_token, begin, github_world, mismatch, sign_in, unavailable, yes};

#[tokio::test]
async fn github_signs_in_by_numeric_id_with_the_primary_address() {
    let (providers, hub, _) = github_world().await;
    let cases = [
        (
            json!([{"email": "a@x.example", "primary": false, "verified": true}, {"email": "ada@x.example", "primary": true, "verified": true}]),
            Some(("ada@x.example", true)),
        ),
        (
            json!([{"email": "a@x.example", "primary": false, "verified": true}, {"email": "ada@x.example", "primary": true, "verified": false}]),
            Some(("ada@x.example", false)),
        ),
        (json!([{"email": "a@x.example", "primary": false, "verified": true}]), Some(("a@x.example", false))),
        (json!([]), None),
    ];
    for (emails, expected) in cases {
        hub.inside().github_emails = emails;
        let who = sign_in(&providers, "github", &hub).await.unwrap();
        assert_eq!((who.subject.as_str(), who.name.as_deref()), ("42", Some("Ada Holt")));
        assert_eq!(who.email.as_ref().map(|email| (email.address.as_str(), email.verified)), expected);
    }
    hub.inside().github_user = json!({"id": 42, "login": "victim", "name": null});
    hub.inside().answers.insert("/user/emails", (404, vec![], b"{}".to_vec()));
    let who = sign_in(&providers, "github", &hub).await.unwrap();
    assert_eq!((who.subject.as_str(), who.name.as_deref(), who.email), ("42", Some("victim"), None));
    assert_eq!(hub.inside().last_token_request.1["client_secret"], SECRET);
}

#[tokio::test]
async fn github_errors_with_status_200_are_errors() {
    let (providers, hub, _) = github_world().await;
    let (start, pending) = begin(&providers, "github").await;
    let answer = CallbackQuery { code: Some("stale".to_owned()), ..yes(&hub, &start) };
    let error = providers.finish("github", pending, answer).await.unwrap_err();
    assert_eq!(error.log_reason(), "GITHUB refused: bad_verification_code (no such code)");
    assert_eq!(
        error.public_message(),
        "GITHUB did not let you in: this answer was used before or is too old."
    );
}

#[tokio::test]
async fn github_person_data_that_makes_no_sense_is_refused() {
    let (providers, hub, _) = github_world().await;
    for user in [
        json!({"login": "ada"}),
        json!({"id": "42", "login": "ada"}),
        json!({"id": 0, "login": "x"}),
        json!([]),
    ] {
        hub.inside().github_user = user;
        bad_token(sign_in(&providers, "github", &hub).await);
    }
    hub.inside().answers.insert("/user", (502, vec![], vec![]));
    unavailable(sign_in(&providers, "github", &hub).await);
    let (start, pending) = begin(&providers, "github").await;
    let mut answer = yes(&hub, &start);
    answer.state = None;
    assert_eq!(mismatch(providers.finish("github", pending, answer).await), Mismatch::State);
}
