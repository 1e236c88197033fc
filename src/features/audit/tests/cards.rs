//! What other pages borrow: the newest events of an organization and of an account.

use askama::Template;
use sqlx::PgConnection;

use super::happen;
use crate::{
    auth::scope::{OrgScope, SiteScope},
    db::SystemRead,
    features::audit::{Line, Reader, latest, lines, of_account},
    ids::{AccountId, OrgId},
    testing::World,
};

#[derive(Template)]
#[template(
    source = r#"{% import "components/icon.html" as i %}{% import "components/people.html" as people %}{% import "components/time.html" as time %}{% include "audit/_latest.html" %}"#,
    ext = "html"
)]
struct Card {
    latest: Vec<Line>,
}

struct Look(SystemRead, OrgId, AccountId);

impl OrgScope for Look {
    fn org(&self) -> OrgId {
        self.1
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.0.connection()
    }
}

impl SiteScope for Look {
    fn account(&self) -> AccountId {
        self.2
    }
    fn connection(&mut self) -> &mut PgConnection {
        self.0.connection()
    }
}

#[tokio::test]
async fn the_newest_events_stand_on_other_pages_too() {
    let world = World::new().await;
    happen(&world, world.acme.uuid(), world.grace.account, 1, "Because.").await;
    let system = world.app.db.system_read().await.unwrap();
    let mut look = Look(system, world.acme, world.ada.account);
    let reader = Reader {
        zone: crate::web::when::Zone::default(),
        now: world.app.clock.now(),
        addresses: false,
        pages: String::new(),
    };
    let entries = latest(&mut look, 2).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [5, 4]);
    let card = Card { latest: lines(&entries, &reader) }.render().unwrap();
    assert!(card.contains("<b>Grace Hopper</b> changed the settings of <b>acme-production</b>"), "{card}");
    let own = of_account(&mut look, 10).await.unwrap();
    let card = Card { latest: lines(&own, &reader) }.render().unwrap();
    assert!(card.contains("<b>Ada Lovelace</b> signed in for the first time"), "{card}");
    assert!(!card.contains("Grace"));
}
