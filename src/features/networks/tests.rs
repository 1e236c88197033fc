use http::Method;

use crate::{
    auth::token::Kind,
    role::Role,
    testing::{Seen, World, audit},
};

mod enforce;
mod policies;

const NETWORKS: &str = "/orgs/acme-production/networks";
const EXPOSURES: &str = "/orgs/acme-production/exposures";

async fn app(world: &World, name: &str, network: &str) {
    let fields = [("name", name), ("network", network)];
    let seen = world.post(Some(&world.ada), "/orgs/acme-production/apps", &fields).await;
    assert_eq!(seen.status, 303, "{}", seen.body);
}

async fn network(world: &World, name: &str) -> Seen {
    world.post(Some(&world.ada), NETWORKS, &[("name", name)]).await
}

async fn expose(world: &World, app: &str, from: &str, protocol: &str, ports: &str) -> Seen {
    let fields = [("app", app), ("network", from), ("protocol", protocol), ("ports", ports)];
    world.post(Some(&world.grace), EXPOSURES, &fields).await
}

async fn number(world: &World, query: &str) -> i64 {
    let mut connection = world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    let number = sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await;
    number.unwrap()
}

/// The path of the one exposure that a page offers to close.
async fn closing(world: &World) -> String {
    let list = world.get(Some(&world.ada), NETWORKS).await.body;
    let start = list.find("/orgs/acme-production/exposures/01").expect("an exposure");
    list[start..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_admin_adds_a_network_puts_apps_in_it_and_exposes_one() {
    let world = World::new().await;
    let added = network(&world, "payments").await;
    assert_eq!((added.status.as_u16(), added.location()), (303, NETWORKS));
    app(&world, "web", "default").await;
    app(&world, "card-gateway", "payments").await;
    let exposed = expose(&world, "card-gateway", "default", "tcp", "9000, 8443").await;
    assert_eq!((exposed.status.as_u16(), exposed.location()), (303, NETWORKS));

    let page = world.get(Some(&world.vera), NETWORKS).await.body;
    assert!(page.contains("card-gateway can be reached from default on TCP ports 8443 and 9000."), "{page}");
    assert!(page.contains("Network payments holds card-gateway."));
    assert!(!page.contains("Add network to") && !page.contains("/deletion"), "a viewer changes nothing");
    let overview = world.get(Some(&world.vera), "/orgs/acme-production").await.body;
    assert!(overview.contains("card-gateway can be reached from default"));
    let one = world.get(Some(&world.vera), &format!("{NETWORKS}/payments")).await.body;
    assert!(one.contains("card-gateway from") && one.contains("TCP ports 8443 and 9000"), "{one}");

    let path = closing(&world).await;
    assert!(world.get(Some(&world.grace), &path).await.body.contains("Apps in payments still do."));
    assert_eq!(world.post(Some(&world.grace), &path, &[]).await.status, 303);
    assert_eq!(world.post(Some(&world.grace), &path, &[]).await.status, 404);
    assert_eq!(number(&world, "select count(*) from exposures").await, 0);

    let events = world.events(world.acme.uuid()).await;
    let newest = &events[events.len() - 5..];
    assert_eq!(
        newest,
        [
            "network.created",
            "app.created",
            "app.created",
            "network.exposure_added",
            "network.exposure_removed"
        ]
    );
    let log = world.get(Some(&world.ada), "/orgs/acme-production/audit").await.body;
    for words in ["reachable from the network", "TCP ports 8443 and 9000", "added the network"] {
        assert!(log.contains(words), "{words}: {log}");
    }
}

#[tokio::test]
async fn a_number_is_never_given_twice_and_the_prefix_is_made_of_it() {
    let world = World::new().await;
    network(&world, "first").await;
    let first = number(&world, "select number from networks where name = 'first'").await;
    let deletion = format!("{NETWORKS}/first/deletion");
    assert_eq!(world.post(Some(&world.ada), &deletion, &[("confirm", "first")]).await.status, 303);
    network(&world, "first").await;
    let second = number(&world, "select number from networks where name = 'first'").await;
    assert!(second > first, "{second} after {first}");
    let page = world.get(Some(&world.vera), NETWORKS).await.body;
    assert!(page.contains(&format!("fdaa:{:x}:{:x}::/48", second >> 16, second & 0xffff)), "{page}");

    // Up to the last of 32 bits, and then no more.
    world.sql("select setval('networks_number_seq', 4294967294)").await;
    assert_eq!(network(&world, "last").await.status, 303);
    assert!(world.get(Some(&world.vera), NETWORKS).await.body.contains("fdaa:ffff:ffff::/48"));
    assert_eq!(network(&world, "beyond").await.status, 500);

    // The application may not choose one.
    let refused = format!(
        "set local role cordon_app; set local cordon.account = '{}'; set local cordon.orgs = '{{{}}}';
         insert into networks (id, org_id, name, number) overriding system value
         values (gen_random_uuid(), '{}', 'again', {first})",
        world.ada.account, world.acme, world.acme
    );
    let mut connection = world.connection().await;
    let batch = format!("begin; {refused}; commit");
    let error = sqlx::raw_sql(sqlx::AssertSqlSafe(batch)).execute(&mut connection).await.unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
}

#[tokio::test]
async fn only_an_empty_network_is_deleted_and_the_default_one_never() {
    let world = World::new().await;
    network(&world, "payments").await;
    app(&world, "card-gateway", "payments").await;
    app(&world, "web", "default").await;
    expose(&world, "web", "payments", "udp", "53").await;
    let before = world.events(world.acme.uuid()).await.len();
    let deletion = format!("{NETWORKS}/payments/deletion");
    let held = world.post(Some(&world.ada), &deletion, &[("confirm", "payments")]).await;
    assert_eq!(held.status, 409);
    assert!(held.body.contains("payments still holds apps"), "{}", held.body);
    assert_eq!(world.get(Some(&world.ada), &deletion).await.status, 409);
    let default = format!("{NETWORKS}/default/deletion");
    let stays = world.post(Some(&world.ada), &default, &[("confirm", "default")]).await;
    assert_eq!(stays.status, 409);
    assert!(stays.body.contains("The default network stays."));
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);

    world
        .post(
            Some(&world.ada),
            "/orgs/acme-production/apps/card-gateway/deletion",
            &[("confirm", "card-gateway")],
        )
        .await;
    let sheet = world.get(Some(&world.ada), &deletion).await;
    assert!(sheet.body.contains("web in default on UDP port 53"), "{}", sheet.body);
    let mistyped = world.post(Some(&world.ada), &deletion, &[("confirm", "payment")]).await;
    assert_eq!(mistyped.status, 422);
    assert!(mistyped.body.contains("Nothing was deleted"));
    assert_eq!(world.post(Some(&world.ada), &deletion, &[("confirm", "payments")]).await.status, 303);
    assert_eq!(world.get(Some(&world.ada), &format!("{NETWORKS}/payments")).await.status, 404);
    let events = world.events(world.acme.uuid()).await;
    assert_eq!(events[events.len() - 3..], ["app.deleted", "network.deleted", "network.exposure_removed"]);
}

#[tokio::test]
async fn an_exposure_ends_when_its_app_is_deleted_or_moved_away() {
    let world = World::new().await;
    world.org(&world.ada, "acme-lab", "development").await;
    network(&world, "payments").await;
    for (name, leave) in [("gone", "deletion"), ("moved", "move")] {
        app(&world, name, "default").await;
        assert_eq!(expose(&world, name, "payments", "tcp", "443").await.status, 303);
        let path = format!("/orgs/acme-production/apps/{name}/{leave}");
        if leave == "move" {
            let shown = world.get(Some(&world.ada), &format!("{path}?to=acme-lab")).await;
            assert!(shown.body.contains("closed to the other networks that reach it: payments."));
        }
        let before = world.events(world.acme.uuid()).await.len();
        let fields: &[(&str, &str)] =
            if leave == "move" { &[("to", "acme-lab"), ("confirm", name)] } else { &[("confirm", name)] };
        let seen = world.post(Some(&world.ada), &path, fields).await;
        assert_eq!(seen.status, 303, "{}", seen.body);
        assert_eq!(number(&world, "select count(*) from exposures").await, 0);
        let mut left = world.events(world.acme.uuid()).await.split_off(before);
        left.sort();
        assert_eq!(left.last().map(String::as_str), Some("network.exposure_removed"), "{left:?}");
    }
}

#[tokio::test]
async fn an_app_keeps_the_network_it_was_added_to() {
    let world = World::new().await;
    network(&world, "payments").await;
    app(&world, "web", "default").await;
    let path = "/orgs/acme-production/apps/web";
    let moved = world.post(Some(&world.ada), path, &[("network", "payments"), ("description", "x")]).await;
    assert_eq!(moved.status, 422);
    assert!(moved.body.contains("keeps the network"), "{}", moved.body);
    // The database holds it as well.
    let mut connection = world.connection().await;
    let update = "update apps set network_id = (select id from networks where name = 'payments')";
    let refused = sqlx::raw_sql(update).execute(&mut connection).await.unwrap_err();
    assert!(refused.to_string().contains("an app keeps its network"), "{refused}");
    assert_eq!(
        number(
            &world,
            "select count(*) from apps a join networks n on n.id = a.network_id where n.name = 'default'"
        )
        .await,
        1
    );
}

#[tokio::test]
async fn bad_input_is_refused_with_one_sentence_and_changes_nothing() {
    let world = World::new().await;
    world.post(Some(&world.mallory), "/orgs/evil-corp/networks", &[("name", "lair")]).await;
    world.post(Some(&world.mallory), "/orgs/evil-corp/apps", &[("name", "spy"), ("network", "lair")]).await;
    network(&world, "payments").await;
    app(&world, "web", "default").await;
    expose(&world, "web", "payments", "tcp", "80").await;
    let (mine, theirs) =
        (world.events(world.acme.uuid()).await.len(), world.events(world.evil.uuid()).await.len());

    for (name, sentence) in [
        ("payments", "Name has already been taken."),
        ("Payments", "Name has already been taken."),
        ("default", "Name has already been taken."),
        ("", "Give it a name."),
        ("2nd", "Start with a letter."),
        ("a b", "Use letters, digits and dashes."),
        ("a\0b", "Use letters, digits and dashes."),
        ("new", "taken by Cordon itself"),
    ] {
        let refused = network(&world, name).await;
        assert_eq!(refused.status, 422, "{name:?}");
        assert!(refused.body.contains(sentence), "{name:?}: {}", refused.body);
    }
    for (app, from, protocol, ports, sentence) in [
        ("web", "lair", "tcp", "80", "acme-production has no network called lair."),
        ("spy", "payments", "tcp", "80", "acme-production has no app called spy."),
        ("web", "payments", "tcp", "0", "Ports are numbers from 1 to 65535."),
        ("web", "payments", "tcp", "65536", "Ports are numbers from 1 to 65535."),
        ("web", "payments", "tcp", "80, 65536", "Ports are numbers from 1 to 65535."),
        ("web", "payments", "tcp", "", "Name at least one port."),
        ("web", "payments", "icmp", "80", "Choose TCP or UDP."),
        ("web", "default", "tcp", "80", "web is in default itself"),
        ("web", "payments", "tcp", "443", "on TCP port 80 already"),
        ("web", "", "tcp", "80", "Choose a network of this organization."),
        ("a\0b", "payments", "tcp", "80", "Name an app of this organization."),
    ] {
        let refused = expose(&world, app, from, protocol, ports).await;
        assert_eq!(refused.status, 422, "{app} {from} {ports}");
        assert!(refused.body.contains(sentence), "{sentence}: {}", refused.body);
        assert!(ports.is_empty() || refused.body.contains(ports), "what was typed stays");
    }
    let extra = [("name", "more"), ("number", "1")];
    assert_eq!(world.post(Some(&world.ada), NETWORKS, &extra).await.status, 422);
    for foreign in ["lair", "nowhere"] {
        let fields = [("name", "other"), ("network", foreign)];
        let refused = world.post(Some(&world.ada), "/orgs/acme-production/apps", &fields).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("acme-production has no network called that."));
    }
    assert_eq!(world.get(Some(&world.ada), &format!("{NETWORKS}/lair")).await.status, 404);
    let foreign = number_of_exposure(&world).await;
    assert_eq!(world.post(Some(&world.ada), &foreign, &[]).await.status, 404);

    assert_eq!(world.events(world.acme.uuid()).await.len(), mine);
    assert_eq!(world.events(world.evil.uuid()).await.len(), theirs + 1, "its own new exposure alone");
    assert_eq!(number(&world, "select count(*) from exposures").await, 2);
}

