//! Why the citizen of a case is rung now, or is not.

use super::{Act, Actor, App, Result, due, lock, pace};
use crate::{
    app::{cases, verification},
    domain::{
        case::Case,
        number::CaseNumber,
        pacing::{Mode, Why, WhyNotYet, WhyNow},
        refused::Refused,
        time::Timestamp,
        verification::{
            Round, RoundState,
            attempts::{self, Caller, Dialling},
            line::CallKind,
        },
    },
    store::rounds::{self, lines},
};

/// Rounds of one citizen that are looked at.
const ROUNDS_MAX: i64 = 20;

/// The answer for one case; the first reason that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyCalled {
    pub why: Why,
    /// When it is worth asking again; None: not by waiting.
    pub until: Option<Timestamp>,
    /// Of the same district that come first, and the districts whose turns come first.
    pub behind: i64,
    pub districts_before: i64,
    /// Which kind of call has the line or the evening.
    pub by: Option<CallKind>,
    pub attempts: i64,
}

/// The same rules as at the moment of dialling; nothing is taken.
pub async fn why(app: &App, by: &Actor, number: CaseNumber) -> Result<WhyCalled> {
    let case = cases::load_for(app, by, Act::Read, number).await?;
    let now = app.now();
    let Some(round) = round(app, &case).await? else {
        return Ok(not(WhyNotYet::NoRound, None, None));
    };
    if round.state != RoundState::Open {
        let used = round.state == RoundState::Ended
            && round.attempts >= app.policy(now).verification.attempts_max;
        let why = if used { WhyNotYet::AttemptsUsed } else { WhyNotYet::RoundOver };
        return Ok(not(why, None, Some(&round)));
    }
    let citizen = cases::citizen(app, &case).await?;
    if citizen.safety.is_never_rung() {
        return Ok(not(WhyNotYet::DoNotCall, None, Some(&round)));
    }
    if round.human {
        return Ok(not(WhyNotYet::HumansTask, None, Some(&round)));
    }
    if app.dial_stops().await?.of_district(&round.district).is_some() {
        return Ok(not(WhyNotYet::Stopped, None, Some(&round)));
    }
    if app.do_trunks_rest() {
        return Ok(not(WhyNotYet::TrunksResting, None, Some(&round)));
    }
    if let Some(held) = lines::held(&app.store.db, case.citizen, now).await? {
        let not = not(WhyNotYet::OnACall, Some(held.until), Some(&round));
        return Ok(WhyCalled { by: Some(held.kind), ..not });
    }
    at_dialling(app, &case, &round, now).await
}

async fn at_dialling(app: &App, case: &Case, round: &Round, now: Timestamp) -> Result<WhyCalled> {
    let policy = app.policy(now);
    let policy = &policy.verification;
    let used = verification::used(app, round.citizen, now).await?;
    let safety = cases::citizen(app, case).await?.safety;
    let decided = attempts::at_dialling(policy, round, Caller::Dialler, used, safety, now);
    let (why, until) = match decided {
        Dialling::Ring { .. } => return behind(app, round, now).await,
        Dialling::Exhausted => (WhyNotYet::AttemptsUsed, None),
        Dialling::Never(_) => (WhyNotYet::DoNotCall, None),
        Dialling::Wait { until, why } => {
            let why = match why {
                Refused::RungThisEvening if used.evening.is_none() => WhyNotYet::CallBackOwed,
                Refused::RungThisEvening => WhyNotYet::RungThisEvening,
                Refused::OutsideHours if policy.no_call_days.contains(&now.ist_day()) => {
                    WhyNotYet::NoCallDay
                }
                Refused::OutsideHours => WhyNotYet::OutsideHours,
                _ => WhyNotYet::CapReached,
            };
            (why, Some(round.next_at.map_or(until, |at| at.max(until))))
        }
    };
    let by = used.evening.filter(|_| why == WhyNotYet::RungThisEvening);
    Ok(WhyCalled { by: by.map(|evening| evening.kind), ..not(why, until, Some(round)) })
}

/// It may be rung: is it due, and is it its turn?
async fn behind(app: &App, round: &Round, now: Timestamp) -> Result<WhyCalled> {
    let Some(next_at) = round.next_at else {
        return Ok(not(WhyNotYet::WaitsForDate, None, Some(round)));
    };
    if now < next_at {
        return Ok(not(WhyNotYet::WaitsForDate, Some(next_at), Some(round)));
    }
    let db = &app.store.db;
    let due = due::districts(db, now).await?;
    let before = due::before(db, round, now).await?;
    let turns = lock(&app.dialling.turns).before(&due, &round.district).unwrap_or(0) as i64;
    let comes_now = round.ring_back || (before == 0 && turns == 0);
    let why = match (comes_now, app.dial_mode()) {
        (false, _) => Why::NotYet(WhyNotYet::Behind),
        (true, Mode::Progressive) if pace::lacks_person(app, round) => {
            Why::NotYet(WhyNotYet::NoFreeCaller)
        }
        (true, _) => Why::Now(WhyNow::Due),
    };
    let answer = not(WhyNotYet::Behind, None, Some(round));
    Ok(WhyCalled { why, behind: before, districts_before: turns, ..answer })
}

/// The open round of the case, whatever it asks; else that of its last resolution.
async fn round(app: &App, case: &Case) -> Result<Option<Round>> {
    let db = &app.store.db;
    let open = rounds::open_of_citizen(db, case.citizen, ROUNDS_MAX).await?;
    if let Some(open) = open.into_iter().find(|round| round.case == case.id) {
        return Ok(Some(open));
    }
    if case.round == 0 {
        return Ok(None);
    }
    Ok(Some(rounds::get(db, case.id, case.round).await?))
}

fn not(why: WhyNotYet, until: Option<Timestamp>, round: Option<&Round>) -> WhyCalled {
    WhyCalled {
        why: Why::NotYet(why),
        until,
        behind: 0,
        districts_before: 0,
        by: None,
        attempts: round.map_or(0, |round| round.attempts),
    }
}
