//! Answers that are asked about again, with the leases of those who ask.

use crate::{
    domain::{
        page::After,
        place::{Code, PlaceCode},
        recheck::{Recheck, RecheckState},
        scope::Scope,
        time::Timestamp,
        verification::Outcome,
    },
    store::{
        Db, Result,
        db::{rows, rows_on, run_on},
        values::Cells,
        writer::Writer,
    },
};

/// Rows of one read, whatever was asked for.
pub const PAGE_MAX: i64 = 1_000;

/// A satisfied answer that was taken by the machine, and what the draw made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub case: i64,
    pub round: i64,
    pub at: Timestamp,
    /// None of one that was not drawn.
    pub state: Option<RecheckState>,
}

/// A closure that its citizen contradicted when a person asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    pub case: i64,
    pub round: i64,
    pub answered_at: Timestamp,
    pub contradicted_at: Timestamp,
    pub outcome: Outcome,
    pub department: Code,
    pub category: Code,
    pub district: PlaceCode,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT case_id, round, month, citizen, language, district, state, drawn_at, ends_at, next_at, tries,
                    dials, try_day, try_used, outcome, caller, decided_at, version, head
               FROM rechecks ",
            $tail
        )
    };
}

pub async fn get(db: &Db, case: i64, round: i64) -> Result<Option<Recheck>> {
    let found = rows!(db, select!("WHERE case_id = $1 AND round = $2"), case, round);
    found.into_iter().next().map(recheck).transpose()
}

/// Open ones that end by an instant, are to be asked about now, and that nobody holds; the first to end first.
pub async fn waiting(
    db: &Db,
    now: Timestamp,
    ends_by: Timestamp,
    after: After,
    limit: i64,
) -> Result<Vec<Recheck>> {
    let found = rows!(
        db,
        select!(
            "WHERE state = 'OPEN' AND ends_at <= $2 AND next_at <= $1 AND ends_at > $1
               AND (leased_until IS NULL OR leased_until <= $1)
               AND (ends_at, case_id) > ($3, $4)
             ORDER BY ends_at, case_id
             LIMIT $5"
        ),
        now,
        ends_by,
        after.at,
        after.id,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(recheck).collect()
}

/// Open ones whose time is over and that nobody holds, the longest first.
pub async fn over(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Recheck>> {
    let found = rows!(
        db,
        select!(
            "WHERE state = 'OPEN' AND ends_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
             ORDER BY ends_at, case_id
             LIMIT $2"
        ),
        now,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(recheck).collect()
}

/// How many of a month stand how.
pub async fn counts(db: &Db, month: i64) -> Result<Vec<(RecheckState, i64)>> {
    let found = rows!(
        db,
        "SELECT state, COUNT(*) FROM rechecks WHERE month = $1 GROUP BY state ORDER BY state",
        month,
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}

/// Satisfied answers of the machine from `from` to before `to`, in order: the rounds say what was answered, and the attempts that
/// no person took it.
pub async fn answers(
    db: &Db,
    (from, to): (Timestamp, Timestamp),
    after: After,
    limit: i64,
) -> Result<Vec<Answer>> {
    let found = rows!(
        db,
        "SELECT r.case_id, r.round, r.answered_at, k.state
           FROM rounds r LEFT JOIN rechecks k ON k.case_id = r.case_id AND k.round = r.round
          WHERE r.answer = 'SATISFIED' AND r.purpose = 'RESOLUTION'
            AND r.answered_at >= $1 AND r.answered_at < $2
            AND (r.answered_at, r.case_id) > ($3, $4)
            AND NOT EXISTS (SELECT 1
                              FROM attempts a
                             WHERE a.case_id = r.case_id AND a.round = r.round AND a.outcome = 'SATISFIED'
                               AND a.caller IS NOT NULL)
          ORDER BY r.answered_at, r.case_id
          LIMIT $5",
        from,
        to,
        after.at,
        after.id,
        limit.clamp(0, PAGE_MAX),
    );
    found
        .into_iter()
        .map(|mut row| {
            Ok(Answer {
                case: row.next()?,
                round: row.next()?,
                at: row.next()?,
                state: row.next()?,
            })
        })
        .collect()
}

/// In somebody's scope, by the instant of the contradiction.
pub async fn contradictions(
    db: &Db,
    scope: &Scope,
    after: After,
    limit: i64,
) -> Result<Vec<Contradiction>> {
    let district = match scope {
        Scope::All => None,
        Scope::District(district) => Some(district),
        Scope::Posts(_) | Scope::Citizen(_) | Scope::Nothing => return Ok(Vec::new()),
    };
    let found = rows!(
        db,
        "SELECT k.case_id, k.round, k.drawn_at, k.decided_at, k.outcome, c.department, c.category, c.district
           FROM rechecks k JOIN cases c ON c.id = k.case_id
          WHERE k.state = 'CONTRADICTED' AND (k.decided_at, k.case_id) > ($2, $3)
            AND ($1 IS NULL OR c.district = $1)
          ORDER BY k.decided_at, k.case_id
          LIMIT $4",
        district,
        after.at,
        after.id,
        limit.clamp(0, PAGE_MAX),
    );
    found
        .into_iter()
        .map(|mut row| {
            Ok(Contradiction {
                case: row.next()?,
                round: row.next()?,
                answered_at: row.next()?,
                contradicted_at: row.next()?,
                outcome: row.next()?,
                department: row.next()?,
                category: row.next()?,
                district: row.next()?,
            })
        })
        .collect()
}

/// Leases an open one to a person; gives the token, or None when another holds it or it is not open.
pub async fn claim(
    writer: &Writer,
    case: i64,
    round: i64,
    now: Timestamp,
    lease_ms: i64,
) -> Result<Option<i64>> {
    let node = writer.node();
    let until = now.plus_ms(lease_ms);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let found = rows_on!(
                    conn,
                    "UPDATE rechecks
                        SET lease_token = lease_token + 1, lease_node = $1, leased_until = $2
                      WHERE case_id = $4 AND round = $5 AND state = 'OPEN'
                        AND (leased_until IS NULL OR leased_until <= $3)
                     RETURNING lease_token",
                    node,
                    until,
                    now,
                    case,
                    round,
                );
                Ok(found.into_iter().next().map(|mut row| row.next()).transpose()?)
            })
        })
        .await
}

