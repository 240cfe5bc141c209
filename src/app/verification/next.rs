//! A feedback caller is given one round: the case is seen, then the citizen is dialled by hand.

use serde_json::Value;

use super::{
    Act, Actor, App, Caller, Case, CaseView, Change, Claimed, Dialling, Error, Gate,
    HUMAN_LEASE_MS, Lane, Object, Refused, Result, Round, Timestamp, acted, attempts, cases,
    history, line, lines, permissions, request, rounds, used_today,
};
use crate::{
    app::desk::{WrittenOrder, orders},
    domain::{page::After, verification::Purpose},
    store::{self, texts, writer::Request},
};

/// Rounds that are looked at together to find one that this person may take, and how many times.
const CANDIDATES_MAX: i64 = 50;
const PAGES_MAX: usize = 20;
const DUE_MAX: i64 = 5;
const DUE_PAGES_MAX: usize = 10;

#[derive(Clone, Debug)]
pub struct Task {
    pub round: Round,
    pub view: CaseView,
    /// What the officer reported as done: the caller says it to the citizen.
    pub report: Option<String>,
    /// Until then nobody else is given it.
    pub held_until: Timestamp,
    /// Special orders are seen before the citizen is dialled (R37).
    pub orders: Vec<WrittenOrder>,
}

/// Hours and caps are checked here: the task is given to be dialled at once.
pub async fn next(app: &App, by: &Actor, request_id: &str) -> Result<Option<Task>> {
    permissions::may(by, Act::TakeVerification, Object::Nothing)?;
    let request = request(by, Some(request_id), "next_task", &[]);
    if let Some(given) = app.done_before(&request).await? {
        return task(app, &given).await.map(Some);
    }
    let (writer, now) = (&app.store.writer, app.now());
    let mut refused = None;
    let mut after = After::START;
    for _ in 0..PAGES_MAX {
        let candidates = rounds::for_people(&app.store.db, now, after, CANDIDATES_MAX).await?;
        let Some(last) = candidates.last() else { break };
        after = After { at: last.opened_at, id: last.case };
        for candidate in candidates {
            let (case, round) = (candidate.case, candidate.round);
            if !is_allowed(app, by, &candidate).await? {
                continue;
            }
            let claimed = rounds::claim_one(writer, case, round, now, HUMAN_LEASE_MS).await?;
            let Some(claimed) = claimed else { continue };
            match give(app, by, &request, &claimed).await {
                Ok(given) => return Ok(Some(given)),
                Err(error) => refused = Some(passed(error)?),
            }
        }
    }
    // Nothing asks for a person: a round that the dialler would ring next will do. Those that will not are held until
    // the search is over, so that it comes to later ones.
    let mut given = None;
    let mut unfit: Vec<Claimed> = Vec::new();
    for _ in 0..DUE_PAGES_MAX {
        let due = rounds::claim(writer, now, DUE_MAX, HUMAN_LEASE_MS).await?;
        if due.is_empty() || given.is_some() {
            unfit.extend(due);
            break;
        }
        for claimed in due {
            if given.is_none() && is_allowed(app, by, &claimed.round).await? {
                match give(app, by, &request, &claimed).await {
                    Ok(task) => given = Some(task),
                    Err(error) => refused = Some(passed(error)?),
                }
            } else {
                unfit.push(claimed);
            }
        }
    }
    for Claimed { round, token } in &unfit {
        rounds::release(writer, round.case, round.round, *token).await?;
    }
    match (given, refused) {
        // There is work, but not at this hour.
        (None, Some(refused @ Error::Refused(Refused::OutsideHours))) => Err(refused),
        (given, _) => Ok(given),
    }
}

async fn is_allowed(app: &App, by: &Actor, round: &Round) -> Result<bool> {
    // Of the other calls a person takes what the dialler leaves: a matter or a call-back.
    if round.purpose != Purpose::Resolution {
        return Ok(false);
    }
    let case = store::cases::get(&app.store.db, round.case).await?;
    let acted = acted(&history(app, &case).await?);
    let object = Object::Round { case: &case, acted: &acted };
    Ok(permissions::may(by, Act::TakeVerification, object).is_ok())
}

/// Begins the dial in the name of the person, who holds the round from here on.
async fn give(app: &App, by: &Actor, request: &Request, claimed: &Claimed) -> Result<Task> {
    let Claimed { round, token } = claimed;
    let writer = &app.store.writer;
    if lines::held(&app.store.db, round.citizen, app.now()).await?.is_some() {
        rounds::release(writer, round.case, round.round, *token).await?;
        return Err(Error::Conflict);
    }
    let given = app
        .commit(Lane::Acts, request.clone(), |now| async move {
            let round = rounds::get(&app.store.db, round.case, round.round).await?;
            let case = store::cases::get(&app.store.db, round.case).await?;
            let safety = cases::citizen(app, &case).await?.safety;
            let policy = app.policy(now);
            let policy = &policy.verification;
            let used = used_today(app, &round, now).await?;
            match attempts::at_dialling(policy, &round, Caller::Human, used, safety, now) {
                Dialling::Ring { round: begun, slots, evening } => {
                    let mut change: Change = case.taken(by, &begun, now)?;
                    change.round = Some((Gate::Version(round.version), begun));
                    change.fence = Some(*token);
                    change.held_until = Some(now.plus_ms(HUMAN_LEASE_MS));
                    change.slots = slots;
                    change.evening = evening;
                    change.line = Some(line::of_task(&round, now, now.plus_ms(HUMAN_LEASE_MS)));
                    change.result = format!("{} {}", round.case, round.round);
                    Ok(change)
                }
                Dialling::Wait { why, .. } | Dialling::Never(why) => Err(Error::Refused(why)),
                Dialling::Exhausted => Err(Error::Refused(Refused::RoundOver)),
            }
        })
        .await;
    match given {
        Ok(given) => task(app, &given).await,
        Err(error) => {
            rounds::release(writer, round.case, round.round, *token).await?;
            Err(error)
        }
    }
}

/// This round is not for now, but another one may be; other errors end the search.
fn passed(error: Error) -> Result<Error> {
    match error {
        Error::Refused(_) | Error::Conflict => Ok(error),
        other => Err(other),
    }
}

async fn task(app: &App, given: &str) -> Result<Task> {
    let mut ids = given.split(' ').filter_map(|id| id.parse::<i64>().ok());
    let (Some(case), Some(round)) = (ids.next(), ids.next()) else {
        return Err(Error::NotFound("task"));
    };
    let case = store::cases::get(&app.store.db, case).await?;
    let round = rounds::get(&app.store.db, case.id, round).await?;
    let orders = orders(app, &case).await?;
    let report = report(app, &case).await?;
    let view = cases::view(app, case).await?;
    Ok(Task { round, view, report, held_until: app.now().plus_ms(HUMAN_LEASE_MS), orders })
}

/// The words of the resolution that is asked about.
async fn report(app: &App, case: &Case) -> Result<Option<String>> {
    let history = history(app, case).await?;
    let filed = history.iter().rev().find(|event| event.kind == "resolved");
    let body: Value =
        filed.and_then(|event| serde_json::from_str(&event.body).ok()).unwrap_or_default();
    Ok(match body["report"]["id"].as_i64() {
        Some(text) => Some(texts::get(&app.store.db, text).await?.words),
        None => None,
    })
}
