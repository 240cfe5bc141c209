//! A live call is handed to a feedback caller who is free: whom it may be offered to, and the task that such a person has of it.
//! The citizen is on the line already, so nothing of the phone's day is used again.

use std::collections::HashSet;

use super::life;
use crate::{
    app::{
        App, Error, Result,
        agents::{
            self, Agent,
            calling::{Calling, Own},
        },
        cases,
        verification::{self, dial_lease_ms, line},
    },
    domain::{
        actor::Role,
        case::Case,
        change::{Change, Gate},
        feedback::{Takes, Task, TaskKind},
        language::Language,
        permissions::{self, Act, Object},
        refused::Refused,
        time::Timestamp,
        verification::{Round, line::CallKind},
    },
    store::{
        agents as desks, callers, cases as stored, rounds, tasks,
        writer::{Lane, Request},
    },
};

/// Free people who are looked at together, those who have been it the longest first.
pub const LOOKED_AT_MAX: usize = 20;

/// A live call about a round.
#[derive(Clone, Debug)]
pub struct Live {
    pub call: String,
    pub case: i64,
    pub round: i64,
    /// What the citizen speaks in it.
    pub language: Language,
    /// Of the lease that the call holds on the round.
    pub token: i64,
    /// That the citizen wants a person is recorded: a dial of its own in the books.
    pub recorded: bool,
}

/// Those of `free` who may and can take a call about this round in this language, in that order: feedback callers whose languages, districts and departments fit,
/// who have no task of their own and never acted on the case.
pub async fn may_take(
    app: &App,
    (case, round): (i64, i64),
    language: Language,
    free: &[i64],
) -> Result<Vec<Agent>> {
    let db = &app.store.db;
    let (case, round) = asked(app, case, round).await?;
    let acted = verification::acted_on(app, &case).await?;
    let now = app.now();
    let skipped_ms = app.policy(now).feedback.skipped_ms;
    let mut fit = Vec::new();
    for &account in free.iter().take(LOOKED_AT_MAX) {
        let Some(desk) = desks::of_account(db, account).await? else { continue };
        if desk.role != Role::FeedbackCaller {
            continue;
        }
        if tasks::last(db, account).await?.is_some_and(|last| last.is_held(now)) {
            continue;
        }
        let takes = callers::takes(db, account).await?.unwrap_or_default();
        if !takes.fits(language, &round.district, &case.department) {
            continue;
        }
        let skipped = tasks::skipped(db, account, now.plus_ms(-skipped_ms)).await?;
        let skipped: HashSet<_> = skipped.iter().map(|task| (task.case, task.round)).collect();
        let object = Object::Round { case: &case, acted: &acted };
        let may = permissions::may(&life::person(account), Act::TakeVerification, object);
        if skipped.contains(&(case.id, round.round)) || may.is_err() {
            continue;
        }
        fit.push(agents::agent(desk));
    }
    Ok(fit)
}

/// What each of these people takes who could be handed a call now: feedback callers without a task.
pub async fn ready(app: &App, free: &[i64]) -> Result<Vec<Takes>> {
    let (db, now) = (&app.store.db, app.now());
    let mut ready = Vec::new();
    for &account in free.iter().take(LOOKED_AT_MAX) {
        let Some(desk) = desks::of_account(db, account).await? else { continue };
        let busy = tasks::last(db, account).await?.is_some_and(|last| last.is_held(now));
        if desk.role == Role::FeedbackCaller && !busy {
            ready.push(callers::takes(db, account).await?.unwrap_or_default());
        }
    }
    Ok(ready)
}

/// Leases the round of a citizen on the line who wants a person; None when somebody else holds it or it is over.
pub async fn hold(app: &App, case: i64, round: i64) -> Result<Option<i64>> {
    let (writer, now, lease_ms) = (&app.store.writer, app.now(), dial_lease_ms(app));
    let claimed = rounds::claim_one(writer, case, round, now, lease_ms).await?;
    Ok(claimed.map(|claimed| claimed.token))
}

/// Nobody took the call: the round is free for others.
pub async fn let_go(app: &App, live: &Live) -> Result<()> {
    rounds::release(&app.store.writer, live.case, live.round, live.token).await?;
    Ok(())
}

/// Makes the round this person's task while the own phone rings; what the person is shown is as in a preview.
pub async fn take(app: &App, live: &Live, agent: &Agent) -> Result<Calling> {
    let (case, _) = asked(app, live.case, live.round).await?;
    let acted = verification::acted_on(app, &case).await?;
    let by = &life::person(agent.account);
    let object = Object::Round { case: &case, acted: &acted };
    permissions::may(by, Act::TakeVerification, object)?;
    let citizen = cases::citizen(app, &case).await?;
    let n = app
        .commit(Lane::Acts, Request::system(), move |now| async move {
            let last = tasks::last(&app.store.db, agent.account).await?;
            if last.as_ref().is_some_and(|last| last.is_held(now)) {
                return Err(Refused::AlreadyDialled.into());
            }
            let n = last.map_or(1, |last| last.n + 1);
            let asked = (TaskKind::Round, live.case, live.round);
            let numbers = &app.policy(now).feedback;
            let task = Task::shown(numbers, agent.account, n, asked, citizen.id, live.token, now);
            let until = now.plus_ms(dial_lease_ms(app));
            let mut change = Change::new(now);
            change.result = n.to_string();
            change.feedback.task = Some((Gate::New, task.handed(live.call.clone(), until)));
            Ok(change)
        })
        .await?;
    Ok(Calling {
        ask: line::Ask {
            citizen: citizen.id,
            kind: CallKind::Feedback,
            call: live.call.clone(),
            asked_at: None,
            safety: case.aside().safety.unwrap_or_default(),
        },
        by: by.clone(),
        number: case.number(),
        meeting: None,
        call: live.call.clone(),
        own: Own::Desk(agent.clone()),
        citizen: citizen.id,
        phone: citizen.phone,
        language: live.language,
        task: Some(n.parse().map_err(Error::internal)?),
    })
}

/// The two hear each other since `at`: what the person records from now on is of a call that was answered.
pub async fn joined(app: &App, live: &Live, calling: &Calling, at: Timestamp) -> Result<()> {
    let by = &calling.by;
    app.commit(Lane::Acts, Request::system(), move |now| async move {
        let task = life::of(app, calling).await?;
        let case = stored::get(&app.store.db, task.case).await?;
        let round = rounds::get(&app.store.db, task.case, task.round).await?;
        // What the dialogue recorded of this call was a dial of its own in the books.
        let begun = Round {
            dials: round.dials + i64::from(live.recorded),
            version: round.version + 1,
            ..round.clone()
        };
        let until = now.plus_ms(dial_lease_ms(app));
        let after = task.joined(&calling.call, begun.dials, at, until)?;
        let mut change: Change = case.taken(by, &begun, &calling.call, now)?;
        change.round = Some((Gate::Version(round.version), begun));
        change.fence = Some(task.token);
        change.held_until = Some(until);
        change.feedback.task = Some((task.gate(), after));
        change.intake.case_calls.push((task.case, calling.call.clone()));
        Ok(change)
    })
    .await?;
    Ok(())
}

/// The person did not take it, or the citizen went first.
pub async fn not_joined(app: &App, calling: &Calling, why: &str) -> Result<()> {
    life::change(app, calling, |task, _, now| task.not_joined(&calling.call, why, now)).await
}

async fn asked(app: &App, case: i64, round: i64) -> Result<(Case, Round)> {
    let db = &app.store.db;
    Ok((stored::get(db, case).await?, rounds::get(db, case, round).await?))
}
