//! What a browser may ask about apps.
//!
//! What may not happen here: a rule. Guards, forms and the store hold them.

use axum::extract::Path;
use http::StatusCode;

use crate::{
    auth::guard::{Can, Db},
    db::audit::{All, Audit as _},
    error::{Error, OrNotFound as _, Result},
    features::{
        apps::{
            events::Event,
            form::AppForm,
            store::{self, Added},
            views::{Deletion, Edit, New},
        },
        networks, tokens,
    },
    role::ManageApps,
    web::{
        form::{DeletionForm, FieldErrors, Form},
        frame::Frame,
        hx::Want,
        page::{Answer, Done, Page},
    },
};

/// The app's name in the URL.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Name {
    pub(super) app: String,
}

pub(super) async fn new(who: Can<ManageApps>, db: Db, frame: Frame, want: Want) -> Result<Page> {
    let networks = networks::choices(&mut db.read(&who).await?).await?;
    let view = New::of(&who, frame, AppForm::default(), networks, FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn create(
    who: Can<ManageApps>,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<AppForm>,
) -> Result<Answer> {
    let refused = async |form, errors: FieldErrors| {
        let status = errors.status();
        let networks = networks::choices(&mut db.read(&who).await?).await?;
        let view = New::of(&who, frame, form, networks, errors);
        Ok(Page::wanted(want, &view, &view.as_sheet())?.status(status).into())
    };
    let app = match form.parse() {
        Ok(app) => app,
        Err(errors) => return refused(form, errors).await,
    };
    let mut tx = db.write(&who).await?;
    let org = who.org();
    let wrong = match store::insert(&mut tx, &app).await? {
        Added::Done(id) => Ok(id),
        Added::NameTaken => Err(FieldErrors::one("name", "Name has already been taken.")),
        Added::NoNetwork => {
            Err(FieldErrors::one("network", format!("{} has no network called that.", org.slug)))
        }
    };
    let id = match wrong {
        Ok(id) => id,
        Err(errors) => {
            drop(tx);
            return refused(form, errors).await;
        }
    };
    tx.commit(Event::Created { org: org.id, id, app: app.clone() }).await?;
    let name = app.name.as_str();
    let done = Done::see(format!("/orgs/{}/apps/{name}", org.slug), want);
    Ok(done.say(format!("Added {name} to {}.", org.slug)).into())
}

pub(super) async fn edit(
    who: Can<ManageApps>,
    db: Db,
    frame: Frame,
    want: Want,
    Path(name): Path<Name>,
) -> Result<Page> {
    let app = store::find(&mut db.read(&who).await?, &name.app).await?.or_not_found()?;
    let view = Edit::new(&who, frame, AppForm::of(&app), FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn update(
    who: Can<ManageApps>,
    db: Db,
    page: (Frame, Want),
    Path(name): Path<Name>,
    Form(form): Form<AppForm>,
) -> Result<Answer> {
    let (frame, want) = page;
    // The name is for ever: whatever the form says about it, the address decides.
    let form = AppForm { name: name.app.clone(), ..form };
    let again = |form, errors: FieldErrors| {
        let status = errors.status();
        let view = Edit::new(&who, frame.clone(), form, errors);
        Ok(Page::wanted(want, &view, &view.as_sheet())?.status(status).into())
    };
    let after = match form.parse() {
        Ok(app) => app,
        Err(errors) => return again(form, errors),
    };
    let mut tx = db.write(&who).await?;
    store::lock(&mut tx, &name.app).await?.then_some(()).or_not_found()?;
    let before = store::find(&mut tx, &name.app).await?.or_not_found()?;
    if !form.network.is_empty() && form.network != before.network {
        let sentence = "An app keeps the network that it was added to. Nothing was changed.";
        return Err(Error::Bad(StatusCode::UNPROCESSABLE_ENTITY, sentence.into()));
    }
    let done = Done::see(format!("/orgs/{}/apps/{}", who.org().slug, before.name), want);
    if before.description == after.description && before.url == after.url {
        return Ok(done.say("Nothing to change.").into());
    }
    if form.version.is_stale(&before.version()) {
        let errors = form.clash(&before);
        return again(AppForm { version: before.version(), ..form }, errors);
    }
    store::update(&mut tx, before.id, &after, frame.now()).await?;
    let sentence = format!("Changed {}.", before.name);
    tx.commit(Event::Updated { org: who.org().id, before, after }).await?;
    Ok(done.say(sentence).into())
}

pub(super) async fn confirm(
    who: Can<ManageApps>,
    db: Db,
    frame: Frame,
    want: Want,
    Path(name): Path<Name>,
) -> Result<Page> {
    let app = store::find(&mut db.read(&who).await?, &name.app).await?.or_not_found()?;
    let view = Deletion::new(&who, frame, app.name, FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn destroy(
    who: Can<ManageApps>,
    db: Db,
    page: (Frame, Want),
    Path(name): Path<Name>,
    Form(form): Form<DeletionForm>,
) -> Result<Answer> {
    let (frame, want) = page;
    let mut tx = db.write(&who).await?;
    let app = store::find(&mut tx, &name.app).await?.or_not_found()?;
    if who.org().environment == "production" && form.confirm.trim() != app.name {
        let errors = FieldErrors::one("confirm", format!("Type {} exactly. Nothing was deleted.", app.name));
        let status = errors.status();
        let view = Deletion::new(&who, frame, app.name, errors);
        return Ok(Page::wanted(want, &view, &view.as_sheet())?.status(status).into());
    }
    let mut ended = tokens::end_of_app(&mut tx, app.id).await?;
    ended.extend(networks::end_of_app(&mut tx, app.id).await?);
    store::remove(&mut tx, app.id).await?;
    let sentence = format!("Deleted {} from {}.", app.name, who.org().slug);
    tx.commit(All(Event::Deleted { org: who.org().id, app }.event(), ended)).await?;
    Ok(Done::see(format!("/orgs/{}/apps", who.org().slug), want).say(sentence).into())
}
