//! A supervisor's ear in a conversation: beside every stage, and of no weight for it until the supervisor takes over.

use super::{Apart, Conversation, Do, Happened, NotNow, Party, Queued, Seat, Stage};
use crate::acd::ids::AgentId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ear {
    pub by: AgentId,
    pub mode: EarMode,
    /// The phone has been picked up.
    pub on: bool,
    /// Takes over as soon as the phone is picked up.
    pub takes_over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EarMode {
    Listen,
    /// Heard by the lead alone.
    Whisper,
    /// Heard by all.
    Barge,
    TakeOver,
}

impl Conversation {
    pub(super) fn supervised(&mut self, what: Happened) -> Result<Vec<Do>, NotNow> {
        if self.stage == Stage::Over {
            return Err(NotNow::Over);
        }
        match (self.ear, what) {
            (None, Happened::Supervise { by, mode }) => {
                let party = Party::Agent(by);
                if self.lead == party || self.guest() == Some(party) {
                    return Err(NotNow::Same);
                }
                let takes_over = mode == EarMode::TakeOver;
                self.ear = Some(Ear { by, mode, on: false, takes_over });
                Ok(vec![Do::Ring(Seat::Ear, party)])
            }
            (Some(ear), Happened::Supervise { by, mode }) if ear.by == by => {
                let takes_over = mode == EarMode::TakeOver;
                self.ear = Some(Ear { mode, takes_over, ..ear });
                if ear.on && takes_over { Ok(self.taken_over(by)) } else { Ok(vec![]) }
            }
            (Some(_), Happened::Supervise { .. }) => Err(NotNow::Heard),
            (Some(ear), Happened::EarAnswered) => {
                self.ear = Some(Ear { on: true, ..ear });
                if ear.takes_over { Ok(self.taken_over(ear.by)) } else { Ok(vec![]) }
            }
            (Some(_), Happened::EarGone) => {
                self.ear = None;
                Ok(vec![Do::End(Seat::Ear)])
            }
            (Some(ear), Happened::TakeOver) if ear.on => Ok(self.taken_over(ear.by)),
            (Some(_) | None, Happened::TakeOver) => Err(NotNow::NotListening),
            // Of one whose ringing was given up.
            (None, Happened::EarAnswered | Happened::EarGone) => Ok(vec![Do::End(Seat::Ear)]),
            (_, _) => Ok(vec![]),
        }
    }

    /// The supervisor leads; the agent goes to the wrap-up, and a guest who is there stays.
    fn taken_over(&mut self, by: AgentId) -> Vec<Do> {
        let mut todo = Vec::new();
        self.stage = match self.stage {
            Stage::Sending { .. } | Stage::Sent { .. } => {
                todo.push(Do::End(Seat::Guest));
                Stage::Talk
            }
            Stage::Inviting { who, .. } => Stage::Inviting { who, apart: Apart::No },
            Stage::Consulting { who, .. } => Stage::Three { who },
            stage @ (Stage::Talk | Stage::Three { .. } | Stage::Over) => stage,
        };
        self.ear = None;
        self.lead = Party::Agent(by);
        todo.extend([Do::End(Seat::Lead), Do::Lead(Seat::Ear), Do::Queue(Queued::Passed(by))]);
        todo
    }
}
