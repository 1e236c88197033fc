//! One cluster on disk: making it, its settings, starting and stopping its server.
//!
//! Its folder holds `data/` and `run/` (socket and log), both open to nobody but the server's user, and `lock`.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    os::unix::{
        fs::{DirBuilderExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use super::{
    EmbeddedError, Options,
    error::io,
    find::{self, RunAs},
    process::{self, Answer},
};

/// A socket's whole address has room for 104 bytes on macOS (Linux: 108); the file name takes 14.
const LONGEST_FOLDER: usize = 90;
const SOCKET: &str = ".s.PGSQL.5432";
/// Marks a cluster that was made without durability, and so holds nothing worth keeping.
const THROW_AWAY: &str = "throw-away";
/// Crash recovery may take minutes; a server that merely starts or stops does not.
const RECOVERY: Duration = Duration::from_mins(5);
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Cluster {
    root: PathBuf,
    data: PathBuf,
    run: PathBuf,
    durable: bool,
    binaries: PathBuf,
    user: Option<RunAs>,
}

impl Cluster {
    /// Checks that a cluster can live here, and makes its folders.
    pub(super) fn at(options: &Options) -> Result<Self, EmbeddedError> {
        if !options.root.exists() {
            fs::create_dir_all(&options.root).map_err(io("make", &options.root))?;
            // Whatever the umask says: the server's user has to pass. The folders inside are closed.
            fs::set_permissions(&options.root, Permissions::from_mode(0o755))
                .map_err(io("open", &options.root))?;
        }
        let root = fs::canonicalize(&options.root).map_err(io("find", &options.root))?;
        let (data, run) = (root.join("data"), root.join("run"));
        check_name(&run)?;
        let user = find::run_as()?;
        if let Some(user) = &user {
            find::check_reachable(&root, user)?;
        }
        let binaries = find::binaries(options.binaries.as_deref(), &data)?;
        let cluster = Self { root, data, run, durable: options.durable, binaries, user };
        cluster.private_folder(&cluster.run)?;
        Ok(cluster)
    }

    /// Makes this process the owner of the cluster, for as long as the file is open.
    pub(super) fn lock(&self) -> Result<File, EmbeddedError> {
        let path = self.root.join("lock");
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = opened.map_err(io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(EmbeddedError::InUse { root: self.root.clone() }),
            Err(TryLockError::Error(error)) => Err(io("lock", &path)(error)),
        }
    }

    /// Runs `initdb` beside the final place and moves the result there, so that `data/` is whole or absent.
    pub(super) fn make_if_missing(&self) -> Result<(), EmbeddedError> {
        if self.data.join("PG_VERSION").exists() {
            return Ok(());
        }
        let new = self.root.join("data.new");
        if new.exists() {
            fs::remove_dir_all(&new).map_err(io("remove", &new))?;
        }
        self.private_folder(&new)?;
        let mut initdb = self.command("initdb");
        initdb.args(["-U", "postgres", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8"]);
        initdb.args(["--data-checksums", "--no-instructions"]);
        // macOS has no C.UTF-8; this comes nearest: sorted by bytes, letters as in Unicode.
        initdb.args(if cfg!(target_os = "macos") {
            ["--locale=C", "--lc-ctype=UTF-8"].as_slice()
        } else {
            ["--locale=C.UTF-8"].as_slice()
        });
        if !self.durable {
            initdb.arg("--no-sync");
        }
        finish("initdb", initdb.arg("-D").arg(&new))?;
        if !self.durable {
            let mark = new.join(THROW_AWAY);
            fs::write(&mark, "").map_err(io("write", &mark))?;
        }
        let main = new.join("postgresql.conf");
        let mut lines = fs::read_to_string(&main).map_err(io("read", &main))?;
        lines.push_str("\ninclude 'cordon.conf'\n");
        fs::write(&main, lines).map_err(io("write", &main))?;
        fs::rename(&new, &self.data).map_err(io("move", &new))
    }

    /// Writes the settings and says whether they are others than before.
    pub(super) fn write_settings(&self, options: &Options) -> Result<bool, EmbeddedError> {
        let mut lines = vec![
            "# Written at each start; change nothing here.".to_owned(),
            "listen_addresses = ''".to_owned(),
            format!("unix_socket_directories = '{}'", self.run.display()),
            "unix_socket_permissions = 0700".to_owned(),
            format!("max_connections = {}", options.max_connections),
            "timezone = 'UTC'".to_owned(),
            "log_timezone = 'UTC'".to_owned(),
            "log_checkpoints = off".to_owned(),
        ];
        if !options.durable {
            lines.extend(
                ["fsync", "synchronous_commit", "full_page_writes"].map(|name| format!("{name} = off")),
            );
        }
        let text = lines.join("\n") + "\n";
        let path = self.data.join("cordon.conf");
        if fs::read_to_string(&path).is_ok_and(|before| before == text) {
            return Ok(false);
        }
        fs::write(&path, text).map_err(io("write", &path))?;
        self.hand_over(&path)?;
        Ok(true)
    }

    /// Whether a server answers. Waits for one that is starting or stopping.
    pub(super) fn is_running(&self) -> Result<bool, EmbeddedError> {
        let (since, socket) = (Instant::now(), self.run.join(SOCKET));
        loop {
            let pid = process::pid_in(&self.data.join("postmaster.pid"));
            let pid = pid.filter(|pid| process::serves(*pid, &self.data));
            let limit = match (process::knock(&socket), pid) {
                (Answer::Ready, _) => return Ok(true),
                (Answer::Nobody, None) => return Ok(false),
                (Answer::NotYet, _) => RECOVERY,
                (Answer::Nobody, Some(_)) => PATIENCE,
            };
            if since.elapsed() > limit {
                return Err(EmbeddedError::Unresponsive { pid: pid.unwrap_or(0), data: self.data.clone() });
            }
            sleep(PAUSE);
        }
    }

    /// Starts the server and waits until it takes sessions.
    pub(super) fn start(&self) -> Result<(), EmbeddedError> {
        self.forget_the_dead()?;
        let log = self.run.join("log");
        if log.exists() {
            let before = self.run.join("log.before");
            fs::rename(&log, &before).map_err(io("keep", &log))?;
        }
        let since = Instant::now();
        loop {
            let mut start = self.command("pg_ctl");
            start.args(["start", "--wait", "--timeout"]).arg(RECOVERY.as_secs().to_string());
            start.arg("-l").arg(&log).arg("-D").arg(&self.data);
            let Err(error) = finish("pg_ctl start", &mut start) else { return Ok(()) };
            let logged = fs::read_to_string(&log).unwrap_or_default();
            // A killed server's children notice its death only after a moment, and hold its memory until then.
            if since.elapsed() > PATIENCE || !logged.contains("still in use") {
                let end: Vec<&str> = logged.lines().rev().take(8).collect();
                let end = end.into_iter().rev().collect::<Vec<_>>().join("\n");
                return Err(match error {
                    EmbeddedError::Failed { program, output } => {
                        EmbeddedError::Failed { program, output: format!("{output}\n{end}") }
                    }
                    other => other,
                });
            }
            fs::remove_file(&log).map_err(io("remove", &log))?;
            sleep(PAUSE * 10);
        }
    }

    /// Stops the server and waits for its end.
    pub(super) fn stop(&self) -> Result<(), EmbeddedError> {
        let mut stop = self.command("pg_ctl");
        finish("pg_ctl stop", stop.args(["stop", "--wait", "--mode", "fast", "-D"]).arg(&self.data))
    }

    /// Starts a process that stops the server and deletes the cluster when the returned pipe is closed.
    pub(super) fn discard_when_closed(&self) -> Result<ChildStdin, EmbeddedError> {
        const SCRIPT: &str = r#"
            read -r _
            cd "$1" || exit
            pid=$(head -n 1 data/postmaster.pid) && kill -QUIT "$pid"
            tries=0
            while [ -e data/postmaster.pid ] && [ "$tries" -lt 100 ]; do tries=$((tries + 1)); sleep 0.05; done
            rm -rf data data.new run lock
            cd / && rmdir "$1"
        "#;
        if !self.data.join(THROW_AWAY).exists() {
            return Err(EmbeddedError::Durable);
        }
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SCRIPT, "sh"]).arg(&self.root);
        // A process group of its own: Ctrl-C in the terminal reaches the tests, and not this.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = shell.spawn().map_err(io("run", "/bin/sh"))?;
        child.stdin.ok_or(EmbeddedError::Failed { program: "/bin/sh", output: "it has no input".to_owned() })
    }

    pub(super) fn url(&self, role: &str, database: &str) -> String {
        let [role, database, host] = [role, database, &self.run.to_string_lossy()].map(percent);
        format!("postgres://{role}@localhost/{database}?host={host}")
    }

    pub(super) fn socket_folder(&self) -> &Path {
        &self.run
    }

    /// Removes lock files that name a zombie or a stranger, which Postgres would take for a running server. What
    /// names no process at all it clears away itself, with more care.
    fn forget_the_dead(&self) -> Result<(), EmbeddedError> {
        for path in [self.data.join("postmaster.pid"), self.run.join(format!("{SOCKET}.lock"))] {
            let stale = |pid| process::exists(pid) && !process::serves(pid, &self.data);
            if process::pid_in(&path).is_some_and(stale) {
                fs::remove_file(&path).map_err(io("remove", &path))?;
            }
        }
        Ok(())
    }

    fn private_folder(&self, path: &Path) -> Result<(), EmbeddedError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io("make", path))?;
        self.hand_over(path)
    }

    fn hand_over(&self, path: &Path) -> Result<(), EmbeddedError> {
        let Some(user) = &self.user else { return Ok(()) };
        chown(path, Some(user.uid), Some(user.gid)).map_err(io("hand over", path))
    }

    /// One of Postgres's programs, as the right user and with nothing from the environment: neither an odd
    /// locale nor a `PG…` variable may change what it does.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.env_clear().env("LC_ALL", if cfg!(target_os = "macos") { "C" } else { "C.UTF-8" });
        command.current_dir(&self.root).stdin(Stdio::null());
        if let Some(user) = &self.user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }
}

