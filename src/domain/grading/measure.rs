//! The figures that can be asked for their cases.

use crate::domain::words;

/// A list of cases goes on behind this row: a case may stand behind a figure more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    pub case: i64,
    /// Of the fact that its spell began with.
    pub version: i64,
}

words! {
    pub enum Measure {
        Received = "RECEIVED",
        Satisfied = "SATISFIED",
        InTime = "IN_TIME",
        /// Received, and not satisfied in time: what the first part lost.
        NotInTime = "NOT_IN_TIME",
        Resolved = "RESOLVED",
        ResolvedL1 = "RESOLVED_L1",
        Answers = "ANSWERS",
        AnswersSatisfied = "ANSWERS_SATISFIED",
        AnswersL1 = "ANSWERS_L1",
        AnswersSatisfiedL1 = "ANSWERS_SATISFIED_L1",
        Pending = "PENDING",
        PartiallyClosed = "PARTIALLY_CLOSED",
        Aged = "AGED",
        Closed = "CLOSED",
        Special = "SPECIAL",
        Forced = "FORCED",
        Contradicted = "CONTRADICTED",
        Ended = "ENDED",
        NotAttended = "NOT_ATTENDED",
        Vacant = "VACANT",
        /// What came too late for the month of its complaint.
        Late = "LATE",
    }
}
