//! What becomes of a citizen on the line who is to speak with a feedback caller: whose phone rings, and every end. Pure:
//! (input, time) -> what is to be done.

use std::collections::VecDeque;

use crate::acd::AgentId;

/// The longest that a citizen waits for somebody to pick up.
pub const HAND_OVER_MAX_MS: i64 = 25_000;
/// Nobody who is free was found by then: the call goes on without a person.
pub const FIND_MS: i64 = 2_000;
/// One phone rings so long before the next.
pub const RINGS_MS: i64 = 12_000;

/// How it ends for the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nobody who may take the call was free.
    Nobody,
    /// Somebody was, and did not pick up.
    NoAnswer,
    /// The citizen hung up first.
    CitizenLeft,
    /// The two hear each other.
    Joined(AgentId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Start,
    /// Who may take it, in the order in which they are asked.
    Found(VecDeque<AgentId>),
    /// The task is the person's, and the own phone may ring.
    Taken,
    /// Somebody else was quicker, or the person has gone.
    NotTaken,
    PickedUp,
    NotPickedUp,
    CitizenLeft,
    Tick,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Do {
    Find,
    /// Makes it this person's task.
    Take(AgentId),
    Ring {
        agent: AgentId,
        ms: i64,
    },
    /// Ends the ringing, or the leg that was picked up meanwhile.
    StopRinging,
    /// The task is given back, also one that is only being taken.
    GiveBack(AgentId, Why),
    End(End),
}

/// Why a task that was taken is given back, as its row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    OwnPhone,
    CitizenLeft,
}

impl Why {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::OwnPhone => "OWN_PHONE",
            Self::CitizenLeft => "CITIZEN_LEFT",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Finding { until: i64 },
    Taking { agent: AgentId },
    Ringing { agent: AgentId, until: i64 },
    Over,
}

#[derive(Debug)]
pub(super) struct Table {
    stage: Stage,
    /// The citizen waits no longer than this.
    over: i64,
    next: VecDeque<AgentId>,
    /// Some phone has rung.
    rang: bool,
}

impl Table {
    pub(super) fn new(now: i64) -> Self {
        Self {
            stage: Stage::Finding { until: now + FIND_MS },
            over: now + HAND_OVER_MAX_MS,
            next: VecDeque::new(),
            rang: false,
        }
    }

    /// When a `Tick` is due.
    pub(super) fn wake(&self) -> Option<i64> {
        match self.stage {
            Stage::Finding { until } | Stage::Ringing { until, .. } => Some(until),
            Stage::Taking { .. } => Some(self.over),
            Stage::Over => None,
        }
    }

    pub(super) fn take(&mut self, input: Input, now: i64) -> Vec<Do> {
        match (self.stage, input) {
            (Stage::Finding { .. }, Input::Start) => vec![Do::Find],
            (Stage::Finding { .. }, Input::Found(people)) => {
                self.next = people;
                self.next_one(now)
            }
            (Stage::Finding { .. }, Input::CitizenLeft) => self.end(End::CitizenLeft),
            (Stage::Finding { until }, Input::Tick) if until <= now => self.end(End::Nobody),
            (Stage::Taking { agent }, Input::Taken) => {
                let until = self.over.min(now + RINGS_MS);
                self.stage = Stage::Ringing { agent, until };
                self.rang = true;
                vec![Do::Ring { agent, ms: until - now }]
            }
            (Stage::Taking { .. }, Input::NotTaken) => self.next_one(now),
            (Stage::Taking { agent }, Input::CitizenLeft) => {
                self.given_back(agent, Why::CitizenLeft, |table| table.end(End::CitizenLeft))
            }
            // The database is slow.
            (Stage::Taking { agent }, Input::Tick) if self.over <= now => {
                self.given_back(agent, Why::OwnPhone, |table| table.end(End::NoAnswer))
            }
            (Stage::Ringing { agent, .. }, Input::PickedUp) => self.end(End::Joined(agent)),
            (Stage::Ringing { agent, .. }, Input::NotPickedUp) => {
                self.given_back(agent, Why::OwnPhone, |table| table.next_one(now))
            }
            (Stage::Ringing { agent, .. }, Input::CitizenLeft) => {
                let todo =
                    self.given_back(agent, Why::CitizenLeft, |table| table.end(End::CitizenLeft));
                [vec![Do::StopRinging], todo].concat()
            }
            (Stage::Ringing { agent, until }, Input::Tick) if until <= now => {
                let todo = self.given_back(agent, Why::OwnPhone, |table| table.next_one(now));
                [vec![Do::StopRinging], todo].concat()
            }
            // Too late, too early, or of somebody who was asked before.
            (
                Stage::Finding { .. } | Stage::Taking { .. } | Stage::Ringing { .. } | Stage::Over,
                _,
            ) => Vec::new(),
        }
    }

    fn next_one(&mut self, now: i64) -> Vec<Do> {
        if self.over <= now {
            return self.end(End::NoAnswer);
        }
        match self.next.pop_front() {
            Some(agent) => {
                self.stage = Stage::Taking { agent };
                vec![Do::Take(agent)]
            }
            None if self.rang => self.end(End::NoAnswer),
            None => self.end(End::Nobody),
        }
    }

