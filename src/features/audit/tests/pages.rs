//! The log's pages.

use sqlx::{AssertSqlSafe, Row as _};

use super::happen;
use crate::testing::World;

const LOG: &str = "/orgs/acme-production/audit";

fn numbers(body: &str) -> Vec<i64> {
    let rows = body.split("id=\"event-").skip(1);
    rows.map(|row| row.split('"').next().unwrap().replace(',', "").parse().unwrap()).collect()
}

#[tokio::test]
async fn the_log_tells_each_event_in_a_sentence() {
    let world = World::new().await;
    happen(&world, world.acme.uuid(), world.grace.account, 1, "Sounds better.").await;
    let seen = world.get(Some(&world.ada), LOG).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    for part in [
        "<b>Ada Lovelace</b> created",
        "<b>Grace Hopper</b> changed the settings of <b>acme-production</b>",
        "Today, ",
        "<del>Acme</del>",
        "<ins>Acme Production</ins>",
        "Sounds better.",
        "203.0.113.24",
        "Firefox 148",
        "<b>5 events</b>",
        "Not checked for this page",
        " joined as ",
    ] {
        assert!(seen.body.contains(part), "{part} is missing in {}", seen.body);
    }
    assert_eq!(numbers(&seen.body), [5, 4, 3, 2, 1]);
    assert!(!seen.body.contains("evil-corp"));
}

#[tokio::test]
async fn viewers_read_the_log_without_addresses() {
    let world = World::new().await;
    happen(&world, world.acme.uuid(), world.grace.account, 1, "Sounds better.").await;
    for path in [LOG, "/orgs/acme-production/audit/5"] {
        for person in [&world.vera, &world.linus] {
            let seen = world.get(Some(person), path).await;
            assert_eq!(seen.status, 200);
            assert!(seen.body.contains("Grace Hopper") && seen.body.contains("Sounds better."));
            for part in ["203.0.113.24", "Firefox 148", "noor.haddad@"] {
                assert!(!seen.body.contains(part), "{part}");
            }
        }
        assert!(world.get(Some(&world.grace), path).await.body.contains("203.0.113.24"));
    }
}

