//! Whom the helpline owes a call: one entry a citizen, in the order of arrival, never more dials than agents.

use super::stage::play;
use crate::acd::*;

#[test]
fn an_abandoned_and_a_missed_call_are_one_entry_of_the_citizen() {
    play(
        Policy::default(),
        "
        0 caller 1 joins as a
        10 caller 1 leaves
        10 -> call-back 1: open, abandoned, arrival 0, calls 1
        10 -> caller 1: abandoned
        400 caller 2 is missed as a
        400 -> call-back 1: open, missed, arrival 0, calls 2
        500 caller 3 joins as a
        500 -> call-back 1: on the line 3, missed, arrival 0, calls 2
        510 caller 3 leaves
        510 -> call-back 1: open, abandoned, arrival 0, calls 3
        510 -> caller 3: abandoned
        600 citizen a reaches us
        600 -> call-back 1: closed reached, abandoned, arrival 0, calls 3
        601 caller 4 joins as b hidden
        602 caller 4 leaves
        602 -> caller 4: abandoned
        603 caller 5 joins as c never
        604 caller 5 leaves
        604 -> caller 5: abandoned
        ",
    );
}

#[test]
fn a_citizen_who_gets_through_is_owed_nothing_any_more() {
    play(
        Policy::default(),
        "
        0 caller 1 joins as a
        10 caller 1 leaves
        10 -> call-back 1: open, abandoned, arrival 0, calls 1
        10 -> caller 1: abandoned
        400 caller 2 joins as a
        400 -> call-back 1: on the line 2, abandoned, arrival 0, calls 1
        401 agent 7 arrives
        401 -> offer 7 to caller 2 (everyone, ring 0)
        402 agent 7 answers
        402 -> connect 2 with 7
        402 -> call-back 1: closed reached, abandoned, arrival 0, calls 1
        ",
    );
}

#[test]
fn a_citizen_who_calls_while_being_dialled_takes_the_dial_back() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 caller 1 is missed as a
        0 -> call-back 1: open, missed, arrival 0, calls 1
        0 -> call-back 1: taken 7, missed, arrival 0, calls 1
        0 -> offer 7 to call-back 1 (everyone, ring 0)
        1 agent 7 answers
        1 -> dial call-back 1 for 7
        5 caller 2 joins as a
        5 -> cancel 7: caller gone
        5 -> call-back 1: open, missed, arrival 0, calls 1
        5 -> call-back 1: on the line 2, missed, arrival 0, calls 1
        5.1 agent 7 is gone
        5.1 -> offer 7 to caller 2 (everyone, ring 0)
        6 call-back 1 connects as 3
        6 -> end the leg of caller 3
        7 agent 7 answers
        7 -> connect 2 with 7
        7 -> call-back 1: closed reached, missed, arrival 0, calls 1
        ",
    );
}

#[test]
fn call_backs_take_their_turn_by_arrival_among_live_callers() {
    play(
        Policy::default(),
        "
        1 caller 1 joins
        2 caller 2 is missed
        2 -> call-back 2: open, missed, arrival 2, calls 1
        3 caller 3 joins
        10 agent 7 arrives
        10 -> offer 7 to caller 1 (everyone, ring 0)
        10.1 agent 8 arrives
        10.1 -> call-back 2: taken 8, missed, arrival 2, calls 1
        10.1 -> offer 8 to call-back 2 (everyone, ring 0)
        10.2 agent 9 arrives
        10.2 -> offer 9 to caller 3 (everyone, ring 0)
        ",
    );
}

#[test]
fn no_more_call_backs_are_dialled_than_agents_are_free() {
    play(
        Policy::default(),
        "
        0 caller 1 is missed
        0 -> call-back 1: open, missed, arrival 0, calls 1
        1 caller 2 is missed
        1 -> call-back 2: open, missed, arrival 1, calls 1
        2 caller 3 is missed
        2 -> call-back 3: open, missed, arrival 2, calls 1
        10 agent 7 arrives
        10 -> call-back 1: taken 7, missed, arrival 0, calls 1
        10 -> offer 7 to call-back 1 (everyone, ring 0)
        11 agent 8 arrives
        11 -> call-back 2: taken 8, missed, arrival 1, calls 1
        11 -> offer 8 to call-back 2 (everyone, ring 0)
        12 agent 7 answers
        12 -> dial call-back 1 for 7
        13 agent 8 answers
        13 -> dial call-back 2 for 8
        14 call-back 1 connects as 90
        14 -> call-back 1: closed dialled, missed, arrival 0, calls 1
        14 -> connect 90 with 7
        15 time
        ",
    );
}

