//! Rows of recordings; the sound is a file on the row's node.

use crate::{
    domain::change::RecordingRow,
    store::{Db, Error, Result, db::rows, values::Cells},
};

const OF_CASE_MAX: i64 = 500;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, call, case_id, file, sha256, duration_ms, partial, at FROM recordings ",
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

fn recording(mut row: Cells) -> Result<RecordingRow> {
    Ok(RecordingRow {
        id: row.next()?,
        call: row.next()?,
        case: row.next()?,
        file: row.next()?,
        sha256: row.hash()?,
        duration_ms: row.next()?,
        partial: row.next()?,
        at: row.next()?,
    })
}
