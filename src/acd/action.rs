//! What the queue tells the driver to do, and what it says for the record.

use serde::{Deserialize, Serialize};

use super::{
    agents::{AgentState, Notice},
    call_backs::CallBack,
    event::Safe,
    figures::Fact,
    ids::{AgentId, CallerId, CitizenKey, OfferId, Who},
    policy::{Otherwise, Priority, skills::Want},
    waits::Band,
    why::Why,
};
use crate::domain::{language::Language, time::Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ring this agent's phone for this caller; the console is told first.
    Offer(Offer),
    /// Withdraw it: CANCEL, or BYE if it was picked up meanwhile, and end the dialling that it began. Answer with
    /// `Outcome::Gone`.
    CancelOffer {
        offer: OfferId,
        agent: AgentId,
        because: Cancelled,
    },
    /// It was picked up too late: BYE. Answer with `Outcome::Gone`.
    HangUpOffer {
        offer: OfferId,
    },
    /// Bridge the caller's leg with the leg that the offer made.
    Connect {
        offer: OfferId,
        caller: CallerId,
        agent: AgentId,
    },
    /// Dial the citizen with the agent on the line. Answer with `Event::Dialled`.
    Dial {
        offer: OfferId,
        agent: AgentId,
        call_back: CallerId,
        citizen: CitizenKey,
    },
    /// End what is left of this agent's leg of a call.
    HangUpAgent {
        caller: CallerId,
        agent: AgentId,
    },
    /// End this citizen's leg: it was reached for nothing.
    HangUpCitizen {
        caller: CallerId,
    },
    /// The agent is gone; play hold music again.
    Waits {
        caller: CallerId,
        because: Again,
    },

    /// Say it over the hold music. Stops at once when the caller is connected; never holds the leg.
    Announce {
        caller: CallerId,
        position: usize,
        band: Band,
    },
    /// Ask whether the citizen would rather be called back, keeping the place.
    OfferCallBack {
        caller: CallerId,
    },
    /// Waits for too long: the circle is the widest and the escalation group is asked too.
    Escalated {
        caller: CallerId,
    },
    /// The citizen came back in time: this is the place as it was.
    Returned {
        caller: CallerId,
        arrival: Timestamp,
    },
    /// The queue has no place: do this. With `CallBack` the caller's end comes too. For `Message` and a place outside, answer with
    /// `Event::MessageLeft`, `Overflowed` or `OverflowFailed`. Who goes to other agents waits on.
    Divert {
        caller: CallerId,
        to: Otherwise,
        because: NoPlace,
    },

    /// Durable: the row of a caller on the line as it now stands.
    Caller(CallerRow),
    /// Durable: the row goes.
    CallerEnded {
        caller: CallerId,
        ending: Ending,
    },
    /// Durable: a call-back as it now stands.
    CallBack(CallBack),
    /// Durable and for consoles: an agent as it now stands.
    Agent(AgentState),
    /// For the agent's console.
    Notice {
        agent: AgentId,
        notice: Notice,
    },
    Alarm(Alarm),
    /// For the event log that figures are folded from.
    Fact(Fact),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub offer: OfferId,
    pub agent: AgentId,
    pub who: Who,
    pub ring_ms: i64,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The citizen hung up or has another end.
    CallerGone,
    NoAnswer,
    /// The phone's registration ran out or was taken back.
    PhoneGone,
    /// Somebody passed the agent another call meanwhile.
    AgentTaken,
    /// The agent hung up while the citizen was being dialled, or nobody said how the dialling went.
    DialEnded,
}

/// What a person must look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// `CALL_BACKS_MAX` are open; this citizen's was not kept.
    CallBacksFull(CallerId),
    /// `AGENTS_MAX` are known; this one is not.
    AgentsFull(AgentId),
}

/// Why a caller who talked waits again, at the head of the queue or with the place of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    AgentLost,
    SentBack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    Closed,
    /// Nobody on duty could ever take this caller.
    Nobody,
    /// `callers_max` are on the line.
    Full,
}

/// How a call ended for the queue. Each caller has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Spoke with an agent.
    Talked,
    /// Hung up while waiting.
    Abandoned,
    /// Is called back instead: accepted, or by policy.
    CalledBack,
    /// Was asked for a message, and is called back.
    Message,
    /// Somebody elsewhere took the call.
    Overflowed,
    /// The leg's lease ran out; treated as hung up.
    Silent,
    /// Was on a node that died.
    Lost,
}

/// A caller on the line, as it must survive this process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerRow {
    pub caller: CallerId,
    pub citizen: Option<CitizenKey>,
    pub language: Language,
    pub menu: String,
    pub wants: Vec<Want>,
    pub priority: Priority,
    pub safe: Safe,
    pub arrival: Timestamp,
    /// Who talks with the citizen; None while waiting.
    pub talks_with: Option<AgentId>,
}
