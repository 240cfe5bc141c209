//! What must outlive the process, and the machine made of it again.

use super::{
    action::CallerRow,
    agents::{AgentState, Profile},
    call_backs::CallBack,
};

/// Everything durable. The driver keeps it row by row, from `Action::{Agent, CallBack, Caller, CallerEnded}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub agents: Vec<(Profile, AgentState)>,
    /// Those that are not closed.
    pub call_backs: Vec<CallBack>,
    /// Who was on the line. All of them are off it: they become call-backs.
    pub callers: Vec<CallerRow>,
}
