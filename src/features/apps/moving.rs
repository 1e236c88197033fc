//! Moving an app to another organization: what goes along and what ends is shown before anything does.
//!
//! What may not happen here: a move without the permission in both organizations.

use axum::extract::{Path, Query};
use http::StatusCode;

use crate::{
    auth::guard::{Can, Db},
    db::{
        OrgSlug,
        audit::{All, Audit as _},
        context::Org,
    },
    error::{Error, OrNotFound as _, Result},
    features::{
        apps::{
            events::Event,
            form::MoveForm,
            handlers::Name,
            store,
            views::{Choose, Move},
        },
        networks, tokens,
    },
    role::{MoveApps, Permission as _},
    web::{
        form::{FieldErrors, Form},
        frame::Frame,
        hx::Want,
        page::{Answer, Done, Page},
    },
};

/// Where to; or, when that is said, what the move would do.
pub(super) async fn show(
    who: Can<MoveApps>,
    db: Db,
    page: (Frame, Want),
    Path(name): Path<Name>,
    Query(form): Query<MoveForm>,
) -> Result<Page> {
    let (frame, want) = page;
    let mut tx = db.read(&who).await?;
    let app = store::find(&mut tx, &name.app).await?.or_not_found()?;
    if form.to.is_empty() {
        let view = Choose::new(&who, frame, &app);
        return Page::wanted(want, &view, &view.as_sheet());
    }
    let to = tx.also_in(&target(&who, &form.to)?).await?;
    let luggage = store::luggage(&mut tx, app.id, &to).await?;
    let view = Move::new(&who, frame, &app, (&to, &luggage), FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

/// Moves it.
pub(super) async fn create(
    who: Can<MoveApps>,
    db: Db,
    page: (Frame, Want),
    Path(name): Path<Name>,
    Form(form): Form<MoveForm>,
) -> Result<Answer> {
    let (frame, want) = page;
    let slug = target(&who, &form.to)?;
    let mut tx = db.write(&who).await?;
    let app = store::find(&mut tx, &name.app).await?.or_not_found()?;
    let to = tx.also_in(&slug).await?;
    if needs_typing(&who, &to) && form.confirm.trim() != app.name {
        drop(tx);
        let mut tx = db.read(&who).await?;
        tx.also_in(&slug).await?;
        let luggage = store::luggage(&mut tx, app.id, &to).await?;
        let errors = FieldErrors::one("confirm", format!("Type {} exactly. Nothing was moved.", app.name));
        let view = Move::new(&who, frame, &app, (&to, &luggage), errors);
        return Ok(Page::wanted(want, &view, &view.as_sheet())?
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .into());
    }
    let mut events = tokens::end_of_app(&mut tx, app.id).await?;
    events.extend(networks::end_of_app(&mut tx, app.id).await?);
    events.push(Event::Arrived { org: to.id, app: app.clone() }.event());
    if !store::move_to(&mut tx, app.id, &to).await? {
        let sentence = format!("Someone else changed {} at the same moment. Nothing was moved.", app.name);
        return Err(Error::Conflict(sentence));
    }
    let sentence = format!("Moved {} from {} to {}.", app.name, who.org().slug, to.slug);
    let page = format!("/orgs/{}/apps/{}", to.slug, app.name);
    tx.commit(All(Event::Moved { org: who.org().id, app }.event(), events)).await?;
    Ok(Done::see(page, want).say(sentence).into())
}

/// Whether the name must be typed: something leaves production or comes into it.
pub(super) fn needs_typing<P>(who: &Can<P>, to: &Org) -> bool {
    who.org().environment == "production" || to.environment == "production"
}

/// The organization that was chosen. One that no organization can be called is as absent as one that is hidden.
fn target(who: &Can<MoveApps>, typed: &str) -> Result<OrgSlug> {
    let slug = OrgSlug::parse(typed).ok_or(Error::NotFound)?;
    if slug.as_str() == who.org().slug {
        let sentence = format!("It is in {} already. Nothing was moved.", slug.as_str());
        return Err(Error::Bad(StatusCode::UNPROCESSABLE_ENTITY, sentence));
    }
    Ok(slug)
}

/// The organizations that the caller may move something to, as their frame knows them.
pub(super) fn targets(who: &Can<MoveApps>) -> Vec<(String, String)> {
    let all = who.shell().map(|shell| shell.orgs.as_slice()).unwrap_or_default();
    all.iter()
        .filter(|org| org.id != who.org().id && org.roles.may(MoveApps::NEEDS))
        .map(|org| (org.slug.clone(), org.environment.clone()))
        .collect()
}
