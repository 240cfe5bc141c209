//! What becomes of callers for whom the queue has no place: every choice, closed, at closing time and with nobody on duty.

use super::{super::*, stage::play};
use policy::{department, womens_desk};

fn outside() -> Otherwise {
    Otherwise::Overflow(Overflow { name: "the capital".into(), to: Elsewhere::Outside })
}

fn other_agents() -> Otherwise {
    let to = Elsewhere::Agents(vec![womens_desk()]);
    Otherwise::Overflow(Overflow { name: "the women's desk".into(), to })
}

fn closed(closed: Otherwise) -> Policy {
    Policy { closed, ..Policy::default() }
}

fn closing(closing: Otherwise) -> Policy {
    Policy { closing, ..Policy::default() }
}

fn nobody(nobody: Otherwise) -> Policy {
    Policy { nobody, ..Policy::default() }
}

#[test]
fn who_comes_to_a_closed_helpline_is_called_back() {
    play(
        closed(Otherwise::CallBack),
        "
        0 caller 1 joins
        1 helpline closes
        2 caller 2 joins
        2 -> divert 2: closed, call back
        2 -> call-back 2: open, no place, arrival 2, calls 1
        2 -> caller 2: called back
        3 caller 3 joins hidden
        3 -> divert 3: closed, message
        9 caller 3 says m3
        9 -> caller 3: message
        10 helpline opens
        11 caller 4 joins
        12 agent 7 arrives
        12 -> offer 7 to caller 1 (everyone, ring 0)
        ",
    );
}

#[test]
fn who_comes_to_a_closed_helpline_leaves_a_message_and_is_called_back_once() {
    play(
        closed(Otherwise::Message),
        "
        0 helpline closes
        1 agent 7 arrives
        2 caller 1 joins
        2 -> divert 1: closed, message
        30 caller 1 says m1
        30 -> call-back 1: open, no place, arrival 2, calls 1
        30 -> call-back 1: open, no place, arrival 2, calls 1, message m1
        30 -> caller 1: message
        30 -> call-back 1: taken 7, no place, arrival 2, calls 1, message m1
        30 -> offer 7 to call-back 1 (everyone, ring 1)
        31 agent 7 rejects
        31 -> call-back 1: open, no place, arrival 2, calls 1, message m1
        32 caller 2 joins as 1
        32 -> caller 2 is back in the place of 2
        32 -> call-back 1: on the line 2, no place, arrival 2, calls 1, message m1
        32 -> divert 2: closed, message
        40 caller 2 says m2
        40 -> call-back 1: open, no place, arrival 2, calls 2, message m1
        40 -> call-back 1: open, no place, arrival 2, calls 2, message m1, message m2
        40 -> caller 2: message
        ",
    );
}

#[test]
fn who_comes_to_a_closed_helpline_is_taken_elsewhere() {
    play(
        closed(outside()),
        "
        0 helpline closes
        1 caller 1 joins
        1 -> divert 1: closed, overflow the capital
        9 caller 1 is taken there
        9 -> caller 1: overflowed
        10 caller 2 joins hidden
        10 -> divert 2: closed, overflow the capital
        11 caller 2 is taken there
        11 -> caller 2: overflowed
        ",
    );
    play(
        closed(other_agents()),
        "
        0 helpline closes
        1 agent 7 arrives
        2 agent 8 arrives hi1 women1
        2 agent 9 arrives hi3 women1
        3 caller 1 joins
        3 -> divert 1: closed, overflow the women's desk
        3 -> offer 9 to caller 1 (everyone, ring 0)
        4 agent 9 answers
        4 -> connect 1 with 9
        5 caller 2 joins
        5 -> divert 2: closed, overflow the women's desk
        50 -> offer 8 to caller 2 (everyone, ring 2)
        51 caller 3 joins
        51 -> divert 3: closed, overflow the women's desk
        ",
    );
}

#[test]
fn a_closed_helpline_may_keep_its_callers() {
    play(
        closed(Otherwise::Stay),
        "
        0 helpline closes
        1 caller 1 joins
        2 agent 7 arrives
        2 -> offer 7 to caller 1 (everyone, ring 0)
        ",
    );
}

