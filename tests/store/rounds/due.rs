//! What is due, by district, and which of it is claimed.

use helpline181::{
    domain::{
        change::{Change, Gate},
        place::PlaceCode,
        time::DAY_MS,
        verification::Round,
    },
    store::{
        Store,
        rounds::{self, claims, due},
    },
};

use sqlx::{AssertSqlSafe, Row};

use crate::{
    kit::beside::Beside,
    kit::samples::{next, with_round},
    kit::{Home, NOW, commit, run},
};

on_both_engines! {
    districts_with_something_due_are_found_behind_those_that_wait,
    of_the_longest_due_those_that_end_first_are_claimed,
    promised_calls_are_claimed_alone,
    claim_reads_its_district_by_the_index_however_many_wait,
}

const LEASE_MS: i64 = 60_000;

/// A case with an open round, moved as the test wants it.
pub(super) async fn open(store: &Store, edit: impl FnOnce(&mut Round)) -> i64 {
    let (case, mut round) = with_round(store).await;
    round.version = 2;
    edit(&mut round);
    let change = Change { round: Some((Gate::Version(1), round)), ..next(&case, "moved") };
    commit(store, &format!("move {}", case.id), change).await.unwrap();
    case.id
}

pub(super) fn district(n: i64) -> PlaceCode {
    PlaceCode::new(format!("district:{n}"))
}

async fn districts_with_something_due_are_found_behind_those_that_wait(home: Home) {
    let store = home.open().await;
    for (of, due_ms) in [(411, Some(0)), (399, Some(1)), (402, Some(-1)), (396, None), (402, None)]
    {
        open(&store, |round| {
            round.district = district(of);
            round.next_at = due_ms.map(|ms| NOW.plus_ms(ms));
        })
        .await;
    }

    let found = due::districts(&store.db, NOW).await.unwrap();
    assert_eq!(found, [district(402), district(411)]);
    assert!(due::districts(&store.db, NOW.plus_ms(-2)).await.unwrap().is_empty());
    store.close().await;
}

async fn of_the_longest_due_those_that_end_first_are_claimed(home: Home) {
    let store = home.open().await;
    let mut cases = Vec::new();
    // Due since, and the day on which the round ends.
    for (due_ms, ends) in [(0, 9), (-5, 9), (-5, 2), (0, 1), (9, 0)] {
        let case = open(&store, |round| {
            round.next_at = Some(NOW.plus_ms(due_ms));
            round.ends_at = NOW.plus_ms(ends * DAY_MS);
        });
        cases.push(case.await);
    }
    let other = open(&store, |round| round.district = district(399)).await;
    let last = rounds::get(&store.db, cases[0], 1).await.unwrap();
    assert_eq!(due::before(&store.db, &last, NOW).await.unwrap(), 3);

    let shares = vec![(district(396), 3), (district(399), 3)];
    let claimed = claims::claim_in(&store.writer, shares.clone(), NOW, LEASE_MS).await.unwrap();

    let claimed: Vec<_> = claimed.iter().map(|claimed| claimed.round.case).collect();
    assert_eq!(claimed[..2], [cases[3], cases[2]]);
    assert_eq!((claimed.len(), claimed[3]), (4, other));
    let left = claims::claim_in(&store.writer, shares, NOW, LEASE_MS).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(due::before(&store.db, &last, NOW).await.unwrap(), 0);
    store.close().await;
}

async fn promised_calls_are_claimed_alone(home: Home) {
    let store = home.open().await;
    open(&store, |_| {}).await;
    let promised = open(&store, |round| round.ring_back = true).await;
    open(&store, |round| {
        round.ring_back = true;
        round.next_at = Some(NOW.plus_ms(1));
    })
    .await;
    let claim = async || claims::claim_promised(&store.writer, NOW, 9, LEASE_MS).await.unwrap();

    let claimed = claim().await;
    assert_eq!(claimed.iter().map(|claimed| claimed.round.case).collect::<Vec<_>>(), [promised]);
    assert_eq!(claim().await.len(), 0);
    store.close().await;
}

async fn claim_reads_its_district_by_the_index_however_many_wait(home: Home) {
    let store = home.open().await;
    let case = open(&store, |_| {}).await;
    // Twenty thousand that wait for tomorrow, in forty districts.
    let many = format!(
        "INSERT INTO rounds (case_id, round, citizen, language, district, state, opened_at, ends_at, next_at, attempts,
                             dials, attempt_used, redials_busy, redials_congestion, partial, ring_back, human,
                             bad_number_days, version)
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
         SELECT {case}, n + 1, n, 'hi', 'district:' || CAST(300 + n % 40 AS TEXT), 'OPEN', 0, 0, {}, 0, 0, 0, 0, 0, 0,
                0, 0, 0, 1
           FROM n",
        NOW.plus_ms(DAY_MS).ms()
    );
    run(&home, &many).await;
    run(&home, "ANALYZE").await;

    let beside = Beside::open(&home.url).await;
    let claim = plan(
            &beside,
            "SELECT case_id, round FROM rounds
              WHERE state = 'OPEN' AND next_at IS NOT NULL AND district = 'district:396' AND next_at <= 5
                AND (leased_until IS NULL OR leased_until <= 5)
              ORDER BY next_at, ends_at, case_id
              LIMIT 64",
        )
        .await;
    let soonest = plan(
        &beside,
        "SELECT MIN(next_at) FROM rounds
              WHERE state = 'OPEN' AND next_at IS NOT NULL AND district = 'district:396'",
    )
    .await;
    beside.close().await;
    for plan in [&claim, &soonest] {
        assert!(plan.contains("rounds_district") && !plan.contains("Seq Scan"), "{plan}");
    }
    // In the order of the index: nothing is sorted.
    assert!(!claim.contains("TEMP B-TREE"), "{claim}");
    assert_eq!(due::districts(&store.db, NOW).await.unwrap(), [district(396)]);
    let claimed =
        claims::claim_in(&store.writer, vec![(district(396), 9)], NOW, LEASE_MS).await.unwrap();
    assert_eq!(claimed.len(), 1);
    store.close().await;
}

/// How the engine finds it, in one line; as the writer's connections plan.
async fn plan(beside: &Beside, sql: &str) -> String {
    let lines: Vec<String> = match beside {
        Beside::Sqlite(pool) => {
            let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sqlx::query(sql).fetch_all(pool).await.unwrap();
            rows.iter().map(|row| row.get("detail")).collect()
        }
        Beside::Postgres(pool) => {
            let mut conn = pool.acquire().await.unwrap();
            sqlx::raw_sql("SET enable_seqscan = off").execute(&mut *conn).await.unwrap();
            let sql = AssertSqlSafe(format!("EXPLAIN {sql}"));
            let rows = sqlx::query(sql).fetch_all(&mut *conn).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    };
    lines.join("; ")
}
