//! Days, parts, redials and caps, dial by dial.

use super::*;
use crate::domain::{
    language::Language,
    place::PlaceCode,
    policy::Policy,
    time::{Day, HOUR_MS, MINUTE_MS},
};

/// 2026-11-22, midnight IST.
const MIDNIGHT: Timestamp = Timestamp(1_795_285_800_000);
const TODAY: Day = Day(20_261_122);

pub(super) fn on(day: i64, hour: i64, minute: i64) -> Timestamp {
    MIDNIGHT.plus_ms((day * 24 + hour) * HOUR_MS + minute * MINUTE_MS)
}

pub(super) fn policy() -> Verification {
    Policy::standard().verification
}

pub(super) fn fresh() -> Round {
    Round {
        case: 1_000_000,
        purpose: Purpose::Resolution,
        round: 1,
        citizen: 12,
        language: Language::Hindi,
        district: PlaceCode::new("district:396"),
        state: RoundState::Open,
        opened_at: on(0, 10, 0),
        ends_at: on(10, 10, 0),
        next_at: Some(on(0, 10, 0)),
        attempts: 0,
        dials: 0,
        attempt_day: None,
        attempt_part: None,
        attempt_used: false,
        redials_busy: 0,
        redials_congestion: 0,
        partial: false,
        ring_back: false,
        human: false,
        asked_at: None,
        wanted_part: None,
        bad_number_days: 0,
        answer: None,
        answered_at: None,
        version: 1,
    }
}

fn used(attempts: i64, dials: i64) -> Used {
    Used { attempts, dials, ..Used::default() }
}

fn dial(round: &Round, used: Used, now: Timestamp) -> Dialling {
    at_dialling(&policy(), round, Caller::Dialler, used, Safety::default(), now)
}

fn rung(round: &Round, now: Timestamp) -> Round {
    match dial(round, Used::default(), now) {
        Dialling::Ring { round, .. } => round,
        other => panic!("{other:?}"),
    }
}

/// Rings and comes back with an outcome at the same instant.
pub(super) fn tried(round: &Round, outcome: Outcome, now: Timestamp) -> Round {
    let rung = match outcome {
        Outcome::BadNumber => bad_number(&rung(round, now), false),
        _ => rung(round, now),
    };
    after(&policy(), &rung, Part::Lead, outcome, now)
}

#[test]
fn the_day_has_three_parts_between_nine_and_twenty() {
    let part = |hour, minute| part(&policy(), on(0, hour, minute));

    assert_eq!(part(8, 59), None);
    assert_eq!(part(9, 0), Some(DayPart::Morning));
    assert_eq!(part(11, 59), Some(DayPart::Morning));
    assert_eq!(part(12, 0), Some(DayPart::Afternoon));
    assert_eq!(part(16, 0), Some(DayPart::Evening));
    assert_eq!(part(19, 59), Some(DayPart::Evening));
    assert_eq!(part(20, 0), None);
}

#[test]
fn hours_are_checked_at_the_moment_of_dialling() {
    let wait = |hour, minute| match dial(&fresh(), Used::default(), on(0, hour, minute)) {
        Dialling::Wait { until, why } => (until, why),
        other => panic!("{other:?}"),
    };

    assert_eq!(wait(3, 0), (on(0, 9, 0), Refused::OutsideHours));
    assert_eq!(wait(20, 0), (on(1, 9, 0), Refused::OutsideHours));
}

#[test]
fn a_dial_takes_the_phones_slots_of_the_day() {
    let Dialling::Ring { round, slots, .. } = dial(&fresh(), Used::default(), on(0, 10, 0)) else {
        panic!("it is ten o'clock");
    };

    assert_eq!(
        slots,
        [
            Slot { citizen: 12, day: TODAY, kind: SlotKind::Dial, n: 1 },
            Slot { citizen: 12, day: TODAY, kind: SlotKind::Attempt, n: 1 },
        ]
    );
    assert_eq!((round.attempt_day, round.attempt_part), (Some(TODAY), Some(DayPart::Morning)));
    assert_eq!((round.attempts, round.dials, round.version), (0, 1, 2));
}