#[test]
fn who_waits_at_closing_time_is_called_back_unless_a_phone_rings_for_them() {
    play(
        closing(Otherwise::CallBack),
        "
        0 agent 7 arrives
        0 caller 1 joins
        0 -> offer 7 to caller 1 (everyone, ring 0)
        0 caller 2 joins
        1 helpline closes
        1 -> divert 2: closed, call back
        1 -> call-back 2: open, no place, arrival 0, calls 1
        1 -> caller 2: called back
        2 agent 7 answers
        2 -> connect 1 with 7
        ",
    );
}

#[test]
fn who_waits_at_closing_time_leaves_a_message() {
    play(
        closing(Otherwise::Message),
        "
        0 caller 1 joins
        60 helpline closes
        60 -> divert 1: closed, message
        61 helpline opens
        62 agent 7 arrives
        70 caller 1 says nothing more
        70 -> call-back 1: open, no place, arrival 0, calls 1
        70 -> caller 1: message
        70 -> call-back 1: taken 7, no place, arrival 0, calls 1
        70 -> offer 7 to call-back 1 (everyone, ring 2)
        ",
    );
}

#[test]
fn who_waits_at_closing_time_is_taken_elsewhere() {
    play(
        closing(outside()),
        "
        0 agent 7 arrives
        0 caller 1 joins
        0 -> offer 7 to caller 1 (everyone, ring 0)
        0 caller 2 joins
        1 helpline closes
        1 -> divert 2: closed, overflow the capital
        2 agent 7 rejects
        2 -> divert 1: closed, overflow the capital
        3 caller 1 is taken there
        3 -> caller 1: overflowed
        4 caller 2 is not taken there
        4 -> divert 2: closed, call back
        4 -> call-back 2: open, no place, arrival 0, calls 1
        4 -> caller 2: called back
        12 -> call-back 2: taken 7, no place, arrival 0, calls 1
        12 -> offer 7 to call-back 2 (everyone, ring 0)
        13 agent 7 answers
        13 -> dial call-back 2 for 7
        ",
    );
    play(
        closing(other_agents()),
        "
        0 agent 8 arrives hi3 women1
        0 agent 8 is on break
        0 caller 1 joins
        1 helpline closes
        1 -> divert 1: closed, overflow the women's desk
        9 agent 8 is available
        9 -> offer 8 to caller 1 (everyone, ring 0)
        ",
    );
}

#[test]
fn who_waits_at_closing_time_may_stay() {
    play(
        closing(Otherwise::Stay),
        "
        0 caller 1 joins
        1 helpline closes
        9 agent 7 arrives
        9 -> offer 7 to caller 1 (everyone, ring 0)
        ",
    );
}

#[test]
fn with_nobody_signed_in_who_is_called_back_waits_for_an_agent() {
    play(
        nobody(Otherwise::CallBack),
        "
        0 caller 1 joins
        0 -> divert 1: nobody, call back
        0 -> call-back 1: open, no place, arrival 0, calls 1
        0 -> caller 1: called back
        1 agent 7 arrives
        1 -> call-back 1: taken 7, no place, arrival 0, calls 1
        1 -> offer 7 to call-back 1 (everyone, ring 0)
        2 caller 2 joins women
        2 -> divert 2: nobody, call back
        2 -> call-back 2: open, no place, arrival 2, calls 1
        2 -> caller 2: called back
        3 agent 7 is on break
        4 caller 3 joins
        5 agent 7 is signed out
        6 caller 4 joins hidden
        ",
    );
}

#[test]
fn with_nobody_signed_in_a_message_is_left() {
    play(
        nobody(Otherwise::Message),
        "
        0 caller 1 joins
        0 -> divert 1: nobody, message
        1 agent 7 arrives
        9 caller 1 says m1
        9 -> call-back 1: open, no place, arrival 0, calls 1
        9 -> call-back 1: open, no place, arrival 0, calls 1, message m1
        9 -> caller 1: message
        9 -> call-back 1: taken 7, no place, arrival 0, calls 1, message m1
        9 -> offer 7 to call-back 1 (everyone, ring 0)
        ",
    );
}

