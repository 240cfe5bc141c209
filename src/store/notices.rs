//! Notices owed to citizens and posts: claimed under a lease, sent once as far as a crash allows.

use super::{Db, Result, cases, db::rows, values::Cells, writer::Writer};
use crate::domain::{
    notice::{Notice, Recipient},
    time::Timestamp,
};

const OF_CASE_MAX: i64 = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub notice: Notice,
    pub token: i64,
    /// Deliveries that failed before.
    pub tries: i64,
}

/// Leases the unsent notices that are due, longest due first.
pub async fn claim(
    writer: &Writer,
    now: Timestamp,
    limit: i64,
    lease_ms: i64,
) -> Result<Vec<Claimed>> {
    let _ = (writer, now, limit, lease_ms);
    todo!()
}

/// Marks a claimed notice as sent; false when the lease was lost to another.
pub async fn sent(writer: &Writer, claimed: &Claimed, now: Timestamp) -> Result<bool> {
    let _ = (writer, claimed, now);
    todo!()
}

/// Gives a claimed notice back, to be tried again at `again_at`.
pub async fn failed(writer: &Writer, claimed: &Claimed, again_at: Timestamp) -> Result<bool> {
    let _ = (writer, claimed, again_at);
    todo!()
}

/// A case's notices in the order they fell due, with the time each was sent.
pub async fn of_case(db: &Db, case: i64) -> Result<Vec<(Notice, Option<Timestamp>)>> {
    let found = rows!(
        db,
        "SELECT case_id, version, kind, to_kind, to_id, language, due_at, sent_at
           FROM notices
          WHERE case_id = $1
          ORDER BY version, kind, to_kind
          LIMIT $2",
        case,
        OF_CASE_MAX,
    );
    found.into_iter().map(|mut row| Ok((notice(&mut row)?, row.next()?))).collect()
}

/// The next instant at which an unsent notice falls due.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>> {
    cases::first(rows!(db, "SELECT MIN(due_at) FROM notices WHERE sent_at IS NULL"))
}

fn notice(row: &mut Cells) -> Result<Notice> {
    Ok(Notice {
        case: row.next()?,
        version: row.next()?,
        kind: row.next()?,
        to: {
            let kind: String = row.next()?;
            let id = row.next()?;
            match kind.as_str() {
                "CITIZEN" => Recipient::Citizen(id),
                _ => Recipient::Post(id),
            }
        },
        language: row.next()?,
        due_at: row.next()?,
    })
}
