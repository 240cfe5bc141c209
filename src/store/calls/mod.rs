//! Records of calls, written when they end.

use super::{Db, Error, Result, db::rows, values::Cells};
use crate::domain::{change::CallRecord, time::Timestamp};

pub mod call_backs;
pub mod recordings;

pub const PAGE_MAX: i64 = 500;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT call, direction, trunk, citizen, started_at, answered_at, ended_at, ended_by,
                    disposition
               FROM calls ",
            $tail
        )
    };
}

pub async fn get(db: &Db, call: &str) -> Result<CallRecord> {
    let found = rows!(db, select!("WHERE call = $1"), call);
    found.into_iter().next().map_or(Err(Error::NotFound), record)
}

/// Calls that began before this instant, newest first.
pub async fn before(db: &Db, before: Timestamp, limit: i64) -> Result<Vec<CallRecord>> {
    let found = rows!(
        db,
        select!("WHERE started_at < $1 ORDER BY started_at DESC, call LIMIT $2"),
        before,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(record).collect()
}

fn record(mut row: Cells) -> Result<CallRecord> {
    Ok(CallRecord {
        call: row.next()?,
        direction: row.next()?,
        trunk: row.next()?,
        citizen: row.next()?,
        started_at: row.next()?,
        answered_at: row.next()?,
        ended_at: row.next()?,
        ended_by: row.next()?,
        disposition: row.next()?,
    })
}
