//! Leases on rounds: the token grows with every claim, so a late worker's outcome is refused.
//!
//! A claim touches the lease columns alone, never what a rule decides on.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::{
    domain::{place::PlaceCode, time::Timestamp, verification::Round},
    store::{
        Result,
        db::{Conn, rows_on, run_on},
        rounds::round,
        values::Cells,
        writer::Writer,
    },
};

pub const CLAIMED_MAX: i64 = 500;

/// A round leased to this process until the lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub round: Round,
    /// Goes into `Change::fence`.
    pub token: i64,
}

/// Of this many times a share that are due longest, and of so many at least, those whose rounds end first are claimed.
const WINDOW_SHARES: i64 = 4;
const WINDOW_MIN: i64 = 16;

/// Leases what a WITH clause names as `picked`.
macro_rules! leased {
    ($with:expr) => {
        leased!($with, "rounds.case_id = picked.case_id AND rounds.round = picked.round")
    };
    ($with:expr, $joined:literal) => {
        concat!(
            $with,
            " UPDATE rounds
                 SET lease_token = lease_token + 1, lease_node = $1, leased_until = $2
                FROM picked
               WHERE ",
            $joined,
            " RETURNING lease_token, rounds.case_id, rounds.round, citizen, language, district,
                        state, opened_at, ends_at, next_at, attempts, dials, attempt_day,
                        attempt_part, attempt_used, redials_busy, redials_congestion, partial,
                        ring_back, human, bad_number_days, answer, answered_at, version,
                        purpose, asked_at, wanted_part"
        )
    };
}

macro_rules! picked {
    ($choice:literal, $lock:literal) => {
        leased!(concat!(
            "WITH picked AS MATERIALIZED (SELECT case_id, round FROM rounds WHERE ",
            $choice,
            $lock,
            ")"
        ))
    };
}

/// SQLite has one writer at a time; PostgreSQL has to be told to pass by what another claims.
macro_rules! by_engine {
    ($conn:expr, $choice:literal) => {
        match $conn {
            Conn::Sqlite(_) => picked!($choice, ""),
            Conn::Postgres(_) => picked!($choice, " FOR NO KEY UPDATE SKIP LOCKED"),
        }
    };
}

/// Leases promised calls that are due, longest due first.
pub async fn claim_promised(
    writer: &Writer,
    now: Timestamp,
    limit: i64,
    lease_ms: i64,
) -> Result<Vec<Claimed>> {
    let node = writer.node();
    let until = now.plus_ms(lease_ms);
    let limit = limit.clamp(0, CLAIMED_MAX);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let sql = by_engine!(
                    conn,
                    "state = 'OPEN' AND ring_back = 1 AND next_at IS NOT NULL AND next_at <= $3
                       AND (leased_until IS NULL OR leased_until <= $3)
                     ORDER BY next_at, case_id
                     LIMIT $4"
                );
                rows_on!(conn, sql, node, until, now, limit).into_iter().map(read).collect()
            })
        })
        .await
}

/// Leases what is due in districts, so many in each: of the longest due those whose rounds end first. In the order of `shares`.
pub async fn claim_in(
    writer: &Writer,
    shares: Vec<(PlaceCode, i64)>,
    now: Timestamp,
    lease_ms: i64,
) -> Result<Vec<Claimed>> {
    let node = writer.node();
    let until = now.plus_ms(lease_ms);
    let order: HashMap<PlaceCode, usize> =
        shares.iter().enumerate().map(|(n, (district, _))| (district.clone(), n)).collect();
    let mut claimed: Vec<Claimed> = writer
        .leasing(move |conn| {
            Box::pin(async move {
                let found = match conn {
                    Conn::Sqlite(_) => one_by_one(conn, &shares, node, until, now).await?,
                    Conn::Postgres(conn) => together(conn, &shares, node, until, now).await?,
                };
                found.into_iter().map(read).collect()
            })
        })
        .await?;
    claimed.sort_by_key(|Claimed { round, .. }| {
        (order.get(&round.district).copied(), round.ends_at, round.next_at, round.case)
    });
    Ok(claimed)
}

/// A statement for each district: SQLite has no LATERAL, and no way to the server to save.
async fn one_by_one(
    conn: &mut Conn,
    shares: &[(PlaceCode, i64)],
    node: i64,
    until: Timestamp,
    now: Timestamp,
) -> Result<Vec<Cells>> {
    let mut found = Vec::new();
    for (district, share) in shares {
        let share = (*share).clamp(0, CLAIMED_MAX);
        let window = WINDOW_MIN.max(WINDOW_SHARES * share);
        let sql = leased!(
            "WITH longest AS MATERIALIZED (
                 SELECT case_id, round, next_at, ends_at
                   FROM rounds
                  WHERE state = 'OPEN' AND next_at IS NOT NULL AND district = $4 AND next_at <= $3
                    AND (leased_until IS NULL OR leased_until <= $3)
                  ORDER BY next_at, ends_at, case_id
                  LIMIT $6),
             picked AS MATERIALIZED (
                 SELECT case_id, round FROM longest ORDER BY ends_at, next_at, case_id LIMIT $5)"
        );
        found.extend(rows_on!(conn, sql, node, until, now, district, share, window));
    }
    Ok(found)
}