#[test]
fn one_phone_is_rung_in_two_attempts_and_six_dials_a_day() {
    let at = on(0, 10, 0);
    let tomorrow = Dialling::Wait { until: on(1, 9, 0), why: Refused::PhoneCapReached };

    assert!(matches!(dial(&fresh(), used(1, 5), at), Dialling::Ring { .. }));
    assert_eq!(dial(&fresh(), used(2, 2), at), tomorrow);
    assert_eq!(dial(&fresh(), used(1, 6), at), tomorrow);
    // A redial of a begun attempt needs no second slot, but a dial all the same.
    let busy = tried(&fresh(), Outcome::Busy, at);
    assert!(matches!(dial(&busy, used(2, 5), at), Dialling::Ring { .. }));
    assert_eq!(dial(&busy, used(2, 6), at), tomorrow);
}

#[test]
fn no_answer_uses_an_attempt_and_the_next_is_on_another_day_in_another_part() {
    let first = tried(&fresh(), Outcome::NoAnswer, on(0, 10, 0));
    assert_eq!((first.attempts, first.next_at), (1, Some(on(1, 12, 0))));

    let second = tried(&first, Outcome::NoAnswer, on(1, 12, 0));
    assert_eq!((second.attempts, second.next_at), (2, Some(on(2, 16, 0))));

    let third = tried(&second, Outcome::NoAnswer, on(2, 16, 0));
    assert_eq!((third.attempts, third.next_at, third.state), (3, None, RoundState::Ended));
    assert_eq!(third.answer, None);
}

#[test]
fn a_second_attempt_on_the_same_day_waits() {
    let first = tried(&fresh(), Outcome::NoReply, on(0, 10, 0));

    assert_eq!(
        dial(&first, used(1, 1), on(0, 17, 0)),
        Dialling::Wait { until: on(1, 9, 0), why: Refused::PhoneCapReached }
    );
}

#[test]
fn busy_is_redialled_twice_ten_minutes_apart_in_one_attempt() {
    let first = tried(&fresh(), Outcome::Busy, on(0, 10, 0));
    assert_eq!((first.attempts, first.next_at), (1, Some(on(0, 10, 10))));

    let second = tried(&first, Outcome::Busy, on(0, 10, 10));
    assert_eq!((second.attempts, second.next_at), (1, Some(on(0, 10, 20))));

    let third = tried(&second, Outcome::Busy, on(0, 10, 20));
    assert_eq!((third.attempts, third.next_at, third.dials), (1, Some(on(1, 12, 0)), 3));
}

#[test]
fn busy_at_the_end_of_the_hours_is_not_redialled() {
    let round = tried(&fresh(), Outcome::Busy, on(0, 19, 55));

    assert_eq!((round.attempts, round.next_at), (1, Some(on(1, 9, 0))));
}

#[test]
fn congestion_is_redialled_three_times_five_minutes_apart_and_uses_no_attempt() {
    for outcome in [Outcome::Congestion, Outcome::Fault] {
        let mut round = fresh();
        for minute in [0, 5, 10] {
            round = tried(&round, outcome, on(0, 10, minute));
            assert_eq!((round.attempts, round.next_at), (0, Some(on(0, 10, minute + 5))));
        }
        round = tried(&round, outcome, on(0, 10, 15));

        assert_eq!((round.attempts, round.next_at, round.dials), (0, Some(on(0, 12, 0)), 4));
        assert_eq!(round.state, RoundState::Open);
    }
}

#[test]
fn an_attempt_that_only_met_faults_keeps_its_slot_for_the_next_part_of_the_day() {
    let mut round = fresh();
    for minute in [0, 5, 10, 15] {
        round = tried(&round, Outcome::Congestion, on(0, 10, minute));
    }

    let Dialling::Ring { round, slots, .. } = dial(&round, used(2, 4), on(0, 12, 0)) else {
        panic!("the slot is still held");
    };

    assert_eq!(slots, [Slot { citizen: 12, day: TODAY, kind: SlotKind::Dial, n: 5 }]);
    assert_eq!(round.attempt_part, Some(DayPart::Afternoon));
}

