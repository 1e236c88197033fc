//! The queue's promises: a job lives and dies with its transaction, and requests reach it through one function.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::*;
use crate::testing::World;

#[derive(Serialize, Deserialize)]
struct Nothing {}

impl Job for Nothing {
    const NAME: &'static str = "nothing";
    async fn run(self, _: App, _: Attempt) -> Result<()> {
        Ok(())
    }
}

async fn count(world: &World, query: &str) -> i64 {
    let mut connection = world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await.unwrap()
}

const JOBS: &str = "select count(*) from graphile_worker._private_jobs";

#[tokio::test]
async fn a_job_rolls_back_with_its_change() {
    let world = World::new().await;
    let mut tx = world.app.db.system_write().await.unwrap();
    enqueue(tx.connection(), &Nothing {}).await.unwrap();
    drop(tx);
    assert_eq!(count(&world, JOBS).await, 0);
    let mut tx = world.app.db.system_write().await.unwrap();
    enqueue(tx.connection(), &Nothing {}).await.unwrap();
    tx.commit_machinery().await.unwrap();
    assert_eq!(count(&world, JOBS).await, 1);
    Jobs::new().on_demand::<Nothing>().run_due(&world.app).await.unwrap();
    assert_eq!(count(&world, JOBS).await, 0);
}

#[tokio::test]
async fn a_request_has_no_right_on_the_queue_but_the_one_function() {
    let world = World::new().await;
    for role in ["cordon_app", "cordon_web", "cordon_audit"] {
        let rights = format!(
            "select count(*) from pg_class c where c.relnamespace = 'graphile_worker'::regnamespace
             and c.relkind = 'r' and has_table_privilege('{role}', c.oid, 'select, insert, update, delete')"
        );
        assert_eq!(count(&world, &rights).await, 0, "{role}");
        let enters =
            format!("select has_schema_privilege('{role}', 'graphile_worker', 'usage')::int::bigint");
        assert_eq!(count(&world, &enters).await, 0, "{role}");
    }
    let may = "select has_function_privilege('cordon_app', 'enqueue_job(text, jsonb, text)', 'execute')::int::bigint";
    assert_eq!(count(&world, may).await, 1);
}

#[tokio::test]
async fn sessions_that_are_over_are_thrown_away() {
    let world = World::new().await;
    let all = count(&world, "select count(*) from sessions").await;
    world
        .sql(&format!("update sessions set expires_at = now() where account_id = '{}'", world.vera.account))
        .await;
    PurgeSessions.run(world.app.clone(), Attempt { last: true }).await.unwrap();
    assert_eq!(count(&world, "select count(*) from sessions").await, all - 1);
}

#[tokio::test]
async fn the_worker_wakes_for_a_job_and_stops_when_told() {
    let world = World::new().await;
    let worker = Worker::start(world.app.clone(), || Jobs::new().on_demand::<Nothing>());
    let mut tx = world.app.db.system_write().await.unwrap();
    enqueue(tx.connection(), &Nothing {}).await.unwrap();
    tx.commit_machinery().await.unwrap();
    for _ in 0..100 {
        if count(&world, JOBS).await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(count(&world, JOBS).await, 0);
    tokio::time::timeout(Duration::from_secs(10), worker.stop()).await.expect("it stops soon");
}

const FAILED: &str = "select count(*) from graphile_worker._private_jobs where last_error is not null";

#[tokio::test]
async fn every_minutely_job_takes_the_payload_that_the_clockwork_gives_it() {
    let world = World::new().await;
    let jobs = crate::features::jobs();
    assert!(jobs.minutely().len() >= 2, "the clockwork is empty");
    for name in jobs.minutely() {
        // As the queue's crontab adds it.
        let fire =
            format!("select graphile_worker.add_job('{name}', 'null'::json, null, now(), 1, '{name}')");
        world.sql(&fire).await;
    }
    assert!(count(&world, JOBS).await >= 2);
    jobs.run_due(&world.app).await.unwrap();
    assert_eq!(count(&world, JOBS).await, 0, "{} failed", count(&world, FAILED).await);
}

#[tokio::test]
async fn the_clockwork_fires_every_minutely_job() {
    let world = World::new().await;
    let kinds = i64::try_from(crate::features::jobs().minutely().len()).unwrap();
    world.sql("create table ran as select null::text as name where false").await;
    let noted = "create function note_job() returns trigger language plpgsql security definer as $$ begin
                   insert into ran select t.identifier from graphile_worker._private_tasks t where t.id = old.task_id;
                   return null; end $$;
                 create trigger note_job after delete on graphile_worker._private_jobs for each row
                   execute function note_job()";
    world.sql(noted).await;
    let worker = Worker::start(world.app.clone(), crate::features::jobs);
    let ran = "select count(distinct name) from ran";
    for _ in 0..650 {
        if count(&world, ran).await == kinds {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    worker.stop().await;
    assert_eq!(count(&world, ran).await, kinds, "did its work within a minute, each of them");
    assert_eq!(count(&world, FAILED).await, 0);
}
