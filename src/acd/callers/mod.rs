//! Callers on the line: each waits or talks, and each has exactly one end.

mod diverted;
mod talks;

use super::{
    Queue,
    action::{Action, CallerRow, Ending, NoPlace},
    call_backs::Reason,
    event::{Join, Safe},
    figures::What,
    ids::{AgentId, CallerId, CitizenKey, Who},
    matching::Place,
    policy::{
        CALLERS_MAX,
        skills::{Skill, Want},
    },
    waits::Said,
};
use crate::domain::{language::Language, time::Timestamp};
use diverted::Way;

#[derive(Debug)]
pub(super) struct Caller {
    pub(super) join: Join,
    pub(super) place: Place,
    pub(super) stage: Stage,
    /// Without a word of the driver until then, the citizen's leg is gone.
    pub(super) leg_until: Timestamp,
    pub(super) said: Said,
    /// Came while the helpline was open; closing time concerns only these.
    pub(super) open: bool,
    /// Waits for other agents than at first, by policy.
    pub(super) sent_on: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting {
        since: Timestamp,
    },
    Talking {
        agent: AgentId,
        since: Timestamp,
        agent_until: Timestamp,
    },
    /// The agent's part is over: on the way to somebody else, or with an officer, who is no agent.
    Away,
    /// The queue has no place; what is done instead goes on.
    Diverted {
        way: Way,
        because: NoPlace,
    },
}

/// A caller as boards show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnTheLine {
    pub caller: CallerId,
    pub arrival: Timestamp,
    pub language: Language,
    pub at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Waiting,
    /// Waiting, and this agent's phone rings.
    Offered(AgentId),
    Talking(AgentId),
    /// With nobody of the queue's.
    Away,
}

impl Caller {
    pub(super) fn id(&self) -> CallerId {
        self.join.caller
    }

    pub(super) fn waits(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }

    /// Speaks with a person of the helpline's, or has.
    pub(super) fn is_reached(&self) -> bool {
        match self.stage {
            Stage::Talking { .. } | Stage::Away => true,
            Stage::Waiting { .. } | Stage::Diverted { .. } => false,
        }
    }

    /// Whether the helpline may ring this citizen at all.
    pub(super) fn callable(&self) -> Option<CitizenKey> {
        callable(&self.join)
    }

    /// When the agent's leg is taken for dead; the end of time for who waits.
    pub(super) fn agent_until(&self) -> Timestamp {
        match self.stage {
            Stage::Waiting { .. } | Stage::Away | Stage::Diverted { .. } => Timestamp(i64::MAX),
            Stage::Talking { agent_until, .. } => agent_until,
        }
    }

    pub(super) fn row(&self) -> CallerRow {
        CallerRow {
            caller: self.id(),
            citizen: self.join.citizen,
            language: self.join.language,
            menu: self.join.menu.clone(),
            wants: self.join.wants.clone(),
            priority: self.join.priority,
            safe: self.join.safe,
            arrival: self.place.arrival,
            talks_with: match self.stage {
                Stage::Waiting { .. } | Stage::Away | Stage::Diverted { .. } => None,
                Stage::Talking { agent, .. } => Some(agent),
            },
        }
    }
}

fn callable(join: &Join) -> Option<CitizenKey> {
    join.citizen.filter(|_| join.safe != Safe::Never)
}

impl Queue {
    pub(super) fn place_for(&self, join: &Join, arrival: Timestamp) -> Place {
        let language = Skill::Language(join.language);
        let language = Want::widening(language, self.policy.language_least);
        let wants = std::iter::once(language).chain(join.wants.iter().cloned());
        Place {
            arrival,
            head: false,
            live: true,
            priority: join.priority,
            wants: wants.collect(),
            last_agent: join.last_agent,
            refusals: Default::default(),
        }
    }

    pub(super) fn join(&mut self, join: Join, now: Timestamp) {
        let id = join.caller;
        if self.callers.contains_key(&id) {
            return;
        }
        self.fact(id, What::Joined, now);
        if self.callers.len() >= self.policy.callers_max.min(CALLERS_MAX) {
            return self.turn_away(&join, NoPlace::Full, now);
        }
        let resumed = join.citizen.and_then(|citizen| self.resumed_place(&citizen, now));
        if let Some(arrival) = resumed {
            self.out.push(Action::Returned { caller: id, arrival });
        }
        if let Some(citizen) = join.citizen {
            self.call_back_on_the_line(&citizen, id, now);
        }
        let place = self.place_for(&join, resumed.unwrap_or(now));
        let caller = Caller {
            join,
            place,
            stage: Stage::Waiting { since: now },
            leg_until: now.plus_ms(self.policy.leg_lease_ms),
            said: Said::new(now),
            open: self.open,
            sent_on: false,
        };
        self.out.push(Action::Caller(caller.row()));
        self.callers.insert(id, caller);
        if !self.open {
            self.divert(id, &self.policy.closed.clone(), NoPlace::Closed, now);
        }
    }

