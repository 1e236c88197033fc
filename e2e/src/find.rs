//! Finds things by what they say, as a person does: buttons by their words, fields by their labels.

use anyhow::Result;
use thirtyfour::{By, WebDriver, WebElement};

/// The link, button, summary or label that says exactly this, else one that contains it. While a sheet is open, only
/// what is in it.
pub(crate) async fn pressable(driver: &WebDriver, words: &str) -> Result<Option<WebElement>> {
    let words = quoted(words);
    let kinds = "self::a or self::button or self::summary or self::label";
    let says = [
        format!("normalize-space()={words} or @aria-label={words}"),
        format!("contains(normalize-space(), {words})"),
    ];
    for says in says {
        if let Some(found) = seen(driver, &format!("//*[{kinds}][{says}]")).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The field whose label begins with this.
pub(crate) async fn field(driver: &WebDriver, label: &str) -> Result<Option<WebElement>> {
    let label = quoted(label);
    let fields = "self::input[not(@type='hidden')] or self::textarea or self::select";
    let labels = format!("//label[starts-with(normalize-space(), {label})]");
    for path in [
        format!("//*[{fields}][@id={labels}/@for]"),
        format!("{labels}//*[{fields}]"),
        format!("//*[{fields}][starts-with(@aria-label, {label})]"),
    ] {
        if let Some(found) = seen(driver, &path).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn seen(driver: &WebDriver, path: &str) -> Result<Option<WebElement>> {
    let sheet = driver.find_all(By::Css("dialog[open]")).await?;
    let found = match sheet.first() {
        Some(sheet) => sheet.find_all(By::XPath(format!(".{path}"))).await?,
        None => driver.find_all(By::XPath(path)).await?,
    };
    for element in found {
        if element.is_displayed().await? && element.is_enabled().await? {
            return Ok(Some(element));
        }
    }
    Ok(None)
}

/// A text in XPath, which has no escapes.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
