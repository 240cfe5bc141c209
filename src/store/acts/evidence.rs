//! The files of a case, without their bytes.

use crate::{
    domain::case::evidence::Evidence,
    store::{Db, Error, Result, db::rows, values::Cells},
};

/// Files of one case that are looked at.
pub const OF_CASE_MAX: i64 = 200;

pub async fn get(db: &Db, id: i64) -> Result<Evidence> {
    let found = rows!(
        db,
        "SELECT id, case_id, sha256, kind, bytes, account, post, at FROM evidence WHERE id = $1",
        id,
    );
    found.into_iter().next().map(evidence).ok_or(Error::NotFound)?
}

/// The oldest first.
pub async fn of_case(db: &Db, case: i64) -> Result<Vec<Evidence>> {
    let found = rows!(
        db,
        "SELECT id, case_id, sha256, kind, bytes, account, post, at
           FROM evidence
          WHERE case_id = $1
          ORDER BY id
          LIMIT $2",
        case,
        OF_CASE_MAX,
    );
    found.into_iter().map(evidence).collect()
}

fn evidence(mut row: Cells) -> Result<Evidence> {
    Ok(Evidence {
        id: row.next()?,
        case: row.next()?,
        sha256: row.hash()?,
        kind: row.next()?,
        bytes: row.next()?,
        account: row.next()?,
        post: row.next()?,
        at: row.next()?,
    })
}
