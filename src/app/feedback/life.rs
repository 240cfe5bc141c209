//! The life of a task's call, as the call tells it: placed, answered, over; and the end of what nobody ended.

use serde_json::json;

use super::lease;
use crate::{
    app::{
        App, Error, Result,
        agents::calling::Calling,
        verification::{self, Record, Source, dial_lease_ms},
    },
    domain::{
        actor::{Actor, Channel, Role},
        change::Change,
        feedback::{Numbers, Task, TaskState},
        refused::Refused,
        time::Timestamp,
        verification::{Milestones, Outcome},
    },
    store::{
        tasks,
        writer::{Lane, Request},
    },
};

/// Why a task that nobody ended has no outcome, as its row says.
const LOST: &str = "LOST";

/// The own phone is picked up: the citizen is rung now, or it is said why not. The phone's slots, the round's dial, its lease and
/// the task are one Change.
pub async fn place(app: &App, calling: &Calling) -> Result<()> {
    let by = &calling.by;
    app.commit(Lane::Acts, Request::system(), move |now| async move {
        let task = of(app, calling).await?;
        let placed = verification::placing(app, by, &task, &calling.call, now).await?;
        let (mut change, dial) = placed;
        let until = now.plus_ms(dial_lease_ms(app));
        change.held_until = Some(until);
        change.feedback.task = Some((task.gate(), task.placed(&calling.call, dial, until, now)?));
        Ok(change)
    })
    .await?;
    Ok(())
}

/// The citizen was not rung; the person sees why and may dial again or skip.
pub async fn not_placed(app: &App, calling: &Calling, why: &str) -> Result<()> {
    let preview_ms = app.policy(app.now()).feedback.preview_ms;
    change(app, calling, |task, numbers, now| task.not_placed(numbers, &calling.call, why, now))
        .await?;
    let task = of(app, calling).await?;
    lease::renew(app, &task, preview_ms).await?;
    Ok(())
}

/// The call goes on: its lease does too. False when it was lost.
pub async fn lives(app: &App, calling: &Calling) -> Result<bool> {
    let lease_ms = dial_lease_ms(app);
    let task = of(app, calling).await?;
    if !lease::renew(app, &task, lease_ms).await? {
        return Ok(false);
    }
    match change(app, calling, |task, _, now| task.lives(&calling.call, now.plus_ms(lease_ms)))
        .await
    {
        Ok(()) => Ok(true),
        // It is recorded already.
        Err(Error::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

pub async fn answered(app: &App, calling: &Calling, at: Timestamp) -> Result<()> {
    change(app, calling, |task, _, _| task.answered(&calling.call, at)).await
}

/// The talk is over: the person has the time of a wrap-up for the outcome.
pub async fn ended(
    app: &App,
    calling: &Calling,
    answered_at: Timestamp,
    at: Timestamp,
) -> Result<()> {
    change(app, calling, |task, numbers, _| task.ended(numbers, &calling.call, answered_at, at))
        .await?;
    let task = of(app, calling).await?;
    if task.state == TaskState::WrapUp {
        // The sweep that ends a forgotten wrap-up still finds it held.
        let left_ms = task.held_until.since(app.now()) + dial_lease_ms(app);
        lease::renew(app, &task, left_ms).await?;
    }
    Ok(())
}

/// The citizen did not pick up: what the network said is the outcome, and nobody has to type it.
pub async fn unanswered(app: &App, calling: &Calling, outcome: Outcome) -> Result<()> {
    let task = of(app, calling).await?;
    record(app, &calling.by, &task, outcome, "NETWORK").await
}

pub async fn is_due(app: &App) -> Result<bool> {
    Ok(!tasks::over(&app.store.db, app.now(), 1).await?.is_empty())
}

/// Ends calls and wrap-ups that nobody ended in time; gives how many. An answer that nobody recorded was none.
pub async fn over(app: &App, limit: i64) -> Result<usize> {
    let over = tasks::over(&app.store.db, app.now(), limit).await?;
    let mut ended = 0;
    for task in over {
        match end(app, &task).await {
            Ok(()) => ended += 1,
            Err(Error::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ended)
}

async fn end(app: &App, task: &Task) -> Result<()> {
    let by = person(task.account);
    let outcome = match (task.dial, task.answered_at) {
        (None, _) => None,
        (Some(_), Some(_)) => Some(Outcome::NoReply),
        // The process that rang is gone.
        (Some(_), None) => Some(Outcome::Fault),
    };
    if let Some(outcome) = outcome {
        match record(app, &by, task, outcome, "WRAP_UP_OVER").await {
            Err(Error::Refused(why)) => {
                tracing::info!(task = task.id(), reason = %why, "a call's outcome is not kept");
            }
            recorded => return recorded,
        }
    }
    let now = app.now();
    let mut change = Change::new(now);
    change.feedback.task = Some((task.gate(), task.given_up(LOST, now)));
    app.store.writer.commit(Lane::Bulk, Request::system(), change).await?;
    lease::release(app, task.kind, (task.case, task.round), task.token).await
}

async fn record(
    app: &App,
    by: &Actor,
    task: &Task,
    outcome: Outcome,
    recorded_by: &str,
) -> Result<()> {
    let now = app.now();
    let record = Record {
        request_id: Some(format!("task:{}:{}", task.id(), task.version)),
        case: task.case,
        round: task.round,
        outcome,
        source: Source::Human,
        started_at: task.dialled_at.unwrap_or(now),
        milestones: Milestones::default(),
        ended_at: task.ended_at.unwrap_or(now),
        number_spoken: true,
        refused: false,
        sip_status: None,
        q850: None,
        evidence: json!({ "recorded_by": recorded_by }).to_string(),
        note: None,
        polite: None,
        later: None,
    };
    verification::record(app, by, record).await?;
    Ok(())
}

/// Whoever has the task; the machine records in that name what needs no word of theirs.
pub(super) fn person(account: i64) -> Actor {
    Actor {
        account: Some(account),
        role: Role::FeedbackCaller,
        channel: Channel::System,
        ..Actor::system()
    }
}

pub(super) async fn of(app: &App, calling: &Calling) -> Result<Task> {
    let account = calling.by.account.ok_or(Error::Unauthenticated)?;
    let n = calling.task.ok_or(Error::NotFound("task"))?;
    tasks::get(&app.store.db, account, n).await?.ok_or(Error::NotFound("task"))
}

pub(super) async fn change(
    app: &App,
    calling: &Calling,
    next: impl Fn(&Task, &Numbers, Timestamp) -> Result<Task, Refused> + Sync,
) -> Result<()> {
    let next = &next;
    app.commit(Lane::Acts, Request::system(), move |now| async move {
        let task = of(app, calling).await?;
        let mut change = Change::new(now);
        let after = next(&task, &app.policy(now).feedback, now)?;
        change.feedback.task = Some((task.gate(), after));
        Ok(change)
    })
    .await?;
    Ok(())
}
