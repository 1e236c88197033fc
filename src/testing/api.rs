//! What holds for every route of the API, read from the route table.
//!
//! What may not happen here: a hand-picked list. A new route is in these tests the moment it exists.

use http::Method;

use super::{
    coverage::path,
    tokens::Held,
    world::{Seen, World, audit},
};
use crate::{
    auth::token::{Kind, Secret},
    features,
    role::{Permissions, Role, Scope},
    web::routes::Route,
};

const APP: &str = "sample-app";

fn api() -> Vec<Route> {
    features::routes().table.into_iter().filter(|route| route.auth.starts_with("token")).collect()
}

fn method(route: &Route) -> Method {
    route.method.parse().unwrap()
}

/// What every refusal has.
fn is_problem(seen: &Seen, label: &str) {
    let header = |name: &str| seen.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    assert_eq!(header("content-type"), "application/problem+json", "{label}");
    assert_eq!(header("cache-control"), "no-store", "{label}");
    let problem: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
    assert_eq!(problem["status"], seen.status.as_u16(), "{label}");
    let told = header("www-authenticate");
    let status = seen.status.as_u16();
    assert_eq!(told.starts_with("Bearer"), status == 401 || status == 403, "{label}: {told}");
    if status == 401 || status == 403 {
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{label}");
    }
}

struct Principal {
    name: &'static str,
    token: Held,
    scope: Scope,
    roles: Permissions,
    app: bool,
}

/// Tokens of every kind that are good, from the least to the most.
async fn good(world: &World) -> Vec<Principal> {
    let acme = Some(world.acme);
    let mut all = Vec::new();
    for (name, maker, kind, scope, role) in [
        ("deploy", &world.linus, Kind::Deploy, Scope::Deploy, Role::Member),
        ("deploy of a viewer", &world.vera, Kind::Deploy, Scope::Deploy, Role::Viewer),
        ("read-only", &world.grace, Kind::ReadOnly, Scope::Read, Role::Admin),
        ("personal, read", &world.ada, Kind::Personal, Scope::Read, Role::Owner),
        ("personal of a viewer", &world.vera, Kind::Personal, Scope::Full, Role::Viewer),
        ("org of a viewer", &world.vera, Kind::Org, Scope::Admin, Role::Viewer),
        ("org as member", &world.grace, Kind::Org, Scope::Member, Role::Admin),
        ("personal of a member", &world.linus, Kind::Personal, Scope::Full, Role::Member),
        ("org as admin", &world.grace, Kind::Org, Scope::Admin, Role::Admin),
        ("personal of an owner", &world.ada, Kind::Personal, Scope::Full, Role::Owner),
    ] {
        let org = acme.filter(|_| kind != Kind::Personal);
        let app = (kind == Kind::Deploy).then_some(APP);
        let token = world.token(maker, kind, scope.key(), org, app).await;
        all.push(Principal { name, token, scope, roles: role.permissions(), app: app.is_some() });
    }
    all
}

#[tokio::test]
async fn every_route_of_the_api_answers_every_token_as_the_table_says() {
    let mut checked = 0;
    for route in api() {
        // A world for each: an allowed request may change it.
        let world = World::new().await;
        world.app(world.acme, APP).await;
        let path = path(&route, &world);
        let needs = route.auth.strip_prefix("token:").map(|key| {
            Permissions::from_name(&key.to_ascii_uppercase().replace('-', "_")).expect("a permission's name")
        });
        for principal in good(&world).await {
            let seen = world.with_token(&principal.token.text, method(&route), &path, None).await;
            let status = seen.status.as_u16();
            let label =
                format!("{} {} with {}: {status} {}", route.method, route.path, principal.name, seen.body);
            let bound = !principal.app || !route.org || route.path.contains("{app}");
            let held = principal.scope.permissions() & principal.roles;
            let allowed = needs.is_none_or(|needs| held.contains(needs)) && bound;
            assert!(status < 500 && status != 401, "{label}");
            assert_eq!(status == 403, !allowed, "{label}");
            if status >= 400 {
                is_problem(&seen, &label);
            }
            checked += 1;
        }
    }
    println!("{checked} answers checked");
}

