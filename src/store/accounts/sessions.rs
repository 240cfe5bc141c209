//! Sessions that were not ended. Whether a token is still in its time is the caller's question.

use crate::{
    domain::{account::Session, chain::Hash},
    store::{Db, Result, db::rows, values::Cells},
};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, account, channel, access_hash, refresh_hash, access_until, refresh_until,
                    created_at
               FROM sessions ",
            $tail
        )
    };
}

pub async fn by_access_hash(db: &Db, hash: &Hash) -> Result<Option<Session>> {
    one(rows!(db, select!("WHERE access_hash = $1 AND revoked_at IS NULL"), &hash[..]))
}

pub async fn by_refresh_hash(db: &Db, hash: &Hash) -> Result<Option<Session>> {
    one(rows!(db, select!("WHERE refresh_hash = $1 AND revoked_at IS NULL"), &hash[..]))
}

/// One account's sessions, so that all can be ended.
pub async fn of_account(db: &Db, account: i64) -> Result<Vec<Session>> {
    rows!(db, select!("WHERE account = $1 AND revoked_at IS NULL ORDER BY id"), account)
        .into_iter()
        .map(session)
        .collect()
}

fn one(rows: Vec<Cells>) -> Result<Option<Session>> {
    rows.into_iter().next().map(session).transpose()
}

fn session(mut row: Cells) -> Result<Session> {
    Ok(Session {
        id: row.next()?,
        account: row.next()?,
        channel: row.next()?,
        access_hash: row.hash()?,
        refresh_hash: row.hash()?,
        access_until: row.next()?,
        refresh_until: row.next()?,
        created_at: row.next()?,
    })
}
