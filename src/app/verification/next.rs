//! A feedback caller is given one round: the case is seen, then the citizen is dialled by hand.

use super::{
    Act, Actor, App, Caller, CaseView, Change, Dialling, Error, Gate, HUMAN_LEASE_MS, Lane, Object,
    Refused, Result, Round, Timestamp, acted, attempts, cases, history, permissions, request,
    rounds, used_today,
};
use crate::store;

/// Rounds that are looked at to find one that this person may take.
const CANDIDATES_MAX: i64 = 50;

#[derive(Clone, Debug)]
pub struct Task {
    pub round: Round,
    pub view: CaseView,
    /// Until then nobody else is given it.
    pub held_until: Timestamp,
}

/// Hours and caps are checked here: the task is given to be dialled at once.
pub async fn next(app: &App, by: &Actor, request_id: &str) -> Result<Option<Task>> {
    permissions::may(by, Act::TakeVerification, Object::Nothing)?;
    let request = request(by, Some(request_id), "next_task", &[]);
    if let Some(given) = app.done_before(&request).await? {
        return task(app, &given).await.map(Some);
    }
    let now = app.now();
    let mut refused = None;
    for candidate in rounds::for_people(&app.store.db, now, CANDIDATES_MAX).await? {
        let case = store::cases::get(&app.store.db, candidate.case).await?;
        let acted = acted(&history(app, &case).await?);
        if permissions::may(by, Act::TakeVerification, Object::Round { case: &case, acted: &acted })
            .is_err()
        {
            continue;
        }
        let (writer, round) = (&app.store.writer, candidate.round);
        let Some(claimed) =
            rounds::claim_one(writer, candidate.case, round, now, HUMAN_LEASE_MS).await?
        else {
            continue;
        };
        let token = claimed.token;
        let given = app
            .commit(Lane::Acts, request.clone(), |now| async move {
                let round = rounds::get(&app.store.db, case.id, round).await?;
                let case = store::cases::get(&app.store.db, round.case).await?;
                let safety = cases::citizen(app, &case).await?.safety;
                let policy = &app.policy(now).verification;
                let used = used_today(app, &round, now).await?;
                match attempts::at_dialling(policy, &round, Caller::Human, used, safety, now) {
                    Dialling::Ring { round: begun, slots } => {
                        let mut change: Change = case.taken(by, &begun, now)?;
                        change.round = Some((Gate::Version(round.version), begun));
                        change.fence = Some(token);
                        change.slots = slots;
                        change.result = format!("{} {}", round.case, round.round);
                        Ok(change)
                    }
                    Dialling::Wait { why, .. } | Dialling::Never(why) => Err(Error::Refused(why)),
                    Dialling::Exhausted => Err(Error::Refused(Refused::RoundOver)),
                }
            })
            .await;
        match given {
            Ok(given) => {
                // The lease ended with the change; from here it is the person's.
                rounds::claim_one(writer, candidate.case, round, app.now(), HUMAN_LEASE_MS).await?;
                return task(app, &given).await.map(Some);
            }
            Err(Error::Refused(_) | Error::Conflict) => {
                rounds::release(writer, candidate.case, round, token).await?;
                refused = given.err().or(refused);
            }
            Err(error) => return Err(error),
        }
    }
    match refused {
        // There is work, but not at this hour or for these phones today.
        Some(refused @ Error::Refused(Refused::OutsideHours)) => Err(refused),
        Some(_) | None => Ok(None),
    }
}

async fn task(app: &App, given: &str) -> Result<Task> {
    let mut ids = given.split(' ').filter_map(|id| id.parse::<i64>().ok());
    let (Some(case), Some(round)) = (ids.next(), ids.next()) else {
        return Err(Error::NotFound("task"));
    };
    let case = store::cases::get(&app.store.db, case).await?;
    let round = rounds::get(&app.store.db, case.id, round).await?;
    let view = cases::view(app, case).await?;
    Ok(Task { round, view, held_until: app.now().plus_ms(HUMAN_LEASE_MS) })
}
