//! The pages of those who are invited: looking, joining, declining.
//!
//! What may not happen here: a GET that answers, or a token that stays in a URL. The link's token is traded for a note
//! in the server's session at once.

use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tower_sessions::{Expiry, Session};

use super::{
    jobs::Token,
    model::Offer,
    store::offers,
    views::{self, Inner, Show},
};
use crate::{
    auth::guard::{Anyone, Db, SignedIn},
    db::{
        SystemWrite,
        audit::Actor,
        session::key::{ACCOUNT, INVITATION},
    },
    error::{Error, OrNotFound as _, Result},
    ids::{AccountId, InvitationId},
    role::Role,
    web::{
        frame::{Frame, zone},
        hx::Want,
        page::{Answer, Done, Page},
        shell::Bare,
        when::Zone,
    },
};

const HERE: &str = "/invitations/mine";

/// What the session keeps of an opened link: never the token.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Opened {
    id: InvitationId,
    sending: i32,
}

async fn opened(session: &Session) -> Result<Option<Opened>> {
    session.get(INVITATION).await.map_err(unavailable)
}

async fn forget(session: &Session) -> Result<()> {
    session.remove::<Opened>(INVITATION).await.map_err(unavailable)?;
    Ok(())
}

fn unavailable(error: tower_sessions::session::Error) -> Error {
    match error {
        tower_sessions::session::Error::Store(_) => Error::Unavailable(error.into()),
        tower_sessions::session::Error::SerdeJson(_) => Error::Internal(error.into()),
    }
}

/// Trades the token for a note in the session and goes on to a URL without it.
pub(super) async fn open(
    _: Anyone,
    db: Db,
    session: Session,
    want: Want,
    Path(token): Path<String>,
) -> Result<Done> {
    let token = Token::parse(&token).or_not_found()?;
    let (id, sending) = {
        let mut tx = db.system().system_read().await?;
        offers::behind(tx.connection(), &token.hash()).await?.or_not_found()?
    };
    // The session has a connection of its own: never two at once, or a few visitors could wait for each other.
    if session.get::<AccountId>(ACCOUNT).await.map_err(unavailable)?.is_none() {
        session.set_expiry(Some(Expiry::OnInactivity(time::Duration::hours(24))));
    }
    session.insert(INVITATION, Opened { id, sending }).await.map_err(unavailable)?;
    session.save().await.map_err(unavailable)?;
    Ok(Done::see(HERE, want))
}

/// The opened invitation, as far as whoever looks may see it.
pub(super) async fn show(_: Anyone, db: Db, session: Session, frame: Frame) -> Result<Page> {
    let Some(opened) = opened(&session).await? else { return none() };
    let me: Option<AccountId> = session.get(ACCOUNT).await.map_err(unavailable)?;
    let mut tx = db.system().system_read().await?;
    let offer = offers::find(tx.connection(), opened.id).await?.or_not_found()?;
    if !offer.is_open(opened.sending) {
        return over(&offer, opened.sending, me);
    }
    let now = frame.now();
    let Some(me) = me else { return Page::of(&Show::outside(&offer, &Zone::default(), now)) };
    let (name, email, zone) = offers::account(tx.connection(), me).await?.or_not_found()?;
    let zone = Zone::named(&zone).unwrap_or_default();
    let mut view = Show::outside(&offer, &zone, now);
    if !offers::owns(tx.connection(), me, &offer.email).await? {
        return foreign(view, if email.is_empty() { name } else { email });
    }
    let inside = offers::inside(tx.connection(), offer.org).await?;
    view.inner = Some(Inner::of(&offer, inside, (me, name), &zone, now));
    Page::of(&view)
}

/// What the wrong account sees: both addresses, the invited one masked, and the way on.
fn foreign(mut view: Show, signed_in_as: String) -> Result<Page> {
    view.wrong = signed_in_as;
    Ok(Page::of(&view)?.status(StatusCode::FORBIDDEN))
}

/// Takes the opened invitation into the hands of the account that it was sent to, until the transaction ends. Whoever
/// may not answer it now gets the page that says why.
async fn take(
    who: &SignedIn,
    db: &Db,
    session: &Session,
    frame: &Frame,
) -> Result<std::result::Result<(SystemWrite, Offer), Page>> {
    let Some(opened) = opened(session).await? else { return none().map(Err) };
    let me = who.account();
    let mut tx = db.system().system_write().await?;
    let offer = offers::lock(tx.connection(), opened.id).await?.or_not_found()?;
    if !offer.is_open(opened.sending) {
        return over(&offer, opened.sending, Some(me.id)).map(Err);
    }
    if offers::owns(tx.connection(), me.id, &offer.email).await? {
        return Ok(Ok((tx, offer)));
    }
    let view = Show::outside(&offer, &zone(me), frame.now());
    foreign(view, me.email.clone().unwrap_or_else(|| me.name.clone())).map(Err)
}

