//! Whether the citizen of a person's task may be rung at this moment, and the Change that begins the dial.

use super::{
    Actor, App, CallKind, Caller, Case, Change, Dialling, Error, Evening, Gate, Line, Refused,
    Result, Round, Timestamp, attempts, cases, dial_lease_ms, lines, used_today,
};
use crate::{
    app::{feedback, rechecks},
    domain::{
        change::Slot,
        feedback::{Task, TaskKind},
    },
    store,
};

/// Hours, caps and the citizen's line, as they stand now; nothing is taken.
pub(in crate::app) async fn may_place(app: &App, task: &Task, now: Timestamp) -> Result<()> {
    let (case, round) = asked(app, task).await?;
    decide(app, "", &case, &round, now).await?;
    Ok(())
}

/// Begins the dial in the name of the person: slots, fence, and the round with the case's fact, or the recheck with its own; with the
/// number of the dial. The lease's
/// end and the task's row are the caller's to add.
pub(in crate::app) async fn placing(
    app: &App,
    by: &Actor,
    task: &Task,
    call: &str,
    now: Timestamp,
) -> Result<(Change, i64)> {
    let (case, round) = asked(app, task).await?;
    let (begun, slots, evening) = decide(app, call, &case, &round, now).await?;
    let dial = begun.dials;
    let mut change = match task.kind {
        TaskKind::Round => {
            let mut change: Change = case.taken(by, &begun, call, now)?;
            change.round = Some((Gate::Version(round.version), begun));
            change.intake.case_calls.push((task.case, call.to_owned()));
            change
        }
        TaskKind::Recheck => rechecks::placed(app, by, &case, &begun, call, now).await?,
    };
    change.fence = Some(task.token);
    change.slots = slots;
    change.evening = evening;
    change.line = Some(Line {
        citizen: round.citizen,
        kind: CallKind::Feedback,
        call: call.to_owned(),
        taken_at: now,
        until: now.plus_ms(dial_lease_ms(app)),
    });
    Ok((change, dial))
}

async fn asked(app: &App, task: &Task) -> Result<(Case, Round)> {
    let case = store::cases::get(&app.store.db, task.case).await?;
    Ok((case, feedback::round(app, task).await?))
}

/// A line that `call` holds itself is no hindrance.
async fn decide(
    app: &App,
    call: &str,
    case: &Case,
    round: &Round,
    now: Timestamp,
) -> Result<(Round, Vec<Slot>, Option<Evening>)> {
    let held = lines::held(&app.store.db, round.citizen, now).await?;
    if held.is_some_and(|held| held.call != call) {
        return Err(Refused::DialLive.into());
    }
    let safety = cases::citizen(app, case).await?.safety;
    let used = used_today(app, round, now).await?;
    let policy = app.policy(now);
    let policy = &policy.verification;
    match attempts::at_dialling(policy, round, Caller::Human, used, safety, now) {
        Dialling::Ring { round: begun, slots, evening } => Ok((begun, slots, evening)),
        Dialling::Wait { why, .. } | Dialling::Never(why) => Err(Error::Refused(why)),
        Dialling::Exhausted => Err(Refused::RoundOver.into()),
    }
}
