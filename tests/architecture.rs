//! The house holds: arrows point one way, SQL and HTML stay in their rooms, files stay small.
//!
//! What may not happen here: an exception by file name without its reason beside it.

#![expect(clippy::unwrap_used, reason = "in a test's helpers too, what fails fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// From the top of the house to its ground: a module may use those after it, never those before it.
const LAYERS: &[&[&str]] = &[
    &["commands"],
    &["sample"],
    &["app"],
    &["features"],
    &["jobs", "mail", "web"],
    &["auth"],
    &["db"],
    &["config"],
    &["error", "ids", "clock", "role", "telemetry"],
];

/// Edges that point up, each with its reason. May only shrink.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("features", "app", "handlers and jobs take the application's state"),
    ("auth", "app", "guards are extractors of the application's state"),
    ("web", "app", "layers and the frame read the application's state"),
    ("jobs", "app", "a job runs with the application's state"),
    ("auth", "web", "guards read the caller's address, which a layer of web left there"),
    ("config", "auth", "providers are described by the client that talks to them"),
];

fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs")
        || path.components().any(|part| part.as_os_str() == "testing" || part.as_os_str() == "tests")
}

/// The text before the file's own tests, without comments.
fn production(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    code.lines().filter(is_code).fold(String::new(), |all, line| all + line + "\n")
}

/// How many lines there are before the file's own tests, comments included.
fn length(text: &str) -> usize {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text).lines().count()
}

fn module(path: &Path) -> Option<String> {
    let part = path.components().nth(1)?.as_os_str().to_str()?;
    Some(part.trim_end_matches(".rs").to_owned())
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Every `crate::x` in a text, also inside `use crate::{…}`.
fn uses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut word = String::new();
            let mut reading = true;
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => reading = true,
                    c if depth == 1 && reading && (c.is_alphanumeric() || c == '_') => word.push(c),
                    _ => {
                        if !word.is_empty() {
                            found.push(std::mem::take(&mut word));
                            reading = false;
                        }
                    }
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn arrows_point_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in files("src", "rs") {
        let Some(from) = module(&path) else { continue };
        let Some(from_layer) = layer(&from) else { continue };
        if is_test(&path) {
            continue;
        }
        for to in uses(&production(&text)) {
            let Some(to_layer) = layer(&to) else { continue };
            let allowed = ALLOWED.iter().any(|(a, b, _)| *a == from && *b == to);
            if to_layer < from_layer && !allowed {
                wrong.push(format!("{}: {from} uses {to}", path.display()));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn features_use_each_other_through_the_front_door_and_never_in_a_circle() {
    let rooms = ["store", "handlers", "views", "form", "model", "events", "jobs"];
    let mut edges = Vec::new();
    let mut wrong = Vec::new();
    for (path, text) in files("src/features", "rs") {
        let Some(own) = path.components().nth(2).and_then(|part| part.as_os_str().to_str()) else { continue };
        if is_test(&path) || own == "mod.rs" {
            continue;
        }
        let text = production(&text);
        for (at, _) in text.match_indices("features::") {
            let rest = &text[at + "features::".len()..];
            let words: Vec<&str> = rest.split(|c: char| !c.is_alphanumeric() && c != '_').take(3).collect();
            let Some(other) = words.first().filter(|other| !other.is_empty() && **other != own) else {
                continue;
            };
            if words.get(1).is_some_and(|room| rooms.contains(room)) {
                wrong.push(format!("{}: {own} reaches into {other}'s {}", path.display(), words[1]));
            }
            edges.push((own.to_owned(), (*other).to_owned()));
        }
    }
    for (a, b) in &edges {
        if edges.contains(&(b.clone(), a.clone())) {
            wrong.push(format!("{a} and {b} use each other"));
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sql_stays_in_its_rooms() {
    let rooms = |path: &str| {
        path.ends_with("/store.rs")
            || path.contains("/store/")
            || path.starts_with("src/db/")
            || path.starts_with("src/jobs/")
            || path == "src/auth/grants.rs"
            || path == "src/auth/scope.rs"
            || path.starts_with("src/sample/data/")
            || path == "src/commands/database.rs"
            || path == "src/features/audit/verify.rs"
    };
    let wrong: Vec<String> = files("src", "rs")
        .into_iter()
        .filter(|(path, text)| {
            let text = production(text);
            let has = text.contains("sqlx::query") || text.contains("sqlx::raw_sql");
            has && !is_test(path) && !rooms(path.to_str().unwrap())
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "SQL outside a store: {wrong:?}");
}

#[test]
fn only_views_derive_templates() {
    let wrong: Vec<String> = files("src/features", "rs")
        .into_iter()
        .filter(|(path, text)| {
            !is_test(path) && text.contains("derive(Template") && !path.to_str().unwrap().contains("views")
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn nothing_inline_in_pages() {
    let mut wrong = Vec::new();
    for (path, text) in files("templates", "html") {
        let shown = path.display().to_string();
        // Mail programs read inline styles only; a mail is not one of our pages.
        if shown.contains("mail")
            || shown.contains("email")
            || shown.contains("letter")
            || shown.contains("/sample/")
        {
            continue;
        }
        for bad in
            [" style=", "<style", " onclick=", " onload=", "hx-on", "javascript:", "js:", "|safe", "| safe"]
        {
            if text.contains(bad) {
                wrong.push(format!("{shown} has {bad}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_small() {
    let too_long = |folder: &str, ending: &str, most: usize| -> Vec<String> {
        files(folder, ending)
            .into_iter()
            .filter(|(path, _)| !is_test(path))
            .filter(|(_, text)| length(text) > most)
            .map(|(path, text)| format!("{}: {} lines, at most {most}", path.display(), length(&text)))
            .collect()
    };
    let wrong = [too_long("src", "rs", 400), too_long("templates", "html", 120)].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let wrong: Vec<String> = files("src", "rs")
        .into_iter()
        .filter(|(path, text)| !text.starts_with("//!") && !path.ends_with("tests.rs"))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
