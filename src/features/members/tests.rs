//! What people see and may do on the team's pages.

mod several;

use http::{Method, StatusCode};

use crate::{
    ids::AccountId,
    role::Role,
    testing::{Person, Seen, World},
};

const TEAM: &str = "/orgs/acme-production/team";
const WHY: &str = "Helps with the checkout.";

fn of(person: &Person, verb: &str) -> String {
    format!("{TEAM}/{}{verb}", person.account)
}

/// What stands between two marks.
fn row<'a>(seen: &'a Seen, person: &Person) -> &'a str {
    let from = seen.body.find(&format!("id=\"member-{}\"", person.account)).expect("a row");
    let rest = &seen.body[from..];
    &rest[..rest.find("</tr>").unwrap()]
}

async fn change(world: &World, who: &Person, whom: &Person, role: &str, ends: &str) -> Seen {
    world.post(Some(who), &of(whom, "/role"), &[("role", role), ("ends", ends), ("reason", WHY)]).await
}

async fn remove(world: &World, who: &Person, whom: &Person) -> Seen {
    world.post(Some(who), &of(whom, "/remove"), &[("confirm", &whom.email)]).await
}

/// The live roles of somebody in acme-production.
async fn roles(world: &World, person: &Person) -> String {
    let mut connection = world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    sqlx::query_scalar("select array_to_string(live_roles($1, $2), ' ')")
        .bind(world.acme.uuid())
        .bind(person.account.uuid())
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

async fn last_event(world: &World) -> String {
    world.events(world.acme.uuid()).await.pop().unwrap()
}

async fn set(world: &World, person: &Person, column: &str) {
    let audit = "select set_config('x.y', 'z', true)";
    world
        .sql(&format!(
            "alter table grants disable trigger user; update grants set {column}
             where org_id = '{}' and account_id = '{}'; alter table grants enable trigger user; {audit}",
            world.acme, person.account
        ))
        .await;
}

#[tokio::test]
async fn the_list_shows_who_in_which_role_until_when_and_by_whom() {
    let world = World::new().await;
    set(&world, &world.linus, "ends_at = now() + interval '2 days'").await;
    let seen = world.get(Some(&world.grace), TEAM).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.body.contains("4 people have access to acme-production."), "{}", seen.body);
    let linus = row(&seen, &world.linus);
    for words in [
        "Linus Member",
        "linus@acme.example",
        "Member</span>",
        "Ends in 2 days",
        "Ada Lovelace",
        "Runs the checkout.",
    ] {
        assert!(linus.contains(words), "{words} in {linus}");
    }
    assert!(row(&seen, &world.grace).contains("(you)"));
    let ada = row(&seen, &world.ada);
    assert!(ada.contains("Standing") && ada.contains("Founder"), "{ada}");
    let order: Vec<usize> = ["Ada Lovelace", "Grace Hopper", "Linus Member", "Vera Viewer"]
        .iter()
        .map(|name| seen.body.find(&format!("<b>{name}")).unwrap())
        .collect();
    assert!(order.is_sorted(), "owners first");
}

#[tokio::test]
async fn only_those_who_may_change_somebody_see_how() {
    let world = World::new().await;
    for person in [&world.vera, &world.linus] {
        let seen = world.get(Some(person), TEAM).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(
            !seen.body.contains("/remove\"") && !seen.body.contains("hx-target=\"#sheet\""),
            "{}",
            person.name
        );
    }
    let seen = world.get(Some(&world.grace), TEAM).await;
    assert!(!row(&seen, &world.ada).contains("Change"), "an admin does not touch an owner");
    assert!(row(&seen, &world.linus).contains(&of(&world.linus, "/remove")));
    let seen = world.get(Some(&world.ada), TEAM).await;
    assert!(row(&seen, &world.ada).contains("Last owner"));
}