#[test]
fn an_answer_after_a_redial_uses_one_attempt() {
    let busy = tried(&fresh(), Outcome::Busy, on(0, 10, 0));
    let congested = tried(&busy, Outcome::Congestion, on(0, 10, 10));
    assert_eq!(congested.next_at, Some(on(0, 10, 15)));

    let answered = tried(&congested, Outcome::Satisfied, on(0, 10, 15));

    assert_eq!((answered.attempts, answered.dials), (1, 3));
    assert_eq!(answered.answer, Some(Answer::Satisfied));
}

#[test]
fn answers_settle_the_round_once() {
    for (outcome, answer) in [
        (Outcome::Satisfied, Answer::Satisfied),
        (Outcome::NotSatisfied, Answer::NotSatisfied),
        (Outcome::Pressured, Answer::Pressured),
    ] {
        let round = tried(&fresh(), outcome, on(0, 10, 0));

        assert_eq!((round.state, round.answer), (RoundState::Answered, Some(answer)));
        assert_eq!((round.next_at, round.answered_at), (None, Some(on(0, 10, 0))));
        assert_eq!(
            dial(&round, Used::default(), on(1, 10, 0)),
            Dialling::Never(Refused::RoundOver)
        );
    }
}

#[test]
fn a_satisfied_without_the_pressure_answer_is_kept_and_resumed_by_the_next_attempt() {
    let round = tried(&fresh(), Outcome::Partial, on(0, 10, 0));

    assert!(round.partial);
    assert_eq!((round.state, round.answer), (RoundState::Open, None));
    assert_eq!((round.attempts, round.next_at), (1, Some(on(1, 12, 0))));
}

#[test]
fn undecided_a_wish_for_a_person_and_a_wrong_number_are_a_persons_task() {
    for outcome in [Outcome::Undecided, Outcome::SpeakToPerson, Outcome::WrongNumber] {
        let round = tried(&fresh(), outcome, on(0, 10, 0));

        assert!(round.human, "{outcome}");
        assert_eq!((round.state, round.next_at, round.attempts), (RoundState::Open, None, 1));
    }
}

#[test]
fn a_wish_to_be_called_later_is_another_attempt() {
    for outcome in [Outcome::CallLater, Outcome::NotHere] {
        let round = tried(&fresh(), outcome, on(0, 17, 0));

        assert_eq!((round.attempts, round.next_at), (1, Some(on(1, 9, 0))), "{outcome}");
    }
}

#[test]
fn a_number_bad_on_two_days_is_reviewed_by_a_person() {
    let first = tried(&fresh(), Outcome::BadNumber, on(0, 10, 0));
    assert_eq!((first.bad_number_days, first.human, first.attempts), (1, false, 1));

    let second = tried(&first, Outcome::BadNumber, on(1, 12, 0));
    assert_eq!((second.bad_number_days, second.human, second.next_at), (2, true, None));
}

#[test]
fn a_person_takes_over_on_the_day_of_the_attempt_without_a_new_one() {
    let round = tried(&fresh(), Outcome::SpeakToPerson, on(0, 10, 0));

    let used = used(2, 1);
    let at = on(0, 15, 0);
    let Dialling::Ring { round, slots, .. } =
        at_dialling(&policy(), &round, Caller::Human, used, Safety::default(), at)
    else {
        panic!("a person may");
    };

    assert_eq!(slots, [Slot { citizen: 12, day: TODAY, kind: SlotKind::Dial, n: 2 }]);
    let round = after(&policy(), &round, Part::Lead, Outcome::NoAnswer, at);
    assert_eq!((round.attempts, round.human, round.next_at), (1, true, None));
}

