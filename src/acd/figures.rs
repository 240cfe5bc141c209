//! Figures of the queue: a pure fold over one log of facts, with the definition of each figure.

use super::ids::{AgentId, CallerId};
use crate::domain::time::Timestamp;

/// One line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    pub at: Timestamp,
    pub caller: CallerId,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Began to wait.
    Joined,
    /// An agent picked up; `waited_ms` since the present wait began.
    Answered { agent: AgentId, waited_ms: i64 },
    /// Hung up or fell silent while waiting.
    Abandoned { waited_ms: i64 },
    /// Left the queue for a call-back, a message or another place.
    Diverted { waited_ms: i64 },
    /// The talk is over; `talk_ms` from the answer, holds included, the wait not.
    Ended { agent: AgentId, talk_ms: i64 },
    /// Another agent goes on with the citizen; `talk_ms` is the first one's.
    Passed { from: AgentId, to: AgentId, talk_ms: i64 },
    /// Lost the agent, or was sent on, and waits again.
    Again,
    /// A call-back reached its citizen.
    CalledBack { agent: AgentId },
}
