//! One citizen's conversation once an agent has it: who leads it, who is brought in, who listens, and what happens when one of
//! them goes. Pure: (state, what happened) -> what to do; who hears whom follows from the state.

mod hearing;
mod stage;
mod supervisor;
#[cfg(test)]
mod tests;

use super::ids::AgentId;

pub use hearing::{Hearing, Hears};
pub use supervisor::{Ear, EarMode};

/// Somebody who may sit in a conversation beside the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    Agent(AgentId),
    /// An officer, by account, at the registered mobile: no agent, and nothing of the queue's.
    Officer(i64),
}

/// Where a leg sits. With the citizen these are the four of a bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    /// Whose call it is.
    Lead,
    Guest,
    /// A supervisor's.
    Ear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Citizen and lead, and nobody else.
    Talk,
    /// The lead sends the citizen on, and waits for the other to answer.
    Sending {
        to: Party,
    },
    /// As `Sending`, and the lead has gone.
    Sent {
        to: Party,
    },
    /// A guest's phone rings; `apart` from the citizen, or with the citizen listening to the lead.
    Inviting {
        who: Party,
        apart: Apart,
    },
    /// Lead and guest speak without the citizen.
    Consulting {
        who: Party,
        apart: Apart,
    },
    /// All three.
    Three {
        who: Party,
    },
    Over,
}

/// How lead and guest are kept apart from the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Apart {
    /// Not at all.
    No,
    /// The citizen hears music, the lead stays on the same leg.
    ByUs,
    /// The agent's phone holds the citizen and speaks with the guest on a second leg.
    ByPhone,
}

/// What happened, or is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    CitizenLeft,
    /// Hung up, by the phone or the console.
    LeadLeft,
    /// The phone died.
    LeadLost,
    /// Blind: to somebody who has not been asked.
    Send(Party),
    /// Back into the queue, for other skills.
    SendBack,
    Invite {
        who: Party,
        apart: Apart,
    },
    /// The citizen comes in to lead and guest.
    Join,
    /// The guest has the citizen from here on, answered or not.
    HandOver,
    /// The lead lets the guest go, or takes back what was sent.
    DropGuest,
    GuestAnswered,
    GuestFailed,
    GuestLeft,
    Supervise {
        by: AgentId,
        mode: EarMode,
    },
    EarAnswered,
    /// Did not answer, hung up, or died: all the same to the call.
    EarGone,
    TakeOver,
}

/// What is to be done, in order; afterwards everybody is seated as [`Conversation::hearing`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Ring(Seat, Party),
    /// Hang up this leg, or ring there no more; nothing where there is none.
    End(Seat),
    /// Whose leg this was leads now.
    Lead(Seat),
    Tell(News),
    Queue(Queued),
    Over(Ending),
}

/// What consoles and the lead's phone are told of a transfer or a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// To the one asked, before the phone rings.
    Asked,
    Done,
    Failed,
    Joined,
    Parted,
}

/// What the queue is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    CitizenLeft,
    Ended,
    /// The agent is gone without a word: the citizen goes to the head of the queue.
    Lost,
    /// The agent's part is over, and the citizen is with nobody of the queue's.
    Away,
    Passed(AgentId),
    SentBack,
}

/// How it ends for the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    CitizenLeft,
    /// With a farewell.
    Ended,
    /// The citizen waits again.
    WaitsAgain,
}

/// Why something cannot be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    #[error("somebody else is being brought in")]
    Full,
    #[error("nobody was brought in")]
    Nobody,
    #[error("they are in the call already")]
    Same,
    #[error("whose phone it is cannot be rung now")]
    Engaged,
    #[error("the call is somebody else's")]
    NotYours,
    #[error("another supervisor listens")]
    Heard,
    #[error("no supervisor listens")]
    NotListening,
    #[error("the call is over")]
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub lead: Party,
    pub stage: Stage,
    pub ear: Option<Ear>,
}

impl Conversation {
    pub fn new(lead: Party) -> Self {
        Self { lead, stage: Stage::Talk, ear: None }
    }

    /// Takes what happened; refused, it changes nothing.
    pub fn take(&mut self, what: Happened) -> Result<Vec<Do>, NotNow> {
        match what {
            Happened::Supervise { .. }
            | Happened::EarAnswered
            | Happened::EarGone
            | Happened::TakeOver => self.supervised(what),
            what => self.moves(what),
        }
    }

    /// Agents who are held by this conversation and are not who it was given to.
    pub fn outside(&self) -> Vec<AgentId> {
        let guest = self.guest().and_then(Party::agent);
        guest.into_iter().chain(self.ear.map(|ear| ear.by)).collect()
    }

    /// Who is rung or sits as the guest.
    pub fn guest(&self) -> Option<Party> {
        match self.stage {
            Stage::Talk | Stage::Over => None,
            Stage::Sending { to } | Stage::Sent { to } => Some(to),
            Stage::Inviting { who, .. } | Stage::Consulting { who, .. } | Stage::Three { who } => {
                Some(who)
            }
        }
    }
}

impl Party {
    pub fn agent(self) -> Option<AgentId> {
        match self {
            Self::Agent(agent) => Some(agent),
            Self::Officer(_) => None,
        }
    }
}
