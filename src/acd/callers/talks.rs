//! Callers who talk: with one agent after the other, or with nobody of the queue's; each agent's part has its own end.

use super::{Caller, Stage};
use crate::{
    acd::{
        Queue,
        action::{Action, Again, Cancelled, Ending},
        agents::Notice,
        event::Join,
        figures::What,
        ids::{AgentId, CallerId},
        policy::{Priority, skills::Want},
        waits::Said,
    },
    domain::time::Timestamp,
};

impl Queue {
    pub(in crate::acd) fn begin_talk(&mut self, id: CallerId, agent: AgentId, now: Timestamp) {
        let agent_until = now.plus_ms(self.policy.leg_lease_ms);
        let Some(caller) = self.callers.get_mut(&id) else { return };
        let Stage::Waiting { since } = caller.stage else { return };
        caller.stage = Stage::Talking { agent, since: now, agent_until };
        caller.place.head = false;
        caller.place.refusals.clear();
        let waited_ms = now.since(since);
        let citizen = caller.join.citizen;
        self.out.push(Action::Caller(caller.row()));
        self.waits.push(waited_ms);
        self.fact(id, What::Answered { agent, waited_ms }, now);
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.call = Some(id);
            agent.wrap_up = None;
        }
        if let Some(citizen) = citizen {
            self.reached(&citizen, now);
        }
    }

    /// A dialled citizen answered: the call is a talk from its first moment.
    pub(in crate::acd) fn talk_dialled(
        &mut self,
        join: Join,
        arrival: Timestamp,
        (agent, what): (AgentId, What),
        now: Timestamp,
    ) {
        let id = join.caller;
        let place = self.place_for(&join, arrival);
        let agent_until = now.plus_ms(self.policy.leg_lease_ms);
        let caller = Caller {
            join,
            place,
            stage: Stage::Talking { agent, since: now, agent_until },
            leg_until: agent_until,
            said: Said::new(now),
            open: self.open,
            sent_on: false,
        };
        self.out.push(Action::Caller(caller.row()));
        self.callers.insert(id, caller);
        self.fact(id, what, now);
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.call = Some(id);
            agent.outside = None;
            agent.wrap_up = None;
        }
    }

    pub(in crate::acd) fn end_talk(&mut self, id: CallerId, now: Timestamp) {
        let Some(caller) = self.callers.get(&id) else { return };
        let (stage, join) = (caller.stage, caller.join.clone());
        if matches!(stage, Stage::Waiting { .. } | Stage::Diverted { .. }) {
            return;
        }
        self.callers.remove(&id);
        self.remember_left(&join, None, now);
        self.out.push(Action::CallerEnded { caller: id, ending: Ending::Talked });
        if let Stage::Talking { agent, since, .. } = stage {
            self.fact(id, What::Ended { agent, talk_ms: now.since(since) }, now);
            self.free_agent(agent, id, now);
        }
    }

    /// The agent's own part is over (P1), while the citizen goes on without the queue.
    pub(in crate::acd) fn go_away(&mut self, id: CallerId, now: Timestamp) {
        let Some(caller) = self.callers.get_mut(&id) else { return };
        let Stage::Talking { agent, since, .. } = caller.stage else { return };
        caller.stage = Stage::Away;
        let row = caller.row();
        self.out.push(Action::Caller(row));
        self.fact(id, What::Ended { agent, talk_ms: now.since(since) }, now);
        self.free_agent(agent, id, now);
    }

    fn free_agent(&mut self, agent: AgentId, call: CallerId, now: Timestamp) {
        let wrap_up_ms = self.policy.wrap_up_ms;
        // Whoever was passed a second call goes on with the other one.
        let talks = |caller: &&Caller| matches!(caller.stage, Stage::Talking { agent: its, .. } if its == agent);
        let other = self.callers.values().find(talks).map(Caller::id);
        let Some(agent) = self.agents.get_mut(&agent).filter(|agent| agent.call == Some(call))
        else {
            return;
        };
        match other {
            Some(_) => agent.call = other,
            None => agent.wrap_up(now, wrap_up_ms),
        }
    }

    /// Puts who talks back to wait: at the head if nobody is left to talk with, in the place of arrival if sent on. Gives the
    /// agent whose part that ends.
    fn wait_again(
        &mut self,
        id: CallerId,
        because: Again,
        now: Timestamp,
    ) -> Option<Option<AgentId>> {
        let caller = self.callers.get_mut(&id)?;
        let talked = match caller.stage {
            Stage::Talking { agent, since, .. } => Some((agent, now.since(since))),
            Stage::Away => None,
            Stage::Waiting { .. } | Stage::Diverted { .. } => return None,
        };
        caller.stage = Stage::Waiting { since: now };
        caller.said = Said::new(now);
        caller.place.head = because == Again::AgentLost;
        self.out.push(Action::Caller(caller.row()));
        self.out.push(Action::Waits { caller: id, because });
        if let Some((agent, talk_ms)) = talked {
            self.fact(id, What::Ended { agent, talk_ms }, now);
        }
        self.fact(id, What::Again, now);
        Some(talked.map(|(agent, _)| agent))
    }

    /// Nobody is left to talk with: the citizen goes first, and a phone that died must prove itself before it rings again.
    pub(in crate::acd) fn lose_agent(&mut self, id: CallerId, now: Timestamp) {
        let Some(Some(lost)) = self.wait_again(id, Again::AgentLost, now) else { return };
        self.out.push(Action::HangUpAgent { caller: id, agent: lost });
        let Some(agent) = self.agents.get_mut(&lost) else { return };
        agent.call = None;
        agent.held = false;
        agent.phone_until = None;
        agent.idle_since = now;
        self.out.push(Action::Notice { agent: lost, notice: Notice::CallLost(id) });
    }

    pub(in crate::acd) fn send_back(
        &mut self,
        id: CallerId,
        wants: Vec<Want>,
        priority: Priority,
        now: Timestamp,
    ) {
        let Some(agent) = self.wait_again(id, Again::SentBack, now) else { return };
        if let Some(agent) = agent {
            self.free_agent(agent, id, now);
        }
        let Some(caller) = self.callers.get_mut(&id) else { return };
        caller.join.wants = wants;
        caller.join.priority = priority;
        caller.join.last_agent = None;
        let (join, arrival) = (caller.join.clone(), caller.place.arrival);
        let mut place = self.place_for(&join, arrival);
        place.refusals = agent.map(|agent| (agent, now)).into_iter().collect();
        if let Some(caller) = self.callers.get_mut(&id) {
            caller.place = place;
            caller.sent_on = false;
            let row = caller.row();
            self.out.push(Action::Caller(row));
        }
    }

    pub(in crate::acd) fn pass(&mut self, id: CallerId, to: AgentId, now: Timestamp) {
        let agent_until = now.plus_ms(self.policy.leg_lease_ms);
        let Some(caller) = self.callers.get_mut(&id) else { return };
        let from = match caller.stage {
            Stage::Talking { agent, since, .. } if agent != to => Some((agent, now.since(since))),
            Stage::Away => None,
            Stage::Talking { .. } | Stage::Waiting { .. } | Stage::Diverted { .. } => return,
        };
        caller.stage = Stage::Talking { agent: to, since: now, agent_until };
        let row = caller.row();
        self.out.push(Action::Caller(row));
        if let Some((from, talk_ms)) = from {
            self.fact(id, What::Passed { from, to, talk_ms }, now);
            self.free_agent(from, id, now);
        }
        if let Some(offer) = self.agents.get(&to).and_then(|agent| agent.offer) {
            self.withdraw(offer, Cancelled::AgentTaken, now);
        }
        if let Some(agent) = self.agents.get_mut(&to) {
            agent.call = Some(id);
            agent.outside = None;
            agent.wrap_up = None;
        }
    }

    pub(in crate::acd) fn hold(&mut self, id: CallerId, held: bool) {
        let Some(caller) = self.callers.get(&id) else { return };
        let Stage::Talking { agent, .. } = caller.stage else { return };
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.held = held;
        }
    }
}
