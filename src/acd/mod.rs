//! The queue. Pure: callers wait, agents are offered to them; (event, now) -> actions.
//!
//! One task drives one [`Queue`]: it hands in what happened with the time, does what comes back in that order, and wakes
//! the queue at [`Queue::next_due`] and once a second. `docs/queue.md` says how a caller is matched.

mod action;
mod agents;
mod call_backs;
mod event;
pub mod figures;
mod ids;
pub mod policy;
mod restart;
mod skills;
mod waits;
mod why;

pub use action::{Action, Again, CallerRow, Cancelled, Ending, NoPlace, Offer};
pub use agents::{Activity, AgentState, BackOff, BreakReason, Intent, Notice, Profile, Unready};
pub use call_backs::{CallBack, Closed, Expired, Reason, State};
pub use event::{Dialled, Event, Join, Outcome, Safe};
pub use ids::{AgentId, CallerId, CitizenKey, OfferId, Who};
pub use policy::{Otherwise, Policy, Priority, Skip, Target};
pub use restart::Snapshot;
pub use skills::{Expression, Proficiency, RINGS, Ring, Skill, Skills, Want};
pub use waits::Band;
pub use why::{Skipped, Why, WhyWaiting};

use crate::domain::{language::Language, time::Timestamp};

/// A citizen who left less than `resume_ms` ago, asked for before the menu begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returning {
    pub language: Language,
    pub menu: String,
    pub arrival: Timestamp,
}

/// The one state of the queue. It is changed by [`Queue::handle`] alone.
#[derive(Debug)]
pub struct Queue {
    policy: Policy,
}

impl Queue {
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }

    /// The queue of a process that begins; the actions are the call-backs made of who was on the line.
    pub fn restore(policy: Policy, kept: Snapshot, now: Timestamp) -> (Self, Vec<Action>) {
        let mut queue = Self::new(policy);
        let actions = queue.handle(Event::Orphans(kept.callers), now);
        (queue, actions)
    }

    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Action> {
        let _ = (event, now, &self.policy);
        Vec::new()
    }

    /// When something changes by time alone; `Event::Tick` is due then.
    pub fn next_due(&self) -> Option<Timestamp> {
        None
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot::default()
    }

    pub fn agent(&self, _agent: AgentId) -> Option<AgentState> {
        None
    }

    pub fn why_waiting(&self, _caller: CallerId, _now: Timestamp) -> Option<WhyWaiting> {
        None
    }

    pub fn returning(&self, _citizen: &CitizenKey, _now: Timestamp) -> Option<Returning> {
        None
    }
}
