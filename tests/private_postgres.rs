//! The private Postgres through crashes: real servers in throw-away folders, one per test.

#![expect(clippy::unwrap_used, reason = "in a test's helpers too, what fails fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use cordon::db::embedded::{EmbeddedError, Options, PrivatePostgres};
use sqlx::{Connection as _, PgConnection, Row as _};

/// A folder that no other test uses, deleted at the end. Not made yet: that is the launcher's work.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        Self(std::env::temp_dir().join(format!("cordon-{test}-{}", std::process::id())))
    }

    fn options(&self) -> Options {
        Options { durable: false, max_connections: 20, ..Options::new(&self.0) }
    }

    fn start(&self) -> PrivatePostgres {
        let mut server = PrivatePostgres::start(&self.options()).unwrap();
        server.discard_at_exit().unwrap();
        server
    }

    /// Starts a server that outlives its value, as a durable one does.
    fn start_to_be_left(&self) -> PrivatePostgres {
        PrivatePostgres::start(&self.options()).unwrap()
    }

    fn server_process(&self) -> rustix::process::Pid {
        let file = fs::read_to_string(self.0.join("data/postmaster.pid")).unwrap();
        rustix::process::Pid::from_raw(file.lines().next().unwrap().trim().parse().unwrap()).unwrap()
    }
}

async fn run(server: &PrivatePostgres, sql: &'static str) {
    let mut session = PgConnection::connect(&server.superuser_url("postgres")).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut session).await.unwrap();
    session.close().await.unwrap();
}

async fn number(server: &PrivatePostgres, sql: &'static str) -> i64 {
    let mut session = PgConnection::connect(&server.superuser_url("postgres")).await.unwrap();
    let row = sqlx::raw_sql(sql).fetch_one(&mut session).await.unwrap();
    session.close().await.unwrap();
    row.get(0)
}

const MAKE: &str = "create table kept (n bigint); insert into kept values (1), (2)";
const COUNT: &str = "select count(*) from kept";

#[tokio::test]
async fn a_restart_keeps_the_rows() {
    let folder = Folder::new("restart");
    let server = folder.start_to_be_left();
    assert!(!server.adopted());
    run(&server, MAKE).await;
    server.stop().unwrap();
    assert!(!folder.0.join("data/postmaster.pid").exists());

    let server = folder.start();
    assert!(!server.adopted());
    assert_eq!(number(&server, COUNT).await, 2);
}

#[tokio::test]
async fn a_server_left_running_is_adopted() {
    let folder = Folder::new("adopt");
    let server = folder.start_to_be_left();
    run(&server, MAKE).await;
    let before = folder.server_process();
    drop(server);

    let server = folder.start();
    assert!(server.adopted());
    assert_eq!(folder.server_process(), before);
    assert_eq!(number(&server, COUNT).await, 2);
}

#[tokio::test]
async fn other_settings_restart_a_server_left_running() {
    let folder = Folder::new("settings");
    drop(folder.start_to_be_left());
    let mut server = PrivatePostgres::start(&Options { max_connections: 33, ..folder.options() }).unwrap();
    server.discard_at_exit().unwrap();
    assert!(!server.adopted());
    assert_eq!(number(&server, "select current_setting('max_connections')::bigint").await, 33);
}

#[tokio::test]
async fn a_killed_server_recovers() {
    let folder = Folder::new("killed");
    let durable = Options::new(&folder.0);
    let server = PrivatePostgres::start(&durable).unwrap();
    run(&server, MAKE).await;
    rustix::process::kill_process(folder.server_process(), rustix::process::Signal::KILL).unwrap();
    drop(server);

    // At once: its children may still be there, and it may stay a zombie for ever.
    let server = PrivatePostgres::start(&durable).unwrap();
    assert!(!server.adopted());
    assert_eq!(number(&server, COUNT).await, 2);
    server.stop().unwrap();
    fs::remove_dir_all(&folder.0).unwrap();
}

#[tokio::test]
async fn a_pid_file_that_names_a_stranger_is_cleared_away() {
    let folder = Folder::new("stranger");
    let server = folder.start_to_be_left();
    run(&server, MAKE).await;
    let pid_file = folder.0.join("data/postmaster.pid");
    let before = fs::read_to_string(&pid_file).unwrap();
    server.stop().unwrap();
    let (_, rest) = before.split_once('\n').unwrap();
    fs::write(&pid_file, format!("{}\n{rest}", std::process::id())).unwrap();

    let server = folder.start();
    assert_eq!(number(&server, COUNT).await, 2);
}

#[test]
fn two_owners_at_once_are_refused_and_a_guest_is_let_in() {
    let folder = Folder::new("two");
    assert!(PrivatePostgres::beside(&folder.options()).unwrap().is_none());
    let server = folder.start();
    let refused = PrivatePostgres::start(&folder.options()).unwrap_err();
    assert!(matches!(refused, EmbeddedError::InUse { .. }), "{refused}");
    assert!(refused.to_string().contains("in use by another process"));

    let guest = PrivatePostgres::beside(&folder.options()).unwrap().unwrap();
    assert_eq!(guest.url("app", "cordon"), server.url("app", "cordon"));
    guest.stop().unwrap();
    assert!(PrivatePostgres::beside(&folder.options()).unwrap().is_some(), "a guest stops nothing");
}

#[test]
fn an_interrupted_first_start_is_begun_again() {
    let folder = Folder::new("interrupted");
    fs::create_dir_all(folder.0.join("data.new/base")).unwrap();
    drop(folder.start());
}

#[test]
fn a_throw_away_server_goes_with_its_owner() {
    let folder = Folder::new("discard");
    drop(folder.start());
    let since = Instant::now();
    while folder.0.exists() && since.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!folder.0.exists());
}

#[test]
fn a_durable_cluster_is_not_thrown_away() {
    let folder = Folder::new("durable");
    let mut server = PrivatePostgres::start(&Options::new(&folder.0)).unwrap();
    assert!(matches!(server.discard_at_exit(), Err(EmbeddedError::Durable)));
    server.stop().unwrap();
    let mut server = PrivatePostgres::start(&folder.options()).unwrap();
    assert!(matches!(server.discard_at_exit(), Err(EmbeddedError::Durable)));
    server.stop().unwrap();
    fs::remove_dir_all(&folder.0).unwrap();
}

#[test]
fn nobody_else_may_look_into_the_cluster() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("closed");
    let server = folder.start();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(server.socket_folder()), 0o700);
    assert_eq!(mode(&folder.0.join("data")), 0o700);
}

#[test]
fn a_folder_that_the_servers_user_cannot_reach_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    if !rustix::process::geteuid().is_root() {
        return; // Only root runs Postgres as somebody else.
    }
    let folder = Folder::new("shut");
    fs::create_dir_all(&folder.0).unwrap();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
    let error = PrivatePostgres::start(&Options::new(folder.0.join("inner"))).unwrap_err();
    fs::remove_dir_all(&folder.0).unwrap();
    assert!(
        matches!(&error, EmbeddedError::NotSearchable { folder: shut, .. } if *shut == folder.0),
        "{error}"
    );
}
