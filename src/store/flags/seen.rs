//! What the rules of flags are held against. Each read is a page behind a place of an index, or the rows of one phone.

use crate::{
    domain::{
        flags::patterns::{Happened, OF_ONE_MAX, OfCaller},
        page::After,
        time::Timestamp,
    },
    store::{Db, Result, db::rows, flags::PAGE_MAX},
};

/// Cases registered behind a place and before an instant, in order: with their citizens.
pub async fn registered(
    db: &Db,
    after: After,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<(Happened, i64)>> {
    let found = rows!(
        db,
        "SELECT id, registered_at, citizen
           FROM cases
          WHERE registered_at >= $1 AND registered_at < $3 AND (registered_at > $1 OR id > $2)
          ORDER BY registered_at, id
          LIMIT $4",
        after.at,
        after.id,
        before,
        limit.clamp(0, PAGE_MAX),
    );
    found
        .into_iter()
        .map(|mut row| Ok((Happened { case: row.next()?, at: row.next()? }, row.next()?)))
        .collect()
}

/// The last cases of one phone that were registered since, in order.
pub async fn registered_by(db: &Db, citizen: i64, since: Timestamp) -> Result<Vec<Happened>> {
    let found = rows!(
        db,
        "SELECT id, registered_at FROM cases WHERE citizen = $1 AND registered_at >= $2 ORDER BY id DESC LIMIT $3",
        citizen,
        since,
        OF_ONE_MAX,
    );
    let happened =
        |mut row: crate::store::values::Cells| Ok(Happened { case: row.next()?, at: row.next()? });
    let mut found: Vec<Happened> = found.into_iter().map(happened).collect::<Result<_>>()?;
    found.sort_by_key(|one| (one.at, one.case));
    Ok(found)
}

/// Satisfied answers behind a place and before an instant, in order: with round and citizen.
pub async fn satisfied(
    db: &Db,
    after: After,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<(Happened, i64, i64)>> {
    let found = rows!(
        db,
        "SELECT case_id, answered_at, round, citizen
           FROM rounds
          WHERE answer = 'SATISFIED' AND purpose = 'RESOLUTION'
            AND (answered_at, case_id) > ($1, $2) AND answered_at < $3
          ORDER BY answered_at, case_id
          LIMIT $4",
        after.at,
        after.id,
        before,
        limit.clamp(0, PAGE_MAX),
    );
    found
        .into_iter()
        .map(|mut row| {
            let happened = Happened { case: row.next()?, at: row.next()? };
            Ok((happened, row.next()?, row.next()?))
        })
        .collect()
}

/// The last satisfied answers of one phone since, in order.
pub async fn satisfied_by(db: &Db, citizen: i64, since: Timestamp) -> Result<Vec<Happened>> {
    let found = rows!(
        db,
        "SELECT case_id, answered_at
           FROM rounds
          WHERE answer = 'SATISFIED' AND citizen = $1 AND answered_at >= $2
          ORDER BY answered_at DESC, case_id DESC
          LIMIT $3",
        citizen,
        since,
        OF_ONE_MAX,
    );
    let happened =
        |mut row: crate::store::values::Cells| Ok(Happened { case: row.next()?, at: row.next()? });
    let mut found: Vec<Happened> = found.into_iter().map(happened).collect::<Result<_>>()?;
    found.reverse();
    Ok(found)
}

/// What feedback callers recorded about rounds in a span, by account; a talk under `short_ms` is short.
pub async fn callers(
    db: &Db,
    (from, to): (Timestamp, Timestamp),
    short_ms: i64,
) -> Result<Vec<OfCaller>> {
    let found = rows!(
        db,
        "SELECT account,
                COUNT(*),
                COUNT(CASE WHEN outcome = 'SATISFIED' THEN 1 END),
                COUNT(CASE WHEN ended_at - answered_at < $3 THEN 1 END)
           FROM tasks
          WHERE outcome IS NOT NULL AND recorded_at >= $1 AND recorded_at < $2
            AND kind = 'ROUND' AND outcome IN ('SATISFIED', 'NOT_SATISFIED', 'PRESSURED')
          GROUP BY account
          ORDER BY account
          LIMIT $4",
        from,
        to,
        short_ms,
        PAGE_MAX,
    );
    found
        .into_iter()
        .map(|mut row| {
            Ok(OfCaller {
                account: row.next()?,
                answers: row.next()?,
                satisfied: row.next()?,
                short: row.next()?,
            })
        })
        .collect()
}