#[test]
fn with_nobody_signed_in_another_place_takes_the_call() {
    play(
        nobody(outside()),
        "
        0 caller 1 joins
        0 -> divert 1: nobody, overflow the capital
        1 agent 7 arrives
        9 caller 1 is taken there
        9 -> caller 1: overflowed
        ",
    );
    play(
        nobody(other_agents()),
        "
        0 agent 8 arrives hi3 women1
        0 agent 8 is on break
        1 caller 1 joins wants water
        2 caller 2 joins en
        2 -> divert 2: nobody, call back
        2 -> call-back 2: open, no place, arrival 2, calls 1
        2 -> caller 2: called back
        ",
    );
}

#[test]
fn with_nobody_signed_in_callers_may_stay() {
    play(
        nobody(Otherwise::Stay),
        "
        0 caller 1 joins
        60 agent 7 arrives
        60 -> offer 7 to caller 1 (everyone, ring 2)
        ",
    );
}

#[test]
fn when_the_other_agents_go_their_callers_are_called_back_by_whom_they_wanted() {
    let stage = play(
        Policy { nobody: Otherwise::Stay, ..closed(other_agents()) },
        "
        0 helpline closes
        0 agent 8 arrives hi3 women1
        0 agent 8 is on break
        1 caller 1 joins wants water
        1 -> divert 1: closed, overflow the women's desk
        2 caller 2 joins hidden
        2 -> divert 2: closed, overflow the women's desk
        9 agent 8 is signed out
        9 -> divert 1: nobody, call back
        9 -> call-back 1: open, no place, arrival 1, calls 1
        9 -> caller 1: called back
        9 -> divert 2: nobody, message
        10 caller 2 says m2
        10 -> caller 2: message
        ",
    );

    assert_eq!(stage.queue.call_back(CallerId(1)).unwrap().wants, [department("water")]);
}

#[test]
fn nobody_is_lost_on_the_way_elsewhere_or_in_the_middle_of_a_message() {
    play(
        Policy { closed: outside(), nobody: Otherwise::Message, ..Policy::default() },
        "
        0 caller 1 joins
        0 -> divert 1: nobody, message
        1 caller 2 joins
        1 -> divert 2: nobody, message
        2 helpline closes
        3 caller 3 joins
        3 -> divert 3: closed, overflow the capital
        4 caller 4 joins hidden
        4 -> divert 4: closed, overflow the capital
        5 caller 3 leaves
        5 -> call-back 3: open, abandoned, arrival 3, calls 1
        5 -> caller 3: abandoned
        6 caller 3 is taken there
        7 caller 4 is not taken there
        7 -> divert 4: closed, message
        8 caller 4 says m4
        8 -> caller 4: message
        9 caller 1 dies
        9 caller 2 leaves
        9 -> call-back 2: open, no place, arrival 1, calls 1
        9 -> caller 2: abandoned
        60 -> end the leg of caller 1
        60 -> call-back 1: open, no place, arrival 0, calls 1
        60 -> caller 1: silent
        70 time
        ",
    );
}

#[test]
fn a_caller_between_two_places_survives_the_process() {
    let mut stage = play(
        closed(outside()),
        "
        0 helpline closes
        1 caller 1 joins
        1 -> divert 1: closed, overflow the capital
        ",
    );

    let (queue, _) = Queue::restore(Policy::default(), stage.queue.snapshot(), stage.now);
    stage.queue = queue;

    let owed = stage.queue.call_back(CallerId(1)).unwrap();
    assert_eq!((owed.reason, owed.state), (Reason::NodeLost, State::Open));
}

#[test]
fn a_wait_that_ends_elsewhere_counts_once() {
    let stage = play(
        closed(outside()),
        "
        0 helpline closes
        1 caller 1 joins
        1 -> divert 1: closed, overflow the capital
        2 caller 2 joins
        2 -> divert 2: closed, overflow the capital
        3 caller 1 is taken there
        3 -> caller 1: overflowed
        4 caller 2 is not taken there
        4 -> divert 2: closed, call back
        4 -> call-back 2: open, no place, arrival 2, calls 1
        4 -> caller 2: called back
        ",
    );

    let figures = figures::Figures::of(&stage.facts);
    assert_eq!((figures.joined, figures.diverted, figures.waiting()), (2, 2, 0));
}
