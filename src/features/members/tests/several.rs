//! Several people at once, and the team as a file.

use http::{Method, StatusCode};

use super::{TEAM, WHY, last_event, roles, row, set, version};
use crate::{
    role::Role,
    testing::{Person, Seen, World},
};

const SEVERAL: &str = "/orgs/acme-production/team/several";

fn ticked(people: &[&Person]) -> Vec<(&'static str, String)> {
    people.iter().map(|person| ("who", person.account.to_string())).collect()
}

fn query(people: &[&Person], act: &str) -> String {
    let who: Vec<String> = people.iter().map(|person| format!("who={}", person.account)).collect();
    format!("{SEVERAL}?act={act}&{}", who.join("&"))
}

async fn act(world: &World, who: &Person, people: &[&Person], fields: &[(&'static str, &str)]) -> Seen {
    let mut all = ticked(people);
    all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.post(Some(who), SEVERAL, &all).await
}

async fn change(world: &World, who: &Person, people: &[&Person], role: &str, ends: &str) -> Seen {
    act(world, who, people, &[("act", "change"), ("role", role), ("ends", ends), ("reason", WHY)]).await
}

#[tokio::test]
async fn several_people_change_in_one_go() {
    let world = World::new().await;
    let people = [&world.linus, &world.vera];
    let form = world.get(Some(&world.grace), &query(&people, "change")).await;
    assert_eq!(form.status, StatusCode::OK);
    for words in
        ["Change 2 people in acme-production", "<b>Linus Member</b> is a member, standing.", "As it is"]
    {
        assert!(form.body.contains(words), "{words} in {}", form.body);
    }
    assert!(!form.body.contains("value=\"owner\""), "an admin is not offered what is not theirs to give");
    let before = world.events(world.acme.uuid()).await.len();
    // 30 days, not 7: an end within a week is shown as so many days, and how many depends on the hour.
    let seen = change(&world, &world.grace, &people, "keep", "30d").await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, TEAM), "{}", seen.body);
    let events = world.events(world.acme.uuid()).await;
    assert_eq!(events[before..], ["org.member_access_end_changed", "org.member_access_end_changed"]);
    let seen = change(&world, &world.grace, &people, "viewer", "keep").await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let events = world.events(world.acme.uuid()).await;
    assert_eq!(events.len(), before + 3, "whoever is a viewer already stays as they are");
    assert_eq!(roles(&world, &world.linus).await, "viewer");
    let seen = world.get(Some(&world.linus), TEAM).await;
    assert!(row(&seen, &world.linus).contains("Until "), "the end stays");
    let seen = change(&world, &world.grace, &people, "viewer", "keep").await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing would change");
}

#[tokio::test]
async fn all_of_it_or_nothing() {
    let world = World::new().await;
    let (ada, grace, linus, vera) = (&world.ada, &world.grace, &world.linus, &world.vera);
    let before = world.events(world.acme.uuid()).await.len();
    let all = [
        change(&world, grace, &[linus, ada], "viewer", "keep").await.status,
        change(&world, grace, &[linus, vera], "owner", "keep").await.status,
        change(&world, linus, &[vera], "viewer", "7d").await.status,
        world.get(Some(grace), &query(&[linus, ada], "remove")).await.status,
        world.get(Some(vera), &query(&[linus], "remove")).await.status,
    ];
    assert_eq!(all, [StatusCode::FORBIDDEN; 5]);
    // The last owner is among them; the caller is among those to be removed.
    let seen = change(&world, ada, &[linus, ada], "viewer", "keep").await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.body.contains("At least one owner without an end date stays."), "{}", seen.body);
    let confirm = [("act", "remove"), ("confirm", "acme-production")];
    let seen = act(&world, grace, &[linus, grace], &confirm).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.body.contains("You are among them."), "{}", seen.body);
    let seen = change(&world, ada, &[linus, vera], "viewer", "date").await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "no day was picked");
    assert!(seen.body.contains("Pick a day.") && seen.body.contains(WHY), "{}", seen.body);
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
    assert_eq!([roles(&world, linus).await, roles(&world, vera).await], ["member", "viewer"]);
}

