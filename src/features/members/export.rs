//! The team as a file.
//!
//! What may not happen here: a file that leaves no event.

use axum::response::Response;

use crate::{
    auth::{
        grants,
        guard::{Can, Db},
    },
    db::audit::{Chain, Event as Entry},
    error::Result,
    features::members::{events::EXPORTED, store},
    role::ViewOrg,
    web::{
        csv::Table,
        form::{Form, Nothing},
    },
};

/// Everybody inside, for a spreadsheet. Whoever may see the team may take it along; the log says that they did.
pub(super) async fn export(who: Can<ViewOrg>, db: Db, _: Form<Nothing>) -> Result<Response> {
    let mut tx = db.write(&who).await?;
    let people = grants::count(&mut tx).await?.people;
    let org = who.org();
    let event = Entry::new(Chain::Org(org.id), &EXPORTED)
        .target("org", org.id.uuid())
        .named(&org.slug)
        .change("people", (), people);
    tx.commit(event).await?;
    let (mut table, response) = Table::download(&format!("{}-team", org.slug))?;
    // The file is written while it is on its way; when its reader goes, so do the rows and the connection.
    tokio::spawn(async move {
        let written = async {
            let mut tx = db.read(&who).await?;
            store::export(&mut tx, &mut table).await
        };
        let written = written.await;
        table.end(written).await;
    });
    Ok(response)
}
