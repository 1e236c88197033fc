//! Many at once: revoking and using the same token.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::time::Instant;

use super::*;
use crate::{
    auth::token::Secret,
    db::{
        Database, OrgSlug, PoolSettings, audit::Actor, audit::Chain, audit::Event, audit::Origin,
        audit::append,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn of_200_revocations_at_once_one_succeeds_and_the_others_change_nothing() {
    let world = World::new().await;
    let token = make(&world, &world.grace, TOKENS, "admin").await;
    let path = revocation(&world, "ci-main").await;
    let before = world.events(world.acme.uuid()).await.len();
    let press = || world.post(Some(&world.ada), &path, &[("confirm", "ci-main")]);
    let answers = join_all((0..200).map(|_| press())).await;
    let count = |status: u16| answers.iter().filter(|seen| seen.status == status).count();
    assert_eq!(
        (count(303), count(409)),
        (1, 199),
        "{:?}",
        answers.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    for seen in answers.iter().filter(|seen| seen.status == 409) {
        assert!(seen.body.contains("revoked already. Nothing was changed."));
    }
    assert_eq!(world.events(world.acme.uuid()).await.len(), before + 1);
    assert_eq!(whoami(&world, &token).await.status, 401);
}

// TK-5
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_let_in_after_the_revocation_on_either_of_two_instances() {
    let world = Arc::new(World::new().await);
    let mut second = world.app.clone();
    second.db = Database::new(&PoolSettings { url: world.database_url(), connections: 4 }).unwrap();
    let routers = [world.app.router().unwrap(), second.router().unwrap()];
    let token = make(&world, &world.grace, TOKENS, "admin").await;
    let until = Instant::now() + Duration::from_secs(3);
    let uses = routers.map(|router| {
        let token = token.clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while Instant::now() < until {
                let request = http::Request::get("/api/v1/token")
                    .header("authorization", format!("Bearer {token}"))
                    .body(axum::body::Body::empty())
                    .unwrap();
                let began = Instant::now();
                let status = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap().status();
                seen.push((began, status.as_u16()));
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            seen
        })
    });
    tokio::time::sleep(Duration::from_millis(800)).await;
    let path = revocation(&world, "ci-main").await;
    assert_eq!(world.post(Some(&world.ada), &path, &[("confirm", "ci-main")]).await.status, 303);
    let revoked = Instant::now();
    for uses in uses {
        let seen = uses.await.unwrap();
        let (before, after): (Vec<_>, Vec<_>) = seen.into_iter().partition(|(began, _)| *began < revoked);
        assert!(before.iter().any(|(_, status)| *status == 200), "it worked before");
        assert!(after.len() > 10 && after.iter().all(|(_, status)| *status == 401), "{after:?}");
    }
}

// TK-5
#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_waits_for_a_write_that_began_before_it_and_no_write_follows_it() {
    let world = World::new().await;
    let token = make(&world, &world.grace, TOKENS, "admin").await;
    let hash = Secret::parse(&token).unwrap().hash();
    let acme = OrgSlug::parse("acme-production").unwrap();
    let enter = || world.app.db.enter_token(&hash, Some(&acme), true);
    let (mut writing, context) = enter().await.unwrap().unwrap();
    let path = revocation(&world, "ci-main").await;
    let revoke = world.post(Some(&world.ada), &path, &[("confirm", "ci-main")]);
    let write = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let event = Event::new(Chain::Org(world.acme), &crate::features::tokens::CREATED);
        append(writing.connection(), &Actor::Token(context.token.id), &Origin::default(), event)
            .await
            .unwrap();
        writing.commit().await.unwrap();
    };
    let (revoked, ()) = tokio::join!(revoke, write);
    assert_eq!(revoked.status, 303);
    let events = world.events(world.acme.uuid()).await;
    assert_eq!(events[events.len() - 2..], ["token.created", "token.revoked"]);
    assert!(enter().await.unwrap().is_none());
}

// TK-4
#[tokio::test]
async fn a_token_that_is_not_whole_never_reaches_the_database() {
    let world = World::new().await;
    let token = make(&world, &world.grace, TOKENS, "admin").await;
    world.app.db.close().await;
    assert_eq!(whoami(&world, &token).await.status, 503);
    for odd in [&token[..token.len() - 1], &token.to_uppercase(), &format!("{token}0"), "cordon_org_x_y", "x"]
    {
        assert_eq!(whoami(&world, odd).await.status, 401, "{odd}");
    }
}

// RL-2
#[tokio::test(flavor = "multi_thread")]
async fn a_token_asks_600_times_a_minute_and_is_then_told_to_wait() {
    let world = World::new().await;
    let token = make(&world, &world.grace, TOKENS, "read").await;
    let other = make(&world, &world.grace, TOKENS, "read").await;
    let mut counts = (0, 0);
    for _ in 0..8 {
        for seen in join_all((0..100).map(|_| whoami(&world, &token))).await {
            match seen.status.as_u16() {
                200 => counts.0 += 1,
                429 => {
                    assert!(seen.headers.contains_key("retry-after"));
                    assert_eq!(seen.headers["content-type"], "application/problem+json");
                    counts.1 += 1;
                }
                other => panic!("{other}: {}", seen.body),
            }
        }
    }
    assert!((600..700).contains(&counts.0) && counts.1 > 100, "{counts:?}");
    assert_eq!(whoami(&world, &other).await.status, 200, "another token is not held up");
}
