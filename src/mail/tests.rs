//! What a mail server sees of hostile text.

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    clock::Clock,
    sample::{
        Loopback,
        mail::{Mailbox as Box, Message, Mode, Stage, serve},
    },
};

async fn post() -> (Mailer, Box) {
    let (post, listener) = (Box::new(Clock::system()), Loopback::bind(0).await.unwrap());
    let config = MailConfig {
        smtp_url: SecretString::from(format!("smtp://{}", listener.address())),
        from: "Cordon at Acme <cordon@acme.example>".into(),
    };
    tokio::spawn(serve(listener, post.clone(), CancellationToken::new()));
    (Mailer::new(&config), post)
}

fn letter() -> Letter {
    Letter {
        to: "noor@acme.example".into(),
        reply_to: Some(("Ada Lovelace".into(), "ada@acme.example".into())),
        subject: "Hello".into(),
        message_id: "invitation-1-1@cordon.acme.example".into(),
        text: "Text".into(),
        html: "<p>Text</p>".into(),
    }
}

fn assert_clean(message: &Message) {
    assert_eq!(message.envelope.recipients, ["noor@acme.example"]);
    assert_eq!(message.envelope.from, "cordon@acme.example");
    let mut names: Vec<String> = message.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    let expected =
        ["content-type", "date", "from", "message-id", "mime-version", "reply-to", "subject", "to"];
    let top: Vec<&String> = names.iter().filter(|name| *name != "content-transfer-encoding").collect();
    assert_eq!(top, expected);
    assert_eq!(message.to, ["noor@acme.example"]);
    assert_eq!(message.from, ["cordon@acme.example"]);
}

#[tokio::test]
async fn hostile_text_makes_no_header_and_no_recipient() {
    let (mailer, post) = post().await;
    let long = "x".repeat(10_000);
    let hostile = [
        "Ada\r\nBcc: mallory@evil.example",
        "Ada\nTo: mallory@evil.example\n\nbody",
        "\r\n.\r\nMAIL FROM:<x@evil.example>",
        "<script>alert(1)</script> \u{202E}evil",
        "Ünï ⚠ https://evil.example",
        long.as_str(),
        "-oX",
        "",
    ];
    for text in hostile {
        post.clear();
        let letter = Letter {
            subject: text.into(),
            reply_to: Some((text.into(), "ada@acme.example".into())),
            text: format!("{text}\r\n.\r\nafter the dot"),
            html: format!("<p>{text}</p>\r\n.\r\n"),
            ..letter()
        };
        mailer.send(&letter).await.unwrap();
        let messages = post.messages();
        assert_eq!(messages.len(), 1, "{text:.40}");
        assert_clean(&messages[0]);
        assert!(messages[0].text.contains("after the dot"), "{text:.40}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_reaches_nobody() {
    let (mailer, post) = post().await;
    for to in [
        "a@x.example\r\nBcc: b@x.example",
        "a@x.example, b@x.example",
        "",
        "-oX",
        "a@x.example>\r\nRCPT TO:<b@x.example",
    ] {
        let error = mailer.send(&Letter { to: to.into(), ..letter() }).await.unwrap_err();
        assert!(error.permanent, "{to}");
    }
    assert!(post.messages().is_empty());
}

#[tokio::test]
async fn what_is_said_of_a_fault_is_ours_and_tells_now_from_never() {
    let (mailer, post) = post().await;
    for (mode, permanent, class) in [
        (Mode::REJECT, true, "refused (550)"),
        (Mode::BUSY, false, "not taken now (451)"),
        (Mode::Answer(Stage::Connection, 421), false, "not taken now (421)"),
        (Mode::Refuse, false, "no connection to the mail server"),
    ] {
        post.set_mode(mode);
        let error = mailer.send(&letter()).await.unwrap_err();
        assert_eq!((error.permanent, error.class.as_str()), (permanent, class), "{mode:?}");
    }
    post.set_mode(Mode::Accept);
    mailer.send(&letter()).await.unwrap();
    assert_clean(&post.messages()[0]);
}

#[tokio::test]
async fn without_a_server_a_letter_waits() {
    let config =
        MailConfig { smtp_url: SecretString::from("smtp://127.0.0.1:1"), from: "c@acme.example".into() };
    let error = Mailer::new(&config).send(&letter()).await.unwrap_err();
    assert!(!error.permanent);
}
