//! What a browser may ask at the door.
//!
//! What may not happen here: a code or a provider's words in an answer, an answer that works twice, or a failed answer
//! that says 5xx (the session would then not be saved).

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderName, StatusCode, header};
use tower_sessions::{Expiry, Session};

use crate::{
    app::App,
    auth::{
        guard::{Anyone, Db, SignedIn},
        oauth::{BeginOptions, CallbackQuery, Mismatch, OAuthError},
        return_to::ReturnTo,
    },
    db::{
        Database,
        audit::{Actor, All, Audit as _, Origin},
        session::{SessionHash, key},
    },
    error::{Error, Result},
    features::sign_in::{
        Arrival, Ending, Event,
        form::{Door, SignOut, Start},
        store,
        views::{Index, Refused},
    },
    ids::AccountId,
    web::{
        form::Form,
        hx::Want,
        page::{Answer, Done, Page},
    },
};

/// A sign-in under way, and what keeps it, live this long.
const UNDER_WAY: time::Duration = time::Duration::minutes(10);
/// An invitation stays open this long in a browser that signed out.
const INVITATION: time::Duration = time::Duration::hours(1);
/// Nobody stays signed in longer, however busy.
const SIGNED_IN_SECONDS: i64 = 14 * 24 * 3600;

pub(super) async fn index(
    _: Anyone,
    State(app): State<App>,
    session: Session,
    Query(door): Query<Door>,
) -> Result<Answer> {
    if !door.switches() && !door.proves() && account(&session).await?.is_some() {
        return Ok(Done::see(door.return_to.as_str(), Want::Page).into());
    }
    Page::of(&Index::new(&app, &door)).map(Answer::Page)
}

/// A provider's address in the address bar: its button is on the page.
pub(super) async fn again(_: Anyone) -> Redirect {
    Redirect::to("/sign-in")
}

pub(super) async fn start(
    who: Anyone,
    State(app): State<App>,
    session: Session,
    Path(provider): Path<String>,
    Form(form): Form<Start>,
) -> Result<Response> {
    app.door.starts.count(who.origin().address.as_deref())?;
    let options =
        BeginOptions { return_to: form.return_to.clone(), prompt: form.prompt(), max_age: form.max_age() };
    let (url, pending) = match app.providers.begin(&provider, options).await {
        Ok(begun) => begun,
        Err(error) => {
            let status = match error {
                OAuthError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_REQUEST,
            };
            return refuse(&app, &provider, &error, status, &form.return_to);
        }
    };
    session.insert(key::PENDING, pending).await.map_err(Error::internal)?;
    // Whoever is signed in stays so for as long as before, and an opened invitation stays open.
    let keeps = account(&session).await?.is_some()
        || session.get_value(key::INVITATION).await.map_err(unavailable)?.is_some();
    if !keeps {
        session.set_expiry(Some(Expiry::OnInactivity(UNDER_WAY)));
    }
    // Here and not after the answer: a start that could not be kept is an error page, not a way to nowhere.
    session.save().await.map_err(unavailable)?;
    Ok(Redirect::to(url.as_str()).into_response())
}

pub(super) async fn callback(
    who: Anyone,
    State(app): State<App>,
    session: Session,
    Path(provider): Path<String>,
    Query(query): Query<CallbackQuery>,
) -> Result<Response> {
    let mut return_to = ReturnTo::default();
    let finished = match take_pending(&app.db, &session).await? {
        Some(pending) => {
            return_to = pending.return_to().clone();
            app.providers.finish(&provider, pending, query).await
        }
        None => Err(OAuthError::Mismatch(Mismatch::State)),
    };
    let arrival: Arrival = match finished {
        Ok(person) => person.into(),
        Err(error) => {
            app.door.failures.count(who.origin().address.as_deref())?;
            return refuse(&app, &provider, &error, StatusCode::BAD_REQUEST, &return_to);
        }
    };
    let origin = Origin { provider: Some(arrival.provider.clone()), ..who.origin().clone() };
    let account = arrive(&app.db, &arrival, &origin).await?;
    begin(&app, &session, account, &origin).await?;
    Ok(Redirect::to(return_to.as_str()).into_response())
}

pub(super) async fn destroy(
    who: SignedIn,
    db: Db,
    session: Session,
    want: Want,
    Form(form): Form<SignOut>,
) -> Result<impl IntoResponse> {
    let invitation = if form.keeps_invitation() {
        session.get_value(key::INVITATION).await.map_err(unavailable)?
    } else {
        None
    };
    let mut tx = db.write_site(&who).await?;
    let ended = who.session().id;
    store::remove(&mut tx, ended).await?;
    tx.commit(Event::SessionEnded(who.account().id, ended, Ending::SignedOut)).await?;
    if let Some(invitation) = invitation {
        session.clear().await;
        session.insert_value(key::INVITATION, invitation).await.map_err(unavailable)?;
        session.set_expiry(Some(Expiry::OnInactivity(INVITATION)));
        session.cycle_id().await.map_err(unavailable)?;
    } else {
        session.flush().await.map_err(unavailable)?;
    }
    let forget = [(HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"")];
    Ok((forget, Done::see(form.door(), want)))
}

