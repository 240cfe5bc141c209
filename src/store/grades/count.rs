//! What is counted of a month: each figure a GROUP BY over spells, by department and district, through an index of time.
//! `explain` lists the cases behind each by the same conditions.

use crate::{
    domain::{
        grading::{
            Cohort, Formula, Span, Stock,
            late::Late,
            leaders::{Officer, Work},
        },
        place::{Code, PlaceCode},
        time::DAY_MS,
    },
    store::{
        Db, Result,
        db::rows,
        grades::conditions::{
            closed, contradicted, ended, heard, here, late, received, unsettled, why_late,
        },
        values::Cells,
    },
};

/// None of both is the whole state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Within<'a> {
    pub department: Option<&'a Code>,
    pub district: Option<&'a PlaceCode>,
}

/// A figure of one department in one district.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell<T> {
    pub department: Code,
    pub district: PlaceCode,
    pub count: T,
}

/// What was closed in a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    pub closed: i64,
    pub special: i64,
    pub forced: i64,
}

/// Stays that were over in a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stays {
    pub ended: i64,
    pub not_attended: i64,
    pub vacant: i64,
}

/// How many of the rows meet a condition.
macro_rules! how_many {
    ($condition:literal) => {
        concat!("CAST(SUM(CASE WHEN ", $condition, " THEN 1 ELSE 0 END) AS BIGINT)")
    };
}

/// All but the answers.
pub async fn received(db: &Db, within: Within<'_>, span: &Span) -> Result<Vec<Cell<Cohort>>> {
    let found = rows!(
        db,
        concat!(
            "SELECT s.department, s.district, COUNT(*), ",
            how_many!("s.state = 'CLOSED_SATISFIED'"),
            ", ",
            how_many!("s.state = 'CLOSED_SATISFIED' AND s.in_time = 1"),
            ", ",
            how_many!("s.state IN ('CLOSED_SATISFIED', 'AWAITING_VERIFICATION', 'UNVERIFIED')"),
            ", ",
            how_many!(
                "s.state IN ('CLOSED_SATISFIED', 'AWAITING_VERIFICATION', 'UNVERIFIED') AND s.level = 1"
            ),
            " FROM spells s WHERE ",
            here!(),
            received!(),
            " GROUP BY s.department, s.district"
        ),
        within.department,
        within.district,
        span.begins,
        span.month.ends(),
        span.judged,
    );
    cells(found, |row| {
        Ok(Cohort {
            received: row.next()?,
            satisfied: row.next()?,
            in_time: row.next()?,
            resolved: row.next()?,
            resolved_l1: row.next()?,
            ..Cohort::default()
        })
    })
}

/// The answers alone. A contradiction is no second answer.
pub async fn answers(db: &Db, within: Within<'_>, span: &Span) -> Result<Vec<Cell<Cohort>>> {
    let found = rows!(
        db,
        concat!(
            "SELECT s.department, s.district, COUNT(*), ",
            how_many!("s.heard = 'SATISFIED'"),
            ", ",
            how_many!("s.level = 1"),
            ", ",
            how_many!("s.level = 1 AND s.heard = 'SATISFIED'"),
            " FROM spells s WHERE ",
            here!(),
            heard!(),
            " AND s.heard <> 'CONTRADICTED' GROUP BY s.department, s.district"
        ),
        within.department,
        within.district,
        span.begins,
        span.month.ends(),
        span.judged,
    );
    cells(found, |row| {
        Ok(Cohort {
            answers: row.next()?,
            answers_satisfied: row.next()?,
            answers_l1: row.next()?,
            answers_satisfied_l1: row.next()?,
            ..Cohort::default()
        })
    })
}

/// What was pending when the month ended.
pub async fn stock(
    db: &Db,
    within: Within<'_>,
    span: &Span,
    formula: &Formula,
) -> Result<Vec<Cell<Stock>>> {
    let over = |days: i64| span.ends.plus_ms(-days * DAY_MS);
    let found = rows!(
        db,
        concat!(
            "SELECT s.department, s.district, ",
            how_many!("s.state <> 'PARTIALLY_CLOSED'"),
            ", ",
            how_many!("s.state = 'PARTIALLY_CLOSED'"),
            ", ",
            how_many!("s.state <> 'PARTIALLY_CLOSED' AND s.registered_at < $4"),
            ", ",
            how_many!("s.state <> 'PARTIALLY_CLOSED' AND s.registered_at < $5"),
            ", ",
            how_many!("s.state <> 'PARTIALLY_CLOSED' AND s.registered_at < $6"),
            ", ",
            how_many!("s.state <> 'PARTIALLY_CLOSED' AND s.registered_at < $7"),
            " FROM spells s WHERE ",
            here!(),
            unsettled!(),
            " GROUP BY s.department, s.district"
        ),
        within.department,
        within.district,
        span.ends,
        formula.aged_before(span.ends),
        over(100),
        over(300),
        over(365),
    );
    cells(found, |row| {
        Ok(Stock {
            pending: row.next()?,
            partially_closed: row.next()?,
            aged: row.next()?,
            over_100: row.next()?,
            over_300: row.next()?,
            over_365: row.next()?,
        })
    })
}

