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

/// A server that answers nobody.
async fn silent() -> MailConfig {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    MailConfig { smtp_url: SecretString::from(format!("smtp://{address}")), from: "c@acme.example".into() }
}

#[tokio::test]
async fn a_server_that_hangs_or_dawdles_ends_in_time() {
    let config = silent().await;
    let second = Duration::from_secs(1);
    let began = std::time::Instant::now();
    let error = Mailer::with_patience(&config, second / 2).send(&letter()).await.unwrap_err();
    assert_eq!((error.permanent, error.class.as_str()), (false, "no answer in time"));
    assert!(began.elapsed() < second * 5, "{:?}", began.elapsed());
    // Every answer in time, and yet too slow in all.
    let (_, post) = post().await;
    let listener = Loopback::bind(0).await.unwrap();
    let url = SecretString::from(format!("smtp://{}", listener.address()));
    tokio::spawn(serve(listener, post.clone(), CancellationToken::new()));
    post.set_mode(Mode::Slow(second / 4));
    let mailer = Mailer::with_patience(&MailConfig { smtp_url: url, ..config }, second / 2);
    assert_eq!(mailer.send(&letter()).await.unwrap_err().class, "no answer in time");
}

#[tokio::test]
async fn a_slow_server_delays_no_request_and_no_other_mail_for_ever() {
    let world = crate::testing::World::new().await;
    let (post, listener) = (Box::new(Clock::system()), Loopback::bind(0).await.unwrap());
    let config = MailConfig {
        smtp_url: SecretString::from(format!("smtp://{}", listener.address())),
        from: "Cordon at Acme <cordon@acme.example>".into(),
    };
    tokio::spawn(serve(listener, post.clone(), CancellationToken::new()));
    post.set_mode(Mode::Slow(Duration::from_mins(1)));
    let mut app = world.app.clone();
    app.mailer = Mailer::with_patience(&config, Duration::from_secs(2));
    let worker = crate::jobs::Worker::start(app, crate::features::jobs);
    let invite = async |number: usize| {
        let email = format!("guest{number}@acme.example");
        let fields = [
            ("emails", email.as_str()),
            ("role", "member"),
            ("ends", "30d"),
            ("reason", "Looks after the checkout."),
        ];
        let began = std::time::Instant::now();
        let seen = world.post(Some(&world.ada), "/orgs/acme-production/invites", &fields).await;
        assert_eq!(seen.status, 303, "{}", seen.body);
        began.elapsed()
    };
    let mut slowest = Duration::ZERO;
    for number in 0..6 {
        slowest = slowest.max(invite(number).await);
    }
    let mut late = false;
    for _ in 0..60 {
        let began = std::time::Instant::now();
        let page = world.get(Some(&world.ada), "/orgs/acme-production/invites").await;
        slowest = slowest.max(began.elapsed());
        late |= page.body.contains("no answer in time");
        if late {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(late, "the list says why the mail is late");
    assert!(slowest < Duration::from_secs(2), "a request waited for the mail server: {slowest:?}");
    post.set_mode(Mode::Accept);
    invite(6).await;
    for _ in 0..300 {
        if post.messages().len() >= 7 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut reached: Vec<_> = post.messages().iter().flat_map(|message| message.to.clone()).collect();
    reached.sort();
    reached.dedup();
    assert_eq!(reached.len(), 7, "every mail goes out once the server is well: {reached:?}");
    worker.stop().await;
}

/// IV-14, through the whole product: names that no form of ours takes, as an older version might have left them.
#[tokio::test]
async fn the_mail_of_a_hostile_organization_has_one_reader_and_no_markup() {
    let world = crate::testing::World::new().await;
    let (post, listener) = (Box::new(Clock::system()), Loopback::bind(0).await.unwrap());
    let config = MailConfig {
        smtp_url: SecretString::from(format!("smtp://{}", listener.address())),
        from: "Cordon at Acme <cordon@acme.example>".into(),
    };
    tokio::spawn(serve(listener, post.clone(), CancellationToken::new()));
    let mut app = world.app.clone();
    app.mailer = Mailer::new(&config);
    let hostile = "E'<img src=x>\\r\\nBcc: mallory@evil.example\\r\\n\\u202Ehttps://evil.example/'";
    let (ada, acme) = (world.ada.account, world.acme);
    let account = format!(
        "set local role cordon_system; select audit_append(jsonb_build_array(jsonb_build_object(
           'chain_id', '{ada}', 'chain_kind', 'account', 'action', 'account.updated', 'actor_kind', 'system',
           'changes', '{{}}', 'personal', '{{}}', 'personal_salt', '00'))); reset role"
    );
    world
        .sql(&format!(
            "update orgs set name = {hostile}, description = {hostile} where id = '{acme}';
             update accounts set name = {hostile} where id = '{ada}'; {account}; {}",
            crate::testing::audit(acme, ada, "org.updated")
        ))
        .await;
    let fields = [
        ("emails", "noor@acme.example"),
        ("role", "member"),
        ("ends", "30d"),
        ("reason", "<b>On call</b>, https://evil.example/"),
    ];
    let seen = world.post(Some(&world.ada), "/orgs/acme-production/invites", &fields).await;
    assert_eq!(seen.status, 303, "{}", seen.body);
    crate::features::jobs().run_due(&app).await.unwrap();
    let messages = post.messages();
    assert_eq!(messages.len(), 1);
    assert_clean(&messages[0]);
    let html = messages[0].html.clone().unwrap();
    assert!(!html.contains("<img") && !html.contains("<b>On call"), "{html}");
    for link in &messages[0].links {
        if messages[0].html.as_ref().is_some_and(|html| html.contains(&format!("href=\"{link}"))) {
            assert!(link.starts_with("http://localhost:8080/"), "{link}");
        }
    }
}
