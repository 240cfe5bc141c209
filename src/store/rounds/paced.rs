//! What pacing is decided by, of all processes: what dials brought, and how many answered citizens found no person.

use crate::{
    domain::{
        pacing::{Drops, chance::Answers},
        time::{Day, Timestamp},
    },
    store::{
        Db, Result,
        db::{rows, run_on},
        writer::{Lane, Writer},
    },
};

/// Dials that were begun since: those that rang, and of them the answered ones.
pub async fn answers(db: &Db, since: Timestamp) -> Result<Answers> {
    let found = rows!(
        db,
        "SELECT COUNT(*), COUNT(answered_at)
           FROM attempts
          WHERE started_at >= $1 AND attempt IS NOT NULL",
        since,
    );
    let Some(mut row) = found.into_iter().next() else { return Ok(Answers::default()) };
    Ok(Answers { rung: count(row.next()?), answered: count(row.next()?) })
}

/// A citizen answered a call that was made for a person; `waited`: nobody took it at once.
pub async fn handed(writer: &Writer, day: Day, waited: bool) -> Result<()> {
    let node = writer.node();
    let waited = i64::from(waited);
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                run_on!(
                    conn,
                    "INSERT INTO handed_calls (day, node, answered, waited) VALUES ($1, $2, 1, $3)
                     ON CONFLICT (day, node) DO UPDATE
                        SET answered = handed_calls.answered + 1,
                            waited = handed_calls.waited + excluded.waited",
                    day,
                    node,
                    waited,
                );
                Ok(())
            })
        })
        .await
}

/// Of a day of IST.
pub async fn drops(db: &Db, day: Day) -> Result<Drops> {
    let found = rows!(
        db,
        "SELECT CAST(COALESCE(SUM(answered), 0) AS BIGINT), CAST(COALESCE(SUM(waited), 0) AS BIGINT)
           FROM handed_calls
          WHERE day = $1",
        day,
    );
    let Some(mut row) = found.into_iter().next() else { return Ok(Drops::default()) };
    Ok(Drops { answered: count(row.next()?), waited: count(row.next()?) })
}

fn count(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
