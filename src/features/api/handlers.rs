//! What a program may ask and report.
//!
//! What may not happen here: an answer without its entry in the description, or a rule.

use axum::{
    Json,
    extract::Path,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use serde_json::Value;

use crate::{
    auth::{
        bearer::{AnyToken, Bearer},
        guard::Db,
    },
    error::{Error, OrNotFound as _, Result},
    features::{
        api::{
            asked::{IdempotencyKey, Part, next},
            shapes::{App, Environment, List, Org, Release},
            store,
        },
        apps,
        releases::{self, RawReport, Reporter},
    },
    role::{Deploy, Permissions, ViewInside, ViewOrg},
    web::{json::Json as Body, problem::Problem},
};

/// The app's name in the URL.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Name {
    app: String,
}

/// The organizations that the token sees
///
/// By slug. An organization's own token sees that one; a personal token sees those of its maker.
#[utoipa::path(get, path = "/api/v1/orgs", tag = "organizations", params(
    ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most so many; 50 when left out"),
    ("after" = Option<String>, Query, description = "From the `next` of the part before"),
), responses((status = 200, body = List<Org>)))]
pub(super) async fn orgs(who: AnyToken, db: Db, part: Part) -> Result<Json<List<Org>>> {
    let mut tx = db.read_site(&who).await?;
    let cursors = db.own_cursors(&mut tx, "api-orgs", &who.token().org_id).await?;
    let after: String = cursors.read(&part.after)?.unwrap_or_default();
    let rows = store::orgs(&mut tx, &after, part.limit).await?;
    let (rows, last) = cut(rows, part.limit, |row| row.slug.clone());
    let sees = |row: &store::OrgRow| who.permissions_as(&row.roles).contains(Permissions::VIEW_ORG);
    let items = rows.into_iter().filter(sees).filter_map(|row| {
        Some(Org {
            id: row.id,
            slug: row.slug,
            name: row.name,
            environment: Environment::of(&row.environment),
            project: row.project,
            role: row.roles.highest()?.into(),
            created_at: row.created_at,
        })
    });
    let cursor = last.map(|last| cursors.write(&last)).transpose()?;
    let next = cursor.map(|cursor| next("/api/v1/orgs", part.limit, &cursor));
    Ok(Json(List { items: items.collect(), next }))
}

/// One organization
#[utoipa::path(get, path = "/api/v1/orgs/{org}", tag = "organizations", params(
    ("org" = String, Path, description = "Its slug"),
), responses((status = 200, body = Org)))]
pub(super) async fn org(who: Bearer<ViewOrg>, db: Db) -> Result<Json<Org>> {
    let project = store::project(&mut db.read(&who).await?).await?;
    let org = who.org();
    Ok(Json(Org {
        id: org.id.uuid(),
        slug: org.slug.clone(),
        name: org.name.clone(),
        environment: Environment::of(&org.environment),
        project,
        role: org.roles.highest().or_not_found()?.into(),
        created_at: org.created_at,
    }))
}

/// The apps of an organization
///
/// By name.
#[utoipa::path(get, path = "/api/v1/orgs/{org}/apps", tag = "apps", params(
    ("org" = String, Path, description = "Its slug"),
    ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most so many; 50 when left out"),
    ("after" = Option<String>, Query, description = "From the `next` of the part before"),
), responses((status = 200, body = List<App>)))]
pub(super) async fn apps(who: Bearer<ViewInside>, db: Db, part: Part) -> Result<Json<List<App>>> {
    let mut tx = db.read(&who).await?;
    let cursors = db.cursors(&mut tx, "api-apps", &()).await?;
    let after: String = cursors.read(&part.after)?.unwrap_or_default();
    let rows = store::apps(&mut tx, &after, None, part.limit).await?;
    let (items, end) = cut(rows, part.limit, |app| app.name.clone());
    let path = format!("/api/v1/orgs/{}/apps", who.org().slug);
    let cursor = end.map(|end| cursors.write(&end)).transpose()?;
    Ok(Json(List { items, next: cursor.map(|cursor| next(&path, part.limit, &cursor)) }))
}

/// One app
#[utoipa::path(get, path = "/api/v1/apps/{app}", tag = "apps", params(
    ("app" = String, Path, description = "Its name"),
), responses((status = 200, body = App), (status = 410, body = Problem, content_type = "application/problem+json",
    description = "It was here, and was deleted or moved to another organization")))]
