//! Who may act for whom: for a district's collector on its transfers, for the holder of a post on its cases; and what was
//! done so.

use crate::{
    domain::{
        actor::HeldPost,
        delegation::{Delegation, Per, Share},
        place::{Code, PlaceCode, PostId},
        scope::Scope,
        time::Timestamp,
    },
    store::{
        Db, Result,
        acts::{Seen, rows_seen},
        cases::{PAGE_MAX, POSTS_MAX},
        db::rows,
        directory::people::{active, counts},
        values::Cells,
    },
};

/// A delegation as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub delegation: Delegation,
    pub revoked_at: Option<Timestamp>,
}

/// Whose acts are counted, from the first instant on and before the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: Timestamp,
    pub until: Timestamp,
    pub department: Option<Code>,
    pub district: Option<PlaceCode>,
}

/// May this account decide for the district's collector now?
pub async fn holds(db: &Db, district: &PlaceCode, account: i64, now: Timestamp) -> Result<bool> {
    let found = rows!(
        db,
        "SELECT 1
           FROM delegations
          WHERE district = $1 AND post = 0 AND account = $2 AND from_at <= $3 AND until_at > $3
            AND revoked_at IS NULL
          LIMIT 1",
        district,
        account,
        now,
    );
    Ok(!found.is_empty())
}

/// The posts that an account acts for now; what a holder gave ends with the own holding.
pub async fn to(db: &Db, account: i64, now: Timestamp) -> Result<Vec<HeldPost>> {
    let sql = concat!(
        "SELECT posts.id, posts.department, posts.place, posts.level, MIN(delegations.given_by)
           FROM delegations
           JOIN posts ON posts.id = delegations.post
           JOIN post_holders ON post_holders.post = delegations.post
                            AND post_holders.account = delegations.given_by
          WHERE delegations.account = $1
            AND delegations.from_at <= $2
            AND delegations.until_at > $2
            AND delegations.revoked_at IS NULL
            AND post_holders.from_at <= $2
            AND (post_holders.until_at IS NULL OR post_holders.until_at > $2)
            AND posts.version = (SELECT MAX(version)
                                   FROM directory_versions
                                  WHERE live_at IS NOT NULL)
            AND ",
        counts!("post_holders"),
        " AND ",
        active!("post_holders", "$2"),
        " GROUP BY posts.id, posts.department, posts.place, posts.level
          ORDER BY posts.id
          LIMIT $3"
    );
    let held = |mut row: Cells| {
        Ok(HeldPost {
            post: row.next()?,
            department: row.next()?,
            place: row.next()?,
            level: row.next()?,
            delegate_of: row.next()?,
        })
    };
    rows!(db, sql, account, now, POSTS_MAX as i64).into_iter().map(held).collect()
}

/// Delegations of posts, the newest first: those of a post or all in `scope`, and those of the reader's own.
pub async fn list(
    db: &Db,
    scope: &Scope,
    own: i64,
    post: Option<PostId>,
    limit: i64,
) -> Result<Vec<Given>> {
    let Some(seen) = Seen::of(scope) else { return Ok(Vec::new()) };
    let found = rows_seen!(
        db,
        seen,
        "SELECT district, post, account, from_at, until_at, given_by, revoked_at
           FROM delegations
          WHERE post > 0
            AND ($1 IS NULL OR district = $1)
            AND ($2 = 0 OR account = $11 OR post IN ($3, $4, $5, $6, $7, $8, $9, $10))
            AND ($12 IS NULL OR post = $12)
          ORDER BY from_at DESC, post, account
          LIMIT $13",
        own,
        post,
        limit.clamp(0, PAGE_MAX),
    );
    let given = |mut row: Cells| {
        Ok(Given {
            delegation: Delegation {
                district: row.next()?,
                post: Some(row.next()?),
                account: row.next()?,
                from: row.next()?,
                until: row.next()?,
                given_by: row.next()?,
            },
            revoked_at: row.next()?,
        })
    };
    found.into_iter().map(given).collect()
}

macro_rules! shared {
    ($key:literal, $from:literal) => {
        concat!(
            "SELECT ",
            $key,
            ",
                    COUNT(*),
                    CAST(SUM(CASE WHEN acts.delegate_of IS NULL THEN 0 ELSE 1 END) AS BIGINT)
               FROM ",
            $from,
            "
              WHERE ($1 IS NULL OR acts.district = $1)
                AND ($2 = 0 OR acts.post IN ($3, $4, $5, $6, $7, $8, $9, $10))
                AND acts.at >= $11 AND acts.at < $12
                AND ($13 IS NULL OR acts.department = $13)
                AND ($14 IS NULL OR acts.district = $14)
              GROUP BY 1
              ORDER BY SUM(CASE WHEN acts.delegate_of IS NULL THEN 0 ELSE 1 END) * 10000
                       / COUNT(*) DESC, COUNT(*) DESC, 1
              LIMIT $15"
        )
    };
}

/// Acts of officers in `scope`, the highest share of delegates first.
pub async fn shares(
    db: &Db,
    scope: &Scope,
    per: Per,
    period: &Period,
    limit: i64,
) -> Result<Vec<Share>> {
    let Some(seen) = Seen::of(scope) else { return Ok(Vec::new()) };
    let sql = match per {
        Per::Post => shared!("CAST(acts.post AS TEXT)", "acts"),
        Per::Officer => shared!(
            "accounts.login",
            "acts JOIN accounts ON accounts.id = COALESCE(acts.delegate_of, acts.account)"
        ),
        Per::Department => shared!("acts.department", "acts"),
        Per::District => shared!("acts.district", "acts"),
    };
    let found = rows_seen!(
        db,
        seen,
        sql,
        period.from,
        period.until,
        &period.department,
        &period.district,
        limit.clamp(0, PAGE_MAX),
    );
    let share =
        |mut row: Cells| Ok(Share { key: row.next()?, acts: row.next()?, delegated: row.next()? });
    found.into_iter().map(share).collect()
}
