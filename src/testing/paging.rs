//! IN-10: the cursor of a list opens the next page of that list, and nothing else.
//!
//! What may not happen here: a list that pages and is missing from [`lists`].

use super::world::{Person, World, audit};
use crate::role::Role;

/// Where a page's link to the next one leads.
pub(crate) fn older(page: &str) -> Option<String> {
    let before = page.split("rel=\"next\"").next().filter(|_| page.contains("rel=\"next\""))?;
    let link = before.rsplit("href=\"").next()?.split('"').next()?;
    Some(link.replace("&#38;", "&"))
}

/// Every list that pages: its address, and a filter that leaves more than a page of it.
fn lists(org: &str) -> [(String, &'static str); 7] {
    [
        (format!("/orgs/{org}/team"), "sort=name"),
        (format!("/orgs/{org}/invites"), ""),
        (format!("/orgs/{org}/apps"), "q=a"),
        (format!("/orgs/{org}/audit"), "about=organization"),
        (format!("/orgs/{org}/tokens"), "q=ci"),
        ("/tokens".to_owned(), "state=all"),
        ("/orgs".to_owned(), "q=e"),
    ]
}

/// Sixty of everything in two organizations of ada's.
async fn crowd() -> World {
    let world = World::new().await;
    let ada = world.ada.account;
    let labs = world.org(&world.ada, "acme-labs", "staging").await;
    for number in 0..60 {
        let person = world.person(&format!("Person {number}"), &format!("p{number}@acme.example")).await;
        world.org(&world.ada, &format!("extra-{number}"), "staging").await;
        for org in [world.acme, labs] {
            world.grant(org, &person, Role::Member).await;
            world
                .sql(&format!(
                    "insert into apps (id, org_id, network_id, name, owner_id, created_by)
                       select gen_random_uuid(), '{org}', id, 'app-' || substr(md5('{org}{number}'), 1, 12), '{ada}', '{ada}'
                       from networks where org_id = '{org}';
                     insert into invitations (id, org_id, email, role, invited_by, link_seconds, expires_at)
                       values (gen_random_uuid(), '{org}', 'guest{number}@acme.example', 'member', '{ada}', 3600,
                               now() + interval '1 hour');
                     insert into tokens (id, org_id, account_id, kind, scope, name, hash, last_four, expires_at)
                       values (gen_random_uuid(), '{org}', '{ada}', 'read-only', 'read', 'ci-{number}',
                               sha256('{org}{number}'), '0000', now() + interval '9 days');
                     {}",
                    audit(org, ada, "org.created")
                ))
                .await;
        }
    }
    world
}

async fn cursor(world: &World, who: &Person, list: &str) -> (&'static str, String) {
    let seen = world.get(Some(who), list).await;
    assert_eq!(seen.status, 200, "{list}");
    let link = older(&seen.body).unwrap_or_else(|| panic!("{list} has one page only"));
    let next = world.get(Some(who), &link).await;
    assert_eq!(next.status, 200, "{link}");
    let name = if link.contains("before=") { "before" } else { "after" };
    let value = link.split(&format!("{name}=")).nth(1).unwrap().split('&').next().unwrap();
    (name, value.to_owned())
}

fn with(list: &str, filter: &str, name: &str, cursor: &str) -> String {
    format!("{list}?{filter}{}{name}={cursor}", if filter.is_empty() { "" } else { "&" })
}

#[tokio::test]
async fn a_cursor_opens_its_own_list_only() {
    let world = crowd().await;
    let ada = Some(&world.ada);
    let mut held = Vec::new();
    for org in ["acme-production", "acme-labs"] {
        for (list, filter) in lists(org) {
            held.push((list.clone(), "", cursor(&world, &world.ada, &list).await));
            if !filter.is_empty() {
                let narrowed = format!("{list}?{filter}");
                held.push((list, filter, cursor(&world, &world.ada, &narrowed).await));
            }
        }
    }
    let (mut opened, mut refused) = (0, 0);
    for (list, filter, (name, _)) in &held {
        for (from, by, (_, cursor)) in &held {
            let path = with(list, filter, name, cursor);
            let seen = world.get(ada, &path).await;
            if (list, filter) == (from, by) {
                assert_eq!(seen.status, 200, "{path}");
                opened += 1;
            } else {
                assert_eq!(seen.status, 422, "a cursor of {from}?{by} opened {path}");
                assert!(seen.body.contains("Begin at its first page."), "{}", seen.body);
                refused += 1;
            }
        }
    }
    println!("{opened} opened, {refused} refused");
    // The list of one's own organizations is another list for everybody.
    let (_, _, (name, cursor)) = held.iter().find(|(list, ..)| list == "/orgs").unwrap();
    assert_eq!(world.get(Some(&world.grace), &with("/orgs", "", name, cursor)).await.status, 422);
}

#[tokio::test]
async fn a_cursor_that_is_not_ours_is_refused_without_a_fault() {
    let world = crowd().await;
    for (list, _) in lists("acme-production") {
        let (name, good) = cursor(&world, &world.ada, &list).await;
        let mut bad: Vec<String> =
            ["-1", "0", "50", "1e9", "2147483648", "9223372036854775808", "app-049", "%00", "%"]
                .map(str::to_owned)
                .to_vec();
        bad.push("1732320000000000_01920000-0000-7000-8000-000000000000".into());
        bad.push(good[..good.len() - 1].to_owned());
        bad.push(format!("{good}AAAA"));
        bad.push(good.repeat(50));
        for place in (0..good.len()).step_by(7) {
            let other = if good.as_bytes()[place] == b'A' { "B" } else { "A" };
            bad.push(format!("{}{other}{}", &good[..place], &good[place + 1..]));
        }
        for cursor in bad {
            let seen = world.get(Some(&world.ada), &with(&list, "", name, &cursor)).await;
            assert!(matches!(seen.status.as_u16(), 400 | 422), "{list} {name}={cursor}: {}", seen.status);
        }
        // Twice is not once.
        let twice = format!("{list}?{name}={good}&{name}={good}");
        assert!(world.get(Some(&world.ada), &twice).await.status.is_client_error(), "{twice}");
    }
}
