//! Work that happens after the answer: what is put into the queue by a transaction, and the worker that does it.
//!
//! What may not happen here: a job that outlives its change. [`enqueue`] writes through the caller's own transaction,
//! so a job exists exactly when the change that asked for it does. A payload holds ids, never a secret or an address.

mod sessions;

use std::{future::Future, time::Duration};

use anyhow::Context as _;
use graphile_worker::{
    Cron, IntoTaskHandlerResult, TaskHandler, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    error::{Error, Result},
};

pub use sessions::PurgeSessions;

/// How long a stopping process waits for the jobs that it has begun.
const GRACE: Duration = Duration::from_secs(8);
/// How long the worker waits before it tries again to reach the database.
const PAUSE: Duration = Duration::from_secs(5);

/// One kind of work. Its fields are the payload.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// As the queue spells it.
    const NAME: &'static str;

    /// Two waiting jobs with the same key become one, with the newer payload.
    fn key(&self) -> Option<String> {
        None
    }

    /// Does it. An error means "again later", with growing pauses, for about a day.
    fn run(self, app: App, attempt: Attempt) -> impl Future<Output = Result<()>> + Send + 'static;
}

/// Which attempt at a job this is.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// No other will follow if this one fails.
    pub last: bool,
}

/// Puts a job into the queue, in the transaction of this connection.
///
/// # Errors
/// When the database does not answer.
pub async fn enqueue<J: Job>(connection: &mut PgConnection, job: &J) -> Result<()> {
    let payload = serde_json::to_value(job).map_err(Error::internal)?;
    sqlx::query_scalar!("select enqueue_job($1, $2, $3)", J::NAME, payload, job.key())
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// The kinds of work that a worker knows, and the clockwork.
#[expect(missing_debug_implementations, reason = "the queue's options have none")]
pub struct Jobs {
    options: WorkerOptions,
    minutely: Vec<&'static str>,
}

impl Jobs {
    /// Only what belongs to no feature.
    #[must_use]
    pub fn new() -> Self {
        let recovery = WorkerRecoveryConfig::default()
            .heartbeat_interval(Duration::from_secs(10))
            .sweep_interval(Duration::from_secs(20))
            .sweep_threshold(Duration::from_mins(1))
            .recovery_delay(Duration::ZERO);
        let options = WorkerOptions::default()
            .schema("graphile_worker")
            .concurrency(3)
            .listen_os_shutdown_signals(false)
            .shutdown_grace_period(GRACE)
            .worker_recovery(recovery);
        Self { options, minutely: Vec::new() }.every_minute::<PurgeSessions>()
    }

    /// Also this kind.
    #[must_use]
    pub fn on_demand<J: Job>(self) -> Self {
        Self { options: self.options.define_job::<Task<J>>(), ..self }
    }

    /// Also this kind, begun every minute by one of the running processes. Its payload is JSON's `null`, so it must be
    /// a unit struct.
    #[must_use]
    pub fn every_minute<J: Job>(mut self) -> Self {
        let cron = Cron::every_minute::<Task<J>>().job_key(J::NAME).max_attempts(1).build();
        self.minutely.push(J::NAME);
        Self { options: self.options.define_job::<Task<J>>().with_cron(cron), ..self }
    }

    /// The kinds that begin every minute.
    #[must_use]
    pub fn minutely(&self) -> &[&'static str] {
        &self.minutely
    }

    async fn worker(self, app: &App, stop: &CancellationToken) -> anyhow::Result<graphile_worker::Worker> {
        self.options
            .pg_pool(app.db.worker_pool())
            .add_extension(app.clone())
            .shutdown_signal(stop.clone().cancelled_owned())
            .init()
            .await
            .context("the job queue cannot be reached")
    }

    /// Does what is due now and returns: for tests, and for one-off commands.
    ///
    /// # Errors
    /// When the queue cannot be reached. A job's own failure stays with the job.
    pub async fn run_due(self, app: &App) -> anyhow::Result<()> {
        let worker = self.worker(app, &CancellationToken::new()).await?;
        worker.run_once().await.context("the job queue cannot be read")
    }
}

impl Default for Jobs {
    fn default() -> Self {
        Self::new()
    }
}

/// The running worker.
#[derive(Debug)]
pub struct Worker {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Worker {
    /// Starts it, whether or not the database answers yet. Must be called inside the runtime.
    #[must_use]
    pub fn start(app: App, jobs: fn() -> Jobs) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep_working(app, jobs, stop.clone()));
        Self { stop, task }
    }

    /// Takes no new job, lets the begun ones finish, and returns.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(error = %error, "the job worker ended badly");
        }
    }
}

async fn keep_working(app: App, jobs: fn() -> Jobs, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let ended = match jobs().worker(&app, &stop).await {
            Ok(worker) => worker.run().await.context("the job worker stopped"),
            Err(error) => Err(error),
        };
        let Err(error) = ended else { continue };
        tracing::error!(error = format!("{error:#}"), "jobs wait");
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// A job as the queue knows it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Task<J>(J);

impl<J: Job> TaskHandler for Task<J> {
    const IDENTIFIER: &'static str = J::NAME;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().cloned().ok_or("a worker without its application")?;
        let attempt = Attempt { last: context.job().attempts() >= context.job().max_attempts() };
        self.0.run(app, attempt).await.map_err(|error| {
            tracing::warn!(job = J::NAME, last = attempt.last, error = %error, "a job failed");
            // The queue keeps this text. The cause may name an address, so it stays in the log.
            "failed; the log says why"
        })
    }
}

#[cfg(test)]
mod tests;
