//! Instants and spans in milliseconds, and the calendar of IST (UTC+05:30, no daylight saving).

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, Timelike};
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
        Day::of(self.ist().date_naive())
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

impl Day {
    /// Reads `2026-11-22`; None for what is no day.
    pub fn parse(text: &str) -> Option<Self> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        (text.len() == 10).then(|| Self::of(day))
    }

    /// Its first instant. The day must be one of the calendar, as all are that this type gives.
    pub fn begins(self) -> Timestamp {
        let midnight = self.date().and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        Timestamp(midnight - i64::from(IST_OFFSET_S) * SECOND_MS)
    }

    /// The first instant of the next day.
    pub fn ends(self) -> Timestamp {
        self.begins().plus_ms(DAY_MS)
    }

    #[must_use]
    pub fn next(self) -> Self {
        self.ends().ist_day()
    }

    #[must_use]
    pub fn before(self) -> Self {
        self.begins().plus_ms(-1).ist_day()
    }

    fn of(day: NaiveDate) -> Self {
        Self(i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day()))
    }

    fn date(self) -> NaiveDate {
        let part = |number: i64| u32::try_from(number).unwrap_or_default();
        let year = i32::try_from(self.0 / 10_000).unwrap_or_default();
        NaiveDate::from_ymd_opt(year, part(self.0 / 100 % 100), part(self.0 % 100))
            .unwrap_or_default()
    }
}

/// `2026-11-22`
impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date().format("%Y-%m-%d"))
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
    fn a_day_begins_and_ends_at_midnight_of_ist() {
        let day = Day::parse("2024-02-29").unwrap();

        assert_eq!(day, Day(20_240_229));
        assert_eq!(day.begins().to_string(), "2024-02-29T00:00:00+05:30");
        assert_eq!((day.next(), day.before()), (Day(20_240_301), Day(20_240_228)));
        assert_eq!(day.begins().ist_day(), day);
        assert_eq!(day.ends().plus_ms(-1).ist_day(), day);
        assert_eq!(day.to_string(), "2024-02-29");
        for wrong in ["2023-02-29", "2024-2-29", "29.02.2024", "", "2024-02-29 "] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

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
