//! When a pattern is one: pure rules over stored facts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{FlagKind, Numbers, Pattern, Subject};
use crate::domain::time::{DAY_MS, Timestamp};

/// Rows of one phone, or of one timing, that are looked at together.
pub const OF_ONE_MAX: i64 = 100;

/// Something that happened to a case, in the order of its instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    pub case: i64,
    pub at: Timestamp,
}

/// The first `count` of them within `span_ms`.
fn burst(happened: &[Happened], count: i64, span_ms: i64) -> Option<&[Happened]> {
    let count = usize::try_from(count).ok().filter(|count| *count > 0)?;
    happened.windows(count).find(|some| {
        let (first, last) = (some[0], some[count - 1]);
        last.at.since(first.at) <= span_ms
    })
}

/// Cases registered from one phone.
pub fn registrations(numbers: &Numbers, citizen: i64, cases: &[Happened]) -> Option<Pattern> {
    of_one_phone(FlagKind::Registrations, numbers, numbers.burst_registrations, citizen, cases)
}

/// Satisfied answers of one phone.
pub fn answers(numbers: &Numbers, citizen: i64, answers: &[Happened]) -> Option<Pattern> {
    of_one_phone(FlagKind::Answers, numbers, numbers.burst_answers, citizen, answers)
}

fn of_one_phone(
    kind: FlagKind,
    numbers: &Numbers,
    count: i64,
    citizen: i64,
    happened: &[Happened],
) -> Option<Pattern> {
    let some = burst(happened, count, numbers.burst_ms)?;
    let (first, last) = (some.first()?.at, some.last()?.at);
    Some(Pattern {
        kind,
        subject: Subject::Citizen(citizen),
        span: first.ist_day().0,
        account: None,
        cases: some.iter().map(|one| one.case).collect(),
        seen: json!({
            "count": some.len(),
            "first": first.ms(),
            "last": last.ms(),
            "count_min": count,
            "within_ms": numbers.burst_ms,
        }),
    })
}

/// A case from a phone that the directory names as an officer's.
pub fn officers_phone(citizen: i64, officer: i64, case: Happened) -> Pattern {
    Pattern {
        kind: FlagKind::OfficersPhone,
        subject: Subject::Citizen(citizen),
        span: case.at.ist_day().0,
        account: Some(officer),
        cases: vec![case.case],
        seen: json!({ "registered": case.at.ms() }),
    }
}

/// A satisfied answer, with what is held against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Satisfied {
    pub case: i64,
    pub round: i64,
    pub at: Timestamp,
    pub registered_at: Timestamp,
    pub number_changed: Option<Timestamp>,
}

pub fn quick(numbers: &Numbers, answer: &Satisfied) -> Option<Pattern> {
    let took_ms = answer.at.since(answer.registered_at);
    (took_ms < numbers.quick_ms).then(|| Pattern {
        kind: FlagKind::Quick,
        seen: json!({ "took_ms": took_ms, "under_ms": numbers.quick_ms }),
        ..of_answer(answer)
    })
}

pub fn number_changed(numbers: &Numbers, answer: &Satisfied) -> Option<Pattern> {
    let before_ms = answer.at.since(answer.number_changed?);
    (0..numbers.number_changed_ms).contains(&before_ms).then(|| Pattern {
        kind: FlagKind::NumberChanged,
        seen: json!({ "before_ms": before_ms, "under_ms": numbers.number_changed_ms }),
        ..of_answer(answer)
    })
}

fn of_answer(answer: &Satisfied) -> Pattern {
    Pattern {
        kind: FlagKind::Quick,
        subject: Subject::Case(answer.case),
        span: answer.round,
        account: None,
        cases: vec![answer.case],
        seen: Value::Null,
    }
}

/// How the keys of one call followed each other: each key with the rounded time since the one before it. None of a call with fewer
/// keys than are compared, or without times.
pub fn timing(numbers: &Numbers, evidence: &Value) -> Option<String> {
    let keys = evidence["keys"].as_array()?;
    if (keys.len() as i64) < numbers.timing_keys_min {
        return None;
    }
    let mut timing = String::new();
    let mut before: Option<i64> = None;
    for key in keys {
        let (name, ms) = (key["key"].as_str()?, key["ms"].as_i64()?);
        let gap_ms = ms.saturating_sub(before.unwrap_or(ms));
        let rounded = gap_ms.saturating_add(numbers.timing_ms / 2).div_euclid(numbers.timing_ms);
        timing.push_str(&format!("{name}+{rounded};"));
        before = Some(ms);
    }
    Some(timing)
}

