//! What a browser may ask about organizations.
//!
//! What may not happen here: a rule. Guards, forms and the store hold them.

use axum::extract::Query;
use http::StatusCode;

use crate::{
    auth::{
        grants,
        guard::{Can, Db, SignedIn},
    },
    db::audit::All,
    error::Result,
    features::{
        audit,
        orgs::{
            Event,
            form::{Filter, NewForm, SettingsForm},
            model::{New, Settings},
            store,
            views::{Edit, Index, NewPage, Overview, Switcher},
        },
    },
    role::{ManageMembers, ManageSettings, ViewInside, ViewOrg},
    web::{
        form::{FieldErrors, Form},
        frame::Frame,
        hx::Want,
        page::{Done, Page},
    },
};

/// The most people that an overview draws or counts by itself.
const FACES: i64 = 100;
/// How many events it shows.
const LATEST: i64 = 5;

pub(super) async fn home(_: SignedIn, want: Want) -> Done {
    Done::see("/orgs", want)
}

pub(super) async fn index(
    who: SignedIn,
    db: Db,
    frame: Frame,
    want: Want,
    Query(filter): Query<Filter>,
) -> Result<Page> {
    let mut scope = db.read_site(&who).await?;
    let listed = match filter.pattern() {
        Some(pattern) => store::list(&mut scope, &pattern, filter.place(), store::PAGE + 1).await?,
        None => Vec::new(),
    };
    let waiting = who.shell().is_some_and(|shell| shell.waiting > 0);
    let offers = if waiting { store::offers(&mut scope).await? } else { Vec::new() };
    let view = Index::new(&who, frame, &filter, listed, offers);
    Page::wanted(want, &view, &view.as_list())
}

/// The switcher's rows when there are more than the page carries. Without script, the list finds the same.
pub(super) async fn switcher(
    who: SignedIn,
    db: Db,
    frame: Frame,
    want: Want,
    Query(filter): Query<Filter>,
) -> Result<Result<Page, Done>> {
    if want == Want::Page {
        let query = serde_html_form::to_string([("q", &filter.q)]).unwrap_or_default();
        return Ok(Err(Done::see(format!("/orgs?{query}"), want)));
    }
    let found = match filter.pattern() {
        Some(_) if filter.is_open() => None,
        Some(pattern) => {
            Some(store::list(&mut db.read_site(&who).await?, &pattern, ("", ""), store::PAGE).await?)
        }
        None => Some(Vec::new()),
    };
    Page::of(&Switcher::new(&who, frame, found)).map(Ok)
}

pub(super) async fn new(who: SignedIn, frame: Frame, Query(form): Query<NewForm>) -> Result<Page> {
    Page::of(&NewPage::new(&who, frame, form, FieldErrors::new()))
}

pub(super) async fn preview(who: SignedIn, frame: Frame, Query(form): Query<NewForm>) -> Result<Page> {
    Page::of(&NewPage::new(&who, frame, form, FieldErrors::new()).as_preview())
}

pub(super) async fn create(
    who: SignedIn,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<NewForm>,
) -> Result<Result<Done, Page>> {
    let new = match form.parse() {
        Ok(new) => new,
        Err(errors) => return refused(&who, frame, form, errors),
    };
    let taken = |slug: &str| format!("{slug} is already taken. Choose another name.");
    let mut tx = db.write_site(&who).await?;
    let (to, sentence) = match new {
        New::Pair(pair) => match store::found_pair(&mut tx, &pair).await? {
            Err(slug) => return refused(&who, frame, form, FieldErrors::one("project", taken(&slug))),
            Ok([staging, production]) => {
                tx.commit(All(staging, vec![production])).await?;
                let [staging, production] = pair.orgs().map(|org| org.slug.as_str().to_owned());
                let ready =
                    format!("{staging} and {production} are ready. Only you are inside {production}.");
                (production, ready)
            }
        },
        New::One(org) => match store::found(&mut tx, &org, None).await? {
            None => return refused(&who, frame, form, FieldErrors::one("slug", taken(org.slug.as_str()))),
            Some(event) => {
                tx.commit(event).await?;
                (
                    org.slug.as_str().to_owned(),
                    format!("{} is ready. Only you are inside.", org.slug.as_str()),
                )
            }
        },
    };
    Ok(Ok(Done::see(format!("/orgs/{to}"), want).say(sentence)))
}

fn refused(who: &SignedIn, frame: Frame, form: NewForm, errors: FieldErrors) -> Result<Result<Done, Page>> {
    let page = Page::of(&NewPage::new(who, frame, form, errors))?;
    Ok(Err(page.status(StatusCode::UNPROCESSABLE_ENTITY)))
}

pub(super) async fn show(who: Can<ViewOrg>, db: Db, frame: Frame) -> Result<Page> {
    let mut scope = db.read(&who).await?;
    let people = grants::inside(&mut scope, FACES).await?;
    let facts = store::facts(&mut scope, who.may::<ManageMembers>(), who.may::<ViewInside>()).await?;
    let latest = if who.may::<ViewInside>() { audit::latest(&mut scope, LATEST).await? } else { Vec::new() };
    Page::of(&Overview::new(&who, frame, &people, facts, &latest))
}

pub(super) async fn settings(who: Can<ManageSettings>, frame: Frame) -> Result<Page> {
    let org = who.org();
    let form = SettingsForm { name: org.name.clone(), description: org.description.clone() };
    Page::of(&Edit::new(&who, frame, form, FieldErrors::new()))
}

pub(super) async fn update(
    who: Can<ManageSettings>,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<SettingsForm>,
) -> Result<Result<Done, Page>> {
    let after = match form.parse() {
        Ok(settings) => settings,
        Err(errors) => {
            let page = Page::of(&Edit::new(&who, frame, form, errors))?;
            return Ok(Err(page.status(StatusCode::UNPROCESSABLE_ENTITY)));
        }
    };
    let org = who.org();
    let done = Done::see(format!("/orgs/{}/settings", org.slug), want);
    let mut tx = db.write(&who).await?;
    let Some(before) = store::update(&mut tx, &after).await? else {
        return Ok(Ok(done.say("Nothing to change.")));
    };
    tx.commit(changed(org, before, after)).await?;
    Ok(Ok(done.say(format!("Changed the settings of {}.", org.slug))))
}

fn changed(org: &crate::db::context::Org, before: Settings, after: Settings) -> Event {
    let differs = |before: String, after: String| (before != after).then_some((before, after));
    Event::Updated {
        org: org.id,
        slug: org.slug.clone(),
        name: differs(before.name, after.name),
        description: differs(before.description, after.description),
    }
}
