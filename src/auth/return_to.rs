//! Where a browser goes after signing in or out, as asked for by a link that anybody may have written.
//!
//! What may not happen here: a value that leaves this site, in any spelling a browser, a proxy or htmx reads.

use std::fmt;

/// The longest path that is carried through a sign-in; longer ones fall back to the start page.
const MAX_BYTES: usize = 2048;

/// An absolute path on this site, with its query and fragment: `/orgs/acme?tab=people`.
///
/// Open redirects are CWE-601; RFC 9700 section 4.11 asks OAuth clients not to be one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Takes a local absolute path as it is; anything else becomes `/`.
    ///
    /// A path must start with one `/` and hold only visible ASCII without backslashes. Percent escapes of
    /// slash, backslash, percent sign and control characters are refused in the path: some server between
    /// here and the browser may decode them once more. In the query they are data and stay.
    #[must_use]
    pub fn parse(wanted: &str) -> Self {
        if is_local(wanted) { Self(wanted.to_owned()) } else { Self::default() }
    }

    /// The path, fit for `Location` and for htmx's `HX-Redirect`, `HX-Location` and `HX-Push-Url`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl From<String> for ReturnTo {
    fn from(wanted: String) -> Self {
        Self::parse(&wanted)
    }
}

impl From<ReturnTo> for String {
    fn from(path: ReturnTo) -> Self {
        path.0
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_local(wanted: &str) -> bool {
    let visible =
        wanted.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>'));
    if wanted.len() > MAX_BYTES || !visible || !wanted.starts_with('/') {
        return false;
    }
    let path = wanted.split(['?', '#']).next().unwrap_or_default();
    // "/.//evil" and "/x/..//evil" turn into "//evil" once dot segments are removed (RFC 3986 section 5.2.4).
    !path.contains("//")
        && !path.split('/').any(|segment| matches!(segment, "." | ".."))
        && path.split('%').skip(1).all(harmless_escape)
}

/// Whether what follows a percent sign stands for neither a separator, a dot, a percent sign nor a control.
fn harmless_escape(after: &str) -> bool {
    let decoded = after.get(..2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    decoded.is_some_and(|byte| !byte.is_ascii_control() && !matches!(byte, b'/' | b'\\' | b'%' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::ReturnTo;

    #[test]
    fn local_paths_pass_unchanged() {
        for path in [
            "/",
            "/orgs/acme-production",
            "/orgs/acme?tab=people&page=2#row-3",
            "/a%20b",
            "/search?q=%2Fetc%2F&next=//x&url=https://elsewhere.example",
            "/@fatima",
            "/javascript:",
        ] {
            assert_eq!(ReturnTo::parse(path).as_str(), path);
        }
    }

    #[test]
    fn everything_that_may_leave_the_site_becomes_the_start_page() {
        let long = format!("/{}", "a".repeat(5 * 1024));
        for path in [
            "",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https:evil.example",
            "https://evil.example",
            "https:/evil.example",
            "https://cordon.example.evil.example/",
            "https://cordon.example@evil.example/",
            "/%5cevil.example",
            "/%5Cevil.example",
            "/%2fevil.example",
            "/%2Fevil.example",
            "/%252fevil.example",
            "/%09/evil.example",
            "/\t/evil.example",
            "/%0d%0aLocation:%20//evil.example",
            "/\r\nLocation: //evil.example",
            "/x\r\nSet-Cookie: a=b",
            "/a\0b",
            "/.//evil.example",
            "/..//evil.example",
            "/x/..//evil.example",
            "/%2e%2e//evil.example",
            "/%2e/%2e/x",
            "/x//evil.example",
            "/%",
            "/%2",
            "/%zz",
            "/%é",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "@evil.example",
            ".evil.example",
            "evil.example",
            "?next=/x",
            "#x",
            " /x",
            "/x y",
            "/\u{ff0f}evil.example",
            "/\u{2044}evil.example",
            "/é",
            &long,
        ] {
            assert_eq!(ReturnTo::parse(path).as_str(), "/", "{path:?}");
        }
    }

    #[test]
    fn a_stored_value_is_read_through_the_same_gate() {
        let read = |text: &str| serde_json::from_str::<ReturnTo>(text).map(|path| path.to_string());
        assert_eq!(read("\"/orgs\"").unwrap(), "/orgs");
        assert_eq!(read("\"//evil.example\"").unwrap(), "/");
    }
}
