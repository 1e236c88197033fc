//! What is hidden answers like what is absent (AZ-2), and no page tells more than its reader may know (IV-16).
//!
//! What may not happen here: a hand-picked list of routes.

use std::time::{Duration, Instant};

use sqlx::Row as _;

use super::{
    coverage::path,
    statements::Counter,
    world::{Person, World, audit},
};
use crate::features;

/// Asks for a page and waits until the transaction behind it is over.
async fn ask(world: &World, who: &Person, path: &str) -> (u16, String, Duration) {
    let began = Instant::now();
    let seen = world.get(Some(who), path).await;
    let took = began.elapsed();
    let mut headers: Vec<String> = seen
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    let id = seen.headers["x-request-id"].to_str().unwrap();
    (seen.status.as_u16(), format!("{}{}", headers.join("\n"), seen.body.replace(id, "req")), took)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Two addresses whose answers nobody may tell apart: one hidden, one that never was.
async fn pairs(world: &World) -> Vec<(String, String)> {
    let ada = world.ada.account;
    let invitation = uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0042);
    world
        .sql(&format!(
            "insert into apps (id, org_id, network_id, name, owner_id, created_by)
               select gen_random_uuid(), '{acme}', id, 'checkout', '{ada}', '{ada}' from networks where org_id = '{acme}';
             insert into invitations (id, org_id, email, role, invited_by, link_seconds, expires_at)
               values ('{invitation}', '{acme}', 'noor@acme.example', 'member', '{ada}', 3600, now() + interval '1 hour');
             {}",
            audit(world.acme, ada, "org.updated"),
            acme = world.acme
        ))
        .await;
    let nobody = uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0043);
    vec![
        ("/orgs/acme-production".into(), "/orgs/acme-productiox".into()),
        ("/orgs/acme-production/apps".into(), "/orgs/acme-productiox/apps".into()),
        ("/orgs/evil-corp/apps/checkout".into(), "/orgs/evil-corp/apps/checkouu".into()),
        (format!("/orgs/evil-corp/team/{}", world.linus.account), format!("/orgs/evil-corp/team/{nobody}")),
    ]
}

