//! How many rows the live directory has, counted and not loaded.

use super::people::counts;
use crate::store::{
    Db, Result,
    db::{only, rows},
};

/// Rows by table; persons as they count now, officers with those whose account was made by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    pub places: i64,
    pub departments: i64,
    pub designations: i64,
    pub ladder: i64,
    pub categories: i64,
    pub subcategories: i64,
    pub synonyms: i64,
    pub posts: i64,
    pub holidays: i64,
    pub officers: i64,
    pub holders: i64,
    pub leave: i64,
}

pub async fn of_version(db: &Db, version: i64) -> Result<Sizes> {
    let sql = concat!(
        "SELECT (SELECT COUNT(*) FROM places WHERE version = $1),
                (SELECT COUNT(*) FROM departments WHERE version = $1),
                (SELECT COUNT(*) FROM designations WHERE version = $1),
                (SELECT COUNT(*) FROM ladder WHERE version = $1),
                (SELECT COUNT(*) FROM categories WHERE version = $1),
                (SELECT COUNT(*) FROM subcategories WHERE version = $1),
                (SELECT COUNT(*) FROM synonyms WHERE version = $1),
                (SELECT COUNT(*) FROM posts WHERE version = $1),
                (SELECT COUNT(*) FROM holidays WHERE version = $1),
                (SELECT COUNT(*) FROM officers WHERE ",
        counts!("officers"),
        ")
                + (SELECT COUNT(*)
                     FROM accounts
                    WHERE role = 'OFFICER'
                      AND id NOT IN (SELECT account
                                       FROM officers
                                      WHERE since IN (SELECT version
                                                        FROM directory_versions
                                                       WHERE live_at IS NOT NULL))),
                (SELECT COUNT(*)
                   FROM post_holders
                  WHERE post IN (SELECT id FROM posts WHERE version = $1) AND ",
        counts!("post_holders"),
        "),
                (SELECT COUNT(*) FROM officer_leave WHERE ",
        counts!("officer_leave"),
        ")"
    );
    let mut row = only(rows!(db, sql, version))?;
    Ok(Sizes {
        places: row.next()?,
        departments: row.next()?,
        designations: row.next()?,
        ladder: row.next()?,
        categories: row.next()?,
        subcategories: row.next()?,
        synonyms: row.next()?,
        posts: row.next()?,
        holidays: row.next()?,
        officers: row.next()?,
        holders: row.next()?,
        leave: row.next()?,
    })
}
