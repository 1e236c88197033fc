//! RFC 7662: whether a token is good, for those who may ask.

use serde_json::Value;

use super::*;
use crate::{
    auth::token::{Kind, Secret},
    testing::audit,
};

const INTROSPECT: &str = "/api/v1/orgs/acme-production/introspect";

async fn ask(world: &World, caller: &str, about: &str) -> Value {
    let body = serde_html_form::to_string([("token", about), ("token_type_hint", "access_token")]).unwrap();
    let seen = world.with_token(caller, Method::POST, INTROSPECT, Some(body)).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(seen.headers["cache-control"], "no-store");
    serde_json::from_str(&seen.body).unwrap()
}

#[tokio::test]
async fn a_service_asks_whether_a_token_that_it_was_shown_is_good_in_its_organization() {
    let world = World::new().await;
    world.app(world.acme, "checkout").await;
    let caller = make(&world, &world.grace, TOKENS, "read").await;
    let deploy = make(&world, &world.linus, "/orgs/acme-production/apps/checkout/tokens", "").await;
    let good = ask(&world, &caller, &deploy).await;
    assert_eq!(good["active"], true);
    assert_eq!(good["scope"], "view-inside deploy");
    assert_eq!((&good["kind"], &good["app"]), (&"deploy".into(), &"checkout".into()));
    assert_eq!(good["sub"], world.linus.account.to_string());
    assert_eq!((&good["token_type"], &good["aud"]), (&"Bearer".into(), &"acme-production".into()));
    assert!(good["exp"].as_i64() > good["iat"].as_i64());

    let personal = make(&world, &world.vera, OWN, "full").await;
    assert_eq!(ask(&world, &caller, &personal).await["scope"], "view-org view-inside");
}

#[tokio::test]
async fn whatever_is_not_good_here_is_not_active_and_nothing_more_is_said() {
    let world = World::new().await;
    let caller = make(&world, &world.grace, TOKENS, "read").await;
    let acme = Some(world.acme);
    let revoked = world.token(&world.ada, Kind::Org, "admin", acme, None).await;
    let ended = world.token(&world.ada, Kind::Org, "admin", acme, None).await;
    let foreign = world.token(&world.mallory, Kind::Org, "admin", Some(world.evil), None).await;
    let stranger = world.token(&world.mallory, Kind::Personal, "full", None, None).await;
    world
        .sql(&format!(
            "update tokens set revoked_at = now(), revoked_by = account_id where id = '{}';
             update tokens set created_at = now() - interval '2 days', expires_at = now() where id = '{}'; {}",
            revoked.id,
            ended.id,
            audit(world.acme, world.ada.account, "token.revoked"),
        ))
        .await;
    let unknown = Secret::draw(Kind::Org).unwrap().reveal().to_owned();
    for about in [
        revoked.text.as_str(),
        ended.text.as_str(),
        foreign.text.as_str(),
        stranger.text.as_str(),
        unknown.as_str(),
        "",
        "x",
        &caller.to_uppercase(),
        &caller[1..],
        &"x".repeat(64 * 1024),
    ] {
        assert_eq!(ask(&world, &caller, about).await, serde_json::json!({ "active": false }), "{about:.40}");
    }
}

#[tokio::test]
async fn only_a_token_that_looks_into_the_organization_may_ask() {
    let world = World::new().await;
    world.app(world.acme, "checkout").await;
    let deploy = make(&world, &world.linus, "/orgs/acme-production/apps/checkout/tokens", "").await;
    let body = || Some(format!("token={deploy}"));
    let ask = async |token: &str| world.with_token(token, Method::POST, INTROSPECT, body()).await;
    let refused = ask(&deploy).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("it is for the app checkout only"), "{}", refused.body);
    let foreign = world.token(&world.mallory, Kind::Org, "admin", Some(world.evil), None).await;
    assert_eq!(ask(&foreign.text).await.status, 404);
    let nobody = world.send(None, Method::POST, INTROSPECT, body(), &[]).await;
    assert_eq!(nobody.status, 401);
    assert_eq!(nobody.headers["www-authenticate"], "Bearer realm=\"cordon\"");
    let by_cookie = world.post(Some(&world.ada), INTROSPECT, &[("token", &deploy)]).await;
    assert_eq!(by_cookie.status, 401);
    let ada = make(&world, &world.ada, OWN, "read").await;
    for odd in ["", "token_type_hint=x", "token=a&token=b"] {
        let seen = world.with_token(&ada, Method::POST, INTROSPECT, Some(odd.into())).await;
        assert_eq!(seen.status, 422, "{odd}");
    }
}
