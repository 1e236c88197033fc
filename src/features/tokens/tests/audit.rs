//! What the log says about tokens, and what it says that they did.

use super::*;
use crate::{
    auth::token::Secret,
    db::{
        OrgSlug,
        audit::{Actor, Chain, Event, Origin, append},
    },
    features::audit::verify,
    ids::{AccountId, TokenId},
};

// AU-11
#[tokio::test]
async fn what_a_token_does_is_recorded_as_its_own_and_as_nobody_elses() {
    let world = World::new().await;
    let token = make(&world, &world.grace, OWN, "full").await;
    let other = make(&world, &world.grace, TOKENS, "admin").await;
    let acme = OrgSlug::parse("acme-production").unwrap();
    let try_as = async |actor: Actor, chain: Chain, token: &str| {
        let hash = Secret::parse(token).unwrap().hash();
        let (mut tx, _) = world.app.db.enter_token(&hash, Some(&acme), true).await.unwrap().unwrap();
        let event = Event::new(chain, &crate::features::tokens::CREATED).named("made by a token");
        let appended = append(tx.connection(), &actor, &Origin::default(), event).await;
        match appended {
            Ok(()) => tx.commit().await.is_ok(),
            Err(_) => false,
        }
    };
    let id = |name: &str| {
        let query = format!("select id::text from tokens where last_four = '{}'", &name[name.len() - 4..]);
        let world = &world;
        async move { one(world, &query).await.parse::<TokenId>().unwrap() }
    };
    let (own, org) = (id(&token).await, id(&other).await);
    let (here, evil) = (Chain::Org(world.acme), Chain::Org(world.evil));
    let grace: AccountId = world.grace.account;
    assert!(!try_as(Actor::Account(grace), here, &token).await, "not as its maker");
    assert!(!try_as(Actor::Token(org), here, &token).await, "not as another token");
    assert!(!try_as(Actor::System, here, &token).await);
    assert!(!try_as(Actor::Token(own), evil, &token).await, "not where it is not let in");
    assert!(!try_as(Actor::Token(org), Chain::Account(grace), &other).await, "not in its maker's own log");
    assert!(try_as(Actor::Token(own), here, &token).await);
    assert!(try_as(Actor::Token(org), here, &other).await);

    let kinds = "select string_agg(actor_kind || ' ' || (actor_id = any (select id from tokens))::text, ', ')
                 from audit_events where target_name = 'made by a token'";
    assert_eq!(one(&world, kinds).await, "token true, token true");
    for reader in [&world.ada, &world.vera] {
        let page = world.get(Some(reader), "/orgs/acme-production/audit").await.body;
        assert!(page.contains("<b>ci-main</b>"), "{page}");
        assert!(page.contains("ci-main, a token of Grace Hopper"));
    }
    let by_grace = format!("/orgs/acme-production/audit?who={}", world.grace.account);
    assert!(world.get(Some(&world.ada), &by_grace).await.body.contains("made by a token"));
    let report = verify(&world.app.db, None).await.unwrap();
    assert!(report.faults.is_empty(), "{report:?}");
}

#[tokio::test]
async fn a_token_of_an_organization_sees_nothing_of_its_makers_account() {
    let world = World::new().await;
    let token = make(&world, &world.grace, TOKENS, "admin").await;
    let hash = Secret::parse(&token).unwrap().hash();
    for writes in [false, true] {
        let (mut tx, context) = world.app.db.enter_token(&hash, None, writes).await.unwrap().unwrap();
        assert_eq!(context.org.as_ref().map(|org| org.slug.as_str()), Some("acme-production"));
        for table in ["identities", "sessions", "audit_chains where kind = 'account'"] {
            let from = table.split(' ').next().unwrap();
            let column = if from == "sessions" { "id" } else { "1" };
            let query = format!("select count({column}) from {table}");
            #[expect(
                clippy::disallowed_methods,
                reason = "as the application's role, in the token's transaction"
            )]
            let count: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(tx.connection()).await.unwrap();
            assert_eq!(count, 0, "{table}");
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "as the application's role, in the token's transaction"
        )]
        let hashes = sqlx::query("select hash from tokens").fetch_all(tx.connection()).await;
        assert!(hashes.is_err_and(|error| error.to_string().contains("permission denied")));
    }
}
