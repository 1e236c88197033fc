//! Counts the statements that a page sends, by listening to the driver's own log.
//!
//! What may not happen here: a page whose statements grow with the number of its rows.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tracing::{Event, Subscriber, field::Visit, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, Registry, layer::Context, layer::SubscriberExt as _};

use super::world::{Person, World};
use crate::role::Role;

/// Statements seen on this thread since it began to listen.
pub(super) struct Counter {
    seen: Arc<AtomicUsize>,
    _listening: DefaultGuard,
}

struct Listen(Arc<AtomicUsize>);

struct IsRollback(bool);

impl Visit for IsRollback {
    fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0 |= format!("{value:?}").trim_matches('"') == "rollback";
    }
}

impl<S: Subscriber> Layer<S> for Listen {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        // The rollback runs after the answer, off its path.
        let mut rollback = IsRollback(false);
        event.record(&mut rollback);
        if !rollback.0 {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Counter {
    pub(super) fn start() -> Self {
        let seen = Arc::<AtomicUsize>::default();
        let subscriber = Registry::default().with(Listen(seen.clone()));
        Self { seen, _listening: tracing::subscriber::set_default(subscriber) }
    }

    pub(super) fn count(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

/// The pages that people look at most, and how many statements each may send: at most 4, session, authorization and
/// frame included.
const PAGES: [&str; 14] = [
    "/orgs",
    "/orgs/new",
    "/orgs/acme-production",
    "/orgs/acme-production/settings",
    "/orgs/acme-production/apps",
    "/orgs/acme-production/apps/new",
    "/orgs/acme-production/networks",
    "/orgs/acme-production/networks/default",
    "/orgs/acme-production/exposures/new",
    "/orgs/acme-production/apps/web",
    "/orgs/acme-production/tokens",
    "/orgs/acme-production/tokens/new",
    "/tokens",
    "/account/tokens",
];

async fn statements(world: &World, who: &Person, page: &str) -> usize {
    let counter = Counter::start();
    // Once before, so that the connections stand and the note of the first visit is written: until all is quiet.
    world.get(Some(who), page).await;
    let mut before = 0;
    while before != counter.count() {
        before = counter.count();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let seen = world.get(Some(who), page).await;
    assert_eq!(seen.status, 200, "{page}: {}", seen.body);
    counter.count() - before
}

#[tokio::test]
async fn a_page_sends_as_many_statements_for_fifty_as_for_one() {
    let world = World::new().await;
    let apps = "/orgs/acme-production/apps";
    world.post(Some(&world.ada), apps, &[("name", "web")]).await;
    world.release("web", "v1", "succeeded").await;
    let mut few = Vec::new();
    for page in PAGES {
        few.push(statements(&world, &world.ada, page).await);
    }
    for number in 0..50 {
        let person = world.person(&format!("Person {number}"), &format!("p{number}@acme.example")).await;
        world.grant(world.acme, &person, Role::Member).await;
        world.org(&world.ada, &format!("extra-{number}"), "staging").await;
        let app = format!("app-{number}");
        world.post(Some(&world.ada), apps, &[("name", &app)]).await;
        world.release(&app, "v1", "succeeded").await;
        world.release("web", &format!("v2.{number}"), "failed").await;
    }
    for (page, few) in PAGES.iter().zip(few) {
        let many = statements(&world, &world.ada, page).await;
        assert_eq!(many, few, "{page}");
        // An app's page also reads who may deploy it and its tokens.
        let most = if page.ends_with("/apps/web") { 6 } else { 4 };
        assert!((1..=most).contains(&many), "{page}: {many} statements");
    }
}
