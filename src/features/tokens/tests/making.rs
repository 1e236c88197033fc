//! Making tokens: what is shown once, what is kept, and who may make which.

use super::*;
use crate::{auth::token::Secret, role::Role};

// TK-1
#[tokio::test]
async fn a_new_token_is_shown_once_and_then_only_its_ends() {
    let world = World::new().await;
    let made = world
        .post(Some(&world.grace), TOKENS, &[("name", "ci-main"), ("scope", "member"), ("days", "")])
        .await;
    assert_eq!(made.headers["cache-control"], "no-store");
    let token = secret(&made);
    assert!(Secret::parse(&token).is_some() && token.starts_with("cordon_org_"), "{token}");
    assert!(made.body.contains("cannot show it again"));
    assert_eq!(made.body.matches(&token).count(), 1);

    let four = &token[token.len() - 4..];
    let list = world.get(Some(&world.grace), TOKENS).await;
    assert!(list.body.contains(&format!("cordon_org_…{four}")), "{}", list.body);
    assert!(list.body.contains("ci-main") && list.body.contains("Grace Hopper"));
    let revoke = revocation(&world, "ci-main").await;
    for page in [TOKENS, "/tokens", "/tokens.csv", "/orgs/acme-production/audit", "/account", &revoke] {
        let seen = world.get(Some(&world.grace), page).await;
        assert_eq!(seen.status, 200, "{page}");
        assert!(!seen.body.contains(&token[11..51]), "{page} shows the token");
    }
    assert_eq!(whoami(&world, &token).await.status, 200);
}

// TK-2
#[tokio::test]
async fn the_database_knows_the_hash_and_nothing_else() {
    let world = World::new().await;
    world.app(world.acme, "checkout").await;
    let tokens = [
        make(&world, &world.grace, TOKENS, "admin").await,
        make(&world, &world.linus, "/orgs/acme-production/apps/checkout/tokens", "").await,
        make(&world, &world.ada, OWN, "full").await,
    ];
    let mut connection = world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname in ('public', 'graphile_worker')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() > 10);
    for token in &tokens {
        let random = token.split('_').nth(2).unwrap();
        for table in &tables {
            for part in [random, &hex::encode(random), &random[..20]] {
                let query = format!("select count(*)::text from {table} t where t::text like '%{part}%'");
                assert_eq!(one(&world, &query).await, "0", "{table}");
            }
        }
        let hash = Secret::parse(token).unwrap().hash().hex();
        let query = format!("select count(*)::text from tokens where hash = '\\x{hash}'");
        assert_eq!(one(&world, &query).await, "1");
    }
}

// TK-3
#[tokio::test]
async fn a_token_ends_after_90_days_and_never_later_than_a_year() {
    let world = World::new().await;
    let days = "select extract(day from expires_at - created_at)::text from tokens order by id desc limit 1";
    make(&world, &world.grace, TOKENS, "read").await;
    assert!(["89", "90"].contains(&one(&world, days).await.as_str()));
    let fields = |days| [("name", "ci"), ("scope", "read"), ("days", days)];
    world.post(Some(&world.grace), TOKENS, &fields("")).await;
    assert!(["89", "90"].contains(&one(&world, days).await.as_str()));
    for odd in ["3650", "366", "0", "-1", "never", "9999999999999999999"] {
        let refused = world.post(Some(&world.grace), TOKENS, &fields(odd)).await;
        assert_eq!(refused.status, 422, "{odd}");
        assert!(refused.body.contains("1 to 365 days") && refused.body.contains("value=\"ci\""), "{odd}");
    }
    secret(&world.post(Some(&world.grace), TOKENS, &fields("365")).await);
    assert!(["364", "365"].contains(&one(&world, days).await.as_str()));
    let forced = force(&world, "update tokens set expires_at = created_at + interval '366 days'").await;
    assert!(forced.contains("violates check constraint"), "the database holds the limit as well: {forced}");
    assert_eq!(one(&world, "select count(*)::text from tokens").await, "3");
}

// TK-6
#[tokio::test]
async fn nobody_makes_a_token_that_may_do_more_than_they() {
    let world = World::new().await;
    world.app(world.acme, "checkout").await;
    let before = world.events(world.acme.uuid()).await.len();
    let deploy = "/orgs/acme-production/apps/checkout/tokens";
    for (who, path, scope) in [
        (&world.linus, TOKENS, "read"),
        (&world.linus, TOKENS, "member"),
        (&world.linus, TOKENS, "admin"),
        (&world.vera, TOKENS, "read"),
        (&world.vera, deploy, "deploy"),
    ] {
        let refused = world.post(Some(who), path, &[("name", "ci"), ("scope", scope)]).await;
        assert_eq!(refused.status, 403, "{} {scope}", who.name);
        assert!(refused.body.contains("Nothing was changed."));
    }
    for scope in ["owner", "full", "deploy", "", "admin\0"] {
        let refused = world.post(Some(&world.grace), TOKENS, &[("name", "ci"), ("scope", scope)]).await;
        assert_eq!(refused.status, 422, "{scope}");
    }
    for field in ["org_id", "account_id", "hash", "kind", "expires_at"] {
        let refused =
            world.post(Some(&world.grace), TOKENS, &[("name", "ci"), ("scope", "read"), (field, "x")]).await;
        assert_eq!(refused.status, 422, "{field}");
    }
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
    assert_eq!(one(&world, "select count(*)::text from tokens").await, "0");
    assert_eq!(world.post(Some(&world.linus), deploy, &[("name", "ci")]).await.status, 200);
}

