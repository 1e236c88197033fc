//! What is known about a server from outside: whether its socket answers, and whether the process that a pid file
//! names is really it.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    process::Command,
    time::Duration,
};

/// What a knock at the socket brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It takes sessions.
    Ready,
    /// It is starting, recovering or stopping: knock again.
    NotYet,
    /// Nobody listens.
    Nobody,
}

/// A start-up packet for protocol 3.0: user and database `postgres`.
const HELLO: &[u8] = b"\0\0\0\x29\0\x03\0\0user\0postgres\0database\0postgres\0\0";
const GOODBYE: &[u8] = b"X\0\0\0\x04";

/// Opens a session and closes it again. A server that refuses for another reason than "not yet" is ready: it has
/// too many sessions, for example.
pub(super) fn knock(socket: &Path) -> Answer {
    let Ok(mut stream) = UnixStream::connect(socket) else { return Answer::Nobody };
    match first_words(&mut stream) {
        Ok(words) if words.first() == Some(&b'E') && words.windows(6).any(|six| six == b"C57P03") => {
            Answer::NotYet
        }
        Ok(words) if words.is_empty() => Answer::NotYet,
        Ok(_) => Answer::Ready,
        Err(_) => Answer::NotYet,
    }
}

fn first_words(stream: &mut UnixStream) -> std::io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(HELLO)?;
    let mut words = vec![0; 512];
    let count = stream.read(&mut words)?;
    words.truncate(count);
    // Without it the server would log a lost connection. Too late is fine.
    let _ = stream.write_all(GOODBYE);
    Ok(words)
}

/// The process number in the first line of a `postmaster.pid` or a socket's lock file.
pub(super) fn pid_in(file: &Path) -> Option<i32> {
    fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}

/// Whether any process, even one that has ended but was never waited for, has this number.
pub(super) fn exists(pid: i32) -> bool {
    let Some(pid) = rustix::process::Pid::from_raw(pid) else { return false };
    // Not allowed to signal it: it exists and belongs to somebody else.
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

/// Whether this process is a live server of this cluster. Not so: a zombie (PID 1 of a container may never reap
/// a killed server), or somebody else who got the number since.
pub(super) fn serves(pid: i32, data: &Path) -> bool {
    if Path::new("/proc/self/stat").exists() {
        let entry = Path::new("/proc").join(pid.to_string());
        return fs::read_to_string(entry.join("stat")).is_ok_and(|line| is_live_postgres(&line))
            && fs::read_link(entry.join("cwd")).is_ok_and(|folder| folder == data);
    }
    // macOS and the BSDs: there `ps` is always installed.
    let output = Command::new("ps").args(["-o", "stat=,comm=", "-p", &pid.to_string()]).output();
    output.is_ok_and(|output| {
        let line = String::from_utf8_lossy(&output.stdout);
        !line.trim_start().starts_with('Z') && line.contains("postgres")
    })
}

/// Reads "pid (name) state …"; the name may hold blanks and brackets itself.
fn is_live_postgres(line: &str) -> bool {
    let Some((start, rest)) = line.rsplit_once(") ") else { return false };
    let named = start.split_once('(').is_some_and(|(_, name)| name.starts_with("postgres"));
    named && !rest.starts_with(['Z', 'X'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zombie_or_another_program_is_no_live_server() {
        assert!(is_live_postgres("71 (postgres) S 1 71 71 0 -1"));
        assert!(!is_live_postgres("71 (postgres) Z 1 71 71 0 -1"));
        assert!(!is_live_postgres("71 (bash (x) y) S 1 71 71 0 -1"));
        assert!(!is_live_postgres(""));
    }

    #[test]
    fn the_greeting_says_its_own_length() {
        assert_eq!(HELLO.get(..4), Some(u32::try_from(HELLO.len()).unwrap().to_be_bytes().as_slice()));
    }

    #[test]
    fn nobody_answers_without_a_socket() {
        assert_eq!(knock(Path::new("/nonexistent/.s.PGSQL.5432")), Answer::Nobody);
    }
}
