//! A person's call about an answer that was drawn: its dial, and what the citizen said.

use serde_json::{Value, json};

use crate::{
    app::{
        App, Error, Result, cases,
        verification::{Record, fits, heard, note, said},
    },
    domain::{
        actor::Actor,
        case::{Case, aside::Contradicted, desk::wish::Wish, facts::named},
        change::{Change, Gate},
        feedback::TaskKind,
        recheck::{Met, Recheck, RecheckState},
        refused::Refused,
        time::Timestamp,
        verification::{Outcome, Purpose, Round},
    },
    store::{self, rechecks, tasks},
};

/// Begins the dial in the recheck's own stream; with the number of the dial. `begun` is its round as the rules of dialling leave it.
pub(in crate::app) async fn placed(
    app: &App,
    by: &Actor,
    case: &Case,
    begun: &Round,
    call: &str,
    now: Timestamp,
) -> Result<Change> {
    let recheck = load(app, begun.case, begun.round).await?;
    if !recheck.stands(case) {
        return Err(Refused::RoundOver.into());
    }
    let mut after = recheck.dialled(begun, by.account);
    let body = json!({ "dial": after.dials, "call": call });
    let mut change = Change::new(now);
    change.events.push(after.fact(by, "recheck_dialled", body.to_string(), now));
    change.feedback.recheck = Some((Gate::Version(recheck.version), after));
    Ok(change)
}

/// The recheck that a person's record is about: what they were shown last.
pub(in crate::app) async fn of_record(
    app: &App,
    by: &Actor,
    ask: &Record,
) -> Result<Option<Recheck>> {
    let Some(account) = by.account else { return Ok(None) };
    let last = tasks::last(&app.store.db, account).await?;
    let own = |task: &crate::domain::feedback::Task| {
        (task.kind, task.case, task.round) == (TaskKind::Recheck, ask.case, ask.round)
    };
    match last.filter(own) {
        Some(_) => load(app, ask.case, ask.round).await.map(Some),
        None => Ok(None),
    }
}

async fn load(app: &App, case: i64, round: i64) -> Result<Recheck> {
    rechecks::get(&app.store.db, case, round).await?.ok_or(Error::NotFound("recheck"))
}

/// What the call brought. Only what is decided reaches the case: "satisfied" as a fact, anything else as the citizen's reopening.
pub(in crate::app) async fn recorded(
    app: &App,
    by: &Actor,
    ask: &Record,
    evidence: &Value,
    recheck: &Recheck,
    now: Timestamp,
) -> Result<Change> {
    let case = store::cases::get(&app.store.db, recheck.case).await?;
    let asked = (TaskKind::Recheck, &recheck.as_round());
    let heard = heard(app, by, ask, evidence, &case, asked, now).await?;
    let (ask, (read, task)) = (&heard.ask, &heard.task);
    if !fits(Purpose::Resolution, ask.outcome) {
        return Err(Error::Invalid { field: "outcome", why: "is no answer to what was asked" });
    }
    let policy = app.policy(now);
    let met = Met::Called { outcome: ask.outcome, stands: recheck.stands(&case) };
    let mut after = recheck.after(&policy.recheck, &policy.verification, met, now)?;
    let note = note(app, &case, ask).await?;
    let body = json!({
        "round": recheck.round,
        "dial": recheck.dials,
        "outcome": ask.outcome.as_str(),
        "recheck": after.state.as_str(),
        "source": "HUMAN",
        "started": ask.started_at.ms(),
        "ended": ask.ended_at.ms(),
        "note": note.as_ref().map(named),
        "evidence": heard.evidence,
    });
    let mut change = match after.state {
        RecheckState::Upheld => {
            Change::updating(case.clone(), now).tell(by, "rechecked", Some(&case), body.clone())
        }
        RecheckState::Contradicted => {
            let pressed =
                ask.outcome == Outcome::Pressured || heard.evidence["pressured"] == json!(true);
            contradicted(app, &case, recheck.round, pressed, body.clone(), now).await?
        }
        RecheckState::Open | RecheckState::Unanswered | RecheckState::Overtaken => Change::new(now),
    };
    if change.case.is_some() {
        if let Some(good) = ask.polite {
            let said = said(app, &case, recheck.round, good, now).await?;
            change = case.conduct_after(change, by, said)?;
        }
        change.intake.case_calls.extend(read.call.clone().map(|call| (case.id, call)));
    }
    change.events.push(after.fact(by, "recheck_called", body.to_string(), now));
    change.texts.extend(note);
    change.feedback.recheck = Some((Gate::Version(recheck.version), after));
    change.feedback.task = Some((read.gate(), task.clone()));
    change.fence = Some(read.token);
    change.result = ask.outcome.as_str().to_owned();
    Ok(change)
}

/// The citizen's reopening, and a closure of low quality. What cannot be opened any more is marked all the same.
async fn contradicted(
    app: &App,
    case: &Case,
    round: i64,
    pressed: bool,
    mut body: Value,
    now: Timestamp,
) -> Result<Change> {
    let citizen = Actor::caller(Some(case.citizen));
    let marked = Case { pressured: case.pressured || pressed, ..case.clone() }
        .with_aside(|aside| aside.contradicted = Some(Contradicted { round, at: now }));
    let wish = (Wish::Reopen, pressed);
    match cases::grant(app, &citizen, &marked, wish, body.clone(), now).await {
        Err(Error::Refused(why)) => {
            body["not_possible"] = why.as_str().into();
            Ok(Change::updating(marked, now).tell(&citizen, "rechecked", Some(case), body))
        }
        granted => granted,
    }
}
