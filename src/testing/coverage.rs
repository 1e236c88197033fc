//! What holds for every route and every table, read from the route table and the catalogue themselves.
//!
//! What may not happen here: a hand-picked list. A new route or table is in these tests the moment it exists.

use std::fmt::Write as _;

use http::Method;
use sqlx::Row as _;

use super::world::{Person, Seen, World};
use crate::{features, web::routes::Route};

/// A value for each path parameter. A route with another parameter fails until it has one here.
pub(super) fn sample(parameter: &str, world: &World) -> String {
    match parameter {
        "org" => "acme-production".into(),
        "app" => "sample-app".into(),
        "network" => "default".into(),
        "account" => world.linus.account.to_string(),
        "provider" => "sample".into(),
        "seq" => "1".into(),
        "token" => "not-a-token".into(),
        "id" | "invitation" | "session" | "exposure" | "project" => {
            "01920000-0000-7000-8000-000000000000".into()
        }
        other => panic!("no sample for the path parameter {{{other}}}"),
    }
}

pub(crate) fn path(route: &Route, world: &World) -> String {
    let mut path = String::new();
    for part in route.path.split('/').filter(|part| !part.is_empty()) {
        let value = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let _ = write!(path, "/{}", value.map_or_else(|| part.to_owned(), |name| sample(name, world)));
    }
    if path.is_empty() { "/".into() } else { path }
}

async fn call(world: &World, who: Option<&Person>, route: &Route) -> Seen {
    let path = path(route, world);
    if route.method == "GET" { world.get(who, &path).await } else { world.post(who, &path, &[]).await }
}

#[tokio::test]
async fn every_route_answers_every_principal_as_the_table_says() {
    let world = World::new().await;
    let table = features::routes().table;
    let mut matrix = String::new();
    for route in table.iter().filter(|route| route.csrf != "no cookie") {
        let principals = [
            ("nobody", None, None),
            ("stranger", Some(&world.mallory), None),
            ("viewer", Some(&world.vera), Some("viewer")),
            ("member", Some(&world.linus), Some("member")),
            ("admin", Some(&world.grace), Some("admin")),
            ("owner", Some(&world.ada), Some("owner")),
        ];
        // Leaving and signing out end what the next principal would need; they have tests of their own.
        if ["/sign-out", "/account/sessions/end-all", "/orgs/{org}/team/leave"].contains(&route.path.as_str())
        {
            continue;
        }
        let _ = write!(matrix, "{} {}:", route.method, route.path);
        for (name, person, role) in principals {
            let seen = call(&world, person, route).await;
            let status = seen.status.as_u16();
            let _ = write!(matrix, " {name} {status}");
            let rank = |role: &str| ["viewer", "member", "admin", "owner"].iter().position(|r| *r == role);
            let label = format!("{} {} as {name}: {status}", route.method, route.path);
            assert!(status < 500 || status == 503, "{label}");
            match (route.auth.as_str(), name) {
                ("anyone", _) => {}
                (gate, name) if gate.starts_with("gate:") => {
                    assert_eq!(status, if name == "nobody" { 401 } else { 403 }, "{label}");
                }
                (_, "nobody") => {
                    assert_eq!(status, 303, "{label}");
                    assert!(seen.location().starts_with("/sign-in"), "{label}");
                }
                (_, "stranger") if route.org => assert_eq!(status, 404, "{label}"),
                ("signed-in", _) => {}
                _ => {
                    let least = route.role.and_then(rank);
                    let allowed = role.and_then(rank) >= least;
                    assert_eq!(status == 403, !allowed, "{label}");
                }
            }
        }
        matrix.push('\n');
    }
    insta::assert_snapshot!("routes_by_principal", matrix);
}

#[tokio::test]
async fn every_unsafe_route_refuses_other_sites() {
    let world = World::new().await;
    let before = world.events(world.acme.uuid()).await.len();
    let attacks: [&[(&str, &str)]; 7] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://localhost:8080"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[],
    ];
    let table = features::routes().table;
    let mut checked = 0;
    for route in table.iter().filter(|route| route.csrf == "origin check") {
        for headers in attacks {
            let path = path(route, &world);
            let seen = world.send(Some(&world.ada), Method::POST, &path, Some(String::new()), headers).await;
            assert_eq!(seen.status, 403, "{} {headers:?}", route.path);
            checked += 1;
        }
    }
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
    println!("{checked} refusals checked");
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let world = World::new().await;
    let table = features::routes().table;
    for route in table.iter().filter(|route| route.method == "GET") {
        for person in [None, Some(&world.ada)] {
            let seen = call(&world, person, route).await;
            let header =
                |name: &str| seen.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
            let policy = header("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"),
                "{}",
                route.path
            );
            assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
            assert_eq!(header("x-content-type-options"), "nosniff", "{}", route.path);
            assert_eq!(header("referrer-policy"), "no-referrer", "{}", route.path);
            assert_eq!(header("cache-control"), "no-store", "{}", route.path);
            assert!(!header("x-request-id").is_empty(), "{}", route.path);
        }
    }
}

