//! What a person recorded of a call, held against the call itself: it was made, by whom, when it was answered, and what the
//! answers come to.

use serde_json::{Value, json};

use super::{
    Act, Actor, App, Case, Error, Object, Record, Refused, Result, Round, Timestamp, acted_on,
    permissions,
};
use crate::{
    domain::{
        feedback::{
            Task, TaskKind, needs_answer,
            script::{self, Given, Question, Unfit},
        },
        verification::Milestones,
    },
    store::{recordings, tasks},
};

/// A person's record with the times of the call, and its evidence.
pub(in crate::app) struct Heard {
    pub(in crate::app) ask: Record,
    pub(in crate::app) evidence: Value,
    /// As it was read, and as it shall stand.
    pub(in crate::app) task: (Task, Task),
}

/// Whoever acted on the case, had no call of it or says what the call cannot have brought is refused. `round` is what the task of
/// this kind asks about.
pub(in crate::app) async fn heard(
    app: &App,
    by: &Actor,
    ask: &Record,
    evidence: &Value,
    case: &Case,
    (kind, round): (TaskKind, &Round),
    now: Timestamp,
) -> Result<Heard> {
    let acted = acted_on(app, case).await?;
    permissions::may(by, Act::RecordHuman, Object::Round { case, acted: &acted })?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let task = tasks::last(&app.store.db, account).await?;
    let task =
        task.filter(|task| (task.kind, task.case, task.round) == (kind, round.case, round.round));
    let task = task.ok_or(Refused::LeaseLost)?;
    let mut after = task.record(ask.outcome, now)?;
    // Nobody else called about it since.
    if task.dial != Some(round.dials) {
        return Err(Refused::LeaseLost.into());
    }
    let mut heard = ask.clone();
    let mut evidence = evidence.clone();
    heard.started_at = task.dialled_at.unwrap_or(now);
    heard.ended_at = task.ended_at.unwrap_or(now);
    heard.milestones = Milestones { answered_at: task.answered_at, ..Milestones::default() };
    if let Some(answered_at) = task.answered_at {
        let given = answers(&evidence)?;
        let talk_ms = heard.ended_at.since(answered_at);
        let reached = script::check(ask.outcome, &given, round.partial, talk_ms)
            .map_err(|unfit| unfit_for(unfit, ask))?;
        let at = |ms: Option<i64>| ms.map(|ms| answered_at.plus_ms(ms));
        after.right_party_at = at(reached.right_party_ms);
        heard.milestones.right_party_at = at(reached.right_party_ms);
        heard.milestones.question_heard_at = at(reached.answered_ms.or(reached.confirmed_ms));
        heard.milestones.answered_by_key_at = at(reached.answered_ms);
        heard.milestones.confirmed_at = at(reached.confirmed_ms);
        heard.refused = reached.refused;
        let last = |question| given.iter().rev().find(|given| given.question == question);
        if let Some(pressure) = last(Question::Pressure) {
            evidence["pressured"] = (pressure.key == 1).into();
        }
        heard.polite = heard.polite.or(last(Question::Conduct).map(|conduct| conduct.key == 1));
    } else if needs_answer(ask.outcome) {
        return Err(Refused::NotAnswered.into());
    }
    evidence["task"] = task.id().into();
    if let Some(call) = &task.call {
        evidence["call"] = call.as_str().into();
        // What is finished later tells its digest in the case's history by itself.
        let kept = recordings::of_call(&app.store.db, call).await?;
        evidence["recordings"] = kept.iter().map(|row| row.named()).collect();
    }
    Ok(Heard { ask: heard, evidence, task: (task, after) })
}

fn unfit_for(unfit: Unfit, ask: &Record) -> Error {
    tracing::info!(case = ask.case, outcome = %ask.outcome, ?unfit, "answers that do not fit");
    Error::Refused(unfit.into())
}

/// `answers` of the evidence: question, key, and milliseconds since the citizen picked up.
fn answers(evidence: &Value) -> Result<Vec<Given>> {
    let Some(listed) = evidence.get("answers") else { return Ok(Vec::new()) };
    let wrong = || Error::Invalid { field: "answers", why: "question, key and time of each" };
    let given = |one: &Value| {
        Some(Given {
            question: Question::parse(one["question"].as_str()?)?,
            key: one["key"].as_str()?.parse().ok()?,
            ms: one["ms"].as_i64()?,
        })
    };
    listed.as_array().ok_or_else(wrong)?.iter().map(|one| given(one).ok_or_else(wrong)).collect()
}

/// As evidence holds it.
pub fn answer(given: Given) -> Value {
    json!({ "question": given.question.as_str(), "key": given.key.to_string(), "ms": given.ms })
}