/// Refuses what would need escaping in Postgres's settings, and what is too long for a socket.
fn check_name(folder: &Path) -> Result<(), EmbeddedError> {
    let unsuitable = |why| EmbeddedError::Unsuitable { folder: folder.to_owned(), why };
    let name = folder.to_str().ok_or_else(|| unsuitable("its name is not UTF-8"))?;
    if name.len() >= LONGEST_FOLDER {
        return Err(unsuitable("its name must be shorter than 90 bytes"));
    }
    if name.contains(|c: char| c.is_control() || "'\"\\,".contains(c)) {
        return Err(unsuitable("its name may not hold quotes, backslashes or commas"));
    }
    Ok(())
}

/// `form_urlencoded` writes a blank as `+`, which psql does not read.
fn percent(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn finish(program: &'static str, command: &mut Command) -> Result<(), EmbeddedError> {
    let output = command.output().map_err(io("run", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(EmbeddedError::Failed { program, output: String::from_utf8_lossy(&said).trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_hold_a_socket_is_refused() {
        assert!(check_name(Path::new("/var/lib/cordon/postgres/run")).is_ok());
        assert!(check_name(Path::new("/tmp/with blank")).is_ok());
        assert!(check_name(Path::new(&format!("/{}", "x".repeat(90)))).is_err());
        assert!(check_name(Path::new("/tmp/it's")).is_err());
    }

    #[test]
    fn an_address_escapes_what_is_in_it() {
        assert_eq!(percent("/tmp/a b+c"), "%2Ftmp%2Fa%20b%2Bc");
    }
}
