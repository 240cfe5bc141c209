//! What anybody who knows a case's number may hear: how it stands.

use super::load;
use crate::{
    app::{App, Result},
    domain::{
        actor::Actor,
        case::{Case, State},
        number::CaseNumber,
        permissions::{self, Act, Object},
        place::{Code, Level},
        time::{DAY_MS, Timestamp},
    },
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub number: CaseNumber,
    pub state: State,
    /// None where no ladder applies.
    pub level: Option<Level>,
    pub designation: Option<Code>,
    pub due_at: Option<Timestamp>,
    /// Whole days that the level has left, rounded up; 0 and less when its time is over.
    pub days_left: Option<i64>,
    pub registered_at: Timestamp,
}

pub async fn status(app: &App, by: &Actor, number: CaseNumber) -> Result<Status> {
    permissions::may(by, Act::Status, Object::Nothing)?;
    let case = load(app, number).await?;
    let now = app.now();
    // An unrouted case has a day of its own, which is no officer's.
    let due_at = case.due_at.filter(|_| case.post.is_some());
    Ok(Status {
        number,
        state: case.state,
        level: case.post.map(|_| case.level),
        designation: designation(app, &case),
        due_at,
        days_left: due_at.map(|due| days_left(due, now)),
        registered_at: case.registered_at,
    })
}

/// What the officer is whose post has the case.
pub(in crate::app) fn designation(app: &App, case: &Case) -> Option<Code> {
    case.post.and_then(|post| app.index().post(post).map(|post| post.designation.clone()))
}

/// Whole days, a begun one counted; 0 and less when the time is over.
pub fn days_left(due: Timestamp, now: Timestamp) -> i64 {
    let left_ms = due.since(now);
    left_ms.div_euclid(DAY_MS) + i64::from(left_ms.rem_euclid(DAY_MS) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begun_day_counts_and_a_time_that_is_over_has_none() {
        let left = |ms| days_left(Timestamp(ms), Timestamp(0));

        assert_eq!(left(604_800_000), 7);
        assert_eq!(left(518_400_001), 7);
        assert_eq!(left(1), 1);
        assert_eq!(left(0), 0);
        assert_eq!(left(-1), 0);
        assert_eq!(left(-86_400_000), -1);
    }
}
