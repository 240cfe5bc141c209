//! The queues that others would have taken, each as its own process from the folder that `DRAIN_PEERS` names.

use std::{env, path::PathBuf, process::Command, time::Duration};

use super::{Drained, cpu::Used, house};

/// A program that takes `setup`, `bring N` and `drain N`, and prints how many seconds its own work took.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    program: Vec<String>,
    url: String,
    postmaster: u32,
}

/// None outside the full tier, which installs them.
pub(crate) async fn set_up() -> Vec<Peer> {
    let Some(folder) = env::var_os("DRAIN_PEERS").map(PathBuf::from) else { return Vec::new() };
    let in_folder = |name: &str| folder.join(name).display().to_string();
    let node = |script: &str| vec!["node".to_owned(), in_folder(script)];
    let python = vec![in_folder("venv/bin/python"), in_folder("pgqueuer_peer.py")];
    let programs = [
        ("graphile-worker, tuned", node("graphile_worker.js")),
        ("pg-boss", node("pg_boss.js")),
        ("pgqueuer", python),
        ("apalis", vec![in_folder("apalis_peer")]),
    ];
    let (url, postmaster) = (house::server(), house::postmaster().await);
    let peers =
        programs.map(|(name, program)| Peer { name, program, url: url.clone(), postmaster });
    for peer in &peers {
        peer.run("setup", 0);
    }
    peers.into()
}

impl Peer {
    pub(crate) fn drain(&self, count: usize) -> Drained {
        self.run("bring", count);
        let before = Used::now(self.postmaster);
        let seconds: f64 = self.run("drain", count).trim().parse().expect("seconds");
        before.since(self.postmaster, Duration::from_secs_f64(seconds), count, true)
    }

    fn run(&self, what: &str, count: usize) -> String {
        let out = Command::new(&self.program[0])
            .args(&self.program[1..])
            .args([what, &count.to_string()])
            .env("PGURL", &self.url)
            .output()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.name));
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{} {what}: {said}", self.name);
        String::from_utf8_lossy(&out.stdout).into_owned()
    }
}
