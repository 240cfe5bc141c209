//! Instants and spans in milliseconds, and the calendar of IST (UTC+05:30, no daylight saving).

use chrono::{DateTime, Datelike, FixedOffset, Timelike};
use serde::{Deserialize, Serialize};

pub const SECOND_MS: i64 = 1_000;
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;

const IST_OFFSET_S: i32 = 19_800;

/// Milliseconds since 1970 in UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(pub i64);

/// A day of the IST calendar as `yyyymmdd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(pub i64);

impl Timestamp {
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    pub const fn ms(self) -> i64 {
        self.0
    }

    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    pub fn ist(self) -> DateTime<FixedOffset> {
        let ist = FixedOffset::east_opt(IST_OFFSET_S).expect("05:30 is a valid offset");
        DateTime::from_timestamp_millis(self.0).unwrap_or_default().with_timezone(&ist)
    }

    pub fn ist_day(self) -> Day {
        let at = self.ist();
        Day(i64::from(at.year()) * 10_000 + i64::from(at.month()) * 100 + i64::from(at.day()))
    }

    /// The instant at which the next day begins in IST.
    #[must_use]
    pub const fn next_ist_midnight(self) -> Self {
        let offset_ms = IST_OFFSET_S as i64 * SECOND_MS;
        let days = self.0.saturating_add(offset_ms).div_euclid(DAY_MS) + 1;
        Self(days * DAY_MS - offset_ms)
    }

    /// This many minutes after the midnight that began this instant's day in IST.
    #[must_use]
    pub const fn at_ist_minute(self, minute: u32) -> Self {
        self.next_ist_midnight().plus_ms(minute as i64 * MINUTE_MS - DAY_MS)
    }

    /// Minutes since midnight in IST.
    pub fn ist_minute(self) -> u32 {
        let at = self.ist();
        at.hour() * 60 + at.minute()
    }
}

/// `2026-11-22T10:00:00+05:30`
impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.ist().format("%Y-%m-%dT%H:%M:%S%:z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ist_day_begins_at_half_past_six_in_the_evening_utc() {
        // 2026-11-21T18:29:59Z and one second later.
        assert_eq!(Timestamp(1_795_285_799_000).ist_day(), Day(20_261_121));
        assert_eq!(Timestamp(1_795_285_800_000).ist_day(), Day(20_261_122));
        assert_eq!(Timestamp(1_795_285_800_000).ist_minute(), 0);
        assert_eq!(Timestamp(1_795_285_799_999).next_ist_midnight(), Timestamp(1_795_285_800_000));
        assert_eq!(Timestamp(1_795_285_800_000).next_ist_midnight(), Timestamp(1_795_372_200_000));
        assert_eq!(Timestamp(1_795_285_800_001).at_ist_minute(540), Timestamp(1_795_318_200_000));
    }
}
