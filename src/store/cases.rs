//! Cases as they stand: one, what falls due, and what one citizen or post has.

use super::{
    Db, Error, Result,
    db::{only, rows},
    values::Cells,
    writer::merged::{merged, read_many},
};
use crate::domain::{
    case::{Case, State, aside::Aside, pending::Counted},
    chain::Hash,
    place::{Code, Level, PlaceCode, PostId},
    time::Timestamp,
};

/// Posts of one officer that a query looks at.
pub const POSTS_MAX: usize = 8;
/// Rows of one page, whatever was asked for.
pub const PAGE_MAX: i64 = 500;
/// Departments, places and states of one district that are counted.
const COUNTED_MAX: i64 = 100_000;
/// Cases that a sweep takes at a time, however many were asked for.
pub const OVERDUE_MAX: i64 = 512;
/// The latest cases of a district that are looked at for an outage, and those of one that are shown.
const LATEST_MAX: i64 = 300;
const NEARBY_MAX: i64 = 10;
/// No post has it: fills the places of posts that are not there.
const NO_POST: i64 = -1;

/// When a case moves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub case: i64,
    pub due_at: Timestamp,
}

macro_rules! select {
    ($($tail:tt)*) => {
        concat!(
            "SELECT id, kind, citizen, channel, language, department, category, subcategory,
                    place, district, text_id, recording, state, level, ladder, post, directory,
                    policy, registered_at, arrived_at, due_at, stay, attended, seen,
                    overdue_last, needs_review, review_due_at, resolved_at, resolved_level,
                    in_time, dissatisfied_last, round, closed_at, pressured, version, head,
                    aside, contacted
               FROM cases ",
            $($tail)*
        )
    };
}
pub(super) use select;

merged!(wide OF_IDS, 1, select!("WHERE id IN ("), ")");

/// Those that there are of `ids`, in no order.
pub async fn many(db: &Db, ids: &[i64]) -> Result<Vec<Case>> {
    read(read_many!(db, OF_IDS, ids, |query, id| query.bind(*id)))
}

pub async fn get(db: &Db, id: i64) -> Result<Case> {
    let found = read(rows!(db, select!("WHERE id = $1"), id))?;
    found.into_iter().next().ok_or(Error::NotFound)
}

/// What events tell of a case, as its row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub id: i64,
    pub state: State,
    pub level: Level,
    pub due_at: Option<Timestamp>,
    pub version: i64,
    /// Of its chain.
    pub head: Hash,
}

/// The next page of all cases, past an id.
pub async fn told_after(db: &Db, id: i64, limit: i64) -> Result<Vec<Told>> {
    let found = rows!(
        db,
        "SELECT id, state, level, due_at, version, head
           FROM cases
          WHERE id > $1
          ORDER BY id
          LIMIT $2",
        id,
        limit.clamp(0, PAGE_MAX),
    );
    let told = |mut row: Cells| {
        Ok(Told {
            id: row.next()?,
            state: row.next()?,
            level: row.next()?,
            due_at: row.next()?,
            version: row.next()?,
            head: row.hash()?,
        })
    };
    found.into_iter().map(told).collect()
}

/// Cases whose time is up, longest first.
pub async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Due>> {
    let found = rows!(
        db,
        "SELECT id, due_at
           FROM cases
          WHERE due_at <= $1 AND overdue_last = 0
          ORDER BY due_at, id
          LIMIT $2",
        now,
        limit.clamp(0, PAGE_MAX),
    );
    let due = |mut row: Cells| Ok(Due { case: row.next()?, due_at: row.next()? });
    found.into_iter().map(due).collect()
}

