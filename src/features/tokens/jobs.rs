//! The mail to a maker whose token ends soon.
//!
//! What may not happen here: a second mail about the same end. Asking for the mail and noting that it was asked for is
//! one transaction; a mail that goes out twice after a crash carries the same id.

use askama::Template as _;
use serde::{Deserialize, Serialize};

use super::{
    store::reminders::{self, Ending},
    views::letter::Mail,
};
use crate::{
    app::App,
    error::{Error, Result},
    ids::TokenId,
    jobs::{Attempt, Job, enqueue},
    mail::Letter,
};

/// Looks for tokens whose end is near and asks for a mail about each.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindOfTokens;

impl Job for RemindOfTokens {
    const NAME: &'static str = "remind_of_tokens";

    async fn run(self, app: App, _: Attempt) -> Result<()> {
        loop {
            let mut tx = app.db.system_write().await?;
            let due = reminders::take_due(&mut tx, 100).await?;
            if due.is_empty() {
                return Ok(());
            }
            for id in due {
                enqueue(tx.connection(), &MailTokenEnding { id }).await?;
            }
            tx.commit_machinery().await?;
        }
    }
}

/// Mails the maker of one token.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct MailTokenEnding {
    /// Which.
    pub id: TokenId,
}

impl Job for MailTokenEnding {
    const NAME: &'static str = "mail_token_ending";

    fn key(&self) -> Option<String> {
        Some(format!("token-ending:{}", self.id))
    }

    async fn run(self, app: App, attempt: Attempt) -> Result<()> {
        let mut tx = app.db.system_read().await?;
        let ending = reminders::find(&mut tx, self.id).await?;
        drop(tx);
        // Revoked meanwhile, or nobody to write to.
        let Some(ending) = ending else { return Ok(()) };
        match app.mailer.send(&letter(&app, &ending)?).await {
            Err(error) if !error.permanent && !attempt.last => Err(Error::Unavailable(error.into())),
            Err(error) => {
                tracing::warn!(token.id = %self.id, error = %error, "nobody was told that a token ends");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

fn letter(app: &App, ending: &Ending) -> Result<Letter> {
    let web = &app.config.web;
    let view = Mail::of(ending, &web.link(&ending.path()), &web.authority(), app.clock.now());
    let host = web.base_url.host_str().unwrap_or("localhost");
    Ok(Letter {
        to: ending.email.clone(),
        reply_to: None,
        subject: view.subject(),
        message_id: format!("token-ending-{}@{host}", ending.id),
        text: view.text().render().map_err(Error::internal)?,
        html: view.render().map_err(Error::internal)?,
    })
}
