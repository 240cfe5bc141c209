//! Tasks of feedback callers.

use crate::{
    domain::{
        feedback::{Task, TaskState},
        page::After,
        place::PlaceCode,
        time::Timestamp,
    },
    store::{Db, Result, db::rows, values::Cells},
};

/// Tasks of one read, whatever was asked for: a person's month.
pub const PAGE_MAX: i64 = 20_000;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT account, n, kind, case_id, round, citizen, token, state, shown_at, held_until,
                    extended, call, dial, dialled_at, answered_at, ended_at, right_party_at,
                    outcome, recorded_at, reason, version
               FROM tasks ",
            $tail
        )
    };
}

/// The newest task of a person.
pub async fn last(db: &Db, account: i64) -> Result<Option<Task>> {
    let found = rows!(db, select!("WHERE account = $1 ORDER BY n DESC LIMIT 1"), account);
    found.into_iter().next().map(task).transpose()
}

pub async fn get(db: &Db, account: i64, n: i64) -> Result<Option<Task>> {
    let found = rows!(db, select!("WHERE account = $1 AND n = $2"), account, n);
    found.into_iter().next().map(task).transpose()
}

/// What a person was shown from `from` to before `to`, in order.
pub async fn shown(
    db: &Db,
    account: i64,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<Task>> {
    let found = rows!(
        db,
        select!("WHERE account = $1 AND shown_at >= $2 AND shown_at < $3 ORDER BY n LIMIT $4"),
        account,
        from,
        to,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(task).collect()
}

/// What a person skipped since, in order.
pub async fn skipped(db: &Db, account: i64, since: Timestamp) -> Result<Vec<Task>> {
    let found = rows!(
        db,
        select!("WHERE account = $1 AND shown_at >= $2 AND state = $3 ORDER BY n LIMIT $4"),
        account,
        since,
        TaskState::Skipped,
        PAGE_MAX,
    );
    found.into_iter().map(task).collect()
}

/// Calls and wrap-ups whose time is over, longest first.
pub async fn over(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Task>> {
    let found = rows!(
        db,
        select!(
            "WHERE state IN ('DIALLED', 'WRAP_UP') AND held_until <= $1
             ORDER BY held_until, account, n
             LIMIT $2"
        ),
        now,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(task).collect()
}

/// The keys of open rounds of one district that a person has to take and nobody holds, oldest first: (opened at, case, round).
pub async fn waiting_in(
    db: &Db,
    district: &PlaceCode,
    now: Timestamp,
    after: After,
    limit: i64,
) -> Result<Vec<(Timestamp, i64, i64)>> {
    let found = rows!(
        db,
        "SELECT opened_at, case_id, round
           FROM rounds
          WHERE state = 'OPEN' AND human = 1 AND purpose = 'RESOLUTION' AND district = $1
            AND (leased_until IS NULL OR leased_until <= $2)
            AND (opened_at, case_id) > ($3, $4)
          ORDER BY opened_at, case_id
          LIMIT $5",
        district,
        now,
        after.at,
        after.id,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?, row.next()?))).collect()
}

fn task(mut row: Cells) -> Result<Task> {
    Ok(Task {
        account: row.next()?,
        n: row.next()?,
        kind: row.next()?,
        case: row.next()?,
        round: row.next()?,
        citizen: row.next()?,
        token: row.next()?,
        state: row.next()?,
        shown_at: row.next()?,
        held_until: row.next()?,
        extended: row.flag()?,
        call: row.next()?,
        dial: row.next()?,
        dialled_at: row.next()?,
        answered_at: row.next()?,
        ended_at: row.next()?,
        right_party_at: row.next()?,
        outcome: row.next()?,
        recorded_at: row.next()?,
        reason: row.next()?,
        version: row.next()?,
    })
}