#[test]
fn a_persons_fruitless_attempt_is_the_last_when_all_are_used() {
    let round = Round {
        human: true,
        next_at: None,
        attempts: 2,
        attempt_day: Some(TODAY),
        attempt_used: true,
        ..fresh()
    };
    let at = on(1, 10, 0);
    let Dialling::Ring { round, .. } =
        at_dialling(&policy(), &round, Caller::Human, Used::default(), Safety::default(), at)
    else {
        panic!("a person may");
    };

    let round = after(&policy(), &round, Part::Lead, Outcome::NoAnswer, at);

    assert_eq!((round.state, round.attempts, round.human), (RoundState::Ended, 3, false));
}

#[test]
fn a_round_not_reached_in_anothers_call_uses_no_attempt() {
    let round = after(&policy(), &fresh(), Part::NotSpoken, Outcome::NoReply, on(0, 10, 5));
    assert_eq!((round.attempts, round.dials, round.next_at), (0, 0, Some(on(0, 12, 0))));

    let spoken = after(&policy(), &fresh(), Part::Spoken, Outcome::NotSatisfied, on(0, 10, 5));
    assert_eq!((spoken.attempts, spoken.dials), (1, 1));
    assert_eq!(spoken.attempt_day, Some(TODAY));
}

#[test]
fn a_round_joins_anothers_call_unless_it_had_its_attempt_today() {
    assert!(may_join(&policy(), &fresh(), on(0, 10, 0)));
    let tried = tried(&fresh(), Outcome::NoReply, on(0, 10, 0));
    assert!(!may_join(&policy(), &tried, on(0, 12, 0)));
    assert!(may_join(&policy(), &tried, on(1, 12, 0)));
    assert!(!may_join(&policy(), &fresh(), on(10, 10, 0)));
    assert!(!may_join(&policy(), &Round { human: true, ..fresh() }, on(0, 10, 0)));
}

#[test]
fn who_must_not_be_called_is_not_dialled() {
    let safety = Safety { do_not_call: true, no_sms: false, ..Safety::default() };
    let now = on(0, 10, 0);

    assert_eq!(
        at_dialling(&policy(), &fresh(), Caller::Human, Used::default(), safety, now),
        Dialling::Never(Refused::DoNotCall)
    );
}

#[test]
fn a_ring_back_waits_for_the_phone_to_be_free_and_uses_no_attempt() {
    let tried = tried(&fresh(), Outcome::NoReply, on(0, 10, 0));

    let waiting = ring_back(&policy(), &tried, on(0, 11, 0));
    assert_eq!(waiting.next_at, Some(on(0, 11, 0).plus_ms(15_000)));
    let Dialling::Ring { round, slots, .. } = dial(&waiting, used(2, 1), on(0, 11, 0)) else {
        panic!("the citizen asked for it");
    };
    assert_eq!(slots.len(), 1);

    let missed = after(&policy(), &round, Part::Lead, Outcome::NoAnswer, on(0, 11, 0));
    assert_eq!((missed.attempts, missed.ring_back), (1, false));
    assert_eq!(missed.next_at, Some(on(1, 12, 0)));
    let settled = after(&policy(), &round, Part::Lead, Outcome::Satisfied, on(0, 11, 0));
    assert_eq!((settled.attempts, settled.answer), (1, Some(Answer::Satisfied)));

    assert_eq!(ring_back(&policy(), &tried, on(0, 21, 0)).next_at, Some(on(1, 9, 0)));
}

#[test]
fn a_ring_back_to_a_busy_phone_is_redialled_twice_and_no_more() {
    let mut round = ring_back(&policy(), &fresh(), on(0, 11, 0));
    for n in 1..=2 {
        round = tried(&round, Outcome::Busy, on(0, 11, 0));
        assert_eq!((round.ring_back, round.attempts, round.redials_busy), (true, 0, n));
        assert_eq!(round.next_at, Some(on(0, 11, 10)));
    }

    round = tried(&round, Outcome::Busy, on(0, 11, 0));
    assert_eq!((round.ring_back, round.attempts, round.redials_busy), (false, 0, 0));
}

