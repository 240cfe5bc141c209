//! Who may decide on a district's transfers for its collector.

use crate::{
    domain::{place::PlaceCode, time::Timestamp},
    store::{Db, Result, db::rows},
};

/// May this account decide for the district now?
pub async fn holds(db: &Db, district: &PlaceCode, account: i64, now: Timestamp) -> Result<bool> {
    let found = rows!(
        db,
        "SELECT 1
           FROM delegations
          WHERE district = $1 AND account = $2 AND from_at <= $3 AND until_at > $3
          LIMIT 1",
        district,
        account,
        now,
    );
    Ok(!found.is_empty())
}