/// A call whose keys followed each other as in others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timed {
    pub citizen: i64,
    pub case: i64,
    pub at: Timestamp,
}

/// `calls` are of one timing and day, the oldest first.
pub fn same_timing(numbers: &Numbers, calls: &[Timed]) -> Option<Pattern> {
    let first = calls.first()?;
    let citizens: BTreeSet<i64> = calls.iter().map(|call| call.citizen).collect();
    (citizens.len() as i64 >= numbers.timing_citizens).then(|| Pattern {
        kind: FlagKind::SameTiming,
        // Of the first of them: more calls of the same day are the same flag.
        subject: Subject::Case(first.case),
        span: first.at.ist_day().0,
        account: None,
        cases: calls.iter().map(|call| call.case).collect(),
        seen: json!({
            "citizens": citizens.len(),
            "citizens_min": numbers.timing_citizens,
            "rounded_to_ms": numbers.timing_ms,
        }),
    })
}

/// What one feedback caller recorded in a span of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfCaller {
    pub account: i64,
    /// Answers: satisfied, not satisfied, pressured.
    pub answers: i64,
    pub satisfied: i64,
    /// Answers in calls that were shorter than a call must be.
    pub short: i64,
}

/// The span of days that ended last before `now`, by its number, with its beginning and end.
pub fn span(numbers: &Numbers, now: Timestamp) -> (i64, Timestamp, Timestamp) {
    let begins = |days: i64| Timestamp(0).next_ist_midnight().plus_ms(days * DAY_MS);
    let length = numbers.caller_days.max(1);
    let days = now.since(begins(0)).div_euclid(DAY_MS);
    let n = days.div_euclid(length) - 1;
    (n, begins(n * length), begins((n + 1) * length))
}

/// Each caller against all the others; the oddest first, who then is none of the others, so that nobody is odd by being held against
/// one who is.
pub fn callers(numbers: &Numbers, span: i64, callers: &[OfCaller]) -> Vec<Pattern> {
    let mut found = Vec::new();
    let mut room = callers.to_vec();
    while let Some((n, pattern)) = oddest(numbers, span, &room) {
        found.push(pattern);
        room.swap_remove(n);
    }
    let short = callers.iter().filter(|caller| caller.short >= numbers.short_calls);
    found.extend(short.map(|caller| Pattern {
        kind: FlagKind::ShortCalls,
        seen: json!({
            "short": caller.short,
            "answers": caller.answers,
            "short_min": numbers.short_calls,
            "under_ms": numbers.short_call_ms,
            "days": numbers.caller_days,
        }),
        ..of_caller(span, caller)
    }));
    found
}

/// Whom chance explains the least, if it is odd, by the place in the room.
fn oddest(numbers: &Numbers, span: i64, room: &[OfCaller]) -> Option<(usize, Pattern)> {
    let all: i64 = room.iter().map(|caller| caller.answers).sum();
    let all_satisfied: i64 = room.iter().map(|caller| caller.satisfied).sum();
    let mut least: Option<(usize, f64)> = None;
    for (n, caller) in room.iter().enumerate() {
        let others = all - caller.answers;
        if caller.answers < numbers.caller_answers_min || others < numbers.caller_answers_min {
            continue;
        }
        // One more of each: nobody's rate is never or always.
        let rate = (all_satisfied - caller.satisfied + 1) as f64 / (others + 2) as f64;
        let (at_least, at_most) = tails(caller.answers, caller.satisfied, rate);
        let chance = at_least.min(at_most);
        if least.is_none_or(|(_, before)| chance < before) {
            least = Some((n, chance));
        }
    }
    let (n, chance) = least?;
    let ppm = (chance * 1_000_000.0).ceil() as i64;
    let caller = &room[n];
    let pattern = || Pattern {
        kind: FlagKind::OddSatisfaction,
        seen: json!({
            "answers": caller.answers,
            "satisfied": caller.satisfied,
            "others_answers": all - caller.answers,
            "others_satisfied": all_satisfied - caller.satisfied,
            "chance_ppm": ppm,
            "under_ppm": numbers.caller_odd_ppm,
            "days": numbers.caller_days,
        }),
        ..of_caller(span, caller)
    };
    (ppm <= numbers.caller_odd_ppm).then(|| (n, pattern()))
}

