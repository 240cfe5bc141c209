//! Rounds that are due, and rounds that wait.

use std::fmt::Write;

use helpline181::{
    app::old_cases::{File, import},
    domain::{actor::Actor, time::DAY_MS},
};

use super::house::{House, TEN};

/// Citizens that no other run has rung: a phone may be rung six times a day.
static BROUGHT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

const HEADER: &str = "old_number,registered_at,phone,category,place,level,arrived_at,due_at,state,resolved_at,\
                      attended,escalations,words\n";

/// So many cases of different citizens, resolved and due to be asked about now, over all blocks.
pub(crate) async fn bring(house: &House, count: usize) {
    let index = house.app.index();
    let places = index.places_of_kind("block");
    let categories = index.categories();
    let first = BROUGHT.fetch_add(count, std::sync::atomic::Ordering::Relaxed);
    let (registered, due) = (TEN.plus_ms(-3 * DAY_MS), TEN.plus_ms(4 * DAY_MS));
    let mut text = HEADER.to_owned();
    for n in first..first + count {
        let (place, category) = (&places[n % places.len()], &categories[n % categories.len()]);
        writeln!(
            text,
            "CMH/{n},{registered},{},{},{},1,{registered},{due},AWAITING_VERIFICATION,{registered},yes,0,\
             The tanker has not come",
            6_000_000_000 + n as u64,
            category.code,
            place.code,
        )
        .expect("a string grows");
    }
    let file = File { name: "jobs.csv".to_owned(), bytes: text.into_bytes() };
    let report = import(&house.app, &Actor::system(), vec![file], &|_| {}).await;
    let report = report.expect("an import");
    assert!(report.faults.is_empty(), "{:?}", report.faults.listed);
    assert_eq!(report.written, count);
    let mut beside = house.beside().await;
    let due = format!(
        "UPDATE rounds SET next_at = {} WHERE state = 'OPEN' AND attempts = 0 AND next_at < {}",
        TEN.ms(),
        TEN.ms() + DAY_MS
    );
    let due = beside.touch(&due).await;
    assert_eq!(due as usize, count, "as many are due as were brought");
    house.settle().await;
}

/// So many rounds that are due on later days, over all districts; without their cases, so their foreign keys are not asked.
pub(crate) async fn wait(house: &House, count: usize) {
    let mut beside = house.beside().await;
    let tomorrow = TEN.ms() + 2 * DAY_MS;
    beside
        .run(&format!(
            "SET session_replication_role = replica;
             INSERT INTO rounds (case_id, round, citizen, language, district, state, opened_at, ends_at, next_at, attempts,
                                 dials, attempt_used, redials_busy, redials_congestion, partial, ring_back, human,
                                 bad_number_days, version)
             SELECT -n, 1, -n, 'hi', districts.all_of[1 + n % CARDINALITY(districts.all_of)], 'OPEN', {TEN}, {tomorrow} + 864000000,
                    {tomorrow} + n * 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
               FROM GENERATE_SERIES(1, {count}) AS n,
                    (SELECT ARRAY_AGG(DISTINCT district) AS all_of FROM rounds) AS districts",
            TEN = TEN.ms(),
        ))
        .await;
    house.settle().await;
}
