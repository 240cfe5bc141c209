//! Goal 8: find and escalate 1,000 of all, with history and notices, beside the bare UPDATE of 1,000 rows.

use std::time::Instant;

use helpline181::app::clock::escalate;

use super::{
    Plan,
    house::{Beside, House, TEN},
    times::{median, nothing_due},
};

const SWEPT: usize = 1_000;
/// As the workers' sweep asks.
const SWEEP_MAX: i64 = 512;
const BAR: f64 = 2.5;
/// What the bare UPDATE moves is due then, and nothing else is.
const ASIDE_MS: i64 = TEN.0 + 777_777_777;

pub(crate) async fn compare(house: &House, plan: Plan) {
    let mut conn = house.beside().await;
    explain(house, &mut conn).await;
    let (mut ratios, mut rows) = (Vec::new(), Vec::new());
    // What is prepared and cached once is not the sweep's.
    for round in 0..=plan.rounds {
        overdue(&mut conn, plan, 2 * round).await;
        let bare = update(&mut conn).await;
        put_back(&mut conn).await;
        overdue(&mut conn, plan, 2 * round + 1).await;
        let swept = sweep(house).await;
        if round > 0 {
            println!(
                "  round {round}: bare UPDATE {bare:.1} ms, sweep {swept:.1} ms, {:.2}",
                swept / bare
            );
            ratios.push(swept / bare);
            rows.push(swept);
        }
    }
    let idle = nothing_due(house).await;
    println!(
        "  goal 8: sweep of {SWEPT} of {} / bare UPDATE {:.2} (bar {BAR}), median {:.1} ms; nothing due {idle:.3} ms (2)",
        plan.cases,
        median(ratios),
        median(rows),
    );
}

/// Makes 1,000 cases overdue, spread over all of them: others in each round.
async fn overdue(conn: &mut Beside, plan: Plan, round: usize) {
    let every = plan.cases / SWEPT;
    let made = conn
        .touch(&format!(
            "UPDATE cases SET due_at = {} + id % 1000
              WHERE id IN (SELECT id FROM cases
                            WHERE state = 'WITH_OFFICER' AND level < ladder AND overdue_last = 0
                              AND due_at > {} AND (id + {}) % {} < 2
                            ORDER BY id LIMIT {SWEPT})",
            TEN.ms() - 3_600_000,
            TEN.ms(),
            round * 3,
            every.max(2),
        ))
        .await;
    assert_eq!(made, SWEPT as u64, "there are too few cases to sweep");
}

/// Finds and moves in one commit, and writes nothing else.
async fn update(conn: &mut Beside) -> f64 {
    let begun = Instant::now();
    conn.run("BEGIN").await;
    let moved = conn
        .touch(&format!(
            "UPDATE cases SET level = level + 1, due_at = {due}
              WHERE id IN (SELECT id FROM cases WHERE due_at <= {now} AND overdue_last = 0
                            ORDER BY due_at, id LIMIT {SWEPT})",
            due = ASIDE_MS,
            now = TEN.ms(),
        ))
        .await;
    conn.run("COMMIT").await;
    let took = begun.elapsed().as_secs_f64() * 1e3;
    assert_eq!(moved, SWEPT as u64);
    took
}

async fn put_back(conn: &mut Beside) {
    let sql = format!("UPDATE cases SET level = level - 1 WHERE due_at = {}", ASIDE_MS);
    conn.touch(&sql).await;
    let sql = format!("UPDATE cases SET due_at = {0} + 1 + id % 1000 WHERE due_at = {0}", ASIDE_MS);
    conn.touch(&sql).await;
}

async fn sweep(house: &House) -> f64 {
    let begun = Instant::now();
    let mut moved = 0;
    loop {
        match escalate(&house.app, SWEEP_MAX).await.expect("a sweep") {
            0 => break,
            some => moved += some,
        }
    }
    let took = begun.elapsed().as_secs_f64() * 1e3;
    assert_eq!(moved, SWEPT);
    took
}

async fn explain(house: &House, conn: &mut Beside) {
    let find = format!(
        "SELECT id FROM cases WHERE due_at <= {} AND overdue_last = 0 ORDER BY due_at, id LIMIT 1000",
        TEN.ms()
    );
    let plan = conn.plan(house.is_postgres(), &find).await;
    assert!(plan.contains("cases_due"), "the index over due times is not used: {plan}");
    println!("  what is due is found by: {plan}");
}
