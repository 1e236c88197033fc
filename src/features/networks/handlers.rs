//! What a browser may ask about networks.
//!
//! What may not happen here: a rule. Guards, forms and the store hold them.

use axum::extract::{Path, Query};
use http::StatusCode;

use crate::{
    auth::guard::{Can, Db},
    db::audit::All,
    error::{Error, OrNotFound as _, Result},
    features::networks::{
        events::Event,
        form::{self, ExposureForm, NetworkForm},
        model::{DEFAULT, Network},
        store::{self, Exposed},
        views::{Deletion, Expose, Index, New, Show, Unexpose},
    },
    ids::ExposureId,
    role::{ManageNetworks, ViewInside},
    web::{
        form::{DeletionForm, FieldErrors, Form, Nothing},
        frame::Frame,
        hx::Want,
        page::{Answer, Done, Page},
    },
};

/// How many apps and ways of each network a list may need.
const EACH: u32 = 12;

/// The network's name in the URL.
#[derive(serde::Deserialize)]
pub(super) struct Name {
    network: String,
}

/// The exposure in the URL.
#[derive(serde::Deserialize)]
pub(super) struct Id {
    exposure: String,
}

impl Id {
    fn parse(&self) -> Result<ExposureId> {
        self.exposure.parse().map_err(|_| Error::NotFound)
    }
}

pub(super) async fn index(
    who: Can<ViewInside>,
    db: Db,
    frame: Frame,
    want: Want,
    Query(page): Query<form::Page>,
) -> Result<Page> {
    let plan = store::plan(&mut db.read(&who).await?, &page.after, store::PAGE + 1, EACH).await?;
    let view = Index::new(&who, frame, &page.after, plan);
    Page::wanted(want, &view, &view.as_list())
}

pub(super) async fn show(
    who: Can<ViewInside>,
    db: Db,
    page: (Frame, Want),
    Path(name): Path<Name>,
    Query(filter): Query<form::Page>,
) -> Result<Page> {
    let (frame, want) = page;
    let mut scope = db.read(&who).await?;
    let network = store::find(&mut scope, &name.network).await?.or_not_found()?;
    let apps = store::members(&mut scope, network.id, &filter.after).await?;
    let ways = store::ways(&mut scope, network.id).await?;
    let view = Show::new(&who, frame, &network, &filter.after, apps, &ways);
    Page::wanted(want, &view, &view.as_list())
}

