//! Who dialled, and where the call stands.

use super::topic::Choice;
use crate::domain::verification::Outcome;

/// Who dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The helpline rang the registered number.
    Outbound,
    /// The citizen called. `proven`: trusted caller id, and the case number was keyed.
    Inbound { proven: bool },
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    RightParty,
    /// Number and subject are being said.
    Naming,
    Answer,
    /// In which part of the day to call later.
    When,
    ReadBack(Choice),
    Confirm(Choice),
    Pressure(Choice),
    /// The outcome is being recorded.
    Settling(Outcome),
    Conduct,
    /// Whether there is more to say.
    More,
    Speaking,
    Over,
}
