//! What the application's own roles cannot do to the log, and what the log refuses them.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::happen;
use crate::{
    db::audit::{Actor, All, Chain, Event, Origin, append},
    error::Error,
    features::{audit::verify, orgs},
    testing::World,
};

async fn refusal(connection: &mut PgConnection, batch: String) -> Option<String> {
    let answer = sqlx::raw_sql(AssertSqlSafe(batch)).execute(&mut *connection).await;
    sqlx::raw_sql("rollback").execute(connection).await.unwrap();
    answer.err().and_then(|error| error.as_database_error()?.code().map(std::borrow::Cow::into_owned))
}

#[tokio::test]
async fn the_applications_roles_only_read_and_append() {
    let world = World::new().await;
    let mut connection = PgConnection::connect(&world.database_url()).await.unwrap();
    let (acme, ada) = (world.acme, world.ada.account);
    let values = format!(
        "('{acme}', 5, now(), 'org.updated', 'account', '{ada}', '{{}}', sha256(''), sha256(''), sha256(''))"
    );
    let columns =
        "chain_id, seq, at, action, actor_kind, actor_id, changes, personal_digest, prev_hash, hash";
    let forbidden = [
        "update audit_events set reason = 'x'".to_owned(),
        "update audit_events set personal = null".to_owned(),
        "update audit_chains set seq = 1".to_owned(),
        "delete from audit_events".to_owned(),
        "delete from audit_chains".to_owned(),
        "truncate audit_events".to_owned(),
        "truncate audit_chains cascade".to_owned(),
        format!("insert into audit_events ({columns}) values {values}"),
        format!("insert into audit_chains (id, kind, seq, hash) values ('{ada}', 'org', 0, sha256(''))"),
        "alter table audit_events drop column reason".to_owned(),
        "alter table audit_events disable trigger all".to_owned(),
        "alter table audit_events disable trigger append_only".to_owned(),
        "alter table audit_events disable row level security".to_owned(),
        "alter table orgs disable trigger audited".to_owned(),
        "drop table audit_events".to_owned(),
        "drop trigger append_only on audit_events".to_owned(),
        "drop policy tenant on audit_events".to_owned(),
        "drop function audit_append(jsonb)".to_owned(),
        "create or replace function audit_append(events jsonb) returns void language sql as ''".to_owned(),
        "set session_replication_role = replica".to_owned(),
        "set role cordon_audit".to_owned(),
        "set role cordon_owner".to_owned(),
    ];
    for role in ["cordon_app", "cordon_system", "none"] {
        for statement in &forbidden {
            let batch = format!(
                "begin; set local role {role}; select set_config('cordon.orgs', '{{{acme}}}', true);
                 select set_config('cordon.account', '{ada}', true); {statement}"
            );
            let code = refusal(&mut connection, batch).await;
            assert_eq!(code.as_deref(), Some("42501"), "as {role}: {statement}");
        }
    }
    assert_eq!(world.events(acme.uuid()).await.len(), 4);
}

#[tokio::test]
async fn a_request_appends_only_as_itself_and_only_where_it_entered() {
    let world = World::new().await;
    let mut connection = PgConnection::connect(&world.database_url()).await.unwrap();
    let (ada, grace) = (world.ada.account, world.grace.account);
    let event = |chain, kind, actor| {
        format!(
            "select audit_append('[{{\"chain_id\":\"{chain}\",\"chain_kind\":\"org\",\"action\":\"org.updated\",
             \"actor_kind\":\"{kind}\",\"actor_id\":{actor},\"changes\":\"{{}}\"}}]')"
        )
    };
    for (chain, kind, actor) in [
        (world.acme, "account", format!("\"{grace}\"")),
        (world.evil, "account", format!("\"{ada}\"")),
        (world.acme, "system", "null".to_owned()),
    ] {
        let batch = format!(
            "begin; set local role cordon_app; select set_config('cordon.orgs', '{{{}}}', true);
             select set_config('cordon.account', '{ada}', true); {}",
            world.acme,
            event(chain, kind, actor)
        );
        assert_eq!(refusal(&mut connection, batch).await.as_deref(), Some("42501"));
    }
}

