//! What one feedback caller did in a span: a fold over the tasks that were shown in it.

use std::collections::BTreeMap;

use super::{Task, TaskState};
use crate::domain::{time::Timestamp, verification::Outcome};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    pub previews: i64,
    /// Shown, and neither skipped nor dialled.
    pub lapsed: i64,
    pub skipped: i64,
    /// Citizens who were rung.
    pub dials: i64,
    pub answered: i64,
    pub right_party: i64,
    pub outcomes: BTreeMap<Outcome, i64>,
    /// Of the calls that were answered and are over; None without one.
    pub median_talk_ms: Option<i64>,
}

pub fn of<'t>(tasks: impl IntoIterator<Item = &'t Task>, now: Timestamp) -> Statistics {
    let mut found = Statistics::default();
    let mut talks = Vec::new();
    for task in tasks {
        found.previews += 1;
        found.lapsed += i64::from(task.state == TaskState::Preview && !task.is_held(now));
        found.skipped += i64::from(task.state == TaskState::Skipped);
        found.dials += i64::from(task.dial.is_some());
        found.answered += i64::from(task.answered_at.is_some());
        found.right_party += i64::from(task.right_party_at.is_some());
        if let Some(outcome) = task.outcome {
            *found.outcomes.entry(outcome).or_default() += 1;
        }
        talks.extend(talk_ms(task));
    }
    talks.sort_unstable();
    found.median_talk_ms = median(&talks);
    found
}

/// How long citizen and caller could hear each other.
pub fn talk_ms(task: &Task) -> Option<i64> {
    Some(task.ended_at?.since(task.answered_at?))
}

/// Of sorted values; of an even number the lower middle one, which was really measured.
pub fn median(sorted: &[i64]) -> Option<i64> {
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::feedback::{Numbers, SkipReason, TaskKind};

    const NOW: Timestamp = Timestamp(1_795_321_800_000);

    fn shown(n: i64) -> Task {
        Task::shown(&Numbers::default(), 7, n, (TaskKind::Round, 1_000_000 + n, 1), 12, 3, NOW)
    }

    fn talked(n: i64, talk_ms: i64) -> Task {
        let until = NOW.plus_ms(600_000);
        let placed = shown(n).dial("c".to_owned(), until, NOW).unwrap();
        let placed = placed.placed("c", 1, until, NOW).unwrap();
        let ended = placed.ended(&Numbers::default(), "c", NOW, NOW.plus_ms(talk_ms)).unwrap();
        Task { right_party_at: Some(NOW), ..ended.record(Outcome::Satisfied, NOW).unwrap() }
    }

    #[test]
    fn tasks_are_counted_by_what_became_of_them() {
        let skipped = shown(2).skip(&Numbers::default(), SkipReason::Other, 0, NOW).unwrap();
        let tasks = [shown(1), skipped, talked(3, 30_000), talked(4, 90_000), talked(5, 50_000)];

        let found = of(&tasks, NOW.plus_ms(60_000));

        assert_eq!((found.previews, found.lapsed, found.skipped), (5, 1, 1));
        assert_eq!((found.dials, found.answered, found.right_party), (3, 3, 3));
        assert_eq!(found.outcomes, BTreeMap::from([(Outcome::Satisfied, 3)]));
        assert_eq!(found.median_talk_ms, Some(50_000));
        assert_eq!(of(&tasks, NOW).lapsed, 0, "it is being looked at still");
    }

    #[test]
    fn the_median_of_an_even_number_is_one_of_them() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[4]), Some(4));
        assert_eq!(median(&[1, 2, 9, 10]), Some(2));
    }
}