#[tokio::test]
async fn an_event_has_its_page_and_other_organizations_have_none() {
    let world = World::new().await;
    let seen = world.get(Some(&world.vera), "/orgs/acme-production/audit/2").await;
    assert_eq!(seen.status, 200);
    for word in ["before", "this event", "after"] {
        assert!(seen.body.contains(word), "{word}");
    }
    happen(&world, world.evil.uuid(), world.mallory.account, 20, "x").await;
    for path in
        ["/orgs/acme-production/audit/5", "/orgs/acme-production/audit/0", "/orgs/acme-production/audit/x"]
    {
        assert_eq!(world.get(Some(&world.ada), path).await.status, 404, "{path}");
    }
    let huge = format!("{LOG}/{}", i64::MAX);
    assert_eq!(world.get(Some(&world.ada), &huge).await.status, 404);
    for path in ["/orgs/evil-corp/audit", "/orgs/evil-corp/audit/1"] {
        assert_eq!(world.get(Some(&world.ada), path).await.status, 404, "{path}");
    }
    assert_eq!(world.get(None, LOG).await.status, 303);
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_events_arrive() {
    let world = World::new().await;
    happen(&world, world.acme.uuid(), world.ada.account, 120, "x").await;
    let mut path = LOG.to_owned();
    let mut read = Vec::new();
    loop {
        let seen = world.get(Some(&world.vera), &path).await;
        assert_eq!(seen.status, 200);
        read.extend(numbers(&seen.body));
        happen(&world, world.acme.uuid(), world.ada.account, 3, "x").await;
        let Some((_, rest)) = seen.body.split_once("before=") else { break };
        path = format!("{LOG}?before={}", rest.split('"').next().unwrap());
    }
    assert_eq!(read, (1..=124).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let world = World::new().await;
    happen(&world, world.acme.uuid(), world.grace.account, 2, "Rotates the 100% key").await;
    let grace = world.grace.account;
    for (query, expected) in [
        ("q=ROTATES", vec![6, 5]),
        ("q=100%25", vec![6, 5]),
        ("q=grace+hop", vec![6, 5]),
        ("q=acme-prod", vec![6, 5]),
        ("q=nothing-like-it", vec![]),
        (&format!("who={grace}"), vec![6, 5]),
        ("about=organization", vec![6, 5, 1]),
        ("about=app", vec![]),
        ("from=2001-01-01&to=2001-01-02", vec![]),
        ("from=2001-01-01&to=2199-12-31&about=organization", vec![6, 5, 1]),
        ("q=&who=&about=&from=&to=&before=", vec![6, 5, 4, 3, 2, 1]),
    ] {
        let seen = world.get(Some(&world.vera), &format!("{LOG}?{query}")).await;
        assert_eq!((seen.status.as_u16(), numbers(&seen.body)), (200, expected), "{query}");
    }
    let none = world.get(Some(&world.vera), &format!("{LOG}?q=nothing-like-it")).await;
    assert!(none.body.contains("Nothing matches.") && none.body.contains("see all 6 events"));
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_a_sentence_and_never_a_fault() {
    let world = World::new().await;
    for query in [
        "from=99999-12-31",
        "from=0000-01-01",
        "to=2026-13-01",
        "to=%F0%9F%A6%80",
        "from=2026-11-23&to=2026-11-22",
        "who=ada",
        "about=secrets",
        "q=%00",
        "q=a&q=b",
        &format!("q={}", "a".repeat(101)),
    ] {
        let seen = world.get(Some(&world.ada), &format!("{LOG}?{query}")).await;
        assert_eq!(seen.status, 422, "{query}");
        assert!(seen.body.contains("note-warn") && numbers(&seen.body).is_empty(), "{query}");
    }
    for odd in ["q=%FF", "x=y", "&&&", "=", "q=%"] {
        let seen = world.get(Some(&world.ada), &format!("{LOG}?{odd}")).await;
        assert!(seen.status == 200 || seen.status == 422, "{odd}: {}", seen.status);
    }
}

#[tokio::test]
async fn htmx_gets_the_events_alone() {
    let world = World::new().await;
    let headers = [("hx-request", "true"), ("hx-target", "events")];
    let seen = world.send(Some(&world.ada), http::Method::GET, LOG, None, &headers).await;
    assert_eq!(seen.status, 200);
    assert!(seen.body.trim_start().starts_with("<section") && !seen.body.contains("<html"));
    assert!(seen.body.contains("hx-swap-oob"));
}

#[tokio::test]
async fn what_a_person_typed_is_text() {
    let world = World::new().await;
    happen(&world, world.acme.uuid(), world.ada.account, 1, "<script>alert(1)</script>").await;
    let seen = world.get(Some(&world.ada), &format!("{LOG}?q=%3Cscript")).await;
    assert_eq!(numbers(&seen.body), [5]);
    assert!(!seen.body.contains("<script>alert") && !seen.body.contains("value=\"<script"));
}

#[tokio::test]
async fn a_viewer_may_have_the_chain_checked() {
    let world = World::new().await;
    let path = "/orgs/acme-production/audit/verification";
    let seen = world.post(Some(&world.vera), path, &[]).await;
    assert_eq!(seen.status, 200);
    assert!(seen.body.contains("Chain intact") && seen.body.contains("All 4 events"));
    assert_eq!(world.events(world.acme.uuid()).await.len(), 4, "a check writes nothing");
    assert_eq!(world.post(Some(&world.mallory), path, &[]).await.status, 404);
    world
        .sql(
            "alter table audit_events disable trigger append_only;
             update audit_events set reason = 'another' where seq = 3;
             alter table audit_events enable trigger append_only",
        )
        .await;
    let seen = world.post(Some(&world.vera), path, &[]).await;
    assert!(
        seen.body.contains("Chain broken at event 3") && seen.body.contains("fingerprint"),
        "{}",
        seen.body
    );
}

#[tokio::test]
async fn a_page_costs_as_much_as_its_rows_whoever_wrote_last() {
    let world = World::new().await;
    happen(&world, world.acme.uuid(), world.grace.account, 5_000, "x").await;
    happen(&world, world.evil.uuid(), world.mallory.account, 5_000, "x").await;
    let mut connection = world.connection().await;
    let list = include_str!("../list.sql");
    let before = i64::MAX;
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let batch = format!(
            "begin; set local role cordon_app; set local plan_cache_mode = {mode};
             select set_config('cordon.account', '{ada}', true), set_config('cordon.orgs', '{{{acme}}}', true);
             prepare page (uuid, bigint, bigint, uuid, text[], timestamptz, timestamptz, text, boolean) as {list}",
            ada = world.ada.account,
            acme = world.acme,
        );
        sqlx::raw_sql(AssertSqlSafe(batch)).execute(&mut connection).await.unwrap();
        let explain = format!(
            "explain (analyze, buffers, format json)
             execute page ('{}', {before}, 51, null, null, null, null, null, true)",
            world.acme
        );
        let row = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_one(&mut connection).await.unwrap();
        let plan: serde_json::Value = row.get(0);
        sqlx::raw_sql("rollback; deallocate page").execute(&mut connection).await.unwrap();
        let top = &plan[0]["Plan"];
        let buffers =
            top["Shared Hit Blocks"].as_i64().unwrap() + top["Shared Read Blocks"].as_i64().unwrap();
        assert_eq!(top["Actual Rows"].as_f64(), Some(51.0));
        assert!(plan.to_string().contains("audit_events_pkey"), "{plan:#}");
        assert!(buffers < 300, "{mode}: {buffers} buffers in {plan:#}");
    }
}
