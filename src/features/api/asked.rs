//! What a request of a program says beside its body: which part of a list, and under which key.
//!
//! What may not happen here: a number or a cursor that reaches the database unread.

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use crate::{
    app::App,
    error::{Error, Result},
};

/// How many a page has when nothing is said, and at most.
const USUAL: u32 = 50;
const MOST: u32 = 100;

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// At most so many.
    pub(super) limit: u32,
    /// From the part before; empty where the list begins.
    pub(super) after: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Query {
    limit: Option<String>,
    after: Option<String>,
}

impl FromRequestParts<App> for Part {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        Self::read(parts.uri.query().unwrap_or_default())
    }
}

impl Part {
    fn read(query: &str) -> Result<Self> {
        let query: Query = serde_html_form::from_str(query)
            .map_err(|_| odd("A list takes `limit` and `after`, once each."))?;
        let limit = match query.limit.as_deref() {
            None => USUAL,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits
                .parse()
                .ok()
                .filter(|limit| (1..=MOST).contains(limit))
                .ok_or_else(|| odd("`limit` is a number from 1 to 100."))?,
            Some(_) => return Err(odd("`limit` is a number from 1 to 100.")),
        };
        Ok(Self { limit, after: query.after.unwrap_or_default() })
    }
}

/// The address of the next part.
pub(super) fn next(path: &str, limit: u32, cursor: &str) -> String {
    format!("{path}?limit={limit}&after={cursor}")
}

/// The key under which a report may be sent again.
#[derive(Clone, Debug)]
pub(super) struct IdempotencyKey(pub(super) Option<String>);

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let mut all = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = all.next() else { return Ok(Self(None)) };
        let fits = |key: &&str| (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        match (value.to_str().ok().filter(fits), all.next()) {
            (Some(key), None) => Ok(Self(Some(key.to_owned()))),
            _ => Err(odd(
                "`Idempotency-Key` is one key of 1 to 255 visible ASCII characters. Nothing was changed.",
            )),
        }
    }
}

fn odd(sentence: &str) -> Error {
    Error::Bad(StatusCode::UNPROCESSABLE_ENTITY, sentence.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sizes_are_refused() {
        assert_eq!(Part::read("").unwrap().limit, 50);
        assert_eq!(Part::read("limit=100").unwrap().limit, 100);
        for odd in [
            "limit=0",
            "limit=-1",
            "limit=101",
            "limit=2147483648",
            "limit=9223372036854775808",
            "limit=",
            "limit=x",
            "limit=+5",
            "limit=1&limit=2",
            "page=2",
        ] {
            assert!(Part::read(odd).is_err(), "{odd}");
        }
    }
}
