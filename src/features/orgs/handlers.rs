//! What a browser may ask about organizations.
//!
//! What may not happen here: a rule. Guards, forms and the store hold them.

use axum::extract::Query;

use crate::{
    auth::{
        grants,
        guard::{Can, Db, SignedIn},
    },
    db::audit::{All, Audit, Event as Entry},
    error::{OrNotFound as _, Result},
    features::{
        audit, invites,
        orgs::{
            Event,
            form::{self, NewForm, SettingsForm, Switch},
            model::{Settings, What},
            store,
            views::{Edit, Index, NewPage, Overview, Switcher, next},
        },
    },
    role::{ManageMembers, ManageSettings, Role, ViewInside, ViewOrg},
    web::{
        find::Find,
        form::{FieldErrors, Form},
        frame::Frame,
        hx::Want,
        page::{Answer, Done, Page},
        proof,
    },
};

/// The most people that an overview draws or counts by itself.
const FACES: i64 = 100;
/// How far back its line goes, in seconds.
const YEAR: i64 = 365 * 86_400;
/// With more people than this there is no line: counting a year of them would be felt on every visit.
const MANY: u32 = 1_000;
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
    Query(find): Query<Find>,
) -> Result<Page> {
    let mut scope = db.read_site(&who).await?;
    let cursors = db.own_cursors(&mut scope, "orgs", &find.q).await?;
    let (part, slug) = cursors.read::<(String, String)>(&find.after)?.unwrap_or_default();
    let mut listed = match form::pattern(&find.q) {
        Some(pattern) => store::list(&mut scope, &pattern, (&part, &slug), store::PAGE + 1).await?,
        None => Vec::new(),
    };
    let next = next(&mut listed).map(|last| cursors.write(&last)).transpose()?;
    let waiting = who.shell().is_some_and(|shell| shell.waiting > 0);
    let offers = if waiting { store::offers(&mut scope).await? } else { Vec::new() };
    let view = Index::new(&who, frame, (&find, next), listed, offers);
    Page::wanted(want, &view, &view.as_list())
}

/// The switcher's rows when there are more than the page carries. Without script, the list finds the same.
pub(super) async fn switcher(
    who: SignedIn,
    db: Db,
    frame: Frame,
    want: Want,
    Query(asked): Query<Switch>,
) -> Result<Answer> {
    if want == Want::Page {
        let query = serde_html_form::to_string([("q", &asked.q)]).unwrap_or_default();
        return Ok(Done::see(format!("/orgs?{query}"), want).into());
    }
    let found = match form::pattern(&asked.q) {
        Some(_) if asked.q.trim().is_empty() => None,
        Some(pattern) => {
            Some(store::list(&mut db.read_site(&who).await?, &pattern, ("", ""), store::PAGE).await?)
        }
        None => Some(Vec::new()),
    };
    Page::of(&Switcher::new(&who, frame, &asked, found)).map(Answer::Page)
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
) -> Result<Answer> {
    let new = match form.parse(who.account()) {
        Ok(new) => new,
        Err(errors) => return refused(&who, frame, form, errors),
    };
    let production = new.what.has_production();
    let names_owner = new.second_owner.is_some();
    if names_owner && proof::is_needed(who.session(), frame.now(), Role::Owner, production) {
        let errors = proof::asked("/orgs/new", &form);
        return refused(&who, frame, form, errors);
    }
    let taken = |slug: &str| format!("{slug} is already taken. Choose another name.");
    let mut tx = db.write_site(&who).await?;
    let (made, to, mut sentence) = match new.what {
        What::Pair(pair) => match store::found_pair(&mut tx, &pair).await? {
            Err(slug) => return refused(&who, frame, form, FieldErrors::one("project", taken(&slug))),
            Ok(made) => {
                let [staging, production] = pair.orgs().map(|org| org.slug.as_str().to_owned());
                let ready =
                    format!("{staging} and {production} are ready. Only you are inside {production}.");
                (Vec::from(made), production, ready)
            }
        },
        What::One(org) => match store::found(&mut tx, &org, None).await? {
            None => return refused(&who, frame, form, FieldErrors::one("slug", taken(org.slug.as_str()))),
            Some(made) => {
                let slug = org.slug.as_str().to_owned();
                let ready = format!("{slug} is ready. Only you are inside.");
                (vec![made], slug, ready)
            }
        },
    };
    let mut events: Vec<Entry> = made.iter().map(Audit::event).collect();
    if let Some(email) = &new.second_owner {
        for (org, production) in made.iter().filter_map(Event::founded) {
            events.push(invites::offer_ownership(&mut tx, org, email, production).await?);
        }
        sentence = format!("{sentence} Invited {email} as a second owner.");
    }
    let mut events = events.into_iter();
    let first = events.next().or_not_found()?;
    tx.commit(All(first, events.collect())).await?;
    Ok(Done::see(format!("/orgs/{to}"), want).say(sentence).into())
}

fn refused(who: &SignedIn, frame: Frame, form: NewForm, errors: FieldErrors) -> Result<Answer> {
    let status = errors.status();
    Ok(Page::of(&NewPage::new(who, frame, form, errors))?.status(status).into())
}

pub(super) async fn show(who: Can<ViewOrg>, db: Db, frame: Frame) -> Result<Page> {
    let mut scope = db.read(&who).await?;
    let people = grants::inside(&mut scope, FACES).await?;
    let since = who.org().created_at.max(frame.now().plus_seconds(-YEAR));
    let here = who.shell().and_then(|shell| shell.orgs.iter().find(|org| org.id == who.org().id));
    let counts = here.is_none_or(|here| here.people <= MANY);
    let (invitations, networks) = (who.may::<ManageMembers>(), who.may::<ViewInside>());
    let facts = store::facts(&mut scope, counts.then_some(since), invitations, networks).await?;
    let latest = if who.may::<ViewInside>() { audit::latest(&mut scope, LATEST).await? } else { Vec::new() };
    Page::of(&Overview::new(&who, frame, (&people, since), facts, &latest))
}

pub(super) async fn settings(who: Can<ManageSettings>, frame: Frame) -> Result<Page> {
    let org = who.org();
    let now = Settings { name: org.name.clone(), description: org.description.clone() };
    Page::of(&Edit::new(&who, frame, SettingsForm::of(now), FieldErrors::new()))
}

pub(super) async fn update(
    who: Can<ManageSettings>,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<SettingsForm>,
) -> Result<Answer> {
    let again = |form, errors: FieldErrors| {
        let status = errors.status();
        Ok(Page::of(&Edit::new(&who, frame.clone(), form, errors))?.status(status).into())
    };
    let after = match form.parse() {
        Ok(settings) => settings,
        Err(errors) => return again(form, errors),
    };
    let org = who.org();
    let done = Done::see(format!("/orgs/{}/settings", org.slug), want);
    let mut tx = db.write(&who).await?;
    let before = store::settings(&mut tx).await?;
    if before == after {
        return Ok(done.say("Nothing to change.").into());
    }
    if form.version.is_stale(&before.version()) {
        let errors = form.clash(&before);
        return again(SettingsForm { version: before.version(), ..form }, errors);
    }
    store::update(&mut tx, &after).await?;
    tx.commit(changed(org, before, after)).await?;
    Ok(done.say(format!("Changed the settings of {}.", org.slug)).into())
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
