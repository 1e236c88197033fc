use http::Method;
use serde_json::{Value, json};

use super::openapi::describe;
use crate::{
    auth::token::Kind,
    role::Role,
    testing::{Seen, World},
};

const STARTED: &str =
    r#"{"version":"v1","commit":"9c41e07","status":"started","url":"https://ci.acme.example/1"}"#;
const SUCCEEDED: &str = r#"{"version":"v1","status":"succeeded"}"#;

/// A deploy token for checkout-api of acme-production.
async fn pipeline() -> (World, String) {
    let world = World::new().await;
    world.app(world.acme, "checkout-api").await;
    let token =
        world.token(&world.linus, Kind::Deploy, "deploy", Some(world.acme), Some("checkout-api")).await.text;
    (world, token)
}

fn body(seen: &Seen) -> Value {
    serde_json::from_str(&seen.body).unwrap_or_else(|_| panic!("no JSON: {}", seen.body))
}

async fn get(world: &World, token: &str, path: &str) -> (u16, Value) {
    let seen = world.with_token(token, Method::GET, path, None).await;
    (seen.status.as_u16(), body(&seen))
}

async fn releases(world: &World) -> i64 {
    let mut connection = world.connection().await;
    sqlx::query_scalar!(r#"select count(*) as "n!" from releases"#).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn a_pipeline_reports_the_beginning_and_the_end_of_a_release() {
    let (world, token) = pipeline().await;
    let begun = world.report(&token, "checkout-api", STARTED, None).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    assert_eq!(body(&begun)["status"], "started");
    assert_eq!(body(&begun)["reported_by"], "ci-deploy");
    let list = world.get(Some(&world.vera), "/orgs/acme-production/apps").await;
    assert!(list.body.contains("Rolling out") && list.body.contains("9c41e07"), "{}", list.body);

    let ended = world.report(&token, "checkout-api", SUCCEEDED, None).await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    assert_eq!(body(&ended)["id"], body(&begun)["id"]);
    assert_eq!(body(&ended)["commit"], "9c41e07", "what was told before stays");
    assert!(body(&ended)["finished_at"].is_string());
    let again = world.report(&token, "checkout-api", SUCCEEDED, None).await;
    assert_eq!((again.status.as_u16(), body(&again)["id"].clone()), (200, body(&begun)["id"].clone()));
    assert_eq!(releases(&world).await, 1);

    let next = world.report(&token, "checkout-api", r#"{"version":"v2","status":"failed"}"#, None).await;
    assert_eq!(next.status, 201);
    let events = world.events(world.acme.uuid()).await;
    assert_eq!(
        events[events.len() - 4..],
        ["app.release_started", "app.release_succeeded", "app.release_succeeded", "app.release_failed"]
    );
    let log = world.get(Some(&world.ada), "/orgs/acme-production/audit").await;
    assert!(log.body.contains("ci-deploy"), "the log names the token: {}", log.body);
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_refuses_another_report() {
    let (world, token) = pipeline().await;
    let first = world.report(&token, "checkout-api", STARTED, Some("run-1")).await;
    assert_eq!(first.status, 201, "{}", first.body);
    world.report(&token, "checkout-api", SUCCEEDED, Some("run-1-end")).await;
    let before = world.events(world.acme.uuid()).await.len();
    let again = world.report(&token, "checkout-api", STARTED, Some("run-1")).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    let other = world.report(&token, "checkout-api", SUCCEEDED, Some("run-1")).await;
    assert_eq!(other.status, 422);
    assert_eq!(
        body(&other)["detail"],
        "That Idempotency-Key was used for another report. Nothing was changed."
    );
    for odd in ["", "a b", &"x".repeat(256)] {
        assert_eq!(world.report(&token, "checkout-api", STARTED, Some(odd)).await.status, 422, "{odd:?}");
    }
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
    assert_eq!(releases(&world).await, 1);
}

#[tokio::test]
async fn the_same_report_sent_ten_times_at_once_is_one_release() {
    let (world, token) = pipeline().await;
    let sent = (0..10).map(|_| world.report(&token, "checkout-api", STARTED, Some("run-7")));
    let seen = futures_util::future::join_all(sent).await;
    assert!(seen.iter().all(|one| one.body == seen[0].body && one.status == 201), "{seen:?}");
    assert_eq!(releases(&world).await, 1);
}

#[tokio::test]
async fn a_version_that_goes_out_from_another_commit_is_a_conflict() {
    let (world, token) = pipeline().await;
    world.report(&token, "checkout-api", STARTED, None).await;
    let full = r#"{"version":"v1","commit":"9c41e07aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"started"}"#;
    assert_eq!(world.report(&token, "checkout-api", full, None).await.status, 200, "the same commit in full");
    let other = r#"{"version":"v1","commit":"1d7e4b8","status":"succeeded"}"#;
    let refused = world.report(&token, "checkout-api", other, None).await;
    assert_eq!(refused.status, 409);
    assert!(body(&refused)["detail"].as_str().unwrap().contains("v1 is going out from another commit"));
    assert_eq!(releases(&world).await, 1);
}

#[tokio::test]
async fn who_may_not_deploy_reports_nothing() {
    let (world, deploy) = pipeline().await;
    world.app(world.acme, "web").await;
    world.app(world.evil, "hidden").await;
    let acme = Some(world.acme);
    let read = world.token(&world.ada, Kind::ReadOnly, "read", acme, None).await.text;
    let org = world.token(&world.grace, Kind::Org, "member", acme, None).await.text;
    let viewer = world.token(&world.vera, Kind::Org, "member", acme, None).await.text;
    let personal = world.token(&world.linus, Kind::Personal, "full", None, None).await.text;
    let before = world.events(world.acme.uuid()).await.len();
    for (token, app, status) in [
        (&read, "web", 403),
        (&viewer, "web", 403),
        (&deploy, "web", 403),
        (&org, "nowhere", 404),
        (&org, "hidden", 404),
        (&personal, "hidden", 404),
        (&personal, "nowhere", 404),
        (&deploy, "%00", 403),
        (&org, "%2e%2e", 404),
    ] {
        let seen = world.report(token, app, STARTED, None).await;
        assert_eq!(seen.status, status, "{app}: {}", seen.body);
        assert_eq!(body(&seen)["status"], status);
    }
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
    let hidden = world.report(&org, "hidden", STARTED, None).await;
    let absent = world.report(&org, "nowhere", STARTED, None).await;
    assert_eq!(hidden.body, absent.body);
    for token in [&org, &personal] {
        assert_eq!(world.report(token, "web", STARTED, None).await.status.as_u16() / 100, 2);
    }
}

#[tokio::test]
async fn a_report_for_an_app_that_left_says_so() {
    let (world, deploy) = pipeline().await;
    let org = world.token(&world.grace, Kind::Org, "member", Some(world.acme), None).await.text;
    world.org(&world.ada, "acme-lab", "development").await;
    let page = "/orgs/acme-production/apps/checkout-api";
    let form = [("to", "acme-lab"), ("confirm", "checkout-api")];
    assert_eq!(world.post(Some(&world.ada), &format!("{page}/move"), &form).await.status, 303);
    let moved = world.report(&org, "checkout-api", STARTED, None).await;
    assert_eq!(moved.status, 410);
    assert_eq!(
        body(&moved)["detail"],
        "checkout-api was moved to another organization. Nothing was changed."
    );
    assert_eq!(world.report(&deploy, "checkout-api", STARTED, None).await.status, 401, "its token ended");
    assert_eq!(get(&world, &org, "/api/v1/apps/checkout-api").await.0, 410);

    world.app(world.acme, "web").await;
    let deletion = "/orgs/acme-production/apps/web/deletion";
    assert_eq!(world.post(Some(&world.ada), deletion, &[("confirm", "web")]).await.status, 303);
    let deleted = world.report(&org, "web", STARTED, None).await;
    assert_eq!(
        (deleted.status.as_u16(), &body(&deleted)["detail"]),
        (410, &json!("web was deleted. Nothing was changed."))
    );
    assert_eq!(releases(&world).await, 0);
}

#[tokio::test]
async fn odd_bodies_are_refused_field_by_field_and_change_nothing() {
    let (world, token) = pipeline().await;
    let deep = "[".repeat(10_000);
    for (sent, status) in [
        ("", 400),
        ("{", 400),
        (deep.as_str(), 422),
        ("[]", 422),
        (r#"["v1",null,"started",null]"#, 422),
        ("1e400", 422),
        (r#"{"version":"v1"}"#, 422),
        (r#"{"version":"v1","status":"started","org_id":"x"}"#, 422),
        (r#"{"version":"v1","version":"v2","status":"started"}"#, 422),
        (r#"{"version":["v1"],"status":"started"}"#, 422),
        (r#"{"version":"a b","status":"started"}"#, 422),
        (r#"{"version":"v\u0000","status":"started"}"#, 422),
        (r#"{"version":"v1","status":"started","commit":"zz"}"#, 422),
        (r#"{"version":"v1","status":"started","url":"javascript:alert(1)"}"#, 422),
    ] {
        let seen = world.report(&token, "checkout-api", sent, None).await;
        assert!([status, 400].contains(&seen.status.as_u16()), "{sent:.60}: {} {}", seen.status, seen.body);
        assert!(body(&seen)["detail"].as_str().unwrap().contains("Nothing was changed."), "{sent:.60}");
    }
    let fields = world.report(&token, "checkout-api", r#"{"version":"","status":"done"}"#, None).await;
    let told: Vec<_> =
        body(&fields)["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(told, ["status", "version"]);
    let plain = world
        .send(
            None,
            Method::POST,
            "/api/v1/apps/checkout-api/releases",
            Some(STARTED.into()),
            &[("authorization", &format!("Bearer {token}"))],
        )
        .await;
    assert_eq!(plain.status, 415);
    assert_eq!(releases(&world).await, 0);
}

#[tokio::test]
async fn organizations_apps_and_releases_are_read_in_parts_without_gaps() {
    let world = World::new().await;
    let staging = world.org(&world.ada, "acme-staging", "staging").await;
    world.pair(world.acme, staging).await;
    let personal = world.token(&world.ada, Kind::Personal, "read", None, None).await.text;
    let org = world.token(&world.vera, Kind::ReadOnly, "read", Some(world.acme), None).await.text;
    for name in ["a", "b", "c", "d", "e"] {
        world.app(world.acme, name).await;
        world.release("a", name, "succeeded").await;
    }
    let walk = async |token: &str, first: &str, field: &str| {
        let (mut path, mut found) = (first.to_owned(), Vec::new());
        loop {
            let (status, part) = get(&world, token, &path).await;
            assert_eq!(status, 200, "{path}: {part}");
            found.extend(
                part["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()),
            );
            match part["next"].as_str() {
                Some(next) => path = next.to_owned(),
                None => return found,
            }
        }
    };
    let orgs = walk(&personal, "/api/v1/orgs?limit=1", "slug").await;
    assert!(orgs.contains(&"acme-production".to_owned()) && orgs.contains(&"acme-staging".to_owned()));
    assert!(!orgs.contains(&"evil-corp".to_owned()) && orgs.is_sorted());
    assert_eq!(walk(&org, "/api/v1/orgs", "slug").await, ["acme-production"]);
    assert_eq!(
        walk(&org, "/api/v1/orgs/acme-production/apps?limit=2", "name").await,
        ["a", "b", "c", "d", "e"]
    );
    assert_eq!(walk(&org, "/api/v1/apps/a/releases?limit=2", "version").await, ["e", "d", "c", "b", "a"]);

    let (_, one) = get(&world, &personal, "/api/v1/orgs/acme-production").await;
    assert_eq!((&one["project"], &one["role"]), (&json!("pair"), &json!("owner")));
    let (_, app) = get(&world, &personal, "/api/v1/apps/a").await;
    assert_eq!((&app["org"], &app["deploy"]), (&json!("acme-production"), &json!("succeeded")));
    assert_eq!(app["current"]["version"], "e");
}

#[tokio::test]
async fn a_cursor_of_another_list_and_an_odd_size_are_refused() {
    let world = World::new().await;
    let org = world.token(&world.vera, Kind::ReadOnly, "read", Some(world.acme), None).await.text;
    for name in ["a", "b", "c"] {
        world.app(world.acme, name).await;
    }
    let (_, part) = get(&world, &org, "/api/v1/orgs/acme-production/apps?limit=2").await;
    let cursor = part["next"].as_str().unwrap().split_once("after=").unwrap().1;
    for path in [
        format!("/api/v1/orgs?after={cursor}"),
        format!("/api/v1/apps/a/releases?after={cursor}"),
        "/api/v1/orgs?limit=101".into(),
        "/api/v1/orgs?limit=2147483648".into(),
        "/api/v1/orgs?page=2".into(),
        "/api/v1/orgs?after=%00".into(),
    ] {
        assert_eq!(get(&world, &org, &path).await.0, 422, "{path}");
    }
}

#[tokio::test]
async fn strangers_find_nothing_and_bills_show_no_apps() {
    let world = World::new().await;
    world.app(world.acme, "a").await;
    let stranger = world.token(&world.mallory, Kind::Personal, "full", None, None).await.text;
    for path in [
        "/api/v1/orgs/acme-production",
        "/api/v1/orgs/acme-production/apps",
        "/api/v1/apps/a",
        "/api/v1/apps/a/releases",
    ] {
        assert_eq!(get(&world, &stranger, path).await.0, 404, "{path}");
    }
    let billing = world.person("Bill Payer", "bill@acme.example").await;
    world.grant(world.acme, &billing, Role::Billing).await;
    let bill = world.token(&billing, Kind::Personal, "full", None, None).await.text;
    assert_eq!(get(&world, &bill, "/api/v1/orgs/acme-production").await.0, 200);
    assert_eq!(get(&world, &bill, "/api/v1/orgs/acme-production/apps").await.0, 403);
}

#[test]
fn the_description_names_every_route_that_it_should_and_no_other() {
    let described = serde_json::to_value(describe()).unwrap();
    assert!(described["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut told: Vec<String> = Vec::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        told.extend(
            item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    let mut there: Vec<String> = crate::features::routes()
        .table
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/") && route.path != "/api/v1/openapi.json")
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    told.sort();
    there.sort();
    assert_eq!(told, there);
}

#[tokio::test]
async fn the_description_is_there_for_anyone() {
    let world = World::new().await;
    let seen = world.get(None, "/api/v1/openapi.json").await;
    assert_eq!(seen.status, 200);
    assert_eq!(body(&seen)["info"]["title"], "Cordon");
}
