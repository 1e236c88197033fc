//! The floor: the least that could serve a page of people. It checks nothing that it was not asked to check, keeps no
//! tenants apart, logs nothing and sets no header.
//!
//! - `/text`: axum and a few bytes
//! - `/rows/{org}`: one indexed query of fifty people, drawn by askama
//! - `/team/{org}`: the same, after one query for the session, the organization and the membership
//! - `/gate/{app}`: the one query of Cordon's gate

use anyhow::Context as _;
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use clap::Parser;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use uuid::Uuid;

#[derive(Parser)]
struct Args {
    #[arg(long)]
    listen: String,
    #[arg(long)]
    database_url: String,
    #[arg(long)]
    connections: u32,
}

#[derive(sqlx::FromRow)]
struct Person {
    account: Uuid,
    name: String,
    email: String,
    role: String,
    since: i64,
    until: Option<i64>,
    reason: String,
    by: String,
    seen: i64,
}

#[derive(Template)]
#[template(path = "people.html")]
struct People {
    people: Vec<Person>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let options: PgConnectOptions = args.database_url.parse()?;
    let pool = PgPoolOptions::new()
        .max_connections(args.connections)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .context("the floor cannot connect")?;
    let router = Router::new()
        .route("/text", get(async || "ok\n"))
        .route("/rows/{org}", get(rows))
        .route("/team/{org}", get(team))
        .route("/gate/{app}", get(gate))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind(&args.listen).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn rows(State(pool): State<PgPool>, Path(org): Path<String>) -> Result<Response, StatusCode> {
    page(&pool, "(select id from orgs where slug = $1)", Key::Slug(org)).await
}

async fn team(
    State(pool): State<PgPool>,
    Path(org): Path<String>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let hash = session(&headers).ok_or(StatusCode::UNAUTHORIZED)?;
    let org = member_of(&pool, &hash, &org).await?.ok_or(StatusCode::NOT_FOUND)?;
    page(&pool, "$1", Key::Id(org)).await
}

#[expect(
    clippy::disallowed_methods,
    reason = "the floor is no part of the product and is checked against no schema"
)]
async fn gate(
    State(pool): State<PgPool>,
    Path(app): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, StatusCode> {
    let token =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let hash: [u8; 32] = Sha256::digest(token.ok_or(StatusCode::UNAUTHORIZED)?).into();
    let known: Option<String> = sqlx::query_scalar("select gate(null, $1, $2)::text")
        .bind(hash.as_slice())
        .bind(app)
        .fetch_one(&pool)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    known.map(|_| StatusCode::OK).ok_or(StatusCode::UNAUTHORIZED)
}

/// The SHA-256 of the session's id, as Cordon keeps it.
fn session(headers: &HeaderMap) -> Option<[u8; 32]> {
    let cookie = headers.get(header::COOKIE)?.to_str().ok()?.strip_prefix("cordon=")?;
    let id: [u8; 16] = BASE64_URL_SAFE_NO_PAD.decode(cookie).ok()?.try_into().ok()?;
    Some(Sha256::digest(i128::from_le_bytes(id).to_be_bytes()).into())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the floor is no part of the product and is checked against no schema"
)]
async fn member_of(pool: &PgPool, session: &[u8], org: &str) -> Result<Option<Uuid>, StatusCode> {
    sqlx::query_scalar(
        "select o.id from sessions s join orgs o on o.slug = $2 and o.deleted_at is null
           join grants g on g.org_id = o.id and g.account_id = s.account_id and g.revoked_at is null
             and g.starts_at <= now() and (g.ends_at is null or g.ends_at > now())
         where s.id_hash = $1 and s.expires_at > now() limit 1",
    )
    .bind(session)
    .bind(org)
    .fetch_optional(pool)
    .await
    .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

enum Key {
    Slug(String),
    Id(Uuid),
}

#[expect(
    clippy::disallowed_methods,
    reason = "the floor is no part of the product and is checked against no schema"
)]
async fn page(pool: &PgPool, which: &str, key: Key) -> Result<Response, StatusCode> {
    let query = format!(
        "select a.id as account, a.name, a.email, g.role, extract(epoch from g.starts_at)::bigint as since,
           extract(epoch from g.ends_at)::bigint as until, g.reason, b.name as by,
           extract(epoch from v.last_active_at)::bigint as seen
         from grants g join accounts a on a.id = g.account_id join accounts b on b.id = g.granted_by
           join activity v on v.org_id = g.org_id and v.account_id = g.account_id
         where g.org_id = {which} and g.revoked_at is null and g.starts_at <= now()
           and (g.ends_at is null or g.ends_at > now())
         order by a.name limit 50"
    );
    let query = sqlx::query_as::<_, Person>(sqlx::AssertSqlSafe(query));
    let query = match key {
        Key::Slug(slug) => query.bind(slug),
        Key::Id(id) => query.bind(id),
    };
    let people = query.fetch_all(pool).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let html = People { people }.render().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}
