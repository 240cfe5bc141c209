//! The queue. Pure: callers wait, agents are offered to them; (event, now) -> actions.
//!
//! One task drives one [`Queue`]: it hands in what happened with the time, does what comes back in that order, and wakes
//! the queue at [`Queue::next_due`] and once a second. `docs/queue.md` says how a caller is matched.

mod action;
mod agents;
mod call_backs;
mod callers;
pub mod conversation;
mod event;
pub mod figures;
mod ids;
mod look;
mod matching;
mod offers;
pub mod policy;
mod restart;
mod sweep;
#[cfg(test)]
mod tests;
mod waits;
mod why;

use std::collections::{BTreeMap, VecDeque};

use agents::Agent;
use call_backs::{Left, Owed};
use callers::Caller;
use offers::LiveOffer;
use policy::AGENTS_MAX;
use waits::Waits;

use crate::domain::{language::Language, time::Timestamp};

pub use action::{Action, Again, Alarm, CallerRow, Cancelled, Ending, NoPlace, Offer};
pub use agents::{Activity, AgentState, BackOff, BreakReason, Intent, Notice, Profile, Unready};
pub use call_backs::{CallBack, Closed, Expired, Reason, State};
pub use callers::{At, OnTheLine};
pub use event::{Dialled, Event, Join, Outcome, Safe};
pub use ids::{AgentId, CallerId, CitizenKey, OfferId, Who};
pub use policy::{
    Elsewhere, Otherwise, Overflow, Policy, Priority, Skip, Target,
    skills::{Expression, Proficiency, RINGS, Ring, Skill, Skills, Want},
};
pub use restart::Snapshot;
pub use waits::Band;
pub use why::{Skipped, Why, WhyWaiting};

/// A citizen who left less than `resume_ms` ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returning {
    pub language: Language,
    pub menu: String,
    /// The place in the queue that is given back; None for one who had spoken with an agent.
    pub arrival: Option<Timestamp>,
}

/// The one state of the queue. It is changed by [`Queue::handle`] alone.
#[derive(Debug)]
pub struct Queue {
    policy: Policy,
    open: bool,
    /// Of the latest event; time does not run back.
    last: Timestamp,
    agents: BTreeMap<AgentId, Agent>,
    callers: BTreeMap<CallerId, Caller>,
    offers: BTreeMap<OfferId, LiveOffer>,
    next_offer: u64,
    call_backs: BTreeMap<CallerId, Owed>,
    owed_to: BTreeMap<CitizenKey, CallerId>,
    left: BTreeMap<CitizenKey, Left>,
    left_order: VecDeque<CitizenKey>,
    waits: Waits,
    /// When positions were last compared with what callers had been told.
    compared: Timestamp,
    /// What the event at hand has led to.
    out: Vec<Action>,
}

