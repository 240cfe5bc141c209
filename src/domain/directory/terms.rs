//! The policy's terms as the files hold them, and the policy that an import makes of them.

use super::{Counting, Days, Holiday, Terms};
use crate::domain::{
    policy::{Holidays, Limit, Policy},
    time::{DAY_MS, Day, Timestamp},
};

/// Rule book 1.2.
const GENERAL_DAYS: i64 = 7;

impl Terms {
    /// With a general limit, whether it was named or not.
    pub(super) fn with_general(mut self) -> Self {
        if !self.limits.iter().any(Days::is_general) {
            self.limits.push(Days::general(GENERAL_DAYS));
        }
        self
    }

    /// The terms of a policy; a limit that is no whole day counts as the day that it ends on.
    pub fn of(policy: &Policy) -> Self {
        let days = |ms: i64| ms.saturating_add(DAY_MS - 1) / DAY_MS;
        let mut limits = vec![Days::general(days(policy.limit_ms))];
        limits.extend(policy.limits.iter().map(|limit| Days {
            department: limit.department.clone(),
            subcategory: limit.subcategory.clone(),
            level: limit.level,
            days: days(limit.limit_ms),
        }));
        limits.sort_by_cached_key(super::keys::Keyed::key);
        Self {
            limits,
            holidays: match policy.holidays {
                Holidays::Count => Counting::Count,
                Holidays::Skip(_) => Counting::Skip,
            },
            l3_to_l4: policy.l3_to_l4,
        }
    }

    /// The policy with these terms from an instant on; None when it says the same already.
    pub fn policy(&self, now: &Policy, holidays: &[Holiday], from: Timestamp) -> Option<Policy> {
        let mut limits: Vec<_> = self.limits.iter().filter(|limit| !limit.is_general()).collect();
        // The policy takes the first that fits: the most specific stands in front.
        limits.sort_by_key(|limit| {
            (limit.subcategory.is_none(), limit.department.is_none(), limit.level.is_none())
        });
        let general = self.limits.iter().find(|limit| limit.is_general());
        let mut days: Vec<Day> = holidays.iter().map(|holiday| holiday.day).collect();
        days.sort_unstable();
        let next = Policy {
            effective_from: from,
            limit_ms: general.map_or(GENERAL_DAYS, |limit| limit.days) * DAY_MS,
            limits: limits
                .into_iter()
                .map(|limit| Limit {
                    department: limit.department.clone(),
                    subcategory: limit.subcategory.clone(),
                    level: limit.level,
                    limit_ms: limit.days * DAY_MS,
                })
                .collect(),
            holidays: match self.holidays {
                Counting::Count => Holidays::Count,
                Counting::Skip => Holidays::Skip(days),
            },
            l3_to_l4: self.l3_to_l4,
            ..now.clone()
        };
        let same = Policy { effective_from: now.effective_from, ..next.clone() } == *now;
        (!same).then_some(next)
    }
}

impl Days {
    fn general(days: i64) -> Self {
        Self { department: None, subcategory: None, level: None, days }
    }

    fn is_general(&self) -> bool {
        self.department.is_none() && self.subcategory.is_none() && self.level.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        directory::{Names, Rise},
        place::{Code, Level},
    };

    fn limit(
        department: Option<&str>,
        subcategory: Option<&str>,
        level: Option<u8>,
        days: i64,
    ) -> Days {
        Days {
            department: department.map(Code::new),
            subcategory: subcategory.map(Code::new),
            level: level.map(Level),
            days,
        }
    }

    #[test]
    fn the_most_specific_limit_wins_whatever_the_order_of_the_lines() {
        let terms = Terms {
            limits: vec![
                limit(None, None, Some(1), 2),
                limit(Some("energy"), None, None, 3),
                limit(None, Some("power_cut"), None, 1),
                limit(Some("energy"), None, Some(1), 4),
                limit(None, None, None, 10),
            ],
            ..Terms::default()
        };

        let policy = terms.policy(&Policy::standard(), &[], Timestamp(5)).unwrap();

        let due = |department: &str, subcategory: Option<&str>, level| {
            let subcategory = subcategory.map(Code::new);
            let (department, from) = (Code::new(department), Timestamp(0));
            policy.due(&department, subcategory.as_ref(), Level(level), from).0 / DAY_MS
        };
        assert_eq!(due("energy", Some("power_cut"), 1), 1);
        assert_eq!(due("energy", None, 1), 4);
        assert_eq!(due("energy", None, 2), 3);
        assert_eq!(due("water", None, 1), 2);
        assert_eq!(due("water", None, 2), 10);
        assert_eq!(policy.effective_from, Timestamp(5));
    }

    #[test]
    fn terms_that_say_the_same_make_no_policy() {
        let standard = Policy::standard();
        let holidays =
            [Holiday { day: Day(20_260_126), names: Names { hi: "x".into(), en: "x".into() } }];
        let terms = Terms::of(&standard);

        assert_eq!(terms, Terms::default().with_general());
        assert_eq!(terms.policy(&standard, &holidays, Timestamp(5)), None);
        let skip = Terms { holidays: Counting::Skip, ..terms.clone() };
        let policy = skip.policy(&standard, &holidays, Timestamp(5)).unwrap();
        assert_eq!(policy.holidays, Holidays::Skip(vec![Day(20_260_126)]));
        assert_eq!(skip.policy(&policy, &holidays, Timestamp(6)), None);
        assert!(skip.policy(&policy, &[], Timestamp(6)).is_some());
        let manual = Terms { l3_to_l4: Rise::Manual, ..terms };
        assert_eq!(Terms::of(&manual.policy(&standard, &[], Timestamp(5)).unwrap()), manual);
    }
}
