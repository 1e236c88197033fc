//! What the kernel says about processes: the time they computed and the memory they hold.

use std::fs;

/// Milliseconds that a process computed, in user and kernel mode.
pub(crate) fn cpu_ms(pid: u32) -> f64 {
    ticks(pid, 11) * 10.0
}

/// Milliseconds of the server processes that serve sessions of a login, ended ones included.
pub(crate) fn backends_ms(postmaster: u32, login: &str) -> f64 {
    let mark = format!(": {login} ");
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let serves = |pid: &u32| {
        fs::read_to_string(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.starts_with("postgres: ") && line.contains(&mark))
    };
    pids.filter(serves).map(cpu_ms).sum::<f64>() + ticks(postmaster, 13) * 10.0
}

/// The sum of two neighbouring fields of /proc/PID/stat, counted after the name; 100 ticks a second on every Linux.
fn ticks(pid: u32, first: usize) -> f64 {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = line.rsplit_once(") ").map_or("", |(_, rest)| rest);
    rest.split(' ').skip(first).take(2).filter_map(|field| field.parse::<f64>().ok()).sum()
}

/// Megabytes that a process holds in memory.
pub(crate) fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}
