//! Every token that somebody may see, found, filtered and taken along.

use super::*;
use crate::{auth::token::Kind, role::Role, testing::audit};

async fn shown(world: &World, who: &Person, query: &str) -> Vec<String> {
    let page = world.get(Some(who), &format!("/tokens{query}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let names = page.body.split("<th scope=\"row\"><b>").skip(1);
    names.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

async fn rename(world: &World, id: crate::ids::TokenId, chain: crate::ids::OrgId, set: &str) {
    world
        .sql(&format!(
            "update tokens set {set} where id = '{id}'; {}",
            audit(chain, world.ada.account, "token.created")
        ))
        .await;
}

#[tokio::test]
async fn the_inventory_has_what_one_may_look_into_and_nothing_else() {
    let world = World::new().await;
    let staging = world.org(&world.ada, "acme-staging", "staging").await;
    let here = world.token(&world.grace, Kind::Org, "admin", Some(world.acme), None).await;
    rename(&world, here.id, world.acme, "name = 'here'").await;
    let there = world.token(&world.ada, Kind::ReadOnly, "read", Some(staging), None).await;
    rename(&world, there.id, staging, "name = 'there'").await;
    let foreign = world.token(&world.mallory, Kind::Org, "admin", Some(world.evil), None).await;
    rename(&world, foreign.id, world.evil, "name = 'foreign'").await;
    world.token(&world.linus, Kind::Personal, "full", None, None).await;

    assert_eq!(shown(&world, &world.ada, "").await, ["there", "here"]);
    assert_eq!(shown(&world, &world.grace, "").await, ["here"]);
    assert_eq!(shown(&world, &world.linus, "").await, ["ci-full", "here"]);
    assert_eq!(shown(&world, &world.mallory, "").await, ["foreign"]);
    let payer = world.person("Paying Person", "pay@acme.example").await;
    world.grant(world.acme, &payer, Role::Billing).await;
    assert_eq!(shown(&world, &payer, "").await, [""; 0], "who sees no apps sees no tokens");
    assert_eq!(world.get(Some(&payer), TOKENS).await.status, 403);

    assert_eq!(shown(&world, &world.ada, "?where=production").await, ["here"]);
    assert_eq!(shown(&world, &world.ada, "?q=STAGING").await, ["there"]);
    assert_eq!(shown(&world, &world.ada, "?q=grace").await, ["here"]);
    assert_eq!(shown(&world, &world.ada, "?q=%25").await, [""; 0]);
    assert_eq!(shown(&world, &world.ada, "?q=%00&where=x&flag=y&state=z").await.len(), 2);
}

#[tokio::test]
async fn idle_tokens_and_those_whose_maker_left_are_found() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for name in ["used", "idle", "unused", "orphan"] {
        let maker = if name == "orphan" { &world.linus } else { &world.grace };
        let token = world.token(maker, Kind::ReadOnly, "read", Some(world.acme), None).await;
        rename(&world, token.id, world.acme, &format!("name = '{name}'")).await;
        ids.push(token.id);
    }
    let old = "created_at = now() - interval '70 days', expires_at = now() + interval '20 days'";
    rename(&world, ids[0], world.acme, &format!("{old}, last_used_at = now()")).await;
    rename(&world, ids[1], world.acme, &format!("{old}, last_used_at = now() - interval '61 days'")).await;
    rename(&world, ids[2], world.acme, old).await;
    world
        .sql(&format!(
            "update grants set revoked_at = now(), revoked_by = account_id where account_id = '{}'
               and org_id = '{}'; {}",
            world.linus.account,
            world.acme,
            audit(world.acme, world.ada.account, "access.ended")
        ))
        .await;
    assert_eq!(shown(&world, &world.ada, "?flag=idle").await, ["unused", "idle"]);
    assert_eq!(shown(&world, &world.ada, "?flag=gone").await, ["orphan"]);
    assert_eq!(shown(&world, &world.ada, "?flag=far").await, [""; 0]);
    let page = world.get(Some(&world.ada), TOKENS).await.body;
    assert!(page.contains("Idle 61 days") && page.contains("Idle 70 days"), "{page}");
    assert!(page.contains("Maker left: does not work"));
}

#[tokio::test]
async fn the_table_has_every_row_and_no_formula() {
    let world = World::new().await;
    let token = world.token(&world.grace, Kind::Org, "admin", Some(world.acme), None).await;
    rename(&world, token.id, world.acme, "name = '=cmd|'' /C calc''!A0'").await;
    let hash = crate::auth::token::Secret::parse(&token.text).unwrap().hash().hex();
    let table = world.get(Some(&world.ada), "/tokens.csv").await;
    assert!(table.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(table.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let rows: Vec<&str> = table.body.split("\r\n").collect();
    assert!(rows[0].starts_with("organization,environment,name,kind,scope"));
    assert!(rows[1].contains(",'=cmd|' /C calc'!A0,"), "{}", rows[1]);
    assert!(!table.body.contains(&hash) && !table.body.contains(&token.text));
    assert_eq!(world.get(None, "/tokens.csv").await.status, 303);
}

#[tokio::test]
async fn a_long_list_is_paged_without_gaps() {
    let world = World::new().await;
    for number in 0..53 {
        let token = world.token(&world.grace, Kind::ReadOnly, "read", Some(world.acme), None).await;
        rename(&world, token.id, world.acme, &format!("name = 'token-{number:02}'")).await;
    }
    let first = world.get(Some(&world.ada), "/tokens").await.body;
    assert!(first.contains("token-52") && first.contains("token-03") && !first.contains("token-02"));
    let older = crate::testing::older(&first).expect("there are older ones");
    let second = world.get(Some(&world.ada), &older).await.body;
    assert!(second.contains("token-02") && second.contains("token-00") && !second.contains("token-03"));
    let table = world.get(Some(&world.ada), "/tokens.csv").await.body;
    assert_eq!(table.matches("\r\n").count(), 54);
}
