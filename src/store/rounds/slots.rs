//! How often one citizen was rung on one day.

use crate::{
    domain::{change::SlotKind, time::Day},
    store::{Db, Result, db::rows},
};

/// Slots taken of one kind; the next free one is this number plus one.
pub async fn taken(db: &Db, citizen: i64, day: Day, kind: SlotKind) -> Result<i64> {
    let found = rows!(
        db,
        "SELECT COUNT(*) FROM slots WHERE citizen = $1 AND day = $2 AND kind = $3",
        citizen,
        day,
        kind,
    );
    found.into_iter().next().map_or(Ok(0), |mut row| Ok(row.next()?))
}