/// Makes a lease last until `now + lease_ms`; false when the token is not the row's any more.
pub async fn renew(
    writer: &Writer,
    (case, round): (i64, i64),
    token: i64,
    now: Timestamp,
    lease_ms: i64,
) -> Result<bool> {
    hold(writer, (case, round), token, Some(now.plus_ms(lease_ms))).await
}

/// Gives a lease back before its time. A Change of the row does so by itself.
pub async fn release(writer: &Writer, (case, round): (i64, i64), token: i64) -> Result<bool> {
    hold(writer, (case, round), token, None).await
}

/// Frees all. For a demonstration that starts: its leases outlast any step of its clock.
pub async fn free(writer: &Writer) -> Result<u64> {
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let sql = "UPDATE rechecks SET leased_until = NULL WHERE leased_until IS NOT NULL";
                Ok(run_on!(conn, sql))
            })
        })
        .await
}

async fn hold(
    writer: &Writer,
    (case, round): (i64, i64),
    token: i64,
    until: Option<Timestamp>,
) -> Result<bool> {
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE rechecks
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

fn recheck(mut row: Cells) -> Result<Recheck> {
    Ok(Recheck {
        case: row.next()?,
        round: row.next()?,
        month: row.next()?,
        citizen: row.next()?,
        language: row.next()?,
        district: row.next()?,
        state: row.next()?,
        drawn_at: row.next()?,
        ends_at: row.next()?,
        next_at: row.next()?,
        tries: row.next()?,
        dials: row.next()?,
        try_day: row.next()?,
        try_used: row.flag()?,
        outcome: row.next()?,
        caller: row.next()?,
        decided_at: row.next()?,
        version: row.next()?,
        head: row.hash()?,
    })
}
