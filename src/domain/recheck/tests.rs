//! Every state of a recheck with everything that it can meet.

use super::*;
use crate::domain::{
    change::SlotKind,
    citizen::Safety,
    policy::Policy,
    verification::attempts::{self, Caller, Dialling, Used},
};

/// 2026-11-22T10:00:00+05:30
const TEN: Timestamp = Timestamp(1_795_321_800_000);

fn policy() -> Verification {
    Policy::standard().verification
}

fn fresh() -> Recheck {
    let round = Recheck { month: 202_611, ..of(RecheckState::Open) }.as_round();
    Recheck::of(&round, 202_611, &Numbers::default(), TEN)
}

fn of(state: RecheckState) -> Recheck {
    Recheck {
        case: 1_000_000,
        round: 1,
        month: 202_611,
        citizen: 12,
        language: Language::Hindi,
        district: PlaceCode::new("district:396"),
        state,
        drawn_at: TEN,
        ends_at: TEN.plus_ms(3 * DAY_MS),
        next_at: TEN,
        tries: 0,
        dials: 0,
        try_day: None,
        try_used: false,
        outcome: None,
        caller: None,
        decided_at: None,
        version: 1,
        head: [3; 32],
    }
}

fn met(recheck: &Recheck, met: Met, at: Timestamp) -> Result<Recheck, Refused> {
    recheck.after(&Numbers::default(), &policy(), met, at)
}

fn called(recheck: &Recheck, outcome: Outcome, at: Timestamp) -> Recheck {
    met(recheck, Met::Called { outcome, stands: true }, at).unwrap()
}

fn at_dialling(recheck: &Recheck, used: Used, safety: Safety, at: Timestamp) -> Dialling {
    attempts::at_dialling(&policy(), &recheck.as_round(), Caller::Human, used, safety, at)
}

