//! Figures of the queue: a pure fold over one log of facts, with the definition of each figure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, CallerId};
use crate::domain::time::{SECOND_MS, Timestamp};

/// Within this an answer is in time.
pub const IN_TIME_MS: i64 = 20 * SECOND_MS;

/// One line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub at: Timestamp,
    pub caller: CallerId,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Began to wait.
    Joined,
    /// An agent picked up; `waited_ms` since the present wait began.
    Answered { agent: AgentId, waited_ms: i64 },
    /// Hung up or fell silent while waiting.
    Abandoned { waited_ms: i64 },
    /// Left the queue for a call-back, a message or another place.
    Diverted { waited_ms: i64 },
    /// The talk is over; `talk_ms` from the answer, holds included, the wait not.
    Ended { agent: AgentId, talk_ms: i64 },
    /// Another agent goes on with the citizen; `talk_ms` is the first one's.
    Passed { from: AgentId, to: AgentId, talk_ms: i64 },
    /// Lost the agent, or was sent on, and waits again.
    Again,
    /// A call-back reached its citizen.
    CalledBack { agent: AgentId },
    /// An agent rang a citizen of the own accord, for a case.
    CalledOut { agent: AgentId },
    /// Was on a node that died.
    Lost,
}

/// What a board shows of one log, usually that of a day.
///
/// The unit is the wait: a caller who lost the agent, or was sent on, waits twice and can be answered twice. Always
/// `joined = answered + abandoned + diverted + lost + waiting`. Whoever is called back does not wait and is counted in
/// `called_back` alone. All times are milliseconds, all shares basis points rounded half up; a share of nothing is None.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Waits that began.
    pub joined: u64,
    /// Waits that an agent ended by picking up.
    pub answered: u64,
    /// Of these, the ones no longer than `IN_TIME_MS`.
    pub answered_in_time: u64,
    /// Waits that the citizen ended by hanging up, or that fell silent. Who accepted a call-back did not abandon.
    pub abandoned: u64,
    pub abandoned_in_time: u64,
    /// Waits that ended in a call-back, a message or another place.
    pub diverted: u64,
    /// Waits that ended with their node.
    pub lost: u64,
    /// Call-backs whose citizen was reached.
    pub called_back: u64,
    /// Talks with one agent that are over; one that is passed on counts for each agent.
    pub talks: u64,
    pub talk_ms: i64,
    /// Sum over the answered waits.
    pub waited_ms: i64,
    waiting: BTreeMap<CallerId, Timestamp>,
}

impl Figures {
    pub fn of<'a>(log: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut figures = Self::default();
        log.into_iter().for_each(|fact| figures.apply(fact));
        figures
    }

    pub fn apply(&mut self, fact: &Fact) {
        let in_time = |waited_ms: i64| u64::from(waited_ms <= IN_TIME_MS);
        let waits = match fact.what {
            What::Joined | What::Again => {
                self.joined += 1;
                self.waiting.insert(fact.caller, fact.at);
                return;
            }
            What::Answered { waited_ms, .. } => {
                self.answered += 1;
                self.answered_in_time += in_time(waited_ms);
                self.waited_ms = self.waited_ms.saturating_add(waited_ms);
                true
            }
            What::Abandoned { waited_ms } => {
                self.abandoned += 1;
                self.abandoned_in_time += in_time(waited_ms);
                true
            }
            What::Diverted { .. } => {
                self.diverted += 1;
                true
            }
            What::Lost => {
                self.lost += u64::from(self.waiting.contains_key(&fact.caller));
                true
            }
            What::Ended { talk_ms, .. } | What::Passed { talk_ms, .. } => {
                self.talks += 1;
                self.talk_ms = self.talk_ms.saturating_add(talk_ms);
                false
            }
            What::CalledBack { .. } => {
                self.called_back += 1;
                false
            }
            What::CalledOut { .. } => false,
        };
        if waits {
            self.waiting.remove(&fact.caller);
        }
    }

    /// Who waits at the end of the log.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How long the one has waited who waits the longest; 0 when nobody does.
    pub fn longest_wait_ms(&self, now: Timestamp) -> i64 {
        self.waiting.values().min().map_or(0, |since| now.since(*since).max(0))
    }

    /// Asterisk's `ServicelevelPerf`: answered in time / answered. It forgets who gave up.
    pub fn service_level(&self) -> Option<u32> {
        share(self.answered_in_time, self.answered)
    }

    /// Asterisk's `ServicelevelPerf2`: (answered in time + abandoned in time) / (answered + abandoned).
    pub fn service_level_2(&self) -> Option<u32> {
        let in_time = self.answered_in_time + self.abandoned_in_time;
        share(in_time, self.answered + self.abandoned)
    }

    /// Abandoned / (answered + abandoned).
    pub fn abandoned_share(&self) -> Option<u32> {
        share(self.abandoned, self.answered + self.abandoned)
    }

    /// Average speed of answer: the mean wait of those who were answered.
    pub fn answer_ms(&self) -> Option<i64> {
        mean(self.waited_ms, self.answered)
    }

    /// The mean talk, from the answer to its end, holds included and the wait not.
    pub fn mean_talk_ms(&self) -> Option<i64> {
        mean(self.talk_ms, self.talks)
    }
}

