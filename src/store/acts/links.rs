//! Cases that follow another one about the same cause.

use crate::{
    domain::{
        change::{FollowRun, FollowUp},
        time::SECOND_MS,
    },
    store::{Db, Result, db::rows, values::Cells},
};

/// Followers of one lead that are named at a time.
pub const FOLLOWERS_MAX: usize = 256;

pub async fn leads_any(db: &Db, lead: i64) -> Result<bool> {
    Ok(!rows!(db, "SELECT follower FROM links WHERE lead = $1 LIMIT 1", lead).is_empty())
}

/// Who joins the lead of an incident decides before it is written: what was decided so shortly after the lead's resolution
/// was written before it. Later nobody joins, as the lead is resolved.
const JOINING_MS_MAX: i64 = 60 * SECOND_MS;

/// The next followers that a run names: those who followed when the lead was resolved.
pub async fn followers(db: &Db, run: &FollowRun) -> Result<Vec<i64>> {
    let found = rows!(
        db,
        "SELECT follower
           FROM links
          WHERE lead = $1 AND follower > $2 AND at <= $3
          ORDER BY follower
          LIMIT $4",
        run.lead,
        run.behind,
        run.at.plus_ms(JOINING_MS_MAX),
        FOLLOWERS_MAX as i64,
    );
    found.into_iter().map(|mut row| Ok(row.next()?)).collect()
}

/// Resolutions of leads whose followers are not all named yet, the oldest first.
pub async fn runs(db: &Db, limit: i64) -> Result<Vec<FollowRun>> {
    let found = rows!(
        db,
        "SELECT lead, version, text_id, account, post, delegate_of, channel, at, behind
           FROM follow_runs
          ORDER BY at, lead, version
          LIMIT $1",
        limit,
    );
    let run = |mut row: Cells| {
        Ok(FollowRun {
            lead: row.next()?,
            version: row.next()?,
            text: row.next()?,
            account: row.next()?,
            post: row.next()?,
            delegate_of: row.next()?,
            channel: row.next()?,
            at: row.next()?,
            behind: row.next()?,
        })
    };
    found.into_iter().map(run).collect()
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
