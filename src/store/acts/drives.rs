//! Drives for cases that have grown old: which cases are to get one, and those that are there.

use super::{Seen, rows_seen};
use crate::{
    domain::{
        case::{
            aside::Aside,
            matter::{Behind, Settlement},
            oversight::drive::{DriveCount, DriveTask, Per},
        },
        page::After,
        place::{Code, PlaceCode, PostId},
        scope::Scope,
        time::Timestamp,
    },
    store::{
        Db, Error, Result,
        cases::PAGE_MAX,
        db::{rows, run_on},
        values::Cells,
        writer::{Lane, Writer},
    },
};

/// Groups of one answer.
pub const GROUPS_MAX: i64 = 1_000;

/// How far the look for cases of one age has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub days: i64,
    /// When the last look that came to its end began.
    pub looked_at: Timestamp,
    /// The registration that was read last; the start when the look has come to its end.
    pub behind: After,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Also those that are settled.
    pub settled: bool,
    /// Open ones whose date was before this instant, alone.
    pub overdue: Option<Timestamp>,
    pub days: Option<i64>,
    pub district: Option<PlaceCode>,
    pub department: Option<Code>,
    /// Of cases that this post holds now.
    pub post: Option<PostId>,
}

pub async fn looks(db: &Db) -> Result<Vec<Look>> {
    let found = rows!(db, "SELECT days, looked_at, behind_at, behind_id FROM drive_looks");
    let look = |mut row: Cells| {
        Ok(Look {
            days: row.next()?,
            looked_at: row.next()?,
            behind: After { at: row.next()?, id: row.next()? },
        })
    };
    found.into_iter().map(look).collect()
}

/// Looking again from an older place finds the same cases, so the place needs no gate.
pub async fn put_look(writer: &Writer, look: Look) -> Result<()> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                run_on!(
                    conn,
                    "INSERT INTO drive_looks (days, looked_at, behind_at, behind_id)
                     VALUES ($1, $2, $3, $4)
                     ON CONFLICT (days) DO UPDATE
                        SET looked_at = excluded.looked_at, behind_at = excluded.behind_at,
                            behind_id = excluded.behind_id",
                    look.days,
                    look.looked_at,
                    look.behind.at,
                    look.behind.id,
                );
                Ok(())
            })
        })
        .await
}

