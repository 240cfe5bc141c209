//! The verification of a resolution by the citizen (rule book 1.4): rounds and their attempts. The other calls that the
//! helpline makes by itself are rounds too, under the same hours, caps and leases.

pub mod attempts;
pub mod line;

use super::{
    case::desk::force::ForceReason,
    language::Language,
    place::PlaceCode,
    time::{Day, Timestamp},
    words,
};

words! {
    pub enum RoundState {
        Open = "OPEN",
        /// The citizen answered: satisfied or not.
        Answered = "ANSWERED",
        /// Attempts used or ten days over.
        Ended = "ENDED",
        /// The case left verification in another way (withdrawn).
        Dropped = "DROPPED",
    }
}

words! {
    /// What a round asks the citizen.
    pub enum Purpose {
        /// Whether a resolution satisfies: the only one that can close a case as satisfied.
        Resolution = "RESOLUTION",
        /// The courtesy call after a special or forced close.
        Courtesy = "COURTESY",
        /// Whether it was the citizen who wanted the complaint withdrawn.
        Withdrawal = "WITHDRAWAL",
        /// Whether it was the citizen who wanted it opened again.
        Reopening = "REOPENING",
        /// Whether it was the citizen who wanted it taken out of the other one.
        Unmerging = "UNMERGING",
    }
}

impl Purpose {
    /// A call that was promised to a caller whose number proves nothing.
    pub fn is_promise(self) -> bool {
        match self {
            Self::Resolution | Self::Courtesy => false,
            Self::Withdrawal | Self::Reopening | Self::Unmerging => true,
        }
    }
}

/// Rounds about something else than a resolution are numbered from here by the event that opened them, so that
/// `Case::round` counts resolutions alone.
pub const OTHER_ROUNDS: i64 = 1_000_000;

/// What one call is about, as it is said to the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Resolution,
    SpecialClose,
    /// None where the reason was not kept.
    ForcedClose(Option<ForceReason>),
    Withdrawal,
    Reopening,
    Unmerging,
}

words! {
    /// What the citizen decided in a round.
    pub enum Answer {
        Satisfied = "SATISFIED",
        NotSatisfied = "NOT_SATISFIED",
        /// Satisfied, or for withdrawing, but under pressure: goes up with a flag.
        Pressured = "PRESSURED",
        /// It was the citizen who wanted it.
        Confirmed = "CONFIRMED",
        /// It is not to be done after all.
        Declined = "DECLINED",
    }
}

words! {
    /// How one attempt or one dial of it ended.
    pub enum Outcome {
        Satisfied = "SATISFIED",
        NotSatisfied = "NOT_SATISFIED",
        Pressured = "PRESSURED",
        /// What was wanted is wanted.
        Confirmed = "CONFIRMED",
        /// What was wanted is not to be done.
        Declined = "DECLINED",
        /// A confirmed "satisfied" without the pressure answer: kept, does not close.
        Partial = "PARTIAL",
        Undecided = "UNDECIDED",
        SpeakToPerson = "SPEAK_TO_PERSON",
        CallLater = "CALL_LATER",
        NotHere = "NOT_HERE",
        WrongNumber = "WRONG_NUMBER",
        /// Answered, but no answer was given: hang-up, silence, a machine.
        NoReply = "NO_REPLY",
        NoAnswer = "NO_ANSWER",
        Busy = "BUSY",
        Congestion = "CONGESTION",
        /// 404, 410, 484, 604.
        BadNumber = "BAD_NUMBER",
        /// A fault of ours: uses no attempt.
        Fault = "FAULT",
    }
}

words! {
    pub enum DayPart {
        Morning = "MORNING",
        Afternoon = "AFTERNOON",
        Evening = "EVENING",
    }
}

/// One round of calls about one case; its key is (case, round).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    pub case: i64,
    pub purpose: Purpose,
    /// 1 for the first resolution of the case.
    pub round: i64,
    pub citizen: i64,
    pub language: Language,
    pub district: PlaceCode,
    pub state: RoundState,
    pub opened_at: Timestamp,
    /// Ten days after the resolution.
    pub ends_at: Timestamp,
    /// When the dialler may ring; None when nothing is to be dialled (answered, ended, a human's task).
    pub next_at: Option<Timestamp>,
    /// Attempts used.
    pub attempts: i64,
    /// Dials begun; the last one's key.
    pub dials: i64,
    /// The day and part of the last attempt, the one that redials belong to, and its redials.
    pub attempt_day: Option<Day>,
    pub attempt_part: Option<DayPart>,
    /// That attempt counts in `attempts`; until then it holds the phone's slot of its day.
    pub attempt_used: bool,
    pub redials_busy: i64,
    pub redials_congestion: i64,
    /// A confirmed "satisfied" waits for the pressure answer.
    pub partial: bool,
    /// The citizen called and is rung back at once to settle it; uses no attempt.
    pub ring_back: bool,
    /// A person has to take it: undecided, asked for, wrong number.
    pub human: bool,
    /// When the citizen asked for this call: by an own call that is rung back, or for a person to speak to.
    pub asked_at: Option<Timestamp>,
    /// The part of a day that the citizen asked to be rung in.
    pub wanted_part: Option<DayPart>,
    /// Days on which the number was bad; two make a number-review task.
    pub bad_number_days: i64,
    pub answer: Option<Answer>,
    pub answered_at: Option<Timestamp>,
    pub version: i64,
}

/// One dial of a round and what came of it, with separate times. Key: (case, round, dial).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub case: i64,
    pub round: i64,
    /// 1 for the first dial of the round.
    pub dial: i64,
    /// Which attempt of the round this dial belongs to; None when it used none.
    pub attempt: Option<i64>,
    pub citizen: i64,
    pub day: Day,
    pub part: DayPart,
    /// A feedback caller's account, or None for the automatic call.
    pub caller: Option<i64>,
    pub started_at: Timestamp,
    pub milestones: Milestones,
    pub ended_at: Timestamp,
    pub outcome: Outcome,
    pub sip_status: Option<i64>,
    pub q850: Option<i64>,
    /// JSON: prompt keys and versions, keys with times, conduct, recording digest.
    pub evidence: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    pub ringing_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub right_party_at: Option<Timestamp>,
    pub question_heard_at: Option<Timestamp>,
    pub answered_by_key_at: Option<Timestamp>,
    pub confirmed_at: Option<Timestamp>,
}
