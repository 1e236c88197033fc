//! Looks around on the machine: where Postgres's programs are, and who may run them.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::error::{EmbeddedError, io};

/// Where packages put the programs, as (parent, start of the version's folder, rest). Versions are tried from
/// the newest; an empty start stands for the parent itself.
const PLACES: [(&str, Option<&str>, &str); 8] = [
    ("/usr/lib/postgresql", Some(""), "bin"),
    ("/usr", Some("pgsql-"), "bin"),
    ("/opt/homebrew/opt", Some("postgresql@"), "bin"),
    ("/usr/local/opt", Some("postgresql@"), "bin"),
    ("/Applications/Postgres.app/Contents/Versions", Some(""), "bin"),
    ("/usr/local/pgsql/bin", None, ""),
    ("/usr/local/bin", None, ""),
    ("/usr/bin", None, ""),
];

/// The folder with `initdb`, `pg_ctl` and `postgres`: the configured one and no other, else the first found. With
/// a cluster at hand, only programs of its major version will do.
pub(super) fn binaries(configured: Option<&Path>, data: &Path) -> Result<PathBuf, EmbeddedError> {
    let found: Vec<PathBuf> = match configured {
        Some(folder) => complete(folder).into_iter().collect(),
        None => candidates().iter().filter_map(|folder| complete(folder)).collect(),
    };
    let Some(first) = found.first() else {
        let looked_in =
            configured.map_or_else(|| "the usual folders".to_owned(), |folder| folder.display().to_string());
        return Err(EmbeddedError::NoBinaries { looked_in });
    };
    let Some(wanted) = made_by(data) else { return Ok(first.clone()) };
    found
        .into_iter()
        .find(|folder| major(folder) == Some(wanted))
        .ok_or_else(|| EmbeddedError::OtherVersion { data: data.to_owned(), wanted })
}

/// All folders worth a look, best first: what `pg_config` on the search path names (version managers and
/// self-built servers), then the packages'.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        said_by(Command::new("pg_config").arg("--bindir")).map(PathBuf::from).into_iter().collect();
    for (parent, start, rest) in PLACES {
        let Some(start) = start else {
            folders.push(parent.into());
            continue;
        };
        let names = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let mut versions: Vec<u32> =
            names.filter_map(|name| name.to_str()?.strip_prefix(start)?.parse().ok()).collect();
        versions.sort_unstable_by(|a, b| b.cmp(a));
        folders.extend(
            versions.iter().map(|version| Path::new(parent).join(format!("{start}{version}")).join(rest)),
        );
    }
    folders
}

/// The real folder, if all programs are there. A link such as /usr/local/bin/initdb leads to the folder in which
/// the programs find their own files.
fn complete(folder: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(folder.join("initdb")).ok()?.parent()?.to_owned();
    ["pg_ctl", "postgres"].iter().all(|name| real.join(name).is_file()).then_some(real)
}

/// The major version that made this cluster; `None` without a cluster.
fn made_by(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// The major version in "postgres (PostgreSQL) 15.14 (Debian …)".
fn major(folder: &Path) -> Option<u32> {
    let said = said_by(Command::new(folder.join("postgres")).arg("--version"))?;
    let version = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn said_by(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !said.is_empty()).then_some(said)
}

/// The user that Postgres's programs run as in root's stead.
#[derive(Clone, Debug)]
pub(super) struct RunAs {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Whom to become, or `None` when this process is not root and may stay what it is.
pub(super) fn run_as() -> Result<Option<RunAs>, EmbeddedError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(io("read", "/etc/passwd"))?;
    let entry =
        |wanted: &str| users.lines().find_map(|line| parse_user(line).filter(|user| user.name == wanted));
    ["postgres", "_postgres", "nobody"].into_iter().find_map(entry).map(Some).ok_or(EmbeddedError::NoUser)
}

/// One line of /etc/passwd: name:password:uid:gid:…
fn parse_user(line: &str) -> Option<RunAs> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(RunAs { name, uid, gid })
}

/// Checks that the user can reach the folder: one closed parent (/root, say) and Postgres fails much later, with
/// a message that does not name it.
pub(super) fn check_reachable(folder: &Path, user: &RunAs) -> Result<(), EmbeddedError> {
    for parent in folder.ancestors() {
        let meta = fs::metadata(parent).map_err(io("look at", parent))?;
        let bit = match (meta.uid() == user.uid, meta.gid() == user.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        if meta.mode() & bit == 0 {
            return Err(EmbeddedError::NotSearchable { folder: parent.to_owned(), user: user.name.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_user_list_is_read() {
        let user = parse_user("postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash")
            .unwrap();
        assert_eq!((user.name.as_str(), user.uid, user.gid), ("postgres", 101, 104));
        assert!(parse_user("# a comment").is_none());
    }

    #[test]
    fn missing_programs_name_the_package() {
        let error =
            binaries(Some(Path::new("/nonexistent")), Path::new("/nonexistent")).unwrap_err().to_string();
        assert!(error.contains("apt-get install postgresql"), "{error}");
        assert!(error.contains("/nonexistent"), "{error}");
    }

    #[test]
    fn a_cluster_of_another_version_is_refused() {
        let data = std::env::temp_dir().join(format!("cordon-version-{}", std::process::id()));
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("PG_VERSION"), "8\n").unwrap();
        let error = binaries(None, &data).unwrap_err().to_string();
        fs::remove_dir_all(&data).unwrap();
        assert!(error.contains("postgresql-8"), "{error}");
    }
}
