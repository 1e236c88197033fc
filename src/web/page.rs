//! What a handler answers: a page, a part of one, or "done, look there".
//!
//! What may not happen here: HTML in Rust. Everything drawn comes from a template.

use askama::Template;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

use crate::{
    error::{Error, Result},
    web::{
        flash,
        hx::Want,
        shell::{Flash, Undo},
    },
};

/// A drawn page or fragment.
#[derive(Debug)]
pub struct Page {
    body: String,
    status: StatusCode,
    trigger: Option<&'static str>,
}

impl Page {
    /// Draws a template.
    ///
    /// # Errors
    /// When the template fails, which is a fault of ours.
    pub fn of(view: &impl Template) -> Result<Self> {
        let body = view.render().map_err(Error::internal)?;
        Ok(Self { body, status: StatusCode::OK, trigger: None })
    }

    /// Draws what was asked for: the whole, or the part of it that is swapped in.
    ///
    /// # Errors
    /// As [`Page::of`].
    pub fn wanted(want: Want, whole: &impl Template, part: &impl Template) -> Result<Self> {
        match want {
            Want::Page => Self::of(whole),
            Want::Fragment => Self::of(part),
        }
    }

    /// Nothing but headers, for HEAD.
    #[must_use]
    pub fn empty() -> Self {
        Self { body: String::new(), status: StatusCode::OK, trigger: None }
    }

    /// With another status, for a form that came back.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With an event for the page's script.
    #[must_use]
    pub fn trigger(mut self, event: &'static str) -> Self {
        self.trigger = Some(event);
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = (self.status, Body::from(self.body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        if let Some(event) = self.trigger {
            headers.insert("hx-trigger", HeaderValue::from_static(event));
        }
        response.extensions_mut().insert(Drawn);
        response
    }
}

/// What a change is answered with: done, or a page that says why it is not, such as the form again.
#[derive(Debug)]
pub enum Answer {
    /// Look there.
    Done(Done),
    /// It was not possible, or not yet.
    Page(Page),
}

impl From<Done> for Answer {
    fn from(done: Done) -> Self {
        Self::Done(done)
    }
}

impl From<Page> for Answer {
    fn from(page: Page) -> Self {
        Self::Page(page)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Done(done) => done.into_response(),
            Self::Page(page) => page.into_response(),
        }
    }
}

/// Marks a response whose body is as it should be, whatever its status.
#[derive(Clone, Copy, Debug)]
pub struct Drawn;

/// A change that is done: where to look, and the sentence that says what happened.
#[derive(Debug)]
pub struct Done {
    to: String,
    flash: Option<Flash>,
    want: Want,
}

impl Done {
    /// Go and look at this local path.
    #[must_use]
    pub fn see(to: impl Into<String>, want: Want) -> Self {
        Self { to: to.into(), flash: None, want }
    }

    /// Say this there.
    #[must_use]
    pub fn say(mut self, sentence: impl Into<String>) -> Self {
        self.flash = Some(Flash { text: sentence.into(), undo: None });
        self
    }

    /// Offer there to take it back, with a button that posts to this path. Only a `…/restoration` is ever offered.
    #[must_use]
    pub fn restore(mut self, path: impl Into<String>) -> Self {
        if let Some(flash) = &mut self.flash {
            flash.undo = Some(Undo { label: "Restore".into(), action: path.into() });
        }
        self
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        let Ok(to) = HeaderValue::from_str(&self.to) else {
            return Error::Internal(anyhow::anyhow!("a redirect to a path with odd characters"))
                .into_response();
        };
        match self.want {
            Want::Page => {
                *response.status_mut() = StatusCode::SEE_OTHER;
                response.headers_mut().insert(header::LOCATION, to);
            }
            // Inside fetch a 303 would be followed out of sight; htmx goes there itself.
            Want::Fragment => {
                response.headers_mut().insert("hx-redirect", to);
            }
        }
        if let Some(flash) = &self.flash {
            flash::set(response.headers_mut(), flash);
        }
        response.extensions_mut().insert(Drawn);
        response
    }
}
