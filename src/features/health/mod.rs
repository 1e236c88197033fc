//! Health: what a load balancer asks.
//!
//! What may not happen here: a page, a session, or a word about why. The log has that.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

use crate::{
    app::App,
    auth::guard::Anyone,
    web::{
        page::Drawn,
        routes::{Routes, Site},
    },
};

/// `/health/live` and `/health/ready`.
#[must_use]
pub fn routes() -> Routes<Site> {
    Routes::site().get("/health/live", live).get("/health/ready", ready)
}

/// The process answers.
async fn live(_: Anyone) -> Response {
    plain(StatusCode::OK, "live\n")
}

/// The database answers and has this build's migrations, and the process is not shutting down.
async fn ready(_: Anyone, State(app): State<App>) -> Response {
    if app.stopping() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match app.db.ready().await {
        Ok(()) => plain(StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(error = %error, "not ready");
            plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}

fn plain(status: StatusCode, body: &'static str) -> Response {
    let mut response = (status, body).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response.extensions_mut().insert(Drawn);
    response
}

#[cfg(test)]
mod tests {
    use crate::testing::World;

    #[tokio::test]
    async fn a_fresh_installation_is_live_and_ready() {
        let world = World::new().await;
        assert_eq!(world.get(None, "/health/live").await.body, "live\n");
        let ready = world.get(None, "/health/ready").await;
        assert_eq!((ready.status.as_u16(), ready.body.as_str()), (200, "ready\n"));
    }
}
