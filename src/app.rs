//! The running application: what handlers share, and the layers that every request passes, in order.
//!
//! What may not happen here: a rule of a feature.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, middleware, routing::any};
use http::StatusCode;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{DefaultPredicate, NotForContentType, Predicate as _},
    },
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use crate::{
    auth::oauth::Providers,
    clock::Clock,
    config::Config,
    db::{Database, activity::Activity, sessions::PgSessions},
    error::Error,
    features,
    mail::Mailer,
    web::{assets, error_pages, flash, limit::PerToken, routes::BODY_LIMIT, security, trace},
};

/// Requests of one token in a minute; ten a second go on for ever.
const API_PER_MINUTE: NonZeroU32 = NonZeroU32::new(600).unwrap();

/// What every handler may use.
#[derive(Clone, Debug)]
pub struct App {
    /// The database, for guards.
    pub(crate) db: Database,
    /// What the program was told.
    pub(crate) config: Arc<Config>,
    /// Who vouches for people.
    pub(crate) providers: Providers,
    /// The time.
    pub(crate) clock: Clock,
    /// Last-seen notes.
    pub(crate) activity: Activity,
    /// Letters.
    pub(crate) mailer: Mailer,
    /// How often one address may knock.
    pub(crate) door: features::sign_in::Limits,
    /// How often one token may ask.
    pub(crate) api: PerToken,
    stopping: Arc<AtomicBool>,
}

impl App {
    /// Puts the parts together. Must be called inside the runtime.
    #[must_use]
    pub fn new(db: Database, config: Config, providers: Providers, clock: Clock) -> Self {
        let activity = Activity::start(db.clone());
        let door = features::sign_in::Limits::new(&clock);
        let api = PerToken::per_minute(API_PER_MINUTE, &clock);
        let mailer = Mailer::new(&config.mail);
        let config = Arc::new(config);
        Self { db, config, providers, clock, activity, mailer, door, api, stopping: Arc::default() }
    }

    /// Whether the process has been told to stop and only finishes what is in flight.
    #[must_use]
    pub fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// From now on `/health/ready` says no, so that no new request is sent here.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// The service: every route below every layer.
    ///
    /// # Errors
    /// When the base URL cannot be an origin.
    pub fn router(&self) -> anyhow::Result<Router> {
        let secure = self.config.web.secure();
        let sessions = SessionManagerLayer::new(PgSessions(self.db.clone()))
            .with_name(self.config.web.cookie())
            .with_secure(secure)
            .with_same_site(SameSite::Lax)
            .with_http_only(true)
            .with_path("/")
            .with_expiry(Expiry::OnInactivity(time::Duration::days(14)));
        let csrf = CsrfLayer::new()
            .add_trusted_origin(self.config.web.base_url.origin().ascii_serialization())?
            .with_rejection_response(|_| axum::response::IntoResponse::into_response(security::cross_site()));
        let static_dir = self.config.web.static_dir.clone().unwrap_or_else(|| assets::built().to_path_buf());

        let features::Mounted { pages, api, .. } = features::routes();
        // Read from the bottom up: the last layer is the first that a request meets.
        Ok(pages
            .nest_service("/static", assets::service(&static_dir))
            // Refuses what another site sent: first that the request says where it is from, then what it says.
            .layer(csrf)
            .layer(middleware::from_fn(security::origin_told))
            // Programs come from anywhere: their token is nothing that a browser sends by itself.
            .merge(api)
            .route("/api/{*path}", any(|| async { Error::NotFound }))
            .with_state(self.clone())
            .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(10)))
            .layer(CatchPanicLayer::custom(error_pages::panicked))
            .layer(middleware::from_fn_with_state(self.clone(), error_pages::draw))
            .layer(middleware::from_fn(flash::forget))
            // The session is outside the error pages: they keep the frame for whoever is signed in.
            .layer(sessions)
            .layer(middleware::from_fn_with_state(self.clone(), security::headers))
            // Level 4 takes a quarter off a page's bytes for a fifth of a millisecond; the next ones take much longer.
            .layer(
                CompressionLayer::new()
                    .quality(CompressionLevel::Precise(4))
                    .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("font/"))),
            )
            // An id, a span and the caller's address, around everything.
            .layer(middleware::from_fn_with_state(self.clone(), trace::request)))
    }
}