// TK-6
#[tokio::test]
async fn a_token_may_do_no_more_than_its_maker_now() {
    let world = World::new().await;
    let token = make(&world, &world.grace, TOKENS, "admin").await;
    let permissions = async |token: &str| -> Vec<String> {
        let seen = whoami(&world, token).await;
        let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
        serde_json::from_value(body["permissions"].clone()).unwrap_or_default()
    };
    assert!(permissions(&token).await.contains(&"manage-members".to_owned()));
    let demote = |role: &str| {
        format!(
            "update grants set role = '{role}' where account_id = '{}' and org_id = '{}'; {}",
            world.grace.account,
            world.acme,
            crate::testing::audit(world.acme, world.ada.account, "org.member_role_changed")
        )
    };
    world.sql(&demote("viewer")).await;
    assert_eq!(permissions(&token).await, ["view-org", "view-inside"]);
    assert!(world.get(Some(&world.ada), TOKENS).await.body.contains("Maker may do less now"));
    // What the maker gains beyond the scope is not the token's.
    world.sql(&demote("owner")).await;
    assert!(!permissions(&token).await.contains(&"own-org".to_owned()));
    world.sql(&demote("billing")).await;
    assert_eq!(permissions(&token).await, ["view-org", "view-billing"]);
    let gone = format!(
        "update grants set ends_at = now() where account_id = '{}' and org_id = '{}'; {}",
        world.grace.account,
        world.acme,
        crate::testing::audit(world.acme, world.ada.account, "access.ended")
    );
    world.sql(&gone).await;
    assert_eq!(whoami(&world, &token).await.status, 401);
    assert!(world.get(Some(&world.ada), TOKENS).await.body.contains("Maker left: does not work"));
}

#[tokio::test]
async fn a_personal_token_goes_where_its_maker_goes_and_no_further() {
    let world = World::new().await;
    let token = make(&world, &world.linus, OWN, "full").await;
    let ask = async |org: &str| {
        let path = format!("/api/v1/orgs/{org}/introspect");
        world.with_token(&token, Method::POST, &path, Some("token=x".into())).await.status.as_u16()
    };
    assert_eq!(
        (ask("acme-production").await, ask("evil-corp").await, ask("no-such-org").await),
        (200, 404, 404)
    );
    world.grant(world.evil, &world.linus, Role::Viewer).await;
    assert_eq!(ask("evil-corp").await, 200);
    let events = world.events(world.linus.account.uuid()).await;
    assert_eq!(events.last().map(String::as_str), Some("token.created"));
    // Nobody else sees it, and nobody else revokes it.
    let id = one(&world, "select id::text from tokens").await;
    assert!(!world.get(Some(&world.ada), "/tokens").await.body.contains(&id));
    let foreign = world.post(Some(&world.ada), &format!("{OWN}/{id}/revocation"), &[]).await;
    assert_eq!(foreign.status, 404);
    assert_eq!(whoami(&world, &token).await.status, 200);
    assert_eq!(world.post(Some(&world.linus), &format!("{OWN}/{id}/revocation"), &[]).await.status, 303);
    assert_eq!(whoami(&world, &token).await.status, 401);
}

// TK-3
#[tokio::test]
async fn last_use_is_noted_to_the_minute_with_its_address() {
    let world = World::new().await;
    let token = make(&world, &world.grace, TOKENS, "read").await;
    let used =
        "select (now() - last_used_at < interval '1 minute')::text || ' ' || last_used_from from tokens";
    let call = async |address: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("fly-client-ip", address)];
        assert_eq!(world.send(None, Method::GET, "/api/v1/token", None, &headers).await.status, 200);
    };
    let settled = async |wanted: &str| {
        for _ in 0..100 {
            if one(&world, used).await == wanted {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{wanted} was not noted: {}", one(&world, used).await);
    };
    call("198.51.100.7").await;
    settled("true 198.51.100.7").await;
    call("2001:db8::9").await;
    settled("true 2001:db8::9").await;
    let list = |who| world.get(Some(who), TOKENS);
    assert!(list(&world.ada).await.body.contains("2001:db8::9"));
    assert!(!list(&world.vera).await.body.contains("2001:db8::9"), "a viewer sees no addresses");
    let table = world.get(Some(&world.vera), "/tokens.csv").await.body;
    assert!(table.contains("ci-main") && !table.contains("2001:db8::9"), "{table}");
}

#[tokio::test]
async fn a_token_that_changes_production_takes_a_fresh_sign_in() {
    let world = World::new().await;
    world.sql("update sessions set created_at = now() - interval '16 minutes'").await;
    let refused = world.post(Some(&world.grace), TOKENS, &[("name", "ci"), ("scope", "member")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("takes a sign-in of the last 15 minutes"), "{}", refused.body);
    assert_eq!(one(&world, "select count(*)::text from tokens").await, "0");
    let again = world.get(Some(&world.grace), &format!("{TOKENS}/new?name=ci&scope=member&days=")).await;
    assert!(again.body.contains("value=\"ci\""), "what was typed comes back");
    make(&world, &world.grace, TOKENS, "read").await;
}
