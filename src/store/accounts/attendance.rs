//! Looks into the inbox, days that were judged, defaulters and what was done about them (R11-R13).

use std::{collections::HashMap, sync::Arc};

use crate::{
    domain::{
        actor::Channel,
        attendance::{ActionTaken, Defaulter},
        place::{Code, PlaceCode},
        time::{Day, Timestamp},
    },
    store::{
        Db, Result,
        db::{only, rows, rows_on, run_on},
        values::Cells,
        writer::{
            Lane, Writer,
            merged::{merged, put},
        },
    },
};

pub const PAGE_MAX: i64 = 500;
const ACTIONS_MAX: i64 = 100;
/// Rows written in one transaction.
const CHUNK: usize = 500;

/// A day that was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    pub day: Day,
    pub at: Timestamp,
    /// Officers whom the day bound, and those of them who are listed.
    pub bound: i64,
    pub listed: i64,
}

/// Which defaulters are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub from: Option<Day>,
    pub until: Option<Day>,
    pub district: Option<PlaceCode>,
    pub department: Option<Code>,
}

merged!(
    DEFAULTERS,
    7,
    "INSERT INTO defaulters (day, account, post, level, department, district, why)",
    "ON CONFLICT (day, account) DO UPDATE
        SET why = excluded.why, post = excluded.post, level = excluded.level,
            department = excluded.department, district = excluded.district, withdrawn_at = NULL"
);
merged!(
    WITHDRAWN,
    3,
    "UPDATE defaulters
        SET withdrawn_at = v.column3
       FROM (",
    ") AS v
      WHERE defaulters.day = v.column1 AND defaulters.account = v.column2
        AND defaulters.withdrawn_at IS NULL"
);

/// Channels of the day's sign-ins, by account.
pub async fn signed_in(db: &Db, day: Day) -> Result<HashMap<i64, Vec<Channel>>> {
    let found = rows!(
        db,
        "SELECT DISTINCT account, channel FROM logins WHERE at >= $1 AND at < $2",
        day.begins(),
        day.ends(),
    );
    by_account(found)
}

/// Channels by which inboxes were opened on the day, by account.
pub async fn visited(db: &Db, day: Day) -> Result<HashMap<i64, Vec<Channel>>> {
    by_account(rows!(db, "SELECT account, channel FROM visits WHERE day = $1", day))
}

fn by_account(found: Vec<Cells>) -> Result<HashMap<i64, Vec<Channel>>> {
    let mut by: HashMap<i64, Vec<Channel>> = HashMap::new();
    for mut row in found {
        let account = row.next()?;
        by.entry(account).or_default().push(row.next()?);
    }
    Ok(by)
}

/// The last day that was judged.
pub async fn last(db: &Db) -> Result<Option<Day>> {
    Ok(only(rows!(db, "SELECT MAX(day) FROM attendance_days"))?.next()?)
}

pub async fn judged(db: &Db, day: Day) -> Result<Option<Judged>> {
    let found =
        rows!(db, "SELECT day, judged_at, bound, listed FROM attendance_days WHERE day = $1", day);
    let judged = |mut row: Cells| {
        Ok(Judged { day: row.next()?, at: row.next()?, bound: row.next()?, listed: row.next()? })
    };
    found.into_iter().next().map(judged).transpose()
}

/// Writes a day's defaulters, withdraws those who are none any more, and then marks the day as judged: what
/// stops half way is done again as a whole, to the same rows.
pub async fn judge(writer: &Writer, judged: Judged, listed: Vec<Defaulter>) -> Result<()> {
    let listed = Arc::new(listed);
    let gone = withdrawn(writer, judged.day, listed.clone()).await?;
    for begin in (0..listed.len()).step_by(CHUNK) {
        let listed = listed.clone();
        writer
            .errand(Lane::Bulk, move |conn| {
                let listed = listed.clone();
                Box::pin(async move {
                    let chunk = &listed[begin..listed.len().min(begin + CHUNK)];
                    put!(conn, DEFAULTERS, chunk, |query, row| query
                        .bind(row.day)
                        .bind(row.account)
                        .bind(row.post)
                        .bind(row.level)
                        .bind(&row.department)
                        .bind(&row.district)
                        .bind(row.why));
                    Ok(())
                })
            })
            .await?;
    }
    let gone = Arc::new(gone);
    for begin in (0..gone.len()).step_by(CHUNK) {
        let gone = gone.clone();
        writer
            .errand(Lane::Bulk, move |conn| {
                let gone = gone.clone();
                Box::pin(async move {
                    let chunk = &gone[begin..gone.len().min(begin + CHUNK)];
                    put!(conn, WITHDRAWN, chunk, |query, account| query
                        .bind(judged.day)
                        .bind(*account)
                        .bind(judged.at));
                    Ok(())
                })
            })
            .await?;
    }
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                run_on!(
                    conn,
                    "INSERT INTO attendance_days (day, judged_at, bound, listed)
                     VALUES ($1, $2, $3, $4)
                     ON CONFLICT (day) DO UPDATE
                        SET judged_at = excluded.judged_at, bound = excluded.bound,
                            listed = excluded.listed",
                    judged.day,
                    judged.at,
                    judged.bound,
                    judged.listed,
                );
                Ok(())
            })
        })
        .await
}

