mod lists;
mod moves;

use crate::testing::World;

const APPS: &str = "/orgs/acme-production/apps";

fn app(name: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![("name", name), ("description", "Takes orders"), ("url", "https://checkout.acme.example")]
}

#[tokio::test]
async fn a_member_adds_edits_and_deletes_an_app() {
    let world = World::new().await;
    let linus = Some(&world.linus);

    let added = world.post(linus, APPS, &app("checkout-api")).await;
    assert_eq!((added.status.as_u16(), added.location()), (303, "/orgs/acme-production/apps/checkout-api"));
    let list = world.get(linus, APPS).await;
    assert!(list.body.contains("checkout-api") && list.body.contains("Takes orders"), "{}", list.body);

    let path = format!("{APPS}/checkout-api");
    let edited = world.post(linus, &path, &[("description", "Takes payments"), ("url", "")]).await;
    assert_eq!(edited.status, 303);
    let unchanged = world.post(linus, &path, &[("description", "Takes payments"), ("url", "")]).await;
    assert_eq!(unchanged.status, 303);

    let deletion = format!("{path}/deletion");
    let refused = world.post(linus, &deletion, &[("confirm", "checkout")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Nothing was deleted"));
    assert_eq!(world.post(linus, &deletion, &[("confirm", "checkout-api")]).await.status, 303);
    let gone = world.get(linus, &path).await;
    assert_eq!(gone.status, 410);
    assert!(gone.body.contains("checkout-api was deleted"), "{}", gone.body);

    let events = world.events(world.acme.uuid()).await;
    let (_, newest) = events.split_at(events.len() - 3);
    assert_eq!(newest, ["app.created", "app.updated", "app.deleted"]);
}

#[tokio::test]
async fn two_who_edit_one_app_at_once_both_see_both() {
    let world = World::new().await;
    world.post(Some(&world.linus), APPS, &app("web")).await;
    let path = format!("{APPS}/web");
    let form = world.get(Some(&world.linus), &format!("{path}/edit")).await;
    let made_from = form.body.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let save = async |who, text| {
        let fields = [("description", text), ("url", "https://web.acme.example"), ("version", made_from)];
        world.post(Some(who), &path, &fields).await
    };
    let (one, two) = tokio::join!(save(&world.linus, "By Linus"), save(&world.ada, "By Ada"));
    let (won, lost) = if one.status == 303 { (one, two) } else { (two, one) };
    assert_eq!((won.status.as_u16(), lost.status.as_u16()), (303, 409), "{}", lost.body);
    for words in ["Someone else changed this", "By Linus", "By Ada"] {
        assert!(lost.body.contains(words), "{words} in {}", lost.body);
    }
    let events = world.events(world.acme.uuid()).await;
    assert_eq!(events.iter().filter(|event| *event == "app.updated").count(), 1);
}

#[tokio::test]
async fn a_name_that_a_hidden_organization_has_is_taken_and_nothing_typed_is_lost() {
    let world = World::new().await;
    assert_eq!(
        world.post(Some(&world.mallory), "/orgs/evil-corp/apps", &app("checkout-api")).await.status,
        303
    );
    let refused = world.post(Some(&world.linus), APPS, &app("checkout-api")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Name has already been taken."));
    for typed in ["checkout-api", "Takes orders", "https://checkout.acme.example"] {
        assert!(refused.body.contains(typed), "{typed}");
    }
    assert_eq!(world.get(Some(&world.linus), &format!("{APPS}/checkout-api")).await.status, 404);
}

#[tokio::test]
async fn a_viewer_sees_apps_and_cannot_change_them() {
    let world = World::new().await;
    world.post(Some(&world.linus), APPS, &app("web")).await;
    let list = world.get(Some(&world.vera), APPS).await;
    assert!(list.body.contains("web") && !list.body.contains("Add app"));
    let before = world.events(world.acme.uuid()).await.len();
    let refused = world.post(Some(&world.vera), APPS, &app("other")).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("owners and admins and members can"), "{}", refused.body);
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
}

#[tokio::test]
async fn odd_input_is_refused_with_a_sentence_and_changes_nothing() {
    let world = World::new().await;
    let before = world.events(world.acme.uuid()).await.len();
    let long = "x".repeat(10_000);
    for (field, value) in [
        ("name", "we b"),
        ("name", ""),
        ("name", "new"),
        ("description", "a\0b"),
        ("description", "a\u{202E}b"),
        ("description", long.as_str()),
        ("url", "javascript:alert(1)"),
        ("role", "owner"),
        ("org_id", "x"),
    ] {
        let mut fields: Vec<(&str, &str)> =
            app("web").into_iter().filter(|(name, _)| *name != field).collect();
        fields.push((field, value));
        let refused = world.post(Some(&world.linus), APPS, &fields).await;
        assert_eq!(refused.status, 422, "{field}={value}");
    }
    let twice = world.post(Some(&world.linus), APPS, &[("name", "a"), ("name", "b")]).await;
    assert_eq!(twice.status, 422);
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
}

#[tokio::test]
async fn a_long_list_is_paged_by_name_without_gaps() {
    let world = World::new().await;
    for number in 0..53 {
        let name = format!("app-{number:03}");
        world.post(Some(&world.linus), APPS, &[("name", &name)]).await;
    }
    let first = world.get(Some(&world.linus), APPS).await;
    assert!(first.body.contains("app-049") && !first.body.contains("app-050"));
    let next = crate::testing::older(&first.body).expect("a second page");
    let second = world.get(Some(&world.linus), &next).await;
    assert!(
        second.body.contains("app-050")
            && second.body.contains("app-052")
            && !second.body.contains("app-049<")
    );
    let found = world.get(Some(&world.linus), &format!("{APPS}?q=051")).await;
    assert!(found.body.contains("app-051") && !found.body.contains("app-050"));
}
