//! The pages that show apps: the list and one app, and what keeps them fresh while they stand open.
//!
//! What may not happen here: a change, or a statement per row.

use std::collections::HashMap;

use axum::{
    extract::{Path, Query},
    response::{IntoResponse as _, Response},
};
use http::StatusCode;

use crate::{
    auth::guard::{Can, Db},
    auth::scope::OrgScope,
    clock::Instant,
    db::paging::Cursors,
    error::{OrNotFound as _, Result},
    features::{
        apps::{
            filter::{Filter, RawFilter},
            handlers::Name,
            model::Standing,
            store,
            views::{Index, Reporting, Show},
        },
        releases, tokens,
    },
    ids::AppId,
    role::{Permission, ViewInside, WatchInside},
    web::{
        frame::{Frame, zone},
        hx::Want,
        page::{Done, Page},
    },
};

/// How many deploys the page of an app shows at once.
const DEPLOYS: u32 = 20;

/// Everything that runs here.
pub(super) async fn index(
    who: Can<ViewInside>,
    db: Db,
    frame: Frame,
    want: Want,
    Query(raw): Query<RawFilter>,
) -> Result<Page> {
    let filter = raw.parse()?;
    let mut tx = db.read(&who).await?;
    let cursors = db.cursors(&mut tx, "apps", &filter.shape()).await?;
    let filter = filter.opened(&cursors)?;
    let list = read_list(&mut tx, &who, frame.now(), &filter, &cursors).await?;
    drop(tx);
    let view = Index::new(&who, frame, &filter, list);
    match want {
        Want::Page => Page::of(&view),
        Want::Fragment => Page::of(&view.alone().as_list()),
    }
}

/// The list again, if something happened since it was drawn. What a list that stands open asks every second.
pub(super) async fn news(
    who: Can<WatchInside>,
    db: Db,
    frame: Frame,
    want: Want,
    Query(raw): Query<RawFilter>,
) -> Result<Response> {
    let filter = raw.parse()?;
    if want == Want::Page {
        let list = filter.url(&format!("/orgs/{}/apps", who.org().slug));
        return Ok(Done::see(list, want).into_response());
    }
    let mut tx = db.read(&who).await?;
    if store::news(&mut tx).await? == raw.seen {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let cursors = db.cursors(&mut tx, "apps", &filter.shape()).await?;
    let filter = filter.opened(&cursors)?;
    let list = read_list(&mut tx, &who, frame.now(), &filter, &cursors).await?;
    Ok(Page::of(&Index::new(&who, frame, &filter, list).alone().as_list())?.into_response())
}

/// The apps of a page, what is around them, how they stand beside their counterparts, and where the next page begins.
type List = (store::Lines, store::Around, HashMap<AppId, Standing>, Option<String>);

async fn read_list<P: Permission>(
    tx: &mut impl OrgScope,
    who: &Can<P>,
    now: Instant,
    filter: &Filter,
    cursors: &Cursors,
) -> Result<List> {
    let days = zone(who.account()).last_days(now, releases::BARS);
    let lines = store::list(tx, filter, &days).await?;
    let around = store::around(tx).await?;
    let apps: Vec<_> = lines.rows.iter().map(|line| line.id).collect();
    let standings = store::standings(tx, &apps).await?;
    let next = lines.next.as_ref().map(|last| cursors.write(last)).transpose()?;
    Ok((lines, around, standings, next))
}

/// Where the list of an app's deploys begins.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Below {
    /// The last deploy of the page before.
    after: String,
    /// What the page that asks has seen.
    seen: String,
}

/// One app.
pub(super) async fn show(
    who: Can<ViewInside>,
    db: Db,
    frame: Frame,
    Path(name): Path<Name>,
    Query(below): Query<Below>,
) -> Result<Page> {
    let mut tx = db.read(&who).await?;
    let Some(app) = store::find_shown(&mut tx, &name.app, &days(&who, &frame)).await? else {
        return Err(store::gone(&mut tx, &name.app).await);
    };
    let cursors = db.cursors(&mut tx, "deploys", &app.id).await?;
    let deploys = releases::list(&mut tx, app.id, cursors.read(&below.after)?, DEPLOYS).await?;
    let older = deploys.older.map(|seq| cursors.write(&seq)).transpose()?;
    let deployers = store::deployers(&mut tx).await?;
    let now = frame.now();
    let tokens = tokens::card(&mut tx, &who, &app.name, now).await?;
    drop(tx);
    let view = Show::new(&who, frame, app, (deploys, older), below.after.is_empty());
    Page::of(&view.with_deployers(&who, now, deployers).with_tokens(tokens))
}

/// The head and the deploys of an app again, if something happened since they were drawn.
pub(super) async fn app_news(
    who: Can<WatchInside>,
    db: Db,
    frame: Frame,
    Path(name): Path<Name>,
    Query(below): Query<Below>,
) -> Result<Response> {
    let mut tx = db.read(&who).await?;
    if store::news(&mut tx).await? == below.seen {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let app = store::find_shown(&mut tx, &name.app, &days(&who, &frame)).await?.or_not_found()?;
    let cursors = db.cursors(&mut tx, "deploys", &app.id).await?;
    let deploys = releases::list(&mut tx, app.id, None, DEPLOYS).await?;
    let older = deploys.older.map(|seq| cursors.write(&seq)).transpose()?;
    drop(tx);
    Ok(Page::of(&Show::new(&who, frame, app, (deploys, older), true).as_deploys())?.into_response())
}

/// How a pipeline reports the deploys of an app: what to paste where.
pub(super) async fn reporting(
    who: Can<ViewInside>,
    db: Db,
    frame: Frame,
    Path(name): Path<Name>,
) -> Result<Page> {
    let mut tx = db.read(&who).await?;
    let Some(app) = store::find(&mut tx, &name.app).await? else {
        return Err(store::gone(&mut tx, &name.app).await);
    };
    drop(tx);
    Page::of(&Reporting::new(&who, frame, app.name))
}

fn days<P>(who: &Can<P>, frame: &Frame) -> Vec<Instant> {
    zone(who.account()).last_days(frame.now(), releases::BARS)
}
