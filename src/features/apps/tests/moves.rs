//! Moving apps between organizations.

use crate::{
    auth::token::Kind,
    role::Role,
    testing::{Person, World},
};

const APP: &str = "/orgs/acme-production/apps/web";

/// acme-production and acme-lab; ada owns both, grace is admin of the first and member of the other.
async fn two() -> (World, crate::ids::OrgId) {
    let world = World::new().await;
    let lab = world.org(&world.ada, "acme-lab", "development").await;
    world.grant(lab, &world.grace, Role::Member).await;
    world.post(Some(&world.linus), "/orgs/acme-production/apps", &[("name", "web")]).await;
    (world, lab)
}

async fn move_it(world: &World, who: &Person, to: &str) -> crate::testing::Seen {
    world.post(Some(who), &format!("{APP}/move"), &[("to", to), ("confirm", "web")]).await
}

#[tokio::test]
async fn an_app_moves_with_its_deploys_and_without_its_tokens() {
    let (world, lab) = two().await;
    world.release("web", "v1", "succeeded").await;
    let token = world.token(&world.linus, Kind::Deploy, "deploy", Some(world.acme), Some("web")).await;
    let ada = Some(&world.ada);

    let choices = world.get(ada, &format!("{APP}/move")).await;
    assert!(choices.body.contains("acme-lab") && !choices.body.contains("evil-corp"), "{}", choices.body);
    let before = world.events(world.acme.uuid()).await.len();
    let shown = world.get(ada, &format!("{APP}/move?to=acme-lab")).await;
    for told in
        ["Its 1 deploy.", "Its 1 token stop", "Linus Member is not in acme-lab", "joins the network default"]
    {
        assert!(shown.body.contains(told), "{told}: {}", shown.body);
    }
    assert_eq!(world.events(world.acme.uuid()).await.len(), before, "looking changes nothing");

    let moved = move_it(&world, &world.ada, "acme-lab").await;
    assert_eq!((moved.status.as_u16(), moved.location()), (303, "/orgs/acme-lab/apps/web"));
    let there = world.get(ada, "/orgs/acme-lab/apps/web").await;
    assert!(there.body.contains("v1") && there.body.contains("Nobody"), "{}", there.body);
    let here = world.get(Some(&world.linus), APP).await;
    assert_eq!(here.status, 410);
    assert!(here.body.contains("web was moved to another organization") && !here.body.contains("acme-lab"));

    let mut left = world.events(world.acme.uuid()).await.split_off(before);
    left.sort();
    assert_eq!(left, ["app.moved", "token.revoked"]);
    assert_eq!(world.events(lab.uuid()).await.last().map(String::as_str), Some("app.arrived"));
    let report = world.report(&token.text, "web", r#"{"version":"v2","status":"started"}"#, None).await;
    assert_eq!(report.status, 401, "{}", report.body);

    let back = world
        .post(ada, "/orgs/acme-lab/apps/web/move", &[("to", "acme-production"), ("confirm", "web")])
        .await;
    assert_eq!(back.status, 303);
    assert_eq!(world.get(Some(&world.linus), APP).await.status, 200);
}

#[tokio::test]
async fn a_move_takes_the_permission_in_both() {
    let (world, lab) = two().await;
    let before = (world.events(world.acme.uuid()).await.len(), world.events(lab.uuid()).await.len());
    assert_eq!(move_it(&world, &world.linus, "acme-lab").await.status, 403, "a member here");
    let refused = move_it(&world, &world.grace, "acme-lab").await;
    assert_eq!(refused.status, 403, "a member there");
    assert!(refused.body.contains("move apps in or out of acme-lab"), "{}", refused.body);
    // The page's switcher may learn of the visit meanwhile, once: what is hidden looks like what is absent before or after.
    let before_it = move_it(&world, &world.ada, "evil-corq").await;
    let hidden = move_it(&world, &world.ada, "evil-corp").await;
    let after_it = move_it(&world, &world.ada, "evil-corq").await;
    assert_eq!((hidden.status, after_it.status), (before_it.status, before_it.status));
    assert_eq!(hidden.status, 404);
    assert!([&before_it.body, &after_it.body].contains(&&hidden.body), "a hidden one is absent");
    assert_eq!(move_it(&world, &world.ada, "acme-production").await.status, 422);
    assert_eq!(move_it(&world, &world.ada, "No such!").await.status, 404);
    let untyped =
        world.post(Some(&world.ada), &format!("{APP}/move"), &[("to", "acme-lab"), ("confirm", "wep")]).await;
    assert_eq!(untyped.status, 422);
    assert!(untyped.body.contains("Nothing was moved"), "{}", untyped.body);
    let after = (world.events(world.acme.uuid()).await.len(), world.events(lab.uuid()).await.len());
    assert_eq!(before, after);
    assert_eq!(world.get(Some(&world.linus), APP).await.status, 200);
}

#[tokio::test]
async fn of_two_moves_at_once_one_wins() {
    let (world, _) = two().await;
    world.org(&world.ada, "acme-attic", "development").await;
    let (one, other) =
        tokio::join!(move_it(&world, &world.ada, "acme-lab"), move_it(&world, &world.ada, "acme-attic"));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 303, "{statuses:?}");
    assert!([404, 409].contains(&statuses[1]), "{statuses:?}");
}
