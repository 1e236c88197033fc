//! What a browser may ask about an organization's tokens.
//!
//! What may not happen here: a token on a page that is not the answer to its making.

use axum::extract::{Path, Query};
use http::StatusCode;

use crate::{
    auth::{
        guard::{Can, Db},
        opening::OpensOrg,
        scope::OrgWrite,
        token::{Kind, Secret},
    },
    db::audit::All,
    error::{Error, Forbidden, OrNotFound as _, Result},
    features::tokens::{
        events::{Event, Home},
        form::{Filter, NewForm, Place, RevokeForm},
        model::{NewToken, Revoked, State, Token},
        store::{self, Doomed, Paged, Which},
        views::{Index, Made, New, Revocation},
    },
    ids::{AccountId, TokenId},
    role::{ManageApps, ManageTokens, Permission, ViewInside},
    web::{
        form::{FieldErrors, Form},
        frame::Frame,
        hx::Want,
        page::{Answer, Done, Page},
        proof,
        shell::counted,
    },
};

/// The app's name in the URL.
#[derive(serde::Deserialize)]
pub(super) struct AppName {
    app: String,
}

/// The token's id in the URL.
#[derive(serde::Deserialize)]
pub(super) struct Id {
    pub(super) id: String,
}

/// The maker's id in the URL.
#[derive(serde::Deserialize)]
pub(super) struct Maker {
    account: String,
}

pub(super) async fn index(
    who: Can<ViewInside>,
    db: Db,
    frame: Frame,
    want: Want,
    Query(filter): Query<Filter>,
) -> Result<Page> {
    let mut tx = db.read(&who).await?;
    let cursors = db.cursors(&mut tx, "tokens", &filter.shape()).await?;
    let which = Which { before: cursors.read(&filter.before)?, ..filter.which(frame.now()) };
    let page = Paged::of(store::in_org(&mut tx, who.account().id, which).await?, &cursors)?;
    drop(tx);
    let view = Index::new(&who, frame, filter, &page);
    Page::wanted(want, &view, &view.as_list())
}

