//! What agents and supervisors ask of conversations: to which one it goes, and whether the phone may ring that would.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::Driver;
use crate::{
    acd::{
        Activity, AgentId, AgentState, CallerId, CitizenKey, Event, Intent, Join, Priority, Safe,
        Unready,
        conversation::{NotNow, Party},
    },
    app::agents::{self, CallerKnown, calling::Calling},
    calls::centre::{
        call_out,
        console::News,
        talk::{Answer, Ask},
        transfers,
        waiting::{Order, caller_id},
    },
    domain::language::Language,
    telephony::{Arrival, Refusal},
};

/// Calls that were made, to know one that is asked for again.
const MADE_MAX: usize = 1_024;
/// What a desk phone shows of a caller whose number is withheld.
const WITHHELD: &str = "anonymous";

impl Driver {
    pub(super) fn ask(
        &mut self,
        agent: AgentId,
        by: AgentId,
        mut ask: Ask,
        answer: oneshot::Sender<Answer>,
    ) {
        let Some(caller) = self.caller_of(agent) else {
            let _ = answer.send(Err(NotNow::NotYours));
            return;
        };
        let listens = self.caller_of(by) == Some(caller);
        let rings = match &ask {
            Ask::Supervise { .. } if !listens => Some(by),
            ask => ask.rings(),
        };
        if rings.is_some_and(|agent| !self.may_ring(agent)) {
            let _ = answer.send(Err(NotNow::Engaged));
            return;
        }
        ask.show(self.shown(caller));
        self.tell_caller(caller, Order::Ask { by, ask: Box::new(ask), answer });
    }

    /// Only a free phone of one's own rings; and a call is made once, however often it is asked for.
    pub(super) fn call_out(&mut self, calling: Calling) -> Answer {
        let Some(commands) = self.commands.upgrade() else { return Err(NotNow::Engaged) };
        let call = caller_id(&calling.call);
        if self.made.contains(&call) {
            return Ok(());
        }
        if let Party::Agent(agent) = call_out::caller_of(&calling.own) {
            if !self.may_ring(agent) {
                return Err(NotNow::Engaged);
            }
            self.handle(Event::OutsideCall { agent, call });
        }
        if self.made.len() >= MADE_MAX {
            self.made.pop_front();
        }
        self.made.push_back(call);
        tokio::spawn(call_out::run(self.parts.shared(), calling, commands));
        Ok(())
    }

    /// Those who have been free the longest first.
    pub(super) fn free(&self) -> Vec<AgentId> {
        let mut free: Vec<_> = self.queue.agents().filter(AgentState::is_free).collect();
        free.sort_by_key(|state| (state.activity_since, state.agent));
        free.into_iter().map(|state| state.agent).collect()
    }

    /// For a call that the queue does not give; it offers this agent nothing meanwhile.
    pub(super) fn reserve(&mut self, agent: AgentId, call: CallerId) -> Answer {
        if !self.queue.agent(agent).is_some_and(|state| state.is_free()) {
            return Err(NotNow::Engaged);
        }
        self.handle(Event::OutsideCall { agent, call });
        Ok(())
    }

    pub(super) fn withdraw(&mut self, agent: AgentId, call: CallerId) {
        self.tell(agent, News::Withdrawn);
        self.handle(Event::OutsideCallEnded { agent, call });
    }

    pub(super) fn called_out(
        &mut self,
        agent: AgentId,
        orders: mpsc::Sender<Order>,
        known: Arc<CallerKnown>,
    ) {
        let caller = CallerId(known.caller);
        let phone = known.phone.as_ref();
        let citizen = phone.map(|phone| CitizenKey(agents::citizen_key(&self.parts.app, phone)));
        let join = Join {
            caller,
            citizen,
            language: known.language.unwrap_or(Language::Hindi),
            menu: known.reason.clone(),
            wants: Vec::new(),
            priority: Priority::default(),
            last_agent: None,
            safe: Safe::Anytime,
        };
        self.callers.insert(caller, orders);
        self.known.insert(caller, known);
        self.handle(Event::CalledOut { join, agent });
        self.connected(caller, agent);
    }

    pub(super) fn consult(&mut self, phone: &str, arrival: Arrival) {
        let agent = self.phones.iter().find(|(_, its)| *its == phone).map(|(agent, _)| *agent);
        let call = agent.and_then(|agent| Some((agent, self.call_of(agent)?)));
        let (Some((agent, call)), Some(commands)) = (call, self.commands.upgrade()) else {
            return arrival.refuse(Refusal::NotFound);
        };
        let shared = self.parts.shared();
        tokio::spawn(transfers::consult(shared, commands, agent, call, arrival));
    }

    pub(super) fn call_of(&self, agent: AgentId) -> Option<String> {
        let caller = self.caller_of(agent)?;
        Some(self.known.get(&caller)?.call.clone())
    }

    pub(super) fn caller_of(&self, agent: AgentId) -> Option<CallerId> {
        self.states.get(&agent)?.call
    }

    /// Shows the console whom the agent speaks with now.
    pub(super) fn connected(&self, caller: CallerId, agent: AgentId) {
        if let Some(known) = self.known.get(&caller).cloned() {
            self.tell(agent, News::Connected(known));
        }
    }

    /// Masked as everywhere: whose phone it is needs no number to speak with its owner.
    pub(super) fn shown(&self, caller: CallerId) -> String {
        let phone = self.known.get(&caller).and_then(|known| known.phone.as_ref());
        phone.map_or(WITHHELD.to_owned(), ToString::to_string)
    }

    /// Whether an agent's phone may ring for somebody who is not the queue's: a free agent with a phone, and not on break.
    fn may_ring(&self, agent: AgentId) -> bool {
        self.queue.agent(agent).is_some_and(|state| {
            let free = state.activity == Activity::Idle && state.unready != Some(Unready::NoPhone);
            free && !matches!(state.intent, Intent::OnBreak(_))
        })
    }
}
