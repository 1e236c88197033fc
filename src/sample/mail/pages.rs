//! The mailbox in a browser: the list, one message, and its HTML behind a sandbox.
//!
//! What may not happen here: a message's HTML running, loading or submitting anything, wherever it is opened.

use std::{io, sync::Arc};

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use tokio_util::sync::CancellationToken;

use super::{Mailbox, Message};
use crate::{
    clock::Instant,
    sample::{Loopback, pages},
};

/// A message brings its styles along inline; links open in a new tab, and nothing else works.
const BODY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

#[derive(Template)]
#[template(path = "sample/mails.html")]
struct Index {
    mails: Vec<Row>,
}

struct Row {
    id: u64,
    subject: String,
    to: String,
    at: String,
    time: String,
}

#[derive(Template)]
#[template(path = "sample/mail.html")]
struct Show {
    id: u64,
    subject: String,
    from: String,
    to: String,
    recipients: String,
    at: String,
    time: String,
    links: Vec<String>,
    has_html: bool,
    text: String,
}

#[derive(Template)]
#[template(path = "sample/mail_body.html")]
struct Body {
    html: String,
}

/// Shows the mailbox to browsers until `shutdown`.
///
/// # Errors
/// When the listener fails.
pub async fn serve_pages(
    listener: Loopback,
    mailbox: Mailbox,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let router = Router::new()
        .route("/", get(index))
        .route("/mails/{id}", get(show))
        .route("/mails/{id}/html", get(html))
        .route("/mails/{id}/raw", get(raw))
        .route(pages::STYLESHEET, get(pages::stylesheet))
        .fallback(async || gone())
        .with_state(mailbox);
    listener.serve_http(router, shutdown).await
}

async fn index(State(mailbox): State<Mailbox>) -> Response {
    let rows = mailbox.messages().into_iter().rev().map(|message| Row {
        id: message.id,
        subject: subject(&message),
        to: message.envelope.recipients.join(", "),
        at: message.at.to_string(),
        time: time(message.at),
    });
    pages::page(StatusCode::OK, pages::POLICY, &Index { mails: rows.collect() })
}

async fn show(State(mailbox): State<Mailbox>, Path(id): Path<String>) -> Response {
    let Some(message) = find(&mailbox, &id) else { return gone() };
    let policy = format!("{}; frame-src 'self'", pages::POLICY);
    let view = Show {
        id: message.id,
        subject: subject(&message),
        from: message.from.join(", "),
        to: message.to.join(", "),
        recipients: message.envelope.recipients.join(", "),
        at: message.at.to_string(),
        time: time(message.at),
        links: message.links.clone(),
        has_html: message.html.is_some(),
        text: message.text.clone(),
    };
    pages::page(StatusCode::OK, &policy, &view)
}

async fn html(State(mailbox): State<Mailbox>, Path(id): Path<String>) -> Response {
    match find(&mailbox, &id).and_then(|message| message.html.clone()) {
        Some(html) => pages::page(StatusCode::OK, BODY_POLICY, &Body { html }),
        None => gone(),
    }
}

async fn raw(State(mailbox): State<Mailbox>, Path(id): Path<String>) -> Response {
    match find(&mailbox, &id) {
        Some(message) => pages::plain(StatusCode::OK, message.raw.clone()),
        None => gone(),
    }
}

fn find(mailbox: &Mailbox, id: &str) -> Option<Arc<Message>> {
    mailbox.find(id.parse().ok()?)
}

fn gone() -> Response {
    let reason = "There is no such message. The last 200 are kept, until the sample stops.";
    pages::Refusal::answer(StatusCode::NOT_FOUND, "Nothing here", reason)
}

fn subject(message: &Message) -> String {
    if message.subject.is_empty() { "(no subject)".into() } else { message.subject.clone() }
}

fn time(at: Instant) -> String {
    at.timestamp().strftime("%a %d %b, %H:%M:%S").to_string()
}
