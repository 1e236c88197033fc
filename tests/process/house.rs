//! A database, one organization with its owner, and the program that serves it.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use cordon::db::{
    embedded::{Options, PrivatePostgres},
    migrate,
};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

/// The owner's account and organization.
const ADA: &str = "01920000-0000-7000-8000-00000000000a";
const ACME: &str = "01920000-0000-7000-8000-0000000000ac";

/// A private Postgres that outlives the program.
pub(crate) struct House {
    server: PrivatePostgres,
    root: PathBuf,
    pub(crate) cookie: String,
}

/// The running program.
pub(crate) struct Program {
    child: Child,
    pub(crate) port: u16,
}

impl House {
    pub(crate) async fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("cordon-{name}-{}", std::process::id()));
        let options = Options { durable: false, ..Options::new(&root) };
        let mut server = PrivatePostgres::start(&options).unwrap();
        server.discard_at_exit().unwrap();
        let mut owner = PgConnection::connect(&server.superuser_url("postgres")).await.unwrap();
        sqlx::raw_sql(include_str!("../../src/db/roles.sql")).execute(&mut owner).await.unwrap();
        sqlx::raw_sql("create database cordon owner cordon_owner").execute(&mut owner).await.unwrap();
        owner.close().await.unwrap();
        migrate::run(&server.superuser_url("cordon")).await.unwrap();
        let id = 0x00C0_FFEE_u128.to_be_bytes();
        let backwards: Vec<u8> = id.iter().rev().copied().collect();
        let cookie = format!("cordon={}", BASE64_URL_SAFE_NO_PAD.encode(backwards));
        let house = Self { server, root, cookie };
        house.furnish(&hex::encode(Sha256::digest(id))).await;
        house
    }

    async fn furnish(&self, session: &str) {
        let event = |chain: &str, kind: &str, action: &str| {
            format!(
                r#"{{"chain_id":"{chain}","chain_kind":"{kind}","action":"{action}","actor_kind":"account",
                    "actor_id":"{ADA}","changes":"{{}}","personal":"{{}}","personal_salt":"00"}}"#
            )
        };
        let events =
            format!("[{},{}]", event(ADA, "account", "account.created"), event(ACME, "org", "org.created"));
        self.sql(&format!(
            "begin;
             insert into accounts (id, name, email) values ('{ADA}', 'Ada Lovelace', 'ada@acme.example');
             insert into orgs (id, slug, name, environment, created_by)
               values ('{ACME}', 'acme-staging', 'Acme', 'staging', '{ADA}');
             insert into grants (id, org_id, account_id, role, path, granted_by)
               values (gen_random_uuid(), '{ACME}', '{ADA}', 'owner', 'created', '{ADA}');
             insert into networks (id, org_id, name) values (gen_random_uuid(), '{ACME}', 'default');
             insert into sessions (id_hash, id, account_id, data, expires_at)
               values ('\\x{session}', gen_random_uuid(), '{ADA}', '{{\"account\":\"{ADA}\"}}', now() + interval '1 day');
             set local role cordon_system;
             select audit_append('{events}');
             commit"
        ))
        .await;
    }

    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.server.superuser_url("cordon")).await.unwrap()
    }

    pub(crate) async fn sql(&self, statements: &str) {
        let mut connection = self.connection().await;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The rows of a query with one column of text.
    pub(crate) async fn texts(&self, query: &str) -> Vec<String> {
        let mut connection = self.connection().await;
        let rows = sqlx::raw_sql(AssertSqlSafe(query.to_owned())).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        rows.iter().map(|row| row.get::<Option<String>, _>(0).unwrap_or_default()).collect()
    }

    /// The program with what it needs in its environment, and nothing else.
    fn command(&self, arguments: &[&str], port: u16, smtp: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordon"));
        command
            .args(arguments)
            .env_clear()
            .env("CORDON_BASE_URL", format!("http://localhost:{port}"))
            .env("CORDON_LISTEN", format!("127.0.0.1:{port}"))
            .env("CORDON_SMTP_URL", smtp)
            .env("CORDON_MAIL_FROM", "Cordon <cordon@acme.example>")
            .env("CORDON_GITHUB_CLIENT_ID", "cordon")
            .env("CORDON_GITHUB_CLIENT_SECRET", "not a secret")
            .env("DATABASE_URL", self.server.url("cordon_web", "cordon"))
            .stdin(Stdio::null());
        command
    }

    /// Starts the program and waits until it is ready.
    pub(crate) async fn serve(&self, smtp: &str, more: &[(&str, &str)]) -> Program {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let log = File::options().create(true).append(true).open(self.root.join("log")).unwrap();
        let mut command = self.command(&["serve"], port, smtp);
        command.envs(more.iter().copied()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut program = Program { child: command.spawn().unwrap(), port };
        let began = Instant::now();
        let ready = program.url("/health/ready");
        while reqwest::get(&ready).await.map_or(0, |answer| answer.status().as_u16()) != 200 {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", self.log());
            assert!(program.child.try_wait().unwrap().is_none(), "{}", self.log());
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        program
    }

    /// What the program printed so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.root.join("log")).unwrap_or_default()
    }

    /// Runs a command of the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> (ExitStatus, String) {
        let output = self.command(arguments, 1, "smtp://127.0.0.1:1").output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status, String::from_utf8_lossy(&text).into_owned())
    }
}

impl Program {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// `kill -9`
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// `kill -TERM`
    pub(crate) fn terminate(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }

    /// How it ended, if it did within this time.
    pub(crate) async fn end(&mut self, patience: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        while began.elapsed() < patience {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser with the owner's session; follows nothing by itself.
pub(crate) fn browser(house: &House) -> reqwest::Client {
    let mut headers = http::HeaderMap::new();
    headers.insert(http::header::COOKIE, house.cookie.parse().unwrap());
    headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
    reqwest::Client::builder()
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(15))
        .build()
        .unwrap()
}

/// Invites somebody; the status of the answer.
pub(crate) async fn invite(browser: &reqwest::Client, program: &str, email: &str) -> reqwest::Result<u16> {
    let fields =
        [("emails", email), ("role", "member"), ("ends", "30d"), ("reason", "Looks after the checkout.")];
    let answer = browser.post(format!("{program}/orgs/acme-staging/invites")).form(&fields).send().await?;
    Ok(answer.status().as_u16())
}
