//! Named people in two organizations, and what they see when they ask.

use std::sync::LazyLock;

use axum::{Router, body::Body};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use secrecy::SecretString;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tower::ServiceExt as _;
use tower_sessions::{
    SessionStore as _,
    session::{Id, Record},
};

use super::database::TestDatabase;
use crate::{
    app::App,
    auth::oauth::{ProviderConfig, Providers},
    clock::Clock,
    config::{Config, MailConfig, WebConfig},
    db::{
        Database, PoolSettings,
        audit::{Actor, Origin},
        sessions::PgSessions,
    },
    features::sign_in::{Arrival, enroll},
    ids::{AccountId, GrantId, OrgId},
    role::Role,
    web::routes::Route,
};

/// Somebody with an account and a session.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The account.
    pub(crate) account: AccountId,
    /// "Ada Lovelace"
    pub(crate) name: String,
    /// "ada@acme.example", verified.
    pub(crate) email: String,
    /// The value of the session cookie.
    pub(crate) cookie: String,
}

/// A fresh installation: `ada` owner, `grace` admin, `linus` member, `vera` viewer of acme-production;
/// `mallory` owner of evil-corp and of nothing else.
pub(crate) struct World {
    /// The application.
    pub(crate) app: App,
    /// Owner of acme-production.
    pub(crate) ada: Person,
    /// Admin of acme-production.
    pub(crate) grace: Person,
    /// Member of acme-production.
    pub(crate) linus: Person,
    /// Viewer of acme-production.
    pub(crate) vera: Person,
    /// Of another organization.
    pub(crate) mallory: Person,
    /// acme-production
    pub(crate) acme: OrgId,
    /// evil-corp
    pub(crate) evil: OrgId,
    router: Router,
    database: TestDatabase,
    look: tokio::sync::Mutex<Option<PgConnection>>,
}

/// What a world is made of beside its people.
pub(super) struct Setup {
    pub(super) connections: u32,
    pub(super) base_url: url::Url,
    pub(super) providers: Vec<ProviderConfig>,
    pub(super) clock: Clock,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            connections: 4,
            base_url: "http://localhost:8080".parse().unwrap(),
            providers: Vec::new(),
            clock: Clock::system(),
        }
    }
}

/// The header in which a request of a test says where it comes from.
pub(crate) const ADDRESS: &str = "fly-client-ip";

/// What came back.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: http::HeaderMap,
    /// The body as text.
    pub(crate) body: String,
}

impl World {
    /// Makes it.
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    /// Makes it with so many connections to the database.
    pub(crate) async fn with_connections(connections: u32) -> Self {
        Self::with(Setup { connections, ..Setup::default() }).await
    }

    /// Makes it somewhere else, or with providers.
    pub(super) async fn with(setup: Setup) -> Self {
        let database = TestDatabase::new().await;
        let db =
            Database::new(&PoolSettings { url: database.url(), connections: setup.connections }).unwrap();
        let config = Config {
            web: WebConfig {
                base_url: setup.base_url,
                listen: "127.0.0.1:0".parse().unwrap(),
                client_address_header: Some(http::HeaderName::from_static(ADDRESS)),
                static_dir: None,
            },
            mail: MailConfig {
                smtp_url: SecretString::from("smtp://127.0.0.1:1"),
                from: "Cordon <cordon@acme.example>".into(),
            },
        };
        let clock = setup.clock;
        let http = crate::auth::oauth::http_client().unwrap();
        let providers = Providers::new(setup.providers, &config.web.base_url, http, clock.clone()).unwrap();
        let app = App::new(db, config, providers, clock);
        let router = app.router().unwrap();
        let mut people = Vec::new();
        for (name, email) in [
            ("Ada Lovelace", "ada@acme.example"),
            ("Grace Hopper", "grace@acme.example"),
            ("Linus Member", "linus@acme.example"),
            ("Vera Viewer", "vera@acme.example"),
            ("Mallory Stranger", "mallory@evil.example"),
        ] {
            people.push(sign_in(&app, name, email).await);
        }
        let [ada, grace, linus, vera, mallory] = <[Person; 5]>::try_from(people).unwrap();
        let mut world = Self {
            acme: OrgId::new(),
            evil: OrgId::new(),
            app,
            ada,
            grace,
            linus,
            vera,
            mallory,
            router,
            database,
            look: tokio::sync::Mutex::default(),
        };
        world.acme = world.org(&world.ada, "acme-production", "production").await;
        world.evil = world.org(&world.mallory, "evil-corp", "staging").await;
        for (person, role) in
            [(&world.grace, Role::Admin), (&world.linus, Role::Member), (&world.vera, Role::Viewer)]
        {
            world.grant(world.acme, person, role).await;
        }
        world
    }

