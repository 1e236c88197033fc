//! The one layer that draws errors: ours, axum's own rejections, a panic, as page or as note for a swap.
//!
//! What may not happen here: a cause on the page. It is logged once, with the request's id, and the page shows the id.

use std::{any::Any, sync::Arc};

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
        problem,
        shell::{Bare, Problem, ProblemBare, ProblemPage, ProblemToast, Shell},
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
        program: is_for_programs(request.uri().path()),
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
    let mut drawn = if asked.program {
        problem::Problem::of(status, fault.as_deref(), &asked.id).into_response()
    } else {
        let page = asked.page(&app, status, &problem(status, fault.as_deref(), &asked.id)).await;
        page.map_or_else(|_| status.into_response(), IntoResponse::into_response)
    };
    *drawn.status_mut() = status;
    problem::challenge(fault.as_deref(), drawn.headers_mut());
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            drawn.headers_mut().insert(name, value.clone());
        }
    }
    if let Some(seconds) = retry_after(status, fault.as_deref()) {
        drawn.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    drawn
}

/// Whether a path is for programs.
#[must_use]
pub fn is_for_programs(path: &str) -> bool {
    let below =
        |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below("/api") || below("/gate")
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
    /// Below `/api`: a program reads the answer.
    program: bool,
}

impl Asked {
    async fn page(&self, app: &App, status: StatusCode, problem: &Problem) -> crate::error::Result<Page> {
        if self.head {
            return Ok(Page::empty());
        }
        if self.want == Want::Fragment {
            return Page::of(&ProblemToast { problem });
        }
        match self.shell(app, status).await {
            Some(shell) => Page::of(&ProblemPage { shell: &shell, problem }),
            None => Page::of(&ProblemBare { bare: &Bare::default(), problem }),
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

fn problem(status: StatusCode, fault: Option<&Error>, request: &str) -> Problem {
    let plain = Problem::of(status.as_u16(), request);
    let (heading, sentence) = match fault {
        Some(Error::Forbidden(missing)) => {
            (format!("You cannot {}", missing.cannot), format!("{} Nothing was changed.", missing.who_can))
        }
        Some(Error::Conflict(sentence) | Error::Gone(sentence) | Error::Bad(_, sentence)) => {
            (plain.heading.clone(), sentence.clone())
        }
        Some(Error::TooMany(seconds)) => return Problem::too_many(*seconds, request),
        _ => return plain,
    };
    Problem { heading, sentence, ..plain }
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
