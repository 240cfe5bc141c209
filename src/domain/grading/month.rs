//! A month of the IST calendar: when it begins and ends, and when it is judged.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::time::{DAY_MS, Day, Timestamp};

/// As `202611`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month(i64);

const YEARS: std::ops::RangeInclusive<i64> = 1970..=9998;

impl Month {
    /// None for what is no month, as `202613`.
    pub fn of_number(number: i64) -> Option<Self> {
        let (year, month) = (number / 100, number % 100);
        (YEARS.contains(&year) && (1..=12).contains(&month)).then_some(Self(number))
    }

    /// Reads `2026-11`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits =
            |part: &str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        Self::of_number(year.parse::<i64>().ok()? * 100 + month.parse::<i64>().ok()?)
    }

    pub fn of(at: Timestamp) -> Self {
        Self(at.ist_day().0 / 100)
    }

    pub fn number(self) -> i64 {
        self.0
    }

    #[must_use]
    pub fn next(self) -> Self {
        if self.0 % 100 == 12 { Self(self.0 + 89) } else { Self(self.0 + 1) }
    }

    #[must_use]
    pub fn before(self) -> Self {
        if self.0 % 100 == 1 { Self(self.0 - 89) } else { Self(self.0 - 1) }
    }

    /// Its first instant.
    pub fn begins(self) -> Timestamp {
        Day(self.0 * 100 + 1).begins()
    }

    /// The first instant of the next month.
    pub fn ends(self) -> Timestamp {
        self.next().begins()
    }

    /// The midnight that begins this day of the next month: what happened later is no part of this month's figures.
    pub fn judged_at(self, day: u8) -> Timestamp {
        self.ends().plus_ms(i64::from(day.clamp(1, 28) - 1) * DAY_MS)
    }
}

/// The instants that a month's figures go by. Until it is judged they are those of now, and provisional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub month: Month,
    pub begins: Timestamp,
    pub ends: Timestamp,
    /// How the month's complaints stood just before this instant is how they count.
    pub judged: Timestamp,
    /// Of the month before, whose published figures nothing changes.
    pub before_begins: Timestamp,
    pub before_judged: Timestamp,
    pub is_provisional: bool,
}

impl Span {
    /// By the days on which this month and the one before are judged.
    pub fn of(month: Month, day: u8, day_before: u8, now: Timestamp) -> Self {
        // What happened at this very instant is counted.
        let known = now.plus_ms(1);
        let judged = month.judged_at(day);
        Self {
            month,
            begins: month.begins(),
            ends: month.ends().min(known),
            judged: judged.min(known),
            before_begins: month.before().begins(),
            before_judged: month.before().judged_at(day_before),
            is_provisional: now < judged,
        }
    }
}

/// `2026-11`
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    #[test]
    fn a_month_begins_and_ends_at_midnight_of_ist_and_is_judged_on_a_day_of_the_next() {
        let december = month("2026-12");

        assert_eq!(december.begins().to_string(), "2026-12-01T00:00:00+05:30");
        assert_eq!(december.ends().to_string(), "2027-01-01T00:00:00+05:30");
        assert_eq!(december.judged_at(20).to_string(), "2027-01-20T00:00:00+05:30");
        assert_eq!((december.next(), december.before()), (month("2027-01"), month("2026-11")));
        assert_eq!(month("2027-01").before(), december);
        assert_eq!(Month::of(december.ends().plus_ms(-1)), december);
        assert_eq!(Month::of(december.ends()), month("2027-01"));
        assert_eq!(december.to_string(), "2026-12");
    }

    #[test]
    fn a_month_that_runs_is_judged_by_what_is_known_now() {
        let at = |text| Day::parse(text).unwrap().begins();
        let of = |now| Span::of(month("2026-11"), 20, 10, now);

        let running = of(at("2026-11-24"));
        assert_eq!(
            (running.ends, running.judged),
            (Timestamp(at("2026-11-24").0 + 1), running.ends)
        );
        assert!(running.is_provisional);
        let over = of(at("2026-12-05"));
        assert_eq!((over.ends, over.judged), (at("2026-12-01"), Timestamp(at("2026-12-05").0 + 1)));
        assert!(over.is_provisional);
        let judged = of(at("2026-12-20"));
        assert_eq!((judged.ends, judged.judged), (at("2026-12-01"), at("2026-12-20")));
        assert!(!judged.is_provisional);
        assert_eq!(
            (judged.before_begins, judged.before_judged),
            (at("2026-10-01"), at("2026-11-10"))
        );
    }

    #[test]
    fn what_is_no_month_is_not_read() {
        for wrong in
            ["2026-13", "2026-00", "2026-1", "26-11", "2026-+1", "", "2026-11-01", "9999-01"]
        {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }
}