#[tokio::test]
async fn several_people_are_removed_and_each_can_come_back() {
    let world = World::new().await;
    let people = [&world.linus, &world.vera];
    let form = world.get(Some(&world.ada), &query(&people, "remove")).await;
    for words in
        ["Remove 2 people from acme-production?", "2 people remain", "data-confirm=\"acme-production\""]
    {
        assert!(form.body.contains(words), "{words} in {}", form.body);
    }
    let seen = act(&world, &world.ada, &people, &[("act", "remove"), ("confirm", "acme")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("act", "remove"), ("confirm", "acme-production"), ("reason", "The project is over.")];
    let seen = act(&world, &world.ada, &people, &fields).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.body);
    let events = world.events(world.acme.uuid()).await;
    assert_eq!(events[events.len() - 2..], ["org.member_removed", "org.member_removed"]);
    for person in people {
        assert_eq!(world.get(Some(person), TEAM).await.status, StatusCode::NOT_FOUND);
        let restore = format!("{TEAM}/{}/restoration", person.account);
        assert_eq!(world.post(Some(&world.ada), &restore, &[]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(roles(&world, &world.linus).await, "member");
}

#[tokio::test]
async fn a_sheet_for_several_notices_that_one_changed_meanwhile() {
    let world = World::new().await;
    let people = [&world.linus, &world.vera];
    let made_from = version(&world.get(Some(&world.grace), &query(&people, "change")).await);
    assert_eq!(
        change(&world, &world.ada, &[&world.vera], "member", "keep").await.status,
        StatusCode::SEE_OTHER
    );
    let fields =
        [("act", "change"), ("role", "viewer"), ("ends", "keep"), ("reason", WHY), ("version", &made_from)];
    let seen = act(&world, &world.grace, &people, &fields).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.body.contains("Vera Viewer is a member, standing"), "{}", seen.body);
    assert!(seen.body.contains("value=\"viewer\" checked"), "what was chosen stays");
    assert_eq!(roles(&world, &world.linus).await, "member");
}

#[tokio::test]
async fn two_sheets_at_once_never_leave_no_owner() {
    let world = World::new().await;
    let bob = world.person("Bob Second", "bob@acme.example").await;
    world.grant(world.acme, &bob, Role::Owner).await;
    let (theirs, mine) = ([&bob, &world.linus], [&world.ada, &world.vera]);
    let (one, two) = tokio::join!(
        change(&world, &world.ada, &theirs, "member", "7d"),
        change(&world, &bob, &mine, "member", "7d")
    );
    let owners = [roles(&world, &world.ada).await, roles(&world, &bob).await];
    let kept = owners.iter().filter(|roles| *roles == "owner").count();
    assert_eq!(kept, 1, "{} {}", one.status, two.status);
}

/// As if the sign-in of this session were so long ago.
async fn age(world: &World, person: &Person, by: &str) {
    let account = person.account;
    let sql =
        format!("update sessions set created_at = now() - interval '{by}' where account_id = '{account}'");
    world.sql(&sql).await;
}

/// Where a refused form sends whoever is to sign in anew, and the page that they come back to.
fn way_back(seen: &Seen) -> String {
    let link =
        seen.body.split("href=\"/sign-in?").nth(1).expect("a way to the door").split('"').next().unwrap();
    let link = link.replace("&#38;", "&");
    let query: Vec<(String, String)> = serde_html_form::from_str(&link).unwrap();
    assert_eq!(query[0], ("prove".to_owned(), "1".to_owned()));
    query[1].1.clone()
}

#[tokio::test]
async fn making_an_owner_of_production_takes_a_fresh_sign_in() {
    let world = World::new().await;
    let (ada, linus) = (&world.ada, &world.linus);
    age(&world, ada, "16 minutes").await;
    let fields = [("role", "owner"), ("ends", "7d"), ("reason", WHY)];
    let one = format!("{TEAM}/{}/role", linus.account);
    let seen = world.post(Some(ada), &one, &fields).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.body);
    let form = world.get(Some(ada), &way_back(&seen)).await;
    assert!(form.body.contains("value=\"owner\" checked") && form.body.contains(WHY), "{}", form.body);
    let seen = change(&world, ada, &[linus, &world.vera], "owner", "7d").await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.body);
    let form = world.get(Some(ada), &way_back(&seen)).await;
    assert!(form.body.contains("value=\"owner\" checked"), "{}", form.body);
    assert!(form.body.contains("Linus Member") && form.body.contains("Vera Viewer"), "{}", form.body);
    let invite = [("emails", "noor@acme.example"), ("role", "owner"), ("ends", "never"), ("reason", WHY)];
    let seen = world.post(Some(ada), "/orgs/acme-production/invites", &invite).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.body);
    let form = world.get(Some(ada), &way_back(&seen)).await;
    assert!(form.body.contains("value=\"owner\" checked"), "{}", form.body);
    assert!(form.body.contains(">\nnoor@acme.example</textarea>"), "{}", form.body);
    let found = [("kind", "pair"), ("project", "harbor"), ("second_owner", "noor@acme.example")];
    let seen = world.post(Some(ada), "/orgs", &found).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.body);
    assert!(world.get(Some(ada), &way_back(&seen)).await.body.contains("value=\"noor@acme.example\""));
    assert_eq!(roles(&world, linus).await, "member");
    // Nothing else asks, and a sign-in of a moment ago is enough.
    assert_eq!(change(&world, ada, &[linus], "admin", "7d").await.status, StatusCode::SEE_OTHER);
    age(&world, ada, "14 minutes").await;
    assert_eq!(world.post(Some(ada), &one, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(roles(&world, linus).await, "owner");
}

#[tokio::test]
async fn ticking_nobody_or_strangers_changes_nothing() {
    let world = World::new().await;
    let seen = world.get(Some(&world.ada), SEVERAL).await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, TEAM));
    let before = world.events(world.acme.uuid()).await.len();
    for people in [vec![], vec![&world.mallory]] {
        for verb in ["change", "remove"] {
            let fields = [("act", verb), ("role", "viewer"), ("confirm", "acme-production"), ("reason", WHY)];
            let seen = act(&world, &world.ada, &people, &fields).await;
            assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{verb} {}", seen.body);
        }
    }
    assert_eq!(world.get(Some(&world.ada), &format!("{SEVERAL}?who=x")).await.status, 422);
    assert_eq!(world.get(Some(&world.ada), &format!("{SEVERAL}?org_id=x")).await.status, 422);
    assert_eq!(world.events(world.acme.uuid()).await.len(), before);
}

