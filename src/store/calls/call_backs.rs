//! Citizens who wait to be called by a person: the visible list of the operator queue.

use crate::{
    domain::{change::CallBack, page::After, time::Timestamp},
    store::{
        Db, Result,
        db::{rows, run_on},
        values::Cells,
        writer::{Lane, Writer},
    },
};

pub const PAGE_MAX: i64 = 500;

/// Those that nobody finished yet, oldest first.
pub async fn open(db: &Db, after: After, limit: i64) -> Result<Vec<CallBack>> {
    let found = rows!(
        db,
        "SELECT id, citizen, call, reason, language, at
           FROM call_backs
          WHERE done_at IS NULL AND (at, id) > ($1, $2)
          ORDER BY at, id
          LIMIT $3",
        after.at,
        after.id,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(call_back).collect()
}

/// Takes one off the list; false when it was not on it.
pub async fn finish(writer: &Writer, id: i64, account: i64, now: Timestamp) -> Result<bool> {
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE call_backs SET done_at = $2, done_by = $3
                      WHERE id = $1 AND done_at IS NULL",
                    id,
                    now,
                    account,
                );
                Ok(touched == 1)
            })
        })
        .await
}

fn call_back(mut row: Cells) -> Result<CallBack> {
    Ok(CallBack {
        id: row.next()?,
        citizen: row.next()?,
        call: row.next()?,
        reason: row.next()?,
        language: row.next()?,
        at: row.next()?,
    })
}
