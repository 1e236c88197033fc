//! The door as a browser meets it, with the sample provider behind real redirects.

#![expect(clippy::unwrap_used, reason = "in a test's helpers too, what fails fails the test")]

mod refusals;
mod sessions;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use crate::{
    sample::{
        Person,
        idp::{Endpoint, Fault},
        people,
    },
    testing::{Door, World, query},
};

const MAREN: &str = "acme-0001";
const FATIMA: &str = "acme-0002";

/// The chain of the account that arrived last.
async fn newest_account(world: &World) -> uuid::Uuid {
    let mut connection = world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    sqlx::query_scalar("select account_id from identities order by last_used_at desc limit 1")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_first_sign_in_makes_an_account_its_personal_organization_and_a_session() {
    let door = World::with_idp().await;
    let accounts = door.count("select count(*) from accounts").await;
    let mut browser = door.browser();
    let seen = browser.sign_in("sample", MAREN, "/account?tab=1").await;
    assert_eq!((seen.status.as_u16(), seen.location()), (303, "/account?tab=1"), "{}", seen.body);
    assert_eq!(door.count("select count(*) from accounts").await, accounts + 1);

    let account = newest_account(&door.world).await;
    assert_eq!(door.world.events(account).await, ["account.created", "session.started"]);
    let personal = "select count(*) from orgs o join identities i on i.account_id = o.personal_account_id
                    where i.subject = 'acme-0001' and o.environment = 'personal'";
    assert_eq!(door.count(personal).await, 1);
    let page = browser.get("/account").await;
    assert!(page.body.contains("Maren Holt") && page.body.contains("maren.holt@acme.example"));
    assert!(page.body.contains(&browser.address), "the session's address is shown");

    let again = door.browser().sign_in("sample", MAREN, "/").await;
    assert_eq!(again.status, 303);
    assert_eq!(door.count("select count(*) from accounts").await, accounts + 1);
    assert_eq!(door.world.events(account).await, ["account.created", "session.started", "session.started"]);
}

#[tokio::test]
async fn two_first_sign_ins_of_one_person_at_once_make_one_account() {
    let door = World::with_idp().await;
    let accounts = door.count("select count(*) from accounts").await;
    let (mut one, mut other) = (door.browser(), door.browser());
    let (first, second) =
        tokio::join!(one.sign_in("sample", MAREN, "/"), other.sign_in("sample", MAREN, "/"));
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 303));
    assert_eq!(door.count("select count(*) from accounts").await, accounts + 1);
}

#[tokio::test]
async fn the_page_has_one_button_per_provider_and_lets_its_forms_go_there() {
    let door = World::with_idp().await;
    let page = door.browser().get("/sign-in?return_to=%2Forgs%2Facme-production").await;
    assert_eq!(page.status, 200);
    for part in [
        "action=\"/sign-in/sample\" method=\"post\"",
        "Sign in with Acme sample",
        "Sign in with Acme second",
        "name=\"return_to\" value=\"/orgs/acme-production\"",
        "localhost:8080",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains(&format!("form-action 'self' {} https://github.example;", door.issuer)),
        "{policy}"
    );
    assert!(!page.body.contains("name=\"switch\""));
    assert!(door.browser().get("/sign-in?switch=1").await.body.contains("name=\"switch\" value=\"1\""));

    let mut inside = door.browser();
    inside.sign_in("sample", MAREN, "/").await;
    let seen = inside.get("/sign-in?return_to=/orgs").await;
    assert_eq!((seen.status.as_u16(), seen.location()), (303, "/orgs"));
    assert_eq!(inside.get("/sign-in?switch=1").await.status, 200);
    let again = inside.get("/sign-in?prove=1&return_to=/orgs/new?kind=one").await;
    assert!(again.status == 200 && again.body.contains("Sign in again"), "{}", again.body);
    assert!(again.body.contains("name=\"prove\" value=\"1\""), "{}", again.body);
    assert_eq!(inside.get("/sign-in/sample").await.location(), "/sign-in");
}

#[tokio::test]
async fn without_a_provider_the_page_says_what_to_set() {
    let world = World::new().await;
    let page = world.get(None, "/sign-in").await;
    assert!(page.status == 200 && page.body.contains("CORDON_OIDC_ISSUER"), "{}", page.body);
    assert!(!page.body.contains("<button class=\"btn btn-wide"));
}

/// One start, as far as a browser and the database see it.
async fn begin(door: &Door, provider: &str) -> (String, HashMap<String, String>) {
    let mut browser = door.browser();
    let seen = browser.post(&format!("/sign-in/{provider}"), &[("return_to", "/")]).await;
    assert_eq!(seen.status, 303, "{}", seen.body);
    let lines: Vec<&str> =
        seen.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = *lines.first().unwrap();
    let mut parts: Vec<&str> = line.split("; ").skip(1).collect();
    parts.retain(|part| !part.starts_with("Max-Age=") && !part.starts_with("Expires="));
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"], "{lines:?}");
    assert!(line.starts_with("__Host-cordon=") && line.len() < 4096);
    (browser.cookie.unwrap(), query(seen.location()))
}

