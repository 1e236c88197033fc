//! A pool of two connections under everybody at once: nothing leaks between transactions (AZ-12), and whoever gets none is
//! told so in time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::{Connection as _, Row as _};
use tokio::task::JoinSet;

use crate::testing::{Person, World};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What one of two people does next, and what must never be in the answer.
fn step(dice: &mut Dice, own: &str, foreign: &str) -> (&'static str, String, Vec<(&'static str, String)>) {
    let name = format!("app-{}", dice.roll(1_000_000));
    match dice.roll(9) {
        0 => ("GET", "/orgs".into(), vec![]),
        1 => ("GET", format!("/orgs/{own}/apps"), vec![]),
        2 => ("GET", format!("/orgs/{own}/team"), vec![]),
        3 => ("GET", format!("/orgs/{own}/audit"), vec![]),
        4 => ("GET", "/account".into(), vec![]),
        // Errors of every kind: hidden, refused by a form, refused by the database in mid-transaction.
        5 => ("GET", format!("/orgs/{foreign}/apps"), vec![]),
        6 => ("POST", format!("/orgs/{own}/apps"), vec![("name", "Not A Name".into())]),
        7 => ("POST", format!("/orgs/{own}/apps"), vec![("name", format!("{own}-taken"))]),
        _ => ("POST", format!("/orgs/{own}/apps"), vec![("name", format!("{own}-{name}"))]),
    }
}

