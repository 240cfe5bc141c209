//! Rows of recordings; the sound is a file in the row's folder.

use crate::{
    domain::{recording::RecordingRow, time::Timestamp},
    store::{Db, Error, Result, db::rows, values::Cells},
};

const OF_CASE_MAX: i64 = 500;
const CASES_OF_CALL_MAX: i64 = 50;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, call, n, class, state, case_id, folder, file, sha256, duration_ms, partial, at,
                    delete_after, held_at, held_why, retry_at, trouble, deleted_at, version
               FROM recordings ",
            $tail
        )
    };
}

pub async fn get(db: &Db, id: i64) -> Result<RecordingRow> {
    let found = rows!(db, select!("WHERE id = $1"), id);
    found.into_iter().next().map_or(Err(Error::NotFound), recording)
}

/// Its own, and those of the calls that it was spoken of on, whenever they were finished.
pub async fn of_case(db: &Db, case: i64) -> Result<Vec<RecordingRow>> {
    let found = rows!(
        db,
        select!(
            "WHERE case_id = $1 OR call IN (SELECT call FROM case_calls WHERE case_id = $1)
             ORDER BY id
             LIMIT $2"
        ),
        case,
        OF_CASE_MAX,
    );
    found.into_iter().map(recording).collect()
}

pub async fn of_call(db: &Db, call: &str) -> Result<Vec<RecordingRow>> {
    let found = rows!(db, select!("WHERE call = $1 ORDER BY id LIMIT $2"), call, OF_CASE_MAX);
    found.into_iter().map(recording).collect()
}

/// The row that a recording began with, if it did.
pub async fn numbered(db: &Db, call: &str, number: i64) -> Result<Option<RecordingRow>> {
    let found = rows!(db, select!("WHERE call = $1 AND n = $2"), call, number);
    found.into_iter().next().map(recording).transpose()
}

/// Those of a folder that are being written, or that a crash left so, behind this id.
pub async fn running(db: &Db, folder: &str, after: i64, limit: i64) -> Result<Vec<RecordingRow>> {
    let found = rows!(
        db,
        select!(
            "WHERE state = 'RECORDING' AND folder = $1 AND id > $2
             ORDER BY id
             LIMIT $3"
        ),
        folder,
        after,
        limit,
    );
    found.into_iter().map(recording).collect()
}

/// Those of a folder whose deletion is decided and may be tried now.
pub async fn deleting(
    db: &Db,
    folder: &str,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<RecordingRow>> {
    let found = rows!(
        db,
        select!(
            "WHERE state = 'DELETING' AND folder = $1 AND (retry_at IS NULL OR retry_at <= $2)
             ORDER BY delete_after, id
             LIMIT $3"
        ),
        folder,
        now,
        limit,
    );
    found.into_iter().map(recording).collect()
}

/// Those of a folder whose time is over, that nothing holds, and whose cases were all closed before this.
pub async fn due(
    db: &Db,
    folder: &str,
    now: Timestamp,
    closed_before: Timestamp,
    limit: i64,
) -> Result<Vec<RecordingRow>> {
    let found = rows!(
        db,
        select!(
            "WHERE delete_after <= $2 AND deleted_at IS NULL AND held_at IS NULL AND folder = $1
               AND state IN ('KEPT', 'PARTIAL', 'LOST')
               AND NOT EXISTS (SELECT 1
                                 FROM cases
                                WHERE (cases.id = recordings.case_id
                                       OR cases.id IN (SELECT case_calls.case_id
                                                         FROM case_calls
                                                        WHERE case_calls.call = recordings.call))
                                  AND (cases.closed_at IS NULL OR cases.closed_at > $3))
             ORDER BY delete_after, id
             LIMIT $4"
        ),
        folder,
        now,
        closed_before,
        limit,
    );
    found.into_iter().map(recording).collect()
}

/// How many other rows have this file still.
pub async fn others_of(db: &Db, file: &str, id: i64) -> Result<i64> {
    let found = rows!(
        db,
        "SELECT COUNT(*) FROM recordings WHERE file = $1 AND id <> $2 AND state <> 'DELETED'",
        file,
        id,
    );
    Ok(found.into_iter().next().map_or(Ok(0), |mut row| row.next())?)
}

/// All, in the order of their ids, behind this one.
pub async fn all(db: &Db, after: i64, limit: i64) -> Result<Vec<RecordingRow>> {
    let found = rows!(db, select!("WHERE id > $1 ORDER BY id LIMIT $2"), after, limit);
    found.into_iter().map(recording).collect()
}

/// The cases that a call was about.
pub async fn cases_of(db: &Db, call: &str) -> Result<Vec<i64>> {
    let found = rows!(
        db,
        "SELECT case_id FROM case_calls WHERE call = $1 ORDER BY case_id LIMIT $2",
        call,
        CASES_OF_CALL_MAX,
    );
    Ok(found.into_iter().map(|mut row| row.next()).collect::<sqlx::Result<_>>()?)
}

fn recording(mut row: Cells) -> Result<RecordingRow> {
    Ok(RecordingRow {
        id: row.next()?,
        call: row.next()?,
        number: row.next()?,
        class: row.next()?,
        state: row.next()?,
        case: row.next()?,
        folder: row.next()?,
        file: row.next()?,
        sha256: row.hash()?,
        duration_ms: row.next()?,
        partial: row.next()?,
        at: row.next()?,
        delete_after: row.next()?,
        held_at: row.next()?,
        held_why: row.next()?,
        retry_at: row.next()?,
        trouble: row.next()?,
        deleted_at: row.next()?,
        version: row.next()?,
    })
}
