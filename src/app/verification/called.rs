//! What a call about something else than a resolution does: the courtesy call after a special or forced close, and the
//! calls that were promised to callers whose number proves nothing.

use serde_json::{Value, json};

use super::{Actor, App, Case, Change, Error, Result, Round, RoundState, Timestamp};
use crate::{
    app::cases::grant,
    domain::{
        case::desk::{reopen::Courtesy, wish::Wish},
        change::CallBack,
        verification::{Answer, Outcome, Purpose},
    },
    store::writer::Counter,
};

/// Can a call of this purpose end so?
pub(in crate::app) fn fits(purpose: Purpose, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Satisfied | Outcome::NotSatisfied => !purpose.is_promise(),
        Outcome::Pressured => matches!(purpose, Purpose::Resolution | Purpose::Withdrawal),
        Outcome::Partial => purpose == Purpose::Resolution,
        Outcome::Confirmed | Outcome::Declined => purpose.is_promise(),
        Outcome::Undecided
        | Outcome::SpeakToPerson
        | Outcome::CallLater
        | Outcome::NotHere
        | Outcome::WrongNumber
        | Outcome::NoReply
        | Outcome::NoAnswer
        | Outcome::Busy
        | Outcome::Congestion
        | Outcome::BadNumber
        | Outcome::Fault => true,
    }
}

/// The facts of one call, and what they do to the case. The round is `after` it; what the case does not allow any more
/// takes its answer away again.
pub(super) async fn told(
    app: &App,
    by: &Actor,
    case: &Case,
    outcome: Outcome,
    after: &mut Round,
    mut body: Value,
    now: Timestamp,
) -> Result<Change> {
    body["purpose"] = after.purpose.as_str().into();
    let wish = match (after.purpose, after.answer) {
        (Purpose::Courtesy, Some(Answer::Satisfied)) => {
            return Ok(case.courtesy_said(by, Courtesy::Accepted, body, now)?);
        }
        (Purpose::Courtesy, Some(Answer::NotSatisfied)) => {
            return Ok(case.courtesy_said(by, Courtesy::NotSatisfied, body, now)?);
        }
        (_, Some(Answer::Declined)) => return Ok(case.called(by, body, now)),
        (Purpose::Withdrawal, Some(_)) => Some(Wish::Withdraw),
        (Purpose::Reopening, Some(_)) => Some(Wish::Reopen),
        (Purpose::Unmerging, Some(_)) => Some(Wish::Unmerge),
        (Purpose::Resolution | Purpose::Courtesy, _) | (_, None) => None,
    };
    if let Some(wish) = wish {
        let pressed = after.answer == Some(Answer::Pressured);
        match grant(app, by, case, (wish, pressed), body.clone(), now).await {
            Err(Error::Refused(why)) => {
                (after.state, after.answer, after.answered_at) = (RoundState::Ended, None, None);
                body["not_possible"] = why.as_str().into();
                return Ok(case.called(by, body, now));
            }
            granted => return granted,
        }
    }
    let mut change = case.called(by, body, now);
    let ended = after.state == RoundState::Ended;
    if ended && (after.purpose.is_promise() || outcome == Outcome::SpeakToPerson) {
        change.call_backs.push(call_back(app, case, after, now).await?);
    }
    Ok(change)
}

/// The time of a round is over. A courtesy stays a matter for a person; a promise becomes a call-back.
pub(in crate::app) async fn over(
    app: &App,
    case: &Case,
    round: &Round,
    now: Timestamp,
) -> Result<Change> {
    let body = json!({
        "round": round.round,
        "purpose": round.purpose.as_str(),
        "outcome": RoundState::Ended.as_str(),
    });
    let mut change = case.called(&Actor::system(), body, now);
    if round.purpose.is_promise() && case.still_asks(round) {
        change.call_backs.push(call_back(app, case, round, now).await?);
    }
    Ok(change)
}

/// A person rings the citizen; one round makes at most one.
async fn call_back(app: &App, case: &Case, round: &Round, now: Timestamp) -> Result<CallBack> {
    Ok(CallBack {
        id: app.store.writer.reserve(Counter::CallBack).await?,
        citizen: Some(case.citizen),
        call: format!("round:{}:{}", case.id, round.round),
        reason: round.purpose.as_str().to_owned(),
        language: round.language,
        at: now,
    })
}