#[tokio::test]
async fn an_htmx_request_gets_the_list_alone() {
    let world = World::new().await;
    let seen = world.send(Some(&world.ada), Method::GET, TEAM, None, &[("hx-request", "true")]).await;
    assert!(
        seen.body.trim_start().starts_with("<section class=\"card table-card\" id=\"members\""),
        "{}",
        seen.body
    );
    let path = of(&world.linus, "");
    let seen = world.send(Some(&world.ada), Method::GET, &path, None, &[("hx-request", "true")]).await;
    assert!(seen.body.trim_start().starts_with("<div class=\"sheet-in\""), "{}", seen.body);
    let path = of(&world.linus, "?role=owner&ends=7d&date=&reason=");
    let seen = world.send(Some(&world.ada), Method::GET, &path, None, &[("hx-request", "true")]).await;
    assert!(
        seen.body.contains("4 people have access to acme-production after this. Linus is an owner until")
    );
    assert!(seen.body.contains("That adds an owner"), "{}", seen.body);
}

#[tokio::test]
async fn an_owner_alone_is_told_to_invite_a_second() {
    let world = World::new().await;
    let seen = world.get(Some(&world.mallory), "/orgs/evil-corp/team").await;
    assert!(
        seen.body.contains("<b>Just you in here.</b> That is the smallest possible group."),
        "{}",
        seen.body
    );
    assert!(seen.body.contains("class=\"cordon\"") && seen.body.contains("Invite a second owner"));
    assert!(seen.body.contains("<button class=\"btn\" type=\"button\" disabled>Leave evil-corp"));
}

#[tokio::test]
async fn filters_live_in_the_url() {
    let world = World::new().await;
    set(&world, &world.linus, "ends_at = now() + interval '2 days'").await;
    let names = async |query: &str| {
        let seen = world.get(Some(&world.ada), &format!("{TEAM}?{query}")).await;
        assert_eq!(seen.status, StatusCode::OK, "{query}");
        let all =
            [("ada", &world.ada), ("grace", &world.grace), ("linus", &world.linus), ("vera", &world.vera)];
        let shown =
            all.iter().filter(|(_, person)| seen.body.contains(&format!("id=\"member-{}\"", person.account)));
        shown.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("q=HOPP&role=any&access=any&sort=role").await, "grace");
    assert_eq!(names("q=vera%40").await, "vera");
    for odd in ["%25", "_", "%5C", "%27"] {
        assert_eq!(names(&format!("q={odd}")).await, "", "{odd}");
    }
    assert_eq!(names("role=admin").await, "grace");
    assert_eq!(names("access=standing").await, "ada grace vera");
    assert_eq!(names("access=ends-soon").await, "linus");
    assert_eq!(names("access=no-end-date&sort=name").await, "ada grace vera");
    assert_eq!(names("sort=last_active&role=member").await, "linus");
    for odd in ["role=god", "access=x", "sort=x", "q=%00"] {
        let seen = world.get(Some(&world.ada), &format!("{TEAM}?{odd}")).await;
        assert!(seen.status.is_client_error(), "{odd}: {}", seen.status);
    }
}

#[tokio::test]
async fn a_long_list_comes_in_pages_of_fifty() {
    let world = World::new().await;
    world
        .sql(&format!(
            "alter table accounts disable trigger user; alter table grants disable trigger user;
             insert into accounts (id, name) select gen_random_uuid(), 'Person ' || n from generate_series(1, 60) n;
             insert into grants (id, org_id, account_id, role, path)
               select gen_random_uuid(), '{}', id, 'viewer', 'invitation' from accounts where name like 'Person %';
             alter table accounts enable trigger user; alter table grants enable trigger user",
            world.acme
        ))
        .await;
    for sort in ["role", "name", "last_active"] {
        let mut path = format!("{TEAM}?sort={sort}");
        let mut seen_ids = std::collections::BTreeSet::new();
        let mut pages = Vec::new();
        loop {
            let seen = world.get(Some(&world.ada), &path).await;
            assert_eq!(seen.status, StatusCode::OK, "{path}");
            let ids: Vec<String> =
                seen.body.split("id=\"member-").skip(1).map(|rest| rest[..36].to_owned()).collect();
            pages.push(ids.len());
            seen_ids.extend(ids);
            let Some(at) = seen.body.find("class=\"pager\"") else { break };
            let rest = &seen.body[at..];
            let href = rest.split("href=\"").nth(1).unwrap();
            path = href[..href.find('"').unwrap()].replace("&#38;", "&").replace("&amp;", "&");
        }
        assert_eq!((pages, seen_ids.len()), (vec![50, 14], 64), "{sort}");
    }
}

