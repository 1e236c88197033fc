//! From the form to the mail to the door, with a real database and a real SMTP conversation.

use http::{Method, StatusCode};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::jobs::{Token, note};
use crate::{
    app::App,
    clock::Clock,
    config::MailConfig,
    features,
    ids::{InvitationId, OrgId},
    jobs::{Attempt, Job as _},
    mail::Mailer,
    sample::{
        Loopback,
        mail::{Mailbox, Mode, serve},
    },
    testing::{Person, Seen, World, audit},
};

/// The world, its post office, and the application that posts there.
struct Scene {
    world: World,
    post: Mailbox,
    app: App,
    stop: CancellationToken,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let post = Mailbox::new(Clock::system());
        let listener = Loopback::bind(0).await.unwrap();
        let stop = CancellationToken::new();
        let mut app = world.app.clone();
        app.mailer = Mailer::new(&MailConfig {
            smtp_url: SecretString::from(format!("smtp://{}", listener.address())),
            from: "Cordon at Acme <cordon@acme.example>".into(),
        });
        tokio::spawn(serve(listener, post.clone(), stop.clone()));
        Self { world, post, app, stop }
    }

    /// Does every job that is due.
    async fn work(&self) {
        features::jobs().run_due(&self.app).await.unwrap();
    }

    /// Makes every waiting job due now, as if its pause were over.
    async fn pass_time(&self) {
        self.world.sql("update graphile_worker._private_jobs set run_at = now()").await;
    }

    async fn invite(&self, by: &Person, email: &str, role: &str) -> Seen {
        self.world.post(Some(by), "/orgs/acme-production/invites", &terms(email, role)).await
    }

    /// Invites, mails, and gives back the path of the mailed link.
    async fn link(&self, email: &str, role: &str) -> String {
        self.post.clear();
        let seen = self.invite(&self.world.ada, email, role).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.body);
        self.work().await;
        self.last_link()
    }

    fn last_link(&self) -> String {
        let messages = self.post.messages();
        let link = messages.last().expect("a mail").link("/invitations/").expect("a link").to_owned();
        path_of(&link)
    }

    /// Opens a link as somebody and looks at the page it leads to.
    async fn open(&self, who: &Person, link: &str) -> Seen {
        let seen = self.world.get(Some(who), link).await;
        assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/invitations/mine"));
        self.world.get(Some(who), "/invitations/mine").await
    }

    async fn accept(&self, who: &Person) -> Seen {
        self.world.post(Some(who), "/invitations/mine/acceptance", &[]).await
    }

    /// Presses a button of the list.
    async fn press(&self, who: &Person, id: &str, act: &str) -> StatusCode {
        let path = format!("/orgs/acme-production/invites/{id}/{act}");
        self.world.post(Some(who), &path, &[]).await.status
    }

    async fn count(&self, query: &str) -> i64 {
        let mut connection = self.world.connection().await;
        #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
        sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await.unwrap()
    }

    async fn text(&self, query: &str) -> String {
        let mut connection = self.world.connection().await;
        #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
        sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await.unwrap()
    }

    async fn state(&self) -> String {
        self.text("select state || ' ' || mail_state from invitations").await
    }

    async fn grants(&self) -> i64 {
        self.count(
            "select count(*) from grants where org_id = (select id from orgs where slug = 'acme-production')",
        )
        .await
    }

    async fn events(&self) -> Vec<String> {
        let all = self.world.events(self.world.acme.uuid()).await;
        all.into_iter().filter(|name| name.starts_with("org.invitation_")).skip(3).collect()
    }

    /// Something done to the rows by hand, with the event that the database demands.
    async fn arrange(&self, statement: &str) {
        let org = self.world.acme;
        self.world.sql(&format!("{statement}; {}", audit(org, self.world.ada.account, "org.updated"))).await;
    }
}

/// A link without its origin, which is ours.
fn path_of(link: &str) -> String {
    let (origin, path) = link.split_at(link.find("/invitations/").expect("a link to an invitation"));
    assert!(origin.starts_with("http://") && origin.ends_with(":8080"), "{link}");
    path.to_owned()
}

fn terms<'a>(email: &'a str, role: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![("emails", email), ("role", role), ("ends", "30d"), ("reason", "On-call cover for checkout.")]
}

