//! The words of a call by what it is about: a resolution, a special or forced close, or what the citizen wants.

use crate::{
    dialogue::{Clip, prompts, talk::Settled},
    domain::{
        case::desk::force::ForceReason,
        verification::{DayPart, Outcome, Topic},
    },
};

/// What the keys of the question stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Satisfied,
    NotSatisfied,
    /// What was said by telephone is wanted.
    Wanted,
}

/// Said behind number and subject.
pub(super) fn named(topic: Topic) -> Vec<Clip> {
    let keys: &[&'static str] = match topic {
        Topic::Resolution => &[prompts::VERIFY_REPORTED_RESOLVED],
        Topic::SpecialClose => &[prompts::COURTESY_SPECIAL],
        Topic::ForcedClose(reason) => {
            &[prompts::COURTESY_FORCED, reason.map_or(prompts::COURTESY_OTHER, because)]
        }
        Topic::Withdrawal => &[prompts::WISH_BY_PHONE, prompts::WISH_WITHDRAW],
        Topic::Reopening => &[prompts::WISH_BY_PHONE, prompts::WISH_REOPEN],
        Topic::Unmerging => &[prompts::WISH_BY_PHONE, prompts::WISH_UNMERGE],
    };
    keys.iter().map(|key| Clip::fixed(key)).collect()
}

fn because(reason: ForceReason) -> &'static str {
    match reason {
        ForceReason::ActionTaken => prompts::COURTESY_ACTION_TAKEN,
        ForceReason::NotEligible => prompts::COURTESY_NOT_ELIGIBLE,
        ForceReason::False => prompts::COURTESY_FALSE,
        ForceReason::BeforeCourt => prompts::COURTESY_BEFORE_COURT,
        ForceReason::PolicyMatter => prompts::COURTESY_POLICY_MATTER,
        ForceReason::Other => prompts::COURTESY_OTHER,
    }
}

/// The question and its keys.
pub(super) fn question(topic: Topic) -> (&'static str, &'static str) {
    match topic {
        Topic::Resolution => (prompts::VERIFY_ANSWER, "1234"),
        Topic::SpecialClose | Topic::ForcedClose(_) => (prompts::COURTESY_ANSWER, "123"),
        Topic::Withdrawal | Topic::Reopening | Topic::Unmerging => (prompts::WISH_CONFIRM, "12"),
    }
}

/// What is read back before it can be confirmed; a wish was read already.
pub(super) fn read_back(topic: Topic, choice: Choice) -> Option<&'static str> {
    Some(match (topic, choice) {
        (Topic::Resolution, Choice::Satisfied) => prompts::VERIFY_CHOSE_SATISFIED,
        (Topic::Resolution, Choice::NotSatisfied) => prompts::VERIFY_CHOSE_NOT_SATISFIED,
        (_, Choice::Satisfied) => prompts::COURTESY_CHOSE_SATISFIED,
        (_, Choice::NotSatisfied) => prompts::COURTESY_CHOSE_NOT_SATISFIED,
        (_, Choice::Wanted) => return None,
    })
}

/// Said to who will be called later.
pub(super) fn later(part: DayPart) -> &'static str {
    match part {
        DayPart::Morning => prompts::VERIFY_LATER_MORNING,
        DayPart::Afternoon => prompts::VERIFY_LATER_AFTERNOON,
        DayPart::Evening => prompts::VERIFY_LATER_EVENING,
    }
}

/// Said when the outcome is recorded; `settled` is None while it is not known what it did.
pub(super) fn thanks(topic: Topic, outcome: Outcome, settled: Option<Settled>) -> &'static str {
    match (outcome, settled) {
        (Outcome::SpeakToPerson, _) => prompts::VERIFY_SPEAK_TO_PERSON,
        (Outcome::CallLater, _) => prompts::VERIFY_CALL_LATER,
        (Outcome::Undecided, _) => prompts::VERIFY_UNDECIDED,
        (Outcome::Declined, _) => prompts::WISH_KEPT,
        (_, Some(Settled::Flagged)) => prompts::VERIFY_PRESSURE_NOTED,
        (_, settled) => match (topic, settled) {
            (Topic::Resolution, Some(Settled::Closed)) => prompts::VERIFY_THANKS_CLOSED,
            (Topic::Resolution, Some(Settled::Raised)) => prompts::VERIFY_THANKS_ESCALATED,
            (Topic::SpecialClose | Topic::ForcedClose(_), Some(Settled::Raised)) => {
                prompts::WISH_REOPENING_ASKED
            }
            (Topic::Withdrawal, Some(Settled::Done)) => prompts::STATUS_WITHDRAWN,
            (Topic::Reopening, Some(Settled::Done)) => prompts::WISH_REOPENED,
            (Topic::Unmerging, Some(Settled::Done)) => prompts::WISH_UNMERGED,
            (Topic::Withdrawal | Topic::Reopening | Topic::Unmerging, Some(_)) => {
                prompts::WISH_NOT_POSSIBLE
            }
            (_, _) => prompts::VERIFY_THANKS,
        },
    }
}