#[tokio::test]
async fn a_row_has_a_box_for_those_who_may_change_it() {
    let world = World::new().await;
    let seen = world.get(Some(&world.grace), TEAM).await;
    let has_box = |person| row(&seen, person).contains("form=\"several\"");
    assert!(has_box(&world.linus) && !has_box(&world.ada));
    let seen = world.get(Some(&world.linus), TEAM).await;
    assert!(!seen.body.contains("form=\"several\"") && !seen.body.contains("id=\"several\""));
}

#[tokio::test]
async fn the_team_is_taken_along_as_a_file_and_the_log_says_so() {
    let world = World::new().await;
    set(
        &world,
        &world.linus,
        "ends_at = '2031-01-02 17:00Z', reason = '=HYPERLINK(\"http://evil.example\")'",
    )
    .await;
    let fields = [("name", "+Vera, \"V\"")];
    assert_eq!(
        world.post(Some(&world.vera), "/account/profile", &fields).await.status,
        StatusCode::SEE_OTHER
    );
    let file = world.post(Some(&world.vera), &format!("{TEAM}/export"), &[]).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"acme-production-team.csv\"");
    assert!(file.headers["content-type"].to_str().unwrap().starts_with("text/csv; charset=utf-8"));
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 5, "{}", file.body);
    assert!(lines[0].starts_with("name,e-mail,role,all roles,access ends,"), "{}", lines[0]);
    assert!(
        file.body
            .contains("Linus Member,linus@acme.example,member,member,2031-01-02T17:00:00Z,Ada Lovelace,")
    );
    assert!(file.body.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""), "{}", file.body);
    assert!(file.body.contains("\"'+Vera, \"\"V\"\"\""), "{}", file.body);
    assert_eq!(last_event(&world).await, "org.team_exported");
    let stranger = world.post(Some(&world.mallory), &format!("{TEAM}/export"), &[]).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    let plain = world.send(Some(&world.ada), Method::GET, &format!("{TEAM}/export"), None, &[]).await;
    assert_ne!(plain.status, StatusCode::OK, "a link exports nothing");
}
