//! PINs of the officers' phone line, and the tries that were made at them.

use crate::{
    domain::account::LinePin,
    store::{
        Db, Result,
        db::{rows, rows_on},
        writer::{Lane, Writer},
    },
};

/// None when none was ever set.
pub async fn of_account(db: &Db, account: i64) -> Result<Option<LinePin>> {
    let found = rows!(
        db,
        "SELECT account, hash, tries, set_at FROM officer_pins WHERE account = $1",
        account
    );
    let pin = |mut row: crate::store::values::Cells| {
        Ok(LinePin {
            account: row.next()?,
            hash: row.next()?,
            tries: row.next()?,
            set_at: row.next()?,
        })
    };
    found.into_iter().next().map(pin).transpose()
}

/// Counts one more try and gives which it is; None when all were used, or there is no PIN to try.
pub async fn take_try(writer: &Writer, account: i64, tries_max: i64) -> Result<Option<i64>> {
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                let taken = rows_on!(
                    conn,
                    "UPDATE officer_pins
                        SET tries = tries + 1
                      WHERE account = $1 AND tries < $2 AND hash <> ''
                     RETURNING tries",
                    account,
                    tries_max,
                );
                taken.into_iter().next().map(|mut row| Ok(row.next()?)).transpose()
            })
        })
        .await
}