    /// Somebody new with an account, a verified address and a session.
    pub(crate) async fn person(&self, name: &str, email: &str) -> Person {
        sign_in(&self.app, name, email).await
    }

    /// An organization owned by this person.
    pub(crate) async fn org(&self, owner: &Person, slug: &str, environment: &str) -> OrgId {
        let id = OrgId::new();
        self.sql(&format!(
            "insert into orgs (id, slug, name, environment, created_by) values ('{id}', '{slug}', '{slug}', '{environment}', '{owner}');
             insert into grants (id, org_id, account_id, role, path, granted_by) values ('{grant}', '{id}', '{owner}', 'owner', 'created', '{owner}');
             insert into networks (id, org_id, name) values ('{network}', '{id}', 'default');
             {audit}",
            owner = owner.account,
            grant = GrantId::new(),
            network = crate::ids::NetworkId::new(),
            audit = audit(id, owner.account, "org.created"),
        ))
        .await;
        id
    }

    /// A standing grant, as if by invitation of ada.
    pub(crate) async fn grant(&self, org: OrgId, person: &Person, role: Role) -> GrantId {
        let id = GrantId::new();
        self.sql(&format!(
            "insert into grants (id, org_id, account_id, role, path, reason, granted_by)
             values ('{id}', '{org}', '{account}', '{role}', 'invitation', 'Runs the checkout.', '{ada}'); {audit}",
            account = person.account,
            role = role.key(),
            ada = self.ada.account,
            audit = audit(org, self.ada.account, "org.invitation_accepted"),
        ))
        .await;
        id
    }

    /// Two organizations of one project: the first becomes the other's counterpart.
    pub(crate) async fn pair(&self, one: OrgId, other: OrgId) {
        let id = crate::ids::ProjectId::new();
        self.sql(&format!(
            "insert into projects (id, name) values ('{id}', 'pair'); {}; {}
             update orgs set project_id = '{id}' where id in ('{one}', '{other}')",
            audit(one, self.ada.account, "org.updated"),
            audit(other, self.ada.account, "org.updated") + ";",
        ))
        .await;
    }

    /// A release of an app, as if a token had reported it.
    pub(crate) async fn release(&self, app: &str, version: &str, status: &str) {
        let id = crate::ids::ReleaseId::new();
        let org = {
            let mut connection = self.connection().await;
            #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
            sqlx::query_scalar::<_, uuid::Uuid>("select org_id from apps where name = $1")
                .bind(app)
                .fetch_one(&mut connection)
                .await
                .unwrap()
        };
        self.sql(&format!(
            "insert into releases (id, org_id, app_id, seq, version, commit, status, finished_at, token_name)
             select '{id}', org_id, id, coalesce(latest_seq, 0) + 1, '{version}', left(md5('{version}'), 12), '{status}',
               case when '{status}' <> 'started' then cordon_now() end, 'github-actions' from apps where name = '{app}';
             {}",
            audit(org.into(), self.ada.account, "app.release_succeeded"),
        ))
        .await;
    }

    /// Statements in one transaction, with every right and row-level security's system role: to arrange what no page
    /// can, such as the past. Tenant rows still need their event ([`audit`]).
    pub(crate) async fn sql(&self, statements: &str) {
        let mut connection = self.connection().await;
        let batch = format!("begin; {statements}; commit");
        sqlx::raw_sql(AssertSqlSafe(batch)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// A superuser's connection, to look at what is really there.
    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.database.superuser_url()).await.unwrap()
    }

    /// The URL that `cordon serve` would use.
    pub(crate) fn database_url(&self) -> String {
        self.database.url()
    }

    /// The names of the events of a chain, oldest first.
    pub(crate) async fn events(&self, chain: uuid::Uuid) -> Vec<String> {
        let mut connection = self.connection().await;
        #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
        sqlx::query_scalar("select action from audit_events where chain_id = $1 order by seq")
            .bind(chain)
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }

    /// The service, to be put behind a listener.
    pub(crate) fn router(&self) -> axum::Router {
        self.router.clone()
    }