/// The path at which ada would close an exposure of mallory's.
async fn number_of_exposure(world: &World) -> String {
    let fields = [("app", "spy"), ("network", "default"), ("protocol", "tcp"), ("ports", "1")];
    world.post(Some(&world.mallory), "/orgs/evil-corp/exposures", &fields).await;
    let list = world.get(Some(&world.mallory), "/orgs/evil-corp/networks").await.body;
    let start = list.find("/orgs/evil-corp/exposures/01").expect("an exposure");
    list[start..].split('"').next().unwrap().replace("evil-corp", "acme-production")
}

#[tokio::test]
async fn a_member_and_a_viewer_see_networks_and_cannot_change_them() {
    let world = World::new().await;
    network(&world, "payments").await;
    let before = world.events(world.acme.uuid()).await.len();
    for person in [&world.linus, &world.vera] {
        assert_eq!(world.get(Some(person), NETWORKS).await.status, 200);
        for (path, fields) in [
            (NETWORKS.to_owned(), vec![("name", "mine")]),
            (format!("{NETWORKS}/payments/deletion"), vec![("confirm", "payments")]),
            (EXPOSURES.to_owned(), vec![("app", "web"), ("network", "default"), ("ports", "1")]),
        ] {
            let refused = world.post(Some(person), &path, &fields).await;
            assert_eq!(refused.status, 403, "{path}");
            assert!(refused.body.contains("owners and admins can"), "{}", refused.body);
        }
    }
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
}

