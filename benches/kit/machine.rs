//! What the machine gives: cores, open files, CPU time of named threads, and busy neighbours.

use std::fs;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The soft limit of this process.
pub(crate) fn open_files_max() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(1_024)
}

/// Over 1, 5 and 15 minutes: what else ran on the machine.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// Keeps the threads of this process with this name on one core; false when nobody can.
pub(crate) fn keep_to_core(name: &str, core: usize) -> bool {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let mut ours = threads.filter(|thread| {
        fs::read_to_string(thread.path().join("comm")).is_ok_and(|comm| comm.trim() == name)
    });
    let pinned = |thread: fs::DirEntry| {
        let taskset = Command::new("taskset")
            .args(["-p", "-c", &core.to_string()])
            .arg(thread.file_name())
            .output();
        taskset.is_ok_and(|output| output.status.success())
    };
    core < cores() && ours.all(pinned)
}

/// CPU time spent so far.
#[derive(Clone, Copy)]
pub(crate) struct Cpu(Duration);

impl Cpu {
    /// Of the threads of this process with this name (Linux; elsewhere none is found).
    pub(crate) fn of_threads(name: &str) -> Self {
        let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let ns = threads
            .filter(|thread| {
                fs::read_to_string(thread.path().join("comm")).is_ok_and(|comm| comm.trim() == name)
            })
            .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
            .filter_map(|stat| stat.split_whitespace().next()?.parse::<u64>().ok())
            .sum();
        Self(Duration::from_nanos(ns))
    }

    pub(crate) fn since(self, before: Self) -> Duration {
        self.0.saturating_sub(before.0)
    }
}

/// Threads of ordinary priority that never rest, until dropped.
pub(crate) struct Neighbours {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Neighbours {
    pub(crate) fn start(count: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..count)
            .map(|_| {
                let stop = Arc::clone(&stop);
                thread::spawn(move || {
                    let mut work = 0u64;
                    while !stop.load(Ordering::Relaxed) {
                        work = black_box(work.wrapping_mul(31).wrapping_add(7));
                    }
                })
            })
            .collect();
        Self { stop, threads }
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