#[test]
fn each_end_of_a_dial_has_its_pause_and_three_dials_use_it_up() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 caller 1 is missed
        0 -> call-back 1: open, missed, arrival 0, calls 1
        0 -> call-back 1: taken 7, missed, arrival 0, calls 1
        0 -> offer 7 to call-back 1 (everyone, ring 0)
        1 agent 7 answers
        1 -> dial call-back 1 for 7
        2 call-back 1 fails
        2 -> hang up 7
        2 -> call-back 1: open, missed, arrival 0, calls 1
        2.1 agent 7 is gone
        302 -> call-back 1: taken 7, missed, arrival 0, calls 1
        302 -> offer 7 to call-back 1 (everyone, ring 3)
        303 agent 7 answers
        303 -> dial call-back 1 for 7
        304 call-back 1 is busy
        304 -> hang up 7
        304 -> call-back 1: open, missed, arrival 0, calls 1
        304.1 agent 7 is gone
        904 -> call-back 1: taken 7, missed, arrival 0, calls 1
        904 -> offer 7 to call-back 1 (everyone, ring 3)
        905 agent 7 answers
        905 -> dial call-back 1 for 7
        930 call-back 1 does not answer
        930 -> hang up 7
        930 -> call-back 1: open, missed, arrival 0, calls 1
        930.1 agent 7 is gone
        8130 -> call-back 1: taken 7, missed, arrival 0, calls 1
        8130 -> offer 7 to call-back 1 (everyone, ring 3)
        8131 agent 7 answers
        8131 -> dial call-back 1 for 7
        8140 call-back 1 is busy
        8140 -> hang up 7
        8140 -> call-back 1: expired dials used up, missed, arrival 0, calls 1
        8141 agent 7 is gone
        9000 call-back 1 is settled
        9000 -> call-back 1: closed by person, missed, arrival 0, calls 1
        ",
    );
}

#[test]
fn a_number_that_does_not_exist_is_dialled_once_and_stays_visible() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 caller 1 is missed as a
        0 -> call-back 1: open, missed, arrival 0, calls 1
        0 -> call-back 1: taken 7, missed, arrival 0, calls 1
        0 -> offer 7 to call-back 1 (everyone, ring 0)
        1 agent 7 answers
        1 -> dial call-back 1 for 7
        2 call-back 1 has no number
        2 -> hang up 7
        2 -> call-back 1: expired invalid number, missed, arrival 0, calls 1
        700 caller 2 is missed as a
        700 -> call-back 1: open, missed, arrival 700, calls 2
        700 -> call-back 1: taken 7, missed, arrival 700, calls 2
        700 -> offer 7 to call-back 1 (everyone, ring 0)
        ",
    );
}

#[test]
fn an_agent_who_hangs_up_on_the_dialling_leaves_the_call_back_to_others() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 caller 1 is missed
        0 -> call-back 1: open, missed, arrival 0, calls 1
        0 -> call-back 1: taken 7, missed, arrival 0, calls 1
        0 -> offer 7 to call-back 1 (everyone, ring 0)
        0.5 agent 8 arrives
        1 agent 7 answers
        1 -> dial call-back 1 for 7
        2 call-back 1 loses the agent
        2 -> cancel 7: dial ended
        2 -> call-back 1: open, missed, arrival 0, calls 1
        2 -> call-back 1: taken 8, missed, arrival 0, calls 1
        2 -> offer 8 to call-back 1 (everyone, ring 0)
        ",
    );
}

#[test]
fn a_dialling_that_nobody_reports_on_ends_by_itself() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 caller 1 is missed
        0 -> call-back 1: open, missed, arrival 0, calls 1
        0 -> call-back 1: taken 7, missed, arrival 0, calls 1
        0 -> offer 7 to call-back 1 (everyone, ring 0)
        1 agent 7 answers
        1 -> dial call-back 1 for 7
        46 -> cancel 7: dial ended
        46 -> call-back 1: open, missed, arrival 0, calls 1
        46 agent 7 is signed out
        48 time
        ",
    );
}

#[test]
fn an_old_call_back_is_dialled_by_day_alone() {
    play(
        Policy { call_back_minutes: (660, 720), ..Policy::default() },
        "
        0 caller 1 is missed
        0 -> call-back 1: open, missed, arrival 0, calls 1
        7300 agent 7 arrives
        ",
    );
    play(
        Policy { call_back_minutes: (780, 840), ..Policy::default() },
        "
        0 caller 1 is missed
        0 -> call-back 1: open, missed, arrival 0, calls 1
        7300 agent 7 arrives
        10799 time
        10800 -> call-back 1: taken 7, missed, arrival 0, calls 1
        10800 -> offer 7 to call-back 1 (everyone, ring 3)
        10800 agent 7 answers
        10800 -> dial call-back 1 for 7
        ",
    );
}

#[test]
fn after_two_days_it_is_dialled_no_more_and_stays_visible() {
    let stage = play(
        Policy::default(),
        "
        0 caller 1 is missed
        0 -> call-back 1: open, missed, arrival 0, calls 1
        172800 -> call-back 1: expired too old, missed, arrival 0, calls 1
        172800 time
        172801 agent 7 arrives
        ",
    );

    let expired = State::Expired(Expired::TooOld);
    assert!(stage.queue.call_backs().all(|row| row.state == expired));
    assert_eq!(stage.queue.call_backs().count(), 1);
}

#[test]
fn an_old_call_back_goes_before_no_priority_and_is_not_the_escalation_groups() {
    play(
        Policy::default(),
        "
        0 caller 1 is missed
        0 -> call-back 1: open, missed, arrival 0, calls 1
        0 agent 9 arrives hi3 escalation1
        400 caller 2 joins priority 1
        401 agent 7 arrives
        401 -> offer 7 to caller 2 (everyone, ring 0)
        402 agent 8 arrives
        402 -> call-back 1: taken 8, missed, arrival 0, calls 1
        402 -> offer 8 to call-back 1 (everyone, ring 3)
        ",
    );
}