#[tokio::test]
async fn the_database_lets_no_exposure_cross_organizations() {
    let world = World::new().await;
    app(&world, "web", "default").await;
    let crossing = |app_org: crate::ids::OrgId, from_org: crate::ids::OrgId| {
        format!(
            "begin; insert into exposures (id, org_id, app_id, app_network_id, network_id, protocol, ports, created_by)
             select gen_random_uuid(), '{app_org}', a.id, a.network_id, n.id, 'tcp', '{{80}}', '{}'
             from apps a, networks n where a.name = 'web' and n.org_id = '{from_org}'; {}; commit",
            world.ada.account,
            audit(app_org, world.ada.account, "network.exposure_added")
        )
    };
    for (app_org, from_org, constraint) in [
        (world.acme, world.evil, "exposures_network_fkey"),
        (world.evil, world.evil, "exposures_app_fkey"),
        (world.acme, world.acme, "exposures_other_network_check"),
    ] {
        let mut connection = world.connection().await;
        let batch = crossing(app_org, from_org);
        let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(batch)).execute(&mut connection).await.unwrap_err();
        let broken = refused.as_database_error().and_then(|error| error.constraint());
        assert_eq!(broken, Some(constraint), "{refused}");
    }
}

#[tokio::test]
async fn long_lists_are_paged_without_gaps_and_the_default_comes_first() {
    let world = World::new().await;
    for n in 0..52 {
        assert_eq!(network(&world, &format!("n-{n:02}")).await.status, 303);
    }
    let row = |name: &str| format!("networks/{name}\">{name}</a></th>");
    let first = world.get(Some(&world.vera), NETWORKS).await.body;
    assert!(first.contains(&row("default")) && first.contains(&row("n-48")) && !first.contains(&row("n-49")));
    assert!(first.contains("Not drawn: 47 networks."));
    let second = world.get(Some(&world.vera), &format!("{NETWORKS}?after=n-48")).await.body;
    assert!(
        second.contains(&row("n-49")) && second.contains(&row("n-51")) && !second.contains(&row("default"))
    );
}