#[tokio::test]
async fn hd_8_a_mailed_link_begins_with_our_own_address_whatever_the_request_says() {
    let scene = Scene::new().await;
    let body = serde_html_form::to_string(terms("noor@acme.example", "member")).unwrap();
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "host=evil.example;proto=gopher"),
    ];
    let path = "/orgs/acme-production/invites";
    let seen = scene.world.send(Some(&scene.world.ada), http::Method::POST, path, Some(body), &headers).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.body);
    assert!(!seen.location().contains("evil"));
    scene.work().await;
    let mail = &scene.post.messages()[0];
    assert!(mail.text.contains("http://localhost:8080/invitations/"), "{}", mail.text);
    for part in [Some(&mail.text), mail.html.as_ref()].into_iter().flatten() {
        assert!(!part.contains("evil.example"), "{part}");
    }
}

#[tokio::test]
async fn an_invitation_is_mailed_opened_and_taken() {
    let scene = Scene::new().await;
    let noor = scene.world.person("Noor Haddad", "noor@acme.example").await;
    let before = scene.grants().await;

    let seen = scene.invite(&scene.world.ada, "Noor@Acme.example", "member").await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/orgs/acme-production/invites"));
    assert_eq!(scene.state().await, "waiting pending");
    assert!(scene.post.messages().is_empty(), "the request sends nothing itself");

    scene.work().await;
    assert_eq!(scene.state().await, "waiting sent");
    let mail = &scene.post.messages()[0];
    assert_eq!(mail.envelope.recipients, ["noor@acme.example"]);
    assert_eq!(mail.subject, "Ada Lovelace invites you to acme-production (production)");
    assert!(mail.text.contains("On-call cover for checkout."), "{}", mail.text);
    assert!(mail.html.as_ref().is_some_and(|html| html.contains("PRODUCTION")));

    let link = scene.last_link();
    let page = scene.open(&noor, &link).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in
        ["Join acme-production?", "On-call cover for checkout.", "noor@acme.example", "Ada", "Decline"]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let seen = scene.accept(&noor).await;
    assert_eq!(
        (seen.status, seen.location()),
        (StatusCode::SEE_OTHER, "/orgs/acme-production"),
        "{}",
        seen.body
    );
    assert_eq!(scene.state().await, "joined sent");
    assert_eq!(scene.grants().await, before + 1);
    assert_eq!(
        scene
            .text("select path || ' ' || role || ' ' || reason from grants order by starts_at desc limit 1")
            .await,
        "invitation member On-call cover for checkout."
    );
    assert_eq!(
        scene.events().await,
        ["org.invitation_sent", "org.invitation_mailed", "org.invitation_accepted"]
    );
}

/// A browser that is signed in as nobody.
fn anonymous(like: &Person, seen: &Seen) -> Person {
    let mut cookies = seen.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let cookie = cookies.find_map(|line| line.strip_prefix("cordon=")).expect("a session cookie");
    Person { cookie: cookie.split(';').next().unwrap().to_owned(), ..like.clone() }
}

#[tokio::test]
async fn looking_changes_nothing_and_a_stranger_sees_no_more_than_the_offer() {
    let scene = Scene::new().await;
    let link = scene.link("noor@acme.example", "member").await;
    let (state, events) = (scene.state().await, scene.events().await);
    for _ in 0..5 {
        for method in [Method::GET, Method::HEAD] {
            let seen = scene.world.send(None, method, &link, None, &[]).await;
            assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/invitations/mine"));
            assert!(!format!("{:?}", seen.headers).contains(link.rsplit('/').next().unwrap()));
        }
    }
    assert_eq!((scene.state().await, scene.events().await), (state, events));

    let first = scene.world.get(None, &link).await;
    let browser = anonymous(&scene.world.vera, &first);
    let page = scene.world.get(Some(&browser), "/invitations/mine").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers.get("referrer-policy").unwrap(), "no-referrer");
    for part in
        ["acme-production", "Ada Lovelace", "n…@acme.example", "/sign-in?return_to=%2Finvitations%2Fmine"]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    for secret in ["On-call cover", "noor@", "Grace", link.rsplit('/').next().unwrap()] {
        assert!(!page.body.contains(secret), "{secret}");
    }
    let other = scene.world.get(None, "/invitations/mine").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "another browser has no invitation open");
}