pub(super) async fn new(
    who: Can<ManageTokens>,
    frame: Frame,
    want: Want,
    Query(form): Query<NewForm>,
) -> Result<Page> {
    let view = New::in_org(&who, frame, None, form.again(Place::Org), FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn create(
    who: Can<ManageTokens>,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<NewForm>,
) -> Result<Page> {
    let proven = |token: NewToken| {
        let asks =
            token.kind == Kind::Org && in_production(&who) && proof::is_old(who.session(), frame.now());
        if asks { Err(proof::asked(&format!("{}/new", home(&who)), &form)) } else { Ok(token) }
    };
    let token = match form.parse(Place::Org, frame.now()).and_then(proven) {
        Ok(token) => token,
        Err(errors) => {
            let view = New::in_org(&who, frame, None, form, errors);
            let page = Page::wanted(want, &view, &view.as_sheet())?;
            return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    check_scope(&who, &token)?;
    let mut tx = db.write(&who).await?;
    let secret = make(&mut tx, &token, None).await?.finish(tx).await?;
    shown(&who, frame, want, &token, None, &secret)
}

pub(super) async fn new_for_app(
    who: Can<ManageApps>,
    db: Db,
    frame: Frame,
    want: Want,
    Path(name): Path<AppName>,
) -> Result<Page> {
    store::app(&mut db.read(&who).await?, &name.app).await?.or_not_found()?;
    let view = New::in_org(&who, frame, Some(name.app), NewForm::blank(Place::App), FieldErrors::new());
    Page::wanted(want, &view, &view.as_sheet())
}

pub(super) async fn create_for_app(
    who: Can<ManageApps>,
    db: Db,
    page: (Frame, Want),
    Path(name): Path<AppName>,
    Form(form): Form<NewForm>,
) -> Result<Page> {
    let (frame, want) = page;
    let mut tx = db.write(&who).await?;
    let app = store::app(&mut tx, &name.app).await?.or_not_found()?;
    let token = match form.parse(Place::App, frame.now()) {
        Ok(token) => token,
        Err(errors) => {
            let view = New::in_org(&who, frame, Some(name.app), form, errors);
            let page = Page::wanted(want, &view, &view.as_sheet())?;
            return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    check_scope(&who, &token)?;
    let secret = make(&mut tx, &token, Some((app, &name.app))).await?.finish(tx).await?;
    shown(&who, frame, want, &token, Some(&name.app), &secret)
}

/// A token that is kept and not yet recorded.
struct Kept {
    secret: Secret,
    event: Event,
}

impl Kept {
    async fn finish<P: Permission>(self, tx: OrgWrite<'_, P>) -> Result<Secret> {
        tx.commit(self.event).await?;
        Ok(self.secret)
    }
}

async fn make<P: Permission>(
    tx: &mut OrgWrite<'_, P>,
    token: &NewToken,
    app: Option<(crate::ids::AppId, &str)>,
) -> Result<Kept> {
    use crate::auth::scope::OrgScope as _;
    let secret = Secret::draw(token.kind)?;
    let id = store::insert(tx, token, &secret, app).await?;
    let event = Event::Created {
        home: Home::Org(tx.org()),
        id,
        token: token.clone(),
        last_four: secret.last_four(),
        app: app.map(|(_, name)| name.to_owned()),
    };
    Ok(Kept { secret, event })
}

/// Nobody makes a token that may do more than they may.
fn check_scope<P: Permission>(who: &Can<P>, token: &NewToken) -> Result<()> {
    if who.holds(token.scope.permissions()) {
        return Ok(());
    }
    Err(Error::Forbidden(Forbidden {
        cannot: format!("make a token of {} that can do more than you", who.org().slug),
        who_can: "Whoever holds the wider role can.".into(),
    }))
}

fn shown<P: Permission>(
    who: &Can<P>,
    frame: Frame,
    want: Want,
    token: &NewToken,
    app: Option<&str>,
    secret: &Secret,
) -> Result<Page> {
    let view = Made::in_org(who, frame, token, app, secret);
    Page::wanted(want, &view, &view.as_sheet())
}

/// What one revocation is about.
pub(super) enum About {
    One(Box<Token>),
    Maker(AccountId, String, usize),
    All(usize),
}

pub(super) async fn confirm(
    who: Can<ViewInside>,
    db: Db,
    frame: Frame,
    want: Want,
    Path(id): Path<Id>,
) -> Result<Page> {
    let token = find(&mut db.read(&who).await?, &who, &id.id).await?;
    sheet(&who, frame, want, &About::One(Box::new(token)), (RevokeForm::default(), FieldErrors::new()))
}

pub(super) async fn revoke(
    who: Can<ViewInside>,
    db: Db,
    page: (Frame, Want),
    Path(id): Path<Id>,
    Form(form): Form<RevokeForm>,
) -> Result<Answer> {
    let (frame, want) = page;
    let mut tx = db.write(&who).await?;
    let token = find(&mut tx, &who, &id.id).await?;
    let reason = match form.parse(in_production(&who).then_some(token.name.as_str())) {
        Ok(reason) => reason,
        Err(errors) => return refused(&who, frame, want, &About::One(Box::new(token)), (form, errors)),
    };
    let revoked = store::revoke(&mut tx, Doomed { id: Some(token.id), ..Doomed::default() }).await?;
    let Some(events) = events(revoked, reason.as_deref()) else { return Err(over(token.state())) };
    tx.commit(events).await?;
    let sentence = format!("Revoked {}. It stopped working now.", token.name);
    Ok(Done::see(back(&who, &token), want).say(sentence).into())
}

pub(super) async fn confirm_all(who: Can<ManageTokens>, db: Db, frame: Frame, want: Want) -> Result<Page> {
    let all = store::in_org(&mut db.read(&who).await?, who.account().id, Which::default()).await?.len();
    sheet(&who, frame, want, &About::All(all), (RevokeForm::default(), FieldErrors::new()))
}

pub(super) async fn revoke_all(
    who: Can<ManageTokens>,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<RevokeForm>,
) -> Result<Answer> {
    let mut tx = db.write(&who).await?;
    let reason = match form.parse(in_production(&who).then_some(who.org().slug.as_str())) {
        Ok(reason) => reason,
        Err(errors) => {
            let all = store::in_org(&mut tx, who.account().id, Which::default()).await?.len();
            return refused(&who, frame, want, &About::All(all), (form, errors));
        }
    };
    let revoked = store::revoke(&mut tx, Doomed::default()).await?;
    many(&who, tx, want, revoked, reason).await.map(Answer::Done)
}

pub(super) async fn confirm_of(
    who: Can<ManageTokens>,
    db: Db,
    frame: Frame,
    want: Want,
    Path(maker): Path<Maker>,
) -> Result<Page> {
    let about = made_by(&mut db.read(&who).await?, &who, &maker).await?;
    sheet(&who, frame, want, &about, (RevokeForm::default(), FieldErrors::new()))
}

pub(super) async fn revoke_of(
    who: Can<ManageTokens>,
    db: Db,
    page: (Frame, Want),
    Path(maker): Path<Maker>,
    Form(form): Form<RevokeForm>,
) -> Result<Answer> {
    let (frame, want) = page;
    let mut tx = db.write(&who).await?;
    let about = made_by(&mut tx, &who, &maker).await?;
    let About::Maker(account, _, _) = &about else { return Err(Error::NotFound) };
    let account = *account;
    let reason = match form.parse(None) {
        Ok(reason) => reason,
        Err(errors) => return refused(&who, frame, want, &about, (form, errors)),
    };
    let revoked = store::revoke(&mut tx, Doomed { maker: Some(account), ..Doomed::default() }).await?;
    many(&who, tx, want, revoked, reason).await.map(Answer::Done)
}

async fn many(
    who: &Can<ManageTokens>,
    tx: OrgWrite<'_, ManageTokens>,
    want: Want,
    revoked: Vec<Revoked>,
    reason: Option<String>,
) -> Result<Done> {
    let count = revoked.len();
    let done = Done::see(home(who), want);
    let Some(events) = events(revoked, reason.as_deref()) else {
        return Ok(done.say("There was no token left to revoke."));
    };
    tx.commit(events).await?;
    Ok(done.say(format!("Revoked {}. None of them works now.", counted(count, "token", "tokens"))))
}

async fn find<P>(db: &mut impl crate::auth::scope::OrgScope, who: &Can<P>, id: &str) -> Result<Token> {
    let id: TokenId = id.parse().ok().or_not_found()?;
    let me = who.account().id;
    let which = Which { id: Some(id), past: true, ..Which::default() };
    let token = store::in_org(db, me, which).await?.pop().or_not_found()?;
    if !token.may_revoke(me) {
        return Err(Error::Forbidden(Forbidden {
            cannot: format!("revoke tokens of {}", who.org().slug),
            who_can: "Its owners and admins can, and whoever made one.".into(),
        }));
    }
    if matches!(token.state(), State::Revoked | State::Ended) {
        return Err(over(token.state()));
    }
    Ok(token)
}

/// The answer to a revocation that came too late.
pub(super) fn over(state: State) -> Error {
    let sentence = match state {
        State::Ended => "That token has ended already. Nothing was changed.",
        _ => "That token was revoked already. Nothing was changed.",
    };
    Error::Conflict(sentence.into())
}

async fn made_by(
    db: &mut impl crate::auth::scope::OrgScope,
    who: &Can<ManageTokens>,
    maker: &Maker,
) -> Result<About> {
    let account: AccountId = maker.account.parse().ok().or_not_found()?;
    let which = Which { maker: Some(account), ..Which::default() };
    let tokens = store::in_org(db, who.account().id, which).await?;
    let name = tokens.first().map(|token| token.maker.clone()).or_not_found()?;
    Ok(About::Maker(account, name, tokens.len()))
}

/// One event for each; `None` when there is none.
pub(super) fn events(revoked: Vec<Revoked>, reason: Option<&str>) -> Option<All<Event>> {
    let mut events =
        revoked.into_iter().map(|token| Event::Revoked { token, reason: reason.map(str::to_owned) });
    let first = events.next()?;
    Some(All(first, events.collect()))
}

fn in_production<P>(who: &Can<P>) -> bool {
    who.org().environment == "production"
}

fn home<P>(who: &Can<P>) -> String {
    format!("/orgs/{}/tokens", who.org().slug)
}

fn back<P>(who: &Can<P>, token: &Token) -> String {
    match &token.app_name {
        Some(app) if token.app_there => format!("/orgs/{}/apps/{app}", who.org().slug),
        _ => home(who),
    }
}

fn sheet<P: Permission>(
    who: &Can<P>,
    frame: Frame,
    want: Want,
    about: &About,
    (form, errors): (RevokeForm, FieldErrors),
) -> Result<Page>
where
    Can<P>: OpensOrg,
{
    let view = Revocation::in_org(who, frame, about, form, errors);
    Page::wanted(want, &view, &view.as_sheet())
}

fn refused<P: Permission>(
    who: &Can<P>,
    frame: Frame,
    want: Want,
    about: &About,
    typed: (RevokeForm, FieldErrors),
) -> Result<Answer> {
    Ok(sheet(who, frame, want, about, typed)?.status(StatusCode::UNPROCESSABLE_ENTITY).into())
}
