//! Who holds which post: persons over dated periods. A period begins by a Change.

use std::collections::HashMap;

use super::{
    CHUNK,
    people::{active, counts},
};
use crate::{
    domain::{
        account::Holding,
        actor::HeldPost,
        place::{PostCode, PostId},
        time::Timestamp,
    },
    store::{
        Db, Error, Result, cases,
        db::{rows, run_on},
        values::Cells,
        writer::{
            Counter, Lane, Writer,
            merged::{gate, merged, put, read_many},
        },
    },
};

merged!(IDS, 1, "SELECT code, id FROM post_codes WHERE code IN (", ")");
merged!(CODES, 2, "INSERT INTO post_codes (code, id)", "ON CONFLICT DO NOTHING");

/// The posts of the live directory that an account holds now.
pub async fn held_by(db: &Db, account: i64, now: Timestamp) -> Result<Vec<HeldPost>> {
    let sql = concat!(
        "SELECT posts.id, posts.department, posts.place, posts.level
           FROM post_holders
           JOIN posts ON posts.id = post_holders.post
          WHERE post_holders.account = $1
            AND post_holders.from_at <= $2
            AND (post_holders.until_at IS NULL OR post_holders.until_at > $2)
            AND posts.version = (SELECT MAX(version)
                                   FROM directory_versions
                                  WHERE live_at IS NOT NULL)
            AND ",
        counts!("post_holders"),
        " AND ",
        active!("post_holders", "$2"),
        " ORDER BY posts.id
          LIMIT $3"
    );
    let found = rows!(db, sql, account, now, cases::POSTS_MAX as i64,);
    let held = |mut row: Cells| {
        Ok(HeldPost {
            post: row.next()?,
            department: row.next()?,
            place: row.next()?,
            level: row.next()?,
            delegate_of: None,
        })
    };
    found.into_iter().map(held).collect()
}

/// Everyone who held a post at any time, in order of beginning.
pub async fn holders(db: &Db, post: PostId) -> Result<Vec<Holding>> {
    let sql = concat!(
        "SELECT post, account, from_at, until_at
           FROM post_holders
          WHERE post = $1
            AND ",
        counts!("post_holders"),
        " ORDER BY from_at, account"
    );
    let found = rows!(db, sql, post);
    found.into_iter().map(holding).collect()
}

merged!(
    wide HOLDERS_OF,
    1,
    "SELECT post, account, from_at, until_at FROM post_holders WHERE post IN (",
    concat!(") AND ", counts!("post_holders"), " ORDER BY post, from_at, account")
);

/// As [`holders`], of many posts.
pub async fn holders_of(db: &Db, posts: &[PostId]) -> Result<Vec<Holding>> {
    let found = read_many!(db, HOLDERS_OF, posts, |query, post| query.bind(*post));
    found.into_iter().map(holding).collect()
}

fn holding(mut row: Cells) -> Result<Holding> {
    Ok(Holding { post: row.next()?, account: row.next()?, from: row.next()?, until: row.next()? })
}

/// Ends the period of one holder; false when the account does not hold the post.
pub async fn end(writer: &Writer, post: PostId, account: i64, at: Timestamp) -> Result<bool> {
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    concat!(
                        "UPDATE post_holders
                            SET until_at = $3
                          WHERE post = $1 AND account = $2 AND until_at IS NULL AND ",
                        counts!("post_holders")
                    ),
                    post,
                    account,
                    at,
                );
                Ok(touched > 0)
            })
        })
        .await
}

/// The id of each code, in their order; codes that nobody had before get one. A code keeps its id for ever,
/// also through versions in which it was missing.
pub async fn ids(writer: &Writer, codes: Vec<PostCode>) -> Result<Vec<PostId>> {
    let mut ids = Vec::with_capacity(codes.len());
    for codes in codes.chunks(CHUNK) {
        let fresh = reserve(writer, codes.len()).await?;
        let pairs: Vec<_> = codes.iter().cloned().zip(fresh).collect();
        let stored = writer
            .errand(Lane::Bulk, move |conn| {
                Box::pin(async move {
                    put!(conn, CODES, &pairs, |query, pair| query.bind(&pair.0).bind(pair.1));
                    let found = gate!(conn, IDS, &pairs, |query, pair| query.bind(&pair.0));
                    let mut ids = HashMap::with_capacity(found.len());
                    for mut row in found {
                        ids.insert(row.next::<PostCode>()?, row.next::<PostId>()?);
                    }
                    let stored = pairs.iter().map(|(code, _)| ids.get(code).copied());
                    stored.collect::<Option<Vec<_>>>().ok_or(Error::NotFound)
                })
            })
            .await?;
        ids.extend(stored);
    }
    Ok(ids)
}

async fn reserve(writer: &Writer, count: usize) -> Result<Vec<PostId>> {
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        ids.push(PostId(writer.reserve(Counter::Post).await?));
    }
    Ok(ids)
}