impl Queue {
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            open: true,
            last: Timestamp(i64::MIN),
            agents: BTreeMap::new(),
            callers: BTreeMap::new(),
            offers: BTreeMap::new(),
            next_offer: 1,
            call_backs: BTreeMap::new(),
            owed_to: BTreeMap::new(),
            left: BTreeMap::new(),
            left_order: VecDeque::new(),
            waits: Waits::default(),
            compared: Timestamp(i64::MIN),
            out: Vec::new(),
        }
    }

    /// Takes what happened, then what time has done meanwhile, then matches who can be matched.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Action> {
        let now = now.max(self.last);
        self.last = now;
        self.apply(event, now);
        self.sweep(now);
        self.divert_the_hopeless(now);
        self.dispatch(now);
        self.speak(now);
        let shown = self.agents.values_mut().filter_map(|agent| agent.shows(now));
        self.out.extend(shown.map(Action::Agent));
        std::mem::take(&mut self.out)
    }

    fn apply(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Tick => {}
            Event::Profile(profile) => self.profile(profile, now),
            Event::Console { agent } => {
                let until = now.plus_ms(self.policy.console_lease_ms);
                self.with_agent(agent, |agent| agent.console_until = Some(until));
            }
            Event::ConsoleGone { agent } => self.with_agent(agent, |agent| {
                if agent.console_until.take().is_some() {
                    agent.silent_since = now;
                }
            }),
            Event::Registered { agent, until } => {
                self.with_agent(agent, |agent| agent.phone_until = Some(until));
            }
            Event::Unregistered { agent } => self.lose_phone(agent, now),
            Event::Intends { agent, intent } => {
                self.with_agent(agent, |agent| agent.intends(intent, now));
            }
            Event::ExtendWrapUp { agent } => {
                let extra_ms = self.policy.wrap_up_extra_ms;
                let most_ms = self.policy.wrap_up_max_ms;
                self.with_agent(agent, |agent| agent.extend_wrap_up(now, extra_ms, most_ms));
            }
            Event::EndWrapUp { agent } => self.with_agent(agent, |agent| agent.end_wrap_up(now)),
            Event::OutsideCall { agent, call } => {
                let until = now.plus_ms(self.policy.leg_lease_ms);
                self.with_agent(agent, |agent| agent.outside = Some((call, until)));
            }
            Event::OutsideCallEnded { agent, call } => self.with_agent(agent, |agent| {
                if agent.outside.is_some_and(|(its, _)| its == call) {
                    agent.outside = None;
                    agent.idle_since = now;
                }
            }),
            Event::Joined(join) => self.join(join, now),
            Event::Missed(join) => {
                self.owe(&join, now, Reason::Missed, now);
            }
            Event::CitizenAlive { caller } => self.renew_citizen(caller, now),
            Event::AgentAlive { caller } => self.renew_agent(caller, now),
            Event::Left { caller } => self.leave(caller, Ending::Abandoned, now),
            Event::AcceptsCallBack { caller } => self.accept_call_back(caller, now),
            Event::MessageLeft { caller, message } => self.message_left(caller, message, now),
            Event::Overflowed { caller } => self.overflowed(caller, now),
            Event::OverflowFailed { caller } => self.overflow_failed(caller, now),
            Event::Offer { offer, outcome } => self.offer_outcome(offer, outcome, now),
            Event::Held { caller } => self.hold(caller, true),
            Event::Unheld { caller } => self.hold(caller, false),
            Event::Ended { caller } => self.end_talk(caller, now),
            Event::AgentLost { caller } => self.lose_agent(caller, now),
            Event::SentBack { caller, wants, priority } => {
                self.send_back(caller, wants, priority, now);
            }
            Event::Passed { caller, to } => self.pass(caller, to, now),
            Event::Away { caller } => self.go_away(caller, now),
            Event::CalledOut { join, agent } => {
                self.talk_dialled(join, now, (agent, figures::What::CalledOut { agent }), now);
            }
            Event::Dialled { call_back, outcome } => self.dialled(call_back, outcome, now),
            Event::CloseCallBack { call_back } => self.close_by_hand(call_back, now),
            Event::Reached { citizen } => self.reached(&citizen, now),
            Event::Opened => self.open = true,
            Event::Closed => self.open = false,
            Event::Orphans(rows) => self.adopt(rows, now),
        }
    }

    /// Settings that were read anew; what is out already keeps the times that it was given.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// The agent as it stands at the last event.
    pub fn agent(&self, agent: AgentId) -> Option<AgentState> {
        Some(self.agents.get(&agent)?.state(self.last))
    }

    pub fn agents(&self) -> impl Iterator<Item = AgentState> {
        self.agents.values().map(|agent| agent.state(self.last))
    }

    fn profile(&mut self, profile: Profile, now: Timestamp) {
        let id = profile.agent;
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.profile = profile;
            return;
        }
        if self.agents.len() >= AGENTS_MAX && !self.forget_an_agent() {
            self.out.push(Action::Alarm(Alarm::AgentsFull(id)));
            return;
        }
        self.agents.insert(id, Agent::new(profile, now));
    }

    /// Whoever has been signed out the longest and holds nothing makes room.
    fn forget_an_agent(&mut self) -> bool {
        let gone = self.agents.values().filter(|agent| {
            let holds = agent.offer.is_some() || agent.call.is_some() || agent.outside.is_some();
            agent.intent == Intent::SignedOut && !holds
        });
        let longest = gone.min_by_key(|agent| agent.intent_since).map(Agent::id);
        longest.is_some_and(|id| self.agents.remove(&id).is_some())
    }

    fn with_agent(&mut self, agent: AgentId, change: impl FnOnce(&mut Agent)) {
        if let Some(agent) = self.agents.get_mut(&agent) {
            change(agent);
        }
    }

    fn fact(&mut self, caller: CallerId, what: figures::What, at: Timestamp) {
        self.out.push(Action::Fact(figures::Fact { at, caller, what }));
    }
}
