//! Why this agent, and why not another: made with each offer, and on request for a caller who waits.

use super::{
    agents::{BackOff, BreakReason},
    ids::{AgentId, Who},
    policy::{
        Priority,
        skills::{Proficiency, Ring, Skill},
    },
};
use crate::domain::time::Timestamp;

/// Why an offer was made as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub who: Who,
    pub agent: AgentId,
    /// The name of the first open target that the agent belongs to.
    pub target: String,
    pub ring: Ring,
    pub priority: Priority,
    pub waited_ms: i64,
    /// The agent was idle the longest of the target's free agents: for so long.
    pub idle_ms: i64,
    /// Everybody else, each with the first reason that spoke against.
    pub skipped: Vec<(AgentId, Skipped)>,
}

/// Why a caller still waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyWaiting {
    /// 1 is the next.
    pub position: usize,
    pub waited_ms: i64,
    pub ring: Ring,
    /// Names of the targets that are open by now.
    pub targets: Vec<String>,
    pub priority: Priority,
    /// The agent whose phone rings for this caller, if one does.
    pub rings: Option<AgentId>,
    pub skipped: Vec<(AgentId, Skipped)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skipped {
    SignedOut,
    OnBreak(BreakReason),
    /// Said to go once the present offer is over.
    Leaving,
    NoPhone,
    NoConsole,
    BackOff {
        cause: BackOff,
        until: Timestamp,
    },
    Offered,
    Talking,
    OnHold,
    WrapUp {
        until: Timestamp,
    },
    /// Lacks what the caller wants in the present ring.
    Lacks {
        skill: Skill,
        has: Proficiency,
        least: Proficiency,
    },
    /// Belongs to no target that is open by now.
    NoTarget,
    /// Refused or did not answer this caller in the present round.
    RefusedThis,
    /// Free too, of a later target.
    LaterTarget,
    /// Free too, of the same target, idle for less long.
    IdleLess {
        idle_ms: i64,
    },
}
