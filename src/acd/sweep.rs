//! What time alone does: leases run out, rings widen, things become due.

use super::{
    Queue,
    action::{Action, Cancelled},
    agents::{Intent, Notice},
    ids::AgentId,
    offers::Stage,
};
use crate::domain::time::Timestamp;

impl Queue {
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.expire_agents(now);
        self.expire_offers(now);
        self.expire_legs(now);
        self.expire_call_backs(now);
        self.forget_left(now);
    }

    fn expire_agents(&mut self, now: Timestamp) {
        let ids: Vec<AgentId> = self.agents.keys().copied().collect();
        let over = |until: Option<Timestamp>| until.is_some_and(|until| until <= now);
        let sign_out_after_ms = self.policy.sign_out_after_ms;
        for id in ids {
            let Some(agent) = self.agents.get_mut(&id) else { continue };
            if let Some(wrap_up) = agent.wrap_up.filter(|wrap_up| wrap_up.until <= now) {
                agent.end_wrap_up(wrap_up.until);
            }
            if over(agent.back_off.map(|(_, until)| until)) {
                agent.back_off = None;
            }
            if over(agent.outside.map(|(_, until)| until)) {
                agent.outside = None;
                agent.idle_since = now;
            }
            if over(agent.console_until) {
                agent.console_until = None;
                agent.silent_since = now;
                self.out.push(Action::Notice { agent: id, notice: Notice::ConsoleLeaseEnded });
            }
            let silent = agent.console_until.is_none() && agent.call.is_none();
            let signed_in = agent.intent != Intent::SignedOut && agent.offer.is_none();
            if silent && signed_in && now.since(agent.silent_since) >= sign_out_after_ms {
                agent.pending = None;
                agent.intend(Intent::SignedOut, now);
                self.out.push(Action::Notice { agent: id, notice: Notice::SignedOutSilent });
            }
            if over(agent.phone_until) {
                self.out.push(Action::Notice { agent: id, notice: Notice::PhoneLeaseEnded });
                self.lose_phone(id, now);
            }
        }
    }

    /// No phone is left to ring: what rings there is withdrawn. A call that is up lives by its own lease.
    pub(super) fn lose_phone(&mut self, id: AgentId, now: Timestamp) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        agent.phone_until = None;
        let Some(offer) = agent.offer else { return };
        if self.offers.get(&offer).is_some_and(|offer| offer.stage == Stage::Ringing) {
            self.withdraw(offer, Cancelled::PhoneGone, now);
        }
    }

    /// When something changes by time alone; `Event::Tick` is due then. Never before the last event.
    pub fn next_due(&self) -> Option<Timestamp> {
        let now = self.last;
        let agents = self.agents.values().flat_map(|agent| {
            let signed_in = agent.intent != Intent::SignedOut && agent.console_until.is_none();
            [
                agent.phone_until,
                agent.console_until,
                signed_in.then(|| agent.silent_since.plus_ms(self.policy.sign_out_after_ms)),
                agent.wrap_up.map(|wrap_up| wrap_up.until),
                agent.back_off.map(|(_, until)| until),
                agent.outside.map(|(_, until)| until),
            ]
        });
        let offers = self.offers.values().map(|offer| Some(offer.until));
        let call_backs = self.call_backs.values().map(|owed| self.call_back_due(owed, now));
        let refusal_ms = self.policy.refusal_ms;
        let callers = self.callers.values().flat_map(|caller| {
            let [call_back, escalation, position] = if caller.waits() {
                self.speech_due(&caller.said, caller.place.arrival)
            } else {
                [None; 3]
            };
            let widens = caller.waits().then(|| self.circle(&caller.place, now).widens).flatten();
            let refused = caller.place.refusals.values().min().map(|at| at.plus_ms(refusal_ms));
            let leg = Some(caller.leg_until.min(caller.agent_until()));
            [leg, call_back, escalation, position, widens, refused]
        });
        let all = agents.chain(offers).chain(call_backs).chain(callers).flatten();
        all.filter(|at| *at > now).min()
    }
}
