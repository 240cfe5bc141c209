//! What the officers' line asks of the helpline, and what it is told.

use std::fmt;

use crate::{
    dialogue::{Clip, talk::Due},
    domain::{case::State, number::CaseNumber, page::After, place::Level},
};

/// Cases that are said before a key asks for more.
pub const DUE_PAGE: usize = 5;

/// A PIN as it was keyed; prints as nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(pub String);

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

/// Each but `SignIn` is of the officer who signed in on this call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfficerQuestion {
    /// Answered by `OfficerReply::SignedIn`.
    SignIn(Pin),
    /// Answered by `OfficerReply::Case`.
    Case(CaseNumber),
    /// The cases of the officer's posts, the soonest due first; answered by `OfficerReply::Due`.
    Due { after: Option<After> },
    /// Answered by `OfficerReply::Done`. Confirmed by the officer: must be carried out, also after a hang-up.
    Act(OfficerAct),
}

/// One act on one case. `step` counts the acts of the call, so that the same act asked again is done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerAct {
    pub case: CaseNumber,
    pub step: u32,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The recording is the report, and its evidence.
    Resolved { recording: String, recording_ms: u32 },
    /// Spoken with the citizen, perhaps with a spoken note.
    Contacted { note: Option<(String, u32)> },
    /// Days until the work is done.
    NeedsDays(u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfficerReply {
    SignedIn(SignedIn),
    /// None when there is no such case, or it is not this officer's to report on.
    Case(Option<OfficerCase>),
    Due {
        cases: Vec<DueCase>,
        /// Where the next page begins, if there is one.
        next: Option<After>,
    },
    Done(Done),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedIn {
    Welcome,
    /// The number, the PIN or both: which is not told.
    Wrong,
    Locked,
    /// The officer holds no post of level 1 now.
    NoPost,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerCase {
    pub number: CaseNumber,
    /// Its category's clip.
    pub subject: Clip,
    pub state: State,
    pub level: Level,
    pub due: Option<DueDay>,
}

/// A day of the IST calendar, and how far away it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDay {
    pub day: DayOfMonth,
    pub left: Due,
}

/// As it is said: the 29th of November is (29, 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayOfMonth {
    pub day: u32,
    /// 1 to 12.
    pub month: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCase {
    pub number: CaseNumber,
    pub due: Option<DueDay>,
}

/// What became of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Resolved,
    Contacted,
    /// The own target date; the level's due time stays.
    Target(DayOfMonth),
    /// The days go past the due time: nothing was recorded.
    BeyondDue,
    /// The state of the case does not allow it: nothing was recorded.
    Refused,
    /// It left the officer meanwhile: nothing was recorded.
    NotWithYou,
}