    pub(super) fn leave(&mut self, id: CallerId, ending: Ending, now: Timestamp) {
        let Some(caller) = self.callers.get(&id) else { return };
        match caller.stage {
            Stage::Waiting { .. } => self.end_wait(id, ending, Reason::Abandoned, now),
            Stage::Diverted { way, .. } => {
                let reason = match way {
                    Way::Message => Reason::NoPlace,
                    Way::Outside => Reason::Abandoned,
                };
                self.end_diverted(id, ending, reason, None, now);
            }
            Stage::Talking { .. } | Stage::Away => self.end_talk(id, now),
        }
    }

    pub(super) fn accept_call_back(&mut self, id: CallerId, now: Timestamp) {
        let Some(caller) = self.callers.get(&id) else { return };
        if caller.waits() && caller.callable().is_some() {
            self.end_wait(id, Ending::CalledBack, Reason::Asked, now);
        }
    }

    /// Takes a waiting caller off the line: the offer first (P3), then what is owed.
    fn end_wait(&mut self, id: CallerId, ending: Ending, reason: Reason, now: Timestamp) {
        self.withdraw_for(Who::Caller(id), now);
        let Some(caller) = self.callers.remove(&id) else { return };
        let Stage::Waiting { since } = caller.stage else { return };
        let waited_ms = now.since(since);
        self.promise(&caller, reason, None, now);
        self.out.push(Action::CallerEnded { caller: id, ending });
        let what = match ending {
            Ending::Abandoned | Ending::Silent => What::Abandoned { waited_ms },
            Ending::CalledBack
            | Ending::Message
            | Ending::Overflowed
            | Ending::Talked
            | Ending::Lost => What::Diverted { waited_ms },
        };
        self.fact(id, what, now);
    }

    pub(super) fn renew_citizen(&mut self, id: CallerId, now: Timestamp) {
        let until = now.plus_ms(self.policy.leg_lease_ms);
        if let Some(caller) = self.callers.get_mut(&id) {
            caller.leg_until = until;
        }
    }

    pub(super) fn renew_agent(&mut self, id: CallerId, now: Timestamp) {
        let until = now.plus_ms(self.policy.leg_lease_ms);
        let Some(caller) = self.callers.get_mut(&id) else { return };
        if let Stage::Talking { agent_until, .. } = &mut caller.stage {
            *agent_until = until;
        }
    }

    pub(super) fn expire_legs(&mut self, now: Timestamp) {
        let silent = self.callers.values().filter(|caller| caller.leg_until <= now);
        let silent: Vec<CallerId> = silent.map(Caller::id).collect();
        for caller in silent {
            self.out.push(Action::HangUpCitizen { caller });
            self.leave(caller, Ending::Silent, now);
        }
        let lost = self.callers.values().filter(|caller| caller.agent_until() <= now);
        let lost: Vec<CallerId> = lost.map(Caller::id).collect();
        for caller in lost {
            self.lose_agent(caller, now);
        }
    }

    /// Everybody on the line, for a board.
    pub fn on_the_line(&self) -> Vec<OnTheLine> {
        let at = |caller: &Caller| match caller.stage {
            Stage::Talking { agent, .. } => At::Talking(agent),
            Stage::Away | Stage::Diverted { .. } => At::Away,
            Stage::Waiting { .. } => {
                let offer = self.offer_of(Who::Caller(caller.id()));
                let offer = offer.and_then(|offer| self.offers.get(&offer));
                offer.map_or(At::Waiting, |offer| At::Offered(offer.agent))
            }
        };
        let row = |caller: &Caller| OnTheLine {
            caller: caller.id(),
            arrival: caller.place.arrival,
            language: caller.join.language,
            at: at(caller),
        };
        self.callers.values().map(row).collect()
    }

    pub(super) fn caller_rows(&self) -> Vec<CallerRow> {
        self.callers.values().map(Caller::row).collect()
    }
}
