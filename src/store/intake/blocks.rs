//! Citizens whose registrations are refused for a while.

use crate::{
    domain::{intake::block::Block, time::Timestamp},
    store::{Db, Error, Result, db::rows, values::Cells},
};

pub const PAGE_MAX: i64 = 500;

/// Which ones a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    InForce(Timestamp),
    /// With an appeal that nobody has answered.
    Appealed,
    All,
}

pub async fn get(db: &Db, id: i64) -> Result<Block> {
    let found = rows!(db, "SELECT body FROM blocks WHERE id = $1", id);
    found.into_iter().next().map_or(Err(Error::NotFound), block)
}

/// The one of a citizen that ends last, of those that are in force.
pub async fn in_force(db: &Db, citizen: i64, now: Timestamp) -> Result<Option<Block>> {
    let found = rows!(
        db,
        "SELECT body
           FROM blocks
          WHERE citizen = $1 AND ends_at > $2
          ORDER BY ends_at DESC, id
          LIMIT 1",
        citizen,
        now,
    );
    found.into_iter().next().map(block).transpose()
}

/// Newest first, behind `before`.
pub async fn list(db: &Db, which: Which, before: Option<i64>, limit: i64) -> Result<Vec<Block>> {
    let (ends, appealed) = match which {
        Which::InForce(now) => (now, 0_i64),
        Which::Appealed => (Timestamp(i64::MIN), 1),
        Which::All => (Timestamp(i64::MIN), 0),
    };
    let found = rows!(
        db,
        "SELECT body
           FROM blocks
          WHERE ends_at > $1 AND appealed >= $2 AND id < $3
          ORDER BY id DESC
          LIMIT $4",
        ends,
        appealed,
        before.unwrap_or(i64::MAX),
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(block).collect()
}

fn block(mut row: Cells) -> Result<Block> {
    let body: String = row.next()?;
    serde_json::from_str(&body).map_err(|_| Error::Malformed("body of a block"))
}
