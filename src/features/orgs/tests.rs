use http::Method;

use crate::{
    role::Role,
    testing::{Person, Seen, World, audit},
};

const OWN: &str = "/orgs/acme-production";

async fn make_pair(world: &World, who: &Person, project: &str) -> Seen {
    world.post(Some(who), "/orgs", &[("kind", "pair"), ("project", project)]).await
}

async fn count(world: &World, what: &str) -> i64 {
    let mut connection = world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    let count = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {what}")));
    count.fetch_one(&mut connection).await.unwrap()
}

async fn org_id(world: &World, slug: &str) -> uuid::Uuid {
    let mut connection = world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    let id = sqlx::query_scalar("select id from orgs where slug = $1");
    id.bind(slug).fetch_one(&mut connection).await.unwrap()
}

fn flash(seen: &Seen) -> String {
    let cookies = seen.headers.get_all(http::header::SET_COOKIE).iter();
    let cookie = cookies
        .filter_map(|value| value.to_str().ok())
        .find_map(|cookie| cookie.strip_prefix("cordon_flash="));
    let value = cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
    url::form_urlencoded::parse(value.as_bytes())
        .next()
        .map(|(text, _)| text.into_owned())
        .unwrap_or_default()
}

/// The page without what differs from request to request.
fn plain(seen: &Seen) -> String {
    let id = seen.headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("no id").to_owned();
    seen.body.replace(&id, "")
}

/// Leaves the page where a person can look at it.
fn keep(name: &str, seen: &Seen) {
    if let Some(folder) = option_env!("CORDON_KEEP_PAGES") {
        std::fs::write(format!("{folder}/{name}.html"), &seen.body).unwrap();
    }
}

