//! Letters, over SMTP: one recipient each, from one address, with nothing in a header that was not encoded.
//!
//! What may not happen here: a header made of text. Every header goes through lettre's types, which refuse or encode
//! whatever would begin another one; what the server answers is never kept, since it may repeat the address.

use std::{fmt, time::Duration};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp,
};
use secrecy::ExposeSecret as _;

use crate::config::MailConfig;

/// How long connecting may take, and the whole sending; the library has no limit of its own for a single answer.
const CONNECTING: Duration = Duration::from_secs(15);
const SENDING: Duration = Duration::from_secs(45);

/// A letter to one person.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The address, in canonical form.
    pub to: String,
    /// Who gets the answer: a name and an address.
    pub reply_to: Option<(String, String)>,
    /// One line.
    pub subject: String,
    /// The same for every attempt, so that a letter that goes out twice can be recognised: `name@host`.
    pub message_id: String,
    /// For programs that show text.
    pub text: String,
    /// For the others.
    pub html: String,
}

/// Why a letter did not go out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{class}")]
pub struct MailError {
    /// Trying again later is of no use.
    pub permanent: bool,
    /// A few words of ours: "refused (550)", "no connection".
    pub class: String,
}

/// Sends letters.
#[derive(Clone)]
pub struct Mailer {
    from: Option<Mailbox>,
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
    sending: Duration,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer")
    }
}

impl Mailer {
    /// Prepares the connection pool; nothing is connected yet. `config.rs` has checked both values.
    #[must_use]
    pub fn new(config: &MailConfig) -> Self {
        Self::with_patience(config, SENDING)
    }

    /// The same with another limit for the whole sending.
    #[must_use]
    pub fn with_patience(config: &MailConfig, sending: Duration) -> Self {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(config.smtp_url.expose_secret());
        let transport = builder.ok().map(|builder| builder.timeout(Some(CONNECTING)).build());
        Self { from: config.from.parse().ok(), transport, sending }
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// Whether it is of use to try again, and why in a few words.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let (Some(from), Some(transport)) = (&self.from, &self.transport) else {
            return Err(later("the mail server is not configured"));
        };
        let message = message(from, letter)?;
        match tokio::time::timeout(self.sending, transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(classify(&error)),
            Err(_) => Err(later("no answer in time")),
        }
    }
}

fn message(from: &Mailbox, letter: &Letter) -> Result<Message, MailError> {
    let to: Address = letter.to.parse().map_err(|_| never("not an address"))?;
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&letter.subject))
        .message_id(Some(format!("<{}>", letter.message_id)));
    if let Some((name, address)) = &letter.reply_to
        && let Ok(address) = address.parse()
    {
        builder = builder.reply_to(Mailbox::new(Some(one_line(name)), address));
    }
    builder
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|_| never("the letter cannot be written"))
}

/// Without control characters, which lettre encodes in a subject and panics over in a name, and not endless.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// What the fault means. 5xx is the server's last word on this letter; everything else may change.
fn classify(error: &smtp::Error) -> MailError {
    tracing::debug!(error = %error, "a letter did not go out");
    let code = error.status().map(|code| code.to_string());
    match code.as_deref() {
        // Our credentials are wrong, not the letter.
        Some(code @ ("530" | "534" | "535" | "538")) => {
            later(format!("the mail server did not let us in ({code})"))
        }
        Some(code) if error.is_permanent() => never(format!("refused ({code})")),
        Some(code) => later(format!("not taken now ({code})")),
        None if distrusts(error) => later("the mail server's certificate is not trusted"),
        None if error.is_timeout() => later("no answer in time"),
        None if error.is_tls() => later("no safe connection to the mail server"),
        None => later("no connection to the mail server"),
    }
}

/// Whether the fault is the server's certificate. The library names it in the innermost cause only.
fn distrusts(error: &smtp::Error) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.into_iter().any(|cause| cause.to_string().contains("certificate"))
}

fn later(class: impl Into<String>) -> MailError {
    MailError { permanent: false, class: class.into() }
}

fn never(class: impl Into<String>) -> MailError {
    MailError { permanent: true, class: class.into() }
}

#[cfg(test)]
mod tests;