async fn wander(
    world: Arc<World>,
    who: Person,
    own: &'static str,
    foreign: &'static str,
    luck: u64,
) -> (u32, u32) {
    let mut dice = Dice(luck);
    let (mut answered, mut cut) = (0, 0);
    for _ in 0..250 {
        let (method, path, fields) = step(&mut dice, own, foreign);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let call = async {
            if method == "GET" {
                world.get(Some(&who), &path).await
            } else {
                world.post(Some(&who), &path, &fields).await
            }
        };
        let patience = if dice.roll(10) == 0 {
            Duration::from_micros(dice.roll(15_000))
        } else {
            Duration::from_mins(1)
        };
        // Letting go of the future is what the server does when the browser hangs up.
        let Ok(seen) = tokio::time::timeout(patience, call).await else {
            cut += 1;
            continue;
        };
        answered += 1;
        let status = seen.status.as_u16();
        assert!(matches!(status, 200 | 303 | 404 | 422), "{method} {path}: {status}");
        assert_eq!(status == 404, path.contains(foreign), "{method} {path}: {status}");
        for word in [format!("{foreign}-"), format!("/orgs/{foreign}\"")] {
            assert!(!seen.body.contains(&word), "{method} {path} shows {word} to {}", who.name);
        }
    }
    (answered, cut)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_connections_serve_two_organizations_and_nothing_leaks() {
    let world = Arc::new(World::with_connections(2).await);
    for (who, org) in [(&world.ada, "acme-production"), (&world.mallory, "evil-corp")] {
        let name = format!("{org}-taken");
        let path = format!("/orgs/{org}/apps");
        assert_eq!(world.post(Some(who), &path, &[("name", &name)]).await.status, 303);
    }
    let mut walks = JoinSet::new();
    for seed in 0..4 {
        walks.spawn(wander(world.clone(), world.ada.clone(), "acme-production", "evil-corp", seed));
        walks.spawn(wander(world.clone(), world.mallory.clone(), "evil-corp", "acme-production", seed + 50));
    }
    let (mut answered, mut cut) = (0, 0);
    while let Some(walk) = walks.join_next().await {
        let (a, c) = walk.unwrap();
        answered += a;
        cut += c;
    }
    println!("{answered} answered, {cut} cut off");
    assert_eq!(answered + cut, 2000);
    assert!(cut >= 20, "too few were cut off: {cut}");

    // Both connections are clean for whoever comes next.
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(world.app.db.pool.acquire().await.unwrap());
    }
    for connection in &mut held {
        let left = sqlx::raw_sql(
            "select current_user::text as me, coalesce(current_setting('cordon.account', true), '') as account,
                    coalesce(current_setting('cordon.orgs', true), '') as orgs",
        );
        let left = left.fetch_one(&mut **connection).await.unwrap();
        assert_eq!(left.get::<String, _>("me"), "cordon_web");
        assert_eq!(
            (left.get::<String, _>("account"), left.get::<String, _>("orgs")),
            (String::new(), String::new())
        );
    }
    drop(held);
    let mut outside = world.connection().await;
    let stuck = sqlx::raw_sql(
        "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'cordon'
         and state like 'idle in transaction%'",
    );
    assert_eq!(stuck.fetch_one(&mut outside).await.unwrap().get::<i64, _>(0), 0);
    // What was cut off in the middle left both of row and event, or neither.
    for (org, id) in [("acme-production", world.acme), ("evil-corp", world.evil)] {
        let apps = format!("select count(*) from apps where org_id = '{id}'");
        let apps: i64 =
            sqlx::raw_sql(sqlx::AssertSqlSafe(apps)).fetch_one(&mut outside).await.unwrap().get(0);
        let made = world.events(id.uuid()).await.iter().filter(|name| *name == "app.created").count();
        assert_eq!(usize::try_from(apps).unwrap(), made, "{org}");
    }
    outside.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_free_connection_everybody_is_told_in_time_and_nothing_needs_a_restart() {
    let world = Arc::new(World::with_connections(2).await);
    let held = (world.app.db.system_write().await.unwrap(), world.app.db.system_write().await.unwrap());
    let mut waiting = JoinSet::new();
    for number in 0..500 {
        let world = world.clone();
        waiting.spawn(async move {
            let began = Instant::now();
            let seen = match number % 4 {
                0 => world.get(Some(&world.ada), "/orgs").await,
                1 => world.get(Some(&world.ada), "/sign-in").await,
                2 => world.get(Some(&world.ada), "/orgs/acme-production/team").await,
                _ => {
                    world.post(Some(&world.ada), "/orgs/acme-production/apps", &[("name", "checkout")]).await
                }
            };
            (seen, began.elapsed())
        });
    }
    for _ in 0..10 {
        let began = Instant::now();
        assert_eq!(world.get(None, "/health/live").await.status, 200);
        assert_eq!(world.get(None, "/static/nothing-here").await.status, 404);
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while let Some(answer) = waiting.join_next().await {
        let (seen, took) = answer.unwrap();
        assert_eq!(seen.status, 503, "{}", seen.body);
        assert!(seen.headers.contains_key("retry-after") && !seen.body.contains("pool"));
        assert!(took < Duration::from_secs(6), "{took:?}");
    }
    let began = Instant::now();
    drop(held);
    assert_eq!(world.get(Some(&world.ada), "/orgs").await.status, 200);
    assert_eq!(world.get(None, "/health/ready").await.status, 200);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(!world.events(world.acme.uuid()).await.contains(&"app.created".to_owned()));
}

#[tokio::test]
async fn no_request_holds_two_connections_at_once() {
    let world = World::with_connections(1).await;
    let table = crate::features::routes().table;
    for route in &table {
        if route.path == "/sign-out" || route.path.ends_with("/leave") || route.path.ends_with("/end-all") {
            continue;
        }
        let path = crate::testing::path(route, &world);
        let seen = if route.method == "GET" {
            world.get(Some(&world.ada), &path).await
        } else {
            world.post(Some(&world.ada), &path, &[]).await
        };
        assert_ne!(seen.status, 503, "{} {path} waits for a second connection", route.method);
    }
    // A link that is really there, and a session that has to be read for it.
    let fields = [
        ("emails", "noor@acme.example"),
        ("role", "member"),
        ("ends", "30d"),
        ("reason", "Looks after the checkout."),
    ];
    assert_eq!(world.post(Some(&world.ada), "/orgs/acme-production/invites", &fields).await.status, 303);
    let token = "A".repeat(43);
    world
        .sql(&format!(
            "insert into invitation_links (token_hash, org_id, invitation_id, sending)
             select sha256('{token}'), org_id, id, sending from invitations"
        ))
        .await;
    let seen = world.get(Some(&world.linus), &format!("/invitations/{token}")).await;
    assert_eq!((seen.status.as_u16(), seen.location()), (303, "/invitations/mine"));
    assert_eq!(world.get(Some(&world.linus), "/invitations/mine").await.status, 403);
    assert_eq!(world.post(Some(&world.linus), "/invitations/mine/acceptance", &[]).await.status, 403);
}
