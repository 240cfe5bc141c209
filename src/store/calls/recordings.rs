//! Rows of recordings; the sound is a file in the row's folder.

use crate::{
    domain::recording::RecordingRow,
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