#[tokio::test]
async fn a_hidden_organization_answers_like_an_absent_one() {
    let world = World::new().await;
    let table = features::routes().table;
    for route in table.iter().filter(|route| route.org && route.csrf != "no cookie") {
        let path = path(route, &world);
        let absent = path.replace("acme-production", "acme-productiox");
        let ask = async |path: &str| {
            let seen = if route.method == "GET" {
                world.get(Some(&world.mallory), path).await
            } else {
                world.post(Some(&world.mallory), path, &[]).await
            };
            (seen.status, seen.body)
        };
        assert_eq!(ask(&path).await, ask(&absent).await, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the catalogue is read as it is")]
async fn every_table_with_an_organization_has_its_walls_and_its_trigger() {
    // Observations and machinery; each has its reason in the migration that makes it.
    const NO_EVENT: [&str; 2] = ["activity", "invitation_links"];
    let world = World::new().await;
    let mut connection = world.connection().await;
    let tables = sqlx::query(
        "select c.relname::text as name, c.relrowsecurity and c.relforcerowsecurity as walled,
                exists (select from pg_policy p where p.polrelid = c.oid) as has_policy,
                exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'audited') as audited
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
         where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() >= 5, "the catalogue was not read");
    for table in tables {
        let name: String = table.get("name");
        assert!(table.get::<bool, _>("walled") && table.get::<bool, _>("has_policy"), "{name} has no walls");
        assert!(
            table.get::<bool, _>("audited") || NO_EVENT.contains(&name.as_str()),
            "{name} has no trigger"
        );
    }
    let loose = sqlx::query(
        "select con.conname::text as name from pg_constraint con
         join pg_attribute child on child.attrelid = con.conrelid and child.attname = 'org_id'
         join pg_attribute parent on parent.attrelid = con.confrelid and parent.attname = 'org_id'
         where con.contype = 'f' and not child.attnum = any (con.conkey)",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let loose: Vec<String> = loose.iter().map(|row| row.get("name")).collect();
    assert!(loose.is_empty(), "foreign keys between tenant tables without org_id: {loose:?}");
}

#[tokio::test]
async fn the_application_role_sees_and_writes_one_organization_only() {
    use sqlx::{Connection as _, PgConnection};
    let world = World::new().await;
    let mut connection = PgConnection::connect(&world.database_url()).await.unwrap();
    let tables = ["grants", "invitations", "networks", "apps", "exposures", "activity", "orgs", "tokens"];
    for table in tables {
        let unset = format!("set role cordon_app; select * from {table}");
        // An error where there are rows to judge; an empty table has none to show.
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(unset)).fetch_all(&mut connection).await;
        assert!(rows.is_err() || rows.is_ok_and(|rows| rows.is_empty()), "{table}: rows without walls");
        let column = if table == "orgs" { "id" } else { "org_id" };
        let foreign = format!(
            "begin; set local role cordon_app; set local cordon.account = '{}'; set local cordon.orgs = '{{{}}}';
             select count(*) from {table} where {column} <> '{}'",
            world.linus.account, world.acme, world.acme
        );
        let row = sqlx::raw_sql(sqlx::AssertSqlSafe(foreign)).fetch_one(&mut connection).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), 0, "{table}");
        sqlx::raw_sql("rollback").execute(&mut connection).await.unwrap();
    }
    let write = format!(
        "begin; set local role cordon_app; set local cordon.account = '{}'; set local cordon.orgs = '{{{}}}';
         insert into networks (id, org_id, name) values (gen_random_uuid(), '{}', 'spy')",
        world.linus.account, world.acme, world.evil
    );
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(write)).execute(&mut connection).await.unwrap_err();
    assert!(refused.to_string().contains("row-level security"), "{refused}");
}