/// One statement for all districts. What is looked at is not locked, only what is picked of it; a row that another process
/// claimed meanwhile is passed by, and the next of its district is picked. A picked row is locked, so that its place holds.
async fn together(
    conn: &mut PgConnection,
    shares: &[(PlaceCode, i64)],
    node: i64,
    until: Timestamp,
    now: Timestamp,
) -> Result<Vec<Cells>> {
    let sql = leased!(
        "WITH asked AS (
             SELECT * FROM UNNEST($4::TEXT[], $5::BIGINT[]) AS asked(district, share)),
         picked AS MATERIALIZED (
             SELECT of_district.place
               FROM asked
              CROSS JOIN LATERAL (
                   SELECT ctid AS place
                     FROM rounds
                    WHERE ctid = ANY (ARRAY(
                              SELECT ctid
                                FROM rounds
                               WHERE state = 'OPEN' AND next_at IS NOT NULL
                                 AND district = asked.district AND next_at <= $3
                                 AND (leased_until IS NULL OR leased_until <= $3)
                               ORDER BY next_at, ends_at, case_id
                               LIMIT GREATEST($6, $7 * asked.share)))
                      AND state = 'OPEN' AND next_at <= $3
                      AND (leased_until IS NULL OR leased_until <= $3)
                    ORDER BY ends_at, next_at, case_id
                    LIMIT asked.share
                      FOR NO KEY UPDATE SKIP LOCKED) AS of_district)",
        "rounds.ctid = picked.place"
    );
    let (districts, counts): (Vec<&str>, Vec<i64>) =
        shares.iter().map(|(district, share)| (district.as_str(), *share)).unzip();
    let query = sqlx::query(sql).bind(node).bind(until).bind(now);
    let query = query.bind(districts).bind(counts).bind(WINDOW_MIN).bind(WINDOW_SHARES);
    Ok(query.fetch_all(conn).await?.into_iter().map(Into::into).collect())
}

/// Leases the open rounds that may be rung, longest due first; a lease that ran out is free again.
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
                let sql = by_engine!(
                    conn,
                    "state = 'OPEN' AND next_at <= $3
                       AND (leased_until IS NULL OR leased_until <= $3)
                     ORDER BY next_at, case_id
                     LIMIT $4"
                );
                rows_on!(conn, sql, node, until, now, limit).into_iter().map(read).collect()
            })
        })
        .await?;
    claimed.sort_by_key(|claimed| (claimed.round.next_at, claimed.round.case));
    Ok(claimed)
}

/// Leases one open round, for a person's task or a citizen who rings himself; None when another
/// holds it or it is not open.
pub async fn claim_one(
    writer: &Writer,
    case: i64,
    round: i64,
    now: Timestamp,
    lease_ms: i64,
) -> Result<Option<Claimed>> {
    let node = writer.node();
    let until = now.plus_ms(lease_ms);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let sql = by_engine!(
                    conn,
                    "state = 'OPEN' AND case_id = $4 AND round = $5
                       AND (leased_until IS NULL OR leased_until <= $3)"
                );
                let found = rows_on!(conn, sql, node, until, now, case, round);
                found.into_iter().next().map(read).transpose()
            })
        })
        .await
}

/// Makes a lease last until `now + lease_ms`; false when the token is not the round's any more.
pub async fn renew(
    writer: &Writer,
    case: i64,
    round: i64,
    token: i64,
    now: Timestamp,
    lease_ms: i64,
) -> Result<bool> {
    let until = now.plus_ms(lease_ms);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE rounds
                        SET leased_until = $4
                      WHERE case_id = $1 AND round = $2 AND lease_token = $3
                        AND leased_until IS NOT NULL",
                    case,
                    round,
                    token,
                    until,
                );
                Ok(touched == 1)
            })
        })
        .await
}

/// Gives a lease back before its time. A Change of the round does so by itself.
pub async fn release(writer: &Writer, case: i64, round: i64, token: i64) -> Result<bool> {
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE rounds
                        SET leased_until = NULL, lease_node = NULL
                      WHERE case_id = $1 AND round = $2 AND lease_token = $3
                        AND leased_until IS NOT NULL",
                    case,
                    round,
                    token,
                );
                Ok(touched == 1)
            })
        })
        .await
}

/// Frees every round. For a demonstration that starts: its leases outlast any step of its clock.
pub async fn free(writer: &Writer) -> Result<u64> {
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let sql = "UPDATE rounds
                              SET leased_until = NULL, lease_node = NULL
                            WHERE leased_until IS NOT NULL";
                Ok(run_on!(conn, sql))
            })
        })
        .await
}

fn read(mut row: Cells) -> Result<Claimed> {
    Ok(Claimed { token: row.next()?, round: round(&mut row)? })
}
