//! Calls that a case was spoken of on.

use crate::store::{Db, Result, db::rows};

/// Calls of one case that are shown.
pub const CALLS_MAX: i64 = 200;

pub async fn of_case(db: &Db, case: i64) -> Result<Vec<String>> {
    let found = rows!(
        db,
        "SELECT call FROM case_calls WHERE case_id = $1 ORDER BY call LIMIT $2",
        case,
        CALLS_MAX,
    );
    found.into_iter().map(|mut row| Ok(row.next()?)).collect()
}
