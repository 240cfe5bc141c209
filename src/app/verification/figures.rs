//! What lies in the verification queue, and what a person has to take.

use super::{Act, Actor, App, Object, Result, Timestamp, cases, permissions, rounds};
use crate::{
    app::{cases::CaseView, feedback::veil},
    domain::{
        page::{After, Paged},
        verification::Round,
    },
    store,
};

const TASKS_MAX: i64 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    pub open: i64,
    /// Of the open ones: may be rung now, by time.
    pub due: i64,
    /// Of the open ones: a person has to take them.
    pub human: i64,
    /// Of these: the number was bad on two days.
    pub number_reviews: i64,
    pub partial: i64,
    /// The oldest of a person's tasks.
    pub oldest_opened_at: Option<Timestamp>,
    pub as_of: Timestamp,
}

pub async fn figures(app: &App, by: &Actor) -> Result<Figures> {
    permissions::may(by, Act::VerificationFigures, Object::Nothing)?;
    let now = app.now();
    let found = rounds::figures(&app.store.db, now).await?;
    let waiting = rounds::for_people(&app.store.db, now, After::START, TASKS_MAX).await?;
    let bad_days_max = app.policy(now).verification.bad_number_days_max;
    let reviews = waiting.iter().filter(|round| round.bad_number_days >= bad_days_max).count();
    Ok(Figures {
        open: found.open,
        due: found.due,
        human: found.human,
        number_reviews: reviews as i64,
        partial: found.partial,
        oldest_opened_at: waiting.first().map(|round| round.opened_at),
        as_of: now,
    })
}

/// Rounds that a person has to take and nobody has now, the longest waiting first.
pub async fn tasks(
    app: &App,
    by: &Actor,
    limit: u32,
    after: Option<After>,
) -> Result<Paged<(Round, CaseView)>> {
    permissions::may(by, Act::VerificationFigures, Object::Nothing)?;
    let limit = i64::from(limit).clamp(1, TASKS_MAX - 1);
    let after = after.unwrap_or(After::START);
    let waiting = rounds::for_people(&app.store.db, app.now(), after, limit + 1).await?;
    let Paged { rows: waiting, next } =
        Paged::of(waiting, limit as usize, |round| After { at: round.opened_at, id: round.case });
    let mut found = Vec::with_capacity(waiting.len());
    for round in &waiting {
        found.push(store::cases::get(&app.store.db, round.case).await?);
    }
    let views = cases::views(app, found).await?.into_iter().map(|view| veil::read(by, view));
    let rows = waiting.into_iter().zip(views).collect();
    Ok(Paged { rows, next })
}