    /// A GET, signed in as somebody or as nobody.
    pub(crate) async fn get(&self, who: Option<&Person>, path: &str) -> Seen {
        self.send(who, Method::GET, path, None, &[]).await
    }

    /// A form sent by a page of ours.
    pub(crate) async fn post(&self, who: Option<&Person>, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body = serde_html_form::to_string(fields).unwrap();
        self.send(who, Method::POST, path, Some(body), &[("sec-fetch-site", "same-origin")]).await
    }

    /// Any request.
    pub(crate) async fn send(
        &self,
        who: Option<&Person>,
        method: Method,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Seen {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
        if let Some(person) = who {
            request =
                request.header(header::COOKIE, format!("{}={}", self.app.config.web.cookie(), person.cookie));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let has_type = headers.iter().any(|(name, _)| *name == "content-type");
        if body.is_some() && !has_type {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let route = declared(request.method(), request.uri().path());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        if let Some((route, events)) = route {
            self.assert_declared(&parts.headers, &route, &events).await;
        }
        Seen {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

impl World {
    /// Whatever a request wrote, its line in the route table must name.
    async fn assert_declared(&self, headers: &http::HeaderMap, route: &str, events: &[&'static str]) {
        let request = headers["x-request-id"].to_str().unwrap().to_owned();
        let mut look = self.look.lock().await;
        if look.is_none() {
            *look = Some(self.connection().await);
        }
        #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
        let written: Vec<String> =
            sqlx::query_scalar("select action from audit_events where request_id::text = $1")
                .bind(request.trim_start_matches("req_"))
                .fetch_all(look.as_mut().unwrap())
                .await
                .unwrap();
        for action in written {
            assert!(
                events.contains(&action.as_str()),
                "{route} wrote {action}, which its route does not name"
            );
        }
    }
}

/// The route behind a request that may write, with the events that it declares.
fn declared(method: &Method, path: &str) -> Option<(String, Vec<&'static str>)> {
    static TABLE: LazyLock<Vec<Route>> = LazyLock::new(|| crate::features::routes().table);
    let same = |route: &&Route| {
        let (mut pattern, mut parts) = (route.path.split('/'), path.split('/'));
        loop {
            match (pattern.next(), parts.next()) {
                (None, None) => return true,
                (Some(wanted), Some(part)) if wanted.starts_with('{') || wanted == part => {}
                _ => return false,
            }
        }
    };
    let of_method = TABLE.iter().filter(|route| route.method == method.as_str());
    // The more words of its own, the better a route fits: `/sign-out` before `/{anything}`.
    let best = of_method.filter(same).min_by_key(|route| route.path.matches('{').count())?;
    let may_write = *method != Method::GET || !best.events.is_empty();
    may_write.then(|| (format!("{method} {}", best.path), best.events.clone()))
}

impl Seen {
    /// Where a redirect goes.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }
}

/// The statement that records an event, for [`World::sql`].
pub(crate) fn audit(org: OrgId, actor: AccountId, action: &str) -> String {
    let event = json!([{
        "chain_id": org.uuid(), "chain_kind": "org", "action": action, "actor_kind": "account",
        "actor_id": actor.uuid(), "changes": "{}", "personal": "{}", "personal_salt": "00",
    }]);
    format!("set local role cordon_system; select audit_append('{event}'); reset role")
}

async fn sign_in(app: &App, name: &str, email: &str) -> Person {
    let arrival = Arrival {
        provider: "test".into(),
        subject: email.to_owned(),
        name: name.to_owned(),
        email: Some((email.to_owned(), true)),
    };
    let mut tx = app.db.system_write().await.unwrap();
    let (account, events) = enroll(&mut tx, &arrival).await.unwrap();
    let mut events = events.into_iter();
    let first = events.next().expect("a new account leaves events");
    let all = crate::db::audit::All(first, events.collect());
    tx.commit(Actor::Account(account), &Origin::default(), all).await.unwrap();
    let id = Id(i128::from_be_bytes(crate::ids::random_bytes::<16>().unwrap()));
    let data = serde_json::from_value(json!({ "account": account, "provider": "test" })).unwrap();
    let mut record =
        Record { id, data, expiry_date: time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(40_000) };
    PgSessions(app.db.clone()).create(&mut record).await.unwrap();
    Person { account, name: name.to_owned(), email: email.to_owned(), cookie: id.to_string() }
}
