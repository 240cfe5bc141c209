//! Who hears whom, as it follows from the state of a conversation.

use super::{Apart, Conversation, EarMode, Stage};

/// What one leg hears and who hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hears {
    /// Not there, or not picked up yet.
    Nothing,
    /// Hears all who talk and is heard by all.
    Talk,
    /// Hears all who talk, heard by nobody.
    Listen,
    /// Hears all who talk, heard by the lead alone.
    Whisper,
    Music,
    /// That it rings at somebody's.
    Ringback,
    /// In a talk of its own with the agent's second leg.
    Aside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hearing {
    pub citizen: Hears,
    pub lead: Hears,
    /// The second leg of the lead's own phone, if it has one.
    pub second: Hears,
    pub guest: Hears,
    pub ear: Hears,
}

impl Conversation {
    pub fn hearing(&self) -> Hearing {
        use Hears::{Aside, Music, Nothing, Ringback, Talk};
        let (citizen, lead, second, guest) = match self.stage {
            Stage::Talk => (Talk, Talk, Nothing, Nothing),
            Stage::Sending { .. } => (Music, Ringback, Ringback, Nothing),
            Stage::Sent { .. } => (Music, Nothing, Nothing, Nothing),
            Stage::Inviting { apart: Apart::No, .. } => (Talk, Talk, Nothing, Nothing),
            Stage::Inviting { apart: Apart::ByUs, .. } => (Music, Ringback, Nothing, Nothing),
            // The phone itself holds the one leg or the other.
            Stage::Inviting { apart: Apart::ByPhone, .. } => (Talk, Talk, Ringback, Nothing),
            Stage::Consulting { apart: Apart::ByPhone, .. } => (Talk, Talk, Aside, Aside),
            Stage::Consulting { apart: Apart::ByUs | Apart::No, .. } => {
                (Music, Talk, Nothing, Talk)
            }
            Stage::Three { .. } => (Talk, Talk, Nothing, Talk),
            Stage::Over => (Nothing, Nothing, Nothing, Nothing),
        };
        let ear = match self.ear.filter(|ear| ear.on && self.stage != Stage::Over) {
            None => Nothing,
            Some(ear) => match ear.mode {
                EarMode::Listen => Hears::Listen,
                // There is nobody to whisper to.
                EarMode::Whisper if lead != Talk => Hears::Listen,
                EarMode::Whisper => Hears::Whisper,
                EarMode::Barge | EarMode::TakeOver => Talk,
            },
        };
        Hearing { citizen, lead, second, guest, ear }
    }
}