#[tokio::test]
async fn an_owner_changes_role_and_end_in_one_go() {
    let world = World::new().await;
    let seen = change(&world, &world.ada, &world.linus, "admin", "7d").await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, TEAM), "{}", seen.body);
    assert_eq!(roles(&world, &world.linus).await, "admin");
    assert_eq!(last_event(&world).await, "org.member_role_changed");
    let seen = change(&world, &world.ada, &world.linus, "admin", "never").await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    assert_eq!(last_event(&world).await, "org.member_access_end_changed");
    let seen = change(&world, &world.ada, &world.linus, "admin", "keep").await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing would change");
    let seen = world.get(Some(&world.linus), TEAM).await;
    assert!(row(&seen, &world.linus).contains("Helps with the checkout."));
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed() {
    let world = World::new().await;
    let fields = [("role", "viewer"), ("ends", "date"), ("date", "2020-01-01"), ("reason", "short")];
    let seen = world.post(Some(&world.ada), &of(&world.linus, "/role"), &fields).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["Pick a day to come.", "ten characters", "value=\"2020-01-01\"", "value=\"viewer\" checked"]
    {
        assert!(seen.body.contains(words), "{words} in {}", seen.body);
    }
    assert_eq!(roles(&world, &world.linus).await, "member");
}

