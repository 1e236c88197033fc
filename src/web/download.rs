//! A file as an answer.
//!
//! What may not happen here: a name or a type from outside.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};

/// A file for the browser to keep.
#[derive(Debug)]
pub struct Download {
    /// Its name: of letters, digits, dots and dashes only.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub body: String,
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        let name: String =
            self.name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}
