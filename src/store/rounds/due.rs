//! What is due, by district. One look at an index for each district, however many rounds wait for later.

use crate::{
    domain::{place::PlaceCode, time::Timestamp, verification::Round},
    store::{
        Db, Result,
        db::rows,
        rounds::{PAGE_MAX, read, select},
    },
};

/// Rounds that are counted before one; further back it is only said that there are so many.
pub const BEHIND_MAX: i64 = 1_000;

/// Districts that have something due, in the order of their codes.
pub async fn districts(db: &Db, now: Timestamp) -> Result<Vec<PlaceCode>> {
    let found = rows!(
        db,
        "WITH RECURSIVE named(district) AS (
             SELECT MIN(district) FROM rounds WHERE state = 'OPEN' AND next_at IS NOT NULL
             UNION ALL
             SELECT (SELECT MIN(rounds.district)
                       FROM rounds
                      WHERE rounds.state = 'OPEN' AND rounds.next_at IS NOT NULL
                        AND rounds.district > named.district)
               FROM named
              WHERE named.district IS NOT NULL)
         SELECT named.district
           FROM named
          WHERE named.district IS NOT NULL
            AND (SELECT MIN(rounds.next_at)
                   FROM rounds
                  WHERE rounds.state = 'OPEN' AND rounds.next_at IS NOT NULL
                    AND rounds.district = named.district) <= $1",
        now,
    );
    let mut districts = Vec::with_capacity(found.len());
    for mut row in found {
        districts.push(row.next::<PlaceCode>()?);
    }
    // Not every database sorts texts by their bytes.
    districts.sort_unstable();
    Ok(districts)
}

/// Open rounds that may be rung now and nobody holds, longest due first, whatever their districts.
pub async fn soonest(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Round>> {
    read(rows!(
        db,
        select!(
            "WHERE state = 'OPEN' AND next_at IS NOT NULL AND next_at <= $1
               AND (leased_until IS NULL OR leased_until <= $1)
             ORDER BY next_at, case_id
             LIMIT $2"
        ),
        now,
        limit.clamp(0, PAGE_MAX),
    ))
}

/// How many of its district are due longer than a round, up to [`BEHIND_MAX`].
pub async fn before(db: &Db, round: &Round, now: Timestamp) -> Result<i64> {
    let Some(next_at) = round.next_at else { return Ok(0) };
    let found = rows!(
        db,
        "SELECT COUNT(*)
           FROM (SELECT 1
                   FROM rounds
                  WHERE state = 'OPEN' AND next_at IS NOT NULL AND district = $1 AND next_at <= $2
                    AND (next_at, ends_at, case_id) < ($3, $4, $5)
                    AND (leased_until IS NULL OR leased_until <= $2)
                  LIMIT $6) AS earlier",
        &round.district,
        now,
        next_at,
        round.ends_at,
        round.case,
        BEHIND_MAX,
    );
    found.into_iter().next().map_or(Ok(0), |mut row| Ok(row.next()?))
}
