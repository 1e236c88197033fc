//! Answers that sign nobody in.

use std::time::{Duration, Instant};

use http::Method;

use super::MAREN;
use crate::{
    sample::idp::{Endpoint, Fault},
    testing::World,
};

const FOREIGN: &str = "this answer does not belong to a sign-in that you started in this browser";

#[tokio::test]
async fn an_answer_works_only_in_the_browser_that_asked() {
    let door = World::with_idp().await;
    let mut victim = door.browser();
    let page = victim.start("sample", "/").await;
    let callback = victim.pick(&page, MAREN).await;

    let bare = door.browser().get(&callback).await;
    assert!(bare.status == 400 && bare.body.contains(FOREIGN), "{}", bare.body);
    let mut attacker = door.browser();
    attacker.start("sample", "/").await;
    let stolen = attacker.get(&callback).await;
    assert!(stolen.status == 400 && stolen.body.contains(FOREIGN), "{}", stolen.body);
    assert!(stolen.body.contains("href=\"/sign-in\">Try again"));
    assert_eq!(door.idp.calls().count(&Endpoint::Token), 0);
    assert_eq!(door.count("select count(*) from sessions where provider = 'sample'").await, 0);
    // Another provider's callback is another transaction's.
    let crossed = callback.replace("/sign-in/sample/", "/sign-in/second/");
    assert_eq!(victim.get(&crossed).await.status, 400);
    assert_eq!(door.idp.calls().count(&Endpoint::Token), 0);
}

#[tokio::test]
async fn an_answer_works_once() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    let page = browser.start("sample", "/").await;
    let before = browser.clone();
    let callback = browser.pick(&page, MAREN).await;
    assert_eq!(browser.get(&callback).await.status, 303);
    assert_eq!(browser.get(&callback).await.status, 400);
    assert_eq!(before.clone().get(&callback).await.status, 400);
    assert_eq!(browser.get("/account").await.status, 200, "a refused answer ends nothing");
    assert_eq!(door.idp.calls().count(&Endpoint::Token), 1);
}

#[tokio::test]
async fn of_twenty_identical_answers_at_once_one_is_taken() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    let page = browser.start("sample", "/").await;
    let callback = browser.pick(&page, MAREN).await;
    let answers = (0..20).map(|_| {
        let mut copy = door.browser();
        copy.cookie.clone_from(&browser.cookie);
        let callback = callback.clone();
        async move { copy.get(&callback).await.status.as_u16() }
    });
    let mut statuses = futures_util::future::join_all(answers).await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[19]), (303, 400));
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 19);
    assert_eq!(door.idp.calls().count(&Endpoint::Token), 1);
    assert_eq!(door.count("select count(*) from sessions where provider = 'sample'").await, 1);
}

#[tokio::test]
async fn an_answer_eleven_minutes_later_is_too_late() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    let page = browser.start("sample", "/orgs").await;
    door.forward(660);
    let callback = browser.pick(&page, MAREN).await;
    let seen = browser.get(&callback).await;
    assert!(seen.status == 400 && seen.body.contains("more than 10 minutes"), "{}", seen.body);
    assert!(seen.body.contains("href=\"/sign-in?return_to=%2Forgs\""), "{}", seen.body);
    assert_eq!(door.idp.calls().count(&Endpoint::Token), 0);
}

#[tokio::test]
async fn an_answer_of_another_issuer_or_of_none_is_refused_before_the_code_is_used() {
    let door = World::with_idp().await;
    for issuer in [Some("http://other.localhost".to_owned()), None] {
        door.idp.faults().inject(Fault::CallbackIssuer(issuer.clone()));
        let seen = door.browser().sign_in("sample", MAREN, "/").await;
        assert_eq!(seen.status, 400, "{issuer:?}");
        door.idp.faults().clear();
    }
    assert_eq!(door.idp.calls().count(&Endpoint::Token), 0);
}

#[tokio::test]
async fn a_forged_token_makes_nobody_and_an_honest_one_works_after() {
    let door = World::with_idp().await;
    let accounts = door.count("select count(*) from accounts").await;
    let huge: &'static str = "a".repeat(300).leak();
    let mut browser = door.browser();
    for fault in [
        Fault::Unsigned,
        Fault::SharedSecret,
        Fault::BadSignature,
        Fault::wrong_issuer(),
        Fault::wrong_audience(),
        Fault::extra_audience("cordon"),
        Fault::wrong_nonce(),
        Fault::no_nonce(),
        Fault::Expired,
        Fault::IssuedInFuture,
        Fault::subject(None),
        Fault::subject(Some("")),
        Fault::subject(Some("a\0b")),
        Fault::subject(Some(huge)),
        Fault::wrong_access_token_hash(),
    ] {
        door.idp.faults().inject(fault.clone());
        let seen = door.browser().sign_in("sample", MAREN, "/").await;
        assert!(seen.status == 400 && seen.body.contains("does not pass our checks"), "{fault:?}");
        door.idp.faults().clear();
    }
    assert_eq!(door.count("select count(*) from accounts").await, accounts);
    assert_eq!(door.count("select count(*) from identities where provider = 'sample'").await, 0);
    assert_eq!(browser.sign_in("sample", MAREN, "/").await.status, 303);
}

