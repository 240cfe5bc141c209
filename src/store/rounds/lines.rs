//! Which call of ours a citizen is on, and which kind of call has the evening. Taken by a Change; renewed and freed here.

use crate::{
    domain::{
        time::{Day, Timestamp},
        verification::line::{Evening, Line},
    },
    store::{
        Db, Result,
        db::{rows, run_on},
        writer::Writer,
    },
};

/// The call that holds a citizen's line now.
pub async fn held(db: &Db, citizen: i64, now: Timestamp) -> Result<Option<Line>> {
    let found = rows!(
        db,
        "SELECT kind, call, taken_at, until_at FROM lines WHERE citizen = $1 AND until_at > $2",
        citizen,
        now,
    );
    let Some(mut row) = found.into_iter().next() else { return Ok(None) };
    Ok(Some(Line {
        citizen,
        kind: row.next()?,
        call: row.next()?,
        taken_at: row.next()?,
        until: row.next()?,
    }))
}

/// The kind of call that has the citizen's evening.
pub async fn evening(db: &Db, citizen: i64, day: Day) -> Result<Option<Evening>> {
    let found = rows!(
        db,
        "SELECT kind, rung_at, asked_at FROM evenings WHERE citizen = $1 AND day = $2",
        citizen,
        day,
    );
    let Some(mut row) = found.into_iter().next() else { return Ok(None) };
    Ok(Some(Evening {
        citizen,
        day,
        kind: row.next()?,
        rung_at: row.next()?,
        asked_at: row.next()?,
    }))
}

/// Is the citizen owed a call-back, by the queue or on the list of those who wait for one?
pub async fn owed(db: &Db, citizen: i64) -> Result<bool> {
    let found = rows!(
        db,
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM call_backs WHERE citizen = $1 AND done_at IS NULL)
             OR EXISTS (SELECT 1
                          FROM queue_rows
                         WHERE phone_key = (SELECT phone_key FROM citizens WHERE id = $1)
                           AND phone_key IS NOT NULL)",
        citizen,
    );
    Ok(!found.is_empty())
}

/// Makes a line last until then; false when another call holds it, or it was freed.
pub async fn renew(writer: &Writer, citizen: i64, call: &str, until: Timestamp) -> Result<bool> {
    let call = call.to_owned();
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE lines
                        SET until_at = $3
                      WHERE citizen = $1 AND call = $2 AND until_at > 0",
                    citizen,
                    &call,
                    until,
                );
                Ok(touched == 1)
            })
        })
        .await
}

/// Gives a line back before its time; false when another call holds it, or it was freed.
pub async fn free(writer: &Writer, citizen: i64, call: &str) -> Result<bool> {
    let call = call.to_owned();
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE lines
                        SET until_at = 0
                      WHERE citizen = $1 AND call = $2 AND until_at > 0",
                    citizen,
                    &call,
                );
                Ok(touched == 1)
            })
        })
        .await
}

/// Frees every line. For a demonstration that starts: its leases outlast any step of its clock.
pub async fn free_all(writer: &Writer) -> Result<u64> {
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let sql = "UPDATE lines SET until_at = 0 WHERE until_at > 0";
                Ok(run_on!(conn, sql))
            })
        })
        .await
}
