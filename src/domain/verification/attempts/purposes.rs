//! Rounds about something else than a resolution: what one dial makes of them.

use super::{
    tests::{fresh, on, policy, tried},
    *,
};

#[test]
fn a_promise_that_is_not_kept_is_over_and_no_task_of_verification() {
    let wish = Round { purpose: Purpose::Withdrawal, ..fresh() };
    let promised = ring_back(&policy(), &wish, on(0, 10, 0));
    for outcome in [
        Outcome::NoAnswer,
        Outcome::NoReply,
        Outcome::NotHere,
        Outcome::WrongNumber,
        Outcome::SpeakToPerson,
        Outcome::BadNumber,
    ] {
        let after = tried(&promised, outcome, on(0, 10, 1));

        assert_eq!((after.state, after.next_at), (RoundState::Ended, None), "{outcome}");
        assert_eq!((after.human, after.answer, after.attempts), (false, None, 0), "{outcome}");
    }
}

#[test]
fn a_promise_is_redialled_when_busy_before_it_is_over() {
    let wish = Round { purpose: Purpose::Reopening, ..fresh() };
    let promised = ring_back(&policy(), &wish, on(0, 10, 0));

    let once = tried(&promised, Outcome::Busy, on(0, 10, 1));
    let twice = tried(&once, Outcome::Busy, on(0, 10, 11));
    let over = tried(&twice, Outcome::Busy, on(0, 10, 21));

    assert_eq!((once.state, once.next_at), (RoundState::Open, Some(on(0, 10, 11))));
    assert_eq!((twice.state, twice.next_at), (RoundState::Open, Some(on(0, 10, 21))));
    assert_eq!((over.state, over.next_at), (RoundState::Ended, None));
}

#[test]
fn a_courtesy_call_is_tried_on_three_days_and_left_to_a_person() {
    let first = Round { purpose: Purpose::Courtesy, ..fresh() };
    let second = tried(&first, Outcome::NoAnswer, on(0, 10, 0));
    let third = tried(&second, Outcome::NoReply, on(1, 13, 0));
    let over = tried(&third, Outcome::NoAnswer, on(2, 17, 0));

    assert_eq!((second.state, second.next_at), (RoundState::Open, Some(on(1, 12, 0))));
    assert_eq!(third.next_at, Some(on(2, 16, 0)));
    assert_eq!((over.state, over.attempts), (RoundState::Ended, 3));
    let asked = tried(&first, Outcome::SpeakToPerson, on(0, 10, 0));
    assert_eq!((asked.state, asked.human), (RoundState::Ended, false));
}
