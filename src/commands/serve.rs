//! `cordon serve`: the production command.
//!
//! What may not happen here: starting with something missing or unsafe, or ending while a request is in flight.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use tokio::{net::TcpListener, signal::unix::SignalKind};
use tokio_util::sync::CancellationToken;

use super::database;
use crate::{
    app::App,
    auth::oauth::{Providers, http_client},
    clock::Clock,
    config::{Config, ServeArgs},
    db::Database,
    error::Error,
    features,
    jobs::Worker,
};

/// How long requests may take to finish after the signal to stop.
const GRACE: Duration = Duration::from_secs(30);
/// How often providers are asked for what sign-ins need; costs nothing while it is known.
const WARM: Duration = Duration::from_mins(1);
/// How long `/health/ready` says no before the door closes, so that nothing new is sent here.
const NOTICE: Duration = Duration::from_millis(1500);

pub(super) async fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let config = args.config()?;
    let clock = Clock::system();
    let configs = args.providers.providers()?;
    let providers = Providers::new(configs, &config.web.base_url, http_client()?, clock.clone())?;
    let listener = TcpListener::bind(config.web.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.web.listen))?;
    let found = database::find(&args.database).await?;
    refuse_foreign_schema(&found.db).await?;
    tracing::info!(address = %config.web.listen, base_url = %config.web.base_url, "serving");
    serve(listener, found.db.clone(), config, providers, clock).await?;
    found.close().await
}

/// A database that answers must have this version's tables; one that does not answer yet may still come.
async fn refuse_foreign_schema(db: &Database) -> anyhow::Result<()> {
    match db.ready().await {
        Err(Error::Unavailable(cause)) if cause.to_string().starts_with("migration") => Err(cause),
        Err(Error::Internal(cause)) => {
            Err(cause.context("the database is not Cordon's: run `cordon migrate`"))
        }
        _ => Ok(()),
    }
}

/// Serves until the process is told to stop, then finishes what is in flight.
pub(super) async fn serve(
    listener: TcpListener,
    db: Database,
    config: Config,
    providers: Providers,
    clock: Clock,
) -> anyhow::Result<()> {
    let app = App::new(db, config, providers, clock);
    let router = app.router()?;
    tokio::spawn(app.providers.clone().keep_warm(WARM));

    let worker = Worker::start(app.clone(), features::jobs);
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(app.clone(), stop.clone()));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = async { server.await } => ended.context("the server ended")?,
        () = overdue => tracing::warn!("some requests did not finish in time"),
    }
    worker.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// The first signal begins the end; a second one ends at once.
async fn stop_on_signal(app: App, stop: CancellationToken) {
    let (Ok(mut term), Ok(mut int)) = (
        tokio::signal::unix::signal(SignalKind::terminate()),
        tokio::signal::unix::signal(SignalKind::interrupt()),
    ) else {
        return;
    };
    let mut signal = async || {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
    };
    signal().await;
    tracing::info!("stopping");
    app.stop();
    tokio::select! {
        () = tokio::time::sleep(NOTICE) => stop.cancel(),
        () = signal() => std::process::exit(1),
    }
    signal().await;
    std::process::exit(1);
}