#[tokio::test]
async fn a_link_is_drawn_at_random_and_only_its_hash_is_kept() {
    let scene = Scene::new().await;
    let link = scene.link("noor@acme.example", "member").await;
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(token.len(), 43);
    for forged in [&token[..42], &format!("{}A", &token[..42]), "x", "a'--", "noor@acme.example"] {
        if forged != token {
            assert_eq!(
                scene.world.get(None, &format!("/invitations/{forged}")).await.status,
                StatusCode::NOT_FOUND
            );
        }
    }
    let _ = scene.world.get(None, &link).await;
    for table in [
        "invitations",
        "invitation_links",
        "sessions",
        "audit_events",
        "graphile_worker._private_jobs",
        "grants",
    ] {
        let found = format!("select count(*) from {table} t where t::text like '%{token}%'");
        assert_eq!(scene.count(&found).await, 0, "{table}");
    }
    let hash = hex::encode(Token::parse(token).unwrap().hash());
    let found = format!("select count(*) from invitation_links where encode(token_hash, 'hex') = '{hash}'");
    assert_eq!(scene.count(&found).await, 1);
}

#[tokio::test]
async fn fifty_answers_at_once_join_once() {
    let scene = Scene::new().await;
    let noor = scene.world.person("Noor Haddad", "noor@acme.example").await;
    let before = scene.grants().await;
    let link = scene.link("noor@acme.example", "member").await;
    scene.open(&noor, &link).await;
    let answers = futures_util::future::join_all((0..50).map(|_| scene.accept(&noor))).await;
    let joined = answers.iter().filter(|seen| seen.status == StatusCode::SEE_OTHER).count();
    assert_eq!(joined, 1, "{:?}", answers.iter().map(|seen| seen.status).collect::<Vec<_>>());
    assert_eq!(scene.grants().await, before + 1);
    let accepted = scene.events().await.iter().filter(|name| *name == "org.invitation_accepted").count();
    assert_eq!(accepted, 1);

    let again = scene.open(&noor, &link).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(again.body.contains("You already joined"), "{}", again.body);
    assert_eq!(scene.accept(&noor).await.status, StatusCode::GONE);
    assert_eq!(scene.grants().await, before + 1);
}