pub async fn closed(db: &Db, within: Within<'_>, span: &Span) -> Result<Vec<Cell<Closed>>> {
    let found = rows!(
        db,
        concat!(
            "SELECT s.department, s.district, COUNT(*), ",
            how_many!("s.state = 'CLOSED_SPECIAL'"),
            ", ",
            how_many!("s.state = 'CLOSED_FORCED'"),
            " FROM spells s WHERE ",
            here!(),
            closed!(),
            " GROUP BY s.department, s.district"
        ),
        within.department,
        within.district,
        span.begins,
        span.ends,
    );
    cells(found, |row| {
        Ok(Closed { closed: row.next()?, special: row.next()?, forced: row.next()? })
    })
}

pub async fn contradicted(db: &Db, within: Within<'_>, span: &Span) -> Result<Vec<Cell<i64>>> {
    let found = rows!(
        db,
        concat!(
            "SELECT s.department, s.district, COUNT(*) FROM spells s WHERE ",
            here!(),
            contradicted!(),
            " GROUP BY s.department, s.district"
        ),
        within.department,
        within.district,
        span.begins,
        span.ends,
        span.judged,
        span.before_begins,
        span.before_judged,
    );
    cells(found, |row| Ok(row.next()?))
}

pub async fn stays(db: &Db, within: Within<'_>, span: &Span) -> Result<Vec<Cell<Stays>>> {
    let found = rows!(
        db,
        concat!(
            "SELECT s.department, s.district, COUNT(*), ",
            how_many!("s.charged IS NOT NULL"),
            ", ",
            how_many!("s.vacant = 1"),
            " FROM spells s WHERE ",
            here!(),
            ended!(),
            " GROUP BY s.department, s.district"
        ),
        within.department,
        within.district,
        span.begins,
        span.ends,
    );
    cells(found, |row| {
        Ok(Stays { ended: row.next()?, not_attended: row.next()?, vacant: row.next()? })
    })
}

/// What came in the month for complaints of months that are judged.
pub async fn late(db: &Db, within: Within<'_>, span: &Span) -> Result<Vec<Cell<(Late, i64)>>> {
    let found = rows!(
        db,
        concat!(
            "SELECT department, district, why, COUNT(*)
               FROM (SELECT s.department, s.district, ",
            why_late!(),
            " AS why FROM spells s WHERE ",
            here!(),
            late!(),
            ") AS late GROUP BY department, district, why"
        ),
        within.department,
        within.district,
        span.begins,
        span.ends,
        span.before_begins,
        span.before_judged,
    );
    cells(found, |row| Ok((row.next()?, row.next()?)))
}

/// Answers to resolutions of level 1 by who filed them.
pub async fn officers(db: &Db, within: Within<'_>, span: &Span) -> Result<Vec<Officer>> {
    let found = rows!(
        db,
        concat!(
            "SELECT s.resolver, a.login, a.name, MIN(s.department), MIN(s.district), ",
            how_many!("s.heard <> 'CONTRADICTED'"),
            ", ",
            how_many!("s.heard = 'SATISFIED'"),
            ", ",
            how_many!("s.heard = 'SATISFIED' AND s.in_time = 1"),
            ", ",
            how_many!("s.heard = 'CONTRADICTED'"),
            " FROM spells s JOIN accounts a ON a.id = s.resolver WHERE ",
            here!(),
            heard!(),
            " AND s.level = 1 GROUP BY s.resolver, a.login, a.name ORDER BY s.resolver"
        ),
        within.department,
        within.district,
        span.begins,
        span.month.ends(),
        span.judged,
    );
    found
        .into_iter()
        .map(|mut row| {
            Ok(Officer {
                account: row.next()?,
                login: row.next()?,
                name: row.next()?,
                department: row.next()?,
                district: row.next()?,
                work: Work {
                    answers: row.next()?,
                    satisfied: row.next()?,
                    in_time: row.next()?,
                    contradicted: row.next()?,
                },
            })
        })
        .collect()
}

fn cells<T>(found: Vec<Cells>, count: impl Fn(&mut Cells) -> Result<T>) -> Result<Vec<Cell<T>>> {
    let cell = |mut row: Cells| {
        Ok(Cell { department: row.next()?, district: row.next()?, count: count(&mut row)? })
    };
    found.into_iter().map(cell).collect()
}