/// Joins.
pub(super) async fn accept(
    who: SignedIn,
    db: Db,
    session: Session,
    want: Want,
    frame: Frame,
) -> Result<Answer> {
    let me = who.account().id;
    let (mut tx, offer) = match take(&who, &db, &session, &frame).await? {
        Ok(mine) => mine,
        Err(page) => return Ok(page.into()),
    };
    let roles = offers::inviter_roles(tx.connection(), &offer).await?;
    if !Role::parse(&offer.role).is_some_and(|role| roles.may_grant(role)) {
        let event = offers::hold(&mut tx, &offer).await?.ok_or_else(meanwhile)?;
        tx.commit(Actor::Account(me), who.origin(), event).await?;
        return held(&offer).map(Answer::Page);
    }
    let event = offers::join(&mut tx, &offer, me).await?.ok_or_else(meanwhile)?;
    tx.commit(Actor::Account(me), who.origin(), event).await?;
    forget(&session).await?;
    let zone = zone(who.account());
    let ends = offer.ends_at.map(|at| format!(" Your access ends {}.", zone.end(at, frame.now()).exact));
    let sentence = format!("You are in.{}", ends.unwrap_or_default());
    Ok(Done::see(format!("/orgs/{}", offer.slug), want).say(sentence).into())
}

/// Declines.
pub(super) async fn decline(
    who: SignedIn,
    db: Db,
    session: Session,
    want: Want,
    frame: Frame,
) -> Result<Answer> {
    let me = who.account().id;
    let (mut tx, offer) = match take(&who, &db, &session, &frame).await? {
        Ok(mine) => mine,
        Err(page) => return Ok(page.into()),
    };
    let event = offers::decline(&mut tx, &offer, me).await?.ok_or_else(meanwhile)?;
    tx.commit(Actor::Account(me), who.origin(), event).await?;
    forget(&session).await?;
    let sentence = format!("You declined the invitation to {}. You are not inside.", offer.slug);
    Ok(Done::see("/orgs", want).say(sentence).into())
}

fn meanwhile() -> Error {
    Error::Conflict(
        "This invitation changed while you answered. Nothing was changed; look at it again.".into(),
    )
}

fn none() -> Result<Page> {
    let view = views::Over {
        bare: Bare::default(),
        heading: "No invitation is open here".into(),
        sentence: "Open the link in your mail again, in this browser.".into(),
        url: "/orgs".into(),
        label: "All organizations".into(),
    };
    Ok(Page::of(&view)?.status(StatusCode::NOT_FOUND))
}

fn held(offer: &Offer) -> Result<Page> {
    let view = views::Over {
        bare: Bare::default(),
        heading: "An admin has to approve this first".into(),
        sentence: format!(
            "{} may no longer make people {} of {}, so you are not inside yet. Its admins see your invitation and can approve it; you then get a new link.",
            offer.inviter_name,
            Role::parse(&offer.role).map_or("members", Role::key),
            offer.slug
        ),
        url: "/orgs".into(),
        label: "All organizations".into(),
    };
    Ok(Page::of(&view)?.status(StatusCode::CONFLICT))
}

/// Why it cannot be answered. Whoever is not the one who joined learns nothing of the answer.
fn over(offer: &Offer, sending: i32, me: Option<AccountId>) -> Result<Page> {
    let inviter = &offer.inviter_name;
    let mine = me.is_some() && offer.decided_by == me;
    if offer.state == "held" {
        return held(offer);
    }
    let (heading, sentence) = match offer.state.as_str() {
        _ if offer.org_deleted => ("This invitation is over", "Its organization was deleted.".to_owned()),
        "joined" if mine => ("You already joined", format!("You are inside {}.", offer.slug)),
        "joined" => ("This invitation is over", format!("It was used. Ask {inviter} for a new one.")),
        "declined" => ("This invitation is over", format!("It was declined. Ask {inviter} for a new one.")),
        "withdrawn" => {
            let who = offer.decider.as_deref().unwrap_or(inviter);
            ("This invitation is over", format!("{who} withdrew this invitation."))
        }
        "waiting" if !offer.over && offer.sending != sending => {
            ("This link is over", "A newer mail has the link that works.".to_owned())
        }
        _ => {
            let day = Zone::default().date(offer.expires_at, offer.expires_at);
            ("This invitation is over", format!("This link expired on {day}. Ask {inviter} for a new one."))
        }
    };
    let joined = offer.state == "joined" && mine && !offer.org_deleted;
    let view = views::Over {
        bare: Bare::default(),
        heading: heading.into(),
        sentence,
        url: if joined { format!("/orgs/{}", offer.slug) } else { "/orgs".into() },
        label: if joined { format!("Open {}", offer.slug) } else { "All organizations".into() },
    };
    Ok(Page::of(&view)?.status(StatusCode::GONE))
}