/// Pending complaints of an age that have no drive of it, the longest registered first, as (registration, case).
pub async fn aged(
    db: &Db,
    days: i64,
    (from, before): (Option<Timestamp>, Timestamp),
    behind: After,
    limit: i64,
) -> Result<Vec<After>> {
    let found = rows!(
        db,
        "SELECT registered_at, id
           FROM cases
          WHERE state IN ('UNROUTED', 'WITH_OFFICER', 'AWAITING_VERIFICATION', 'PARTIALLY_CLOSED',
                          'SPECIAL_CLOSE_PROPOSED', 'UNVERIFIED')
            AND kind = 'COMPLAINT'
            AND registered_at >= $1 AND registered_at < $2
            AND (registered_at, id) > ($3, $4)
            AND NOT EXISTS (
                    SELECT 1
                      FROM matters
                     WHERE matters.case_id = cases.id AND matters.kind = 'DRIVE' AND matters.code = $5)
          ORDER BY registered_at, id
          LIMIT $6",
        from.unwrap_or(Timestamp(i64::MIN)),
        before,
        behind.at,
        behind.id,
        days.to_string(),
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(|mut row| Ok(After { at: row.next()?, id: row.next()? })).collect()
}

/// The scope is the case's as it stands now: its drive goes with it from post to post.
macro_rules! of_scope {
    ($head:expr, $tail:literal) => {
        concat!(
            $head,
            " FROM matters m JOIN cases c ON c.id = m.case_id
             WHERE m.kind = 'DRIVE'
               AND ($1 IS NULL OR c.district = $1)
               AND ($2 = 0 OR c.post IN ($3, $4, $5, $6, $7, $8, $9, $10))
               AND ($11 IS NULL OR m.due_at < $11)
               AND ($12 IS NULL OR m.code = $12)
               AND ($13 IS NULL OR c.district = $13)
               AND ($14 IS NULL OR c.department = $14)
               AND ($15 IS NULL OR c.post = $15) ",
            $tail
        )
    };
}

macro_rules! listed {
    ($which:literal) => {
        of_scope!(
            "SELECT m.case_id, m.version, m.code, m.opened_at, m.due_at, m.outcome, m.settled_at, m.settled_version,
                    c.aside, c.registered_at, c.state, c.level, c.department, c.district, c.post",
            $which
        )
    };
}

/// A page of what `scope` allows, the first opened first.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &Filter,
    behind: Behind,
    limit: i64,
) -> Result<Vec<DriveTask>> {
    let Some(seen) = Seen::of(scope) else { return Ok(Vec::new()) };
    let sql = if filter.settled && filter.overdue.is_none() {
        listed!(
            "AND (m.opened_at, m.case_id, m.version) > ($16, $17, $18)
             ORDER BY m.opened_at, m.case_id, m.version
             LIMIT $19"
        )
    } else {
        listed!(
            "AND m.settled_at IS NULL
             AND (m.opened_at, m.case_id, m.version) > ($16, $17, $18)
             ORDER BY m.opened_at, m.case_id, m.version
             LIMIT $19"
        )
    };
    let found = rows_seen!(
        db,
        seen,
        sql,
        filter.overdue,
        filter.days.map(|days| days.to_string()),
        &filter.district,
        &filter.department,
        filter.post,
        behind.opened_at,
        behind.case,
        behind.version,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(drive).collect()
}

macro_rules! counted {
    ($by:literal) => {
        of_scope!(
            concat!(
                "SELECT ",
                $by,
                " AS code, COUNT(*),
                  CAST(SUM(CASE WHEN m.due_at < $16 THEN 1 ELSE 0 END) AS BIGINT) AS overdue, MIN(m.due_at)"
            ),
            "AND m.settled_at IS NULL GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT $17"
        )
    };
}

/// Open drives by district, department or post, the most overdue first.
pub async fn count(
    db: &Db,
    scope: &Scope,
    filter: &Filter,
    per: Per,
    now: Timestamp,
) -> Result<Vec<DriveCount>> {
    let Some(seen) = Seen::of(scope) else { return Ok(Vec::new()) };
    let sql = match per {
        Per::District => counted!("c.district"),
        Per::Department => counted!("c.department"),
        Per::Post => counted!("COALESCE(CAST(c.post AS TEXT), '')"),
    };
    let found = rows_seen!(
        db,
        seen,
        sql,
        filter.overdue,
        filter.days.map(|days| days.to_string()),
        &filter.district,
        &filter.department,
        filter.post,
        now,
        GROUPS_MAX,
    );
    let group = |mut row: Cells| {
        Ok(DriveCount {
            code: row.next()?,
            open: row.next()?,
            overdue: row.next()?,
            first_due: row.next()?,
        })
    };
    found.into_iter().map(group).collect()
}

fn drive(mut row: Cells) -> Result<DriveTask> {
    let (case, version) = (row.next()?, row.next()?);
    let days = row.next::<String>()?.parse().map_err(|_| Error::Malformed("code"))?;
    let (opened_at, due_at) = (row.next()?, row.next()?);
    let outcome: Option<String> = row.next()?;
    let at: Option<Timestamp> = row.next()?;
    let settled_version: Option<i64> = row.next()?;
    let settled = match (outcome, at, settled_version) {
        (Some(outcome), Some(at), Some(version)) => Some(Settlement { outcome, at, version }),
        _ => None,
    };
    let aside: Option<String> = row.next()?;
    let aside = aside.map(|text| Aside::parse(&text)).transpose();
    let aside = aside.map_err(|_| Error::Malformed("aside"))?.unwrap_or_default();
    // Of the last one the case says it; an earlier one is met by it alone.
    let contacted = match aside.drive.filter(|drive| drive.days == days) {
        Some(drive) => drive.contacted,
        None => settled.as_ref().is_some_and(|end| end.outcome == "MET"),
    };
    Ok(DriveTask {
        case,
        version,
        days,
        opened_at,
        due_at,
        settled,
        contacted,
        registered_at: row.next()?,
        state: row.next()?,
        level: row.next()?,
        department: row.next()?,
        district: row.next()?,
        post: row.next()?,
    })
}
