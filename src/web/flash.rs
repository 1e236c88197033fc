//! The sentence that says what was done, carried to the next page in a cookie and forgotten there; with it, where there
//! is one, the way back.
//!
//! What may not happen here: trust. It comes back from the browser, so the sentence is text to be escaped, nothing is
//! decided by it, and the way back leads to a restoration in an organization or nowhere.

use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tower_sessions::cookie::{Cookie, SameSite};

use crate::{
    db::OrgSlug,
    ids::AccountId,
    web::{
        hx::Want,
        page::Drawn,
        shell::{Flash, Undo},
    },
};

const NAME: &str = "cordon_flash";

/// Puts the sentence on its way.
pub fn set(headers: &mut HeaderMap, flash: &Flash) {
    let escape = |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let mut value = escape(&flash.text);
    if let Some(undo) = &flash.undo {
        value = format!("{value}={}", escape(&undo.action));
    }
    write(headers, &value, 60);
}

/// The sentence that came with a request.
#[must_use]
pub fn read(headers: &HeaderMap) -> Option<Flash> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookie =
        cookies.flat_map(Cookie::split_parse).filter_map(Result::ok).find(|cookie| cookie.name() == NAME)?;
    let (text, way) = url::form_urlencoded::parse(cookie.value().as_bytes()).next()?;
    let undo = is_restoration(&way).then(|| Undo { label: "Restore".into(), action: way.into_owned() });
    let text = text.into_owned();
    (!text.is_empty() && text.len() <= 1000).then_some(Flash { text, undo })
}

/// Whether a path is the restoration of one person's access: the only button that a cookie may bring.
fn is_restoration(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let ["", "orgs", org, "team", account, "restoration"] = *parts else { return false };
    OrgSlug::parse(org).is_some() && account.parse::<AccountId>().is_ok()
}

/// Forgets the sentence once a page has shown it.
pub async fn forget(request: Request, next: Next) -> Response {
    let shown = read(request.headers()).is_some() && Want::of(request.headers()) == Want::Page;
    let mut response = next.run(request).await;
    let page = response.status() == StatusCode::OK && response.extensions().get::<Drawn>().is_some();
    if shown && page {
        write(response.headers_mut(), "", 0);
    }
    response
}

fn write(headers: &mut HeaderMap, value: &str, seconds: i64) {
    let cookie = Cookie::build((NAME, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(seconds))
        .build();
    if let Ok(cookie) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(undo: &str) -> Flash {
        let mut headers = HeaderMap::new();
        let undo = Some(Undo { label: "Restore".into(), action: undo.into() });
        set(&mut headers, &Flash { text: "Removed A & B; 100 % é.".into(), undo });
        let cookie = headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut back = HeaderMap::new();
        back.insert(header::COOKIE, cookie.parse().unwrap());
        read(&back).unwrap()
    }

    #[test]
    fn a_sentence_arrives_as_it_left_with_its_way_back() {
        let way = "/orgs/acme/team/01920000-0000-7000-8000-000000000000/restoration";
        let flash = carried(way);
        assert_eq!(flash.text, "Removed A & B; 100 % é.");
        assert_eq!(flash.undo.unwrap().action, way);
    }

    #[test]
    fn no_other_button_comes_out_of_a_cookie() {
        let odd = [
            "/orgs/acme/team/01920000-0000-7000-8000-000000000000/remove",
            "/orgs/acme/team/leave",
            "https://evil.example/orgs/acme/team/x/restoration",
            "//evil.example/team/x/restoration",
            "/orgs/../team/01920000-0000-7000-8000-000000000000/restoration",
        ];
        for way in odd {
            assert!(carried(way).undo.is_none(), "{way}");
        }
    }
}