#[tokio::test]
async fn hidden_and_absent_take_the_same_statements_and_the_same_time() {
    let world = World::new().await;
    for (hidden, absent) in pairs(&world).await {
        let counter = Counter::start();
        let mut counts = Vec::new();
        for path in [&hidden, &absent] {
            // Once before, so that the connection has its plans; then until all is quiet.
            ask(&world, &world.mallory, path).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            let before = counter.count();
            ask(&world, &world.mallory, path).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            counts.push(counter.count() - before);
        }
        drop(counter);
        assert_eq!(counts[0], counts[1], "statements for {hidden} and {absent}");

        let (mut times, mut bodies) = ([Vec::new(), Vec::new()], Vec::new());
        for round in 0..200 {
            // Who goes first changes, so that neither profits from what the other warmed.
            for which in [round % 2, (round + 1) % 2] {
                let path = if which == 0 { &hidden } else { &absent };
                let (status, answer, took) = ask(&world, &world.mallory, path).await;
                assert_eq!(status, 404, "{path}");
                times[which].push(took);
                bodies.push(answer);
            }
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{hidden} and {absent} differ: {bodies:#?}");
        let [one, other] = times.map(median);
        let (low, high) = (one.min(other), one.max(other));
        assert!(
            high.saturating_sub(low) < Duration::from_millis(5) || high < low * 3 / 2,
            "{hidden} takes {one:?}, {absent} {other:?}"
        );
    }
}

/// What each reader must never meet on a page, in a header or in a mail's place.
async fn secrets(world: &World) -> Vec<(&'static str, String)> {
    let mut connection = world.connection().await;
    let rows = sqlx::raw_sql(
        "select 'a session' as what, id_hash as hash from sessions union all
         select 'a link', token_hash from invitation_links union all
         select 'the key of lists', key from list_keys union all
         select 'a key of a machine', hash from tokens union all
         select 'a salt', personal_salt from audit_events where octet_length(personal_salt) > 8",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut secrets = Vec::new();
    for row in rows {
        use base64::{Engine as _, prelude::*};
        let (what, hash): (String, Vec<u8>) = (row.get("what"), row.get("hash"));
        let what: &'static str = what.leak();
        secrets.push((what, hex::encode(&hash)));
        secrets.push((what, BASE64_STANDARD_NO_PAD.encode(&hash)));
        secrets.push((what, BASE64_URL_SAFE_NO_PAD.encode(&hash)));
    }
    for person in [&world.ada, &world.grace, &world.linus, &world.vera, &world.mallory] {
        secrets.push(("a cookie", person.cookie.clone()));
    }
    secrets
}

#[tokio::test]
async fn no_page_shows_a_hash_a_token_or_a_strangers_address() {
    let world = World::new().await;
    let guest = [
        ("emails", "noor@acme.example"),
        ("role", "member"),
        ("ends", "30d"),
        ("reason", "Looks after the checkout."),
    ];
    world.post(Some(&world.ada), "/orgs/acme-production/invites", &guest).await;
    world
        .sql(
            "insert into invitation_links (token_hash, org_id, invitation_id, sending)
             select sha256('x'), org_id, id, sending from invitations limit 1",
        )
        .await;
    let secrets = secrets(&world).await;
    assert!(secrets.iter().any(|(what, _)| *what == "a link"));
    let table = features::routes().table;
    let mut looked = 0;
    for route in table.iter().filter(|route| route.method == "GET") {
        for person in [&world.ada, &world.grace, &world.linus, &world.vera, &world.mallory] {
            let path = path(route, &world);
            let seen = world.get(Some(person), &path).await;
            let all = format!("{:?}\n{}", seen.headers, seen.body);
            for (what, secret) in &secrets {
                assert!(!all.contains(secret), "{path} shows {what} to {}", person.name);
            }
            // Example addresses in hints are not somebody's.
            let acme = [
                "ada@acme.example",
                "grace@acme.example",
                "linus@acme.example",
                "vera@acme.example",
                "noor@acme.example",
            ];
            let foreign: &[&str] =
                if person.name == world.mallory.name { &acme } else { &["mallory@evil.example"] };
            for address in foreign {
                assert!(!all.contains(address), "{path} shows {address} to {}", person.name);
            }
            looked += 1;
        }
    }
    println!("{looked} answers read");
}

#[test]
fn the_list_of_routes_has_these_fields_and_no_others() {
    let table = features::routes().table;
    let fields = ["auth", "body_limit", "csrf", "events", "method", "org", "path", "role"];
    for route in table {
        let line = serde_json::to_value(&route).unwrap();
        let mut names: Vec<&String> = line.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, fields, "{}", route.path);
        let writes = !route.events.is_empty();
        assert!(route.method != "GET" || !writes || route.csrf == "secret of the start", "{}", route.path);
        assert_eq!(route.path == "/sign-in/{provider}/callback", route.method == "GET" && writes);
    }
}

/// IV-11: whether an address has an account shows neither in the answer nor in the work behind it.
#[tokio::test]
async fn inviting_a_known_and_an_unknown_address_takes_the_same_work() {
    let world = World::new().await;
    let invite = async |email: &str| {
        let fields = [("emails", email), ("role", "member"), ("ends", "30d"), ("reason", "Looks after it.")];
        let began = Instant::now();
        let seen = world.post(Some(&world.ada), "/orgs/acme-production/invites", &fields).await;
        assert_eq!(seen.status, 303, "{}", seen.body);
        began.elapsed()
    };
    for number in 0..42 {
        world.person("Known Person", &format!("known{number}@else.example")).await;
    }
    invite("warm@acme.example").await;
    let counter = Counter::start();
    let mut counts = Vec::new();
    for email in
        ["known40@else.example", "unknown40@else.example", "known41@else.example", "unknown41@else.example"]
    {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let before = counter.count();
        invite(email).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        counts.push(counter.count() - before);
    }
    drop(counter);
    assert!(counts.iter().all(|count| *count == counts[0] && *count > 0), "{counts:?}");
    let mut times = [Vec::new(), Vec::new()];
    for number in 0..40 {
        for which in [number % 2, (number + 1) % 2] {
            let kind = ["known", "unknown"][which];
            times[which].push(invite(&format!("{kind}{number}@else.example")).await);
        }
    }
    let [known, unknown] = times.map(median);
    let (low, high) = (known.min(unknown), known.max(unknown));
    assert!(
        high.saturating_sub(low) < Duration::from_millis(5) || high < low * 3 / 2,
        "{known:?} and {unknown:?}"
    );
}

/// IV-15: the log of a request names its route, never the token in its address.
#[tokio::test]
async fn the_token_of_a_link_is_not_logged() {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);
    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let world = World::new().await;
    let page = Page::default();
    let writer = page.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(crate::telemetry::without_addresses(tracing_subscriber::EnvFilter::new("trace")))
        .with_writer(move || writer.clone())
        .finish();
    let listening = tracing::subscriber::set_default(subscriber);
    let token = "Q".repeat(43);
    assert_eq!(world.get(None, &format!("/invitations/{token}")).await.status, 404);
    let seen = world.get(None, &format!("/invitations/{token}?also={token}")).await;
    drop(listening);
    let log = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/invitations/{token}") && log.contains("answered"), "{log}");
    assert!(!log.contains(&token), "{log}");
    assert_eq!(seen.headers["referrer-policy"], "no-referrer");
}
