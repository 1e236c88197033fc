//! What a session is worth, and for how long.

use super::{FATIMA, MAREN, newest_account};
use crate::testing::World;

const BEGUN: &str = "select count(*) from sessions where provider = 'sample'";

#[tokio::test]
async fn signing_in_makes_a_new_cookie_and_the_old_one_is_worth_nothing() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    let page = browser.start("sample", "/").await;
    let mut before = browser.clone();
    let callback = browser.pick(&page, MAREN).await;
    browser.get(&callback).await;
    assert!(browser.cookie.is_some() && browser.cookie != before.cookie);
    assert_eq!(before.get("/account").await.location(), "/sign-in?return_to=%2Faccount");
    assert_eq!(browser.get("/account").await.status, 200);

    // Signing in again in the same browser, as somebody else, ends the session before.
    let maren = newest_account(&door.world).await;
    let mut first = browser.clone();
    assert_eq!(browser.sign_in("sample", FATIMA, "/").await.status, 303);
    assert_eq!(first.get("/account").await.status, 303);
    assert!(browser.get("/account").await.body.contains("Fatima El-Amin"));
    assert_eq!(door.world.events(maren).await.last().unwrap(), "session.ended");
    assert_eq!(door.count(BEGUN).await, 1);
}

#[tokio::test]
async fn a_cookie_that_was_made_up_is_never_adopted() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    for made_up in ["AAAAAAAAAAAAAAAAAAAAAA", "xBvK2mPq3tY8wZ5nR7sL4g", "short", "%00"] {
        browser.cookie = Some(made_up.to_owned());
        let seen = browser.sign_in("sample", MAREN, "/").await;
        assert_eq!(seen.status, 303);
        assert_ne!(browser.cookie.as_deref(), Some(made_up));
        let mut planted = door.browser();
        planted.cookie = Some(made_up.to_owned());
        assert_eq!(planted.get("/account").await.status, 303);
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_host_alone_and_for_no_script() {
    for (base, name, secure) in
        [("http://localhost:8080", "cordon=", false), ("https://cordon.acme.example", "__Host-cordon=", true)]
    {
        let door = World::with_idp_at(base).await;
        let mut browser = door.browser();
        let start = browser.post("/sign-in/sample", &[]).await;
        let callback = browser.pick(&start.location().parse().unwrap(), MAREN).await;
        for seen in [start, browser.get(&callback).await] {
            let cookies: Vec<_> = seen.headers.get_all("set-cookie").iter().collect();
            assert_eq!(cookies.len(), 1);
            let cookie = cookies[0].to_str().unwrap();
            assert!(cookie.starts_with(name) && cookie.len() < 4096, "{cookie}");
            let mut marks: Vec<&str> = cookie.split("; ").skip(1).collect();
            marks.retain(|mark| !mark.starts_with("Max-Age="));
            marks.sort_unstable();
            let expected: &[&str] = if secure {
                &["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
            } else {
                &["HttpOnly", "Path=/", "SameSite=Lax"]
            };
            assert_eq!(marks, expected);
        }
        assert_eq!(browser.get("/account").await.status, 200);
    }
}

#[tokio::test]
async fn the_database_holds_no_value_that_opens_a_session() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    browser.sign_in("sample", MAREN, "/").await;
    let cookie = browser.cookie.clone().unwrap();
    let mut connection = door.world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    let rows: Vec<String> =
        sqlx::query_scalar("select s::text from sessions s").fetch_all(&mut connection).await.unwrap();
    let id: tower_sessions::session::Id = cookie.parse().unwrap();
    let spellings =
        [cookie, id.0.to_string(), hex::encode(id.0.to_be_bytes()), hex::encode(id.0.to_le_bytes())];
    for row in rows {
        assert!(!spellings.iter().any(|spelling| row.contains(spelling)), "{row}");
    }
}

#[tokio::test]
async fn a_session_dies_after_a_day_unseen_and_after_a_fortnight_in_any_case() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    browser.sign_in("sample", MAREN, "/").await;
    let lived = "select count(*) from sessions where provider = 'sample'
                 and expires_at between now() + interval '14 days - 1 minute' and now() + interval '14 days'";
    assert_eq!(door.count(lived).await, 1);
    for (change, alive) in [
        ("last_seen_at = now() - interval '24 hours' + interval '5 seconds'", true),
        ("last_seen_at = now() - interval '24 hours' - interval '1 second'", false),
        ("last_seen_at = now(), expires_at = now() + interval '5 seconds'", true),
        ("last_seen_at = now(), expires_at = now() - interval '1 second'", false),
    ] {
        door.world.sql(&format!("update sessions set {change} where provider = 'sample'")).await;
        let seen = browser.clone().get("/account").await;
        assert_eq!(seen.status, if alive { 200 } else { 303 }, "{change}");
        // The note of having been seen is written beside the request.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
}

#[tokio::test]
async fn starting_another_sign_in_neither_lengthens_nor_shortens_a_session() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    browser.sign_in("sample", MAREN, "/").await;
    door.world
        .sql("update sessions set expires_at = now() + interval '3 days' where provider = 'sample'")
        .await;
    browser.start("sample", "/").await;
    let kept = "select count(*) from sessions where provider = 'sample' and data ? 'pending'
                and expires_at between now() + interval '2 days 23 hours' and now() + interval '3 days'";
    assert_eq!(door.count(kept).await, 1);
    let mut stranger = door.browser();
    stranger.start("sample", "/").await;
    let short = "select count(*) from sessions where account_id is null
                 and expires_at between now() + interval '9 minutes' and now() + interval '10 minutes'";
    assert_eq!(door.count(short).await, 1);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let door = World::with_idp().await;
    let mut browser = door.browser();
    browser.sign_in("sample", MAREN, "/").await;
    let mut kept = browser.clone();
    assert_eq!(browser.get("/sign-out").await.status, 405);
    let seen = browser.post("/sign-out", &[]).await;
    assert_eq!((seen.status.as_u16(), seen.location()), (303, "/sign-in"));
    assert_eq!(seen.headers["clear-site-data"], "\"cache\", \"storage\"");
    assert_eq!(seen.headers["cache-control"], "no-store");
    assert_eq!(browser.cookie, None);
    assert_eq!(kept.get("/account").await.status, 303);
    assert_eq!(door.count(BEGUN).await, 0);
    let account = newest_account(&door.world).await;
    assert_eq!(door.world.events(account).await.last().unwrap(), "session.ended");
}

