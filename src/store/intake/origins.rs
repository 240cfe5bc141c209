//! How citizens heard of 181, which schemes cases are about, and what was registered where.

use crate::{
    domain::{
        case::Kind,
        intake::origin::{HeardOf, Origin},
        place::PlaceCode,
        time::Timestamp,
    },
    store::{Db, Result, db::rows},
};

/// Places of one answer.
const PLACES_MAX: i64 = 100_000;

pub async fn of_case(db: &Db, case: i64) -> Result<Option<Origin>> {
    let found = rows!(db, "SELECT heard_of, scheme FROM origins WHERE case_id = $1", case);
    let origin = found
        .into_iter()
        .next()
        .map(|mut row| Ok(Origin { case, heard_of: row.next()?, scheme: row.next()? }));
    origin.transpose()
}

/// Cases of each kind that were registered since an instant; of one district, or of all.
pub async fn kinds(
    db: &Db,
    district: Option<&PlaceCode>,
    since: Timestamp,
) -> Result<Vec<(Kind, i64)>> {
    let found = rows!(
        db,
        "SELECT kind, COUNT(*)
           FROM cases
          WHERE ($1 IS NULL OR district = $1) AND registered_at >= $2
          GROUP BY kind
          ORDER BY kind",
        district,
        since,
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}

pub async fn heard_of(
    db: &Db,
    district: Option<&PlaceCode>,
    since: Timestamp,
) -> Result<Vec<(HeardOf, i64)>> {
    let found = rows!(
        db,
        "SELECT origins.heard_of, COUNT(*)
           FROM origins
           JOIN cases ON cases.id = origins.case_id
          WHERE ($1 IS NULL OR cases.district = $1) AND cases.registered_at >= $2
            AND origins.heard_of IS NOT NULL
          GROUP BY origins.heard_of
          ORDER BY origins.heard_of",
        district,
        since,
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}

pub async fn places(
    db: &Db,
    district: Option<&PlaceCode>,
    since: Timestamp,
) -> Result<Vec<(PlaceCode, i64)>> {
    let found = rows!(
        db,
        "SELECT place, COUNT(*)
           FROM cases
          WHERE ($1 IS NULL OR district = $1) AND registered_at >= $2
          GROUP BY place
          ORDER BY place
          LIMIT $3",
        district,
        since,
        PLACES_MAX,
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}
