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
    jobs::Attempt,
    mail::Mailer,
    role::Role,
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
        link.strip_prefix("http://cordon.localhost:8080").expect("our origin").to_owned()
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
        self.count("select count(*) from grants where org_id = (select id from orgs where slug = 'acme-production')")
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

fn terms<'a>(email: &'a str, role: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![("emails", email), ("role", role), ("ends", "30d"), ("reason", "On-call cover for checkout.")]
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
    for part in ["Join acme-production?", "On-call cover for checkout.", "noor@acme.example", "Ada", "Decline"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let seen = scene.accept(&noor).await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/orgs/acme-production"), "{}", seen.body);
    assert_eq!(scene.state().await, "joined sent");
    assert_eq!(scene.grants().await, before + 1);
    assert_eq!(
        scene.text("select path || ' ' || role || ' ' || reason from grants order by starts_at desc limit 1").await,
        "invitation member On-call cover for checkout."
    );
    assert_eq!(
        scene.events().await,
        ["org.invitation_sent", "org.invitation_mailed", "org.invitation_accepted"]
    );
}
