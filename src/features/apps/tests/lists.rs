//! The list of apps and the page of one, as people see them.

use crate::{role::Role, testing::World};

const APPS: &str = "/orgs/acme-production/apps";

/// What a reader sees of the page: the text, with single spaces.
fn text(html: &str) -> String {
    let mut shown = String::new();
    let mut inside = true;
    for c in html.chars() {
        match c {
            '<' => inside = false,
            '>' => {
                inside = true;
                shown.push(' ');
            }
            c if inside => shown.push(c),
            _ => {}
        }
    }
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// acme-production with its staging, in which ada and linus are; an app in each.
async fn paired() -> World {
    let world = World::new().await;
    let staging = world.org(&world.ada, "acme-staging", "staging").await;
    world.grant(staging, &world.linus, Role::Viewer).await;
    world.pair(world.acme, staging).await;
    world.post(Some(&world.ada), APPS, &[("name", "web"), ("description", "Storefront")]).await;
    world.post(Some(&world.ada), "/orgs/acme-staging/apps", &[("name", "web-staging")]).await;
    world
}

#[tokio::test]
async fn the_list_says_what_runs_who_deployed_it_and_how_it_stands_next_to_staging() {
    let world = paired().await;
    let linus = Some(&world.linus);
    let fresh = text(&world.get(linus, APPS).await.body);
    assert!(fresh.contains("1 app in acme-production: 1 not deployed."), "{fresh}");

    world.release("web-staging", "v1", "succeeded").await;
    world.release("web", "v1", "succeeded").await;
    let same = text(&world.get(linus, APPS).await.body);
    assert!(same.contains("web Storefront Live v1") && same.contains("Same as staging"), "{same}");
    assert!(same.contains("github-actions") && same.contains("default"), "{same}");
    assert!(world.get(linus, APPS).await.body.contains("aria-label=\"1 deploy in 14 days\""));

    for (version, status) in [("v2", "succeeded"), ("v3", "failed"), ("v4", "started")] {
        world.release("web-staging", version, status).await;
    }
    let behind = text(&world.get(linus, APPS).await.body);
    assert!(behind.contains("2 behind staging"), "a failed one counts for nothing: {behind}");
    let ahead = text(&world.get(linus, "/orgs/acme-staging/apps").await.body);
    assert!(ahead.contains("Rolling out v4") && ahead.contains("2 ahead of production"), "{ahead}");

    world.release("web", "v9", "failed").await;
    let failed = text(&world.get(linus, APPS).await.body);
    assert!(failed.contains("v9 failed v1") && failed.contains("1 failed."), "{failed}");
}

#[tokio::test]
async fn whoever_is_not_in_staging_learns_nothing_about_it() {
    let world = paired().await;
    world.release("web-staging", "v1", "succeeded").await;
    world.release("web", "v1", "succeeded").await;
    for path in [APPS.to_owned(), format!("{APPS}/web")] {
        let seen = world.get(Some(&world.vera), &path).await;
        assert_eq!(seen.status, 200);
        assert!(!seen.body.contains("staging"), "{}", seen.body);
    }
}

#[tokio::test]
async fn a_list_is_narrowed_and_ordered_by_its_address() {
    let world = World::new().await;
    let ada = Some(&world.ada);
    for name in ["alpha", "beta", "gamma"] {
        world.post(ada, APPS, &[("name", name)]).await;
    }
    world.release("gamma", "v1", "succeeded").await;
    world.release("beta", "v1", "started").await;
    let order = |body: &str| -> Vec<usize> {
        ["app-alpha", "app-beta", "app-gamma"]
            .iter()
            .filter_map(|id| body.find(&format!("id=\"{id}\"")))
            .collect()
    };
    let by_deploy = order(&world.get(ada, APPS).await.body);
    assert!(by_deploy[1] < by_deploy[2] && by_deploy[2] < by_deploy[0]);
    let by_name = order(&world.get(ada, &format!("{APPS}?sort=name")).await.body);
    assert!(by_name.is_sorted());
    for (query, shown) in [
        ("status=live", "app-gamma"),
        ("status=rolling-out", "app-beta"),
        ("status=not-deployed", "app-alpha"),
        ("q=ALPH", "app-alpha"),
    ] {
        let body = world.get(ada, &format!("{APPS}?{query}")).await.body;
        assert_eq!(order(&body).len(), 1, "{query}");
        assert!(body.contains(shown), "{query}");
    }
    assert!(order(&world.get(ada, &format!("{APPS}?network=default")).await.body).len() == 3);
    assert!(world.get(ada, &format!("{APPS}?network=other")).await.body.contains("No app matches."));
    for odd in ["status=up", "sort=size", "after=zzz", "q=%00", "after=bmFtZXwtfGEAYg"] {
        assert_eq!(world.get(ada, &format!("{APPS}?{odd}")).await.status, 422, "{odd}");
    }
}

#[tokio::test]
async fn an_open_list_hears_of_a_release_and_of_nothing_else() {
    let world = paired().await;
    let ada = Some(&world.ada);
    let ask = async |path: &str| {
        world.send(ada, http::Method::GET, path, None, &[("hx-request", "true"), ("hx-target", "apps")]).await
    };
    let link = |body: &str| {
        let (_, rest) = body.split_once("hx-get=\"/orgs/acme-production/apps/news").unwrap();
        format!("{APPS}/news{}", rest.split_once('"').unwrap().0).replace("&#38;", "&")
    };
    let news = link(&world.get(ada, APPS).await.body);
    assert_eq!(ask(&news).await.status, 204);
    assert_eq!(ask(&news).await.body, "");
    for app in ["web", "web-staging"] {
        world.release(app, "v1", "succeeded").await;
        let heard = ask(&news).await;
        assert_eq!(heard.status, 200);
        assert!(heard.body.contains("id=\"app-web\"") && !heard.body.contains("<html"), "{heard:?}");
    }
    let plain = world.get(ada, &news).await;
    assert_eq!((plain.status.as_u16(), plain.location()), (303, APPS));
    let hidden =
        world.send(Some(&world.mallory), http::Method::GET, &news, None, &[("hx-request", "true")]).await;
    assert_eq!(hidden.status, 404);
}

#[tokio::test]
async fn an_open_list_is_no_sign_of_life() {
    let world = World::new().await;
    for _ in 0..3 {
        world
            .send(
                Some(&world.vera),
                http::Method::GET,
                &format!("{APPS}/news"),
                None,
                &[("hx-request", "true")],
            )
            .await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let mut connection = world.connection().await;
    let seen = sqlx::query_scalar!(
        r#"select count(*) as "n!" from activity where account_id = $1"#,
        world.vera.account.uuid()
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn the_page_of_an_app_shows_its_deploys_and_who_can_deploy_it() {
    let world = World::new().await;
    world.post(Some(&world.ada), APPS, &[("name", "web")]).await;
    let empty = text(&world.get(Some(&world.vera), &format!("{APPS}/web")).await.body);
    assert!(empty.contains("Not deployed yet."), "{empty}");
    for number in 1..=25 {
        world.release("web", &format!("v{number}"), if number == 3 { "failed" } else { "succeeded" }).await;
    }
    let page = text(&world.get(Some(&world.vera), &format!("{APPS}/web")).await.body);
    assert!(page.contains("v25") && page.contains("v6") && !page.contains("v5 "), "{page}");
    assert!(page.contains("Ada Lovelace Owner Founded the organization."), "{page}");
    assert!(page.contains("Linus Member Member Invited by Ada Lovelace: Runs the checkout."), "{page}");
    assert!(!page.contains("Vera Viewer Viewer"), "a viewer cannot deploy: {page}");
    let html = world.get(Some(&world.vera), &format!("{APPS}/web")).await.body;
    let (_, link) = html.split_once(&format!("href=\"{APPS}/web?after=")).unwrap();
    let cursor = link.split_once('"').unwrap().0;
    for path in [format!("{APPS}/web?after=x{cursor}"), format!("{APPS}?after={cursor}")] {
        assert_eq!(world.get(Some(&world.vera), &path).await.status, 422, "{path}");
    }
    let older = text(&world.get(Some(&world.vera), &format!("{APPS}/web?after={cursor}")).await.body);
    assert!(older.contains("v5 ") && older.contains("v3") && older.contains("Failed"), "{older}");
}
