//! The one layer that draws errors: ours, axum's own rejections, a panic, as page or as note for a swap.
//!
//! What may not happen here: a cause on the page. It is logged once, with the request's id, and the page shows the id.

use std::{any::Any, sync::Arc};

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tower_sessions::Session;

use crate::{
    app::App,
    db::session::SessionHash,
    error::Error,
    ids::RequestId,
    web::{
        frame,
        hx::Want,
        page::{Drawn, Page},
        shell::Shell,
    },
};

/// Draws whatever went wrong further in.
pub async fn draw(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = Asked {
        id: request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default(),
        session: request.extensions().get::<Session>().and_then(Session::id).map(SessionHash::of),
        want: Want::of(request.headers()),
        head: request.method() == Method::HEAD,
        headers: request.headers().clone(),
    };
    let response = next.run(request).await;
    let status = response.status();
    let fault = response.extensions().get::<Arc<Error>>().cloned();
    if let Some(Error::SignIn { return_to }) = fault.as_deref() {
        return sign_in(return_to, asked.want);
    }
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || response.extensions().get::<Drawn>().is_some() {
        return response;
    }
    log(status, fault.as_deref());
    let told = Told::of(status, fault.as_deref());
    let page = asked.page(&app, status, told).await;
    let mut drawn = page.map_or_else(|_| status.into_response(), IntoResponse::into_response);
    *drawn.status_mut() = status;
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            drawn.headers_mut().insert(name, value.clone());
        }
    }
    if let Some(seconds) = retry_after(status, fault.as_deref()) {
        drawn.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    drawn
}

/// The answer to a panic further in; [`draw`] makes a page of it.
#[must_use]
pub fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".into());
    Error::Internal(anyhow::anyhow!("panic: {text}")).into_response()
}

struct Asked {
    id: String,
    session: Option<SessionHash>,
    want: Want,
    head: bool,
    headers: HeaderMap,
}

/// What a page says about a status: a heading, a sentence, where to go on.
struct Told {
    heading: String,
    sentence: String,
    link: &'static str,
    label: &'static str,
    show_id: bool,
}

#[derive(Template)]
#[template(path = "errors/inside.html")]
struct Inside<'a> {
    shell: Shell,
    status: u16,
    told: &'a Told,
    request: &'a str,
}

#[derive(Template)]
#[template(path = "errors/outside.html")]
struct Outside<'a> {
    status: u16,
    told: &'a Told,
    request: &'a str,
}

#[derive(Template)]
#[template(path = "errors/note.html")]
struct Note<'a> {
    told: &'a Told,
    request: &'a str,
}

impl Asked {
    async fn page(&self, app: &App, status: StatusCode, told: Told) -> crate::error::Result<Page> {
        if self.head {
            let empty = Page::empty();
            return Ok(empty);
        }
        if self.want == Want::Fragment {
            return Page::of(&Note { told: &told, request: &self.id });
        }
        match self.shell(app, status).await {
            Some(shell) => {
                Page::of(&Inside { shell, status: status.as_u16(), told: &told, request: &self.id })
            }
            None => Page::of(&Outside { status: status.as_u16(), told: &told, request: &self.id }),
        }
    }

    /// The frame for whoever is signed in. Not when the server itself is in trouble: that page must need nothing.
    async fn shell(&self, app: &App, status: StatusCode) -> Option<Shell> {
        if status.is_server_error() {
            return None;
        }
        let (_, context) = app.db.enter(&self.session?, None, true).await.ok()??;
        Some(frame::elsewhere(app, &context, &self.headers))
    }
}

impl Told {
    fn of(status: StatusCode, fault: Option<&Error>) -> Self {
        let (heading, sentence) = match fault {
            Some(Error::Forbidden(missing)) => (
                format!("You cannot {}", missing.cannot),
                format!("{} Nothing was changed.", missing.who_can),
            ),
            Some(Error::Conflict(sentence)) => {
                ("That does not fit what is there now".into(), sentence.clone())
            }
            Some(Error::Gone(sentence)) => ("This is over".into(), sentence.clone()),
            Some(Error::Bad(_, sentence)) => ("That did not work".into(), sentence.clone()),
            Some(Error::TooMany(seconds)) => (
                "That was a lot at once".into(),
                format!("Nothing was lost. Try again in {seconds} seconds."),
            ),
            _ => Self::by_status(status),
        };
        let show_id = status.is_server_error();
        let (link, label) = if show_id { ("", "Try again") } else { ("/orgs", "All organizations") };
        Self { heading, sentence, link, label, show_id }
    }

    fn by_status(status: StatusCode) -> (String, String) {
        let (heading, sentence) = match status.as_u16() {
            404 => (
                "There is nothing here, or you cannot see it",
                "If someone sent you this link, ask them which organization it is in.",
            ),
            405 => ("This page does not take that", "Open it in a browser, or go back and use its buttons."),
            413 => ("That was too much", "This page takes less than that. Nothing was changed."),
            415 => ("That is not a form", "This page takes forms only. Nothing was changed."),
            422 => {
                ("Something in the form is not right", "Go back and look at the fields. Nothing was changed.")
            }
            503 => (
                "Cordon cannot reach a part of itself",
                "Nothing was changed. It usually comes back within a minute; try again then.",
            ),
            500..=599 => (
                "Something broke on our side",
                "Nothing was changed. If it happens again, send this to your platform team:",
            ),
            _ => ("That did not work", "Nothing was changed."),
        };
        (heading.to_owned(), sentence.to_owned())
    }
}

fn retry_after(status: StatusCode, fault: Option<&Error>) -> Option<HeaderValue> {
    match fault {
        Some(Error::TooMany(seconds)) => Some((*seconds).into()),
        _ if status == StatusCode::SERVICE_UNAVAILABLE => Some(HeaderValue::from_static("5")),
        _ => None,
    }
}

fn log(status: StatusCode, fault: Option<&Error>) {
    match fault {
        Some(Error::Internal(cause) | Error::Unavailable(cause)) => {
            tracing::error!(http.status = status.as_u16(), error = format!("{cause:#}"), "failed");
        }
        _ if status.is_server_error() => tracing::error!(http.status = status.as_u16(), "failed"),
        _ => {}
    }
}

fn sign_in(return_to: &str, want: Want) -> Response {
    let query: String = url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
    let to = if return_to == "/" { "/sign-in".to_owned() } else { format!("/sign-in?return_to={query}") };
    let mut response = Response::new(Body::empty());
    let Ok(value) = HeaderValue::from_str(&to) else { return response };
    let name = match want {
        Want::Page => {
            *response.status_mut() = StatusCode::SEE_OTHER;
            header::LOCATION
        }
        Want::Fragment => http::HeaderName::from_static("hx-redirect"),
    };
    response.headers_mut().insert(name, value);
    response
}
