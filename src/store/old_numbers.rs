//! The numbers that cases had in the system before.

use std::collections::HashSet;

use super::{
    Db, Result,
    db::rows,
    writer::merged::{merged, read_many},
};

merged!(wide KNOWN, 1, "SELECT number FROM old_numbers WHERE number IN (", ")");

/// The case that came over with this number.
pub async fn find(db: &Db, number: &str) -> Result<Option<i64>> {
    let found = rows!(db, "SELECT case_id FROM old_numbers WHERE number = $1", number);
    Ok(match found.into_iter().next() {
        Some(mut row) => Some(row.next()?),
        None => None,
    })
}

/// Those of these numbers that came over before.
pub async fn known(db: &Db, numbers: &[&str]) -> Result<HashSet<String>> {
    let found = read_many!(db, KNOWN, numbers, |query, number| query.bind(*number));
    found.into_iter().map(|mut row| Ok(row.next()?)).collect()
}
