//! Citizens and what they said, kept apart from cases so that a person can be erased.

use serde::{Deserialize, Serialize};

use super::{
    language::Language,
    phone::Phone,
    refused::Refused,
    time::{DAY_MS, MINUTE_MS, Timestamp},
};

const MINUTES_A_DAY: u32 = 1_440;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citizen {
    pub id: i64,
    pub phone: Phone,
    pub name: Option<String>,
    /// The language chosen last on the phone.
    pub language: Option<Language>,
    pub safety: Safety,
    pub created_at: Timestamp,
}

/// "Safe to call": binds every call and notice (rule book 1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Safety {
    pub do_not_call: bool,
    pub no_sms: bool,
    /// Nothing is left where somebody else might find it: no message of any kind.
    #[serde(default)]
    pub no_message: bool,
    /// Rung in these alone.
    #[serde(default)]
    pub hours: Option<Hours>,
    /// And in these: of a citizen and a case each may have its own.
    #[serde(skip)]
    pub and_hours: Option<Hours>,
}

/// Minutes of the IST day, from the first up to the second; a second that is not later is the next day's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub from_minute: u32,
    pub until_minute: u32,
}

/// Why a citizen is not rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    Never,
    Before(Timestamp),
}

impl NotNow {
    /// To a person who asked for the call.
    pub fn refused(self) -> Refused {
        match self {
            Self::Never => Refused::DoNotCall,
            Self::Before(_) => Refused::OutsideHours,
        }
    }
}

/// The one decision that every dialler asks before it rings a citizen.
pub fn may_ring(safety: Safety, now: Timestamp) -> Result<(), NotNow> {
    if safety.do_not_call {
        return Err(NotNow::Never);
    }
    let all = || [safety.hours, safety.and_hours].into_iter().flatten();
    let hold = |at| all().all(|hours| hours.hold(at));
    if hold(now) {
        return Ok(());
    }
    // All of them hold at first when the last of them begins.
    let begin = all().flat_map(|hours| [hours.next(now), hours.next(now).plus_ms(DAY_MS)]);
    begin.filter(|at| hold(*at)).min().map_or(Err(NotNow::Never), |at| Err(NotNow::Before(at)))
}

impl Hours {
    /// None for what is no minute of a day.
    pub fn new(from_minute: u32, until_minute: u32) -> Option<Self> {
        let minutes = from_minute < MINUTES_A_DAY && until_minute <= MINUTES_A_DAY;
        (minutes && from_minute != until_minute).then_some(Self { from_minute, until_minute })
    }

    fn hold(self, now: Timestamp) -> bool {
        let minute = now.since(now.ist_day().begins()) / MINUTE_MS;
        let (from, until) = (i64::from(self.from_minute), i64::from(self.until_minute));
        if from < until {
            (from..until).contains(&minute)
        } else {
            minute >= from || minute < until
        }
    }

    /// When they begin next.
    fn next(self, now: Timestamp) -> Timestamp {
        let today = now.ist_day().begins().plus_ms(i64::from(self.from_minute) * MINUTE_MS);
        if today > now { today } else { today.plus_ms(DAY_MS) }
    }
}

impl Safety {
    /// The stricter of both: a citizen's own and a case's.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            do_not_call: self.do_not_call || other.do_not_call,
            no_sms: self.no_sms || other.no_sms,
            no_message: self.no_message || other.no_message,
            hours: self.hours.or(other.hours),
            and_hours: other.hours.filter(|_| self.hours.is_some()),
        }
    }

    /// Waits for the citizen's own call.
    pub fn is_never_rung(self) -> bool {
        self.do_not_call
    }

    pub fn takes_messages(self) -> bool {
        !self.no_sms && !self.no_message
    }
}

/// Free text of a person, sealed in the store; events carry only its id and digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    pub id: i64,
    /// `citizen:12` or `case:1000000`: erased with it.
    pub owner: String,
    pub words: String,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({}, {} bytes)", self.id, self.words.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T10:00:00+05:30
    const TEN: Timestamp = Timestamp(1_795_321_800_000);
    const HOUR_MS: i64 = 3_600_000;

    fn hours(from: u32, until: u32) -> Safety {
        Safety { hours: Hours::new(from * 60, until * 60), ..Safety::default() }
    }

    #[test]
    fn a_citizen_is_rung_within_the_own_hours_alone() {
        let at = |hour: i64| TEN.plus_ms((hour - 10) * HOUR_MS);
        for (safety, now, expected) in [
            (Safety::default(), at(3), Ok(())),
            (Safety { do_not_call: true, ..Safety::default() }, at(10), Err(NotNow::Never)),
            (hours(10, 16), at(10), Ok(())),
            (hours(10, 16), at(16), Err(NotNow::Before(at(34)))),
            (hours(11, 16), at(10), Err(NotNow::Before(at(11)))),
            (hours(21, 6), at(23), Ok(())),
            (hours(21, 6), at(5), Ok(())),
            (hours(21, 6), at(6), Err(NotNow::Before(at(21)))),
        ] {
            assert_eq!(may_ring(safety, now), expected, "{safety:?} {now}");
        }
        let never = Safety { do_not_call: true, ..hours(10, 16) };
        assert_eq!(may_ring(never, at(11)), Err(NotNow::Never));
    }

    #[test]
    fn hours_are_minutes_of_a_day_and_more_than_none() {
        assert_eq!(Hours::new(600, 600), None);
        assert_eq!(Hours::new(1_440, 10), None);
        assert_eq!(Hours::new(0, 1_441), None);
        assert!(Hours::new(0, 1_440).is_some());
    }

    #[test]
    fn of_a_citizens_and_a_cases_the_stricter_holds() {
        let own = Safety { no_sms: true, ..hours(10, 16) };
        let cases = Safety { do_not_call: true, no_message: true, ..hours(12, 13) };

        let both = own.and(cases);

        assert!(both.is_never_rung() && both.no_sms && both.no_message);
        let at = |hour: i64| TEN.plus_ms((hour - 10) * HOUR_MS);
        let ring = |cases: Safety, hour| may_ring(own.and(cases), at(hour));
        assert_eq!(ring(hours(12, 18), 11), Err(NotNow::Before(at(12))));
        assert_eq!(ring(hours(12, 18), 15), Ok(()));
        assert_eq!(ring(hours(12, 18), 17), Err(NotNow::Before(at(36))));
        assert_eq!(ring(hours(9, 11), 12), Err(NotNow::Before(at(34))));
        assert_eq!(ring(hours(22, 12), 9), Err(NotNow::Before(at(10))));
        assert_eq!(ring(hours(17, 18), 9), Err(NotNow::Never));
        assert_eq!(own.and(Safety::default()), own);
        assert_eq!(Safety::default().and(own), own);
        assert!(!own.takes_messages() && !cases.takes_messages());
        assert!(Safety::default().takes_messages());
    }
}