#[tokio::test]
async fn nobody_reaches_above_themselves() {
    let world = World::new().await;
    let (ada, grace, linus, vera) = (&world.ada, &world.grace, &world.linus, &world.vera);
    for who in [linus, vera] {
        assert_eq!(change(&world, who, vera, "viewer", "7d").await.status, StatusCode::FORBIDDEN);
        assert_eq!(remove(&world, who, vera).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.get(Some(who), &of(vera, "")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.get(Some(who), &of(vera, "/remove")).await.status, StatusCode::FORBIDDEN);
    }
    for role in ["owner", "billing"] {
        assert_eq!(change(&world, grace, linus, role, "keep").await.status, StatusCode::FORBIDDEN, "{role}");
    }
    assert_eq!(change(&world, grace, ada, "viewer", "keep").await.status, StatusCode::FORBIDDEN);
    assert_eq!(remove(&world, grace, ada).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get(Some(grace), &of(ada, "/remove")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(change(&world, grace, grace, "owner", "keep").await.status, StatusCode::FORBIDDEN);
    set(&world, grace, "ends_at = now() + interval '2 days'").await;
    assert_eq!(change(&world, grace, grace, "admin", "never").await.status, StatusCode::FORBIDDEN);
    assert_eq!(change(&world, grace, grace, "member", "keep").await.status, StatusCode::SEE_OTHER);
    let all = [roles(&world, ada).await, roles(&world, grace).await, roles(&world, linus).await];
    assert_eq!(all, ["owner", "member", "member"]);
}

#[tokio::test]
async fn somebody_of_another_organization_is_nobody_here() {
    let world = World::new().await;
    let (ada, mallory) = (&world.ada, &world.mallory);
    assert_eq!(world.get(Some(ada), &of(mallory, "")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(change(&world, ada, mallory, "viewer", "7d").await.status, StatusCode::NOT_FOUND);
    assert_eq!(remove(&world, ada, mallory).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.post(Some(ada), &of(mallory, "/restoration"), &[]).await.status, StatusCode::NOT_FOUND);
    for odd in ["x".to_owned(), AccountId::new().to_string(), "%00".to_owned()] {
        assert_eq!(
            world.get(Some(ada), &format!("{TEAM}/{odd}")).await.status,
            StatusCode::NOT_FOUND,
            "{odd}"
        );
    }
    assert_eq!(world.get(Some(mallory), TEAM).await.status, StatusCode::NOT_FOUND);
    assert_eq!(change(&world, mallory, &world.linus, "viewer", "7d").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn unknown_fields_are_refused() {
    let world = World::new().await;
    for field in ["org_id", "account_id", "id", "granted_by", "is_operator", "starts_at"] {
        let fields = [("role", "viewer"), ("ends", "7d"), ("reason", WHY), (field, "x")];
        let seen = world.post(Some(&world.ada), &of(&world.linus, "/role"), &fields).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        for path in [of(&world.linus, "/remove"), format!("{TEAM}/leave"), of(&world.linus, "/restoration")] {
            let seen = world.post(Some(&world.ada), &path, &[(field, "x")]).await;
            assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} to {path}");
        }
    }
    assert_eq!(roles(&world, &world.linus).await, "member");
}

#[tokio::test]
async fn a_grant_stops_working_at_its_instant() {
    let world = World::new().await;
    assert_eq!(world.get(Some(&world.linus), TEAM).await.status, StatusCode::OK);
    set(&world, &world.linus, "starts_at = now() - interval '2 days', ends_at = now() - interval '1 second'")
        .await;
    assert_eq!(world.get(Some(&world.linus), TEAM).await.status, StatusCode::NOT_FOUND);
    let seen = world.get(Some(&world.ada), TEAM).await;
    assert!(!seen.body.contains("Linus Member"));
}

#[tokio::test]
async fn two_grants_add_up_and_end_apart() {
    let world = World::new().await;
    set(&world, &world.linus, "ends_at = now() + interval '2 days'").await;
    world.grant(world.acme, &world.linus, Role::Viewer).await;
    let seen = world.get(Some(&world.linus), TEAM).await;
    let linus = row(&seen, &world.linus);
    assert!(linus.contains("Member</span>") && linus.contains("Then a lower role"), "{linus}");
    assert!(world.get(Some(&world.ada), &of(&world.linus, "")).await.body.contains("It replaces everything"));
    world
        .sql(&format!(
            "alter table grants disable trigger user; update grants set starts_at = now() - interval '2 days',
             ends_at = now() - interval '1 second' where account_id = '{}' and role = 'member';
             alter table grants enable trigger user",
            world.linus.account
        ))
        .await;
    let seen = world.get(Some(&world.linus), TEAM).await;
    let linus = row(&seen, &world.linus);
    assert!(linus.contains("Viewer</span>") && linus.contains("Standing"), "{linus}");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let world = World::new().await;
    let ada = &world.ada;
    for (role, ends) in [("admin", "keep"), ("owner", "7d")] {
        assert_eq!(change(&world, ada, ada, role, ends).await.status, StatusCode::CONFLICT, "{role} {ends}");
    }
    let seen = world.post(Some(ada), &format!("{TEAM}/leave"), &[]).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    let seen = world.get(Some(ada), &of(ada, "")).await;
    assert!(seen.body.contains("the last owner without an end date cannot go."), "{}", seen.body);
    assert_eq!(change(&world, ada, &world.grace, "owner", "7d").await.status, StatusCode::SEE_OTHER);
    let seen = remove(&world, &world.grace, ada).await;
    assert_eq!(seen.status, StatusCode::CONFLICT, "an owner with an end does not count");
    assert_eq!(roles(&world, ada).await, "owner");
}

#[tokio::test]
async fn a_removal_says_what_goes_and_is_confirmed() {
    let world = World::new().await;
    let seen = world.get(Some(&world.grace), &of(&world.linus, "/remove")).await;
    for words in [
        "Remove Linus Member from acme-production?",
        "3 people remain",
        "data-confirm=\"linus@acme.example\"",
    ] {
        assert!(seen.body.contains(words), "{words} in {}", seen.body);
    }
    for typed in ["", "linus", "ada@acme.example"] {
        let seen = world.post(Some(&world.grace), &of(&world.linus, "/remove"), &[("confirm", typed)]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
    }
    assert_eq!(roles(&world, &world.linus).await, "member");
    let seen = remove(&world, &world.grace, &world.linus).await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, TEAM), "{}", seen.body);
    let cookie = seen.headers[http::header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("Removed+Linus+Member+from+acme-production.+3+people+remain."), "{cookie}");
    assert_eq!(last_event(&world).await, "org.member_removed");
    assert_eq!(world.get(Some(&world.linus), TEAM).await.status, StatusCode::NOT_FOUND);
    assert_eq!(remove(&world, &world.grace, &world.linus).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_removal_is_taken_back_on_the_same_terms() {
    let world = World::new().await;
    set(&world, &world.linus, "ends_at = now() + interval '2 days'").await;
    assert_eq!(remove(&world, &world.ada, &world.linus).await.status, StatusCode::SEE_OTHER);
    let restore = of(&world.linus, "/restoration");
    assert!(world.get(Some(&world.grace), TEAM).await.body.contains(&restore));
    assert!(!world.get(Some(&world.vera), TEAM).await.body.contains(&restore));
    assert_eq!(world.post(Some(&world.vera), &restore, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.post(Some(&world.grace), &restore, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(last_event(&world).await, "org.member_restored");
    let seen = world.get(Some(&world.linus), TEAM).await;
    assert!(
        row(&seen, &world.linus).contains("Ends in 2 days")
            && row(&seen, &world.linus).contains("Runs the checkout.")
    );
    assert_eq!(
        world.post(Some(&world.grace), &restore, &[]).await.status,
        StatusCode::NOT_FOUND,
        "only once"
    );
    assert_eq!(remove(&world, &world.ada, &world.linus).await.status, StatusCode::SEE_OTHER);
    set(&world, &world.linus, "revoked_at = now() - interval '11 minutes'").await;
    assert_eq!(world.post(Some(&world.ada), &restore, &[]).await.status, StatusCode::NOT_FOUND, "too late");
}

#[tokio::test]
async fn an_owner_who_was_removed_is_restored_by_owners_only() {
    let world = World::new().await;
    let bob = world.person("Bob Second", "bob@acme.example").await;
    world.grant(world.acme, &bob, Role::Owner).await;
    assert_eq!(remove(&world, &world.ada, &bob).await.status, StatusCode::SEE_OTHER);
    let restore = of(&bob, "/restoration");
    assert!(!world.get(Some(&world.grace), TEAM).await.body.contains(&restore));
    assert_eq!(world.post(Some(&world.grace), &restore, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.post(Some(&world.ada), &restore, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(roles(&world, &bob).await, "owner");
}

#[tokio::test]
async fn anybody_may_leave() {
    let world = World::new().await;
    let seen = world.post(Some(&world.vera), &format!("{TEAM}/leave"), &[]).await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/orgs"));
    assert_eq!(last_event(&world).await, "org.member_left");
    assert_eq!(world.get(Some(&world.vera), TEAM).await.status, StatusCode::NOT_FOUND);
    let seen = world.post(Some(&world.ada), &of(&world.vera, "/restoration"), &[]).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND, "who left is not pulled back");
}

/// The word that a form says it was made from.
fn version(seen: &Seen) -> String {
    let rest = seen.body.split("name=\"version\" value=\"").nth(1).expect("a version");
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn two_who_change_one_person_at_once_both_see_both() {
    let world = World::new().await;
    let form = of(&world.linus, "");
    let made_from = version(&world.get(Some(&world.ada), &form).await);
    let change = async |who: &Person, role: &str, ends: &str| {
        let fields = [("role", role), ("ends", ends), ("reason", WHY), ("version", &made_from)];
        world.post(Some(who), &of(&world.linus, "/role"), &fields).await
    };
    let (one, two) = tokio::join!(change(&world.ada, "admin", "7d"), change(&world.grace, "viewer", "never"));
    let (lost, now, mine) =
        if one.status == StatusCode::CONFLICT { (one, "Viewer", "Admin") } else { (two, "Admin", "Viewer") };
    assert_eq!(lost.status, StatusCode::CONFLICT);
    for words in [
        "Someone else changed this while you were at it.".to_owned(),
        format!("<span>Now</span> {now}"),
        format!("<span>Yours</span> {mine}"),
        format!("value=\"{}\" checked", mine.to_lowercase()),
        format!(">\n{WHY}</textarea>"),
    ] {
        assert!(lost.body.contains(&words), "{words} in {}", lost.body);
    }
    assert_eq!(roles(&world, &world.linus).await, now.to_lowercase());
    // Whoever has seen both may go on: the form that came back is made from what is there now.
    let again = version(&lost);
    let (who, mine) = (if mine == "Admin" { &world.ada } else { &world.grace }, mine.to_lowercase());
    let fields = [("role", mine.as_str()), ("ends", "7d"), ("reason", WHY), ("version", &again)];
    let seen = world.post(Some(who), &of(&world.linus, "/role"), &fields).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.body);
    assert_eq!(roles(&world, &world.linus).await, mine);
}

#[tokio::test]
async fn a_sheet_left_open_does_not_end_access_that_changed_meanwhile() {
    let world = World::new().await;
    let ask = of(&world.linus, "/remove");
    let made_from = version(&world.get(Some(&world.grace), &ask).await);
    assert_eq!(
        change(&world, &world.ada, &world.linus, "admin", "never").await.status,
        StatusCode::SEE_OTHER
    );
    let fields = [("confirm", "linus@acme.example"), ("version", &made_from)];
    let seen = world.post(Some(&world.grace), &ask, &fields).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.body.contains("<span>Now</span> Linus is an admin, standing"), "{}", seen.body);
    assert_eq!(roles(&world, &world.linus).await, "admin");
    assert_eq!(remove(&world, &world.ada, &world.linus).await.status, StatusCode::SEE_OTHER);
    let seen = world.post(Some(&world.grace), &ask, &fields).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.body.contains("This person no longer has access to acme-production."), "{}", seen.body);
}

#[tokio::test]
async fn who_was_demoted_while_waiting_uses_no_right_that_is_gone() {
    let world = World::new().await;
    let (bob, cleo) = (
        world.person("Bob Second", "bob@acme.example").await,
        world.person("Cleo Third", "cleo@acme.example").await,
    );
    world.grant(world.acme, &bob, Role::Owner).await;
    world.grant(world.acme, &cleo, Role::Owner).await;
    let (demoted, removed) =
        tokio::join!(change(&world, &bob, &world.ada, "admin", "keep"), remove(&world, &world.ada, &cleo));
    if removed.status != StatusCode::SEE_OTHER {
        assert_eq!(demoted.status, StatusCode::SEE_OTHER);
        // The new grant may be younger than the transaction that asks: then nothing is held for sure.
        assert!(matches!(removed.status, StatusCode::FORBIDDEN | StatusCode::CONFLICT), "{}", removed.status);
        assert_eq!(roles(&world, &cleo).await, "owner");
    }
}

#[tokio::test]
async fn the_toast_of_a_removal_offers_the_way_back() {
    let world = World::new().await;
    let seen = remove(&world, &world.ada, &world.linus).await;
    let cookie =
        seen.headers[http::header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let session = format!("{}={}; {cookie}", world.app.config.web.cookie(), world.ada.cookie);
    let seen = world.send(None, Method::GET, TEAM, None, &[("cookie", &session)]).await;
    let toast = seen.body.split("<div class=\"toast\">").nth(1).expect("a toast");
    let restore = of(&world.linus, "/restoration");
    assert!(toast.contains(&format!("<form action=\"{restore}\" method=\"post\"")), "{toast}");
    assert!(toast.contains(">Restore</button>"), "{toast}");
    assert_eq!(world.post(Some(&world.ada), &restore, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(roles(&world, &world.linus).await, "member");
}

#[tokio::test]
async fn a_removal_counts_the_invitations_that_will_wait() {
    let world = World::new().await;
    let ask = of(&world.grace, "/remove");
    let line = "sent by Grace Hopper cannot be accepted until an admin approves.";
    assert!(!world.get(Some(&world.ada), &ask).await.body.contains(line));
    let fields = [
        ("emails", "noor@acme.example\nsam@acme.example"),
        ("role", "viewer"),
        ("ends", "7d"),
        ("reason", "Helps with the checkout."),
    ];
    let seen = world.post(Some(&world.grace), "/orgs/acme-production/invites", &fields).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.body);
    let seen = world.get(Some(&world.ada), &ask).await;
    assert!(seen.body.contains(&format!("2 invitations {line}")), "{}", seen.body);
    world.sql("alter table invitations disable trigger user; update invitations set state = 'withdrawn', decided_at = now(), decided_by = invited_by where email like 'sam@%'; alter table invitations enable trigger user").await;
    assert!(world.get(Some(&world.ada), &ask).await.body.contains(&format!("1 invitation {line}")));
}

/// One of two owners acts: removes the other, demotes the other, or goes.
async fn act(world: &World, verb: &str, me: &Person, other: &Person) -> Seen {
    match verb {
        "remove" => remove(world, me, other).await,
        "demote" => change(world, me, other, "member", "keep").await,
        _ => world.post(Some(me), &format!("{TEAM}/leave"), &[]).await,
    }
}

#[tokio::test]
async fn two_owners_at_once_never_leave_none() {
    let world = World::new().await;
    let bob = world.person("Bob Second", "bob@acme.example").await;
    let verbs = ["remove", "demote", "leave"];
    let mut conflicts = 0;
    for round in 0..30 {
        for first in verbs {
            for second in verbs {
                let fresh = format!(
                    "alter table grants disable trigger user; delete from grants where org_id = '{org}' and account_id in ('{ada}', '{bob}');
                     insert into grants (id, org_id, account_id, role, path) values
                       (gen_random_uuid(), '{org}', '{ada}', 'owner', 'invitation'), (gen_random_uuid(), '{org}', '{bob}', 'owner', 'invitation');
                     alter table grants enable trigger user",
                    org = world.acme,
                    ada = world.ada.account,
                    bob = bob.account
                );
                world.sql(&fresh).await;
                let (one, two) =
                    tokio::join!(act(&world, first, &world.ada, &bob), act(&world, second, &bob, &world.ada));
                let owners = [roles(&world, &world.ada).await, roles(&world, &bob).await];
                let kept = owners.iter().filter(|roles| roles.as_str() == "owner").count();
                assert_eq!(kept, 1, "{round} {first} {second}: {} {}", one.status, two.status);
                let done = [&one, &two].iter().filter(|seen| seen.status == StatusCode::SEE_OTHER).count();
                // Somebody who was demoted may still leave.
                let most = if [first, second].contains(&"leave") && first != second { 2 } else { 1 };
                assert!((1..=most).contains(&done), "{first} {second}: {done}");
                for seen in [&one, &two] {
                    // Who came after the other was done is no owner any more, and is told so by the guard.
                    let status = seen.status.as_u16();
                    assert!(matches!(status, 303 | 403 | 404 | 409), "{first} {second}: {status}");
                    conflicts += usize::from(status == 409);
                }
            }
        }
    }
    assert!(conflicts > 30, "they did meet: {conflicts}");
}

#[tokio::test]
async fn the_database_alone_keeps_the_last_owner() {
    use sqlx::AssertSqlSafe;
    let world = World::new().await;
    let bob = world.person("Bob Second", "bob@acme.example").await;
    world.grant(world.acme, &bob, Role::Owner).await;
    world.sql("alter table grants disable trigger audited").await;
    let end = |person: &Person| {
        AssertSqlSafe(format!(
            "begin; update grants set revoked_at = now(), revoked_by = account_id where org_id = '{}' and account_id = '{}'",
            world.acme, person.account
        ))
    };
    let (mut first, mut second) = (world.connection().await, world.connection().await);
    sqlx::raw_sql(end(&bob)).execute(&mut first).await.unwrap();
    let waiting = end(&world.ada);
    let other = tokio::spawn(async move {
        sqlx::raw_sql(waiting).execute(&mut second).await.unwrap();
        sqlx::raw_sql("commit").execute(&mut second).await
    });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!other.is_finished(), "the second waits for the first");
    sqlx::raw_sql("commit").execute(&mut first).await.unwrap();
    let refused = other.await.unwrap().unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("orgs_owner_check"));
    assert_eq!(roles(&world, &world.ada).await, "owner");
}
