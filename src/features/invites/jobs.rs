//! The mail of an invitation, and the end of those that nobody answered.
//!
//! What may not happen here: a token that is stored or logged. Each attempt draws its own; a mail that goes out twice
//! after a crash carries two links, and either works, once.

use askama::Template as _;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{model::Offer, store::offers, views};
use crate::{
    app::App,
    db::audit::{Actor, All, Origin},
    error::{Error, Result},
    ids::{InvitationId, random_bytes},
    jobs::{Attempt, Job},
    mail::{Letter, MailError},
};

/// The secret of a link: 256 random bits, nothing readable in it.
pub(super) struct Token(String);

impl Token {
    fn draw() -> Result<Self> {
        let bytes = random_bytes::<32>().map_err(Error::internal)?;
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// A token from a URL; `None` when no link has that shape.
    #[must_use]
    pub(super) fn parse(text: &str) -> Option<Self> {
        let shape = text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        shape.then(|| Self(text.to_owned()))
    }

    /// What the database knows of it.
    #[must_use]
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// Mails one sending of an invitation.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SendInvitation {
    /// Which.
    pub id: InvitationId,
    /// The sending that was asked for; a later one makes this job void.
    pub sending: i32,
}

impl Job for SendInvitation {
    const NAME: &'static str = "send_invitation";

    fn key(&self) -> Option<String> {
        Some(format!("invitation:{}", self.id))
    }

    async fn run(self, app: App, attempt: Attempt) -> Result<()> {
        let Some((offer, letter)) = self.write(&app).await? else { return Ok(()) };
        let sent = app.mailer.send(&letter).await;
        note(&app, &offer, sent, attempt).await
    }
}

impl SendInvitation {
    /// The first half: a link is made and noted, the letter written. `None` when there is nothing to send any more.
    pub(super) async fn write(self, app: &App) -> Result<Option<(Offer, Letter)>> {
        let mut tx = app.db.system_write().await?;
        let Some(offer) = offers::lock(tx.connection(), self.id).await? else { return Ok(None) };
        if !offer.is_open(self.sending) || !offers::unsent(tx.connection(), self.id).await? {
            return Ok(None);
        }
        let token = Token::draw()?;
        offers::add_link(tx.connection(), &offer, &token.hash()).await?;
        tx.commit_machinery().await?;
        let letter = letter(app, &offer, &token)?;
        Ok(Some((offer, letter)))
    }
}

/// The second half: how the sending ended is written down.
pub(super) async fn note(
    app: &App,
    offer: &Offer,
    sent: Result<(), MailError>,
    attempt: Attempt,
) -> Result<()> {
    let mut tx = app.db.system_write().await?;
    match sent {
        Err(error) if !error.permanent && !attempt.last => {
            offers::mail_late(&mut tx, offer, &error.class).await?;
            tx.commit_machinery().await?;
            Err(Error::Unavailable(error.into()))
        }
        ended => {
            let class = ended.err().map(|error| error.class);
            match offers::mailed(&mut tx, offer, class.as_deref()).await? {
                Some(event) => tx.commit(Actor::System, &Origin::default(), event).await,
                None => Ok(()),
            }
        }
    }
}

fn letter(app: &App, offer: &Offer, token: &Token) -> Result<Letter> {
    let web = &app.config.web;
    let link = web.link(&format!("/invitations/{}", token.0));
    let view = views::Mail::of(offer, &link, &web.authority(), app.clock.now());
    let host = web.base_url.host_str().unwrap_or("localhost");
    Ok(Letter {
        to: offer.email.clone(),
        reply_to: offer.inviter_email.clone().map(|address| (offer.inviter_name.clone(), address)),
        subject: format!("{} invites you to {} ({})", offer.inviter_name, offer.slug, offer.environment),
        message_id: format!("invitation-{}-{}@{host}", offer.id, offer.sending),
        text: view.text().render().map_err(Error::internal)?,
        html: view.render().map_err(Error::internal)?,
    })
}

/// Marks invitations whose link is over.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpireInvitations {}

impl Job for ExpireInvitations {
    const NAME: &'static str = "expire_invitations";

    async fn run(self, app: App, _: Attempt) -> Result<()> {
        loop {
            let mut tx = app.db.system_write().await?;
            let mut events = offers::expire(&mut tx, 100).await?.into_iter();
            let Some(first) = events.next() else { return Ok(()) };
            tx.commit(Actor::System, &Origin::default(), All(first, events.collect())).await?;
        }
    }
}
