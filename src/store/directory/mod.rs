//! The directory in versions: N + 1 is written beside N, unseen until one row makes it live.

use super::{Db, Result, writer::Writer};
use crate::domain::{actor::Actor, directory::Rows, time::Timestamp};

pub mod policies;
pub mod posts;

/// Writes a whole new version in chunks of the bulk lane and makes it live; gives its number.
pub async fn replace(writer: &Writer, by: &Actor, rows: &Rows, now: Timestamp) -> Result<i64> {
    let _ = (writer, by, rows, now);
    todo!()
}

/// The newest version that went live; None before the first.
pub async fn live_version(db: &Db) -> Result<Option<i64>> {
    let _ = db;
    todo!()
}

/// All rows of a version.
pub async fn load(db: &Db, version: i64) -> Result<Rows> {
    let _ = (db, version);
    todo!()
}
