//! The mail catcher, with the mailer the product uses.

use std::time::{Duration, Instant};

use cordon::sample::{
    Loopback,
    mail::{Mailbox, Mode, Stage, serve, serve_pages},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox as Address, MultiPart},
    transport::smtp::Error,
};
use reqwest::StatusCode;
use tokio_util::sync::CancellationToken;

use crate::{Hands, http};

struct World {
    mailbox: Mailbox,
    mailer: AsyncSmtpTransport<Tokio1Executor>,
    pages: String,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    async fn new() -> Self {
        let (smtp, web) = (Loopback::bind(0).await.unwrap(), Loopback::bind(0).await.unwrap());
        let (mailbox, stop) = (Mailbox::new(Hands::new().clock()), CancellationToken::new());
        let pages = web.url();
        let mailer = AsyncSmtpTransport::<Tokio1Executor>::from_url(&format!("smtp://{}", smtp.address()))
            .unwrap()
            .timeout(Some(Duration::from_secs(2)))
            .build();
        tokio::spawn(serve(smtp, mailbox.clone(), stop.clone()));
        tokio::spawn(serve_pages(web, mailbox.clone(), stop.clone()));
        Self { mailbox, mailer, pages, stop }
    }

    async fn send(&self, subject: &str) -> Result<(), Error> {
        let text = "You are invited.\n.\n..two dots\nLook: http://127.0.0.1:9/invitation/t0k3n?a=1&b=2.\n";
        let html = "<html><head><style>p{color:red}</style></head><body style=\"margin:0\">\
                    <a href=\"http://127.0.0.1:9/invitation/t0k3n?a=1&amp;b=2\">Look</a>\
                    <script>alert(1)</script></body></html>";
        let message = Message::builder()
            .from("Cordon at Acme <cordon@acme.example>".parse().unwrap())
            .to(Address::new(Some("Noor Haddad".into()), "noor.haddad@acme.example".parse().unwrap()))
            .bcc("maren.holt@acme.example".parse().unwrap())
            .subject(subject)
            .multipart(MultiPart::alternative_plain_html(text.to_owned(), html.to_owned()))
            .unwrap();
        self.mailer.send(message).await.map(drop)
    }

