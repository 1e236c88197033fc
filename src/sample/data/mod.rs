//! Two years of a made-up company: the data that `cordon sample` starts with.
//!
//! What may not happen here: loading into a database that somebody uses, or half of a load. Everything is one
//! transaction, and it begins only where no account exists.

mod calendar;
mod clocks;
mod deploys;
mod members;
mod networks;
mod orgs;
mod people;
mod stage;
mod story;
#[cfg(test)]
mod tests;
mod tokens;

use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};

use crate::db::{Database, PoolSettings, SystemWrite};
use calendar::Calendar;
use orgs::ORGS;
use people::{LAST_SEEN, PEOPLE};
use stage::Stage;

/// Loads the sample, if the database has no accounts yet, and says whether it did. The URL is a superuser's: the
/// database's clocks are held meanwhile.
///
/// # Errors
/// When the database refuses; nothing is left of the load then.
pub async fn load(superuser_url: &str) -> anyhow::Result<bool> {
    let db = Database::new(&PoolSettings { url: superuser_url.to_owned(), connections: 1 })?;
    // A line for each of a thousand events would bury what the command says.
    let loaded = fill(&db).with_subscriber(NoSubscriber::default()).await;
    db.close().await;
    loaded
}

async fn fill(db: &Database) -> anyhow::Result<bool> {
    let mut tx = db.system_write().await?;
    let used = sqlx::query_scalar!(r#"select exists (select from accounts) as "used!""#)
        .fetch_one(tx.connection())
        .await?;
    if used {
        return Ok(false);
    }
    let clocks = clocks::hold(&mut tx).await?;
    play(&mut tx, Calendar::new(clocks.now)).await?;
    clocks.release(&mut tx).await?;
    tx.commit_machinery().await?;
    Ok(true)
}

async fn play(tx: &mut SystemWrite, calendar: Calendar) -> anyhow::Result<()> {
    let mut stage = Stage::new(tx, calendar);
    for step in story::story(calendar)? {
        stage.play(step).await?;
    }
    let mut inside: Vec<_> = ORGS.iter().map(|org| (org.slug, org.founder)).collect();
    for (one, _) in story::memberships(calendar)? {
        if one.end.is_none() {
            inside.push((one.org, one.who));
        }
    }
    for (org, who) in inside {
        stage.seen(org, who, last_seen(org, who, calendar)?).await?;
    }
    for token in &tokens::TOKENS {
        stage.token_used(token).await?;
    }
    Ok(())
}

/// What the table says for this organization, else for this person, else something of the last two weeks.
fn last_seen(org: &str, who: &str, calendar: Calendar) -> anyhow::Result<crate::clock::Instant> {
    let told = |place: &str| LAST_SEEN.iter().find(|seen| (seen.0, seen.1) == (place, who));
    if let Some((_, _, at)) = told(org).or_else(|| told("*")) {
        return calendar.at(at);
    }
    let place = PEOPLE.iter().position(|person| person.handle == who).unwrap_or(0);
    calendar.at(&format!("-{}h", 2 + (place * 29 + org.len() * 13) % 330))
}