fn rung(recheck: &Recheck, at: Timestamp) -> Recheck {
    match at_dialling(recheck, Used::default(), Safety::default(), at) {
        Dialling::Ring { round, .. } => recheck.dialled(&round, Some(7)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_outcome_of_the_first_call_has_its_state_and_whether_it_uses_a_try() {
    use RecheckState::{Contradicted, Open, Unanswered, Upheld};
    let midnight = TEN.next_ist_midnight();
    let expected = |outcome| match outcome {
        Outcome::Satisfied => Some((Upheld, 1, TEN)),
        Outcome::NotSatisfied | Outcome::Pressured => Some((Contradicted, 1, TEN)),
        Outcome::Undecided | Outcome::WrongNumber => Some((Unanswered, 1, TEN)),
        Outcome::Partial
        | Outcome::SpeakToPerson
        | Outcome::CallLater
        | Outcome::NotHere
        | Outcome::NoReply
        | Outcome::NoAnswer
        | Outcome::BadNumber => Some((Open, 1, midnight)),
        Outcome::Busy => Some((Open, 1, TEN.plus_ms(600_000 + 60_000))),
        Outcome::Congestion | Outcome::Fault => Some((Open, 0, TEN.plus_ms(300_000 + 60_000))),
        Outcome::Confirmed | Outcome::Declined => None,
    };
    for &outcome in Outcome::ALL {
        let ringing = rung(&fresh(), TEN);
        let at = TEN.plus_ms(60_000);
        let after = met(&ringing, Met::Called { outcome, stands: true }, at);

        let found = after.as_ref().ok().map(|after| (after.state, after.tries, after.next_at));
        assert_eq!(found, expected(outcome), "{outcome}");
        if let Ok(after) = after {
            let over = (after.state != Open).then_some(at);
            assert_eq!((after.outcome, after.decided_at), (Some(outcome), over), "{outcome}");
        }
    }
}

#[test]
fn what_is_over_meets_nothing_more() {
    for &state in RecheckState::ALL.iter().filter(|state| **state != RecheckState::Open) {
        for stands in [true, false] {
            let over = Err(Refused::RoundOver);
            assert_eq!(met(&of(state), Met::TimeOver { stands }, TEN), over, "{state}");
            for &outcome in Outcome::ALL {
                let after = met(&of(state), Met::Called { outcome, stands }, TEN);
                assert_eq!(after, Err(Refused::RoundOver), "{state} {outcome}");
            }
        }
    }
}

#[test]
fn a_case_that_left_its_closure_overtakes_whatever_is_said() {
    for &outcome in Outcome::ALL {
        let after = met(&fresh(), Met::Called { outcome, stands: false }, TEN).unwrap();

        assert_eq!((after.state, after.outcome), (RecheckState::Overtaken, Some(outcome)));
    }
    let late = met(&fresh(), Met::TimeOver { stands: false }, TEN).unwrap();
    assert_eq!((late.state, late.outcome, late.tries), (RecheckState::Overtaken, None, 0));
    let unreached = met(&fresh(), Met::TimeOver { stands: true }, TEN).unwrap();
    assert_eq!((unreached.state, unreached.tries), (RecheckState::Unanswered, 0));
}

#[test]
fn three_days_of_tries_are_all_and_redials_of_a_day_are_one() {
    let day = |n: i64| TEN.plus_ms(n * DAY_MS);
    let busy = called(&rung(&fresh(), day(0)), Outcome::Busy, day(0));
    let again = called(&rung(&busy, day(0)), Outcome::Busy, day(0).plus_ms(1));
    let first = called(&rung(&again, day(0)), Outcome::NoAnswer, day(0).plus_ms(2));
    assert_eq!((first.tries, first.dials, first.state), (1, 3, RecheckState::Open));

    let second = called(&rung(&first, day(1)), Outcome::NoAnswer, day(1));
    let fault = called(&rung(&second, day(2)), Outcome::Fault, day(2));
    assert_eq!((fault.tries, fault.state), (2, RecheckState::Open));
    let third = called(&rung(&fault, day(2)), Outcome::Busy, day(2));

    assert_eq!((third.tries, third.state), (3, RecheckState::Unanswered));
}

#[test]
fn a_dial_keeps_the_hours_and_caps_of_any_feedback_call() {
    let ask = |used, safety, at| at_dialling(&fresh(), used, safety, at);
    let Dialling::Ring { slots, .. } = ask(Used::default(), Safety::default(), TEN) else {
        panic!("it is ten o'clock");
    };
    let kinds: Vec<_> = slots.iter().map(|slot| (slot.kind, slot.n)).collect();
    assert_eq!(kinds, [(SlotKind::Dial, 1), (SlotKind::Attempt, 1)]);

    let why = |dialling| match dialling {
        Dialling::Wait { why, .. } | Dialling::Never(why) => Some(why),
        Dialling::Ring { .. } | Dialling::Exhausted => None,
    };
    let full = Used { attempts: 2, ..Used::default() };
    assert_eq!(why(ask(full, Safety::default(), TEN)), Some(Refused::PhoneCapReached));
    let dials = Used { dials: 6, ..Used::default() };
    assert_eq!(why(ask(dials, Safety::default(), TEN)), Some(Refused::PhoneCapReached));
    let night = TEN.plus_ms(11 * 3_600_000);
    assert_eq!(why(ask(Used::default(), Safety::default(), night)), Some(Refused::OutsideHours));
    let never = Safety { do_not_call: true, ..Safety::default() };
    assert_eq!(why(ask(Used::default(), never, TEN)), Some(Refused::DoNotCall));
    // Rung on the second try of a day, it takes no second attempt of the phone.
    let busy = called(&rung(&fresh(), TEN), Outcome::Busy, TEN);
    let Dialling::Ring { slots, .. } = at_dialling(&busy, full, Safety::default(), TEN) else {
        panic!("the day's attempt goes on");
    };
    assert_eq!(slots.len(), 1);
}

#[test]
fn its_facts_are_a_chain_of_their_own() {
    let mut recheck = Recheck { version: 0, head: chain::START, ..fresh() };
    let by = Actor::system();
    let first = recheck.fact(&by, "recheck_drawn", "{}".to_owned(), TEN);
    let second = recheck.fact(&by, "recheck_called", "{}".to_owned(), TEN);

    let mut links = chain::Chain::start();
    links.follow(&first).unwrap();
    links.follow(&second).unwrap();
    assert_eq!(first.stream, "recheck:1000000:1");
    assert_eq!((recheck.version, recheck.head), (2, second.hash));
}

#[test]
fn numbers_that_cannot_be_are_said() {
    assert_eq!(Numbers::default().check(), Ok(()));
    for share_bp in [-1, 10_001] {
        assert!(Numbers { share_bp, ..Numbers::default() }.check().is_err());
    }
    for span in [0, -1] {
        assert!(Numbers { window_ms: span, ..Numbers::default() }.check().is_err());
        assert!(Numbers { tries_max: span, ..Numbers::default() }.check().is_err());
    }
}
