//! Lists of cases, each narrowed by the same filter: newest first, an officer's queue, those without a post; and how many
//! there are of which kind.

use super::{
    Db, Result,
    cases::{PAGE_MAX, eight, read, select},
    db::rows,
    values::Cells,
};
use crate::domain::{
    ageing::Age,
    case::{Case, Kind, State},
    page::After,
    place::{Code, Level, PlaceCode, PostId},
    scope::Scope,
    time::Timestamp,
};

/// What a list is narrowed to; None and empty mean any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub kind: Option<Kind>,
    pub states: Vec<State>,
    pub level: Option<Level>,
    pub department: Option<Code>,
    pub category: Option<Code>,
    pub district: Option<PlaceCode>,
    /// At this place or below it, as this version of the directory has the places.
    pub place: Option<(PlaceCode, i64)>,
    pub citizen: Option<i64>,
    pub needs_review: Option<bool>,
    pub registered_from: Option<Timestamp>,
    pub registered_before: Option<Timestamp>,
    pub due_after: Option<Timestamp>,
    pub due_until: Option<Timestamp>,
    /// No call and no visit is on record.
    pub no_contact: bool,
    /// The citizen said that an officer was rude, and nobody above has answered that (R20).
    pub conduct_flagged: bool,
    pub number: Option<Number>,
}

/// A part of a case's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The id begins with these digits.
    pub begins: String,
    /// Or is this one: the number was given whole.
    pub id: Option<i64>,
}

/// A page of a list that is ordered by falling id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Ids below this one; None begins at the newest.
    pub before: Option<i64>,
    pub limit: i64,
}

/// Cases of one state and age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub state: State,
    pub age: Age,
    pub cases: i64,
    pub overdue: i64,
    pub due_soon: i64,
    pub no_contact: i64,
    pub unseen: i64,
}

impl Filter {
    /// A place for each state there is; who asks for none gets all.
    fn slots(&self) -> [State; State::ALL.len()] {
        let asked = if self.states.is_empty() { State::ALL } else { &self.states };
        std::array::from_fn(|n| asked.get(n).copied().unwrap_or(asked[0]))
    }
}

/// WHERE with the filter's 29 binds behind the list's own condition.
macro_rules! narrowed {
    ($head:literal) => {
        concat!(
            "WHERE ",
            $head,
            " AND state IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
              AND ($13 IS NULL OR kind = $13)
              AND ($14 IS NULL OR level = $14)
              AND ($15 IS NULL OR department = $15)
              AND ($16 IS NULL OR category = $16)
              AND ($17 IS NULL OR district = $17)
              AND ($18 IS NULL OR citizen = $18)
              AND ($19 IS NULL OR needs_review = $19)
              AND ($20 IS NULL OR registered_at >= $20)
              AND ($21 IS NULL OR registered_at < $21)
              AND ($22 IS NULL OR due_at > $22)
              AND ($23 IS NULL OR due_at <= $23)
              AND ($24 = 0 OR contacted = 0)
              AND ($25 IS NULL OR id = $26 OR CAST(id AS TEXT) LIKE $25)
              AND ($27 IS NULL OR place IN (
                    WITH RECURSIVE below (code) AS (
                        SELECT CAST($27 AS TEXT)
                        UNION
                        SELECT places.code
                          FROM places
                          JOIN below ON places.parent = below.code
                         WHERE places.version = $28)
                    SELECT code FROM below))
              AND ($29 = 0 OR EXISTS (
                    SELECT 1
                      FROM matters
                     WHERE matters.case_id = cases.id
                       AND matters.kind = 'CONDUCT'
                       AND matters.settled_at IS NULL)) "
        )
    };
}

/// Runs a query that begins with the filter's binds; the posts of an officer come last.
macro_rules! rows_of {
    ($db:expr, $filter:expr, $sql:expr, $($bind:expr),+; posts $posts:expr) => {{
        let [p1, p2, p3, p4, p5, p6, p7, p8] = eight($posts);
        rows_of!($db, $filter, $sql, $($bind),+, p1, p2, p3, p4, p5, p6, p7, p8)
    }};
    ($db:expr, $filter:expr, $sql:expr, $($bind:expr),+ $(,)?) => {{
        let filter: &Filter = $filter;
        let [s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12] = filter.slots();
        let begins = filter.number.as_ref().map(|number| format!("{}%", number.begins));
        rows!(
            $db, $sql, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12,
            filter.kind,
            filter.level,
            &filter.department,
            &filter.category,
            &filter.district,
            filter.citizen,
            filter.needs_review.map(i64::from),
            filter.registered_from,
            filter.registered_before,
            filter.due_after,
            filter.due_until,
            i64::from(filter.no_contact),
            &begins,
            filter.number.as_ref().and_then(|number| number.id),
            filter.place.as_ref().map(|(place, _)| place),
            filter.place.as_ref().map(|(_, version)| *version),
            i64::from(filter.conduct_flagged),
            $($bind),+
        )
    }};
}

/// A page of what `scope` allows, newest first.
pub async fn list(db: &Db, scope: &Scope, filter: &Filter, page: Page) -> Result<Vec<Case>> {
    let (before, limit) = (page.before.unwrap_or(i64::MAX), page.limit.clamp(0, PAGE_MAX));
    let (district, citizen) = match scope {
        Scope::All => (None, None),
        Scope::District(district) => (Some(district), None),
        Scope::Citizen(citizen) => (None, Some(*citizen)),
        Scope::Posts(posts) => {
            let sql = select!(
                narrowed!("id < $30 AND post IN ($32, $33, $34, $35, $36, $37, $38, $39)"),
                " ORDER BY id DESC LIMIT $31"
            );
            return read(rows_of!(db, filter, sql, before, limit; posts posts));
        }
        Scope::Nothing => return Ok(Vec::new()),
    };
    let sql = select!(
        narrowed!(
            "($30 IS NULL OR district = $30) AND ($31 IS NULL OR citizen = $31) AND id < $32"
        ),
        " ORDER BY id DESC LIMIT $33"
    );
    read(rows_of!(db, filter, sql, district, citizen, before, limit))
}