#[tokio::test]
async fn only_the_account_with_that_verified_address_joins() {
    let scene = Scene::new().await;
    let lena = scene.world.person("Lena Brandt", "lena@acme.example").await;
    let link = scene.link("noor@acme.example", "member").await;
    let page = scene.open(&lena, &link).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    for part in ["n…@acme.example", "lena@acme.example"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains("noor@") && !page.body.contains("On-call"));
    assert_eq!(scene.accept(&lena).await.status, StatusCode::FORBIDDEN);
    let declined = scene.world.post(Some(&lena), "/invitations/mine/decline", &[]).await;
    assert_eq!(declined.status, StatusCode::FORBIDDEN);
    assert_eq!(scene.state().await, "waiting sent");

    // The right address, but nobody vouches for it.
    let noor = scene.world.person("Noor Haddad", "noor@acme.example").await;
    let chain = OrgId::from(noor.account.uuid());
    let event = audit(chain, noor.account, "account.updated");
    let doubt = format!("update identities set email_verified = false where account_id = '{}'", noor.account);
    scene.world.sql(&format!("{doubt}; {event}")).await;
    scene.open(&noor, &link).await;
    assert_eq!(scene.accept(&noor).await.status, StatusCode::FORBIDDEN);
    let trust = doubt.replace("false", "true");
    scene.world.sql(&format!("{trust}; {event}")).await;
    assert_eq!(scene.accept(&noor).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_invitation_stays_open_through_a_change_of_account() {
    let scene = Scene::new().await;
    let lena = scene.world.person("Lena Brandt", "lena@acme.example").await;
    let link = scene.link("noor@acme.example", "member").await;
    scene.open(&lena, &link).await;
    let seen = scene
        .world
        .post(Some(&lena), "/sign-out", &[("return_to", "/invitations/mine"), ("keep_invitation", "1")])
        .await;
    assert_eq!(seen.location(), "/sign-in?switch=1&return_to=%2Finvitations%2Fmine");
    assert_eq!(
        scene.world.get(Some(&lena), "/orgs/acme-production/invites").await.status,
        StatusCode::SEE_OTHER
    );
    let chain = scene.world.events(lena.account.uuid()).await;
    assert_eq!(chain.last().map(String::as_str), Some("session.ended"));
    let browser = anonymous(&lena, &seen);
    let page = scene.world.get(Some(&browser), "/invitations/mine").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Sign in to answer"));
}

#[tokio::test]
async fn what_is_over_says_why_and_joins_nobody() {
    let scene = Scene::new().await;
    let noor = scene.world.person("Noor Haddad", "noor@acme.example").await;
    let before = scene.grants().await;
    let link = scene.link("noor@acme.example", "member").await;
    scene.open(&noor, &link).await;
    let over = async |words: &str| {
        let page = scene.world.get(Some(&noor), "/invitations/mine").await;
        assert_eq!(page.status, StatusCode::GONE, "{words}");
        assert!(page.body.contains(words), "{words}: {}", page.body);
        assert_eq!(scene.accept(&noor).await.status, StatusCode::GONE, "{words}");
        assert_eq!(scene.grants().await, before);
    };

    scene.arrange("update invitations set expires_at = now() - interval '1 minute'").await;
    over("This link expired on").await;
    super::ExpireInvitations.run(scene.app.clone(), Attempt { last: true }).await.unwrap();
    assert_eq!(scene.state().await, "expired sent");
    assert_eq!(scene.events().await.last().map(String::as_str), Some("org.invitation_expired"));
    over("Ask Ada Lovelace for a new one").await;

    let id = scene.text("select id::text from invitations").await;
    assert_eq!(scene.press(&scene.world.grace, &id, "resend").await, StatusCode::SEE_OTHER);
    assert_eq!(scene.state().await, "waiting pending");
    assert_eq!(
        scene.world.get(Some(&noor), &link).await.status,
        StatusCode::NOT_FOUND,
        "the old link is dead"
    );
    over("A newer mail has the link that works").await;

    scene.work().await;
    let link = scene.last_link();
    scene.open(&noor, &link).await;
    assert_eq!(scene.press(&scene.world.grace, &id, "withdraw").await, StatusCode::SEE_OTHER);
    over("Grace Hopper withdrew this invitation").await;
    assert_eq!(scene.press(&scene.world.ada, &id, "resend").await, StatusCode::CONFLICT);

    let link = scene.link("noor@acme.example", "member").await;
    scene.open(&noor, &link).await;
    scene.arrange("update orgs set deleted_at = now() where slug = 'acme-production'").await;
    over("Its organization was deleted").await;
}

#[tokio::test]
async fn whoever_declines_is_not_inside() {
    let scene = Scene::new().await;
    let noor = scene.world.person("Noor Haddad", "noor@acme.example").await;
    let before = scene.grants().await;
    let link = scene.link("noor@acme.example", "member").await;
    scene.open(&noor, &link).await;
    let seen = scene.world.post(Some(&noor), "/invitations/mine/decline", &[]).await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/orgs"));
    assert_eq!((scene.state().await.as_str(), scene.grants().await), ("declined sent", before));
    assert_eq!(scene.events().await.last().map(String::as_str), Some("org.invitation_declined"));
    assert_eq!(scene.open(&noor, &link).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn an_inviter_who_lost_the_right_leaves_it_to_an_admin() {
    let scene = Scene::new().await;
    let noor = scene.world.person("Noor Haddad", "noor@acme.example").await;
    let before = scene.grants().await;
    assert_eq!(
        scene.invite(&scene.world.grace, "noor@acme.example", "admin").await.status,
        StatusCode::SEE_OTHER
    );
    scene.work().await;
    scene.open(&noor, &scene.last_link()).await;
    let (grace, ada) = (scene.world.grace.account, scene.world.ada.account);
    scene
        .arrange(&format!(
            "update grants set revoked_at = now(), revoked_by = '{ada}' where account_id = '{grace}'
            and org_id = '{}'",
            scene.world.acme
        ))
        .await;
    let seen = scene.accept(&noor).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.body.contains("An admin has to approve this first"), "{}", seen.body);
    assert_eq!((scene.state().await.as_str(), scene.grants().await), ("held sent", before));
    assert_eq!(scene.events().await.last().map(String::as_str), Some("org.invitation_held"));

    let list = scene.world.get(Some(&scene.world.ada), "/orgs/acme-production/invites").await;
    assert!(
        list.body.contains("Needs an admin’s approval") && list.body.contains("Approve"),
        "{}",
        list.body
    );
    let id = scene.text("select id::text from invitations").await;
    let path = format!("/orgs/acme-production/invites/{id}/approve");
    assert_eq!(scene.world.post(Some(&scene.world.ada), &path, &[]).await.status, StatusCode::SEE_OTHER);
    scene.work().await;
    scene.open(&noor, &scene.last_link()).await;
    assert_eq!(scene.accept(&noor).await.status, StatusCode::SEE_OTHER);
    assert_eq!(scene.grants().await, before + 1);
}

#[tokio::test]
async fn nobody_invites_above_their_own_role_or_without_the_right() {
    let scene = Scene::new().await;
    let world = &scene.world;
    assert_eq!(scene.invite(&world.grace, "noor@acme.example", "owner").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        scene.invite(&world.grace, "noor@acme.example", "billing").await.status,
        StatusCode::FORBIDDEN
    );
    for person in [&world.linus, &world.vera] {
        assert_eq!(scene.invite(person, "noor@acme.example", "viewer").await.status, StatusCode::FORBIDDEN);
        assert_eq!(
            world.get(Some(person), "/orgs/acme-production/invites").await.status,
            StatusCode::FORBIDDEN
        );
    }
    assert_eq!(
        scene.invite(&world.mallory, "noor@acme.example", "viewer").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        scene.invite(&world.ada, "noor@acme.example", "root").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    for extra in [("role", "viewer"), ("org_id", "x")] {
        let mut fields = terms("noor@acme.example", "member");
        fields.push(extra);
        let seen = world.post(Some(&world.ada), "/orgs/acme-production/invites", &fields).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let slug = scene
        .text(&format!("select slug from orgs where personal_account_id = '{}'", world.ada.account))
        .await;
    let own = world
        .post(Some(&world.ada), &format!("/orgs/{slug}/invites"), &terms("noor@acme.example", "viewer"))
        .await;
    assert_eq!(own.status, StatusCode::NOT_FOUND);
    assert_eq!(scene.count("select count(*) from invitations").await, 0);
}

#[tokio::test]
async fn an_invitation_of_another_organization_is_not_there() {
    let scene = Scene::new().await;
    let offer = terms("x@evil.example", "member");
    let evil = scene.world.post(Some(&scene.world.mallory), "/orgs/evil-corp/invites", &offer);
    assert_eq!(evil.await.status, StatusCode::SEE_OTHER);
    let id = scene.text("select id::text from invitations").await;
    for (act, id) in [("resend", id.as_str()), ("withdraw", &id), ("approve", &id), ("resend", "nonsense")] {
        let path = format!("/orgs/acme-production/invites/{id}/{act}");
        let seen = scene.world.post(Some(&scene.world.ada), &path, &[]).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{act} {id}");
    }
    let list = scene.world.get(Some(&scene.world.ada), "/orgs/acme-production/invites").await;
    assert!(!list.body.contains("x@evil.example"));
    assert_eq!(scene.state().await, "waiting pending");
}

#[tokio::test]
async fn one_bad_line_and_nobody_is_invited() {
    let scene = Scene::new().await;
    let typed = "noor@acme.example\nnot an address\nezra@acme.example";
    let seen = scene.invite(&scene.world.ada, typed, "member").await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["Line 2: That is not an e-mail address.", "ezra@acme.example", "On-call cover for checkout."]
    {
        assert!(seen.body.contains(part), "{part}: {}", seen.body);
    }
    let seen = scene.invite(&scene.world.ada, "noor@acme.example\nLinus@acme.example", "member").await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.body.contains("Line 2: linus@acme.example is inside already."), "{}", seen.body);
    for odd in [
        "a\u{212A}@x.example",
        "ı@x.example",
        "a＠x.example",
        "\"a b\"@x.example",
        "a@x.example.",
        "a(c)@x.example",
        "a\0@x.example",
    ] {
        assert_eq!(
            scene.invite(&scene.world.ada, odd, "member").await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{odd}"
        );
    }
    let mut bare = terms("noor@acme.example", "member");
    bare.retain(|(name, _)| *name != "reason");
    let seen = scene.world.post(Some(&scene.world.ada), "/orgs/acme-production/invites", &bare).await;
    assert!(seen.body.contains("Production needs a reason."), "{}", seen.body);
    assert_eq!(scene.count("select count(*) from invitations").await, 0);
    assert_eq!(scene.count("select count(*) from graphile_worker._private_jobs").await, 0);
}

#[tokio::test]
async fn two_admins_at_once_make_one_row_and_one_mail() {
    let scene = Scene::new().await;
    let (ada, grace) = (&scene.world.ada, &scene.world.grace);
    let typed = ["NOOR@acme.example", "noor@ACME.example"];
    let sent = (0..20).map(|n| scene.invite(if n % 2 == 0 { ada } else { grace }, typed[n % 2], "member"));
    let answers = futures_util::future::join_all(sent).await;
    assert!(answers.iter().any(|seen| seen.status == StatusCode::SEE_OTHER));
    assert_eq!(scene.count("select count(*) from invitations").await, 1);
    scene.work().await;
    assert_eq!(scene.post.messages().len(), 1);
    assert_eq!(scene.invite(ada, "noor+t@acme.example", "member").await.status, StatusCode::SEE_OTHER);
    assert_eq!(scene.count("select count(*) from invitations").await, 2, "a tagged address is another one");
}

#[tokio::test]
async fn inviting_again_renews_the_row_and_voids_the_old_link() {
    let scene = Scene::new().await;
    let noor = scene.world.person("Noor Haddad", "noor@acme.example").await;
    let old = scene.link("noor@acme.example", "member").await;
    let new = scene.link("noor@acme.example", "viewer").await;
    assert_eq!(
        scene.count("select count(*) from invitations where role = 'viewer' and sending = 2").await,
        1
    );
    assert_eq!(scene.world.get(Some(&noor), &old).await.status, StatusCode::NOT_FOUND);
    assert_eq!(scene.open(&noor, &new).await.status, StatusCode::OK);
    assert!(scene.events().await.contains(&"org.invitation_resent".to_owned()));
}

#[tokio::test]
async fn nothing_tells_whether_an_address_has_an_account() {
    let scene = Scene::new().await;
    scene.world.person("Known Person", "known@acme.example").await;
    let mut flashes = Vec::new();
    for email in ["known@acme.example", "nobody@acme.example"] {
        let preview = format!("/orgs/acme-production/invites/preview?emails={email}");
        let page = scene.world.get(Some(&scene.world.ada), &preview).await;
        assert_eq!(page.status, StatusCode::OK);
        let seen = scene.invite(&scene.world.ada, email, "member").await;
        let flash =
            seen.headers.get("set-cookie").unwrap().to_str().unwrap().replace(&email.replace('@', "%40"), "");
        flashes.push((
            seen.status,
            flash,
            page.body
                .replace(email, "")
                .replace("KN", "")
                .replace("NO", "")
                .replace("known", "")
                .replace("nobody", ""),
        ));
    }
    assert_eq!(flashes[0].0, flashes[1].0);
    assert_eq!(flashes[0].1, flashes[1].1);
}

#[tokio::test]
async fn a_mail_server_that_is_away_delays_and_loses_nothing() {
    let scene = Scene::new().await;
    scene.post.set_mode(Mode::Refuse);
    let seen = scene.invite(&scene.world.ada, "noor@acme.example\nezra@acme.example", "member").await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    scene.work().await;
    assert_eq!(
        scene
            .count("select count(*) from invitations where mail_state = 'pending' and mail_error is not null")
            .await,
        2
    );
    let list = scene.world.get(Some(&scene.world.ada), "/orgs/acme-production/invites").await;
    assert!(list.body.contains("Mail pending: no connection to the mail server"), "{}", list.body);
    scene.work().await;
    assert_eq!(
        scene
            .count("select count(*) from graphile_worker._private_jobs where run_at > now() and attempts = 1")
            .await,
        2
    );

    scene.post.set_mode(Mode::Accept);
    scene.pass_time().await;
    scene.work().await;
    assert_eq!(scene.post.messages().len(), 2);
    assert_eq!(
        scene
            .count("select count(*) from invitations where mail_state = 'sent' and mail_error is null")
            .await,
        2
    );
    assert_eq!(scene.count("select count(*) from graphile_worker._private_jobs").await, 0);
}

#[tokio::test]
async fn a_refused_mail_is_shown_as_failed() {
    let scene = Scene::new().await;
    scene.post.set_mode(Mode::REJECT);
    scene.invite(&scene.world.ada, "gone@acme.example", "member").await;
    scene.work().await;
    assert_eq!(scene.state().await, "waiting failed");
    assert_eq!(scene.events().await.last().map(String::as_str), Some("org.invitation_mail_failed"));
    let list = scene.world.get(Some(&scene.world.ada), "/orgs/acme-production/invites").await;
    assert!(list.body.contains("Mail failed: refused (550)"), "{}", list.body);
    assert!(list.body.contains("Resend"));
}

#[tokio::test]
async fn a_crash_after_sending_repeats_the_mail_once_and_joins_once() {
    let scene = Scene::new().await;
    let noor = scene.world.person("Noor Haddad", "noor@acme.example").await;
    scene.invite(&scene.world.ada, "noor@acme.example", "member").await;
    let id: InvitationId = scene.text("select id::text from invitations").await.parse().unwrap();
    // The first half and the sending happen; then the process is killed and notes nothing.
    let job = super::SendInvitation { id, sending: 1 };
    let (_, letter) = job.write(&scene.app).await.unwrap().expect("something to send");
    scene.app.mailer.send(&letter).await.unwrap();
    scene.work().await;
    scene.work().await;
    let messages = scene.post.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].header("message-id"), messages[1].header("message-id"));
    let links: Vec<String> =
        messages.iter().map(|mail| path_of(mail.link("/invitations/").unwrap())).collect();
    assert_ne!(links[0], links[1]);
    scene.open(&noor, &links[0]).await;
    assert_eq!(scene.accept(&noor).await.status, StatusCode::SEE_OTHER);
    assert_eq!(scene.open(&noor, &links[1]).await.status, StatusCode::GONE);
    // A job whose note was made but whose completion was lost sends nothing more.
    assert!(job.write(&scene.app).await.unwrap().is_none());
}

#[tokio::test]
async fn a_mail_that_was_overtaken_or_withdrawn_is_not_sent() {
    let scene = Scene::new().await;
    scene.invite(&scene.world.ada, "noor@acme.example", "member").await;
    let id: InvitationId = scene.text("select id::text from invitations").await.parse().unwrap();
    let (offer, _) = super::SendInvitation { id, sending: 1 }.write(&scene.app).await.unwrap().unwrap();
    scene.invite(&scene.world.ada, "noor@acme.example", "viewer").await;
    note(&scene.app, &offer, Ok(()), Attempt { last: false }).await.unwrap();
    assert_eq!(
        scene.state().await,
        "waiting pending",
        "the note of the first sending says nothing about the second"
    );
    assert!(super::SendInvitation { id, sending: 1 }.write(&scene.app).await.unwrap().is_none());
    scene
        .world
        .post(Some(&scene.world.ada), &format!("/orgs/acme-production/invites/{id}/withdraw"), &[])
        .await;
    scene.work().await;
    assert!(scene.post.messages().is_empty());
    assert_eq!(scene.state().await, "withdrawn pending");
}

#[tokio::test]
async fn the_list_says_who_invited_whom_and_the_form_offers_what_may_be_given() {
    let scene = Scene::new().await;
    scene.invite(&scene.world.grace, "noor@acme.example", "member").await;
    let list = scene.world.get(Some(&scene.world.ada), "/orgs/acme-production/invites").await;
    assert_eq!(list.status, StatusCode::OK);
    for part in
        ["noor@acme.example", "Invited by Grace Hopper", "Member", "Waiting", "Link works until", "Withdraw"]
    {
        assert!(list.body.contains(part), "{part}: {}", list.body);
    }
    let form = scene.world.get(Some(&scene.world.grace), "/orgs/acme-production/invites/new").await;
    assert!(form.body.contains("value=\"admin\"") && !form.body.contains("value=\"owner\""), "{}", form.body);
    assert!(form.body.contains("value=\"30d\" checked"));
    let headers = [("hx-request", "true")];
    let sheet = scene
        .world
        .send(Some(&scene.world.grace), Method::GET, "/orgs/acme-production/invites/new", None, &headers)
        .await;
    assert!(!sheet.body.contains("<html") && sheet.body.contains("sheet-form"), "{}", sheet.body);
    let path = "/orgs/acme-production/invites/preview?emails=noor%40acme.example%0Anew%40acme.example%0Alinus%40acme.example%0Ax";
    let preview = scene.world.get(Some(&scene.world.ada), path).await;
    for part in [
        "is invited already",
        "new",
        "is inside already",
        "That is not an e-mail address.",
        "6 people have access",
    ] {
        assert!(preview.body.contains(part), "{part}: {}", preview.body);
    }
}