#[tokio::test]
async fn a_project_is_exported_as_far_as_the_caller_may_see() {
    let world = World::new().await;
    let staging = world.org(&world.ada, "acme-staging", "staging").await;
    let hidden = world.org(&world.mallory, "acme-hidden", "development").await;
    let project = "01920000-0000-7000-8000-0000000000aa";
    let orgs = [(world.acme, &world.ada), (staging, &world.ada), (hidden, &world.mallory)];
    let events = orgs.map(|(org, who)| audit(org, who.account, "org.updated")).join("; ");
    world
        .sql(&format!(
            "insert into projects (id, name) values ('{project}', 'acme');
             update orgs set project_id = '{project}' where id in ('{}', '{staging}', '{hidden}'); {events}",
            world.acme
        ))
        .await;
    let path = format!("/projects/{project}/networks/export.nft");
    let whole = world.get(Some(&world.ada), &path).await;
    assert_eq!(whole.status, 200);
    assert!(
        whole.body.contains("# acme-production / default") && whole.body.contains("# acme-staging / default")
    );
    assert!(whole.body.contains("that you do not belong to are not in this file"));
    assert!(!whole.body.contains("acme-hidden"));

    // Somebody who only pays in one of them: it is named, and not shown.
    world.grant(staging, &world.vera, Role::Billing).await;
    let part = world.get(Some(&world.vera), &path).await.body;
    assert!(part.contains("# acme-production / default") && !part.contains("# acme-staging / default"));
    assert!(part.contains("Not in this file: acme-staging."), "{part}");

    let payer = world.person("Paul Payer", "paul@acme.example").await;
    world.grant(staging, &payer, Role::Billing).await;
    assert_eq!(world.get(Some(&payer), &path).await.status, 404);
    assert_eq!(world.get(Some(&payer), "/orgs/acme-staging/networks/export.yaml").await.status, 403);
    let absent = path.replace("00aa", "00ab");
    let stranger = world.person("Stan Stranger", "stan@other.example").await;
    for missing in [&path, &absent, &"/projects/x/networks/export.nft".to_owned()] {
        assert_eq!(world.get(Some(&stranger), missing).await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn a_program_fetches_the_files_with_a_token_that_may_read() {
    let world = World::new().await;
    app(&world, "web", "default").await;
    let reader = world.token(&world.vera, Kind::ReadOnly, "read", Some(world.acme), None).await;
    let deployer = world.token(&world.ada, Kind::Deploy, "deploy", Some(world.acme), Some("web")).await;
    for file in ["export.yaml", "export.nft"] {
        let path = format!("/api/v1/orgs/acme-production/networks/{file}");
        let seen = world.with_token(&reader.text, Method::GET, &path, None).await;
        let page = world.get(Some(&world.vera), &format!("{NETWORKS}/{file}")).await;
        assert_eq!((seen.status.as_u16(), seen.body), (200, page.body));
        assert_eq!(world.with_token(&deployer.text, Method::GET, &path, None).await.status, 403);
        let foreign = path.replace("acme-production", "evil-corp");
        assert_eq!(world.with_token(&reader.text, Method::GET, &foreign, None).await.status, 404);
        assert_eq!(world.get(Some(&world.ada), &path).await.status, 401, "a cookie opens nothing there");
    }
}
