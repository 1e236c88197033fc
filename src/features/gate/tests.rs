//! The gate, asked directly and by a real nginx.

mod proxy;

use http::Method;

use crate::{
    auth::token::Kind,
    role::Role,
    testing::{Person, Seen, World},
};

async fn as_person(world: &World, who: &Person, app: &str) -> Seen {
    world.get(Some(who), &format!("/gate/{app}")).await
}

async fn as_program(world: &World, token: &str, app: &str) -> Seen {
    world.with_token(token, Method::GET, &format!("/gate/{app}"), None).await
}

fn header<'s>(seen: &'s Seen, name: &str) -> &'s str {
    seen.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn whoever_may_look_inside_passes_and_is_named() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    let seen = as_person(&world, &world.vera, "harbor-web").await;
    assert_eq!((seen.status.as_u16(), seen.body.as_str()), (200, ""));
    assert_eq!(header(&seen, "x-cordon-account"), world.vera.account.to_string());
    assert_eq!(header(&seen, "x-cordon-name"), "Vera Viewer");
    assert_eq!(header(&seen, "x-cordon-email"), "vera@acme.example");
    assert_eq!(header(&seen, "x-cordon-org"), "acme-production");
    assert_eq!(header(&seen, "x-cordon-environment"), "production");
    assert_eq!(header(&seen, "x-cordon-role"), "viewer");
    assert_eq!(header(&seen, "x-cordon-token"), "");
    assert_eq!(header(&seen, "cache-control"), "no-store");
    assert!(!seen.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_name_that_no_header_can_carry_is_encoded() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    world
        .sql(&format!(
            "update accounts set name = 'Zoë 100 %' where id = '{0}'; {1}",
            world.vera.account,
            crate::testing::audit(
                world.vera.account.uuid().into(),
                world.vera.account,
                "account.profile_changed"
            )
        ))
        .await;
    let seen = as_person(&world, &world.vera, "harbor-web").await;
    assert_eq!(header(&seen, "x-cordon-name"), "Zo%C3%AB 100 %25");
}

#[tokio::test]
async fn nobody_is_asked_for_a_token_and_never_sent_elsewhere() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    let seen = world.get(None, "/gate/harbor-web").await;
    assert_eq!(seen.status, 401);
    assert_eq!(header(&seen, "www-authenticate"), "Bearer realm=\"cordon\"");
    assert_eq!(header(&seen, "content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_hidden_app_and_an_absent_one_are_refused_alike() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    let hidden = as_person(&world, &world.mallory, "harbor-web").await;
    let odd_names = ["no-such-app", "%00", "..%2f..", &"x".repeat(5_000)];
    assert_eq!(hidden.status, 403);
    for name in odd_names {
        let absent = as_person(&world, &world.mallory, name).await;
        assert_eq!((absent.status, &absent.body), (hidden.status, &hidden.body), "{name}");
    }
}

#[tokio::test]
async fn a_role_that_sees_no_apps_does_not_pass() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    let payer = world.person("Bill Payer", "bill@acme.example").await;
    world.grant(world.acme, &payer, Role::Billing).await;
    assert_eq!(as_person(&world, &payer, "harbor-web").await.status, 403);
}

#[tokio::test]
async fn a_token_passes_where_it_and_its_maker_may() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    world.app(world.acme, "harbor-jobs").await;
    let org = world.token(&world.ada, Kind::Org, "member", Some(world.acme), None).await;
    let deploy =
        world.token(&world.linus, Kind::Deploy, "deploy", Some(world.acme), Some("harbor-web")).await;
    let own = world.token(&world.grace, Kind::Personal, "read", None, None).await;
    let foreign = world.token(&world.mallory, Kind::Org, "admin", Some(world.evil), None).await;
    let cases = [
        (&org, "harbor-web", 200),
        (&org, "harbor-jobs", 200),
        (&deploy, "harbor-web", 200),
        (&deploy, "harbor-jobs", 403),
        (&own, "harbor-web", 200),
        (&foreign, "harbor-web", 403),
        (&foreign, "no-such-app", 403),
    ];
    for (token, app, status) in cases {
        let seen = as_program(&world, &token.text, app).await;
        assert_eq!(seen.status, status, "{} at {app}", token.text);
        assert_eq!(header(&seen, "x-cordon-token") == token.id.to_string(), status == 200);
    }
}

#[tokio::test]
async fn tk_4_a_token_that_is_not_whole_is_refused_and_no_session_helps_it() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    let good = world.token(&world.ada, Kind::Org, "member", Some(world.acme), None).await.text;
    let truncated = &good[..good.len() - 1];
    let recased = good.to_uppercase();
    for text in [truncated, recased.as_str(), "cordon_", "cordon_org_", "CORDON_org_0"] {
        for who in [None, Some(&world.ada)] {
            let headers = [("authorization", format!("Bearer {text}"))];
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let seen = world.send(who, Method::GET, "/gate/harbor-web", None, &headers).await;
            assert_eq!(seen.status, 401, "{text}");
        }
    }
    // The app's own credentials are none of Cordon's business.
    let basic = [("authorization", "Basic dXNlcjpwYXNz")];
    let seen = world.send(Some(&world.ada), Method::GET, "/gate/harbor-web", None, &basic).await;
    assert_eq!(seen.status, 200);
}

#[tokio::test]
async fn the_request_after_an_end_is_refused() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    let token = world.token(&world.linus, Kind::Org, "member", Some(world.acme), None).await;
    assert_eq!(as_program(&world, &token.text, "harbor-web").await.status, 200);
    assert_eq!(as_person(&world, &world.linus, "harbor-web").await.status, 200);
    // The grant ends by itself: nobody has to do anything for it.
    world
        .sql(&format!(
            "update grants set starts_at = now() - interval '2 hours', ends_at = now() - interval '1 second'
             where account_id = '{}' and org_id = '{}'; {}",
            world.linus.account,
            world.acme,
            crate::testing::audit(world.acme, world.ada.account, "org.member_end_changed")
        ))
        .await;
    assert_eq!(as_person(&world, &world.linus, "harbor-web").await.status, 403);
    assert_eq!(as_program(&world, &token.text, "harbor-web").await.status, 401);
    // An ended session is nobody's.
    assert_eq!(as_person(&world, &world.vera, "harbor-web").await.status, 200);
    world.sql(&format!("delete from sessions where account_id = '{}'", world.vera.account)).await;
    assert_eq!(as_person(&world, &world.vera, "harbor-web").await.status, 401);
}
