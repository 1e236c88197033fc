//! Where things are: the built program, the pictures, what npm brings.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context as _, Result, ensure};

/// Cargo's folder for this profile: the tests are in `deps` of it.
fn profile() -> Result<PathBuf> {
    let tests = std::env::current_exe()?;
    let folder = tests.parent().and_then(Path::parent).context("the tests are not where cargo puts them")?;
    Ok(folder.to_owned())
}

/// The program under test.
pub fn cordon() -> Result<PathBuf> {
    let program = profile()?.join("cordon");
    ensure!(program.is_file(), "{} is missing: run `cargo build --bin cordon`", program.display());
    Ok(program)
}

/// Where pictures and logs are left to look at.
pub(crate) fn results() -> Result<PathBuf> {
    let folder = profile()?.parent().context("no target folder")?.join("e2e");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A new folder that other users may search, because Postgres becomes one when the tests are root.
pub fn temporary(name: &str) -> Result<PathBuf> {
    let folder = Path::new("/tmp").join(format!("cordon-e2e-{}-{name}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    DirBuilder::new().mode(0o755).create(&folder)?;
    Ok(folder)
}

/// The folder of this crate with `node_modules` in it, installed once from the lock file.
pub fn npm() -> Result<&'static Path> {
    static INSTALLED: OnceLock<Result<(), String>> = OnceLock::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let install = || {
        let lock = std::fs::read(here.join("package-lock.json"))?;
        let stamp = here.join("node_modules/.installed-from");
        if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
            return Ok(());
        }
        let status = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(here)
            .status()
            .context("npm is missing: run `bin/setup node`")?;
        ensure!(status.success(), "npm ci: {status}");
        Ok(std::fs::write(stamp, lock)?)
    };
    let installed = INSTALLED.get_or_init(|| install().map_err(|error| format!("{error:#}")));
    installed.as_ref().map(|()| here).map_err(|error| anyhow::anyhow!("{error}"))
}
