//! Prepares `static/` for the browser: joins the stylesheet's parts, puts a fingerprint into every file name,
//! lays compressed twins beside the files, and tells `web::assets` the resulting addresses.
//!
//! What may not happen here: fetching anything, or needing a tool that cargo does not bring.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    // Templates and migrations are read by macros; without these lines cargo would not see them change.
    for folder in ["static", "templates", "migrations"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let target = PathBuf::from(variable("OUT_DIR")?);
    let served = target.join("static");
    if served.exists() {
        fs::remove_dir_all(&served)?;
    }
    fs::create_dir_all(&served)?;

    // Pictures, fonts and scripts first: the stylesheet names them by their fingerprinted names.
    let mut names = BTreeMap::new();
    for file in files(Path::new("static"))? {
        let name = file_name(&file)?;
        if file.starts_with("static/css") || name == "SHA256SUMS" {
            continue;
        }
        let address = publish(&served, &name, &fs::read(&file)?)?;
        if names.insert(name.clone(), address).is_some() {
            return Err(format!("two files under static/ are called {name}").into());
        }
    }
    let stylesheet = stylesheet(&names)?;
    let address = publish(&served, "cordon.css", stylesheet.as_bytes())?;
    names.insert("cordon.css".to_owned(), address);

    fs::write(target.join("assets.rs"), manifest(&names, &served)?)?;
    Ok(())
}

/// The parts of the stylesheet in the order of their names, with `url("name")` turned into the file's address.
fn stylesheet(names: &BTreeMap<String, String>) -> Result<String> {
    let mut css = String::new();
    for part in files(Path::new("static/css"))? {
        css.push_str(&fs::read_to_string(part)?);
    }
    for (name, address) in names {
        css = css.replace(&format!("url(\"{name}\")"), &format!("url(\"{address}\")"));
    }
    Ok(css)
}

/// Writes a file under its fingerprinted name, with `.br` and `.gz` twins where they are smaller.
fn publish(folder: &Path, name: &str, content: &[u8]) -> Result<String> {
    let (stem, extension) = name.rsplit_once('.').ok_or_else(|| format!("{name} has no extension"))?;
    let fingerprint = hex::encode(Sha256::digest(content));
    let address = format!("{stem}.{}.{extension}", fingerprint.get(..12).unwrap_or(&fingerprint));
    fs::write(folder.join(&address), content)?;
    if matches!(extension, "css" | "js" | "svg" | "txt") {
        fs::write(folder.join(format!("{address}.br")), brotli(content)?)?;
        fs::write(folder.join(format!("{address}.gz")), gzip(content)?)?;
    }
    Ok(address)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut small = Vec::new();
    // The best level is slow in an unoptimized build script, and only a release is sent over real networks.
    let quality = if variable("PROFILE")? == "release" { 11 } else { 5 };
    let params = brotli::enc::BrotliEncoderParams { quality, ..Default::default() };
    brotli::BrotliCompress(&mut &*content, &mut small, &params)?;
    Ok(small)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// One constant per file: `cordon.css` becomes `CORDON_CSS`.
fn manifest(names: &BTreeMap<String, String>, served: &Path) -> Result<String> {
    let mut code = String::new();
    for (name, address) in names {
        let constant = name.replace(['.', '-'], "_").to_uppercase();
        writeln!(code, "/// The address of `{name}`.\npub const {constant}: &str = \"/static/{address}\";")?;
    }
    let list: Vec<_> = names.keys().map(|name| name.replace(['.', '-'], "_").to_uppercase()).collect();
    writeln!(code, "/// Every address, for tests.\npub const ALL: &[&str] = &[{}];", list.join(", "))?;
    writeln!(
        code,
        "/// Where the build left the files.\npub const BUILT: &str = {:?};",
        served.display().to_string()
    )?;
    Ok(code)
}

/// Every file below a folder, sorted by path so that two builds agree.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(name.ok_or_else(|| format!("{} has no readable name", path.display()))?.to_owned())
}

#[expect(clippy::disallowed_methods, reason = "cargo speaks to a build script through the environment")]
fn variable(name: &str) -> Result<String> {
    Ok(std::env::var(name)?)
}
