//! Cases that follow another one about the same cause.

use crate::store::{Db, Result, db::rows};

/// Followers of one lead that are looked at.
pub const FOLLOWERS_MAX: i64 = 200;

pub async fn followers(db: &Db, lead: i64) -> Result<Vec<i64>> {
    let found = rows!(
        db,
        "SELECT follower FROM links WHERE lead = $1 ORDER BY follower LIMIT $2",
        lead,
        FOLLOWERS_MAX,
    );
    found.into_iter().map(|mut row| Ok(row.next()?)).collect()
}
