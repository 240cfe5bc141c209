//! What the driver tells the queue.

use serde::{Deserialize, Serialize};

use super::{
    action::CallerRow,
    agents::{Intent, Profile},
    ids::{AgentId, CallerId, CitizenKey, OfferId},
    policy::{Priority, skills::Want},
};
use crate::domain::{language::Language, time::Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nothing happened but time; sent when `next_due` is reached, and once a second.
    Tick,

    /// An agent's account as it now stands. Comes before any other event of that agent; others are ignored.
    Profile(Profile),
    /// The console's heartbeat.
    Console {
        agent: AgentId,
    },
    ConsoleGone {
        agent: AgentId,
    },
    /// One of the agent's phones is registered until then. Repeated at each REGISTER, and after each answered OPTIONS.
    Registered {
        agent: AgentId,
        until: Timestamp,
    },
    /// No phone of the agent is left.
    Unregistered {
        agent: AgentId,
    },
    Intends {
        agent: AgentId,
        intent: Intent,
    },
    ExtendWrapUp {
        agent: AgentId,
    },
    EndWrapUp {
        agent: AgentId,
    },
    /// The agent's phone is in a call that the queue did not give: click to call, consultation. Repeated to keep it alive.
    OutsideCall {
        agent: AgentId,
        call: CallerId,
    },
    OutsideCallEnded {
        agent: AgentId,
        call: CallerId,
    },

    /// A caller asks for a person.
    Joined(Join),
    /// A call that was turned away before it was answered, by policy: the citizen is called back.
    Missed(Join),
    /// The citizen's leg lives; due within `leg_lease_ms`.
    CitizenAlive {
        caller: CallerId,
    },
    /// The agent's leg lives; due within `leg_lease_ms` while they talk.
    AgentAlive {
        caller: CallerId,
    },
    /// The citizen hung up, wherever the call stands.
    Left {
        caller: CallerId,
    },
    /// The citizen pressed the key of the call-back that keeps the place.
    AcceptsCallBack {
        caller: CallerId,
    },

    /// One who was asked for a message has spoken it, or the line has ended. `message` is the driver's name of what was recorded.
    MessageLeft {
        caller: CallerId,
        message: Option<String>,
    },
    /// The place outside has answered: the citizen is no longer the queue's.
    Overflowed {
        caller: CallerId,
    },
    /// Nobody there took the call.
    OverflowFailed {
        caller: CallerId,
    },

    /// How the agent's phone took an offer.
    Offer {
        offer: OfferId,
        outcome: Outcome,
    },

    Held {
        caller: CallerId,
    },
    Unheld {
        caller: CallerId,
    },
    /// Agent or driver ended the talk, with the citizen content to go.
    Ended {
        caller: CallerId,
    },
    /// The agent's leg died, and nobody hung up.
    AgentLost {
        caller: CallerId,
    },
    /// A blind transfer into the queue: the citizen waits again, for these skills, with the arrival it had.
    SentBack {
        caller: CallerId,
        wants: Vec<Want>,
        priority: Priority,
    },
    /// An attended transfer or a take-over is complete: another agent talks with the citizen now.
    Passed {
        caller: CallerId,
        to: AgentId,
    },

    /// The agent's part is over while the citizen goes on: to somebody who is being rung, or to an officer. What follows is
    /// `Passed`, `AgentLost` (to the head of the queue) or the end.
    Away {
        caller: CallerId,
    },
    /// An agent rang a citizen, and they talk. The agent's wrap-up follows as after any other call.
    CalledOut {
        join: Join,
        agent: AgentId,
    },

    /// How the dialling ended that `Action::Dial` asked for.
    Dialled {
        call_back: CallerId,
        outcome: Dialled,
    },
    /// A person settled an entry of the list by hand.
    CloseCallBack {
        call_back: CallerId,
    },
    /// The citizen reached the helpline in another way; no call-back is owed any more.
    Reached {
        citizen: CitizenKey,
    },

    Opened,
    /// Closing time. Who waits is treated as the policy says.
    Closed,
    /// What another node, or this one before a restart, had on its lines when it died.
    Orphans(Vec<CallerRow>),
}

/// A citizen who wants a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    pub caller: CallerId,
    /// None for a hidden number: such a caller waits like others and cannot be called back.
    pub citizen: Option<CitizenKey>,
    pub language: Language,
    /// Where in the menu the citizen was, to come back to; the queue only keeps it.
    pub menu: String,
    pub wants: Vec<Want>,
    pub priority: Priority,
    /// With whom the citizen spoke last.
    pub last_agent: Option<AgentId>,
    pub safe: Safe,
}

/// When the citizen may be rung.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Safe {
    #[default]
    Anytime,
    /// Minutes of the day in IST: from, and until before.
    Between(u32, u32),
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ringing,
    /// Picked up (200). For a call-back too: the agent is on the line and the citizen is dialled then.
    Answered,
    /// 603, 486 by hand, or the console's button.
    Rejected,
    /// In another call (486, 600).
    Busy,
    /// No binding, or none that answers (404, 408, 480, 5xx).
    Unreachable,
    NoAnswer,
    /// The withdrawn leg is gone (487 after CANCEL, or the end of a leg that was picked up too late).
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialled {
    /// The citizen answered; the call has this id from now on.
    Connected(CallerId),
    Busy,
    NoAnswer,
    /// Our fault or the trunk's: no dial is counted.
    Failed,
    /// Caps, hours or the citizen's own wish forbid it until then; no dial is counted.
    NotBefore(Timestamp),
    /// The number does not exist.
    Invalid,
    /// The agent hung up before anybody answered; no dial is counted.
    AgentGone,
}