    fn given_back(
        &mut self,
        agent: AgentId,
        why: Why,
        then: impl FnOnce(&mut Self) -> Vec<Do>,
    ) -> Vec<Do> {
        let mut todo = vec![Do::GiveBack(agent, why)];
        todo.extend(then(self));
        todo
    }

    fn end(&mut self, end: End) -> Vec<Do> {
        self.stage = Stage::Over;
        vec![Do::End(end)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: AgentId = AgentId(1);
    const TWO: AgentId = AgentId(2);

    /// Begins at 0.
    fn started() -> Table {
        let mut table = Table::new(0);
        assert_eq!(table.take(Input::Start, 0), [Do::Find]);
        table
    }

    fn taking(people: &[AgentId], at: i64) -> Table {
        let mut table = started();
        let found = Input::Found(people.iter().copied().collect());
        assert_eq!(table.take(found, at), [Do::Take(people[0])]);
        table
    }

    fn ringing(people: &[AgentId]) -> Table {
        let mut table = taking(people, 100);
        let ring = Do::Ring { agent: people[0], ms: RINGS_MS };
        assert_eq!(table.take(Input::Taken, 200), [ring]);
        table
    }

    #[test]
    fn nobody_free_ends_it_at_once_and_no_word_of_who_is_free_within_two_seconds() {
        assert_eq!(started().take(Input::Found(VecDeque::new()), 5), [Do::End(End::Nobody)]);

        let mut table = started();
        assert_eq!(table.wake(), Some(FIND_MS));
        assert_eq!(table.take(Input::Tick, FIND_MS - 1), []);
        assert_eq!(table.take(Input::Tick, FIND_MS), [Do::End(End::Nobody)]);
        // What comes late is nobody's.
        assert_eq!(table.take(Input::Found([ONE].into()), FIND_MS + 1), []);
    }

    #[test]
    fn who_picks_up_is_joined() {
        let mut table = ringing(&[ONE, TWO]);

        assert_eq!(table.take(Input::PickedUp, 3_000), [Do::End(End::Joined(ONE))]);
        assert_eq!(table.take(Input::CitizenLeft, 3_001), [], "the talk has its own end");
        assert_eq!(table.wake(), None);
    }

    #[test]
    fn a_phone_that_nobody_picks_up_gives_the_task_back_and_the_next_one_rings() {
        let mut table = ringing(&[ONE, TWO]);

        let next = [Do::GiveBack(ONE, Why::OwnPhone), Do::Take(TWO)];
        assert_eq!(table.take(Input::NotPickedUp, 4_000), next);
        let ring = Do::Ring { agent: TWO, ms: RINGS_MS };
        assert_eq!(table.take(Input::Taken, 4_100), [ring]);
        let over = [Do::StopRinging, Do::GiveBack(TWO, Why::OwnPhone), Do::End(End::NoAnswer)];
        assert_eq!(table.take(Input::Tick, 4_100 + RINGS_MS), over);
    }

    #[test]
    fn the_citizen_waits_no_longer_than_the_limit_however_many_are_free() {
        let people: Vec<_> = (1..=10).map(AgentId).collect();
        let (mut table, mut now, mut rung) = (taking(&people, 0), 0, 0);
        let end = loop {
            let todo = table.take(Input::Taken, now);
            if let [Do::Ring { ms, .. }] = todo[..] {
                rung += 1;
                assert!(now + ms <= HAND_OVER_MAX_MS);
            }
            now = table.wake().unwrap();
            let todo = table.take(Input::Tick, now);
            if let Some(Do::End(end)) = todo.last() {
                break *end;
            }
        };

        assert_eq!((end, now, rung), (End::NoAnswer, HAND_OVER_MAX_MS, 3));
    }

    #[test]
    fn who_is_taken_by_somebody_else_is_passed_by_and_was_not_rung() {
        let mut table = taking(&[ONE, TWO], 10);

        assert_eq!(table.take(Input::NotTaken, 20), [Do::Take(TWO)]);
        assert_eq!(table.take(Input::NotTaken, 30), [Do::End(End::Nobody)]);
    }

    #[test]
    fn a_citizen_who_hangs_up_leaves_no_phone_ringing_and_no_task_behind() {
        let left = Do::End(End::CitizenLeft);
        assert_eq!(started().take(Input::CitizenLeft, 1), [left]);
        let back = Do::GiveBack(ONE, Why::CitizenLeft);
        // Also one that is only being taken.
        assert_eq!(taking(&[ONE, TWO], 10).take(Input::CitizenLeft, 20), [back, left]);
        let mut table = ringing(&[ONE, TWO]);
        assert_eq!(table.take(Input::CitizenLeft, 900), [Do::StopRinging, back, left]);
        // An answer that crosses it joins nobody.
        assert_eq!(table.take(Input::PickedUp, 901), []);
    }

    #[test]
    fn a_database_that_does_not_say_whose_the_task_is_ends_the_wait_all_the_same() {
        let mut table = taking(&[ONE, TWO], 10);

        assert_eq!(table.wake(), Some(HAND_OVER_MAX_MS));
        let over = [Do::GiveBack(ONE, Why::OwnPhone), Do::End(End::NoAnswer)];
        assert_eq!(table.take(Input::Tick, HAND_OVER_MAX_MS), over);
    }
}
