//! The programs: an idle `cordon serve` that owns the private Postgres, the measured one, and the floor.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use tokio::process::{Child, Command};

use crate::{
    Args,
    client::{self, Client},
    data, load, process,
    report::Figure,
    targets,
};

/// As `cordon serve` chooses by itself on two cores; the floor gets the same.
const POOL: &str = "4";
const PATIENCE: Duration = Duration::from_mins(2);

/// Everything that runs.
pub(crate) struct Servers {
    /// The folder of the database's socket.
    pub(crate) socket: String,
    pub(crate) postmaster: u32,
    pub(crate) cordon: SocketAddr,
    pub(crate) floor: SocketAddr,
    keeper: Child,
    measured: Child,
    floored: Child,
    programs: PathBuf,
    log: PathBuf,
}

impl Servers {
    pub(crate) async fn start(args: &Args) -> anyhow::Result<Self> {
        let programs = std::env::current_exe()?.parent().context("no folder of programs")?.to_owned();
        if !args.reuse && args.data.exists() {
            fs::remove_dir_all(&args.data).context("cannot remove the data of the last run")?;
        }
        fs::create_dir_all(&args.data)?;
        let data = fs::canonicalize(&args.data)?;
        let log = data.join("log");
        let fresh = !data.join("loaded").exists();
        let [keeper_at, cordon, floor] = [address()?, address()?, address()?];
        let mut keeper = serve(&programs, keeper_at, &log)?;
        let keeper = keeper.arg("--data-dir").arg(&data).spawn().context("cannot start cordon")?;
        ready(keeper_at, PATIENCE).await?;
        let socket = data.join("postgres/run").display().to_string();
        if fresh {
            eprintln!("Loading {} audit events …", args.rows);
            data::load(&socket, args.rows).await?;
            fs::write(data.join("loaded"), "")?;
        }
        data::offers(&socket).await?;
        data::tokens(&socket, targets::SPREAD).await?;
        let measured = Self::measured(&programs, cordon, &socket, &log)?;
        ready(cordon, PATIENCE).await?;
        let mut floored = Command::new(programs.join("floor"));
        floored.args(["--listen", &floor.to_string(), "--connections", POOL]);
        floored.args(["--database-url", &url(&socket, "bench_floor")]).kill_on_drop(true);
        let floored = floored.spawn().context("cannot start the floor")?;
        let pid = fs::read_to_string(data.join("postgres/data/postmaster.pid"))?;
        let postmaster = pid.lines().next().unwrap_or_default().parse()?;
        Ok(Self { socket, postmaster, cordon, floor, keeper, measured, floored, programs, log })
    }

    fn measured(programs: &Path, at: SocketAddr, socket: &str, log: &Path) -> anyhow::Result<Child> {
        let mut serve = serve(programs, at, log)?;
        serve.args(["--database-connections", POOL, "--database-url", &url(socket, "cordon_web")]);
        serve.spawn().context("cannot start cordon")
    }

    /// The process that is measured.
    pub(crate) fn pid(&self) -> u32 {
        self.measured.id().unwrap_or(0)
    }

    pub(crate) fn floor_pid(&self) -> u32 {
        self.floored.id().unwrap_or(0)
    }

    /// From the start of the program to its first 200, which says that the database answers and is up to date; and
    /// what it holds in memory a moment later.
    pub(crate) async fn cold_start(&mut self) -> anyhow::Result<Vec<Figure>> {
        let mut times = Vec::new();
        for _ in 0..7 {
            self.measured.kill().await?;
            let began = Instant::now();
            self.measured = Self::measured(&self.programs, self.cordon, &self.socket, &self.log)?;
            ready(self.cordon, PATIENCE).await?;
            times.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        let idle = process::resident_mb(self.pid());
        Ok(vec![
            Figure::new("cold start", load::median(&mut times), "ms"),
            Figure::new("memory, idle", idle, "MB"),
        ])
    }

    /// Memory after a time of team pages at 64 connections, beyond what the rounds did before.
    pub(crate) async fn memory(&self, time: Duration) -> anyhow::Result<Vec<Figure>> {
        let requests = targets::team_page();
        load::http(self.cordon, &requests, 200, 64, time).await?;
        Ok(vec![Figure::new("memory, loaded", process::resident_mb(self.pid()), "MB")])
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.measured.kill().await?;
        self.floored.kill().await?;
        // Told to stop rather than killed, it stops the private Postgres too.
        end(&mut self.keeper).await
    }
}

/// An address that nobody listens on.
fn address() -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The address of the database for a login.
fn url(socket: &str, login: &str) -> String {
    format!("postgres://{login}@localhost/cordon?host={}", socket.replace('/', "%2F"))
}

/// `cordon serve` as in production, but for http on the loopback address. Its log goes to a file.
fn serve(programs: &Path, at: SocketAddr, log: &Path) -> anyhow::Result<Command> {
    let log = File::options().create(true).append(true).open(log)?;
    let mut serve = Command::new(programs.join("cordon"));
    serve.arg("serve").env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    serve.env("CORDON_LISTEN", at.to_string()).env("CORDON_BASE_URL", "http://localhost");
    serve.env("CORDON_SMTP_URL", "smtp://127.0.0.1:1").env("CORDON_MAIL_FROM", "bench@cordon.example");
    serve.env("CORDON_GITHUB_CLIENT_ID", "bench").env("CORDON_GITHUB_CLIENT_SECRET", "bench");
    serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    Ok(serve)
}

/// Asks again and again until the answer is 200.
async fn ready(at: SocketAddr, patience: Duration) -> anyhow::Result<()> {
    let request = client::get("/health/ready", &[]);
    let began = Instant::now();
    while began.elapsed() < patience {
        if let Ok(mut client) = Client::connect(at).await
            && client.status(&request).await.is_ok_and(|status| status == 200)
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    bail!("no 200 from {at} in {patience:?}; its log says why")
}

async fn end(child: &mut Child) -> anyhow::Result<()> {
    let Some(pid) = child.id() else { return Ok(()) };
    let asked = Command::new("kill").args(["-TERM", &pid.to_string()]).status().await?;
    ensure!(asked.success(), "cannot stop process {pid}");
    child.wait().await?;
    Ok(())
}
