//! The database goes away and comes back: pages say so, and nothing needs a restart.
//!
//! What may not happen here: a new application after the outage; the same one must recover.

#![expect(clippy::unwrap_used, reason = "in a test's helpers too, what fails fails the test")]

use std::time::Duration;

use axum::{Router, body::Body};
use cordon::{
    app::App,
    auth::oauth::{Providers, http_client},
    clock::Clock,
    config::{Config, MailConfig, WebConfig},
    db::{
        Database, PoolSettings,
        embedded::{Options, PrivatePostgres},
        migrate,
    },
};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use secrecy::SecretString;
use sqlx::{Connection as _, PgConnection};
use tower::ServiceExt as _;

async fn prepare(server: &PrivatePostgres) -> Router {
    let mut owner = PgConnection::connect(&server.superuser_url("postgres")).await.unwrap();
    sqlx::raw_sql(include_str!("../src/db/roles.sql")).execute(&mut owner).await.unwrap();
    sqlx::raw_sql("create database cordon owner cordon_owner").execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
    migrate::run(&server.superuser_url("cordon")).await.unwrap();
    let settings = PoolSettings { url: server.url("cordon_web", "cordon"), connections: 4 };
    let config = Config {
        web: WebConfig {
            base_url: "http://localhost:8080".parse().unwrap(),
            listen: "127.0.0.1:0".parse().unwrap(),
            client_address_header: None,
            static_dir: None,
        },
        mail: MailConfig {
            smtp_url: SecretString::from("smtp://127.0.0.1:1"),
            from: "Cordon <cordon@acme.example>".into(),
        },
    };
    let clock = Clock::system();
    let providers =
        Providers::new(Vec::new(), &config.web.base_url, http_client().unwrap(), clock.clone()).unwrap();
    let app = App::new(Database::new(&settings).unwrap(), config, providers, clock);
    app.router().unwrap()
}

async fn get(router: &Router, path: &str) -> (StatusCode, HeaderMap, String) {
    // A well-formed session that nobody has: the guard must ask the database.
    let request = Request::get(path).header(header::COOKIE, "cordon=AAAAAAAAAAAAAAAAAAAAAA");
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_say_that_the_database_is_away_and_recover_by_themselves() {
    let root = std::env::temp_dir().join(format!("cordon-outage-{}", std::process::id()));
    let options = Options { durable: false, ..Options::new(&root) };
    let server = PrivatePostgres::start(&options).unwrap();
    let router = prepare(&server).await;
    assert_eq!(get(&router, "/health/ready").await.0, 200);
    assert_eq!(get(&router, "/orgs").await.0, 303, "nobody's session leads to the door");

    server.stop().unwrap();
    let (status, headers, body) = get(&router, "/orgs").await;
    assert_eq!(status, 503);
    assert!(headers.contains_key(header::RETRY_AFTER));
    assert!(body.contains("Nothing was changed") && !body.contains("postgres"), "{body}");
    assert_eq!(get(&router, "/health/ready").await.0, 503);
    assert_eq!(get(&router, "/health/live").await.0, 200);

    let mut server = PrivatePostgres::start(&options).unwrap();
    server.discard_at_exit().unwrap();
    let mut status = StatusCode::SERVICE_UNAVAILABLE;
    for _ in 0..20 {
        status = get(&router, "/health/ready").await.0;
        if status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(status, 200, "ready again within two seconds");
    assert_eq!(get(&router, "/orgs").await.0, 303);
}
