//! The door as a browser meets it, with the sample provider behind real redirects.

#![expect(clippy::unwrap_used, reason = "in a test's helpers too, what fails fails the test")]

mod refusals;
mod sessions;

use crate::{
    sample::{Person, idp::Fault, people},
    testing::{World, query},
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
    assert!(policy.contains(&format!("form-action 'self' {};", door.issuer)), "{policy}");
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

#[tokio::test]
async fn a_start_asks_for_a_code_with_fresh_secrets_and_for_no_more_than_a_name_and_an_address() {
    let door = World::with_idp().await;
    let mut seen = std::collections::HashSet::new();
    for provider in ["sample", "second"].repeat(20) {
        let page = door.browser().start(provider, "/").await;
        let asked = query(page.as_str());
        let callback = format!("http://localhost:8080/sign-in/{provider}/callback");
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["redirect_uri"], callback);
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut scopes: Vec<&str> = asked["scope"].split(' ').collect();
        scopes.sort_unstable();
        assert_eq!(scopes, ["email", "openid", "profile"]);
        for secret in ["state", "nonce", "code_challenge"] {
            assert!(asked[secret].len() >= 22, "{secret}");
            assert!(seen.insert(asked[secret].clone()), "{secret} came twice");
        }
        assert!(!asked.contains_key("prompt"));
    }
    let proving = door.browser().post("/sign-in/sample", &[("return_to", "/"), ("prove", "1")]).await;
    let asked = query(proving.location());
    assert_eq!((asked["prompt"].as_str(), asked["max_age"].as_str()), ("login", "60"));
    let switched = door.browser().post("/sign-in/sample", &[("return_to", "/"), ("switch", "1")]).await;
    assert_eq!(query(switched.location())["prompt"], "select_account");
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