/// Those who are listed for the day and should be no more.
async fn withdrawn(writer: &Writer, day: Day, listed: Arc<Vec<Defaulter>>) -> Result<Vec<i64>> {
    let standing: Vec<i64> = writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                let found = rows_on!(
                    conn,
                    "SELECT account FROM defaulters WHERE day = $1 AND withdrawn_at IS NULL",
                    day,
                );
                found.into_iter().map(|mut row| Ok(row.next()?)).collect()
            })
        })
        .await?;
    let listed: std::collections::HashSet<i64> = listed.iter().map(|row| row.account).collect();
    Ok(standing.into_iter().filter(|account| !listed.contains(account)).collect())
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT day, account, post, level, department, district, why, withdrawn_at
               FROM defaulters
              WHERE ",
            $tail
        )
    };
}

/// The newest day first; `after` is the last row of the page before.
pub async fn defaulters(
    db: &Db,
    wanted: &Wanted,
    after: Option<(Day, i64)>,
    limit: i64,
) -> Result<Vec<Defaulter>> {
    let (last_day, last_account) = after.unwrap_or((Day(i64::MAX), 0));
    let found = rows!(
        db,
        select!(
            "day >= $1 AND day <= $2 AND ($3 = '' OR district = $3)
                AND ($4 = '' OR department = $4) AND (day < $5 OR (day = $5 AND account > $6))
              ORDER BY day DESC, account
              LIMIT $7"
        ),
        wanted.from.unwrap_or(Day(0)),
        wanted.until.unwrap_or(Day(i64::MAX)),
        wanted.district.as_ref().map_or("", PlaceCode::as_str),
        wanted.department.as_ref().map_or("", Code::as_str),
        last_day,
        last_account,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(row).collect()
}

pub async fn defaulter(db: &Db, day: Day, account: i64) -> Result<Option<Defaulter>> {
    let found = rows!(db, select!("day = $1 AND account = $2"), day, account);
    found.into_iter().next().map(row).transpose()
}

/// What was done about one defaulter, in its order.
pub async fn actions(db: &Db, day: Day, account: i64) -> Result<Vec<ActionTaken>> {
    let found = rows!(
        db,
        "SELECT day, account, action, text_id, taken_by, at
           FROM defaulter_actions
          WHERE day = $1 AND account = $2
          ORDER BY at, text_id
          LIMIT $3",
        day,
        account,
        ACTIONS_MAX,
    );
    let taken = |mut row: Cells| {
        Ok(ActionTaken {
            day: row.next()?,
            account: row.next()?,
            action: row.next()?,
            text: row.next()?,
            by: row.next()?,
            at: row.next()?,
        })
    };
    found.into_iter().map(taken).collect()
}

fn row(mut row: Cells) -> Result<Defaulter> {
    Ok(Defaulter {
        day: row.next()?,
        account: row.next()?,
        post: row.next()?,
        level: row.next()?,
        department: row.next()?,
        district: row.next()?,
        why: row.next()?,
        withdrawn_at: row.next()?,
    })
}