pub(super) async fn new(who: Can<ManageNetworks>, frame: Frame, want: Want) -> Result<Page> {
    let view = New::of(&who, frame, NetworkForm::default(), FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn create(
    who: Can<ManageNetworks>,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<NetworkForm>,
) -> Result<Answer> {
    let refused = |form, errors| {
        let view = New::of(&who, frame, form, errors);
        Ok(Page::wanted(want, &view, &view.as_sheet())?.status(StatusCode::UNPROCESSABLE_ENTITY).into())
    };
    let name = match form.parse() {
        Ok(name) => name,
        Err(errors) => return refused(form, errors),
    };
    let mut tx = db.write(&who).await?;
    let Some((id, number)) = store::insert(&mut tx, &name).await? else {
        return refused(form, FieldErrors::one("name", "Name has already been taken."));
    };
    let org = who.org();
    tx.commit(Event::Created { org: org.id, id, name: name.as_str().to_owned(), number }).await?;
    let sentence =
        format!("Added the network {} to {}. Its range is {}.", name.as_str(), org.slug, number.prefix());
    Ok(Done::see(format!("/orgs/{}/networks", org.slug), want).say(sentence).into())
}

pub(super) async fn confirm(
    who: Can<ManageNetworks>,
    db: Db,
    frame: Frame,
    want: Want,
    Path(name): Path<Name>,
) -> Result<Page> {
    let mut scope = db.read(&who).await?;
    let network = store::find(&mut scope, &name.network).await?.or_not_found()?;
    stays(&network)?;
    let held = store::members(&mut scope, network.id, "").await?.len();
    if held > 0 {
        return Err(holds_apps(&network));
    }
    let ways = store::ways(&mut scope, network.id).await?;
    let view = Deletion::new(&who, frame, network.name, &ways, FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn destroy(
    who: Can<ManageNetworks>,
    db: Db,
    page: (Frame, Want),
    Path(name): Path<Name>,
    Form(form): Form<DeletionForm>,
) -> Result<Answer> {
    let (frame, want) = page;
    let mut tx = db.write(&who).await?;
    let network = store::find(&mut tx, &name.network).await?.or_not_found()?;
    stays(&network)?;
    let org = who.org();
    if org.environment == "production" && form.confirm.trim() != network.name {
        let errors =
            FieldErrors::one("confirm", format!("Type {} exactly. Nothing was deleted.", network.name));
        let ways = store::ways(&mut tx, network.id).await?;
        let view = Deletion::new(&who, frame, network.name, &ways, errors);
        let refused = Page::wanted(want, &view, &view.as_sheet())?.status(StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(refused.into());
    }
    let Some(ways) = store::remove(&mut tx, network.id).await? else { return Err(holds_apps(&network)) };
    let sentence = format!("Deleted the network {} from {}.", network.name, org.slug);
    let closed = ways.into_iter().map(|exposure| Event::Unexposed { org: org.id, exposure }).collect();
    let Network { id, name, number, .. } = network;
    tx.commit(All(Event::Deleted { org: org.id, id, name, number }, closed)).await?;
    Ok(Done::see(format!("/orgs/{}/networks", org.slug), want).say(sentence).into())
}

fn stays(network: &Network) -> Result<()> {
    if network.name == DEFAULT {
        return Err(Error::Conflict("The default network stays. Nothing was deleted.".into()));
    }
    Ok(())
}

fn holds_apps(network: &Network) -> Error {
    let name = &network.name;
    Error::Conflict(format!(
        "{name} still holds apps, and only an empty network can be deleted. Nothing was deleted."
    ))
}

pub(super) async fn new_exposure(
    who: Can<ManageNetworks>,
    db: Db,
    frame: Frame,
    want: Want,
    Query(form): Query<ExposureForm>,
) -> Result<Page> {
    let names = store::names(&mut db.read(&who).await?).await?;
    let view = Expose::of(&who, frame, form, names, FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn expose(
    who: Can<ManageNetworks>,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<ExposureForm>,
) -> Result<Answer> {
    let org = who.org();
    let mut tx = db.write(&who).await?;
    let errors = match form.parse() {
        Err(errors) => errors,
        Ok(new) => match store::expose(&mut tx, &new).await? {
            Exposed::Done(exposure) => {
                let sentence = format!(
                    "{} can be reached from {} on {}.",
                    exposure.app_name,
                    exposure.source,
                    exposure.ports.told(exposure.protocol)
                );
                tx.commit(Event::Exposed { org: org.id, exposure }).await?;
                return Ok(Done::see(format!("/orgs/{}/networks", org.slug), want).say(sentence).into());
            }
            Exposed::NoApp => FieldErrors::one("app", format!("{} has no app called {}.", org.slug, new.app)),
            Exposed::NoNetwork => {
                FieldErrors::one("network", format!("{} has no network called {}.", org.slug, new.network))
            }
            Exposed::Inside => FieldErrors::one(
                "network",
                format!("{} is in {} itself: the apps there reach it on every port.", new.app, new.network),
            ),
            Exposed::Already(ports) => FieldErrors::one(
                "ports",
                format!(
                    "{} is reached from {} on {} already. Close that first to name other ports.",
                    new.app,
                    new.network,
                    ports.told(new.protocol)
                ),
            ),
        },
    };
    let names = store::names(&mut tx).await?;
    let view = Expose::of(&who, frame, form, names, errors);
    Ok(Page::wanted(want, &view, &view.as_sheet())?.status(StatusCode::UNPROCESSABLE_ENTITY).into())
}

pub(super) async fn confirm_exposure(
    who: Can<ManageNetworks>,
    db: Db,
    frame: Frame,
    want: Want,
    Path(id): Path<Id>,
) -> Result<Page> {
    let exposure = store::exposure(&mut db.read(&who).await?, id.parse()?).await?.or_not_found()?;
    let view = Unexpose::new(&who, frame, &exposure);
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn unexpose(
    who: Can<ManageNetworks>,
    db: Db,
    want: Want,
    Path(id): Path<Id>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Done> {
    let id = id.parse()?;
    let org = who.org();
    let mut tx = db.write(&who).await?;
    let exposure = store::exposure(&mut tx, id).await?.or_not_found()?;
    if !store::unexpose(&mut tx, id).await? {
        return Err(Error::NotFound);
    }
    let sentence = format!("Closed {} to {}.", exposure.app_name, exposure.source);
    tx.commit(Event::Unexposed { org: org.id, exposure }).await?;
    Ok(Done::see(format!("/orgs/{}/networks", org.slug), want).say(sentence))
}
