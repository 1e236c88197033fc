//! One Chromium with a profile of its own: what a person does in it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use thirtyfour::{
    ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver, WebElement,
    prelude::*,
};

use crate::{checks, find, folders, process::until};

/// How long a person waits for something to appear.
const PATIENCE: u64 = 20;

/// Whether pages may run script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// As in any browser.
    On,
    /// Switched off in the browser's settings.
    Off,
}

/// A browser; clones are the same one.
#[derive(Clone, Debug)]
pub struct Browser {
    pub(crate) driver: WebDriver,
    pub(crate) name: Arc<str>,
    pub(crate) script: Script,
    base: Arc<str>,
    profile: Arc<PathBuf>,
    findings: Arc<Mutex<Vec<String>>>,
    allowed: Arc<Mutex<Vec<String>>>,
}

impl Browser {
    pub(crate) async fn start(driver: &str, name: &str, base: String, script: Script) -> Result<Self> {
        let profile = folders::temporary(name)?;
        let mut wanted = DesiredCapabilities::chrome();
        let folder = format!("--user-data-dir={}", profile.display());
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en-GB",
            &folder,
        ];
        for flag in flags {
            wanted.add_arg(flag)?;
        }
        if script == Script::Off {
            let prefs = json!({ "profile.managed_default_content_settings.javascript": 2 });
            wanted.add_experimental_option("prefs", prefs)?;
        }
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(driver, wanted).await.context("Chromium does not start")?;
        let browser = Self {
            driver,
            name: name.into(),
            script,
            base: base.into(),
            profile: Arc::new(profile),
            findings: Arc::default(),
            allowed: Arc::default(),
        };
        browser.dress(1440, "light").await?;
        Ok(browser)
    }

    /// Sends a command to Chromium itself.
    pub(crate) async fn devtools(&self, command: &str, params: Value) -> Result<Value> {
        Ok(self.driver.cdp().send_raw(command, params).await?)
    }

    /// Notes something wrong; the tale goes on, and fails at its end.
    pub(crate) fn note(&self, finding: String) {
        if let Ok(mut findings) = self.findings.lock()
            && !findings.contains(&finding)
        {
            findings.push(finding);
        }
    }

    /// From now on the console may say this: a refused form is an error to Chromium.
    pub fn allow(&self, message: &str) {
        if let Ok(mut allowed) = self.allowed.lock() {
            allowed.push(message.into());
        }
    }

    /// Opens a path of the dashboard, or any address, once the page's own requests are answered: leaving earlier would
    /// cut them off, as it does for a person.
    pub async fn visit(&self, address: &str) -> Result<()> {
        let idle = until(PATIENCE, async || Ok((!self.has(".htmx-request").await?).then_some(()))).await?;
        self.or_tell(idle, "for an answer").await?;
        let url = if address.starts_with('/') { format!("{}{address}", self.base) } else { address.into() };
        Ok(self.driver.goto(&url).await?)
    }

    /// Path and query of the page.
    pub async fn path(&self) -> Result<String> {
        let url = self.driver.current_url().await?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(format!("{}{query}", url.path()))
    }

    /// Waits until the page's path is this.
    pub async fn arrive(&self, path: &str) -> Result<()> {
        let there = until(PATIENCE, async || Ok((self.path().await? == path).then_some(()))).await?;
        self.or_tell(there, &format!("to arrive at {path}")).await
    }

    /// What a person reads on the page, in lower case, since style sheets write capitals.
    pub async fn text(&self) -> Result<String> {
        let body = self.driver.find(By::Tag("body")).await?.text().await?;
        Ok(plain(&body))
    }

    /// Waits until the page says this.
    pub async fn see(&self, text: &str) -> Result<()> {
        let wanted = plain(text);
        let seen = until(PATIENCE, async || Ok(self.text().await?.contains(&wanted).then_some(()))).await?;
        self.or_tell(seen, &format!("to see {text:?}")).await
    }

    /// Waits until the page says this no more.
    pub async fn miss(&self, text: &str) -> Result<()> {
        let gone = plain(text);
        let missed =
            until(PATIENCE, async || Ok((!self.text().await?.contains(&gone)).then_some(()))).await?;
        self.or_tell(missed, &format!("no longer to see {text:?}")).await
    }

    /// Presses the link, button or label that says this.
    pub async fn click(&self, words: &str) -> Result<()> {
        let pressed = until(PATIENCE, async || match find::pressable(&self.driver, words).await? {
            Some(element) => {
                element.scroll_into_view().await?;
                element.click().await?;
                Ok(Some(()))
            }
            None => Ok(None),
        });
        let pressed = pressed.await.with_context(|| format!("pressing {words:?}"))?;
        self.or_tell(pressed, &format!("to press {words:?}")).await
    }

    /// Writes into the field with this label.
    pub async fn fill(&self, label: &str, text: &str) -> Result<()> {
        let filled = until(PATIENCE, async || {
            let Some(field) = find::field(&self.driver, label).await? else { return Ok(None) };
            field.clear().await?;
            field.send_keys(text).await?;
            Ok(Some(()))
        });
        let filled = filled.await.with_context(|| format!("filling {label:?}"))?;
        self.or_tell(filled, &format!("to fill {label:?}")).await
    }

    /// Presses keys wherever the focus is.
    pub async fn keys(&self, keys: &str) -> Result<()> {
        Ok(self.driver.action_chain().send_keys(keys).perform().await?)
    }

    /// The first element that a style sheet would find and that is seen.
    pub async fn find(&self, selector: &str) -> Result<WebElement> {
        let found = until(PATIENCE, async || {
            for element in self.driver.find_all(By::Css(selector)).await? {
                if element.is_displayed().await? {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        });
        match found.await? {
            Some(element) => Ok(element),
            None => bail!("{}: {selector} is not there", self.name),
        }
    }

    /// Whether a style sheet would find something now.
    pub async fn has(&self, selector: &str) -> Result<bool> {
        Ok(!self.driver.find_all(By::Css(selector)).await?.is_empty())
    }

    /// Runs script from outside the page.
    pub async fn ask(&self, script: &str) -> Result<Value> {
        Ok(self.driver.execute(script, Vec::new()).await?.json().clone())
    }

    /// Looks hard at the page: light and dark, wide and narrow, reachable for everybody. Leaves pictures.
    pub async fn look(&self, page: &str) -> Result<()> {
        checks::look(self, page).await.with_context(|| format!("{}: looking at {page}", self.name))
    }

    /// Forgets every file it fetched, so that the next visit is a first one.
    pub async fn empty_cache(&self) -> Result<()> {
        self.devtools("Network.clearBrowserCache", json!({})).await?;
        Ok(())
    }

    /// A picture of the page as it is.
    pub async fn picture(&self, page: &str) -> Result<()> {
        let file = folders::results()?.join(format!("{}-{page}.png", self.name));
        Ok(self.driver.screenshot(&file).await?)
    }

    /// Sets the page's width and theme.
    pub(crate) async fn dress(&self, width: u32, theme: &str) -> Result<()> {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": theme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    async fn or_tell(&self, done: Option<()>, wanted: &str) -> Result<()> {
        if done.is_some() {
            return Ok(());
        }
        let page = self.driver.current_url().await?;
        bail!("{} waited {wanted} on {page}, which says:\n{}", self.name, self.text().await?)
    }

    /// Closes it; gives everything that was wrong on its way.
    pub(crate) async fn end(self) -> Result<Vec<String>> {
        let allowed = self.allowed.lock().map(|allowed| allowed.clone()).unwrap_or_default();
        for entry in self.driver.browser_log().await? {
            let policy = entry.message.contains("Content Security Policy");
            let wrong = policy || matches!(entry.level.as_str(), "SEVERE" | "WARNING");
            if wrong && !allowed.iter().any(|part| entry.message.contains(part)) {
                self.note(format!("{} console: {}", self.name, entry.message));
            }
        }
        self.driver.clone().quit().await?;
        let _ = std::fs::remove_dir_all(self.profile.as_path());
        Ok(self.findings.lock().map(|findings| findings.clone()).unwrap_or_default())
    }
}

/// Lower case, white space as one blank.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
