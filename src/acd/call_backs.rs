//! Whom the helpline owes a call: one entry a citizen, ordered by the first arrival, closed when they reach us.

use super::{
    event::Safe,
    ids::{AgentId, CallerId, CitizenKey},
    policy::Priority,
    skills::Want,
};
use crate::domain::{language::Language, time::Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallBack {
    /// The first call behind it.
    pub id: CallerId,
    pub citizen: CitizenKey,
    pub language: Language,
    pub menu: String,
    pub wants: Vec<Want>,
    pub priority: Priority,
    pub safe: Safe,
    /// When the citizen first asked: the place among callers.
    pub arrival: Timestamp,
    /// When the citizen last called us.
    pub last_call: Timestamp,
    /// Calls of the citizen behind this one entry.
    pub calls: u32,
    pub reason: Reason,
    pub state: State,
    /// Dials that counted.
    pub dials: u32,
    pub not_before: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Accepted while waiting.
    Asked,
    Abandoned,
    Missed,
    /// The queue had no place: closing time, nobody on duty, full.
    NoPlace,
    /// Waited on a node that died.
    NodeLost,
    /// Talked with this agent on a node that died.
    CutOff(AgentId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// To be offered to an agent when its turn comes.
    Open,
    /// An agent's phone rings for it, or the agent listens to the dialling.
    Taken(AgentId),
    /// The citizen is on the line again; what becomes of that call decides.
    OnTheLine(CallerId),
    /// No longer dialled, but it stays visible until a person closes it.
    Expired(Expired),
    Closed(Closed),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expired {
    TooOld,
    DialsUsedUp,
    InvalidNumber,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// We reached the citizen.
    Dialled,
    /// The citizen reached us.
    Reached,
}
