//! One message as it arrived, read the way a mail program reads it.
//!
//! What may not happen here: a link that is not `http` or `https`, for the page makes it clickable.

use mail_parser::{MessageParser, PartType};

use crate::clock::Instant;

/// What the SMTP conversation said; the message's own headers may say something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `MAIL FROM`
    pub from: String,
    /// Every `RCPT TO`, in order: who the message really reaches.
    pub recipients: Vec<String>,
}

/// A message that was kept.
#[derive(Clone, Debug)]
pub struct Message {
    /// Counts from 1 in the order of arrival.
    pub id: u64,
    /// When it arrived.
    pub at: Instant,
    /// What the SMTP conversation said.
    pub envelope: Envelope,
    /// The addresses of the header `From`.
    pub from: Vec<String>,
    /// The addresses of the header `To`.
    pub to: Vec<String>,
    /// The subject, decoded; empty when there is none.
    pub subject: String,
    /// The text version, decoded, its lines ended by `\n`; empty when there is none.
    pub text: String,
    /// The HTML version, decoded.
    pub html: Option<String>,
    /// Every web address of the text and every link of the HTML, each once, in that order.
    pub links: Vec<String>,
    /// Every header as it was sent, still encoded, in order.
    pub headers: Vec<(String, String)>,
    /// The message as it was sent.
    pub raw: Vec<u8>,
}

impl Message {
    pub(super) fn parse(id: u64, at: Instant, envelope: Envelope, raw: Vec<u8>) -> Self {
        let parsed = MessageParser::default().parse(&raw).unwrap_or_default();
        let text = parsed.parts.iter().find_map(|part| match &part.body {
            PartType::Text(text) => Some(text.replace("\r\n", "\n")),
            _ => None,
        });
        let text = text.unwrap_or_default();
        let html = parsed.parts.iter().find_map(|part| match &part.body {
            PartType::Html(html) => Some(html.to_string()),
            _ => None,
        });
        let headers = parsed.headers_raw().map(|(name, value)| (name.into(), value.trim().into())).collect();
        Self {
            id,
            at,
            envelope,
            from: addresses(parsed.from()),
            to: addresses(parsed.to()),
            subject: parsed.subject().unwrap_or_default().into(),
            links: links(&text, html.as_deref().unwrap_or_default()),
            text,
            html,
            headers,
            raw,
        }
    }

    /// Every value of a header, still encoded, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The first link that contains `part`: how a test goes on from a mail.
    #[must_use]
    pub fn link(&self, part: &str) -> Option<&str> {
        self.links.iter().map(String::as_str).find(|link| link.contains(part))
    }
}

fn addresses(header: Option<&mail_parser::Address<'_>>) -> Vec<String> {
    let list = header.into_iter().flat_map(|address| address.iter());
    list.filter_map(|entry| entry.address().map(Into::into)).collect()
}

fn links(text: &str, html: &str) -> Vec<String> {
    let written = text
        .split(|c: char| c.is_whitespace() || "<>\"'()[]".contains(c))
        .map(|word| word.trim_end_matches(['.', ',', ';', ':', '!', '?']).to_owned());
    let linked = html.split("href=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|c| "\"'".contains(*c))?;
        rest.split(quote).nth(1).map(|link| link.replace("&amp;", "&").replace("&#38;", "&"))
    });
    let mut found = Vec::new();
    for link in written.chain(linked) {
        if is_web(&link) && !found.contains(&link) {
            found.push(link);
        }
    }
    found
}

fn is_web(link: &str) -> bool {
    url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::links;

    #[test]
    fn links_are_found_once_and_only_web_links() {
        let text =
            "Look: http://127.0.0.1:3000/i/a?b=1&c=2.\nOr (https://acme.example/x), javascript:alert(1)";
        let html = r#"<a href="http://127.0.0.1:3000/i/a?b=1&amp;c=2">a</a><a href='javascript:alert(1)'>b</a>
            <a href="data:text/html,x">c</a><a href=https://unquoted.example>d</a>"#;
        assert_eq!(links(text, html), ["http://127.0.0.1:3000/i/a?b=1&c=2", "https://acme.example/x"]);
    }
}