pub(super) async fn app(who: Bearer<ViewInside>, db: Db, Path(name): Path<Name>) -> Result<Json<App>> {
    let mut tx = db.read(&who).await?;
    match store::app(&mut tx, &name.app).await? {
        Some((_, app)) => Ok(Json(app)),
        None => Err(apps::gone(&mut tx, &name.app).await),
    }
}

/// The releases of an app
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/apps/{app}/releases", tag = "releases", params(
    ("app" = String, Path, description = "Its name"),
    ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most so many; 50 when left out"),
    ("after" = Option<String>, Query, description = "From the `next` of the part before"),
), responses((status = 200, body = List<Release>), (status = 410, body = Problem, content_type = "application/problem+json",
    description = "It was here, and was deleted or moved to another organization")))]
pub(super) async fn releases(
    who: Bearer<ViewInside>,
    db: Db,
    Path(name): Path<Name>,
    part: Part,
) -> Result<Json<List<Release>>> {
    let mut tx = db.read(&who).await?;
    let Some((id, app)) = store::app(&mut tx, &name.app).await? else {
        return Err(apps::gone(&mut tx, &name.app).await);
    };
    let cursors = db.cursors(&mut tx, "api-releases", &id).await?;
    let page = releases::list(&mut tx, id, cursors.read(&part.after)?, part.limit).await?;
    let path = format!("/api/v1/apps/{}/releases", app.name);
    let cursor = page.older.map(|seq| cursors.write(&seq)).transpose()?;
    let next = cursor.map(|cursor| next(&path, part.limit, &cursor));
    Ok(Json(List { items: page.rows.into_iter().map(|row| Release::of(&app.name, row)).collect(), next }))
}

/// Report a release
///
/// With a deploy token of the app, or an organization's token that may deploy. `started` begins a release; `succeeded`
/// and `failed` end the one of that version that is going out, or tell of one that nobody announced. The same report
/// again changes nothing. With an `Idempotency-Key`, the same report gets the same answer for a week, and another report
/// under that key is refused.
#[utoipa::path(post, path = "/api/v1/apps/{app}/releases", tag = "releases", params(
    ("app" = String, Path, description = "Its name"),
    ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
     description = "One key for one report, also when it is sent again"),
), request_body = RawReport, responses(
    (status = 200, body = Release, description = "A release that was known was updated, or this was reported before"),
    (status = 201, body = Release, description = "A release was begun"),
    (status = 409, body = Problem, content_type = "application/problem+json",
     description = "That version is going out from another commit"),
    (status = 410, body = Problem, content_type = "application/problem+json",
     description = "The app was here, and was deleted or moved to another organization"),
))]
pub(super) async fn report(
    who: Bearer<Deploy>,
    db: Db,
    Path(name): Path<Name>,
    IdempotencyKey(key): IdempotencyKey,
    Body(raw): Body<RawReport>,
) -> Result<Result<Response, Problem>> {
    let report = match raw.parse() {
        Ok(report) => report,
        Err(errors) => return Ok(Err(Problem::fields(&errors))),
    };
    let mut tx = db.write(&who).await?;
    let Some(app) = releases::lock_app(&mut tx, &name.app).await? else {
        return Err(apps::gone(&mut tx, &name.app).await);
    };
    if let Some(key) = &key
        && let Some(known) = releases::answered(&mut tx, app, key, &report).await?
    {
        return if known.same { Ok(Ok(answer(known.created, known.answer))) } else { Err(reused()) };
    }
    let (release, created, event) =
        releases::report(&mut tx, (app, &name.app), &report, &reporter(&who)).await?;
    let body = serde_json::to_value(Release::of(&name.app, release)).map_err(Error::internal)?;
    if let Some(key) = &key {
        releases::remember(&mut tx, app, (key, &report), (created, &body)).await?;
    }
    tx.commit(event).await?;
    Ok(Ok(answer(created, body)))
}

fn reporter(who: &Bearer<Deploy>) -> Reporter {
    let token = who.token();
    Reporter {
        account: token.org_id.is_none().then_some(who.maker().id),
        token: token.id,
        name: token.name.clone(),
    }
}

fn answer(created: bool, body: Value) -> Response {
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    (status, Json(body)).into_response()
}

fn reused() -> Error {
    let sentence = "That Idempotency-Key was used for another report. Nothing was changed.";
    Error::Bad(StatusCode::UNPROCESSABLE_ENTITY, sentence.into())
}

/// Cuts the one more that was read, and says with what the page ends when there is another.
fn cut<T>(mut rows: Vec<T>, limit: u32, name: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let limit = limit as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more).map(name);
    (rows, last)
}