/// Cases with their departments, of those that were registered since an instant.
pub async fn registered_since(db: &Db, since: Timestamp) -> Result<Vec<(i64, Code)>> {
    let found = rows!(
        db,
        "SELECT id, department
           FROM cases
          WHERE registered_at >= $1
          LIMIT $2",
        since,
        COUNTED_MAX,
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}

/// As [`due`], with all that is known of them.
pub async fn overdue(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Case>> {
    read(rows!(
        db,
        select!(
            "WHERE due_at <= $1 AND overdue_last = 0
             ORDER BY due_at, id
             LIMIT $2"
        ),
        now,
        limit.clamp(0, OVERDUE_MAX),
    ))
}

/// The next instant past `now` at which a case moves by itself.
pub async fn next_due(db: &Db, now: Timestamp) -> Result<Option<Timestamp>> {
    first(rows!(db, "SELECT MIN(due_at) FROM cases WHERE due_at > $1 AND overdue_last = 0", now))
}

/// The next instant past `now` at which a review is late.
pub async fn next_review(db: &Db, now: Timestamp) -> Result<Option<Timestamp>> {
    first(rows!(
        db,
        "SELECT MIN(review_due_at) FROM cases WHERE needs_review = 1 AND review_due_at > $1",
        now,
    ))
}

/// Cases registered by keys that no agent completed in time, longest first.
pub async fn review_due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Case>> {
    read(rows!(
        db,
        select!(
            "WHERE needs_review = 1 AND review_due_at <= $1
             ORDER BY review_due_at, id
             LIMIT $2"
        ),
        now,
        limit.clamp(0, PAGE_MAX),
    ))
}

/// How many cases that are not closed a post has.
pub async fn open_with(db: &Db, post: PostId) -> Result<i64> {
    let found = rows!(
        db,
        "SELECT COUNT(*)
           FROM cases
          WHERE post = $1
            AND state IN ('WITH_OFFICER', 'AWAITING_VERIFICATION', 'PARTIALLY_CLOSED',
                          'SPECIAL_CLOSE_PROPOSED', 'UNVERIFIED')",
        post,
    );
    Ok(only(found)?.next()?)
}

/// One citizen's cases, newest first.
pub async fn of_citizen(db: &Db, citizen: i64, limit: i64) -> Result<Vec<Case>> {
    read(rows!(
        db,
        select!("WHERE citizen = $1 ORDER BY id DESC LIMIT $2"),
        citizen,
        limit.clamp(0, PAGE_MAX),
    ))
}

/// Others' open complaints of one kind at one place, newest first, of the latest that the district has.
pub async fn nearby(
    db: &Db,
    district: &PlaceCode,
    place: &PlaceCode,
    subcategory: &Code,
    not: i64,
    since: Timestamp,
) -> Result<Vec<Case>> {
    read(rows!(
        db,
        concat!(
            "SELECT * FROM (",
            select!("WHERE district = $1 ORDER BY id DESC LIMIT $2"),
            ") AS latest
              WHERE kind = 'COMPLAINT' AND place = $3 AND subcategory = $4 AND citizen <> $5 AND registered_at >= $6
                AND state IN ('UNROUTED', 'WITH_OFFICER', 'AWAITING_VERIFICATION', 'PARTIALLY_CLOSED',
                              'SPECIAL_CLOSE_PROPOSED', 'UNVERIFIED')
              ORDER BY id DESC
              LIMIT $7"
        ),
        district,
        LATEST_MAX,
        place,
        subcategory,
        not,
        since,
        NEARBY_MAX,
    ))
}

pub(super) fn first(found: Vec<Cells>) -> Result<Option<Timestamp>> {
    match found.into_iter().next() {
        Some(mut row) => Ok(row.next()?),
        None => Ok(None),
    }
}

pub(super) fn eight(posts: &[PostId]) -> [i64; POSTS_MAX] {
    let mut held = [NO_POST; POSTS_MAX];
    for (place, post) in held.iter_mut().zip(posts) {
        *place = post.0;
    }
    held
}

pub(super) fn read(rows: Vec<Cells>) -> Result<Vec<Case>> {
    rows.into_iter().map(case).collect()
}

fn case(mut row: Cells) -> Result<Case> {
    Ok(Case {
        id: row.next()?,
        kind: row.next()?,
        citizen: row.next()?,
        channel: row.next()?,
        language: row.next()?,
        department: row.next()?,
        category: row.next()?,
        subcategory: row.next()?,
        place: row.next()?,
        district: row.next()?,
        text: row.next()?,
        recording: row.next()?,
        state: row.next()?,
        level: row.next()?,
        ladder: row.next()?,
        post: row.next()?,
        directory: row.next()?,
        policy: row.next()?,
        registered_at: row.next()?,
        arrived_at: row.next()?,
        due_at: row.next()?,
        stay: row.next()?,
        attended: row.flag()?,
        seen: row.flag()?,
        overdue_last: row.flag()?,
        needs_review: row.flag()?,
        review_due_at: row.next()?,
        resolved_at: row.next()?,
        resolved_level: row.next()?,
        in_time: row.next::<Option<i64>>()?.map(|flag| flag != 0),
        dissatisfied_last: row.next()?,
        round: row.next()?,
        closed_at: row.next()?,
        pressured: row.flag()?,
        version: row.next()?,
        head: row.hash()?,
        aside: match row.next::<Option<String>>()? {
            Some(text) => {
                let aside =
                    Aside::parse(&text).map_err(|_| Error::Malformed("text beside a case"))?;
                Some(Box::new(aside))
            }
            None => None,
        },
        contacted: row.flag()?,
    })
}

/// How many complaints of a district there are by department, place and state.
pub async fn counted(db: &Db, district: &PlaceCode) -> Result<Vec<Counted>> {
    let found = rows!(
        db,
        "SELECT department, place, state, COUNT(*)
           FROM cases
          WHERE district = $1 AND kind = 'COMPLAINT'
          GROUP BY department, place, state
          ORDER BY department, place, state
          LIMIT $2",
        district,
        COUNTED_MAX,
    );
    let counted = |mut row: Cells| {
        let (department, place) = (row.next()?, row.next()?);
        Ok(Counted { department, place, state: row.next()?, cases: row.next()? })
    };
    found.into_iter().map(counted).collect()
}
