//! Text from outside: names, paragraphs, addresses, slugs, each with its one parser.
//!
//! What may not happen here: repairing what was typed into something else without saying so, beyond Unicode's own
//! composition (NFC) and white space at the ends. A NUL byte never reaches the database.

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// A name for people to read: one line, 1 to 100 characters as a reader counts them.
///
/// # Errors
/// The sentence for the field.
pub fn name(typed: &str) -> Result<String, String> {
    let text = line(typed, 100)?;
    if text.is_empty() { Err("Give it a name.".into()) } else { Ok(text) }
}

/// One line of at most `most` characters as a reader counts them; may be empty.
///
/// # Errors
/// The sentence for the field.
pub fn line(typed: &str, most: usize) -> Result<String, String> {
    let text: String = typed.trim().nfc().collect();
    if text.chars().any(char::is_control) || text.chars().any(is_invisible) {
        return Err("Leave out control characters and invisible marks.".into());
    }
    within(text, most)
}

/// A paragraph: as [`line()`], but line breaks are allowed.
///
/// # Errors
/// The sentence for the field.
pub fn paragraph(typed: &str, most: usize) -> Result<String, String> {
    let text: String = typed.trim().replace("\r\n", "\n").nfc().collect();
    if text.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || is_invisible(c)) {
        return Err("Leave out control characters and invisible marks.".into());
    }
    within(text, most)
}

/// A reason as the audit log keeps it: 10 to 500 characters, or none.
///
/// # Errors
/// The sentence for the field.
pub fn reason(typed: &str) -> Result<Option<String>, String> {
    let text = paragraph(typed, 500)?;
    match text.graphemes(true).count() {
        0 => Ok(None),
        1..=9 => Err("Say it in ten characters or more. Reviewers will read it.".into()),
        _ => Ok(Some(text)),
    }
}

/// A web address that a page may link to.
///
/// # Errors
/// The sentence for the field.
pub fn web_url(typed: &str) -> Result<Option<String>, String> {
    let text = line(typed, 500)?;
    if text.is_empty() {
        return Ok(None);
    }
    match url::Url::parse(&text) {
        Ok(url)
            if matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() =>
        {
            Ok(Some(url.into()))
        }
        _ => Err("Give a whole address that starts with https:// or http://.".into()),
    }
}

/// A name in URLs and on the command line: `[a-z0-9-]`, so many characters, starting with a letter where wanted.
///
/// # Errors
/// The sentence for the field.
pub fn slug(
    typed: &str,
    length: std::ops::RangeInclusive<usize>,
    letter_first: bool,
) -> Result<String, String> {
    let text = typed.trim();
    if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err("Use lower-case letters, digits and dashes.".into());
    }
    if !length.contains(&text.len()) {
        return Err(format!("Use {} to {} characters.", length.start(), length.end()));
    }
    let first_fits = |c: char| if letter_first { c.is_ascii_lowercase() } else { c != '-' };
    if !text.starts_with(first_fits) {
        let first = if letter_first { "a letter" } else { "a letter or a digit" };
        return Err(format!("Start with {first}."));
    }
    Ok(text.to_owned())
}

/// An e-mail address in the one form that is stored and compared: ASCII lower case, the domain in its ASCII (IDNA)
/// form. Comparing is then byte for byte; neither Postgres nor Rust folds it again.
///
/// # Errors
/// The sentence for the field.
pub fn email(typed: &str) -> Result<String, String> {
    let wrong = || "That is not an e-mail address.".to_owned();
    let text = typed.trim();
    if text.len() > 254 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(wrong());
    }
    let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
    let atoms = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&c);
    let local_fits = !local.is_empty()
        && local.len() <= 64
        && local.bytes().all(atoms)
        && !local.starts_with(['.', '-'])
        && !local.ends_with('.')
        && !local.contains("..");
    if !local_fits {
        return Err(wrong());
    }
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| wrong())?;
    let labels_fit = domain.contains('.') && !domain.ends_with('.') && !domain.split('.').any(str::is_empty);
    let numeric = domain.rsplit('.').next().is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit()));
    if !labels_fit || numeric || domain.len() > 253 {
        return Err(wrong());
    }
    Ok(format!("{}@{domain}", local.to_ascii_lowercase()))
}

/// An address as somebody who may not know it sees it: "n…@acme.example".
#[must_use]
pub fn masked_email(email: &str) -> String {
    match email.split_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}…@{domain}")
        }
        None => "…".to_owned(),
    }
}

fn within(text: String, most: usize) -> Result<String, String> {
    // A base character may carry any number of marks, so bytes are bounded as well.
    if text.graphemes(true).count() > most || text.len() > most * 8 {
        return Err(format!("Use at most {most} characters."));
    }
    Ok(text)
}

/// Marks that change how neighbours are read or show nothing: bidirectional controls, zero-width, tags, byte-order.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFD}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_refused_and_plain_ones_composed() {
        assert_eq!(name("  Cafe\u{301} ").as_deref(), Ok("Café"));
        for odd in ["", "   ", "a\0b", "a\u{202E}b", "a\u{200B}", "a\u{FFFD}", "a\nb", &"x".repeat(101)] {
            assert!(name(odd).is_err(), "{odd:?}");
        }
        assert!(name(&format!("a{}", "\u{301}".repeat(1000))).is_err());
        assert!(name(&"😀".repeat(100)).is_ok());
    }

    #[test]
    fn one_spelling_per_address() {
        assert_eq!(email("A@X.example").as_deref(), Ok("a@x.example"));
        assert_eq!(email("a@BÜCHER.example").as_deref(), Ok("a@xn--bcher-kva.example"));
        assert_eq!(email("a+t@x.example").as_deref(), Ok("a+t@x.example"));
        for odd in [
            "a",
            "@x.example",
            "a@",
            "a@x",
            "a@x.example.",
            "a\u{212A}@x.example",
            "ı@x.example",
            "a＠x.example",
            "\"a b\"@x.example",
            "a@x.example\r\nBcc: b@x.example",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a..b@x.example",
            "a(c)@x.example",
            "a b@x.example",
            "a@x.example\0",
            "-oX@x.example",
            &format!("{}@x.example", "a".repeat(255)),
        ] {
            assert!(email(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn slugs_have_one_shape() {
        assert_eq!(slug("acme-production", 3..=63, true).as_deref(), Ok("acme-production"));
        for odd in ["Ab-c", "1ab", "ab", "ab_c", "äbc", "a b c", "-abc", &"a".repeat(64)] {
            assert!(slug(odd, 3..=63, true).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn only_web_addresses_are_linked() {
        assert_eq!(web_url(""), Ok(None));
        assert!(web_url("https://ledger.acme.example/x").is_ok_and(|url| url.is_some()));
        for odd in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//x.example",
            "x.example",
            "https://a:b@x.example",
            "https://",
        ] {
            assert!(web_url(odd).is_err(), "{odd:?}");
        }
    }
}
