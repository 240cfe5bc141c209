//! What the helpline answers to an officer in the transcripts, and how they print what is asked.

use super::talk::{
    DayOfMonth, Done, DueCase, DueDay, OfficerCase, OfficerQuestion, OfficerReply, Pin, SignedIn,
    What,
};
use crate::{
    dialogue::{Clip, Family, talk::Due, transcript::number},
    domain::{case::State, page::After, place::Level, time::Timestamp},
};

/// What the helpline answers to an officer.
pub(crate) struct OfficerWorld {
    /// To the right PIN, 181181.
    pub(crate) signed_in: SignedIn,
    pub(crate) state: State,
    pub(crate) with_officer: bool,
    pub(crate) due: usize,
    pub(crate) done: Done,
}

impl Default for OfficerWorld {
    fn default() -> Self {
        Self {
            signed_in: SignedIn::Welcome,
            state: State::WithOfficer,
            with_officer: true,
            due: 2,
            done: Done::Resolved,
        }
    }
}

impl OfficerWorld {
    pub(crate) fn answer(&self, question: &OfficerQuestion) -> OfficerReply {
        let day = DayOfMonth { day: 29, month: 11 };
        match question {
            OfficerQuestion::SignIn(Pin(pin)) => OfficerReply::SignedIn(match pin.as_str() {
                "181181" => self.signed_in,
                _ => SignedIn::Wrong,
            }),
            OfficerQuestion::Case(number) => OfficerReply::Case(self.with_officer.then(|| {
                OfficerCase {
                    number: *number,
                    subject: Clip::named(Family::Category, "power_cut"),
                    state: self.state,
                    level: Level(1),
                    due: (self.state == State::WithOfficer)
                        .then_some(DueDay { day, left: Due::InDays(5) }),
                }
            })),
            OfficerQuestion::Due { after } => {
                let begin = after.map_or(0, |after| usize::try_from(after.id).expect("small"));
                let page = (begin..self.due).take(5);
                let case = |n: usize| DueCase {
                    number: number(),
                    due: Some(DueDay { day, left: if n == 0 { Due::Over } else { Due::Today } }),
                };
                let end = begin + 5;
                let next = (end < self.due)
                    .then(|| After { at: Timestamp(0), id: i64::try_from(end).expect("small") });
                OfficerReply::Due { cases: page.map(case).collect(), next }
            }
            OfficerQuestion::Act(_) => OfficerReply::Done(self.done),
        }
    }
}

pub(crate) fn asked(question: &OfficerQuestion) -> String {
    match question {
        OfficerQuestion::SignIn(Pin(pin)) => format!("to sign in with {pin}"),
        OfficerQuestion::Case(number) => format!("case {number}"),
        OfficerQuestion::Due { after: None } => "due cases".into(),
        OfficerQuestion::Due { after: Some(after) } => format!("due cases after {}", after.id),
        OfficerQuestion::Act(act) => {
            let what = match &act.what {
                What::Resolved { recording, recording_ms } => {
                    format!("resolved, {recording} {recording_ms} ms")
                }
                What::Contacted { note: None } => "contacted".into(),
                What::Contacted { note: Some((recording, ms)) } => {
                    format!("contacted, {recording} {ms} ms")
                }
                What::NeedsDays(days) => format!("needs {days} days"),
            };
            format!("act {} on {}: {what}", act.step, act.case)
        }
    }
}
