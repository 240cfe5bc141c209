//! Who talked on which call, and what the call was.

use crate::{
    domain::{
        intake::disposition::{Disposition, Said, Talk},
        time::Timestamp,
    },
    store::{
        Db, Result,
        db::{rows, run_on},
        values::Cells,
        writer::{Lane, Writer},
    },
};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT call, account, began_at, ended_at, disposition, said_at, changed, text_id
               FROM talks ",
            $tail
        )
    };
}

pub async fn of(db: &Db, account: i64, call: &str) -> Result<Option<Talk>> {
    let found = rows!(db, select!("WHERE call = $1 AND account = $2"), call, account);
    found.into_iter().next().map(talk).transpose()
}

/// The one that began last.
pub async fn latest(db: &Db, account: i64) -> Result<Option<Talk>> {
    let found =
        rows!(db, select!("WHERE account = $1 ORDER BY began_at DESC, call LIMIT 1"), account,);
    found.into_iter().next().map(talk).transpose()
}

/// Ends what a process that ended left open.
pub async fn end_all(writer: &Writer, now: Timestamp) -> Result<()> {
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                run_on!(conn, "UPDATE talks SET ended_at = $1 WHERE ended_at IS NULL", now);
                Ok(())
            })
        })
        .await
}

/// How often each was said since an instant.
pub async fn counts(db: &Db, since: Timestamp) -> Result<Vec<(Disposition, i64)>> {
    let found = rows!(
        db,
        "SELECT disposition, COUNT(*)
           FROM talks
          WHERE disposition IS NOT NULL AND said_at >= $1
          GROUP BY disposition
          ORDER BY disposition",
        since,
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}

fn talk(mut row: Cells) -> Result<Talk> {
    let mut talk = Talk {
        call: row.next()?,
        account: row.next()?,
        began_at: row.next()?,
        ended_at: row.next()?,
        said: None,
    };
    let disposition: Option<Disposition> = row.next()?;
    let at: Option<Timestamp> = row.next()?;
    let (changed, text) = (row.next()?, row.next()?);
    if let (Some(disposition), Some(at)) = (disposition, at) {
        talk.said = Some(Said { disposition, at, changed, text });
    }
    Ok(talk)
}
