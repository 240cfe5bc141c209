//! Cases that follow another one about the same cause.

use crate::{
    domain::change::FollowUp,
    store::{Db, Result, db::rows, values::Cells},
};

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

/// Resolutions of leads that are still to be filed on their followers, the oldest first.
pub async fn owed(db: &Db, limit: i64) -> Result<Vec<FollowUp>> {
    let found = rows!(
        db,
        "SELECT lead, version, follower, text_id, account, post, delegate_of, channel, at
           FROM follow_ups
          ORDER BY at, lead, version, follower
          LIMIT $1",
        limit,
    );
    let owed = |mut row: Cells| {
        Ok(FollowUp {
            lead: row.next()?,
            version: row.next()?,
            follower: row.next()?,
            text: row.next()?,
            account: row.next()?,
            post: row.next()?,
            delegate_of: row.next()?,
            channel: row.next()?,
            at: row.next()?,
        })
    };
    found.into_iter().map(owed).collect()
}