/// OA-1.
#[tokio::test]
async fn a_thousand_starts_per_provider_ask_for_a_code_with_secrets_that_never_repeat() {
    const STARTS: usize = 1_000;
    let door = World::with_idp_at("https://cordon.acme.example").await;
    let mut seen = HashSet::new();
    for (provider, scopes) in [
        ("sample", vec!["email", "openid", "profile"]),
        ("second", vec!["email", "openid", "profile"]),
        ("github", vec!["read:user", "user:email"]),
    ] {
        for _ in 0..STARTS {
            let (cookie, asked) = begin(&door, provider).await;
            assert!(seen.insert(cookie), "a cookie came twice");
            assert_eq!(asked["response_type"], "code");
            assert_eq!(
                asked["redirect_uri"],
                format!("https://cordon.acme.example/sign-in/{provider}/callback")
            );
            assert_eq!(asked["code_challenge_method"], "S256");
            let mut asked_for: Vec<&str> = asked["scope"].split(' ').collect();
            asked_for.sort_unstable();
            assert_eq!(asked_for, scopes);
            assert_eq!(asked.contains_key("nonce"), provider != "github");
            assert!(!asked.contains_key("prompt"));
            for secret in ["state", "nonce", "code_challenge"] {
                let Some(value) = asked.get(secret) else { continue };
                assert!(value.len() >= 43, "{secret} has less than 256 bits");
                assert!(seen.insert(value.clone()), "{secret} came twice");
            }
        }
    }
    // What never leaves the server does not repeat either.
    for secret in ["state", "nonce", "verifier"] {
        let distinct = format!("select count(distinct data -> 'pending' ->> '{secret}') from sessions");
        assert_eq!(door.count(distinct.leak()).await, 3 * i64::try_from(STARTS).unwrap(), "{secret}");
    }
    let proving = door.browser().post("/sign-in/sample", &[("return_to", "/"), ("prove", "1")]).await;
    let asked = query(proving.location());
    assert_eq!((asked["prompt"].as_str(), asked["max_age"].as_str()), ("login", "60"));
    let switched = door.browser().post("/sign-in/sample", &[("return_to", "/"), ("switch", "1")]).await;
    assert_eq!(query(switched.location())["prompt"], "select_account");
}

#[tokio::test]
async fn a_provider_that_was_away_at_the_start_stands_in_the_policy_soon_after() {
    let door = World::with_idp().await;
    let elsewhere = serde_json::json!("http://127.0.0.2:9/authorize");
    door.idp.faults().inject(Fault::Metadata("authorization_endpoint", Some(elsewhere)));
    door.idp.faults().inject(Fault::Status(Endpoint::Discovery, http::StatusCode::SERVICE_UNAVAILABLE));
    tokio::spawn(door.world.app.providers.clone().keep_warm(Duration::from_millis(50)));
    let names = async || {
        let page = door.browser().get("/sign-in").await;
        page.headers["content-security-policy"].to_str().unwrap().contains("http://127.0.0.2:9")
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!names().await, "nobody can know yet");
    door.idp.faults().clear();
    let elsewhere = serde_json::json!("http://127.0.0.2:9/authorize");
    door.idp.faults().inject(Fault::Metadata("authorization_endpoint", Some(elsewhere)));
    for _ in 0..100 {
        // The time between two tries, by the application's clock.
        door.forward(60);
        if names().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(names().await, "the policy names the provider without a restart");
}

#[tokio::test]
async fn a_changed_address_is_still_the_same_person_and_never_somebody_else() {
    let door = World::with_idp().await;
    door.browser().sign_in("sample", MAREN, "/").await;
    door.browser().sign_in("sample", FATIMA, "/").await;
    let accounts = door.count("select count(*) from accounts").await;
    let maren = "select count(distinct account_id) from identities where subject = 'acme-0001'";
    let mut changed = people();
    changed[0] = Person::new(MAREN, "Fatima El-Amin", "fatima.elamin@acme.example");
    door.idp.set_people(changed);

    let mut browser = door.browser();
    assert_eq!(browser.sign_in("sample", MAREN, "/").await.status, 303);
    assert_eq!(door.count("select count(*) from accounts").await, accounts);
    assert_eq!(door.count(maren).await, 1);
    let page = browser.get("/account").await;
    assert!(page.body.contains("Maren Holt"), "the account keeps its own name");

    // The same verified address at another provider is another person until they say otherwise.
    assert_eq!(door.browser().sign_in("second", FATIMA, "/").await.status, 303);
    assert_eq!(door.count("select count(*) from accounts").await, accounts + 1);
}

#[tokio::test]
async fn an_address_that_nobody_vouches_for_signs_in_and_says_so() {
    let door = World::with_idp().await;
    for (value, subject) in [
        (Some(serde_json::json!(false)), MAREN),
        (None, FATIMA),
        (Some(serde_json::json!("true")), "acme-0003"),
    ] {
        door.idp.faults().inject(Fault::UserInfo("email_verified", value.clone()));
        let mut browser = door.browser();
        assert_eq!(browser.sign_in("sample", subject, "/").await.status, 303, "{value:?}");
        let page = browser.get("/account").await;
        assert!(page.body.contains("Not verified") && !page.body.contains(">Verified<"), "{value:?}");
        door.idp.faults().clear();
    }
    let verified = "select count(*) from identities where provider = 'sample' and email_verified";
    assert_eq!(door.count(verified).await, 0);
}

#[tokio::test]
async fn no_way_back_leaves_the_site() {
    let door = World::with_idp().await;
    let long = format!("/{}", "a".repeat(5 * 1024));
    for path in [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "http://localhost:8080.evil.example/",
        "/%5cevil.example",
        "/%09/evil.example",
        "/x\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "data:text/html,x",
        "@evil.example",
        &long,
    ] {
        let mut browser = door.browser();
        let seen = browser.sign_in("sample", MAREN, path).await;
        assert_eq!((seen.status.as_u16(), seen.location()), (303, "/"), "{path:?}");
        let encoded: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        if path.len() < 1024 {
            let inside = browser.get(&format!("/sign-in?return_to={encoded}")).await;
            assert_eq!((inside.status.as_u16(), inside.location()), (303, "/"), "{path:?}");
        }
        let out = browser.post("/sign-out", &[("return_to", path)]).await;
        assert_eq!((out.status.as_u16(), out.location()), (303, "/sign-in"), "{path:?}");
    }
}
