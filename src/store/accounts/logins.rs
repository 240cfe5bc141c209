//! Each sign-in of an officer (R11).

use crate::{
    domain::{account::Login, time::Timestamp},
    store::{Db, Result, db::rows, values::Cells},
};

pub const PAGE_MAX: i64 = 500;

/// One account's sign-ins since an instant, in their order.
pub async fn of_account(db: &Db, account: i64, since: Timestamp, limit: i64) -> Result<Vec<Login>> {
    let found = rows!(
        db,
        "SELECT account, post, channel, at
           FROM logins
          WHERE account = $1 AND at >= $2
          ORDER BY at, node, seq
          LIMIT $3",
        account,
        since,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(login).collect()
}

fn login(mut row: Cells) -> Result<Login> {
    Ok(Login { account: row.next()?, post: row.next()?, channel: row.next()?, at: row.next()? })
}
