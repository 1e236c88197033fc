//! What a person may ask about their personal tokens.
//!
//! What may not happen here: a token of anybody else, whatever role the caller has anywhere.

use axum::extract::Path;
use http::StatusCode;

use crate::{
    auth::{
        guard::{Db, SignedIn},
        scope::SiteScope,
        token::Secret,
    },
    error::{OrNotFound as _, Result},
    features::tokens::{
        events::{Event, Home},
        form::{NewForm, Place, RevokeForm},
        handlers::{Id, events, over},
        model::{State, Token},
        store::{self, Which},
        views::{Made, New, OwnIndex, Revocation},
    },
    ids::TokenId,
    web::{
        form::{FieldErrors, Form},
        frame::Frame,
        hx::Want,
        page::{Answer, Done, Page},
        shell::counted,
    },
};

/// Where they are listed.
pub(super) const HERE: &str = "/account/tokens";
/// How many the page lists.
const MOST: usize = 100;

pub(super) async fn index(who: SignedIn, db: Db, frame: Frame) -> Result<Page> {
    let which = Which { personal: true, ..Which::default() };
    let tokens = store::everywhere(&mut db.read_site(&who).await?, &which, MOST).await?;
    Page::of(&OwnIndex::new(&who, frame, &tokens))
}

pub(super) async fn new(who: SignedIn, frame: Frame, want: Want) -> Result<Page> {
    let view = New::own(&who, frame, NewForm::blank(Place::Account), FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn create(
    who: SignedIn,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<NewForm>,
) -> Result<Page> {
    let token = match form.parse(Place::Account, frame.now()) {
        Ok(token) => token,
        Err(errors) => {
            let view = New::own(&who, frame, form, errors);
            let page = Page::wanted(want, &view, &view.as_sheet())?;
            return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    let secret = Secret::draw(token.kind)?;
    let mut tx = db.write_site(&who).await?;
    let id = store::insert_own(&mut tx, &token, &secret).await?;
    let home = Home::Account(who.account().id);
    let last_four = secret.last_four();
    tx.commit(Event::Created { home, id, token: token.clone(), last_four, app: None }).await?;
    let view = Made::own(&who, frame, &token, &secret);
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn confirm(
    who: SignedIn,
    db: Db,
    frame: Frame,
    want: Want,
    Path(id): Path<Id>,
) -> Result<Page> {
    let token = find(&mut db.read_site(&who).await?, &id).await?;
    let view = Revocation::own(&who, frame, Some(&token), 1, RevokeForm::default(), FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn revoke(
    who: SignedIn,
    db: Db,
    page: (Frame, Want),
    Path(id): Path<Id>,
    Form(form): Form<RevokeForm>,
) -> Result<Answer> {
    let (frame, want) = page;
    let mut tx = db.write_site(&who).await?;
    let token = find(&mut tx, &id).await?;
    let reason = match form.parse(None) {
        Ok(reason) => reason,
        Err(errors) => {
            let view = Revocation::own(&who, frame, Some(&token), 1, form, errors);
            let page = Page::wanted(want, &view, &view.as_sheet())?;
            return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into());
        }
    };
    let revoked = store::revoke_own(&mut tx, Some(token.id)).await?;
    let Some(events) = events(revoked, reason.as_deref()) else { return Err(over(State::Revoked)) };
    tx.commit(events).await?;
    Ok(Done::see(HERE, want).say(format!("Revoked {}. It stopped working now.", token.name)).into())
}

pub(super) async fn confirm_all(who: SignedIn, db: Db, frame: Frame, want: Want) -> Result<Page> {
    let which = Which { personal: true, ..Which::default() };
    let count = store::everywhere(&mut db.read_site(&who).await?, &which, MOST).await?.len();
    let view = Revocation::own(&who, frame, None, count, RevokeForm::default(), FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn revoke_all(
    who: SignedIn,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<RevokeForm>,
) -> Result<Answer> {
    let mut tx = db.write_site(&who).await?;
    let reason = match form.parse(None) {
        Ok(reason) => reason,
        Err(errors) => {
            let view = Revocation::own(&who, frame, None, 0, form, errors);
            let page = Page::wanted(want, &view, &view.as_sheet())?;
            return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into());
        }
    };
    let revoked = store::revoke_own(&mut tx, None).await?;
    let count = revoked.len();
    let done = Done::see(HERE, want);
    let Some(events) = events(revoked, reason.as_deref()) else {
        return Ok(done.say("There was no token left to revoke.").into());
    };
    tx.commit(events).await?;
    let sentence = format!("Revoked {}. None of them works now.", counted(count, "token", "tokens"));
    Ok(done.say(sentence).into())
}

async fn find(db: &mut impl SiteScope, id: &Id) -> Result<Token> {
    let id: TokenId = id.id.parse().ok().or_not_found()?;
    let which = Which { id: Some(id), personal: true, past: true, ..Which::default() };
    let token = store::everywhere(db, &which, 1).await?.pop().or_not_found()?;
    if token.state() == State::Good { Ok(token) } else { Err(over(token.state())) }
}
