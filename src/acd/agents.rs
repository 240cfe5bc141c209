//! Agents on two axes: what they intend, which they say, and what they do, which follows from leases that expire.

use super::{
    ids::{AgentId, CallerId, OfferId},
    skills::Skills,
};
use crate::domain::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub agent: AgentId,
    pub skills: Skills,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Intent {
    #[default]
    SignedOut,
    Available,
    /// Takes one call, then is on break.
    OnDemand,
    OnBreak(BreakReason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BreakReason {
    Tea,
    Meal,
    Prayer,
    Training,
    Meeting,
    Personal,
    /// Put there by the queue, after offers unanswered in a row.
    NoAnswer,
    /// Put there by the queue, after the one call taken on demand.
    OneCallTaken,
}

/// What an agent does. Never stored: it follows from an offer, a dialog or the end of a wrap-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    #[default]
    Idle,
    /// The phone rings, or its ringing is being withdrawn, or a call-back is being dialled for the agent.
    Offered,
    Talking,
    OnHold,
    WrapUp,
}

/// Why an agent who would take calls gets none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unready {
    NoPhone,
    NoConsole,
    BackOff { cause: BackOff, until: Timestamp },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BackOff {
    Rejected,
    Busy,
    Unreachable,
    NoAnswer,
}

/// An agent as consoles see it and as it is kept: what a restart gives back is intent, pending and wrap-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentState {
    pub agent: AgentId,
    pub intent: Intent,
    pub intent_since: Timestamp,
    /// Said while a phone rang; counts once that offer is over.
    pub pending: Option<Intent>,
    pub activity: Activity,
    pub activity_since: Timestamp,
    /// When the wrap-up ends.
    pub wrap_up_until: Option<Timestamp>,
    pub wrap_up_extended: bool,
    pub unready: Option<Unready>,
    pub offer: Option<OfferId>,
    pub call: Option<CallerId>,
}

/// What an agent's console is told besides the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Away after offers unanswered in a row; one tap returns.
    AwayNoAnswer,
    /// Signed out, because the console was silent for too long.
    SignedOutSilent,
    PhoneLeaseEnded,
    ConsoleLeaseEnded,
    /// The phone's side of this call went dead; the citizen waits at the head of the queue.
    CallLost(CallerId),
    /// This citizen was cut off by a failure of ours and is called back.
    CutOff(CallerId),
}
