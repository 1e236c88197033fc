//! `cordon sample` on ports and in a folder of its own, and the mail that it catches.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result};

use crate::{
    folders,
    process::{Process, free_ports, until},
};

/// The running sample.
#[derive(Debug)]
pub struct Sample {
    process: Option<Process>,
    state: PathBuf,
    port: u16,
}

/// A message that arrived.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its page.
    pub url: String,
    /// The text that people without HTML read.
    pub text: String,
}

impl Mail {
    /// The first link of the dashboard in it that contains this.
    pub fn link(&self, part: &str) -> Result<String> {
        let found = self.text.split_whitespace().find(|word| word.starts_with("http") && word.contains(part));
        found.map(ToOwned::to_owned).with_context(|| format!("no link to {part} in: {}", self.text))
    }
}

impl Sample {
    /// Starts it and waits until it is ready.
    pub async fn start() -> Result<Self> {
        let state = folders::temporary("sample")?;
        let port = free_ports(4)?;
        let mut command = Command::new(folders::cordon()?);
        command.arg("sample").args(["--port", &port.to_string()]).arg("--state-dir").arg(&state);
        for name in ["DATABASE_URL", "DATABASE_OWNER_URL"] {
            command.env_remove(name);
        }
        let mut sample = Self { process: Some(Process::start("sample", &mut command)?), state, port };
        let ready = sample.at("/health/ready");
        let answer = until(60, async || {
            if let Some(process) = &mut sample.process {
                process.check()?;
            }
            Ok(reqwest::get(&ready).await?.status().is_success().then_some(()))
        });
        answer.await?.context("the sample is not ready after a minute")?;
        Ok(sample)
    }

    /// An address of the dashboard.
    pub fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// An address of the mail pages.
    pub fn mails(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port + 2)
    }

    /// Where mail is taken.
    pub fn smtp(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port + 3)
    }

    /// Waits for the newest message to this address that says this.
    pub async fn mail(&self, to: &str, says: &str) -> Result<Mail> {
        let found = until(20, async || {
            let list = reqwest::get(self.mails("/")).await?.text().await?;
            for row in list.split("<li>").filter(|row| row.contains(to)) {
                let Some((_, rest)) = row.split_once("href=\"") else { continue };
                let Some((path, _)) = rest.split_once('"') else { continue };
                let url = self.mails(path);
                let page = reqwest::get(&url).await?.text().await?;
                let text = page.split_once("<pre").and_then(|(_, rest)| rest.split_once('>'));
                let text = text.and_then(|(_, rest)| rest.split_once("</pre>"));
                let text = text.map_or("", |(text, _)| text).replace("&#38;", "&").replace("&amp;", "&");
                if page.contains(says) {
                    return Ok(Some(Mail { url, text }));
                }
            }
            Ok(None)
        });
        found.await?.with_context(|| format!("no mail to {to} that says {says:?}"))
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        self.process.take();
        let _ = std::fs::remove_dir_all(&self.state);
    }
}
