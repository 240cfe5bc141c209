//! Who is rung when: the stop switches, the districts' turns, and the last decisions of this process, which can be asked why.

mod pace;
mod stops;
mod why;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use super::{App, Result, verification};
use crate::{
    domain::{
        actor::Actor,
        pacing::{Decision, Inputs, Limits, Mode, decide, stop::Stops, turns::Turns},
        permissions::{self, Act, Object},
        place::PlaceCode,
        time::{MINUTE_MS, Timestamp},
    },
    store::{
        self,
        rounds::{self, Claimed, due},
    },
};

use pace::{Figures, Pace};

pub use pace::Ringing;
pub use stops::{StopView, Throw, list, throw};
pub use why::{WhyCalled, why};

/// Decisions that this process remembers.
pub const DECISIONS_MAX: usize = 256;
/// Switches are looked up again after this, so that what another process threw holds here within a second.
const STOPS_FOR: Duration = Duration::from_millis(700);
/// A round whose citizen's language or district nobody who is free takes is looked at again after this.
const NO_CALLER_MS: i64 = 5 * MINUTE_MS;

#[derive(Debug, Default)]
pub(in crate::app) struct Dialling {
    stops: Mutex<Option<(Arc<Stops>, Instant)>>,
    turns: Mutex<Turns>,
    decided: Mutex<VecDeque<Decided>>,
    resting: AtomicBool,
    pace: Mutex<Pace>,
    ringing: Arc<AtomicU32>,
}

/// A decision, and how often in a row it was the same one that nothing is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// As it was made last.
    pub decision: Decision,
    /// When it was made first.
    pub since: Timestamp,
    pub times: u64,
}

impl App {
    /// The switches that stop something now, those of other processes within a second. While the database is away, those that
    /// were known before.
    pub async fn dial_stops(&self) -> Result<Arc<Stops>> {
        let known = lock(&self.dialling.stops).clone();
        if let Some((stops, looked_up)) = &known
            && looked_up.elapsed() < STOPS_FOR
        {
            return Ok(stops.clone());
        }
        match (store::stops::in_force(&self.store.db).await, known) {
            (Ok(found), _) => {
                let stops = Arc::new(Stops(found));
                *lock(&self.dialling.stops) = Some((stops.clone(), Instant::now()));
                Ok(stops)
            }
            (Err(error), Some((stops, _))) => {
                tracing::warn!(%error, "stop switches cannot be looked up: those of before hold");
                Ok(stops)
            }
            (Err(error), None) => Err(error.into()),
        }
    }

    /// Whoever dials says when all its trunks rest: nothing is claimed meanwhile.
    pub fn trunks_rest(&self, rest: bool) {
        self.dialling.resting.store(rest, Relaxed);
    }

    pub(in crate::app) fn do_trunks_rest(&self) -> bool {
        self.dialling.resting.load(Relaxed)
    }
}

impl Dialling {
    /// What this process threw holds here at once.
    fn forget_stops(&self) {
        *lock(&self.stops) = None;
    }

    fn remember(&self, decision: Decision) {
        let mut decided = lock(&self.decided);
        if let Some(last) = decided.back_mut()
            && last.decision.dial == 0
            && (decision.dial, decision.why) == (0, last.decision.why)
        {
            last.decision = decision;
            last.times += 1;
            return;
        }
        if decided.len() == DECISIONS_MAX {
            decided.pop_front();
        }
        decided.push_back(Decided { decision, since: decision.inputs.at, times: 1 });
    }
}

