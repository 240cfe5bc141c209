//! How citizens stand at the moment of dialling: what their phones used today, who is on their lines, what is asked of them.

use std::collections::HashMap;

use crate::{
    domain::{
        time::{Day, Timestamp},
        verification::{
            attempts::Used,
            line::{Evening, Line},
        },
    },
    store::{
        Db, Result,
        writer::merged::{merged, read_many},
    },
};

/// One citizen, as of one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub used: Used,
    /// The call of ours that the citizen is on.
    pub held: Option<Line>,
    /// Rounds that are open.
    pub open: i64,
}

merged!(
    wide STANDINGS,
    3,
    "SELECT v.column1,
            (SELECT COUNT(*)
               FROM slots
              WHERE slots.citizen = v.column1 AND slots.day = v.column2 AND slots.kind = 'ATTEMPT'),
            (SELECT COUNT(*)
               FROM slots
              WHERE slots.citizen = v.column1 AND slots.day = v.column2 AND slots.kind = 'DIAL'),
            (SELECT COUNT(*)
               FROM rounds
              WHERE rounds.citizen = v.column1 AND rounds.state = 'OPEN'),
            lines.kind, lines.call, lines.taken_at, lines.until_at
       FROM (",
    ") AS v
       LEFT JOIN lines ON lines.citizen = v.column1 AND lines.until_at > v.column3"
);

merged!(
    wide EVENINGS,
    2,
    "SELECT v.column1, evenings.kind, evenings.rung_at, evenings.asked_at,
            CAST(CASE WHEN EXISTS (SELECT 1
                                FROM call_backs
                               WHERE call_backs.citizen = v.column1 AND call_backs.done_at IS NULL)
                   OR EXISTS (SELECT 1
                                FROM queue_rows
                               WHERE queue_rows.phone_key IS NOT NULL
                                 AND queue_rows.phone_key =
                                     (SELECT phone_key FROM citizens WHERE citizens.id = v.column1))
                 THEN 1 ELSE 0 END AS BIGINT)
       FROM (",
    ") AS v
       LEFT JOIN evenings ON evenings.citizen = v.column1 AND evenings.day = v.column2"
);

/// Each citizen of `citizens` once. Who has rung in the evening, and who is owed a call-back, is looked up `by_evening` only.
pub async fn of(
    db: &Db,
    citizens: &[i64],
    now: Timestamp,
    by_evening: bool,
) -> Result<HashMap<i64, Standing>> {
    let day = now.ist_day();
    let mut standings = HashMap::with_capacity(citizens.len());
    let found =
        read_many!(db, STANDINGS, citizens, |query, id| query.bind(*id).bind(day).bind(now));
    for mut row in found {
        let citizen = row.next()?;
        let (attempts, dials, open) = (row.next()?, row.next()?, row.next()?);
        let held = match row.next()? {
            Some(kind) => Some(Line {
                citizen,
                kind,
                call: row.next()?,
                taken_at: row.next()?,
                until: row.next()?,
            }),
            None => None,
        };
        let used = Used { attempts, dials, ..Used::default() };
        standings.insert(citizen, Standing { used, held, open });
    }
    if by_evening {
        evenings(db, citizens, day, &mut standings).await?;
    }
    Ok(standings)
}

async fn evenings(
    db: &Db,
    citizens: &[i64],
    day: Day,
    standings: &mut HashMap<i64, Standing>,
) -> Result<()> {
    let found = read_many!(db, EVENINGS, citizens, |query, id| query.bind(*id).bind(day));
    for mut row in found {
        let citizen = row.next()?;
        let kind: Option<_> = row.next()?;
        let (rung_at, asked_at) = (row.next::<Option<_>>()?, row.next()?);
        let call_back = row.flag()?;
        let Some(standing) = standings.get_mut(&citizen) else { continue };
        standing.used.call_back = call_back;
        standing.used.evening = kind.zip(rung_at).map(|(kind, rung_at)| Evening {
            citizen,
            day,
            kind,
            rung_at,
            asked_at,
        });
    }
    Ok(())
}