#[tokio::test]
async fn an_opened_invitation_outlives_signing_in_and_with_a_word_signing_out() {
    let door = World::with_idp().await;
    let held = "select count(*) from sessions where data ->> 'invitation' = 'opened'";
    let mut browser = door.browser();
    browser.start("sample", "/").await;
    door.world
        .sql("update sessions set data = data || '{\"invitation\": \"opened\"}' where account_id is null")
        .await;
    browser.sign_in("sample", MAREN, "/").await;
    assert_eq!(door.count(held).await, 1);
    assert_eq!(browser.get("/account").await.status, 200);

    let mut before = browser.clone();
    let seen = browser.post("/sign-out", &[("keep_invitation", "1"), ("return_to", "/invitations/x")]).await;
    assert_eq!(seen.location(), "/sign-in?switch=1&return_to=%2Finvitations%2Fx");
    assert!(browser.cookie.is_some() && browser.cookie != before.cookie);
    assert_eq!(door.count(held).await, 1);
    assert_eq!(
        door.count("select count(*) from sessions where data ? 'account' and data ? 'invitation'").await,
        0
    );
    assert_eq!(browser.get("/account").await.status, 303);
    assert_eq!(before.get("/account").await.status, 303);

    browser.sign_in("sample", FATIMA, "/").await;
    assert_eq!(door.count(held).await, 1);
    browser.post("/sign-out", &[]).await;
    assert_eq!(door.count(held).await, 0);
}

#[tokio::test]
async fn an_account_has_twenty_sessions_and_the_oldest_goes_first() {
    let door = World::with_idp().await;
    let mut first = door.browser();
    first.sign_in("sample", MAREN, "/").await;
    let mut second = door.browser();
    second.sign_in("sample", MAREN, "/").await;
    for _ in 0..19 {
        door.browser().sign_in("sample", MAREN, "/").await;
    }
    assert_eq!(door.count(BEGUN).await, 20);
    assert_eq!(first.get("/account").await.status, 303);
    assert_eq!(second.get("/account").await.status, 200);
    let account = newest_account(&door.world).await;
    assert_eq!(door.world.events(account).await.last().unwrap(), "session.ended");
}

#[tokio::test]
async fn looking_around_leaves_no_session() {
    let door = World::with_idp().await;
    let before = door.count("select count(*) from sessions").await;
    for number in 0..500 {
        let mut browser = door.browser();
        assert_eq!(browser.get("/sign-in").await.status, 200);
        assert_eq!(browser.get("/account").await.status, 303);
        browser.cookie = (number % 2 == 0).then(|| "AAAAAAAAAAAAAAAAAAAAAA".to_owned());
        assert_eq!(browser.get("/sign-in?return_to=/orgs").await.status, 200);
        assert_eq!(browser.get("/nowhere").await.status, 404);
        assert_eq!(browser.cookie, None);
    }
    assert_eq!(door.count("select count(*) from sessions").await, before);
}