/// Whoever is signed in, as far as the session says.
async fn account(session: &Session) -> Result<Option<AccountId>> {
    session.get(key::ACCOUNT).await.map_err(unavailable)
}

async fn take_pending(db: &Database, session: &Session) -> Result<Option<crate::auth::oauth::PendingLogin>> {
    let Some(hash) = session.id().map(SessionHash::of) else { return Ok(None) };
    let mut tx = db.system_write().await?;
    let pending = store::take_pending(&mut tx, &hash).await?;
    tx.commit_machinery().await?;
    Ok(pending)
}

/// The account of whoever arrived, with what happened written down.
async fn arrive(db: &Database, arrival: &Arrival, origin: &Origin) -> Result<AccountId> {
    let mut tx = db.system_write().await?;
    let (account, mut events) = store::enroll(&mut tx, arrival).await?;
    events.push(Event::SessionStarted(account, arrival.provider.clone()).event());
    let mut events = events.into_iter();
    let first =
        events.next().ok_or_else(|| Error::internal(anyhow::anyhow!("a sign-in without an event")))?;
    tx.commit(Actor::Account(account), origin, All(first, events.collect())).await?;
    Ok(account)
}

/// A fresh session under a fresh name; of the one before, only an opened invitation is kept.
async fn begin(app: &App, session: &Session, account: AccountId, origin: &Origin) -> Result<()> {
    let invitation = session.get_value(key::INVITATION).await.map_err(unavailable)?;
    if let Some(hash) = session.id().map(SessionHash::of) {
        let mut tx = app.db.system_write().await?;
        if let Some((before, id)) = store::remove_signed_in(&mut tx, &hash).await? {
            let ended = Event::SessionEnded(before, id, Ending::Replaced);
            tx.commit(Actor::Account(before), origin, ended).await?;
        }
    }
    session.cycle_id().await.map_err(unavailable)?;
    session.clear().await;
    let entries = [
        (key::ACCOUNT, Some(serde_json::json!(account))),
        (key::PROVIDER, origin.provider.as_ref().map(|text| serde_json::json!(text))),
        (key::ADDRESS, origin.address.as_ref().map(|text| serde_json::json!(text))),
        (key::AGENT, origin.agent.as_ref().map(|text| serde_json::json!(text))),
        (key::INVITATION, invitation),
    ];
    for (key, value) in entries {
        if let Some(value) = value {
            session.insert_value(key, value).await.map_err(unavailable)?;
        }
    }
    let ends = app.clock.now().plus_seconds(SIGNED_IN_SECONDS).timestamp().as_second();
    let ends = time::OffsetDateTime::from_unix_timestamp(ends).map_err(Error::internal)?;
    session.set_expiry(Some(Expiry::AtDateTime(ends)));
    session.save().await.map_err(unavailable)?;

    let mut tx = app.db.system_write().await?;
    let ended = |id| Event::SessionEnded(account, id, Ending::TooMany);
    let mut events = store::remove_oldest(&mut tx, account).await?.into_iter().map(ended);
    match events.next() {
        Some(first) => tx.commit(Actor::System, origin, All(first, events.collect())).await,
        None => Ok(()),
    }
}

/// Says that nobody is signed in, and why: to the person in a sentence of ours, to the log in a line.
fn refuse(
    app: &App,
    provider: &str,
    error: &OAuthError,
    status: StatusCode,
    return_to: &ReturnTo,
) -> Result<Response> {
    match error {
        OAuthError::UnknownProvider => return Err(Error::NotFound),
        OAuthError::Internal(cause) => return Err(Error::Internal(anyhow::anyhow!(*cause))),
        _ => {}
    }
    tracing::warn!(provider, reason = error.log_reason(), "sign-in failed");
    let page = Page::of(&Refused::new(app, error.public_message(), return_to))?.status(status);
    let wait = (status == StatusCode::SERVICE_UNAVAILABLE).then_some([(header::RETRY_AFTER, "60")]);
    Ok(match wait {
        Some(wait) => (wait, page).into_response(),
        None => page.into_response(),
    })
}

fn unavailable(error: tower_sessions::session::Error) -> Error {
    match error {
        tower_sessions::session::Error::Store(_) => Error::Unavailable(error.into()),
        tower_sessions::session::Error::SerdeJson(_) => Error::Internal(error.into()),
    }
}
