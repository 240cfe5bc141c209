//! The times between keys, kept as long as calls are compared.

use crate::{
    domain::{
        flags::patterns::{OF_ONE_MAX, Timed},
        time::Timestamp,
    },
    store::{
        Db, Result,
        db::{rows, run_on},
        writer::{Lane, Writer},
    },
};

/// Timings that are forgotten in one go.
const FORGOTTEN_MAX: i64 = 1_000;

/// Kept once; gives nothing back.
pub async fn put(writer: &Writer, timing: String, call: Timed, round: i64) -> Result<()> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                run_on!(
                    conn,
                    "INSERT INTO answer_timings (case_id, round, timing, citizen, at)
                     VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (case_id, round) DO NOTHING",
                    call.case,
                    round,
                    &timing,
                    call.citizen,
                    call.at,
                );
                Ok(())
            })
        })
        .await
}

/// The first calls with one timing since, in order.
pub async fn same(db: &Db, timing: &str, since: Timestamp) -> Result<Vec<Timed>> {
    let found = rows!(
        db,
        "SELECT citizen, case_id, at
           FROM answer_timings
          WHERE timing = $1 AND at >= $2
          ORDER BY at, case_id
          LIMIT $3",
        timing,
        since,
        OF_ONE_MAX,
    );
    found
        .into_iter()
        .map(|mut row| Ok(Timed { citizen: row.next()?, case: row.next()?, at: row.next()? }))
        .collect()
}

/// Gives how many.
pub async fn forget(writer: &Writer, before: Timestamp) -> Result<u64> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                Ok(run_on!(
                    conn,
                    "DELETE FROM answer_timings
                      WHERE (case_id, round) IN (SELECT case_id, round
                                                   FROM answer_timings
                                                  WHERE at < $1
                                                  ORDER BY at
                                                  LIMIT $2)",
                    before,
                    FORGOTTEN_MAX,
                ))
            })
        })
        .await
}
