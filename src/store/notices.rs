//! Notices owed to citizens and posts: claimed under a lease, sent once as far as a crash allows.

use super::{
    Db, Result, cases,
    db::{Conn, rows, rows_on, run_on},
    values::Cells,
    writer::Writer,
};
use crate::domain::{
    notice::{Notice, Recipient},
    time::Timestamp,
};

const OF_CASE_MAX: i64 = 500;
const CITIZEN: &str = "CITIZEN";
const POST: &str = "POST";

pub const CLAIMED_MAX: i64 = 500;

macro_rules! leased {
    ($lock:literal) => {
        concat!(
            "WITH picked AS MATERIALIZED (SELECT case_id, version, kind, to_kind
                                            FROM notices
                                           WHERE sent_at IS NULL AND due_at <= $3
                                             AND (leased_until IS NULL OR leased_until <= $3)
                                           ORDER BY due_at, case_id
                                           LIMIT $4",
            $lock,
            ")
             UPDATE notices
                SET lease_token = lease_token + 1, lease_node = $1, leased_until = $2
               FROM picked
              WHERE notices.case_id = picked.case_id AND notices.version = picked.version
                AND notices.kind = picked.kind AND notices.to_kind = picked.to_kind
             RETURNING lease_token, tries, notices.case_id, notices.version, notices.kind,
                       notices.to_kind, to_id, language, due_at"
        )
    };
}

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
    let node = writer.node();
    let until = now.plus_ms(lease_ms);
    let limit = limit.clamp(0, CLAIMED_MAX);
    let mut claimed: Vec<Claimed> = writer
        .leasing(move |conn| {
            Box::pin(async move {
                // SQLite has one writer at a time; PostgreSQL has to be told to pass by others' rows.
                let sql = match conn {
                    Conn::Sqlite(_) => leased!(""),
                    Conn::Postgres(_) => leased!(" FOR NO KEY UPDATE SKIP LOCKED"),
                };
                let found = rows_on!(conn, sql, node, until, now, limit);
                found
                    .into_iter()
                    .map(|mut row| {
                        let (token, tries) = (row.next()?, row.next()?);
                        Ok(Claimed { notice: notice(&mut row)?, token, tries })
                    })
                    .collect()
            })
        })
        .await?;
    claimed.sort_by_key(|claimed| (claimed.notice.due_at, claimed.notice.case));
    Ok(claimed)
}

/// Marks a claimed notice as sent; false when the lease was lost to another.
pub async fn sent(writer: &Writer, claimed: &Claimed, now: Timestamp) -> Result<bool> {
    let (notice, token) = (claimed.notice.clone(), claimed.token);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE notices
                        SET sent_at = $6, lease_node = NULL, leased_until = NULL
                      WHERE case_id = $1 AND version = $2 AND kind = $3 AND to_kind = $4
                        AND lease_token = $5 AND sent_at IS NULL",
                    notice.case,
                    notice.version,
                    &notice.kind,
                    word(notice.to),
                    token,
                    now,
                );
                Ok(touched == 1)
            })
        })
        .await
}

/// Gives a claimed notice back, to be tried again at `again_at`.
pub async fn failed(writer: &Writer, claimed: &Claimed, again_at: Timestamp) -> Result<bool> {
    let (notice, token) = (claimed.notice.clone(), claimed.token);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE notices
                        SET due_at = $6, tries = tries + 1, lease_node = NULL, leased_until = NULL
                      WHERE case_id = $1 AND version = $2 AND kind = $3 AND to_kind = $4
                        AND lease_token = $5 AND sent_at IS NULL",
                    notice.case,
                    notice.version,
                    &notice.kind,
                    word(notice.to),
                    token,
                    again_at,
                );
                Ok(touched == 1)
            })
        })
        .await
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
                CITIZEN => Recipient::Citizen(id),
                _ => Recipient::Post(id),
            }
        },
        language: row.next()?,
        due_at: row.next()?,
    })
}

pub(super) fn word(to: Recipient) -> &'static str {
    match to {
        Recipient::Citizen(_) => CITIZEN,
        Recipient::Post(_) => POST,
    }
}
