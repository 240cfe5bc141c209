//! What a caller is told while waiting: the position and how long it will take, as a band that can be kept.

use std::collections::VecDeque;

use super::{
    Queue,
    action::Action,
    ids::{CallerId, Who},
    policy::{WAITS_MAX, WAITS_MIN},
};
use crate::domain::time::{MINUTE_MS, SECOND_MS, Timestamp};

/// What a caller is told of the time left; never a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    UnderOneMinute,
    OneToThreeMinutes,
    ThreeToFiveMinutes,
    FiveToTenMinutes,
    OverTenMinutes,
}

/// Of a hundred waits, so many were no longer than the estimate.
const PERCENTILE: usize = 75;
/// Positions are compared so often at most, however many events there are.
const COMPARE_EVERY_MS: i64 = SECOND_MS;

/// The last waits that ended in a talk.
#[derive(Debug, Default)]
pub(super) struct Waits(VecDeque<i64>);

/// What one caller has been told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    since: Timestamp,
    /// Anything at all.
    last: Timestamp,
    position: Option<(Timestamp, usize, Band)>,
    call_back: bool,
    escalated: bool,
}

impl Band {
    pub const fn of(ms: i64) -> Self {
        match ms / MINUTE_MS {
            i64::MIN..1 => Self::UnderOneMinute,
            1..3 => Self::OneToThreeMinutes,
            3..5 => Self::ThreeToFiveMinutes,
            5..10 => Self::FiveToTenMinutes,
            10.. => Self::OverTenMinutes,
        }
    }
}

impl Waits {
    pub(super) fn push(&mut self, waited_ms: i64) {
        self.0.push_back(waited_ms);
        while self.0.len() > WAITS_MAX {
            self.0.pop_front();
        }
    }

    /// The wait that `PERCENTILE` of the last ones stayed within.
    fn usual_ms(&self) -> Option<i64> {
        if self.0.len() < WAITS_MIN {
            return None;
        }
        let mut sorted: Vec<i64> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        let rank = (sorted.len() * PERCENTILE).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied()
    }

    /// What is left of the usual wait; for who has outlasted it, or when too little is known, the talks ahead over the agents.
    pub(super) fn band(
        &self,
        waited_ms: i64,
        position: usize,
        agents: usize,
        talk_ms: i64,
    ) -> Band {
        let left = self.usual_ms().map(|usual_ms| usual_ms - waited_ms).filter(|left| *left > 0);
        let rounds = i64::try_from(position.div_ceil(agents.max(1))).unwrap_or(i64::MAX);
        Band::of(left.unwrap_or_else(|| talk_ms.saturating_mul(rounds)))
    }
}

impl Said {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { since: now, last: now, position: None, call_back: false, escalated: false }
    }
}

impl Queue {
    /// When something is due to be said to this caller by time alone.
    pub(super) fn speech_due(&self, said: &Said, arrival: Timestamp) -> [Option<Timestamp>; 3] {
        let policy = &self.policy;
        let gap = said.last.plus_ms(policy.announce_gap_ms);
        let call_back = arrival.plus_ms(policy.call_back_offer_ms).max(gap);
        let escalation = arrival.plus_ms(policy.escalate_ms);
        let position = match said.position {
            None => said.since.plus_ms(policy.announce_first_ms).max(gap),
            Some((at, ..)) => at.plus_ms(policy.announce_every_ms).max(gap),
        };
        [
            (!said.call_back).then_some(call_back),
            (!said.escalated).then_some(escalation),
            Some(position),
        ]
    }

    /// One thing at most for each caller; nothing while an agent's phone rings for them.
    pub(super) fn speak(&mut self, now: Timestamp) {
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let waiting = self.callers.values().filter(|caller| caller.waits());
        let offered = self.offered();
        let mut positions: Vec<CallerId> = Vec::new();
        let mut escalated: Vec<CallerId> = Vec::new();
        let mut call_backs: Vec<CallerId> = Vec::new();
        for caller in waiting {
            let [call_back, escalation, position] =
                self.speech_due(&caller.said, caller.place.arrival);
            if due(escalation) {
                escalated.push(caller.id());
            }
            if offered.contains(&Who::Caller(caller.id())) {
                continue;
            }
            if due(call_back) && caller.callable().is_some() {
                call_backs.push(caller.id());
            } else if due(position) {
                positions.push(caller.id());
            }
        }
        for caller in escalated {
            self.said(caller, |said| said.escalated = true);
            self.out.push(Action::Escalated { caller });
        }
        for caller in call_backs {
            self.said(caller, |said| {
                said.call_back = true;
                said.last = now;
            });
            self.out.push(Action::OfferCallBack { caller });
        }
        self.announce(&positions, now);
    }

    fn announce(&mut self, to: &[CallerId], now: Timestamp) {
        if to.is_empty() || now.since(self.compared) < COMPARE_EVERY_MS {
            return;
        }
        self.compared = now;
        let agents = self.agents.values().filter(|agent| agent.on_duty(now)).count();
        let order = self.order(now);
        for (ahead, who) in order.iter().enumerate() {
            let Who::Caller(id) = *who else { continue };
            // Callers were gathered in the order of their ids.
            if to.binary_search(&id).is_err() {
                continue;
            }
            let Some(caller) = self.callers.get(&id) else { continue };
            let position = ahead + 1;
            let waited_ms = now.since(caller.place.arrival);
            let talk_ms = self.policy.talk_guess_ms;
            let band = self.waits.band(waited_ms, position, agents, talk_ms);
            let improved = caller.said.position.is_none_or(|(_, before, earlier)| {
                position < before || (position == before && band < earlier)
            });
            if improved {
                self.said(id, |said| {
                    said.position = Some((now, position, band));
                    said.last = now;
                });
                self.out.push(Action::Announce { caller: id, position, band });
            }
        }
    }

    fn said(&mut self, caller: CallerId, change: impl FnOnce(&mut Said)) {
        if let Some(caller) = self.callers.get_mut(&caller) {
            change(&mut caller.said);
        }
    }
}
