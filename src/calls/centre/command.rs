//! What the queue's task is told and asked.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{
    Board, OnCall,
    call_back::Reached,
    talk::{Answer, Ask},
    waiting::Order,
};
use crate::{
    acd::{
        AgentId, AgentState, CallerId, CitizenKey, Event, Join, OfferId, Outcome, Returning,
        WhyWaiting, conversation,
    },
    app::agents::{Agent, CallerKnown, calling::Calling},
    domain::intake::disposition::Disposition,
    telephony::{Arrival, Leg},
};

#[derive(Debug)]
pub(super) enum Command {
    Event(Event),
    /// Comes before an agent's other commands, and when the phone or the skills change.
    Agent(Agent),
    Join {
        join: Join,
        orders: mpsc::Sender<Order>,
        known: Arc<CallerKnown>,
    },
    /// What was looked up of a caller, for the console.
    Known(Arc<CallerKnown>),
    Offered {
        offer: OfferId,
        outcome: Outcome,
        leg: Option<Leg>,
    },
    Dialled {
        call_back: CallerId,
        agent: AgentId,
        reached: Reached,
    },
    /// What a call was; `before`: what was said of it first.
    Said {
        before: Option<Disposition>,
        now: Disposition,
    },
    OnCall {
        agent: AgentId,
        answer: oneshot::Sender<Option<OnCall>>,
    },
    HangUp(AgentId),
    Hold {
        agent: AgentId,
        hold: bool,
    },
    /// For the conversation that `agent` is in.
    Ask {
        agent: AgentId,
        by: AgentId,
        ask: Ask,
        answer: oneshot::Sender<Answer>,
    },
    /// What a conversation tells the console of one of its own.
    Tell {
        agent: AgentId,
        caller: CallerId,
        news: conversation::News,
        who: String,
    },
    /// Somebody wants to call a citizen.
    CallOut {
        calling: Box<Calling>,
        answer: oneshot::Sender<Answer>,
    },
    /// The citizen has answered the agent's call.
    CalledOut {
        agent: AgentId,
        orders: mpsc::Sender<Order>,
        known: Arc<CallerKnown>,
    },
    /// Who is free for a call that the queue does not give, those who have been it the longest first.
    Free(oneshot::Sender<Vec<AgentId>>),
    /// Keeps somebody who is free for a call that the queue does not give, until `CalledOut` or `Withdraw`.
    Reserve {
        agent: AgentId,
        caller: CallerId,
        answer: oneshot::Sender<Answer>,
    },
    /// Shows the console for whom the phone is about to ring.
    Shows {
        agent: AgentId,
        known: Arc<CallerKnown>,
    },
    /// The phone rings no more, and no call came of it.
    Withdraw {
        agent: AgentId,
        caller: CallerId,
    },
    /// A desk phone has called somebody.
    Consult {
        phone: String,
        arrival: Box<Arrival>,
    },
    /// The id of the call that an agent is in.
    CallOf {
        agent: AgentId,
        answer: oneshot::Sender<Option<String>>,
    },
    State {
        agent: AgentId,
        answer: oneshot::Sender<Option<AgentState>>,
    },
    Board(oneshot::Sender<Board>),
    Why {
        caller: CallerId,
        answer: oneshot::Sender<Option<WhyWaiting>>,
    },
    Callers(oneshot::Sender<Vec<CallerId>>),
    Returning {
        citizen: CitizenKey,
        answer: oneshot::Sender<Option<Returning>>,
    },
}
