//! The months of the slice, each with its committed seed.

use crate::{
    domain::recheck::draw::Month,
    store::{Db, Result, db::rows, values::Cells},
};

/// Months of one read, whatever was asked for.
pub const PAGE_MAX: i64 = 120;

pub async fn get(db: &Db, month: i64) -> Result<Option<Month>> {
    let found = rows!(
        db,
        "SELECT month, digest, seed_sealed, share_bp, from_at, committed_at, revealed_at
           FROM recheck_months
          WHERE month = $1",
        month,
    );
    found.into_iter().next().map(read).transpose()
}

/// The latest first.
pub async fn latest(db: &Db, limit: i64) -> Result<Vec<Month>> {
    let found = rows!(
        db,
        "SELECT month, digest, seed_sealed, share_bp, from_at, committed_at, revealed_at
           FROM recheck_months
          ORDER BY month DESC
          LIMIT $1",
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(read).collect()
}

fn read(mut row: Cells) -> Result<Month> {
    Ok(Month {
        month: row.next()?,
        digest: row.hash()?,
        sealed: row.next()?,
        share_bp: row.next()?,
        from: row.next()?,
        committed_at: row.next()?,
        revealed_at: row.next()?,
    })
}
