//! What is looked at on every page: accessibility in both themes, and that nothing hangs over at any width.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::json;

use crate::{
    browser::{Browser, Script},
    folders,
};

/// The narrowest phone, a usual phone, a desk.
const WIDTHS: [u32; 3] = [320, 390, 1440];

const AXE: &str = "
const done = arguments[arguments.length - 1];
axe.run(document, {
  iframes: false,
  preload: false,
  resultTypes: ['violations'],
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}).then(
  ({ violations }) => done(violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => ({ id, help, html, why: failureSummary ?? '' })))),
  (error) => done([{ id: 'axe', help: String(error), html: '', why: '' }]),
);";

/// How far the page reaches over the side, and what reaches furthest; else a button that its box cuts off.
const OVERHANG: &str = "
const wide = document.documentElement.clientWidth;
const over = document.documentElement.scrollWidth - wide;
if (over <= 0) {
  for (const button of document.querySelectorAll('main a.btn, main button, dialog[open] .btn')) {
    const { left, right, width } = button.getBoundingClientRect();
    const box = button.closest('.card, dialog')?.getBoundingClientRect();
    if (box && width > 1 && (right > box.right || left < box.left)) return `cut off at ${wide}: ${button.outerHTML.slice(0, 200)}`;
  }
  const body = document.querySelector('dialog[open] .sheet-body');
  return body && body.scrollWidth > body.clientWidth ? `the sheet scrolls sideways at ${wide}` : '';
}
const [worst] = [...document.body.querySelectorAll('*')]
  .map((element) => [element.getBoundingClientRect().right, element])
  .sort(([a], [b]) => b - a);
return `${over} px over at ${wide}: ${worst[1].outerHTML.slice(0, 200)}`;";

#[derive(Deserialize)]
struct Violation {
    id: String,
    help: String,
    html: String,
    why: String,
}

pub(crate) async fn look(browser: &Browser, page: &str) -> Result<()> {
    if browser.script == Script::On {
        for theme in ["light", "dark"] {
            browser.dress(1440, theme).await?;
            axe(browser, &format!("{page} {theme}")).await?;
        }
    }
    for width in WIDTHS {
        browser.dress(width, "light").await?;
        let over = browser.ask(OVERHANG).await?;
        if let Some(over) = over.as_str().filter(|over| !over.is_empty()) {
            browser.note(format!("{} {page}: {over}", browser.name));
        }
    }
    for (width, theme) in [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")] {
        picture(browser, page, width, theme).await?;
    }
    browser.dress(1440, "light").await
}

async fn axe(browser: &Browser, page: &str) -> Result<()> {
    if browser.ask("return typeof axe").await? == "undefined" {
        let source = folders::npm()?.join("node_modules/axe-core/axe.min.js");
        let source = std::fs::read_to_string(&source).context("axe-core is not installed")?;
        browser.ask(&source).await?;
    }
    let found = browser.driver.execute_async(AXE, Vec::new()).await?;
    for Violation { id, help, html, why } in serde_json::from_value::<Vec<Violation>>(found.json().clone())? {
        let html: String = html.chars().take(240).collect();
        browser.note(format!(
            "{} {page}: {id}: {help}\n  {html}\n  {}",
            browser.name,
            why.replace('\n', " ")
        ));
    }
    Ok(())
}

/// The whole page, as long as it is.
async fn picture(browser: &Browser, page: &str, width: u32, theme: &str) -> Result<()> {
    browser.dress(width, theme).await?;
    let long = browser.ask("return Math.min(6000, document.documentElement.scrollHeight)").await?;
    let height = long.as_u64().unwrap_or(900).max(900);
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await?;
    browser.picture(&format!("{page}-{width}-{theme}")).await
}
