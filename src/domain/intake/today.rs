//! What was registered on one day, by department: a fold over the facts of cases.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::{
    place::Code,
    time::{Day, Timestamp},
};

/// The cases that were registered on one day of IST, each with the department that has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registrations {
    pub day: Day,
    departments: BTreeMap<i64, Code>,
}

/// What each fact of a case says of it.
#[derive(Deserialize)]
struct Facts {
    department: String,
    registered: i64,
}

impl Registrations {
    pub fn of(day: Day, cases: impl IntoIterator<Item = (i64, Code)>) -> Self {
        Self { day, departments: cases.into_iter().collect() }
    }

    /// A fact of a case; told again, it changes nothing.
    pub fn apply(&mut self, case: i64, facts: &str) {
        let Ok(Facts { department, registered }) = serde_json::from_str(facts) else { return };
        if Timestamp(registered).ist_day() == self.day {
            self.departments.insert(case, Code::new(department));
        }
    }

    /// In the order of the codes.
    pub fn counts(&self) -> Vec<(Code, u64)> {
        let mut counts = BTreeMap::<&Code, u64>::new();
        for department in self.departments.values() {
            *counts.entry(department).or_default() += 1;
        }
        counts.into_iter().map(|(code, n)| (code.clone(), n)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten in the morning of 23 November 2026, in IST.
    const TEN: i64 = 1_795_408_200_000;

    fn facts(department: &str, registered: i64) -> String {
        format!(r#"{{"kind":"COMPLAINT","department":"{department}","registered":{registered}}}"#)
    }

    fn counts(registrations: &Registrations) -> Vec<(String, u64)> {
        let counts = registrations.counts().into_iter();
        counts.map(|(code, n)| (code.as_str().to_owned(), n)).collect()
    }

    #[test]
    fn a_case_counts_once_for_the_department_that_has_it_now() {
        let day = Timestamp(TEN).ist_day();
        let mut today = Registrations::of(day, [(1, Code::new("energy")), (2, Code::new("phe"))]);

        today.apply(2, &facts("phe", TEN));
        today.apply(3, &facts("phe", TEN + 1));
        assert_eq!(counts(&today), [("energy".to_owned(), 1), ("phe".to_owned(), 2)]);

        today.apply(3, &facts("energy", TEN + 1));
        assert_eq!(counts(&today), [("energy".to_owned(), 2), ("phe".to_owned(), 1)]);
    }

    #[test]
    fn facts_of_another_day_and_of_no_case_count_nothing() {
        const DAY_MS: i64 = 86_400_000;
        let mut today = Registrations::of(Timestamp(TEN).ist_day(), []);

        today.apply(1, &facts("energy", TEN - DAY_MS));
        today.apply(2, &facts("energy", TEN + DAY_MS));
        today.apply(3, "{}");
        today.apply(4, "not JSON");

        assert_eq!(counts(&today), []);
    }
}
