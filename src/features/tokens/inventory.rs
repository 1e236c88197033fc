//! Every token of every organization that the caller may look into, and the same as a table to take along.
//!
//! What may not happen here: an address for somebody who may not see it there, on the page or in the table.

use axum::{extract::Query, response::Response};

use crate::{
    auth::guard::{Db, SignedIn},
    clock::Instant,
    db::context::Account,
    error::Result,
    features::tokens::{
        form::Filter,
        model::{State, Token},
        store::{self, PAGE, Paged, Which},
        views::{Inventory, word},
    },
    web::{csv::Table, frame::Frame, hx::Want, page::Page},
};

/// How many rows of the table are read at once.
const CHUNK: usize = 500;

pub(super) async fn index(
    who: SignedIn,
    db: Db,
    frame: Frame,
    want: Want,
    Query(filter): Query<Filter>,
) -> Result<Page> {
    let now = frame.now();
    let mut tx = db.read_site(&who).await?;
    let cursors = db.own_cursors(&mut tx, "all-tokens", &filter.shape()).await?;
    let which = Which { before: cursors.read(&filter.before)?, ..filter.which(now) };
    let page = Paged::of(store::everywhere(&mut tx, &which, PAGE + 1).await?, &cursors)?;
    drop(tx);
    let view = Inventory::new(&who, frame, filter, &page);
    Page::wanted(want, &view, &view.as_list())
}

/// The same list as a table, without pages.
pub(super) async fn table(
    who: SignedIn,
    db: Db,
    frame: Frame,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    let now = frame.now();
    // The first rows are read before the answer begins, so that a fault is an error and not half a table.
    let mut which = filter.which(now);
    let first = store::everywhere(&mut db.read_site(&who).await?, &which, CHUNK).await?;
    let (mut table, response) = Table::download("tokens")?;
    tokio::spawn(async move {
        let how = async {
            let mut rows = first;
            table.row(HEADS).await?;
            loop {
                for token in &rows {
                    let cells = cells(who.account(), token, now);
                    if !table.row(cells.iter().map(String::as_str)).await? {
                        return Ok(());
                    }
                }
                let Some(last) = rows.last().filter(|_| rows.len() == CHUNK) else { return Ok(()) };
                which.before = Some(last.id);
                rows = store::everywhere(&mut db.read_site(&who).await?, &which, CHUNK).await?;
            }
        }
        .await;
        table.end(how).await;
    });
    Ok(response)
}

const HEADS: [&str; 15] = [
    "organization",
    "environment",
    "name",
    "kind",
    "scope",
    "app",
    "last_four",
    "made_by",
    "made_at",
    "ends_at",
    "last_used_at",
    "last_used_from",
    "state",
    "idle",
    "revoked_at",
];

fn cells(me: &Account, token: &Token, now: Instant) -> [String; 15] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let moment = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
    let state = match token.state() {
        State::Good => "good",
        State::Ended => "ended",
        State::Revoked => "revoked",
        State::MakerGone => "maker gone",
        State::AppGone => "app gone",
    };
    [
        text(&token.org),
        text(&token.environment),
        token.name.clone(),
        word(token.kind()).to_lowercase(),
        token.scope.clone(),
        text(&token.app_name),
        token.last_four.clone(),
        token.maker.clone(),
        token.created_at.to_string(),
        token.expires_at.to_string(),
        moment(token.last_used_at),
        text(&token.last_used_from.clone().filter(|_| token.shows_address(me.id))),
        state.to_owned(),
        if token.is_idle(now) { "yes" } else { "no" }.to_owned(),
        moment(token.revoked_at),
    ]
}