/// Tokens that were good once.
async fn bad(world: &World) -> Vec<String> {
    let acme = Some(world.acme);
    let revoked = world.token(&world.ada, Kind::Org, "admin", acme, None).await;
    let ended = world.token(&world.ada, Kind::Org, "admin", acme, None).await;
    let gone = world.person("Gone Person", "gone@acme.example").await;
    world.grant(world.acme, &gone, Role::Admin).await;
    let of_gone = world.token(&gone, Kind::Org, "admin", acme, None).await;
    let app_gone = world.token(&world.linus, Kind::Deploy, "deploy", acme, Some(APP)).await;
    world
        .sql(&format!(
            "update tokens set revoked_at = now(), revoked_by = account_id where id = '{}';
             update tokens set created_at = now() - interval '2 days', expires_at = now() - interval '1 second'
               where id = '{}';
             update grants set revoked_at = now(), revoked_by = account_id where account_id = '{}' and org_id = '{}';
             update tokens set app_id = gen_random_uuid() where id = '{}'; {}",
            revoked.id,
            ended.id,
            gone.account,
            world.acme,
            app_gone.id,
            audit(world.acme, world.ada.account, "token.revoked"),
        ))
        .await;
    vec![revoked.text, ended.text, of_gone.text, app_gone.text]
}

/// Values of the header that are no good token, made from one that is.
fn damaged(good: &str) -> Vec<String> {
    let bearer = |token: &str| format!("Bearer {token}");
    vec![
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        bearer(Secret::draw(Kind::Org).unwrap().reveal()),
        bearer(&good[..good.len() - 1]),
        bearer(&format!("{good}0")),
        bearer(&good.to_uppercase()),
        bearer(&good.replace("org", "ro")),
        bearer(&format!("{good} {good}")),
        format!("Bearer Bearer {good}"),
        format!("Basic {good}"),
        format!("Token {good}"),
        good.to_owned(),
        bearer(&"a".repeat(64 * 1024)),
    ]
}

#[tokio::test]
async fn every_route_of_the_api_refuses_whatever_is_no_good_token() {
    let world = World::new().await;
    world.app(world.acme, APP).await;
    let once = bad(&world).await;
    let good = world.token(&world.ada, Kind::Org, "admin", Some(world.acme), None).await.text;
    let mut values = damaged(&good);
    values.extend(once.iter().map(|token| format!("Bearer {token}")));
    let mut checked = 0;
    let mut refuse = |seen: &Seen, label: &str| {
        assert_eq!(seen.status, 401, "{label}: {}", seen.body);
        is_problem(seen, label);
        assert!(!seen.body.contains(&good[20..40]), "{label}: the token comes back");
        checked += 1;
    };
    for route in api() {
        let (path, method) = (path(&route, &world), method(&route));
        let label = format!("{} {}", route.method, route.path);
        refuse(&world.send(None, method.clone(), &path, None, &[]).await, &label);
        // A session is worth nothing here, and neither is a token in the query.
        refuse(&world.send(Some(&world.ada), method.clone(), &path, None, &[]).await, &label);
        let query = format!("{path}?access_token={good}&token={good}");
        refuse(&world.send(None, method.clone(), &query, None, &[]).await, &label);
        for value in &values {
            let seen = world.send(None, method.clone(), &path, None, &[("authorization", value)]).await;
            refuse(&seen, &format!("{label} with {value:.60}"));
        }
        let bearer = format!("Bearer {good}");
        let twice = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
        refuse(&world.send(None, method.clone(), &path, None, &twice).await, &label);
    }
    println!("{checked} refusals checked");
}

#[tokio::test]
async fn a_token_of_another_organization_finds_nothing() {
    let world = World::new().await;
    world.app(world.acme, APP).await;
    let evil = world.token(&world.mallory, Kind::Org, "admin", Some(world.evil), None).await;
    let personal = world.token(&world.mallory, Kind::Personal, "full", None, None).await;
    let mut checked = 0;
    for route in api().iter().filter(|route| route.org) {
        let path = path(route, &world);
        let absent = path.replace("acme-production", "acme-productiox");
        for token in [&evil, &personal] {
            let there = world.with_token(&token.text, method(route), &path, None).await;
            let nowhere = world.with_token(&token.text, method(route), &absent, None).await;
            let label = format!("{} {}: {}", route.method, route.path, there.body);
            assert_eq!(there.status, 404, "{label}");
            is_problem(&there, &label);
            assert_eq!((there.status, there.body), (nowhere.status, nowhere.body), "{label}");
            checked += 1;
        }
    }
    println!("{checked} answers checked");
}
