//! What a run came to, counted as it happens: whole numbers alone, so that two runs can be compared byte for byte.

use std::collections::{BTreeMap, HashMap};

use crate::{
    acd::{CallerId, Ending, figures::Fact, figures::IN_TIME_MS, figures::What},
    domain::{
        case::State,
        time::{SECOND_MS, Timestamp},
        verification::Outcome,
    },
};

pub const HOURS: usize = 24;
/// Longest wait that is told apart from longer ones, in seconds.
const WAIT_S_MAX: usize = 3_600;
/// Ages of open cases: up to so many days, and the rest.
pub const AGE_DAYS: [i64; 5] = [7, 14, 21, 28, 50];

/// Waits of callers, to the second.
#[derive(Clone, Debug)]
pub struct Waits {
    seconds: Vec<u32>,
    pub answered: u64,
    pub in_time: u64,
    pub sum_ms: i64,
    pub abandoned: u64,
    pub joined: u64,
}

impl Default for Waits {
    fn default() -> Self {
        let seconds = vec![0; WAIT_S_MAX + 1];
        Self { seconds, answered: 0, in_time: 0, sum_ms: 0, abandoned: 0, joined: 0 }
    }
}

impl Waits {
    fn answered(&mut self, waited_ms: i64) {
        let second = usize::try_from(waited_ms / SECOND_MS).unwrap_or(0).min(WAIT_S_MAX);
        self.seconds[second] += 1;
        self.answered += 1;
        self.in_time += u64::from(waited_ms <= IN_TIME_MS);
        self.sum_ms += waited_ms;
    }

    /// Seconds that this share of the answered waits stayed within; None of none.
    pub fn within_s(&self, share: f64) -> Option<u64> {
        let rank = (self.answered as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        let at = self.seconds.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        });
        at.filter(|_| self.answered > 0).map(|second| second as u64)
    }

    pub fn mean_s(&self) -> Option<f64> {
        let seconds = self.sum_ms as f64 / SECOND_MS as f64;
        (self.answered > 0).then(|| seconds / self.answered as f64)
    }

    /// Answered within 20 s, of those who were answered or hung up.
    pub fn level(&self) -> Option<f64> {
        let ended = self.answered + self.abandoned;
        (ended > 0).then(|| self.in_time as f64 / ended as f64)
    }
}

/// Of the queue for a person.
#[derive(Clone, Debug, Default)]
pub struct CentreFigures {
    /// To 181, those by keys among them.
    pub calls: u64,
    pub waits: Waits,
    /// By the hour of the day in which a wait ended.
    pub by_hour: Vec<Waits>,
    pub endings: BTreeMap<Ending, u64>,
    pub talk_ms: i64,
    pub talks_ended: u64,
    pub called_back: u64,
    /// Who talks now, and since when.
    pub(super) talks: HashMap<CallerId, Timestamp>,
}

impl CentreFigures {
    pub fn apply(&mut self, fact: &Fact) {
        self.by_hour.resize(HOURS, Waits::default());
        let hour = &mut self.by_hour[(fact.at.ist_minute() / 60) as usize];
        match fact.what {
            What::Joined | What::Again => {
                hour.joined += 1;
                self.waits.joined += 1;
            }
            What::Answered { waited_ms, .. } => {
                hour.answered(waited_ms);
                self.waits.answered(waited_ms);
            }
            What::Abandoned { .. } => {
                hour.abandoned += 1;
                self.waits.abandoned += 1;
            }
            What::Ended { talk_ms, .. } | What::Passed { talk_ms, .. } => {
                self.talk_ms += talk_ms;
                self.talks_ended += 1;
            }
            What::CalledBack { .. } => self.called_back += 1,
            What::Diverted { .. } | What::CalledOut { .. } | What::Lost => {}
        }
    }
}

/// Of the calls that the helpline makes.
#[derive(Clone, Debug, Default)]
pub struct DialFigures {
    pub dials: u64,
    /// Rounds that were asked about, by what came of it.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// By hour of the day: dials, time on the line, and the most channels at once.
    pub hours: [DialHour; HOURS],
}

#[derive(Clone, Copy, Debug, Default)]
pub struct DialHour {
    pub dials: u64,
    pub line_ms: i64,
    pub channels_most: u64,
}

/// How things stood at the end of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayFigures {
    pub registered: u64,
    pub resolved: u64,
    /// Closures of the day.
    pub satisfied: u64,
    pub special: u64,
    pub forced: u64,
    pub escalated: u64,
    pub dials: u64,
    /// Cases by state.
    pub states: BTreeMap<State, u64>,
    /// Open cases by age from registration: as [`AGE_DAYS`], and the rest.
    pub ages: [u64; AGE_DAYS.len() + 1],
}

/// Of the cases.
#[derive(Clone, Debug, Default)]
pub struct CaseFigures {
    pub days: Vec<DayFigures>,
    pub today: DayFigures,
    pub registered: u64,
    /// Turned away at registration, by the reason.
    pub not_registered: BTreeMap<String, u64>,
    pub reopened: u64,
    /// Attempts that a closure as satisfied took, all rounds of the case together.
    pub attempts: BTreeMap<i64, u64>,
    /// By the level that was left and the reason.
    pub escalations: BTreeMap<(u8, String), u64>,
    /// By level: stays that ended, and those that nobody attended to.
    pub stays: BTreeMap<u8, (u64, u64)>,
    /// Of the stays that nobody attended to: charged to no person, because the post was vacant.
    pub vacant: u64,
    /// Acts of officers that the product refused, by act and reason.
    pub refused: BTreeMap<(&'static str, String), u64>,
    /// Resolutions by level, and those of them with nothing done.
    pub resolutions: BTreeMap<u8, (u64, u64)>,
}

/// What was made to go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultFigures {
    pub process_ends: u64,
    pub outages: u64,
    pub never_recorded: u64,
    pub recorded_late: u64,
    pub late_refused: u64,
    pub repeated: u64,
}

/// Of the citizens' own calls about a resolution, and of the calls by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeopleFigures {
    pub own_calls: u64,
    /// Of the own calls: proved nothing, and were rung back.
    pub rung_back: u64,
    /// Tasks that feedback callers were given, and outcomes that they recorded.
    pub tasks: u64,
    pub recorded: u64,
    /// Answers without a call that were recorded, and refused.
    pub invented: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub centre: CentreFigures,
    pub dials: DialFigures,
    pub cases: CaseFigures,
    pub people: PeopleFigures,
    pub faults: FaultFigures,
    /// Facts of the stream that were looked at, and rows that were compared.
    pub events_checked: u64,
    pub rows_checked: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_answered_waits() {
        let mut waits = Waits::default();
        assert_eq!((waits.within_s(0.5), waits.mean_s(), waits.level()), (None, None, None));

        for seconds in [1, 2, 3, 40] {
            waits.answered(seconds * 1_000);
        }
        waits.abandoned = 1;

        assert_eq!((waits.within_s(0.5), waits.within_s(0.95)), (Some(2), Some(40)));
        assert_eq!((waits.mean_s(), waits.level()), (Some(11.5), Some(0.6)));
    }

    #[test]
    fn a_wait_past_the_scale_is_the_longest() {
        let mut waits = Waits::default();
        waits.answered(9_000_000);

        assert_eq!(waits.within_s(1.0), Some(3_600));
    }
}