    async fn page(&self, path: &str) -> reqwest::Response {
        http().get(format!("{}{path}", self.pages)).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_message_is_read_back_as_it_was_written() {
    let world = World::new().await;
    world.send("Tomás lädt dich ein: 生産").await.unwrap();
    let messages = world.mailbox.wait_for(1).await.unwrap();
    let message = &messages[0];
    assert_eq!(message.subject, "Tomás lädt dich ein: 生産");
    assert_eq!(message.to, ["noor.haddad@acme.example"]);
    assert_eq!(message.from, ["cordon@acme.example"]);
    assert!(message.text.contains("\n.\n..two dots"), "dots survive: {:?}", message.text);
    assert!(message.html.as_ref().unwrap().contains("style=\"margin:0\""));
    assert_eq!(message.links, ["http://127.0.0.1:9/invitation/t0k3n?a=1&b=2"]);
    assert_eq!(message.link("/invitation/"), Some("http://127.0.0.1:9/invitation/t0k3n?a=1&b=2"));
    let envelope = &world.mailbox.envelopes()[0];
    assert_eq!(envelope.from, "cordon@acme.example");
    assert_eq!(envelope.recipients, ["noor.haddad@acme.example", "maren.holt@acme.example"]);
    assert!(message.header("Bcc").is_empty());
}

#[tokio::test]
async fn a_subject_with_line_breaks_adds_no_header_and_no_recipient() {
    let world = World::new().await;
    world.send("Hello\r\nBcc: everyone@acme.example\r\nX-Injected: 1\r\n\r\n<b>body</b>").await.unwrap();
    let messages = world.mailbox.wait_for(1).await.unwrap();
    assert!(messages[0].header("Bcc").is_empty() && messages[0].header("X-Injected").is_empty());
    assert_eq!(messages[0].header("to").len(), 1);
    assert_eq!(messages[0].envelope.recipients.len(), 2);
    let list = world.page("/").await.text().await.unwrap();
    assert!(!list.contains("<b>body"), "{list}");
}

#[tokio::test]
async fn refusals_reach_the_mailer_and_the_next_message_still_arrives() {
    let world = World::new().await;
    for stage in [Stage::Connection, Stage::Recipient, Stage::Message] {
        for code in [451, 550] {
            world.mailbox.set_mode(Mode::Answer(stage, code));
            let before = Instant::now();
            let error = world.send("No").await.unwrap_err();
            assert_eq!((error.is_transient(), error.is_permanent()), (code == 451, code == 550), "{stage:?}");
            assert!(before.elapsed() < Duration::from_secs(1), "{stage:?} {code}: the conversation hung");
            world.mailbox.set_mode(Mode::Accept);
        }
    }
    assert!(world.mailbox.messages().is_empty());
    world.send("Yes").await.unwrap();
    assert_eq!(world.mailbox.wait_for(1).await.unwrap().len(), 1);
    assert_eq!(world.mailbox.stages().count(&Stage::Message), 3);
}

#[tokio::test]
async fn a_server_hangs_up_dawdles_or_does_not_speak() {
    let world = World::new().await;
    world.mailbox.set_mode(Mode::HangUp { kept: false });
    assert!(world.send("Lost").await.is_err());
    assert!(world.mailbox.messages().is_empty());
    world.mailbox.set_mode(Mode::HangUp { kept: true });
    assert!(world.send("Kept, and the mailer cannot know").await.is_err());
    assert_eq!(world.mailbox.wait_for(1).await.unwrap().len(), 1);
    world.mailbox.set_mode(Mode::Refuse);
    assert!(world.send("Refused").await.is_err());
    world.mailbox.clear();
    world.mailbox.set_mode(Mode::Slow(Duration::from_millis(100)));
    let before = Instant::now();
    world.send("Slow").await.unwrap();
    assert!(before.elapsed() >= Duration::from_millis(300));
    assert_eq!(world.mailbox.wait_for(1).await.unwrap()[0].subject, "Slow");
}

#[tokio::test]
async fn the_last_two_hundred_are_kept() {
    let world = World::new().await;
    futures_util::future::try_join_all((0..205).map(|_| world.send("One of many"))).await.unwrap();
    let messages = world.mailbox.wait_for(205).await.unwrap();
    assert_eq!(messages.iter().map(|message| message.id).collect::<Vec<_>>(), (6..=205).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_pages_show_a_message_and_cage_its_html() {
    let world = World::new().await;
    assert!(world.page("/").await.text().await.unwrap().contains("No mail yet."));
    world.send("<i>Invitation</i>").await.unwrap();
    let list = world.page("/").await.text().await.unwrap();
    assert!(list.contains("/mails/1") && !list.contains("<i>"));
    let mail = world.page("/mails/1").await;
    assert!(mail.headers()["content-security-policy"].to_str().unwrap().ends_with("frame-src 'self'"));
    let mail = mail.text().await.unwrap();
    assert!(mail.contains("href=\"http://127.0.0.1:9/invitation/t0k3n?a=1&#38;b=2\""), "{mail}");
    assert!(mail.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    let html = world.page("/mails/1/html").await;
    let policy = html.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; img-src data:;"), "{policy}");
    assert!(policy.contains("; sandbox ") && !policy.contains("script"));
    assert!(html.text().await.unwrap().contains("<body style=\"margin:0\">"));
    let raw = world.page("/mails/1/raw").await;
    assert_eq!(raw.headers()["content-type"], "text/plain; charset=utf-8");
    for path in ["/mails/2", "/mails/x", "/mails/1/nothing", "/mails/18446744073709551616"] {
        assert_eq!(world.page(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
