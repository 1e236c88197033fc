//! What a browser may ask about the log.
//!
//! What may not happen here: a change. Checking the chain is a POST because it is work, not because it writes.

use axum::extract::{Path, RawQuery};
use http::StatusCode;

use crate::{
    auth::guard::{Can, Db},
    auth::scope::OrgScope as _,
    error::{OrNotFound as _, Result},
    features::audit::{
        form::Search,
        model::Filter,
        store, verify,
        views::{Found, Index, Seal, Show, Verification, grouped},
    },
    role::ViewInside,
    web::{
        form::FieldErrors,
        frame::{self, Frame},
        hx::Want,
        page::Page,
    },
};

/// The most events that are checked while a page waits.
const CHECKED_AT_ONCE: i64 = 20_000;

pub(super) async fn index(
    who: Can<ViewInside>,
    db: Db,
    frame: Frame,
    want: Want,
    RawQuery(query): RawQuery,
) -> Result<Page> {
    let mut tx = db.read(&who).await?;
    let read = Search::read(query.as_deref());
    let (search, filter) = match read {
        Ok(search) => {
            let filter = search.parse(&frame::zone(who.account()));
            (search, filter)
        }
        Err(errors) => (Search::default(), Err(errors)),
    };
    let cursors = db.cursors(&mut tx, "audit", &search.shape()).await?;
    let (mut entries, errors) = match filter {
        Ok(filter) => {
            let filter = Filter { before: cursors.read(&search.before)?, ..filter };
            (store::list(&mut tx, &filter).await?, FieldErrors::new())
        }
        Err(errors) => (Vec::new(), errors),
    };
    let head = store::head(&mut tx).await?.or_not_found()?;
    let people = store::people(&mut tx).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    // Where somebody removed events, a page is shorter than it should be and yet not the last.
    let gap = !search.narrows() && entries.last().is_some_and(|last| last.seq > 1);
    let more = entries.len() > store::PAGE || gap;
    entries.truncate(store::PAGE);
    let next = entries.last().filter(|_| more).map(|last| cursors.write(&last.seq)).transpose()?;
    let found = Found { search, errors, entries, next, head, people };
    let view = Index::new(&who, frame, found, want == Want::Fragment);
    let page = match want {
        Want::Page => Page::of(&view)?,
        Want::Fragment => Page::of(&view.as_events())?,
    };
    Ok(page.status(status))
}

pub(super) async fn show(
    who: Can<ViewInside>,
    db: Db,
    frame: Frame,
    Path((_, seq)): Path<(String, String)>,
) -> Result<Page> {
    let mut tx = db.read(&who).await?;
    let seq: i64 = seq.parse().ok().filter(|seq| *seq > 0).or_not_found()?;
    let entry = store::find(&mut tx, seq).await?.or_not_found()?;
    let after = store::hash_of(&mut tx, seq.saturating_add(1)).await?;
    Page::of(&Show::new(&who, frame, &entry, after))
}

pub(super) async fn verification(who: Can<ViewInside>, db: Db, frame: Frame, want: Want) -> Result<Page> {
    let mut tx = db.read(&who).await?;
    let org = tx.org();
    let head = store::head(&mut tx).await?.or_not_found()?;
    let seal = if head.seq > CHECKED_AT_ONCE {
        Seal::TooLong { events: grouped(head.seq) }
    } else {
        match verify::check(tx.connection(), org.uuid()).await? {
            (events, None) => Seal::Intact { events: grouped(events.try_into().unwrap_or(i64::MAX)) },
            (_, Some((seq, what))) => Seal::Broken { event: grouped(seq), what },
        }
    };
    let view = Verification::new(&who, frame, seal);
    Page::wanted(want, &view, &view.as_result())
}