/// Decides how many citizens the dialogue rings now, of `room`, and leases their rounds: promised calls first, then each
/// district in its turn.
pub(in crate::app) async fn claim(
    app: &App,
    room: i64,
    now: Timestamp,
    lease_ms: i64,
) -> Result<Vec<Claimed>> {
    let stops = app.dial_stops().await?;
    let mut due = due::districts(&app.store.db, now).await?;
    due.retain(|district| stops.of_district(district).is_none());
    let mode = app.dial_mode();
    let figures = match mode {
        Mode::Progressive => app.pace_figures(now).await?,
        Mode::Preview | Mode::Agentless => Figures::default(),
    };
    let channels = u32::try_from(room.max(0)).unwrap_or(u32::MAX);
    let inputs = Inputs {
        at: now,
        mode,
        due: u32::try_from(due.len()).unwrap_or(u32::MAX),
        channels,
        resting: app.do_trunks_rest(),
        stopped: stops.whole().is_some(),
        free: app.free_people(),
        in_flight: app.ringing(),
        answers: figures.answers,
        drops: figures.drops,
        limits: Limits::default(),
    };
    let decision = decide(inputs);
    app.dialling.remember(decision);
    let mut left = i64::from(decision.dial);
    // A promised call waits for nobody: the dialogue makes it.
    let promised = decide(Inputs { mode: Mode::Agentless, ..inputs }).dial;
    if promised == 0 {
        return Ok(Vec::new());
    }
    let writer = &app.store.writer;
    let room = i64::from(promised);
    let mut claimed = rounds::claim_promised(writer, now, room, lease_ms).await?;
    left = left.min(room - claimed.len() as i64);
    // Ends: a pass that gives a district less than its share leaves it out of the next.
    while left > 0 && !due.is_empty() {
        let shares = shares(&lock(&app.dialling.turns), &due, left);
        let found = rounds::claim_in(writer, shares.clone(), now, lease_ms).await?;
        let of = |district: &PlaceCode| {
            found.iter().filter(|claimed| claimed.round.district == *district).count() as i64
        };
        if let Some((last, _)) = shares.iter().rev().find(|(district, _)| of(district) > 0) {
            lock(&app.dialling.turns).took(last.clone());
        }
        let short = |district: &PlaceCode| {
            shares.iter().any(|(named, share)| named == district && of(district) < *share)
        };
        due.retain(|district| !short(district));
        left -= found.len() as i64;
        claimed.extend(found);
    }
    if mode != Mode::Progressive {
        return Ok(claimed);
    }
    let (fit, unfit): (Vec<_>, Vec<_>) =
        claimed.into_iter().partition(|one| !pace::lacks_person(app, &one.round));
    for one in &unfit {
        verification::wait(app, one, now.plus_ms(NO_CALLER_MS)).await?;
    }
    Ok(fit)
}

/// What each district is given of so many, in the order of their turns.
fn shares(turns: &Turns, due: &[PlaceCode], left: i64) -> Vec<(PlaceCode, i64)> {
    let districts = due.len() as i64;
    let share = |n: usize| left / districts + i64::from((n as i64) < left % districts);
    let all = turns.order(due).enumerate().map(|(n, district)| (district.clone(), share(n)));
    all.filter(|(_, share)| *share > 0).collect()
}

/// The last decisions of this process, the latest first.
pub fn decisions(app: &App, by: &Actor, limit: usize) -> Result<Vec<Decided>> {
    permissions::may(by, Act::SeeDialling, Object::Nothing)?;
    Ok(lock(&app.dialling.decided).iter().rev().take(limit).copied().collect())
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pacing::{Drops, Why, WhyNotYet, chance::Answers};

    fn decision(room: u32, at: i64) -> Decision {
        decide(Inputs {
            at: Timestamp(at),
            mode: Mode::Agentless,
            due: 1,
            channels: room,
            resting: false,
            stopped: false,
            free: 0,
            in_flight: 0,
            answers: Answers::default(),
            drops: Drops::default(),
            limits: Limits::default(),
        })
    }

    #[test]
    fn shares_follow_the_turns_and_differ_by_one() {
        let due: Vec<_> = ["a", "b", "c"].map(PlaceCode::new).into();
        let mut turns = Turns::default();
        turns.took(PlaceCode::new("a"));
        let named = |left| {
            let shares = shares(&turns, &due, left);
            shares.into_iter().map(|(district, n)| (district.0, n)).collect::<Vec<_>>()
        };

        assert_eq!(named(1), [("b".to_owned(), 1)]);
        assert_eq!(named(4), [("b".to_owned(), 2), ("c".to_owned(), 1), ("a".to_owned(), 1)]);
    }

    #[test]
    fn what_is_decided_again_is_counted_and_the_oldest_goes() {
        let dialling = Dialling::default();
        for at in 0..10 {
            dialling.remember(decision(0, at));
        }
        let idle = lock(&dialling.decided).back().copied().unwrap();
        assert_eq!((idle.times, idle.since, idle.decision.inputs.at.ms()), (10, Timestamp(0), 9));
        assert_eq!(idle.decision.why, Why::NotYet(WhyNotYet::NoChannel));

        for at in 0..1_000 {
            dialling.remember(decision(1, at));
        }
        let decided = lock(&dialling.decided);
        assert_eq!(decided.len(), DECISIONS_MAX);
        assert!(decided.iter().all(|one| one.times == 1));
    }
}