#[test]
fn a_ring_back_survives_three_faults_of_the_trunk_also_in_a_persons_round() {
    let asked = Round { human: true, next_at: None, ..fresh() };
    let mut round = ring_back(&policy(), &asked, on(0, 11, 0));
    for outcome in [Outcome::Fault, Outcome::Congestion, Outcome::Fault] {
        round = tried(&round, outcome, on(0, 11, 0));
        assert_eq!((round.ring_back, round.next_at), (true, Some(on(0, 11, 5))));
    }

    round = tried(&round, Outcome::Congestion, on(0, 11, 0));
    assert_eq!((round.ring_back, round.human, round.next_at), (false, true, None));
}

#[test]
fn a_redial_of_a_ring_back_stays_in_the_hours() {
    let round = ring_back(&policy(), &fresh(), on(0, 19, 55));

    let busy = tried(&round, Outcome::Busy, on(0, 19, 55));

    assert_eq!((busy.ring_back, busy.next_at), (false, Some(on(1, 9, 0))));
}

#[test]
fn a_satisfied_that_was_not_confirmed_when_asked_again_is_forgotten() {
    let partial = Round { partial: true, ..fresh() };
    for outcome in [Outcome::Undecided, Outcome::SpeakToPerson, Outcome::WrongNumber] {
        assert!(!tried(&partial, outcome, on(0, 10, 0)).partial, "{outcome}");
        let rung_back = ring_back(&policy(), &partial, on(0, 10, 0));
        assert!(!tried(&rung_back, outcome, on(0, 10, 1)).partial, "{outcome}");
    }
    assert!(tried(&partial, Outcome::NoAnswer, on(0, 10, 0)).partial);
}

#[test]
fn a_round_whose_days_are_over_is_not_dialled_but_for_its_ring_back() {
    assert_eq!(dial(&fresh(), Used::default(), on(10, 10, 0)), Dialling::Exhausted);

    let promised = Round { ring_back: true, ..fresh() };
    assert!(matches!(dial(&promised, Used::default(), on(10, 10, 0)), Dialling::Ring { .. }));
}

#[test]
fn an_ended_round_is_open_again_for_the_ring_back_alone() {
    let over = ended(&fresh());

    let waiting = ring_back(&policy(), &over, on(12, 15, 0));

    assert_eq!((waiting.state, waiting.ends_at), (RoundState::Open, on(13, 0, 0)));
}

#[test]
fn an_inbound_answer_uses_no_attempt() {
    let round = answered_inbound(&fresh(), Answer::NotSatisfied, on(0, 21, 0));

    assert_eq!((round.state, round.attempts), (RoundState::Answered, 0));
    assert_eq!(round.answer, Some(Answer::NotSatisfied));
}

#[test]
fn a_crash_in_the_middle_of_a_call_redials_in_the_same_attempt() {
    let begun = rung(&fresh(), on(0, 10, 0));
    assert_eq!(begun.next_at, Some(on(0, 10, 10)));

    let Dialling::Ring { round, slots, .. } = dial(&begun, used(1, 1), on(0, 10, 15)) else {
        panic!("the lease ran out");
    };

    assert_eq!(slots, [Slot { citizen: 12, day: TODAY, kind: SlotKind::Dial, n: 2 }]);
    assert_eq!((round.attempts, round.dials), (0, 2));
}

#[test]
fn attempts_used_up_with_a_redial_left_over_from_yesterday_end_the_round() {
    let third = Round { attempts: 2, ..fresh() };
    let busy = tried(&third, Outcome::Busy, on(0, 10, 0));
    assert_eq!((busy.attempts, busy.state), (3, RoundState::Open));

    assert_eq!(dial(&busy, Used::default(), on(1, 10, 0)), Dialling::Exhausted);
}

#[test]
fn no_outcome_but_a_recorded_answer_answers_a_round() {
    for outcome in Outcome::ALL {
        let round = tried(&fresh(), *outcome, on(0, 10, 0));
        let answers = matches!(
            outcome,
            Outcome::Satisfied
                | Outcome::NotSatisfied
                | Outcome::Pressured
                | Outcome::Confirmed
                | Outcome::Declined
        );

        assert_eq!(round.answer.is_some(), answers, "{outcome}");
        assert_eq!(round.state == RoundState::Answered, answers, "{outcome}");
    }
}
