//! What one call learnt about one round, with the evidence: the input of `app::verification::record`.

use super::{At, Key};
use crate::domain::{
    number::CaseNumber,
    verification::{DayPart, Outcome},
};

/// Longest list of keys or prompts kept of one round; a citizen's call stays far below it.
pub const EVIDENCE_MAX: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundOutcome {
    pub case: CaseNumber,
    pub round: i64,
    /// `Satisfied` only for keys 1, 1, 1, 2; a hang-up, silence or a machine is `NoReply`.
    pub outcome: Outcome,
    /// What the citizen said about pressure; None when it was not answered.
    pub pressured: Option<bool>,
    /// "Satisfied" was read back and not confirmed after all.
    pub refused: bool,
    /// In which part of the day the citizen wants to be called later.
    pub later: Option<DayPart>,
    pub settles: Settles,
    pub milestones: Milestones,
    pub evidence: Evidence,
}

/// Whether this call may settle the round (rule book 1.4: caller id proves nothing).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settles {
    /// An outbound call, an inbound "not satisfied", or an inbound answer with trusted caller id and keyed number.
    Here,
    /// An inbound "satisfied" without that proof: the registered number is rung back at once.
    ByRingBack,
}

/// Times since the call was answered. An attempt is used by a case only if its number was spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Milestones {
    pub right_party: Option<At>,
    pub number_spoken: Option<At>,
    pub question_heard: Option<At>,
    pub answered: Option<At>,
    pub confirmed: Option<At>,
}

/// What was played and pressed, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    pub prompts: Vec<PlayedPrompt>,
    pub keys: Vec<PressedKey>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayedPrompt {
    /// When it began.
    pub at: At,
    pub key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PressedKey {
    pub at: At,
    pub key: Key,
    /// The prompt that asked for it.
    pub question: &'static str,
}