#[tokio::test]
async fn a_providers_words_do_not_reach_the_page() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    browser.start("sample", "/").await;
    let state = "x";
    let path = format!(
        "/sign-in/sample/callback?state={state}&error=%3Cscript%3E&error_description=%3Cscript%3Ealert(1)%3C/script%3E%0d%0aX-Injected:1"
    );
    let seen = browser.get(&path).await;
    assert_eq!(seen.status, 400);

    let page = browser.start("sample", "/").await;
    let state = crate::testing::query(page.as_str())["state"].clone();
    let issuer: String = url::form_urlencoded::byte_serialize(door.issuer.as_bytes()).collect();
    let told =
        "error=access_denied&error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E%0D%0AX-Injected%3A%201";
    let seen = browser.get(&format!("/sign-in/sample/callback?state={state}&iss={issuer}&{told}")).await;
    assert_eq!(seen.status, 400);
    assert!(seen.body.contains("Acme sample did not let you in: you closed its page."), "{}", seen.body);
    assert!(!seen.body.contains("alert(1)") && !seen.headers.contains_key("x-injected"));
    assert!(!seen.body.contains("X-Injected"));
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_within_six_seconds_and_ends_no_session() {
    let door = World::with_idp().await;
    let mut inside = door.browser();
    inside.sign_in("sample", MAREN, "/").await;
    // A second world of the same provider would ask it anew; what is known stays known for an hour.
    door.forward(3700);
    door.idp.faults().inject(Fault::Hang(Endpoint::Discovery, Duration::from_secs(30)));
    let began = Instant::now();
    let seen = door.browser().post("/sign-in/sample", &[("return_to", "/orgs")]).await;
    assert_eq!(seen.status, 503);
    assert!(seen.body.contains("Acme sample does not answer"), "{}", seen.body);
    assert!(seen.headers.contains_key("retry-after"));
    assert!(began.elapsed() < Duration::from_secs(6));
    assert_eq!(inside.get("/account").await.status, 200);

    door.close().await;
    let seen = door.browser().post("/sign-in/second", &[]).await;
    assert_eq!(seen.status, 503);
    assert_eq!(inside.get("/account").await.status, 200);
}

#[tokio::test]
async fn a_provider_that_fails_in_the_middle_is_a_refusal_and_the_answer_is_spent() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    let page = browser.start("sample", "/").await;
    let callback = browser.pick(&page, MAREN).await;
    door.idp.faults().inject(Fault::Status(Endpoint::Token, axum::http::StatusCode::INTERNAL_SERVER_ERROR));
    assert_eq!(browser.get(&callback).await.status, 400);
    door.idp.faults().clear();
    assert_eq!(browser.get(&callback).await.status, 400);
}

#[tokio::test]
async fn an_unknown_provider_is_not_found() {
    let door = World::with_idp().await;
    assert_eq!(door.browser().post("/sign-in/nowhere", &[]).await.status, 404);
    assert_eq!(door.browser().get("/sign-in/nowhere/callback?state=x").await.status, 400);
    assert_eq!(door.browser().get("/sign-in/sample/callback?state=a&state=b").await.status, 400);
}

#[tokio::test]
async fn another_site_cannot_start_a_sign_in() {
    let door = World::with_idp().await;
    for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("x-nothing", "x")] {
        let mut browser = door.browser();
        let seen = browser.send(Method::POST, "/sign-in/sample", Some(&[]), &[header]).await;
        assert_eq!(seen.status, 403, "{header:?}");
        assert_eq!(browser.cookie, None);
    }
    assert_eq!(door.count("select count(*) from sessions where account_id is null").await, 0);
}

#[tokio::test]
async fn thirty_starts_and_ten_failures_a_minute_are_enough_for_one_address() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    let (began, mut starts) = (Instant::now(), 0);
    let refused = loop {
        let seen = browser.post("/sign-in/sample", &[]).await;
        if seen.status != 303 {
            break seen;
        }
        starts += 1;
    };
    // One more is allowed for every two seconds that the test itself took.
    assert!((30..=31 + began.elapsed().as_secs() / 2).contains(&starts), "{starts}");
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    door.browser().start("sample", "/").await;
    door.forward(3);
    browser.start("sample", "/").await;

    let mut browser = door.browser();
    let (began, mut failures) = (Instant::now(), 0);
    while browser.get("/sign-in/sample/callback?state=x").await.status == 400 {
        failures += 1;
    }
    assert!((10..=11 + began.elapsed().as_secs() / 6).contains(&failures), "{failures}");
    assert_eq!(browser.get("/sign-in/sample/callback?state=x").await.status, 429);
    assert_eq!(browser.sign_in("sample", MAREN, "/").await.status, 303, "who succeeds is not held back");
}
