//! Programs beside the tests, ended with them.

use std::{
    fs::File,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::folders;

/// A program that is told to end, and waited for, when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it says goes to `target/e2e/<name>.log`.
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let log = folders::results()?.join(format!("{name}.log"));
        let file = File::create(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child, log })
    }

    /// Fails with the program's last words when it has ended.
    pub fn check(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("it ended: {status}\n{}", self.said());
        }
        Ok(())
    }

    /// The end of what it said.
    pub fn said(&self) -> String {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    /// Asks it to end, as a service manager does, and waits.
    pub fn end(&mut self) -> Result<ExitStatus> {
        if self.child.try_wait()?.is_none()
            && let Some(pid) = Pid::from_raw(i32::try_from(self.child.id())?)
        {
            kill_process(pid, Signal::TERM)?;
        }
        let late = Instant::now() + Duration::from_secs(40);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < late, "it does not end when told to");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.end().is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The first of so many neighbouring ports that nobody uses.
pub fn free_ports(count: u16) -> Result<u16> {
    for _ in 0..100 {
        let first = TcpListener::bind(("127.0.0.1", 0))?;
        let port = first.local_addr()?.port();
        let others = (1..count).map(|next| {
            TcpListener::bind(("127.0.0.1", port.checked_add(next).ok_or(std::io::ErrorKind::AddrInUse)?))
        });
        if others.collect::<Result<Vec<_>, _>>().is_ok() {
            return Ok(port);
        }
    }
    bail!("no {count} free ports in a row")
}

/// Asks again and again until the answer is `Some`, for at most so many seconds.
pub async fn until<T>(seconds: u64, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let late = Instant::now() + Duration::from_secs(seconds);
    loop {
        match ask().await {
            Ok(Some(answer)) => return Ok(Some(answer)),
            Ok(None) if Instant::now() > late => return Ok(None),
            Err(error) if Instant::now() > late => return Err(error),
            _ => tokio::time::sleep(Duration::from_millis(60)).await,
        }
    }
}
