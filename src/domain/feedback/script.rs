//! What a feedback caller asks, in the order and with the answers of the automatic call, and what outcome the answers allow.

use crate::domain::{refused::Refused, verification::Outcome, words};

words! {
    /// By the keys of the automatic call's prompts: the words are the same.
    pub enum Question {
        RightParty = "verify_right_party",
        Answer = "verify_answer",
        Confirm = "verify_confirm",
        Pressure = "verify_pressure",
        /// Of the officer's conduct; never part of the outcome.
        Conduct = "verify_conduct",
    }
}

/// Answers of one call: each question may come again after a confirmation that was refused.
pub const ANSWERS_MAX: usize = 16;
/// The confirmation refused this often leaves the round undecided.
const REFUSALS_MAX: u8 = 2;

impl Question {
    /// The answers that there are, as the citizen's keys: 1 to this.
    pub fn choices(self) -> u8 {
        match self {
            Self::RightParty => 3,
            Self::Answer => 4,
            Self::Confirm | Self::Pressure | Self::Conduct => 2,
        }
    }
}

/// One answer of the citizen, as the key that stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    pub question: Question,
    pub key: u8,
    /// Since the citizen picked up.
    pub ms: i64,
}

/// Why answers and outcome do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// A question out of its order, a choice that there is not, or a time outside the call.
    Answers(&'static str),
    /// The answers say something else.
    Outcome,
}

impl From<Unfit> for Refused {
    fn from(_: Unfit) -> Self {
        Self::AnswersUnfit
    }
}

/// When each step was reached, since the citizen picked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    pub right_party_ms: Option<i64>,
    pub answered_ms: Option<i64>,
    pub confirmed_ms: Option<i64>,
    /// A "satisfied" was read back and not confirmed.
    pub refused: bool,
}

/// Where the talk stands behind an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    RightParty,
    Answer,
    Confirm { satisfied: bool },
    Pressure { satisfied: bool },
    Over(Outcome),
}

/// What the answers come to, walked as the automatic call walks them. `resumes`: "satisfied" is confirmed by an earlier call but
/// for its pressure question, so the confirmation follows the right party.
fn walk(answers: &[Given], resumes: bool) -> Result<(Step, Reached), Unfit> {
    let (mut step, mut reached, mut refusals) = (Step::RightParty, Reached::default(), 0);
    for given in answers {
        let order = || Unfit::Answers("not the script's order");
        let after = match (step, given.question, given.key) {
            (_, Question::Conduct, _) => step,
            (Step::RightParty, Question::RightParty, 1) => {
                reached.right_party_ms = Some(given.ms);
                if resumes { Step::Confirm { satisfied: true } } else { Step::Answer }
            }
            (Step::RightParty, Question::RightParty, 2) => Step::Over(Outcome::NotHere),
            (Step::RightParty, Question::RightParty, _) => Step::Over(Outcome::WrongNumber),
            (Step::Answer, Question::Answer, key) => {
                reached.answered_ms = Some(given.ms);
                match key {
                    1 => Step::Confirm { satisfied: true },
                    2 => Step::Confirm { satisfied: false },
                    3 => Step::Over(Outcome::SpeakToPerson),
                    _ => Step::Over(Outcome::CallLater),
                }
            }
            (Step::Confirm { satisfied }, Question::Confirm, 1) => {
                reached.confirmed_ms = Some(given.ms);
                Step::Pressure { satisfied }
            }
            (Step::Confirm { satisfied }, Question::Confirm, _) => {
                reached.refused |= satisfied;
                refusals += 1;
                reached.answered_ms = None;
                if refusals >= REFUSALS_MAX { Step::Over(Outcome::Undecided) } else { Step::Answer }
            }
            (Step::Pressure { satisfied: true }, Question::Pressure, 1) => {
                Step::Over(Outcome::Pressured)
            }
            (Step::Pressure { satisfied: true }, Question::Pressure, _) => {
                Step::Over(Outcome::Satisfied)
            }
            (Step::Pressure { satisfied: false }, Question::Pressure, _) => {
                Step::Over(Outcome::NotSatisfied)
            }
            (
                Step::RightParty
                | Step::Answer
                | Step::Confirm { .. }
                | Step::Pressure { .. }
                | Step::Over(_),
                Question::RightParty | Question::Answer | Question::Confirm | Question::Pressure,
                _,
            ) => return Err(order()),
        };
        step = after;
    }
    Ok((step, reached))
}

