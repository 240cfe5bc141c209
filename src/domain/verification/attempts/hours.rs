//! The parts of the days on which citizens are rung. The policy is the one of the citizen's district.

use super::DayPart;
use crate::domain::{policy::Verification, time::Timestamp};

/// Days on which nobody is rung that may follow each other; past it the calendar is bad.
const NO_CALL_DAYS_MAX: u32 = 60;

/// The part of the day at this instant; None outside the hours, and on a day on which nobody is rung.
pub fn part(policy: &Verification, at: Timestamp) -> Option<DayPart> {
    if is_no_call_day(policy, at) {
        return None;
    }
    let [morning, afternoon, evening, end] = policy.part_minutes;
    match at.ist_minute() {
        minute if minute < morning || minute >= end => None,
        minute if minute < afternoon => Some(DayPart::Morning),
        minute if minute < evening => Some(DayPart::Afternoon),
        _ => Some(DayPart::Evening),
    }
}

/// This instant if it lies in the hours, else the beginning of the next hours.
pub fn next_in_hours(policy: &Verification, at: Timestamp) -> Timestamp {
    let begin = at.at_ist_minute(policy.part_minutes[0]);
    match part(policy, at) {
        Some(_) => at,
        None if at < begin && !is_no_call_day(policy, at) => begin,
        None => next_morning(policy, at),
    }
}

/// When the next day begins on which anybody is rung.
pub(in crate::domain::verification) fn next_morning(
    policy: &Verification,
    now: Timestamp,
) -> Timestamp {
    let mut day = now.next_ist_midnight();
    for _ in 0..NO_CALL_DAYS_MAX {
        if !is_no_call_day(policy, day) {
            break;
        }
        day = day.next_ist_midnight();
    }
    day.at_ist_minute(policy.part_minutes[0])
}

/// The beginning of the next part of a day.
pub(super) fn next_part(policy: &Verification, now: Timestamp) -> Timestamp {
    let [begins @ .., _] = policy.part_minutes;
    begins
        .into_iter()
        .map(|minute| now.at_ist_minute(minute))
        .find(|begin| now < *begin && part(policy, *begin).is_some())
        .unwrap_or_else(|| next_morning(policy, now))
}

/// The next day, in the part behind the one that was tried: whoever is out in the morning may be in later.
pub(super) fn next_day(policy: &Verification, tried: Option<DayPart>, now: Timestamp) -> Timestamp {
    let morning = next_morning(policy, now);
    let next = match tried {
        Some(DayPart::Morning) => DayPart::Afternoon,
        Some(DayPart::Afternoon) => DayPart::Evening,
        Some(DayPart::Evening) | None => DayPart::Morning,
    };
    part_on(policy, morning, next).unwrap_or(morning)
}

/// When this part of that day begins; None where the district has none of it.
pub(super) fn part_on(policy: &Verification, day: Timestamp, wanted: DayPart) -> Option<Timestamp> {
    let [morning, afternoon, evening, _] = policy.part_minutes;
    let minute = match wanted {
        DayPart::Morning => morning,
        DayPart::Afternoon => afternoon,
        DayPart::Evening => evening,
    };
    let begin = day.at_ist_minute(minute);
    (part(policy, begin) == Some(wanted)).then_some(begin)
}

fn is_no_call_day(policy: &Verification, at: Timestamp) -> bool {
    policy.no_call_days.contains(&at.ist_day())
}