fn share(part: u64, whole: u64) -> Option<u32> {
    let doubled = part.saturating_mul(20_000).saturating_add(whole);
    u32::try_from(doubled.checked_div(whole.saturating_mul(2))?).ok()
}

fn mean(sum_ms: i64, n: u64) -> Option<i64> {
    sum_ms.checked_div(i64::try_from(n).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: AgentId = AgentId(7);

    fn fact(caller: i64, at_ms: i64, what: What) -> Fact {
        Fact { at: Timestamp(at_ms), caller: CallerId(caller), what }
    }

    fn wait(caller: i64, at_ms: i64, waited_ms: i64, end: fn(i64) -> What) -> [Fact; 2] {
        [fact(caller, at_ms, What::Joined), fact(caller, at_ms + waited_ms, end(waited_ms))]
    }

    fn answered(waited_ms: i64) -> What {
        What::Answered { agent: AGENT, waited_ms }
    }

    fn abandoned(waited_ms: i64) -> What {
        What::Abandoned { waited_ms }
    }

    #[test]
    fn the_two_service_levels_differ_by_who_gave_up() {
        let log = [
            wait(1, 0, 20_000, answered),
            wait(2, 0, 20_001, answered),
            wait(3, 0, 5_000, answered),
            wait(4, 0, 4_000, abandoned),
            wait(5, 0, 60_000, abandoned),
        ];

        let figures = Figures::of(log.as_flattened());

        assert_eq!(figures.service_level(), Some(6_667));
        assert_eq!(figures.service_level_2(), Some(6_000));
        assert_eq!(figures.abandoned_share(), Some(4_000));
        assert_eq!(figures.answer_ms(), Some(15_000));
    }

    #[test]
    fn an_empty_log_has_no_shares() {
        let figures = Figures::default();

        assert_eq!((figures.service_level(), figures.service_level_2()), (None, None));
        assert_eq!((figures.answer_ms(), figures.mean_talk_ms()), (None, None));
        assert_eq!((figures.waiting(), figures.longest_wait_ms(Timestamp(5))), (0, 0));
    }

    #[test]
    fn talk_begins_at_the_answer_and_a_wait_after_it_is_a_wait_of_its_own() {
        let log = [
            fact(1, 0, What::Joined),
            fact(1, 10_000, answered(10_000)),
            fact(1, 40_000, What::Ended { agent: AGENT, talk_ms: 30_000 }),
            fact(1, 40_000, What::Again),
            fact(2, 41_000, What::Joined),
            fact(3, 41_000, What::Joined),
            fact(3, 42_000, What::Diverted { waited_ms: 1_000 }),
            fact(4, 42_000, What::Joined),
            fact(4, 43_000, What::Lost),
            fact(5, 43_000, What::CalledBack { agent: AGENT }),
            fact(5, 43_000, What::Lost),
        ];

        let figures = Figures::of(&log);

        assert_eq!(figures.mean_talk_ms(), Some(30_000));
        assert_eq!((figures.waiting(), figures.longest_wait_ms(Timestamp(50_000))), (2, 10_000));
        assert_eq!(
            (figures.joined, figures.answered, figures.diverted, figures.lost),
            (5, 1, 1, 1)
        );
        assert_eq!(figures.called_back, 1);
    }
}