/// Whether these answers, given within `talk_ms` of the call, stand behind the outcome. What decides about a case follows from them
/// and from nothing else; what decides nothing must not hide answers that do.
pub fn check(
    outcome: Outcome,
    answers: &[Given],
    resumes: bool,
    talk_ms: i64,
) -> Result<Reached, Unfit> {
    if answers.len() > ANSWERS_MAX {
        return Err(Unfit::Answers("too many"));
    }
    let mut last = 0;
    for given in answers {
        if !(1..=given.question.choices()).contains(&given.key) {
            return Err(Unfit::Answers("no choice of the question"));
        }
        if given.ms < last || given.ms > talk_ms {
            return Err(Unfit::Answers("not within the call, one after another"));
        }
        last = given.ms;
    }
    let (step, reached) = walk(answers, resumes)?;
    let said = match step {
        Step::Over(outcome) => Some(outcome),
        Step::Pressure { satisfied: true } => Some(Outcome::Partial),
        // It counts even if the citizen then hangs up.
        Step::Pressure { satisfied: false } => Some(Outcome::NotSatisfied),
        Step::RightParty | Step::Answer | Step::Confirm { .. } => None,
    };
    let decides = |outcome| {
        matches!(
            outcome,
            Outcome::Satisfied | Outcome::NotSatisfied | Outcome::Pressured | Outcome::Partial
        )
    };
    let fits = said == Some(outcome) || !decides(outcome) && !said.is_some_and(decides);
    if fits { Ok(reached) } else { Err(Unfit::Outcome) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TALK_MS: i64 = 60_000;

    fn given(keys: &[(Question, u8)]) -> Vec<Given> {
        let one = |(n, &(question, key)): (usize, &(Question, u8))| Given {
            question,
            key,
            ms: 1_000 * (n as i64 + 1),
        };
        keys.iter().enumerate().map(one).collect()
    }

    fn fits(outcome: Outcome, keys: &[(Question, u8)]) -> bool {
        check(outcome, &given(keys), false, TALK_MS).is_ok()
    }

    use Question::{Answer, Conduct, Confirm, Pressure, RightParty};

    const SATISFIED: [(Question, u8); 4] =
        [(RightParty, 1), (Answer, 1), (Confirm, 1), (Pressure, 2)];

    #[test]
    fn of_all_answers_only_1_1_1_2_closes() {
        let mut closing = Vec::new();
        for right in 1..=3 {
            for answer in 1..=4 {
                for confirm in 1..=2 {
                    for pressure in 1..=2 {
                        let keys = [
                            (RightParty, right),
                            (Answer, answer),
                            (Confirm, confirm),
                            (Pressure, pressure),
                        ];
                        if fits(Outcome::Satisfied, &keys) {
                            closing.push((right, answer, confirm, pressure));
                        }
                    }
                }
            }
        }

        assert_eq!(closing, [(1, 1, 1, 2)]);
        for cut in 0..4 {
            assert!(!fits(Outcome::Satisfied, &SATISFIED[..cut]), "{cut}");
        }
    }

    #[test]
    fn what_was_confirmed_cannot_be_recorded_as_something_else() {
        let dissatisfied = [(RightParty, 1), (Answer, 2), (Confirm, 1)];
        for outcome in Outcome::ALL.iter().copied() {
            assert_eq!(fits(outcome, &dissatisfied), outcome == Outcome::NotSatisfied, "{outcome}");
            assert_eq!(fits(outcome, &SATISFIED), outcome == Outcome::Satisfied, "{outcome}");
        }
        assert!(fits(Outcome::Partial, &SATISFIED[..3]));
        assert!(fits(Outcome::Pressured, &[&SATISFIED[..3], &[(Pressure, 1)]].concat()));
        assert!(fits(Outcome::NoReply, &SATISFIED[..2]), "a hang-up before the confirmation");
        assert!(fits(Outcome::NoReply, &[]));
    }

    #[test]
    fn a_refused_confirmation_asks_again_and_twice_is_undecided() {
        let twice = [(RightParty, 1), (Answer, 1), (Confirm, 2), (Answer, 1), (Confirm, 2)];
        assert!(fits(Outcome::Undecided, &twice));
        let changed = [&twice[..3], &[(Answer, 2), (Confirm, 1)]].concat();
        assert!(fits(Outcome::NotSatisfied, &changed));
        assert!(!fits(Outcome::Satisfied, &[&twice[..], &SATISFIED[1..]].concat()));
    }

    #[test]
    fn a_resumed_round_goes_on_at_the_confirmation() {
        let keys = given(&[(RightParty, 1), (Confirm, 1), (Pressure, 2)]);

        let reached = check(Outcome::Satisfied, &keys, true, TALK_MS).unwrap();

        assert_eq!((reached.right_party_ms, reached.confirmed_ms), (Some(1_000), Some(2_000)));
        assert!(check(Outcome::Satisfied, &keys, false, TALK_MS).is_err());
    }

    #[test]
    fn answers_lie_within_the_call_one_after_another() {
        let mut keys = given(&SATISFIED);
        assert!(check(Outcome::Satisfied, &keys, false, 4_000).is_ok());
        assert!(check(Outcome::Satisfied, &keys, false, 3_999).is_err());
        keys[1].ms = 500;
        assert!(check(Outcome::Satisfied, &keys, false, TALK_MS).is_err());
        keys[0].ms = -1;
        assert!(check(Outcome::Satisfied, &keys, false, TALK_MS).is_err());
    }

    #[test]
    fn the_word_on_conduct_changes_no_outcome() {
        for key in 1..=2 {
            assert!(fits(Outcome::Satisfied, &[&SATISFIED[..], &[(Conduct, key)]].concat()));
        }
        assert!(!fits(Outcome::Satisfied, &[(Conduct, 3)]));
    }
}
