//! What somebody hears who waits for a person.

use super::{Clip, Speech, prompts, spoken::amount};
use crate::domain::language::Language;

/// How long until it is one's turn, as it is told: never a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    UnderOneMinute,
    OneToThreeMinutes,
    ThreeToFiveMinutes,
    FiveToTenMinutes,
    OverTenMinutes,
}

/// What the queue says to one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Stay on the line; the conversation will be recorded.
    Joined,
    Place {
        position: usize,
        wait: Wait,
    },
    /// One key keeps the place and ends the call.
    CallBackOffer,
    CallBackKept,
    /// The person was lost; the caller is first now.
    Again,
    /// Nobody can speak with the caller, who may say it behind the tone.
    LeaveMessage,
    /// The call is sent on to another office.
    OtherOffice,
    /// Noted for a person to ring back.
    Noted,
    /// Noted, but nobody knows which number to ring.
    NoNumber,
}

pub fn says(word: Word, language: Language) -> Speech {
    let fixed = |key| vec![Clip::fixed(key)];
    let clips = match word {
        Word::Joined => fixed(prompts::QUEUE_JOINED),
        Word::Place { position, wait } => {
            let mut clips = fixed(prompts::QUEUE_PLACE);
            clips.extend(amount(position as u64));
            clips.push(Clip::fixed(prompts::PAUSE));
            clips.push(Clip::fixed(match wait {
                Wait::UnderOneMinute => prompts::QUEUE_UNDER_ONE_MINUTE,
                Wait::OneToThreeMinutes => prompts::QUEUE_ONE_TO_THREE_MINUTES,
                Wait::ThreeToFiveMinutes => prompts::QUEUE_THREE_TO_FIVE_MINUTES,
                Wait::FiveToTenMinutes => prompts::QUEUE_FIVE_TO_TEN_MINUTES,
                Wait::OverTenMinutes => prompts::QUEUE_OVER_TEN_MINUTES,
            }));
            clips
        }
        Word::CallBackOffer => fixed(prompts::QUEUE_CALL_BACK_OFFER),
        Word::CallBackKept => fixed(prompts::QUEUE_CALL_BACK_KEPT),
        Word::Again => fixed(prompts::QUEUE_AGAIN),
        Word::LeaveMessage => {
            vec![Clip::fixed(prompts::QUEUE_MESSAGE), Clip::fixed(prompts::BEEP)]
        }
        Word::OtherOffice => fixed(prompts::QUEUE_OTHER_OFFICE),
        Word::Noted => fixed(prompts::OPERATOR_MESSAGE),
        Word::NoNumber => fixed(prompts::OPERATOR_NO_NUMBER),
    };
    Speech { language, clips }
}

pub fn music(language: Language) -> Speech {
    Speech { language, clips: vec![Clip::fixed(prompts::HOLD_MUSIC)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(word: Word) -> String {
        let clips = says(word, Language::Hindi).clips;
        clips.iter().map(|clip| clip.key.as_ref()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_place_is_a_number_and_the_wait_a_band() {
        assert_eq!(
            keys(Word::Place { position: 12, wait: Wait::ThreeToFiveMinutes }),
            "queue_place n_12 pause queue_three_to_five_minutes"
        );
        assert_eq!(
            keys(Word::Place { position: 101, wait: Wait::OverTenMinutes }),
            "queue_place n_1 n_hundred n_1 pause queue_over_ten_minutes"
        );
    }

    #[test]
    fn who_cannot_be_rung_back_is_told_to_call_again() {
        assert_eq!(keys(Word::Noted), "operator_message");
        assert_eq!(keys(Word::NoNumber), "operator_no_number");
    }
}
