//! What a request of a program says beside its body: which part of a list, and under which key.
//!
//! What may not happen here: a number or a cursor that reaches the database unread.

use axum::extract::FromRequestParts;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
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
    after: Option<String>,
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
        Ok(Self { limit, after: query.after })
    }

    /// Where this part of the list begins: what the page before ended with. A cursor of another list is refused.
    pub(super) fn after(&self, list: &str) -> Result<Option<String>> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let plain =
            BASE64_URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let place = plain.as_deref().and_then(|plain| plain.strip_prefix(list)?.strip_prefix('|'));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let place = place.filter(|place| place.len() <= 63 && place.chars().all(plain));
        place.map(|place| Some(place.to_owned())).ok_or_else(|| {
            odd("`after` is not a place in this list. Take it from the `next` of the page before.")
        })
    }
}

/// The address of the next part.
pub(super) fn next(path: &str, limit: u32, list: &str, last: &str) -> String {
    format!("{path}?limit={limit}&after={}", BASE64_URL_SAFE_NO_PAD.encode(format!("{list}|{last}")))
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

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let address = next("/api/v1/orgs", 2, "orgs", "acme-production");
        let part = Part::read(address.split_once('?').unwrap().1).unwrap();
        assert_eq!(part.after("orgs").unwrap().as_deref(), Some("acme-production"));
        assert!(part.after("apps").is_err());
        for cursor in ["x", "b3Jncw", "b3Jnc3wA", "b3Jnc3w8PjE"] {
            assert!(Part::read(&format!("after={cursor}")).unwrap().after("orgs").is_err(), "{cursor}");
        }
    }
}