/// The cases that these posts answer for, the first due first and behind them those whose clock stands.
pub async fn queue(
    db: &Db,
    posts: &[PostId],
    filter: &Filter,
    after: After,
    limit: i64,
) -> Result<Vec<Case>> {
    let sql = select!(
        narrowed!(
            "post IN ($33, $34, $35, $36, $37, $38, $39, $40)
             AND (COALESCE(due_at, 9223372036854775807), id) > ($30, $31)"
        ),
        " ORDER BY COALESCE(due_at, 9223372036854775807), id LIMIT $32"
    );
    let limit = limit.clamp(0, PAGE_MAX);
    read(rows_of!(db, filter, sql, after.at, after.id, limit; posts posts))
}

/// Cases that no post was found for, the oldest first: of one district or all, and only those whose day is over or all.
pub async fn unrouted(
    db: &Db,
    district: Option<&PlaceCode>,
    late: bool,
    filter: &Filter,
    after: After,
    limit: i64,
) -> Result<Vec<Case>> {
    let sql = select!(
        narrowed!(
            "state = 'UNROUTED'
             AND ($30 IS NULL OR district = $30)
             AND ($31 = 0 OR due_at IS NULL)
             AND (registered_at, id) > ($32, $33)"
        ),
        " ORDER BY registered_at, id LIMIT $34"
    );
    read(rows_of!(
        db,
        filter,
        sql,
        district,
        i64::from(late),
        after.at,
        after.id,
        limit.clamp(0, PAGE_MAX),
    ))
}

/// What `scope` allows and is on no meeting's agenda, the longest registered first.
pub async fn unpicked(db: &Db, scope: &Scope, filter: &Filter, limit: i64) -> Result<Vec<Case>> {
    let district = match scope {
        Scope::All => None,
        Scope::District(district) => Some(district),
        Scope::Posts(_) | Scope::Citizen(_) | Scope::Nothing => return Ok(Vec::new()),
    };
    let sql = select!(
        narrowed!(
            "($30 IS NULL OR district = $30)
             AND NOT EXISTS (
                    SELECT 1
                      FROM matters
                     WHERE matters.case_id = cases.id
                       AND matters.kind = 'MEETING'
                       AND matters.settled_at IS NULL)"
        ),
        " ORDER BY registered_at, id LIMIT $31"
    );
    read(rows_of!(db, filter, sql, district, limit.clamp(0, PAGE_MAX)))
}

/// Since when a case is of the first, second, third and fourth age; when it is overdue, and when it is due soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub ages: [Timestamp; 4],
    pub now: Timestamp,
    pub soon: Timestamp,
}

macro_rules! counted {
    ($head:literal) => {
        concat!(
            "SELECT state,
                    CAST(CASE WHEN registered_at >= $30 THEN 0
                              WHEN registered_at >= $31 THEN 1
                              WHEN registered_at >= $32 THEN 2
                              WHEN registered_at >= $33 THEN 3
                              ELSE 4 END AS BIGINT) AS age,
                    COUNT(*),
                    CAST(SUM(CASE WHEN due_at <= $34 THEN 1 ELSE 0 END) AS BIGINT),
                    CAST(SUM(CASE WHEN due_at > $34 AND due_at <= $35 THEN 1 ELSE 0 END)
                         AS BIGINT),
                    CAST(SUM(1 - contacted) AS BIGINT),
                    CAST(SUM(1 - seen) AS BIGINT)
               FROM cases ",
            narrowed!($head),
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )
    };
}

/// How many there are of [`queue`], by state and age.
pub async fn queue_counts(
    db: &Db,
    posts: &[PostId],
    filter: &Filter,
    bounds: Bounds,
) -> Result<Vec<Count>> {
    let sql = counted!("post IN ($36, $37, $38, $39, $40, $41, $42, $43)");
    let found = rows_of!(
        db,
        filter,
        sql,
        bounds.ages[0],
        bounds.ages[1],
        bounds.ages[2],
        bounds.ages[3],
        bounds.now,
        bounds.soon;
        posts posts
    );
    found.into_iter().map(count).collect()
}

/// How many there are of [`unrouted`], by age.
pub async fn unrouted_counts(
    db: &Db,
    district: Option<&PlaceCode>,
    late: bool,
    filter: &Filter,
    bounds: Bounds,
) -> Result<Vec<Count>> {
    let sql = counted!(
        "state = 'UNROUTED'
         AND ($36 IS NULL OR district = $36)
         AND ($37 = 0 OR due_at IS NULL)"
    );
    let found = rows_of!(
        db,
        filter,
        sql,
        bounds.ages[0],
        bounds.ages[1],
        bounds.ages[2],
        bounds.ages[3],
        bounds.now,
        bounds.soon,
        district,
        i64::from(late),
    );
    found.into_iter().map(count).collect()
}

fn count(mut row: Cells) -> Result<Count> {
    let state = row.next()?;
    let age = usize::try_from(row.next::<i64>()?).ok().and_then(|n| Age::ALL.get(n)).copied();
    Ok(Count {
        state,
        age: age.ok_or(super::Error::Malformed("age"))?,
        cases: row.next()?,
        overdue: row.next()?,
        due_soon: row.next()?,
        no_contact: row.next()?,
        unseen: row.next()?,
    })
}
