//! What waits for somebody's word or date, in somebody's scope.

use crate::{
    domain::{
        case::matter::{Behind, Kind, Matter, Settlement},
        place::PostId,
        scope::Scope,
        time::Timestamp,
    },
    store::{
        Db, Result,
        acts::{Seen, rows_seen},
        cases::PAGE_MAX,
        db::rows,
        values::Cells,
    },
};

/// What a list is narrowed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub kind: Kind,
    pub which: Which,
    /// What it is about, as the meeting of an agenda.
    pub code: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Open,
    /// Open past its date, or settled as missed.
    Overdue(Timestamp),
    All,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT case_id, version, kind, department, district, post, to_post, account, code,
                    opened_at, due_at, outcome, settled_at, settled_version
               FROM matters ",
            $tail
        )
    };
}

/// A page, the oldest first.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &Filter,
    behind: Behind,
    limit: i64,
) -> Result<Vec<Matter>> {
    let Some(seen) = Seen::of(scope) else { return Ok(Vec::new()) };
    let (open, overdue) = match filter.which {
        Which::Open => (1_i64, None),
        Which::Overdue(now) => (0, Some(now)),
        Which::All => (0, None),
    };
    let found = rows_seen!(
        db,
        seen,
        select!(
            "WHERE kind = $11
               AND ($1 IS NULL OR district = $1)
               AND ($2 = 0 OR post IN ($3, $4, $5, $6, $7, $8, $9, $10)
                           OR to_post IN ($3, $4, $5, $6, $7, $8, $9, $10))
               AND ($12 = 0 OR settled_at IS NULL)
               AND ($13 IS NULL OR outcome = 'MISSED' OR (settled_at IS NULL AND due_at < $13))
               AND ($14 IS NULL OR code = $14)
               AND (opened_at, case_id, version) > ($15, $16, $17)
             ORDER BY opened_at, case_id, version
             LIMIT $18"
        ),
        filter.kind,
        open,
        overdue,
        &filter.code,
        behind.opened_at,
        behind.case,
        behind.version,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(matter).collect()
}

/// Is something of a kind open for this case, and since which event?
pub async fn open(db: &Db, case: i64, kind: Kind) -> Result<Option<Matter>> {
    let found = rows!(
        db,
        select!(
            "WHERE case_id = $1 AND kind = $2 AND settled_at IS NULL
             ORDER BY version
             LIMIT 1"
        ),
        case,
        kind,
    );
    found.into_iter().next().map(matter).transpose()
}

/// Cases with at least so many approved transfers: (case, hops), the most first.
pub async fn hops(db: &Db, scope: &Scope, at_least: i64, limit: i64) -> Result<Vec<(i64, i64)>> {
    let district = match scope {
        Scope::All => None,
        Scope::District(district) => Some(district),
        Scope::Posts(_) | Scope::Citizen(_) | Scope::Nothing => return Ok(Vec::new()),
    };
    let found = rows!(
        db,
        "SELECT m.case_id, COUNT(*) AS hops
           FROM matters m JOIN cases c ON c.id = m.case_id
          WHERE m.kind = 'TRANSFER' AND m.outcome = 'APPROVED'
            AND ($1 IS NULL OR c.district = $1)
          GROUP BY m.case_id
         HAVING COUNT(*) >= $2
          ORDER BY hops DESC, m.case_id
          LIMIT $3",
        district,
        at_least,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}

fn matter(mut row: Cells) -> Result<Matter> {
    let mut matter = Matter {
        case: row.next()?,
        version: row.next()?,
        kind: row.next()?,
        department: row.next()?,
        district: row.next()?,
        post: row.next::<Option<PostId>>()?,
        to_post: row.next::<Option<PostId>>()?,
        account: row.next()?,
        code: row.next()?,
        opened_at: row.next()?,
        due_at: row.next()?,
        settled: None,
    };
    let outcome: Option<String> = row.next()?;
    let at: Option<Timestamp> = row.next()?;
    let version: Option<i64> = row.next()?;
    if let (Some(outcome), Some(at), Some(version)) = (outcome, at, version) {
        matter.settled = Some(Settlement { outcome, at, version });
    }
    Ok(matter)
}
