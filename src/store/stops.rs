//! The dialler's stop switches, as they stand.

use super::{Db, Error, Result, db::rows, values::Cells};
use crate::domain::{
    pacing::stop::{Reach, STOPS_MAX, Stop},
    place::PlaceCode,
};

const WHOLE: &str = "WHOLE";
const DISTRICT: &str = "DISTRICT";
const TRUNK: &str = "TRUNK";

/// Those that stop something, the latest first.
pub async fn in_force(db: &Db) -> Result<Vec<Stop>> {
    let found = rows!(
        db,
        "SELECT reach, name, stopped, account, at, reason, version
           FROM stops
          WHERE stopped = 1
          ORDER BY at DESC, reach, name
          LIMIT $1",
        STOPS_MAX as i64,
    );
    found.into_iter().map(stop).collect()
}

/// The switch of one reach; None when it was never thrown.
pub async fn of(db: &Db, reach: &Reach) -> Result<Option<Stop>> {
    let (word, name) = key(reach);
    let found = rows!(
        db,
        "SELECT reach, name, stopped, account, at, reason, version
           FROM stops
          WHERE reach = $1 AND name = $2",
        word,
        name,
    );
    found.into_iter().next().map(stop).transpose()
}

/// How a reach stands in its row.
pub(super) fn key(reach: &Reach) -> (&'static str, &str) {
    match reach {
        Reach::Whole => (WHOLE, ""),
        Reach::District(district) => (DISTRICT, district.as_str()),
        Reach::Trunk(trunk) => (TRUNK, trunk),
    }
}

fn stop(mut row: Cells) -> Result<Stop> {
    let (word, name) = (row.next::<String>()?, row.next::<String>()?);
    let reach = match word.as_str() {
        WHOLE => Reach::Whole,
        DISTRICT => Reach::District(PlaceCode(name)),
        TRUNK => Reach::Trunk(name),
        _ => return Err(Error::Malformed("reach")),
    };
    Ok(Stop {
        reach,
        stopped: row.flag()?,
        account: row.next()?,
        at: row.next()?,
        reason: row.next()?,
        version: row.next()?,
    })
}
