//! What a browser may ask about its person's account.
//!
//! What may not happen here: a rule. Guards, forms and the store hold them.

use axum::extract::{Path, State};
use http::StatusCode;

use crate::{
    app::App,
    auth::guard::{Db, SignedIn},
    db::audit::All,
    error::{OrNotFound as _, Result},
    features::{
        account::{
            events::Event,
            form::{AppearanceForm, Press, ProfileForm},
            model::{Appearance, Profile},
            store,
            views::{EndAll, Forms, Index, Shown},
        },
        audit,
        sign_in::{Ending, Event as SignIn},
    },
    ids::SessionId,
    web::{
        form::Form,
        frame::Frame,
        hx::Want,
        page::{Answer, Done, Page},
    },
};

const HERE: &str = "/account";
/// How many of the account's own events the page shows.
const LATEST: i64 = 20;

pub(super) async fn index(who: SignedIn, db: Db, frame: Frame, State(app): State<App>) -> Result<Page> {
    let forms = Forms::of(&who);
    draw(&who, &db, frame, &app, forms).await
}

pub(super) async fn update_profile(
    who: SignedIn,
    db: Db,
    page: (Frame, Want),
    State(app): State<App>,
    Form(form): Form<ProfileForm>,
) -> Result<Answer> {
    let (frame, want) = page;
    let after = match form.parse() {
        Ok(profile) => profile,
        Err(errors) => {
            let forms = Forms { profile: form, errors, ..Forms::of(&who) };
            let page = draw(&who, &db, frame, &app, forms).await?;
            return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into());
        }
    };
    let before = Profile::of(who.account());
    if before == after {
        return Ok(Done::see(HERE, want).say("Nothing to change.").into());
    }
    let mut tx = db.write_site(&who).await?;
    store::update_profile(&mut tx, &after).await?;
    let sentence = format!("Others now see you as {}.", after.name);
    tx.commit(Event::Updated { account: who.account().id, before, after }).await?;
    Ok(Done::see(HERE, want).say(sentence).into())
}

pub(super) async fn update_appearance(
    who: SignedIn,
    db: Db,
    page: (Frame, Want),
    State(app): State<App>,
    Form(form): Form<AppearanceForm>,
) -> Result<Answer> {
    let (frame, want) = page;
    let after = match form.parse() {
        Ok(appearance) => appearance,
        Err(errors) => {
            let forms = Forms { appearance: form, errors, ..Forms::of(&who) };
            let page = draw(&who, &db, frame, &app, forms).await?;
            return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into());
        }
    };
    let before = Appearance::of(who.account());
    if before == after {
        return Ok(Done::see(HERE, want).say("Nothing to change.").into());
    }
    let mut tx = db.write_site(&who).await?;
    store::update_appearance(&mut tx, &after).await?;
    tx.commit(Event::AppearanceChanged { account: who.account().id, before, after }).await?;
    Ok(Done::see(HERE, want).say("Changed how Cordon looks to you.").into())
}

pub(super) async fn end_session(
    who: SignedIn,
    db: Db,
    want: Want,
    Path(session): Path<String>,
    Form(_): Form<Press>,
) -> Result<Done> {
    let session: SessionId = session.parse().ok().or_not_found()?;
    let mut tx = db.write_site(&who).await?;
    store::end(&mut tx, session).await?.then_some(()).or_not_found()?;
    let how = if session == who.session().id { Ending::SignedOut } else { Ending::Elsewhere };
    tx.commit(SignIn::SessionEnded(who.account().id, session, how)).await?;
    Ok(Done::see(HERE, want).say("Ended that session. Its browser is signed out."))
}

pub(super) async fn confirm_end_all(
    who: SignedIn,
    db: Db,
    page: (Frame, Want),
    State(app): State<App>,
) -> Result<Page> {
    let (frame, want) = page;
    let sessions = store::sessions(&mut db.read_site(&who).await?).await?;
    let view = EndAll::new(&who, &app, frame, &sessions);
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn end_all(who: SignedIn, db: Db, want: Want, Form(_): Form<Press>) -> Result<Done> {
    let mut tx = db.write_site(&who).await?;
    let account = who.account().id;
    let ended = store::end_others(&mut tx, who.session().id).await?;
    let count = ended.len();
    let mut events = ended.into_iter().map(|id| SignIn::SessionEnded(account, id, Ending::Elsewhere));
    let Some(first) = events.next() else {
        return Ok(Done::see(HERE, want).say("There is no other session."));
    };
    tx.commit(All(first, events.collect())).await?;
    let sentence = match count {
        1 => "Ended the other session. You are signed in here only.".to_owned(),
        _ => format!("Ended {count} other sessions. You are signed in here only."),
    };
    Ok(Done::see(HERE, want).say(sentence))
}

async fn draw(who: &SignedIn, db: &Db, frame: Frame, app: &App, forms: Forms) -> Result<Page> {
    let mut tx = db.read_site(who).await?;
    let identities = store::identities(&mut tx).await?;
    let sessions = store::sessions(&mut tx).await?;
    let latest = audit::of_account(&mut tx, LATEST).await?;
    Page::of(&Index::new(who, app, frame, forms, &Shown { identities, sessions, latest }))
}
