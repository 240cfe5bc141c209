//! How old a pending case is, and how many days are left to who has it: as an officer's inbox says them.

use super::{
    case::{Case, State},
    time::{DAY_MS, Timestamp},
    words,
};

words! {
    /// By the time since registration, whatever happened since (R39): to the millisecond, in days of 24 hours.
    pub enum Age {
        UpTo50 = "UP_TO_50",
        /// Over 50 days and not over 100, and so on.
        Over50 = "OVER_50",
        Over100 = "OVER_100",
        Over300 = "OVER_300",
        Over365 = "OVER_365",
    }
}

impl Age {
    /// A case is over this many milliseconds old; the first bucket has no such bound.
    fn over_ms(self) -> Option<i64> {
        match self {
            Self::UpTo50 => None,
            Self::Over50 => Some(50 * DAY_MS),
            Self::Over100 => Some(100 * DAY_MS),
            Self::Over300 => Some(300 * DAY_MS),
            Self::Over365 => Some(365 * DAY_MS),
        }
    }

    pub fn of(registered: Timestamp, now: Timestamp) -> Self {
        let old_ms = now.since(registered);
        let reached = |age: &&Self| age.over_ms().is_none_or(|over_ms| old_ms > over_ms);
        Self::ALL.iter().rev().find(reached).copied().unwrap_or(Self::UpTo50)
    }

    /// The cases of this age were registered from the first instant on and before the second; None is no bound.
    pub fn registered(self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let bound = |age: Self| age.over_ms().map(|over_ms| now.plus_ms(-over_ms));
        let older = Self::ALL.iter().copied().find(|age| *age > self);
        (older.and_then(bound), bound(self))
    }
}

impl Case {
    /// None for a case that is not pending: it is over, or on no ladder.
    pub fn age(&self, now: Timestamp) -> Option<Age> {
        match self.state {
            State::Unrouted
            | State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified => Some(Age::of(self.registered_at, now)),
            State::ClosedSatisfied
            | State::ClosedSpecial
            | State::ClosedForced
            | State::Withdrawn
            | State::Merged
            | State::Forwarded => None,
        }
    }

    /// Days of the IST calendar until the due time: 0 is due today, -1 overdue since today or yesterday. None while no
    /// clock runs.
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        let due = self.due_at?;
        let midnights = due.next_ist_midnight().since(now.next_ist_midnight());
        let days = midnights.div_euclid(DAY_MS);
        Some(if now < due { days } else { days.min(-1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::tests::{TEN, case},
        time::HOUR_MS,
    };

    #[test]
    fn a_case_enters_a_bucket_a_millisecond_after_its_days_of_24_hours_from_registration() {
        let at = |ms: i64| case().age(TEN.plus_ms(ms)).unwrap();

        assert_eq!(at(0), Age::UpTo50);
        for (days, before, behind) in [
            (50, Age::UpTo50, Age::Over50),
            (100, Age::Over50, Age::Over100),
            (300, Age::Over100, Age::Over300),
            (365, Age::Over300, Age::Over365),
        ] {
            assert_eq!(at(days * 86_400_000), before, "{days}");
            assert_eq!(at(days * 86_400_000 + 1), behind, "{days}");
        }
        assert_eq!(at(9_000 * 86_400_000), Age::Over365);
    }

    #[test]
    fn neither_an_escalation_nor_a_reopening_makes_a_case_younger() {
        let old = Case { arrived_at: TEN.plus_ms(60 * DAY_MS), stay: 3, ..case() };

        assert_eq!(old.age(TEN.plus_ms(61 * DAY_MS)), Some(Age::Over50));
        let closed = Case { state: State::ClosedSatisfied, ..old };
        assert_eq!(closed.age(TEN.plus_ms(61 * DAY_MS)), None);
    }

    #[test]
    fn a_bucket_is_the_span_of_registrations_that_fall_into_it() {
        let now = TEN.plus_ms(400 * DAY_MS);
        for ms in [0, 1, 50 * DAY_MS, 50 * DAY_MS + 1, 100 * DAY_MS, 300 * DAY_MS + 1, 399 * DAY_MS]
        {
            let registered = now.plus_ms(-ms);
            let within = |age: &&Age| {
                let (from, before) = age.registered(now);
                from.is_none_or(|from| registered >= from)
                    && before.is_none_or(|before| registered < before)
            };
            let found: Vec<_> = Age::ALL.iter().filter(within).copied().collect();
            assert_eq!(found, [Age::of(registered, now)], "{ms}");
        }
    }

    #[test]
    fn days_left_are_those_of_the_calendar_and_negative_once_the_time_is_over() {
        // Ten o'clock, due seven days later at ten.
        let left = |now: Timestamp| case().days_left(now).unwrap();

        assert_eq!(left(TEN), 7);
        assert_eq!(left(TEN.plus_ms(13 * HOUR_MS)), 7);
        // Past midnight of IST.
        assert_eq!(left(TEN.plus_ms(14 * HOUR_MS)), 6);
        assert_eq!(left(TEN.plus_ms(7 * DAY_MS - 1)), 0);
        assert_eq!(left(TEN.plus_ms(7 * DAY_MS)), -1);
        assert_eq!(left(TEN.plus_ms(8 * DAY_MS)), -1);
        assert_eq!(left(TEN.plus_ms(9 * DAY_MS)), -2);
        assert_eq!(Case { due_at: None, ..case() }.days_left(TEN), None);
    }
}