fn of_caller(span: i64, caller: &OfCaller) -> Pattern {
    Pattern {
        kind: FlagKind::OddSatisfaction,
        subject: Subject::Account(caller.account),
        span,
        account: Some(caller.account),
        cases: Vec::new(),
        seen: Value::Null,
    }
}

/// The chances that of `n` answers as many are satisfied or more, and as many or fewer, when each is with this rate.
fn tails(n: i64, satisfied: i64, rate: f64) -> (f64, f64) {
    let odds = (rate / (1.0 - rate)).ln();
    let mut term = n as f64 * (1.0 - rate).ln();
    let (mut at_least, mut at_most) = (0.0, 0.0);
    for k in 0..=n {
        let exactly = term.exp();
        if k >= satisfied {
            at_least += exactly;
        }
        if k <= satisfied {
            at_most += exactly;
        }
        term += ((n - k) as f64 / (k + 1) as f64).ln() + odds;
    }
    (at_least, at_most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T10:00:00+05:30
    const TEN: Timestamp = Timestamp(1_795_321_800_000);
    const MINUTE: i64 = 60_000;

    fn at(minutes: &[i64]) -> Vec<Happened> {
        let happened = |(n, minute): (usize, &i64)| Happened {
            case: 1_000_000 + n as i64,
            at: TEN.plus_ms(minute * MINUTE),
        };
        minutes.iter().enumerate().map(happened).collect()
    }

    #[test]
    fn a_burst_is_so_many_within_its_span_and_no_fewer() {
        let numbers = Numbers::default();
        assert_eq!(registrations(&numbers, 12, &at(&[0, 10, 20, 30])), None);
        assert_eq!(registrations(&numbers, 12, &at(&[0, 10, 20, 30, 61])), None);

        let found = registrations(&numbers, 12, &at(&[0, 10, 20, 30, 60, 61])).unwrap();
        assert_eq!((found.kind, found.subject), (FlagKind::Registrations, Subject::Citizen(12)));
        assert_eq!((found.span, found.cases.len()), (20_261_122, 5));
        let later = registrations(&numbers, 12, &at(&[-90, 1, 2, 3, 4, 5])).unwrap();
        assert_eq!(later.cases[0], 1_000_001);

        assert_eq!(answers(&numbers, 12, &at(&[0, 1, 2])), None);
        assert_eq!(answers(&numbers, 12, &at(&[0, 1, 2, 3])).unwrap().kind, FlagKind::Answers);
    }

    fn satisfied(took_ms: i64, changed_ms: Option<i64>) -> Satisfied {
        Satisfied {
            case: 1_000_000,
            round: 2,
            at: TEN,
            registered_at: TEN.plus_ms(-took_ms),
            number_changed: changed_ms.map(|ms| TEN.plus_ms(-ms)),
        }
    }

    #[test]
    fn satisfied_within_minutes_of_the_registration_is_quick() {
        let numbers = Numbers::default();
        let found = quick(&numbers, &satisfied(30 * MINUTE - 1, None)).unwrap();
        assert_eq!(
            (found.kind, found.subject, found.span),
            (FlagKind::Quick, Subject::Case(1_000_000), 2)
        );
        assert_eq!(quick(&numbers, &satisfied(30 * MINUTE, None)), None);
    }

    #[test]
    fn a_number_changed_shortly_before_the_answer_is_flagged_and_none_after_it() {
        let numbers = Numbers::default();
        let found = |ms| number_changed(&numbers, &satisfied(99 * DAY_MS, ms)).map(|it| it.kind);
        assert_eq!(found(Some(0)), Some(FlagKind::NumberChanged));
        assert_eq!(found(Some(7 * DAY_MS - 1)), Some(FlagKind::NumberChanged));
        assert_eq!((found(None), found(Some(7 * DAY_MS)), found(Some(-1))), (None, None, None));
    }

    fn keys(times: &[i64]) -> Value {
        let keys = times.iter().zip(["1", "1", "1", "2"]);
        json!({ "keys": keys.map(|(ms, key)| json!({ "key": key, "ms": ms })).collect::<Vec<_>>() })
    }

    #[test]
    fn a_timing_is_the_keys_with_the_times_between_them() {
        let numbers = Numbers::default();
        let first = timing(&numbers, &keys(&[9_000, 15_000, 19_000, 24_000])).unwrap();
        assert_eq!(first, "1+0;1+300;1+200;2+250;");
        // Later in its call, and nine milliseconds off.
        let same = timing(&numbers, &keys(&[12_000, 18_009, 22_009, 27_009])).unwrap();
        assert_eq!(same, first);
        let other = timing(&numbers, &keys(&[9_000, 15_030, 19_000, 24_000])).unwrap();
        assert_ne!(other, first);
        assert_eq!(timing(&numbers, &keys(&[1, 2, 3])), None);
        assert_eq!(timing(&numbers, &json!({ "keys": ["1", "1", "1", "2"] })), None);
        assert_eq!(timing(&numbers, &json!({})), None);
        let far = timing(&numbers, &keys(&[i64::MIN, i64::MAX, i64::MIN, 0]));
        assert!(far.is_some());
    }

    #[test]
    fn one_timing_of_different_citizens_is_flagged_and_of_one_alone_is_not() {
        let numbers = Numbers::default();
        let of = |citizens: &[i64]| {
            let calls = citizens.iter().enumerate();
            let calls = calls.map(|(n, citizen)| Timed {
                citizen: *citizen,
                case: 1_000_000 + n as i64,
                at: TEN,
            });
            same_timing(&numbers, &calls.collect::<Vec<_>>())
        };
        assert_eq!(of(&[1, 1, 1, 1, 2, 3]), None);
        let found = of(&[1, 1, 2, 3, 4]).unwrap();
        assert_eq!((found.kind, found.cases.len()), (FlagKind::SameTiming, 5));
    }

    fn caller(account: i64, answers: i64, satisfied: i64) -> OfCaller {
        OfCaller { account, answers, satisfied, short: 0 }
    }

    #[test]
    fn a_caller_is_held_against_the_others_with_enough_calls_alone() {
        let numbers = Numbers::default();
        let found = |one: OfCaller| {
            let room = [one, caller(2, 500, 300), caller(3, 500, 300)];
            let found = callers(&numbers, 7, &room).into_iter();
            found
                .filter(|it| it.subject == Subject::Account(1))
                .map(|it| it.kind)
                .collect::<Vec<_>>()
        };
        assert!(found(caller(1, 100, 60)).is_empty());
        assert!(found(caller(1, 100, 70)).is_empty());
        assert_eq!(found(caller(1, 100, 90)), [FlagKind::OddSatisfaction]);
        assert_eq!(found(caller(1, 100, 30)), [FlagKind::OddSatisfaction]);
        // All of few may be chance.
        assert!(found(caller(1, 39, 39)).is_empty());
        assert_eq!(found(OfCaller { short: 5, ..caller(1, 20, 12) }), [FlagKind::ShortCalls]);
        assert!(found(OfCaller { short: 4, ..caller(1, 20, 12) }).is_empty());
        // Nobody is odd by being held against one who is.
        let room = [caller(1, 60, 60), caller(2, 100, 50), caller(3, 60, 30)];
        let odd: Vec<_> = callers(&numbers, 7, &room).iter().map(|it| it.subject).collect();
        assert_eq!(odd, [Subject::Account(1)]);
        // Alone in the room there is nobody to be held against.
        assert!(callers(&numbers, 7, &[caller(1, 100, 100)]).is_empty());
    }

    #[test]
    fn the_tails_are_those_of_the_binomial() {
        let close = |found: (f64, f64), at_least: f64, at_most: f64| {
            assert!(
                (found.0 - at_least).abs() < 1e-9 && (found.1 - at_most).abs() < 1e-9,
                "{found:?}"
            );
        };
        close(tails(2, 2, 0.5), 0.25, 1.0);
        close(tails(3, 1, 0.5), 0.875, 0.5);
        close(tails(10, 10, 0.5), 0.000_976_562_5, 1.0);
    }

    #[test]
    fn spans_of_days_follow_each_other() {
        let numbers = Numbers::default();
        let (n, from, to) = span(&numbers, TEN);
        assert_eq!(to.since(from), 7 * DAY_MS);
        assert!(to <= TEN && TEN.since(to) < 7 * DAY_MS);
        assert_eq!(span(&numbers, to.plus_ms(7 * DAY_MS - 1)), (n, from, to));
        assert_eq!(span(&numbers, to.plus_ms(7 * DAY_MS)).0, n + 1);
        assert_eq!((from.ist_minute(), to.ist_minute()), (0, 0));
    }
}