#[tokio::test]
async fn a_pair_is_made_at_once_with_its_maker_alone_in_both() {
    let world = World::new().await;
    let made = make_pair(&world, &world.linus, "harbor").await;
    assert_eq!((made.status.as_u16(), made.location()), (303, "/orgs/harbor-production"));
    assert_eq!(
        flash(&made),
        "harbor-staging and harbor-production are ready. Only you are inside harbor-production."
    );
    for (slug, environment) in [("harbor-staging", "staging"), ("harbor-production", "production")] {
        assert_eq!(world.events(org_id(&world, slug).await).await, ["org.created"]);
        let row = format!("orgs o join projects p on p.id = o.project_id join networks n on n.org_id = o.id
            where o.slug = '{slug}' and o.environment = '{environment}' and p.name = 'harbor' and n.name = 'default'");
        assert_eq!(count(&world, &row).await, 1, "{slug}");
        let inside =
            format!("grants where role = 'owner' and org_id = (select id from orgs where slug = '{slug}')");
        assert_eq!(count(&world, &inside).await, 1, "{slug}");
        assert_eq!(world.get(Some(&world.ada), &format!("/orgs/{slug}")).await.status, 404);
    }
    assert_eq!(count(&world, "projects").await, 1);

    let seen = world.get(Some(&world.linus), "/orgs/harbor-production").await;
    keep("new-pair", &seen);
    assert_eq!(seen.status, 200);
    for text in
        ["Paired with", "harbor-staging", "Invite a second owner", "Add an app", "Nothing needs you here."]
    {
        assert!(seen.body.contains(text), "{text}");
    }
    let list = world.get(Some(&world.linus), "/orgs").await;
    keep("list", &list);
    let cards = list.body.split("id=\"orgs\"").nth(1).unwrap();
    let place = |text: &str| cards.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(place("harbor-staging") < place("harbor-production"));
    assert!(place("harbor-production") < place("Without a project"));
    assert!(place("acme-production") < place("Personal"));
}

#[tokio::test]
async fn one_organization_takes_its_slug_from_its_name_unless_one_is_typed() {
    let world = World::new().await;
    let ada = Some(&world.ada);
    let one =
        |slug| vec![("kind", "one"), ("name", "Acme Labs"), ("slug", slug), ("environment", "development")];
    let made = world.post(ada, "/orgs", &one("")).await;
    assert_eq!((made.status.as_u16(), made.location()), (303, "/orgs/acme-labs"));
    assert_eq!(flash(&made), "acme-labs is ready. Only you are inside.");
    let made = world.post(ada, "/orgs", &one("labs-two")).await;
    assert_eq!(made.location(), "/orgs/labs-two");
    assert!(world.get(ada, "/orgs/labs-two").await.body.contains("Acme Labs"));
}

#[tokio::test]
async fn one_organization_is_made_with_its_plan_and_its_second_owner_invited() {
    let world = World::new().await;
    let page = world.get(Some(&world.linus), "/orgs/new?kind=one").await;
    for words in ["name=\"plan\" value=\"free\" checked", "name=\"second_owner\"", "(recommended)"] {
        assert!(page.body.contains(words), "{words} in {}", page.body);
    }
    let fields = [
        ("kind", "one"),
        ("name", "Harbor live"),
        ("environment", "production"),
        ("plan", "team"),
        ("second_owner", " Noor@ACME.example"),
    ];
    let made = world.post(Some(&world.linus), "/orgs", &fields).await;
    assert_eq!((made.status.as_u16(), made.location()), (303, "/orgs/harbor-live"), "{}", made.body);
    assert_eq!(
        flash(&made),
        "harbor-live is ready. Only you are inside. Invited noor@acme.example as a second owner."
    );
    assert_eq!(count(&world, "orgs where slug = 'harbor-live' and plan = 'team'").await, 1);
    let offer = "invitations where email = 'noor@acme.example' and role = 'owner' and access_ends_at is null
        and link_seconds = 48 * 3600 and char_length(reason) >= 10";
    assert_eq!(count(&world, offer).await, 1);
    let events = world.events(org_id(&world, "harbor-live").await).await;
    assert_eq!(events, ["org.created", "org.invitation_sent"]);
    let created = r#"audit_events where action = 'org.created' and changes like '%"plan":[null,"team"]%'"#;
    assert_eq!(count(&world, created).await, 1);
    let page = world.get(Some(&world.linus), "/orgs/harbor-live").await;
    assert!(page.body.contains("<dt>Plan</dt><dd>Team</dd>"), "{}", page.body);
    for (field, odd) in [("plan", "gold"), ("second_owner", "linus@acme.example"), ("second_owner", "noor")] {
        let fields = [("kind", "one"), ("name", "Odd"), ("environment", "staging"), (field, odd)];
        let refused = world.post(Some(&world.linus), "/orgs", &fields).await;
        assert_eq!(refused.status, 422, "{field} {odd}");
        assert!(refused.body.contains("class=\"err\""), "{}", refused.body);
        assert!(
            field == "plan" || refused.body.contains(&format!("value=\"{odd}\"")),
            "nothing typed is lost"
        );
    }
    assert_eq!(count(&world, "orgs where name = 'Odd'").await, 0);
}

#[tokio::test]
async fn the_second_owner_of_a_pair_is_invited_to_both() {
    let world = World::new().await;
    let fields = [("kind", "pair"), ("project", "harbor"), ("second_owner", "ada@acme.example")];
    let made = world.post(Some(&world.linus), "/orgs", &fields).await;
    assert_eq!(made.status, 303, "{}", made.body);
    for slug in ["harbor-staging", "harbor-production"] {
        let events = world.events(org_id(&world, slug).await).await;
        assert_eq!(events, ["org.created", "org.invitation_sent"], "{slug}");
    }
    let waiting = world.get(Some(&world.ada), "/orgs").await;
    assert!(waiting.body.contains("harbor-staging") && waiting.body.contains("as an owner by Linus Member"));
    assert_eq!(
        world.get(Some(&world.ada), "/orgs/harbor-staging").await.status,
        404,
        "invited is not inside"
    );
}

#[tokio::test]
async fn the_overview_draws_how_the_group_grew_and_shrank() {
    let world = World::new().await;
    let young = world.get(Some(&world.ada), OWN).await;
    assert!(!young.body.contains("class=\"chart mini\""), "there is nothing to see yet");
    world
        .sql(&format!(
            "alter table grants disable trigger user; alter table orgs disable trigger user;
             update orgs set created_at = now() - interval '400 days' where id = '{org}';
             update grants set starts_at = now() - interval '400 days' where org_id = '{org}';
             update grants set starts_at = now() - interval '300 days' where org_id = '{org}' and account_id = '{linus}';
             -- Changed without a break: still one person.
             insert into grants (id, org_id, account_id, role, path, starts_at, ends_at, revoked_at, revoked_by)
               values (gen_random_uuid(), '{org}', '{linus}', 'viewer', 'invitation', now() - interval '390 days',
                       null, now() - interval '300 days', '{ada}');
             -- Came and went.
             insert into grants (id, org_id, account_id, role, path, starts_at, ends_at)
               values (gen_random_uuid(), '{org}', '{mallory}', 'viewer', 'invitation',
                       now() - interval '200 days', now() - interval '100 days');
             update grants set revoked_at = now() - interval '50 days', revoked_by = '{ada}'
               where org_id = '{org}' and account_id = '{vera}';
             alter table grants enable trigger user; alter table orgs enable trigger user",
            org = world.acme,
            linus = world.linus.account,
            ada = world.ada.account,
            mallory = world.mallory.account,
            vera = world.vera.account
        ))
        .await;
    let page = world.get(Some(&world.ada), OWN).await;
    assert!(page.body.contains(": 4 then, 3 now, 5 at most."), "{}", page.body);
    let line = page.body.split("class=\"c-line p\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    let heights: Vec<&str> = line.split('V').skip(1).map(|part| part.split('H').next().unwrap()).collect();
    assert!(line.starts_with("M2 11.6H"), "{line}");
    assert_eq!(heights, ["4.0", "11.6", "19.2"], "{line}");
    assert!(page.body.contains("3 now</span>"));
}

#[tokio::test]
async fn what_ends_soon_leads_to_its_own_sheet() {
    let world = World::new().await;
    world
        .sql(&format!(
            "alter table grants disable trigger user; update grants set ends_at = now() + interval '2 days'
             where org_id = '{}' and account_id = '{}'; alter table grants enable trigger user",
            world.acme, world.linus.account
        ))
        .await;
    let sheet = format!("<a class=\"btn btn-s\" href=\"{OWN}/team/{}\" data-sheet>", world.linus.account);
    assert!(world.get(Some(&world.grace), OWN).await.body.contains(&sheet));
    let seen = world.get(Some(&world.vera), OWN).await;
    assert!(!seen.body.contains(&sheet) && seen.body.contains("loses access"), "{}", seen.body);
}

#[tokio::test]
async fn a_taken_slug_reads_the_same_whether_one_may_see_its_owner_or_not_and_nothing_typed_is_lost() {
    let world = World::new().await;
    let before =
        (count(&world, "orgs").await, count(&world, "projects").await, count(&world, "audit_events").await);
    let fields = |slug| {
        [
            ("kind", "one"),
            ("name", "Keep me"),
            ("slug", slug),
            ("environment", "staging"),
            ("project", "kept"),
        ]
    };
    let own = world.post(Some(&world.ada), "/orgs", &fields("acme-production")).await;
    let hidden = world.post(Some(&world.ada), "/orgs", &fields("evil-corp")).await;
    keep("new-taken", &own);
    for (seen, slug) in [(&own, "acme-production"), (&hidden, "evil-corp")] {
        assert_eq!(seen.status, 422);
        assert!(seen.body.contains(&format!("{slug} is already taken. Choose another name.")));
        for typed in
            ["value=\"Keep me\"", "value=\"kept\"", &format!("value=\"{slug}\""), "value=\"staging\" checked"]
        {
            assert!(seen.body.contains(typed), "{typed}");
        }
    }
    // The switcher in the frame names the caller's own organizations; the answer is what stands in the page.
    let answer = |seen: &Seen, slug| {
        let page = plain(seen);
        page.split("<main").nth(1).unwrap_or_default().replace(slug, "X")
    };
    assert_eq!(answer(&own, "acme-production"), answer(&hidden, "evil-corp"));

    world.org(&world.mallory, "harbor-production", "production").await;
    let before = (before.0 + 1, before.1, before.2 + 1);
    let pair = make_pair(&world, &world.ada, "harbor").await;
    assert_eq!(pair.status, 422);
    assert!(
        pair.body.contains("harbor-production is already taken.") && pair.body.contains("value=\"harbor\"")
    );
    let after =
        (count(&world, "orgs").await, count(&world, "projects").await, count(&world, "audit_events").await);
    assert_eq!(before, after, "half a pair was made");
}

#[tokio::test]
async fn odd_input_makes_nothing_and_says_why() {
    let world = World::new().await;
    let before = count(&world, "orgs").await;
    for project in ["", "x", "Harbor", "har bor", "har\0bor", "har\u{202E}bor", "1harbor", &"x".repeat(52)] {
        assert_eq!(make_pair(&world, &world.ada, project).await.status, 422, "{project:?}");
    }
    for (name, slug, environment) in [
        ("a\0b", "fine-slug", "staging"),
        ("a\u{202E}b", "fine-slug", "staging"),
        ("", "fine-slug", "staging"),
        ("Fine", "orgs", "staging"),
        ("New", "", "staging"),
        ("日本", "", "staging"),
        ("Fine", "fine-slug", ""),
        ("Fine", "fine-slug", "personal"),
        ("Fine", "no-such-organization", "staging"),
    ] {
        let fields = [("kind", "one"), ("name", name), ("slug", slug), ("environment", environment)];
        let refused = world.post(Some(&world.ada), "/orgs", &fields).await;
        assert_eq!(refused.status, 422, "{name:?} {slug:?} {environment:?}");
        assert!(refused.body.contains("class=\"err\""), "{name:?} {slug:?} {environment:?}");
    }
    for field in ["role", "org_id", "id", "created_by", "personal_account_id", "second_owner"] {
        let refused = world.post(Some(&world.ada), "/orgs", &[("project", "harbor"), (field, "x")]).await;
        assert_eq!(refused.status, 422, "{field}");
    }
    let twice = world.post(Some(&world.ada), "/orgs", &[("project", "harbor"), ("project", "evil")]).await;
    assert_eq!(twice.status, 422);
    assert_eq!(world.post(Some(&world.ada), "/orgs", &[("kind", "three")]).await.status, 422);
    assert_eq!(count(&world, "orgs").await, before);
}

#[tokio::test]
async fn the_preview_shows_what_would_be_made_and_makes_nothing() {
    let world = World::new().await;
    let ada = Some(&world.ada);
    let page = world.get(ada, "/orgs/new?project=harbor").await;
    keep("new", &page);
    assert!(page.body.contains("value=\"harbor\"") && page.body.contains("<h1>Create organizations</h1>"));
    let path = "/orgs/new/preview?kind=pair&project=harbor&name=&slug=";
    let seen = world.send(ada, Method::GET, path, None, &[("hx-request", "true")]).await;
    assert_eq!(seen.status, 200);
    assert!(seen.body.contains("harbor-staging") && seen.body.contains("harbor-production"));
    assert!(!seen.body.contains("<html") && !seen.body.to_lowercase().contains("passkey"));
    let path = "/orgs/new/preview?kind=one&name=Acme+Labs&environment=production";
    let seen = world.send(ada, Method::GET, path, None, &[("hx-request", "true")]).await;
    assert!(seen.body.contains("acme-labs") && seen.body.contains("Access ends after 30 days"));
    let typed = world.get(ada, "/orgs/new/preview?project=%3Cscript%3E").await;
    assert!(!typed.body.contains("<script>") && typed.body.contains("…-staging"));
    assert_eq!(count(&world, "projects").await, 0);
}

#[tokio::test]
async fn a_hidden_organization_and_none_look_the_same() {
    let world = World::new().await;
    for tail in ["", "/settings", "/nothing"] {
        let hidden = world.get(Some(&world.ada), &format!("/orgs/evil-corp{tail}")).await;
        let absent = world.get(Some(&world.ada), &format!("/orgs/evil-corq{tail}")).await;
        assert_eq!((hidden.status.as_u16(), absent.status.as_u16()), (404, 404), "{tail}");
        assert_eq!(plain(&hidden).replace("corp", "corq"), plain(&absent), "{tail}");
    }
    let fields = [("name", "Taken over"), ("description", "")];
    assert_eq!(world.post(Some(&world.ada), "/orgs/evil-corp/settings", &fields).await.status, 404);
    let list = world.get(Some(&world.ada), "/orgs?q=evil").await;
    assert!(!list.body.contains("evil-corp"));
}

#[tokio::test]
async fn nobody_signed_in_is_sent_to_sign_in_and_back() {
    let world = World::new().await;
    let to = |seen: &Seen| (seen.status.as_u16(), seen.location().to_owned());
    assert_eq!(to(&world.get(None, "/orgs?q=x").await), (303, "/sign-in?return_to=%2Forgs%3Fq%3Dx".into()));
    assert_eq!(to(&world.get(None, OWN).await), (303, "/sign-in?return_to=%2Forgs%2Facme-production".into()));
    assert_eq!(to(&world.post(None, "/orgs", &[("project", "harbor")]).await), (303, "/sign-in".into()));
    assert_eq!(to(&world.get(Some(&world.ada), "/").await), (303, "/orgs".into()));
}

#[tokio::test]
async fn only_admins_and_owners_open_the_settings() {
    let world = World::new().await;
    let link = "href=\"/orgs/acme-production/settings\"";
    for (who, may) in [(&world.ada, true), (&world.grace, true), (&world.linus, false), (&world.vera, false)]
    {
        let seen = world.get(Some(who), OWN).await;
        assert_eq!(seen.body.contains(link), may, "{}", who.name);
        let page = world.get(Some(who), &format!("{OWN}/settings")).await;
        assert_eq!(page.status, if may { 200 } else { 403 }, "{}", who.name);
        keep(&format!("settings-{}", page.status.as_u16()), &page);
    }
    let before = world.events(world.acme.uuid()).await.len();
    let fields = [("name", "Mine"), ("description", "")];
    let refused = world.post(Some(&world.vera), &format!("{OWN}/settings"), &fields).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("owners and admins can"));
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
    assert_eq!(count(&world, "orgs where name = 'Mine'").await, 0);
}

#[tokio::test]
async fn a_change_of_settings_says_what_was_and_no_change_says_nothing() {
    let world = World::new().await;
    let path = format!("{OWN}/settings");
    let fields = [("name", "Acme live"), ("description", "What customers use.")];
    let saved = world.post(Some(&world.grace), &path, &fields).await;
    assert_eq!((saved.status.as_u16(), saved.location()), (303, path.as_str()));
    assert_eq!(flash(&saved), "Changed the settings of acme-production.");
    let changes = r#"audit_events where action = 'org.updated' and changes =
        '{"description":["","What customers use."],"name":["acme-production","Acme live"]}'"#;
    assert_eq!(count(&world, changes).await, 1);

    let again = world.post(Some(&world.grace), &path, &fields).await;
    assert_eq!((again.status.as_u16(), flash(&again).as_str()), (303, "Nothing to change."));
    let fields = [("name", "Acme live"), ("description", "")];
    world.post(Some(&world.grace), &path, &fields).await;
    let changes = r#"audit_events where action = 'org.updated' and changes = '{"description":["What customers use.",""]}'"#;
    assert_eq!(count(&world, changes).await, 1);
    assert_eq!(count(&world, "audit_events where action = 'org.updated'").await, 2);

    let long = "x".repeat(501);
    for (name, description) in
        [("", "kept text"), ("a\0b", "kept text"), ("a\u{202E}b", "kept text"), ("kept", long.as_str())]
    {
        let refused =
            world.post(Some(&world.ada), &path, &[("name", name), ("description", description)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("class=\"err\"") && refused.body.contains(description));
    }
    for field in ["slug", "environment", "project_id", "deleted_at", "name"] {
        let fields = [("name", "Acme"), ("description", ""), (field, "x")];
        assert_eq!(world.post(Some(&world.ada), &path, &fields).await.status, 422, "{field}");
    }
    assert_eq!(count(&world, "audit_events where action = 'org.updated'").await, 2);
}

#[tokio::test]
async fn two_who_save_settings_at_once_both_see_both() {
    let world = World::new().await;
    let path = format!("{OWN}/settings");
    let version = |seen: &Seen| {
        let rest = seen.body.split("name=\"version\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let made_from = version(&world.get(Some(&world.ada), &path).await);
    let save = async |who: &Person, name: &str, text: &str, made_from: &str| {
        let fields = [("name", name), ("description", text), ("version", made_from)];
        world.post(Some(who), &path, &fields).await
    };
    let (one, two) = tokio::join!(
        save(&world.ada, "Acme by Ada", "Line one.\r\nLine two.", &made_from),
        save(&world.grace, "Acme by Grace", "", &made_from)
    );
    let (won, lost) = if one.status == 303 { (one, two) } else { (two, one) };
    assert_eq!((won.status.as_u16(), lost.status.as_u16()), (303, 409), "{}", lost.body);
    assert_eq!(count(&world, "audit_events where action = 'org.updated'").await, 1);
    for words in ["Someone else changed this", "Acme by Ada", "Acme by Grace", "Line two.", "<i>nothing</i>"]
    {
        assert!(lost.body.contains(words), "{words} in {}", lost.body);
    }
    // Whoever has seen both may put theirs in its place; whoever types what is there changes nothing.
    let saved = save(&world.ada, "Acme by both", "", &version(&lost)).await;
    assert_eq!(flash(&saved), "Changed the settings of acme-production.");
    let nothing = save(&world.grace, "Acme by both", "", &made_from).await;
    assert_eq!(flash(&nothing), "Nothing to change.");
}

#[tokio::test]
async fn a_form_acts_on_the_organization_of_its_address_whatever_was_opened_since() {
    let world = World::new().await;
    let second = world.org(&world.ada, "acme-staging", "staging").await;
    let ada = Some(&world.ada);
    assert!(world.get(ada, &format!("{OWN}/settings")).await.body.contains("acme-production"));
    assert!(world.get(ada, "/orgs/acme-staging/settings").await.body.contains("acme-staging"));
    let before = world.events(second.uuid()).await.len();
    let fields = [("name", "From the first tab"), ("description", "")];
    assert_eq!(world.post(ada, &format!("{OWN}/settings"), &fields).await.status, 303);
    assert_eq!(count(&world, "orgs where name = 'From the first tab' and slug = 'acme-production'").await, 1);
    assert_eq!(count(&world, "orgs where name = 'From the first tab'").await, 1);
    assert_eq!(world.events(second.uuid()).await.len(), before);
    assert_eq!(world.events(world.acme.uuid()).await.last().unwrap(), "org.updated");
}

#[tokio::test]
async fn the_overview_draws_who_is_inside_and_what_needs_a_look() {
    let world = World::new().await;
    let soon = world.person("Sophie Soon", "sophie@acme.example").await;
    let grant = world.grant(world.acme, &soon, Role::Member).await;
    let record = audit(world.acme, world.ada.account, "org.invitation_sent");
    let invite = |email: &str, state: &str, mail: &str| {
        format!("insert into invitations (id, org_id, email, role, state, invited_by, link_seconds, expires_at, mail_state)
            values (gen_random_uuid(), '{}', '{email}', 'member', '{state}', '{}', 3600, now() + interval '1 day', '{mail}');",
            world.acme, world.ada.account)
    };
    world
        .sql(&format!(
            "update grants set ends_at = now() + interval '2 days' where id = '{grant}'; {} {} {} {record}",
            invite("held@acme.example", "held", "sent"),
            invite("failed@acme.example", "waiting", "failed"),
            invite("fine@acme.example", "waiting", "sent"),
        ))
        .await;

    let seen = world.get(Some(&world.grace), OWN).await;
    keep("overview", &seen);
    for text in [
        "<p class=\"big\">5</p>",
        "<span>You</span>",
        "<span>Ada</span>",
        "Until ",
        "4 standing, 1 until a date.",
        "<b>Sophie Soon</b> loses access in 2 days",
        "Extend or let end",
        "held@acme.example",
        "failed@acme.example",
        "Ada Lovelace is the only owner",
        "4 things",
        "by Ada Lovelace",
    ] {
        assert!(seen.body.contains(text), "{text}");
    }
    assert!(!seen.body.contains("fine@acme.example") && !seen.body.contains("Invite a second owner"));

    let seen = world.get(Some(&world.vera), OWN).await;
    assert!(seen.body.contains("Sophie Soon") && !seen.body.contains("held@acme.example"));
    assert!(!seen.body.contains("Extend or let end") && !seen.body.contains("Invite to acme-production"));
}

#[tokio::test]
async fn the_ended_and_the_revoked_are_not_inside() {
    let world = World::new().await;
    let record = audit(world.acme, world.ada.account, "org.member_removed");
    let (linus, vera, ada) = (world.linus.account, world.vera.account, world.ada.account);
    world.sql(&format!(
        "update grants set starts_at = now() - interval '2 days', ends_at = now() - interval '1 second'
           where org_id = '{acme}' and account_id = '{linus}';
         update grants set revoked_at = now(), revoked_by = '{ada}' where org_id = '{acme}' and account_id = '{vera}';
         {record}", acme = world.acme)).await;
    let seen = world.get(Some(&world.ada), OWN).await;
    assert!(seen.body.contains("<p class=\"big\">2</p>") && seen.body.contains("<span>Grace</span>"));
    assert!(!seen.body.contains("<span>Linus</span>") && !seen.body.contains("<span>Vera</span>"));
    assert_eq!(world.get(Some(&world.linus), OWN).await.status, 404);
}

#[tokio::test]
async fn somebody_new_reads_where_to_begin_and_what_waits_for_them() {
    let world = World::new().await;
    let new = world.person("Noor Haddad", "noor@acme.example").await;
    let seen = world.get(Some(&new), "/orgs").await;
    keep("list-empty", &seen);
    assert!(seen.body.contains("You are not in any organization yet.") && seen.body.contains("Personal"));
    assert!(!seen.body.contains("You are invited"));

    let record = audit(world.acme, world.ada.account, "org.invitation_sent");
    world.sql(&format!(
        "insert into invitations (id, org_id, email, role, invited_by, link_seconds, expires_at)
         values (gen_random_uuid(), '{}', 'noor@acme.example', 'member', '{}', 3600, now() + interval '1 day'); {record}",
        world.acme, world.ada.account)).await;
    let seen = world.get(Some(&new), "/orgs").await;
    keep("list-invited", &seen);
    assert!(seen.body.contains("You are invited to <b>acme-production</b>"));
    assert!(seen.body.contains("as a member by Ada Lovelace"));
    assert!(!world.get(Some(&world.mallory), "/orgs").await.body.contains("You are invited"));

    let record = format!("set local role cordon_system; select audit_append(jsonb_build_array(jsonb_build_object(
        'chain_id', '{0}', 'chain_kind', 'account', 'action', 'account.updated', 'actor_kind', 'system', 'changes', '{{}}',
        'personal', '{{}}', 'personal_salt', '00'))); reset role", new.account);
    world
        .sql(&format!(
            "update identities set email_verified = false where account_id = '{}'; {record}",
            new.account
        ))
        .await;
    assert!(
        !world.get(Some(&new), "/orgs").await.body.contains("You are invited"),
        "the address is not verified"
    );
}

#[tokio::test]
async fn the_list_finds_by_letters_and_pages_without_gaps() {
    let world = World::new().await;
    let ada = Some(&world.ada);
    make_pair(&world, &world.ada, "harbor").await;
    for number in 0..super::store::PAGE {
        world.org(&world.ada, &format!("team-{number:03}"), "staging").await;
    }
    let body = |seen: Seen| seen.body.split("id=\"orgs\"").nth(1).unwrap().to_owned();
    let mut found = Vec::new();
    let mut path = "/orgs".to_owned();
    for _ in 0..3 {
        let page = body(world.get(ada, &path).await);
        found.extend(
            page.split("<h3><a href=\"/orgs/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()),
        );
        let Some(older) = page.split("rel=\"next\"").next().filter(|_| page.contains("rel=\"next\"")) else {
            break;
        };
        path = older.rsplit("href=\"").next().unwrap().split('"').next().unwrap().replace("&#38;", "&");
    }
    let all = found.len();
    found.sort();
    found.dedup();
    assert_eq!((all, found.len()), (super::store::PAGE + 4, super::store::PAGE + 4));

    let one = body(world.get(ada, "/orgs?q=HRBRPR").await);
    assert!(one.contains("harbor-production") && !one.contains("harbor-staging"));
    for odd in ["%25", "_", "%5C", "%00", "zeta"] {
        let none = world.get(ada, &format!("/orgs?q={odd}")).await;
        assert_eq!(none.status, 200, "{odd}");
        assert!(none.body.contains("No organization called"), "{odd}");
    }
    assert_eq!(world.get(ada, "/orgs?after=%00/x").await.status, 422);
}

#[tokio::test]
async fn the_switcher_searches_on_the_server() {
    let world = World::new().await;
    make_pair(&world, &world.ada, "harbor").await;
    let ask = async |query: &str, headers: &[(&str, &str)]| {
        world.send(Some(&world.ada), Method::GET, &format!("/orgs/switcher?q={query}"), None, headers).await
    };
    let rows = ask("hrb", &[("hx-request", "true")]).await;
    assert_eq!(rows.status, 200);
    assert!(
        rows.body.contains("href=\"/orgs/harbor-production\"")
            && rows.body.contains("You are owner · 1 person")
    );
    assert!(!rows.body.contains("acme-production") && !rows.body.contains("<html"));
    let rows = ask("hrb&section=team&here=harbor-staging", &[("hx-request", "true")]).await;
    assert!(rows.body.contains("href=\"/orgs/harbor-production/team\""), "{}", rows.body);
    assert_eq!(rows.body.matches("(current)").count(), 1);
    let rows = ask("&section=team&here=harbor-staging", &[("hx-request", "true")]).await;
    assert!(rows.body.contains("href=\"/orgs/acme-production/team\""), "{}", rows.body);
    let all = ask("", &[("hx-request", "true")]).await;
    assert!(all.body.contains("acme-production") && all.body.contains("harbor-staging"));
    let odd = ask("%00", &[("hx-request", "true")]).await;
    assert_eq!((odd.status.as_u16(), odd.body.contains("class=\"opt\"")), (200, false));
    let plain = ask("hrb", &[]).await;
    assert_eq!((plain.status.as_u16(), plain.location()), (303, "/orgs?q=hrb"));
}
