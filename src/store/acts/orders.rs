//! Special orders: numbered per post and year, readable, never changed.

use crate::{
    domain::{change::Order, place::PostId},
    store::{Db, Result, db::rows},
};

/// Orders of one case that are looked at.
pub const OF_CASE_MAX: i64 = 100;

/// The next free number of a post in a year; the gate decides who gets it.
pub async fn next(db: &Db, post: PostId, year: i64) -> Result<i64> {
    let found = rows!(
        db,
        "SELECT CAST(COALESCE(MAX(n), 0) AS BIGINT) FROM orders WHERE post = $1 AND year = $2",
        post,
        year,
    );
    let last: i64 = found.into_iter().next().map_or(Ok(0), |mut row| row.next())?;
    Ok(last + 1)
}

/// The oldest first.
pub async fn of_case(db: &Db, case: i64) -> Result<Vec<Order>> {
    let found = rows!(
        db,
        "SELECT post, year, n, case_id, version, account, text_id, at
           FROM orders
          WHERE case_id = $1
          ORDER BY at, post, n
          LIMIT $2",
        case,
        OF_CASE_MAX,
    );
    found
        .into_iter()
        .map(|mut row| {
            Ok(Order {
                post: row.next()?,
                year: row.next()?,
                n: row.next()?,
                case: row.next()?,
                version: row.next()?,
                account: row.next()?,
                text: row.next()?,
                at: row.next()?,
            })
        })
        .collect()
}
