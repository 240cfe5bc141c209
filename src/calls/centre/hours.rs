//! When persons take calls.

use crate::domain::time::Timestamp;

/// Of each day, in IST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Minutes of the day: from, and until before; past midnight when `until` is the earlier.
    pub from: u32,
    pub until: u32,
}

impl Hours {
    pub const ALWAYS: Self = Self { from: 0, until: 24 * 60 };

    pub fn hold(self, now: Timestamp) -> bool {
        let minute = now.ist_minute();
        if self.from < self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 23 November 2026, midnight of IST.
    const MIDNIGHT: Timestamp = Timestamp(1_795_372_200_000);

    fn at(hour: i64, minute: i64) -> Timestamp {
        MIDNIGHT.plus_ms((hour * 60 + minute) * 60_000)
    }

    #[test]
    fn the_first_minute_is_within_and_the_last_is_not() {
        let day = Hours { from: 8 * 60, until: 22 * 60 };

        assert!(!day.hold(at(7, 59)));
        assert!(day.hold(at(8, 0)) && day.hold(at(21, 59)));
        assert!(!day.hold(at(22, 0)));
        assert!(Hours::ALWAYS.hold(at(0, 0)) && Hours::ALWAYS.hold(at(23, 59)));
    }

    #[test]
    fn a_night_goes_past_midnight() {
        let night = Hours { from: 20 * 60, until: 6 * 60 };

        assert!(night.hold(at(20, 0)) && night.hold(at(0, 0)) && night.hold(at(5, 59)));
        assert!(!night.hold(at(6, 0)) && !night.hold(at(19, 59)));
    }
}
