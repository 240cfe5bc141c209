//! Notices owed to citizens and posts: claimed under a lease, marked before the gateway is asked, settled once.

use super::{
    Db, Result, cases,
    db::{Conn, only, rows, rows_on, run_on},
    values::Cells,
    writer::Writer,
};
use crate::domain::{
    notice::{Notice, Outcome, Receipt, Recipient},
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
                                           WHERE outcome IS NULL AND due_at <= $3
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
                       notices.to_kind, to_id, language, due_at, sending_at"
        )
    };
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub notice: Notice,
    pub token: i64,
    /// Deliveries that failed before.
    pub tries: i64,
    /// The gateway was asked then, and what it did is not known.
    pub sending_at: Option<Timestamp>,
}

/// What became of a claimed notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub outcome: Outcome,
    pub at: Timestamp,
    /// The gateway's own name of the message.
    pub gateway_id: Option<String>,
    /// Parts that the message was sent in.
    pub segments: Option<i64>,
    /// Why it was not sent.
    pub failure: Option<String>,
}

/// A notice as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub notice: Notice,
    pub tries: i64,
    /// None while it is owed. `at` is the time it was sent; of others the time it fell due.
    pub settled: Option<Settled>,
    pub receipt: Option<(Receipt, Timestamp)>,
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
                        let notice = notice(&mut row)?;
                        Ok(Claimed { notice, token, tries, sending_at: row.next()? })
                    })
                    .collect()
            })
        })
        .await?;
    claimed.sort_by_key(|claimed| (claimed.notice.due_at, claimed.notice.case));
    Ok(claimed)
}

/// Marks a claimed notice before the gateway is asked; false when the lease was lost to another.
pub async fn sending(writer: &Writer, claimed: &Claimed, now: Timestamp) -> Result<bool> {
    let (notice, token) = (claimed.notice.clone(), claimed.token);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE notices
                        SET sending_at = $6
                      WHERE case_id = $1 AND version = $2 AND kind = $3 AND to_kind = $4
                        AND lease_token = $5 AND outcome IS NULL",
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

/// Writes what became of a claimed notice; false when the lease was lost to another.
pub async fn settle(writer: &Writer, claimed: &Claimed, settled: Settled) -> Result<bool> {
    let (notice, token) = (claimed.notice.clone(), claimed.token);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let sent_at = (settled.outcome == Outcome::Sent).then_some(settled.at);
                let touched = run_on!(
                    conn,
                    "UPDATE notices
                        SET outcome = $6, sent_at = $7, gateway_id = $8, segments = $9, failure = $10,
                            lease_node = NULL, leased_until = NULL
                      WHERE case_id = $1 AND version = $2 AND kind = $3 AND to_kind = $4
                        AND lease_token = $5 AND outcome IS NULL",
                    notice.case,
                    notice.version,
                    &notice.kind,
                    word(notice.to),
                    token,
                    settled.outcome,
                    sent_at,
                    &settled.gateway_id,
                    settled.segments,
                    &settled.failure,
                );
                Ok(touched == 1)
            })
        })
        .await
}

/// Gives a claimed notice back, to be tried again at `again_at`; `unsent` when the gateway surely did not take it.
pub async fn failed(
    writer: &Writer,
    claimed: &Claimed,
    again_at: Timestamp,
    unsent: bool,
) -> Result<bool> {
    let (notice, token) = (claimed.notice.clone(), claimed.token);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE notices
                        SET due_at = $6, tries = tries + 1, lease_node = NULL, leased_until = NULL,
                            sending_at = CASE WHEN $7 = 1 THEN NULL ELSE sending_at END
                      WHERE case_id = $1 AND version = $2 AND kind = $3 AND to_kind = $4
                        AND lease_token = $5 AND outcome IS NULL",
                    notice.case,
                    notice.version,
                    &notice.kind,
                    word(notice.to),
                    token,
                    again_at,
                    i64::from(unsent),
                );
                Ok(touched == 1)
            })
        })
        .await
}

/// Keeps the gateway's receipt, found by its own name of the message; false when it is not known or has one
/// that says the same. A notice whose sending was uncertain is thereby sent.
pub async fn receipt(
    writer: &Writer,
    gateway_id: &str,
    receipt: Receipt,
    now: Timestamp,
) -> Result<bool> {
    let gateway_id = gateway_id.to_owned();
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE notices
                        SET receipt = $2, receipt_at = $3
                      WHERE gateway_id = $1 AND (receipt IS NULL OR receipt <> $2)",
                    &gateway_id,
                    receipt,
                    now,
                );
                Ok(touched > 0)
            })
        })
        .await
}

/// A case's notices in the order of its versions.
pub async fn of_case(db: &Db, case: i64) -> Result<Vec<Kept>> {
    let found = rows!(
        db,
        "SELECT case_id, version, kind, to_kind, to_id, language, due_at, tries, outcome, sent_at,
                gateway_id, segments, failure, receipt, receipt_at
           FROM notices
          WHERE case_id = $1
          ORDER BY version, kind, to_kind
          LIMIT $2",
        case,
        OF_CASE_MAX,
    );
    found.into_iter().map(|mut row| kept(&mut row)).collect()
}

fn kept(row: &mut Cells) -> Result<Kept> {
    let notice = notice(row)?;
    let tries = row.next()?;
    let (outcome, sent_at): (Option<Outcome>, Option<Timestamp>) = (row.next()?, row.next()?);
    let (gateway_id, segments, failure) = (row.next()?, row.next()?, row.next()?);
    let at = sent_at.unwrap_or(notice.due_at);
    let settled = outcome.map(|outcome| Settled { outcome, at, gateway_id, segments, failure });
    let (receipt, receipt_at): (Option<Receipt>, Option<Timestamp>) = (row.next()?, row.next()?);
    Ok(Kept { notice, tries, settled, receipt: receipt.zip(receipt_at) })
}

/// How many messages the gateway was asked to take since then, by all nodes.
pub async fn sent_since(db: &Db, since: Timestamp) -> Result<i64> {
    let found = rows!(db, "SELECT COUNT(*) FROM notices WHERE sending_at > $1", since);
    Ok(only(found)?.next()?)
}

/// The next instant past `now` at which an unsent notice falls due.
pub async fn next_due(db: &Db, now: Timestamp) -> Result<Option<Timestamp>> {
    cases::first(rows!(
        db,
        "SELECT MIN(due_at) FROM notices WHERE outcome IS NULL AND due_at > $1",
        now,
    ))
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
