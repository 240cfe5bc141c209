//! Judges days that are over. A day may be judged again: the same facts give the same rows.

use std::collections::HashMap;

use crate::{
    app::{App, Result},
    domain::{
        attendance::{Held, Record, bound_post, judge},
        place::PlaceCode,
        time::Day,
    },
    store::{
        attendance::{self, Judged},
        directory::people,
    },
};

/// Days that are caught up after an outage; those before stay unjudged.
const CAUGHT_UP_MAX: usize = 31;

/// Is a day over that was not judged?
pub async fn is_due(app: &App) -> Result<bool> {
    Ok(next(app).await?.is_some())
}

/// Judges the days that are over, the oldest first; gives how many.
pub async fn judge_days(app: &App) -> Result<usize> {
    let mut done = 0;
    while done < CAUGHT_UP_MAX {
        let Some(day) = next(app).await? else { break };
        judge_day(app, day).await?;
        done += 1;
    }
    Ok(done)
}

/// A helpline's first day is not judged: nobody could have signed in before it was there.
async fn next(app: &App) -> Result<Option<Day>> {
    let yesterday = app.now().ist_day().before();
    match attendance::last(&app.store.db).await? {
        None => {
            let judged = Judged { day: yesterday, at: app.now(), bound: 0, listed: 0 };
            attendance::judge(&app.store.writer, judged, Vec::new()).await?;
            Ok(None)
        }
        Some(last) if last >= yesterday => Ok(None),
        Some(last) => {
            let mut day = last.next();
            let (mut first, mut behind) = (yesterday, 1);
            while behind < CAUGHT_UP_MAX && first > day {
                (first, behind) = (first.before(), behind + 1);
            }
            if first > day {
                tracing::warn!(from = %day, until = %first, "days of the register stay unjudged");
                day = first;
            }
            Ok(Some(day))
        }
    }
}

/// Judges one day, for the first time or anew.
pub async fn judge_day(app: &App, day: Day) -> Result<Judged> {
    let db = &app.store.db;
    let index = app.index();
    let mut held: HashMap<i64, Vec<Held>> = HashMap::new();
    let nowhere = || PlaceCode::new(String::new());
    let active: HashMap<_, _> = people::officers(db)
        .await?
        .into_iter()
        .map(|row| (row.account, (row.officer.active_from, row.officer.active_until)))
        .collect();
    for row in people::holders(db).await? {
        // A post that the directory has no more binds nobody.
        let Some(post) = index.post(row.post) else { continue };
        let (active_from, active_until) = active.get(&row.account).copied().unwrap_or((None, None));
        let until = match (row.until, active_until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        held.entry(row.account).or_default().push(Held {
            post: row.post,
            level: post.level,
            department: post.department.clone(),
            district: index.district(&post.place).unwrap_or_else(nowhere),
            kind: row.kind,
            from: active_from.map_or(row.from, |from| row.from.max(from)),
            until,
        });
    }
    let mut leave: HashMap<i64, Vec<_>> = HashMap::new();
    for row in people::leave(db).await? {
        leave.entry(row.account).or_default().push((row.from, row.until));
    }
    let logins = attendance::signed_in(db, day).await?;
    let visits = attendance::visited(db, day).await?;
    let policy = app.policy(day.begins()).attendance.clone();
    let (mut bound, mut listed) = (0, Vec::new());
    for (account, held) in &held {
        let record = Record {
            account: *account,
            held,
            leave: leave.get(account).map_or(&[], Vec::as_slice),
            logins: logins.get(account).map_or(&[], Vec::as_slice),
            visits: visits.get(account).map_or(&[], Vec::as_slice),
        };
        bound += i64::from(bound_post(&record, day).is_some());
        listed.extend(judge(&record, day, &policy));
    }
    listed.sort_by_key(|row| row.account);
    let judged = Judged { day, at: app.now(), bound, listed: listed.len() as i64 };
    attendance::judge(&app.store.writer, judged, listed).await?;
    tracing::info!(%day, bound, listed = judged.listed, "a day of the register is judged");
    Ok(judged)
}
