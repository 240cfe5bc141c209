//! CPU that processes have used, by what Linux says of them.

use std::{
    fs,
    time::{Duration, Instant},
};

use super::Drained;

const TICK_US: f64 = 10_000.0;

/// Microseconds used so far: of the server with all it started, of this process, and of the children that it waited for.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    server: f64,
    ours: f64,
    children: f64,
}

impl Used {
    pub(crate) fn now(postmaster: u32) -> Self {
        let of = |pid: u32| stat(&pid.to_string());
        let server = of(postmaster);
        let sessions: f64 = fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| stat_of_child(&entry.file_name().to_string_lossy(), postmaster))
            .sum();
        let ours = of(std::process::id());
        Self {
            server: server.own + server.children + sessions,
            ours: ours.own,
            children: ours.children,
        }
    }

    /// What was spent since on so many jobs, by this process or by a child of it.
    pub(crate) fn since(
        self,
        postmaster: u32,
        took: Duration,
        jobs: usize,
        child: bool,
    ) -> Drained {
        let now = Self::now(postmaster);
        let jobs = jobs as f64;
        let own = if child { now.children - self.children } else { now.ours - self.ours };
        Drained {
            rate: jobs / took.as_secs_f64(),
            server: (now.server - self.server) / jobs,
            own: own / jobs,
        }
    }
}

/// Runs one way in this process.
pub(crate) async fn timed(
    postmaster: u32,
    jobs: usize,
    drain: impl Future<Output = ()>,
) -> Drained {
    let (before, begun) = (Used::now(postmaster), Instant::now());
    drain.await;
    let took = begun.elapsed();
    before.since(postmaster, took, jobs, false)
}

struct Stat {
    own: f64,
    children: f64,
}

fn fields(pid: &str) -> Option<Vec<u64>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold spaces; behind it come the state and the parent.
    let (_, behind) = stat.rsplit_once(") ")?;
    Some(behind.split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0)).collect())
}

fn stat(pid: &str) -> Stat {
    let fields = fields(pid).unwrap_or_default();
    let at = |n: usize| fields.get(n).copied().unwrap_or(0) as f64 * TICK_US;
    Stat { own: at(10) + at(11), children: at(12) + at(13) }
}

fn stat_of_child(pid: &str, parent: u32) -> Option<f64> {
    let is_a_process = pid.bytes().all(|byte| byte.is_ascii_digit());
    let ours = is_a_process && fields(pid)?.first() == Some(&u64::from(parent));
    ours.then(|| stat(pid).own)
}
