//! A person's own account as its person and as strangers meet it.

#![expect(clippy::unwrap_used, reason = "in a test's helpers too, what fails fails the test")]

use crate::{
    ids::SessionId,
    testing::{Browser, Door, World},
};

const MAREN: &str = "acme-0001";

async fn signed_in<'d>(door: &'d Door, subject: &str) -> Browser<'d> {
    let mut browser = door.browser();
    assert_eq!(browser.sign_in("sample", subject, "/").await.status, 303);
    browser
}

async fn account(door: &Door, subject: &str) -> uuid::Uuid {
    let mut connection = door.world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    sqlx::query_scalar("select account_id from identities where subject = $1")
        .bind(subject)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// The paths of the "End" buttons on the page.
async fn ends(browser: &mut Browser<'_>) -> Vec<String> {
    let page = browser.get("/account").await;
    assert_eq!(page.status, 200);
    let actions = page.body.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    actions.filter(|action| action.ends_with("/end")).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_person_changes_the_name_that_others_see() {
    let door = World::with_idp().await;
    let mut browser = signed_in(&door, MAREN).await;
    let seen = browser.post("/account/profile", &[("name", "  Maren Holt-Berg ")]).await;
    assert_eq!((seen.status.as_u16(), seen.location()), (303, "/account"));
    assert!(browser.get("/account").await.body.contains("value=\"Maren Holt-Berg\""));
    let maren = account(&door, MAREN).await;
    assert_eq!(door.world.events(maren).await.last().unwrap(), "account.updated");
    let before = door.world.events(maren).await.len();

    let long = "e\u{301}\u{323}".repeat(60);
    for name in ["", "   ", "a\u{202e}b", "a\0b", &"x".repeat(101), &long] {
        let seen = browser.post("/account/profile", &[("name", name)]).await;
        assert_eq!(seen.status, 422, "{name:?}");
        assert!(seen.body.contains("id=\"name-e\""), "{name:?}");
    }
    assert_eq!(
        browser.post("/account/profile", &[("name", "x"), ("email", "a@b.example")]).await.status,
        422
    );
    assert_eq!(browser.post("/account/profile", &[("name", "Maren Holt-Berg")]).await.status, 303);
    assert_eq!(door.world.events(maren).await.len(), before, "nothing changed, nothing recorded");
}

#[tokio::test]
async fn a_person_chooses_zone_theme_and_keys() {
    let door = World::with_idp().await;
    let mut browser = signed_in(&door, MAREN).await;
    let chosen = [("time_zone", "europe/berlin"), ("theme", "dark"), ("single_keys", "off")];
    assert_eq!(browser.post("/account/appearance", &chosen).await.status, 303);
    let page = browser.get("/account").await;
    for part in
        ["value=\"Europe/Berlin\"", "data-theme=\"dark\"", "data-keys=\"off\"", "<option>Asia/Tokyo</option>"]
    {
        assert!(page.body.contains(part), "{part}");
    }
    let maren = account(&door, MAREN).await;
    assert_eq!(door.world.events(maren).await.last().unwrap(), "account.appearance_changed");

    for (field, value) in [("time_zone", "Mars/Olympus"), ("theme", "pink"), ("single_keys", "maybe")] {
        let mut fields = chosen.to_vec();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let seen = browser.post("/account/appearance", &fields).await;
        assert_eq!(seen.status, 422, "{field}");
        assert!(seen.body.contains(&format!("id=\"{field}-e\"")), "{field}: {}", seen.body);
    }
    assert!(browser.get("/account").await.body.contains("value=\"Europe/Berlin\""));
}

#[tokio::test]
async fn the_page_names_devices_ways_in_and_organizations() {
    let door = World::with_idp().await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let mut browser = door.browser();
    let page = browser.start("sample", "/").await;
    let callback = browser.pick(&page, MAREN).await;
    browser.send(http::Method::GET, &callback, None, &[("user-agent", firefox)]).await;
    let page = browser.get("/account").await;
    for part in ["Firefox on Linux", "This one", "Acme sample", "maren.holt@acme.example", "maren-holt-"] {
        assert!(page.body.contains(part), "{part}");
    }
    assert!(page.body.contains("signed in for the first time"), "the account's own events are shown");
    assert!(page.body.contains(">Verified<") && !page.body.contains("Not verified"));
    assert!(!page.body.contains(browser.cookie.as_deref().unwrap()));
    assert_eq!(door.world.get(None, "/account").await.location(), "/sign-in?return_to=%2Faccount");
}

#[tokio::test]
async fn one_session_is_ended_and_its_browser_is_out_at_once() {
    let door = World::with_idp().await;
    let (mut here, mut there) = (signed_in(&door, MAREN).await, signed_in(&door, MAREN).await);
    let buttons = ends(&mut here).await;
    assert_eq!(buttons.len(), 1, "this session has no such button");

    let mut stranger = signed_in(&door, "acme-0002").await;
    assert_eq!(stranger.post(&buttons[0], &[]).await.status, 404);
    let nowhere = format!("/account/sessions/{}/end", SessionId::new());
    assert_eq!(here.post(&nowhere, &[]).await.status, 404);
    assert_eq!(here.post("/account/sessions/x/end", &[]).await.status, 404);
    assert_eq!(there.get("/account").await.status, 200);

    assert_eq!(here.post(&buttons[0], &[]).await.status, 303);
    assert_eq!(there.get("/account").await.status, 303);
    assert_eq!(here.get("/account").await.status, 200);
    assert_eq!(door.world.events(account(&door, MAREN).await).await.last().unwrap(), "session.ended");
    assert_eq!(here.post(&buttons[0], &[]).await.status, 404);
}

#[tokio::test]
async fn all_other_sessions_are_ended_at_once() {
    let door = World::with_idp().await;
    let mut here = signed_in(&door, MAREN).await;
    let mut others = [signed_in(&door, MAREN).await, signed_in(&door, MAREN).await];
    let mut stranger = signed_in(&door, "acme-0002").await;
    let ask = here.get("/account/sessions/end-all").await;
    assert!(ask.body.contains("End 2 other sessions"), "{}", ask.body);

    assert_eq!(here.post("/account/sessions/end-all", &[]).await.status, 303);
    for other in &mut others {
        assert_eq!(other.get("/account").await.status, 303);
    }
    assert_eq!(here.get("/account").await.status, 200);
    assert_eq!(stranger.get("/account").await.status, 200);
    let events = door.world.events(account(&door, MAREN).await).await;
    assert_eq!(events.iter().filter(|event| *event == "session.ended").count(), 2);
    assert_eq!(here.post("/account/sessions/end-all", &[]).await.status, 303);
    assert_eq!(door.world.events(account(&door, MAREN).await).await.len(), events.len());
}
