//! The least that a queue in PostgreSQL does, with nothing around it: pgbench claims 64 with SKIP LOCKED, and deletes them.

use std::{process::Command, time::Duration};

use super::{
    Drained,
    cpu::Used,
    house::{Beside, House, postmaster},
};

const CLIENTS: usize = 4;
const CLAIMED: usize = 64;

const SCHEMA: &str = "DROP SCHEMA IF EXISTS by_hand CASCADE;
CREATE SCHEMA by_hand;
CREATE TABLE by_hand.job (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state SMALLINT NOT NULL DEFAULT 0,
    attempts SMALLINT NOT NULL DEFAULT 0, run_at TIMESTAMPTZ NOT NULL DEFAULT now(), lease_until TIMESTAMPTZ,
    kind TEXT NOT NULL, payload JSONB NOT NULL);
CREATE INDEX ON by_hand.job (run_at) WHERE state = 0";

const DRAIN: &str = "with c as (select id from by_hand.job where state = 0 and run_at <= now() order by run_at limit 64 for update skip locked), u as (update by_hand.job j set state = 1, attempts = attempts + 1, lease_until = now() + interval '1 minute' from c where j.id = c.id returning j.id) select array_agg(id) as ids from u \\gset
delete from by_hand.job where id = any(:ids ::bigint[]);
";

pub(crate) async fn set_up(house: &mut House) {
    house.beside().await.run(SCHEMA).await;
}

/// Whole claims of all clients: what is left over of `count` is not brought.
pub(crate) async fn drain(house: &House, count: usize) -> Drained {
    let each = count / (CLIENTS * CLAIMED);
    let count = each * CLIENTS * CLAIMED;
    let mut beside = house.beside().await;
    bring(&mut beside, count).await;
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("drain.sql");
    std::fs::write(&script, DRAIN).expect("written");
    let postmaster = postmaster().await;
    let before = Used::now(postmaster);
    let out = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-j", "1", "-c", &CLIENTS.to_string()])
        .args(["-t", &each.to_string(), "-f"])
        .arg(&script)
        .arg(super::house::server())
        .output()
        .expect("pgbench is part of PostgreSQL");
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let claims: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok())
        .expect("a rate");
    let took = Duration::from_secs_f64((CLIENTS * each) as f64 / claims);
    assert_eq!(beside.number("SELECT COUNT(*) FROM by_hand.job").await, 0);
    before.since(postmaster, took, count, true)
}

async fn bring(beside: &mut Beside, count: usize) {
    let jobs = format!(
        "INSERT INTO by_hand.job (kind, payload)
         SELECT 'noop', '{{\"complaint\":1}}' FROM GENERATE_SERIES(1, {count})"
    );
    beside.run(&jobs).await;
    beside.run("VACUUM ANALYZE by_hand.job").await;
}
