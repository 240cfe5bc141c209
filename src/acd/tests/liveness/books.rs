//! What must hold after every step, read from our own books.

use std::collections::BTreeSet;

use super::{IDLE_MAX_MS, Line, Phone, World};
use crate::{acd::*, domain::time::SECOND_MS};

impl World {
    pub(super) fn check(&mut self) {
        self.check_books();
        self.check_phones();
        self.check_agents();
        self.check_liveness();
    }

    /// Each caller is on the line once, as the queue says, or has ended once.
    fn check_books(&self) {
        let ended: u64 = self.ends.values().sum();
        let here = u64::try_from(self.lines.len()).expect("few");
        assert_eq!(self.joined, ended + here, "somebody is lost");
        let board = self.queue.on_the_line();
        assert_eq!(board.len(), self.lines.len());
        for line in board {
            match (self.lines[&line.caller].0, line.at) {
                (Line::Waiting, At::Waiting | At::Offered(_)) => {}
                (Line::Talking(ours), At::Talking(theirs)) => assert_eq!(ours, theirs),
                other => panic!("{:?}: {other:?}", line.caller),
            }
        }
    }

    fn check_phones(&self) {
        let mut dialling = 0;
        for (phone, agent, who) in self.phones.values() {
            match (phone, who) {
                (Phone::Withdrawn(_), _) => {}
                (Phone::Ringing | Phone::Dialling, Who::Caller(caller)) => {
                    let waits = self.lines.get(caller).is_some_and(|it| it.0 == Line::Waiting);
                    assert!(waits, "{agent:?} rings for {caller:?}, who is not waiting");
                }
                (Phone::Ringing | Phone::Dialling, Who::CallBack(id)) => {
                    let taken = self.owed.values().find(|row| row.id == *id);
                    let taken = taken.is_some_and(|row| row.state == State::Taken(*agent));
                    assert!(taken, "{agent:?} rings for a call-back that is not theirs");
                    dialling += 1;
                }
            }
        }
        assert!(dialling <= self.skills.len(), "more call-backs than agents");
    }

    /// Whoever is busy holds something that lives.
    fn check_agents(&self) {
        for state in self.queue.agents() {
            let agent = state.agent;
            let lease_ms = self.policy.cancel_lease_ms;
            match state.activity {
                Activity::Idle => {}
                Activity::WrapUp => assert!(state.wrap_up_until.is_some_and(|it| it > self.now)),
                Activity::Offered => {
                    let held = self.phones.values().any(|(phone, its, _)| {
                        let fresh = match phone {
                            Phone::Withdrawn(at) => self.now.since(*at) < lease_ms,
                            Phone::Ringing | Phone::Dialling => true,
                        };
                        *its == agent && fresh
                    });
                    assert!(held, "{agent:?} is offered nothing");
                }
                Activity::Talking | Activity::OnHold => {
                    let call = state.call.expect("a talk with somebody");
                    let line = self.lines.get(&call).map(|it| it.0);
                    assert_eq!(line, Some(Line::Talking(agent)), "{agent:?} talks with nobody");
                }
            }
        }
    }

    fn check_liveness(&mut self) {
        let free = self.queue.agents().filter(|it| {
            it.activity == Activity::Idle
                && matches!(it.intent, Intent::Available | Intent::OnDemand)
                && it.unready.is_none()
        });
        let free: Vec<AgentId> = free.map(|it| it.agent).collect();
        let ringing = |caller: &CallerId| {
            self.phones.values().any(|(phone, _, who)| {
                *who == Who::Caller(*caller) && !matches!(phone, Phone::Withdrawn(_))
            })
        };
        let mut beside = BTreeSet::new();
        for (caller, (line, join, arrival)) in &self.lines {
            if *line != Line::Waiting || ringing(caller) {
                continue;
            }
            for agent in &free {
                if self.eligible(*agent, *caller, join, *arrival) {
                    beside.insert((*agent, *caller));
                }
            }
        }
        self.beside.retain(|pair, _| beside.contains(pair));
        for pair in beside {
            let since = *self.beside.entry(pair).or_insert(self.now);
            let for_ms = self.now.since(since);
            let why = || self.queue.why_waiting(pair.1, self.now);
            assert!(
                for_ms <= IDLE_MAX_MS,
                "{pair:?} beside each other for {for_ms} ms: {:?}",
                why()
            );
        }
    }

    /// Our own reading of the rules, from the arrival on this line: the queue may widen sooner, never later.
    fn eligible(&self, agent: AgentId, caller: CallerId, join: &Join, arrival: Timestamp) -> bool {
        let waited_ms = self.now.since(arrival);
        let ring = match waited_ms {
            ..20_000 => 0,
            20_000..45_000 => 1,
            45_000..90_000 => 2,
            _ => 3,
        };
        let has = |skill: &Skill| self.skills[&agent].get(skill).copied().unwrap_or_default();
        let language = has(&Skill::Language(join.language)) >= Proficiency([3, 2, 1, 1][ring]);
        let wants = join.wants.iter().all(|want| has(&want.skill) >= want.least[ring]);
        let refused = self.refused.get(&(agent, caller));
        let refused = refused.is_some_and(|at| self.now.since(*at) < self.policy.refusal_ms);
        language && wants && !refused && waited_ms >= 10 * SECOND_MS
    }
}
