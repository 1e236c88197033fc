//! The stage that all tales share, and the run of one tale.

use std::{path::PathBuf, pin::Pin, process::Command, sync::Mutex, time::Duration};

use anyhow::{Context as _, Result, anyhow};
use libtest_mimic::{Arguments, Conclusion, Trial};
use tokio::sync::OnceCell;

use crate::{
    browser::{Browser, Script},
    folders,
    process::{Process, free_ports, until},
    sample::Sample,
};

/// How long a tale may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// A test: what people do, one after another.
pub type Tale = for<'a> fn(&'a Story) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// The sample and the driver of browsers.
#[derive(Debug)]
pub struct Stage {
    /// The program under test, with the sample's people.
    pub sample: Sample,
    driver: String,
    _process: Process,
}

impl Stage {
    async fn set() -> Result<Self> {
        let (sample, driver) = tokio::try_join!(Sample::start(), start_driver())?;
        let (driver, process) = driver;
        Ok(Self { sample, driver, _process: process })
    }
}

async fn start_driver() -> Result<(String, Process)> {
    let port = free_ports(1)?;
    let mut command = Command::new("chromedriver");
    let mut process = Process::start("chromedriver", command.arg(format!("--port={port}")))
        .context("chromedriver is missing: run `bin/setup browser`")?;
    let url = format!("http://127.0.0.1:{port}");
    let status = format!("{url}/status");
    let ready = until(20, async || {
        process.check()?;
        Ok(reqwest::get(&status).await?.status().is_success().then_some(()))
    });
    ready.await?.context("chromedriver does not answer")?;
    Ok((url, process))
}

/// One tale on the stage.
#[derive(Debug)]
pub struct Story<'a> {
    /// Where it plays.
    pub stage: &'a Stage,
    name: &'static str,
    browsers: Mutex<Vec<Browser>>,
}

impl Story<'_> {
    /// A browser that was never used before, at the dashboard's disposal.
    pub async fn browser(&self, who: &str, script: Script) -> Result<Browser> {
        let name = format!("{}-{who}", self.name);
        let base = self.stage.sample.at("");
        let browser = Browser::start(&self.stage.driver, &name, base, script).await?;
        self.browsers.lock().map_err(|_| anyhow!("a tale panicked"))?.push(browser.clone());
        Ok(browser)
    }

    /// Ends every browser; a tale is only good when no page had anything to complain about.
    async fn close(self, told: Result<()>) -> Result<()> {
        let mut findings = Vec::new();
        for browser in self.browsers.into_inner().map_err(|_| anyhow!("a tale panicked"))? {
            if told.is_err() {
                let _ = browser.picture("failed").await;
            }
            findings.extend(browser.end().await?);
        }
        let findings = findings.join("\n");
        match told {
            Ok(()) if findings.is_empty() => Ok(()),
            Ok(()) => Err(anyhow!("found on the way:\n{findings}")),
            Err(error) if findings.is_empty() => Err(error),
            Err(error) => Err(error.context(format!("found on the way:\n{findings}\nand then"))),
        }
    }
}

/// Runs the tales one after another, on one stage that is set when the first one needs it.
pub fn run(tales: &[(&'static str, Tale)]) -> Result<Conclusion> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(1);
    let runtime = Box::leak(Box::new(tokio::runtime::Runtime::new()?));
    let stage: &'static Mutex<OnceCell<Stage>> = Box::leak(Box::default());
    let trials = tales.iter().map(|&(name, tale)| {
        let handle = runtime.handle().clone();
        Trial::test(name, move || {
            let cell = stage.lock().map_err(|_| "a tale panicked")?;
            handle.block_on(play(&cell, name, tale)).map_err(|error| format!("{error:#}").into())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if let Ok(mut cell) = stage.lock() {
        drop(cell.take());
    }
    println!("Pictures and logs are in {}", pictures()?.display());
    Ok(conclusion)
}

fn pictures() -> Result<PathBuf> {
    folders::results()
}

async fn play(cell: &OnceCell<Stage>, name: &'static str, tale: Tale) -> Result<()> {
    folders::npm()?;
    let stage = cell.get_or_try_init(Stage::set).await?;
    let story = Story { stage, name, browsers: Mutex::default() };
    let told = tokio::time::timeout(PATIENCE, tale(&story)).await;
    story.close(told.unwrap_or_else(|_| Err(anyhow!("it takes too long")))).await
}
