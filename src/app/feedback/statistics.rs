//! What feedback callers did today and this month, counted from what they were shown.

use super::{CallerRow, callers};
use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        feedback::statistics::{Statistics, of},
        permissions::{self, Act, Object},
        time::Day,
    },
    store::tasks,
};

#[derive(Clone, Debug)]
pub struct OfCaller {
    pub caller: CallerRow,
    pub today: Statistics,
    pub month: Statistics,
}

/// The own figures: (today, month).
pub async fn own_statistics(app: &App, by: &Actor) -> Result<(Statistics, Statistics)> {
    permissions::may(by, Act::TakeVerification, Object::Nothing)?;
    both(app, by.account.ok_or(Error::Unauthenticated)?).await
}

/// A page of all callers' figures, behind an account.
pub async fn statistics(
    app: &App,
    by: &Actor,
    limit: u32,
    after: Option<i64>,
) -> Result<(Vec<OfCaller>, Option<i64>)> {
    let (callers, next) = callers(app, by, limit, after).await?;
    let mut rows = Vec::with_capacity(callers.len());
    for caller in callers {
        let (today, month) = both(app, caller.account).await?;
        rows.push(OfCaller { caller, today, month });
    }
    Ok((rows, next))
}

async fn both(app: &App, account: i64) -> Result<(Statistics, Statistics)> {
    let now = app.now();
    let (db, end) = (&app.store.db, now.plus_ms(1));
    let today = now.ist_day().begins();
    // Days are written as 20261122.
    let month = Day(now.ist_day().0 / 100 * 100 + 1).begins();
    let shown = tasks::shown(db, account, month, end, tasks::PAGE_MAX).await?;
    Ok((of(shown.iter().filter(|task| task.shown_at >= today), now), of(&shown, now)))
}