#[tokio::test]
async fn no_tenant_row_is_committed_without_its_event() {
    let world = World::new().await;
    for statement in [
        "update orgs set name = 'Silent' where slug = 'acme-production'".to_owned(),
        format!("update grants set role = 'admin' where account_id = '{}'", world.vera.account),
        format!("delete from grants where account_id = '{}'", world.vera.account),
        format!("update accounts set name = 'Silent' where id = '{}'", world.ada.account),
        // An event in another chain does not count.
        format!(
            "{}; update orgs set name = 'Silent' where slug = 'acme-production'",
            "select audit_append('[{\"chain_id\":\"EVIL\",\"chain_kind\":\"org\",\"action\":\"org.updated\",
             \"actor_kind\":\"system\",\"changes\":\"{}\"}]')"
                .replace("EVIL", &world.evil.to_string())
        ),
    ] {
        let mut tx = world.app.db.system_write().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(tx.connection()).await.unwrap();
        let refused = tx.commit_machinery().await.unwrap_err();
        assert!(
            format!("{refused:?}").contains("leaves no event in the audit log"),
            "{statement}: {refused:?}"
        );
    }
    assert!(!world.get(Some(&world.ada), "/orgs/acme-production/audit").await.body.contains("Silent"));
}

#[tokio::test]
async fn nothing_changes_when_the_log_refuses() {
    let world = World::new().await;
    world.sql("revoke execute on function audit_append(jsonb) from cordon_app, cordon_system").await;
    let fields = [("name", "checkout"), ("description", ""), ("url", "")];
    let seen = world.post(Some(&world.ada), "/orgs/acme-production/apps", &fields).await;
    assert_eq!(seen.status, 503);
    assert!(seen.headers.contains_key("retry-after") && seen.body.contains("Nothing was changed"));
    world.sql("grant execute on function audit_append(jsonb) to cordon_app, cordon_system").await;
    let apps = world.get(Some(&world.ada), "/orgs/acme-production/apps").await;
    assert!(apps.status == 200 && !apps.body.contains("checkout"));
    assert_eq!(world.events(world.acme.uuid()).await.len(), 4);
    assert_eq!(world.post(Some(&world.ada), "/orgs/acme-production/apps", &fields).await.status, 303);
    assert_eq!(world.events(world.acme.uuid()).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_writers_leave_no_gap_and_no_fork() {
    let world = World::new().await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..64_u8 {
        let (db, acme, ada) = (world.app.db.clone(), world.acme, world.ada.account);
        writers.spawn(async move {
            let mut written = 0;
            for _ in 0..5 {
                let event = Event::new(Chain::Org(acme), orgs::ACTIONS[1]).named(format!("writer-{writer}"));
                let mut tx = loop {
                    match db.system_write().await {
                        Err(Error::Unavailable(_)) => {}
                        other => break other.unwrap(),
                    }
                };
                let actor = Actor::Account(ada);
                if crate::ids::random_bytes::<1>().unwrap()[0] < 100 {
                    append(tx.connection(), &actor, &Origin::default(), event).await.unwrap();
                    drop(tx);
                } else {
                    tx.commit(actor, &Origin::default(), event).await.unwrap();
                    written += 1;
                }
            }
            written
        });
    }
    let written: u64 = writers.join_all().await.into_iter().sum();
    let report = verify(&world.app.db, Some("acme-production")).await.unwrap();
    assert!(report.is_intact(), "{report}");
    assert_eq!(report.events, 4 + written);
}

#[tokio::test]
async fn an_event_says_who_what_why_and_from_where() {
    let world = World::new().await;
    happen(&world, world.acme.uuid(), world.grace.account, 1, "Because.").await;
    let body = world.get(Some(&world.ada), "/orgs/acme-production/audit/5").await.body;
    for part in ["Grace Hopper", "acme-production", "Acme Production", "Because.", "203.0.113.24", " UTC"] {
        assert!(body.contains(part), "{part}");
    }
    assert!(body.contains(&world.grace.account.to_string()), "the request's id");
}

/// AU-6: writers of many chains, each of several at a time and in any order, never wait for each other in a circle.
#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_writers_of_many_chains_never_wait_in_a_circle() {
    let world = World::new().await;
    let mut chains = vec![world.acme, world.evil];
    for number in 0..10 {
        chains.push(world.org(&world.ada, &format!("chain-{number}"), "staging").await);
    }
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..64_usize {
        let (db, chains, ada) = (world.app.db.clone(), chains.clone(), world.ada.account);
        writers.spawn(async move {
            let mut written = 0;
            for round in 0..4 {
                let event = |step: usize| {
                    let chain = chains[(writer * 7 + round * 5 + step * (writer % 11 + 1)) % chains.len()];
                    Event::new(Chain::Org(chain), orgs::ACTIONS[1]).named("many")
                };
                let mut tx = loop {
                    match db.system_write().await {
                        Err(Error::Unavailable(_)) => {}
                        other => break other.unwrap(),
                    }
                };
                let events = All(event(0), vec![event(1), event(2)]);
                if (writer + round) % 4 == 0 {
                    append(tx.connection(), &Actor::Account(ada), &Origin::default(), events).await.unwrap();
                    drop(tx);
                } else {
                    tx.commit(Actor::Account(ada), &Origin::default(), events).await.unwrap();
                    written += 3;
                }
            }
            written
        });
    }
    let written: u64 = writers.join_all().await.into_iter().sum();
    let report = verify(&world.app.db, None).await.unwrap();
    assert!(report.is_intact(), "{report}");
    let mut found = 0;
    for chain in chains {
        found += world.events(chain.uuid()).await.iter().filter(|name| *name == "org.updated").count();
    }
    assert_eq!(u64::try_from(found).unwrap(), written);
}

/// AU-11: who, from where, in which session and request, what before and after, when by the database's clock.
#[tokio::test]
async fn a_real_request_leaves_everything_that_an_auditor_asks_for() {
    use http::Method;
    use sqlx::Row as _;
    let world = World::new().await;
    let body = "name=checkout&description=Takes+the+money.&url=";
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("fly-client-ip", "203.0.113.77"),
        ("user-agent", "Firefox 148"),
        ("x-forwarded-for", "198.51.100.1"),
    ];
    let path = "/orgs/acme-production/apps";
    let seen = world.send(Some(&world.linus), Method::POST, path, Some(body.into()), &headers).await;
    assert_eq!(seen.status, 303, "{}", seen.body);
    let mut connection = world.connection().await;
    let row = format!(
        "select e.action, e.actor_kind, e.actor_id::text as actor, e.target_kind, e.target_id::text as target,
                e.target_name, e.request_id::text as request, e.changes, e.personal::jsonb as personal,
                e.at between now() - interval '10 seconds' and now() as fresh,
                s.id::text as session, a.id::text as app
         from audit_events e, sessions s, apps a
         where e.chain_id = '{}' and s.account_id = '{}' and a.name = 'checkout' order by e.seq desc limit 1",
        world.acme, world.linus.account
    );
    let row = sqlx::raw_sql(AssertSqlSafe(row)).fetch_one(&mut connection).await.unwrap();
    let text = |name: &str| row.get::<String, _>(name);
    assert_eq!((text("action"), text("actor_kind")), ("app.created".into(), "account".into()));
    assert_eq!(text("actor"), world.linus.account.to_string());
    assert_eq!((text("target_kind"), text("target")), ("app".into(), text("app")));
    assert_eq!(text("target_name"), "checkout");
    assert_eq!(text("request"), seen.headers["x-request-id"].to_str().unwrap());
    assert!(text("changes").contains("Takes the money."), "{}", text("changes"));
    assert!(row.get::<bool, _>("fresh"));
    let personal = row.get::<serde_json::Value, _>("personal");
    let expected = serde_json::json!({
        "address": "203.0.113.77", "agent": "Firefox 148", "provider": "test", "session": text("session"),
    });
    assert_eq!(personal, expected);
    let all = format!("{} {personal}", text("changes"));
    assert!(!all.contains(&world.linus.cookie));

    // More than 16 kB is no event.
    let huge = format!(
        "begin; set local role cordon_system; select audit_append(jsonb_build_array(jsonb_build_object(
           'chain_id', '{}', 'chain_kind', 'org', 'action', 'org.updated', 'actor_kind', 'system',
           'changes', repeat('x', 16385), 'personal', '{{}}', 'personal_salt', '00')))",
        world.acme
    );
    assert_eq!(refusal(&mut connection, huge).await.as_deref(), Some("23514"));
}
