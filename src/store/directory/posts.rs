//! Who holds which post: persons over dated periods. A period begins by a Change.

use crate::{
    domain::{account::Holding, actor::HeldPost, place::PostId, time::Timestamp},
    store::{
        Db, Result, cases,
        db::{rows, run_on},
        values::Cells,
        writer::{Lane, Writer},
    },
};

/// The posts of the live directory that an account holds now.
pub async fn held_by(db: &Db, account: i64, now: Timestamp) -> Result<Vec<HeldPost>> {
    let found = rows!(
        db,
        "SELECT posts.id, posts.department, posts.place, posts.level
           FROM post_holders
           JOIN posts ON posts.id = post_holders.post
          WHERE post_holders.account = $1
            AND post_holders.from_at <= $2
            AND (post_holders.until_at IS NULL OR post_holders.until_at > $2)
            AND posts.version = (SELECT MAX(version)
                                   FROM directory_versions
                                  WHERE live_at IS NOT NULL)
          ORDER BY posts.id
          LIMIT $3",
        account,
        now,
        cases::POSTS_MAX as i64,
    );
    let held = |mut row: Cells| {
        Ok(HeldPost {
            post: row.next()?,
            department: row.next()?,
            place: row.next()?,
            level: row.next()?,
        })
    };
    found.into_iter().map(held).collect()
}

/// Everyone who held a post at any time, in order of beginning.
pub async fn holders(db: &Db, post: PostId) -> Result<Vec<Holding>> {
    let found = rows!(
        db,
        "SELECT post, account, from_at, until_at
           FROM post_holders
          WHERE post = $1
          ORDER BY from_at, account",
        post,
    );
    let holding = |mut row: Cells| {
        Ok(Holding {
            post: row.next()?,
            account: row.next()?,
            from: row.next()?,
            until: row.next()?,
        })
    };
    found.into_iter().map(holding).collect()
}

/// Ends the period of one holder; false when the account does not hold the post.
pub async fn end(writer: &Writer, post: PostId, account: i64, at: Timestamp) -> Result<bool> {
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE post_holders
                        SET until_at = $3
                      WHERE post = $1 AND account = $2 AND until_at IS NULL",
                    post,
                    account,
                    at,
                );
                Ok(touched > 0)
            })
        })
        .await
}
