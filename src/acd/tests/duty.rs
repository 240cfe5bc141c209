//! The two axes of an agent: what they say, what their leases say, and how each ends by itself.

use super::stage::play;
use crate::acd::Policy;

#[test]
fn wrap_up_ends_by_itself_after_thirty_seconds() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 answers
        2 -> connect 1 with 7
        2 -> agent 7: available, talking
        10 caller 1 ends
        10 -> caller 1: talked
        10 -> agent 7: available, wrap up until 40
        11 caller 2 joins
        40 -> offer 7 to caller 2 (everyone, ring 1)
        40 -> agent 7: available, offered
        41 agent 7 answers
        41 -> connect 2 with 7
        41 -> agent 7: available, talking
        ",
    );
}

#[test]
fn wrap_up_is_extended_once_and_ended_early_at_will() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 answers
        2 -> connect 1 with 7
        2 -> agent 7: available, talking
        10 caller 1 ends
        10 -> caller 1: talked
        10 -> agent 7: available, wrap up until 40
        30 agent 7 extends
        30 -> agent 7: available, wrap up until 70
        31 agent 7 extends
        50 agent 7 finishes
        50 -> agent 7: available, idle
        51 agent 7 extends
        ",
    );
}

#[test]
fn an_extended_wrap_up_keeps_to_the_queues_cap() {
    play(
        Policy { wrap_up_max_ms: 40_000, ..Policy::default() },
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 answers
        2 -> connect 1 with 7
        2 -> agent 7: available, talking
        10 caller 1 ends
        10 -> caller 1: talked
        10 -> agent 7: available, wrap up until 40
        30 agent 7 extends
        30 -> agent 7: available, wrap up until 50
        50 -> agent 7: available, idle
        51 time
        ",
    );
}

#[test]
fn the_first_agents_wrap_up_begins_when_the_transfer_is_complete() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 agent 8 arrives
        0 watch 7
        0 watch 8
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 answers
        2 -> connect 1 with 7
        2 -> agent 7: available, talking
        5 agent 8 dials 90
        5 -> agent 8: available, talking
        9 caller 1 is passed to 8
        9 -> agent 7: available, wrap up until 39
        9 -> agent 8: available, talking
        9 agent 8 hangs up 90
        39 -> agent 7: available, idle
        60 caller 1 ends
        60 -> caller 1: talked
        60 -> agent 8: available, wrap up until 90
        90 -> agent 8: available, idle
        91 time
        ",
    );
}

#[test]
fn who_works_on_demand_takes_one_call() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 agent 7 is on demand
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: on demand, offered
        2 agent 7 answers
        2 -> connect 1 with 7
        2 -> agent 7: on demand, talking
        3 caller 2 joins
        10 caller 1 ends
        10 -> caller 1: talked
        10 -> agent 7: on break one call taken, wrap up until 40
        40 -> agent 7: on break one call taken, idle
        45 agent 7 is on demand
        45 -> offer 7 to caller 2 (everyone, ring 1)
        45 -> agent 7: on demand, offered
        ",
    );
}

#[test]
fn hold_shows_and_a_break_in_a_call_waits_for_nothing() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 answers
        2 -> connect 1 with 7
        2 -> agent 7: available, talking
        3 caller 1 is held
        3 -> agent 7: available, on hold
        4 agent 7 is on break
        4 -> agent 7: on break tea, on hold
        5 caller 1 is taken back
        5 -> agent 7: on break tea, talking
        6 caller 1 leaves
        6 -> caller 1: talked
        6 -> agent 7: on break tea, wrap up until 36
        ",
    );
}

#[test]
fn a_silent_console_gets_no_calls_and_is_signed_out_in_the_end() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        11 agent 7 console dies
        55 -> notice to 7: console lease ended
        55 -> agent 7: available, idle, no console
        60 caller 1 joins
        70 agent 7 console returns
        70 -> offer 7 to caller 1 (everyone, ring 0)
        70 -> agent 7: available, offered
        71 agent 7 answers
        71 -> connect 1 with 7
        71 -> agent 7: available, talking
        80 caller 1 ends
        80 -> caller 1: talked
        80 -> agent 7: available, wrap up until 110
        80 agent 7 finishes
        80 -> agent 7: available, idle
        80 agent 7 console leaves
        80 -> agent 7: available, idle, no console
        680 -> notice to 7: signed out silent
        680 -> agent 7: signed out, idle, no console
        700 time
        710 agent 7 console returns
        710 -> agent 7: signed out, idle
        ",
    );
}

#[test]
fn a_phone_whose_registration_ran_out_gets_no_calls() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        11 agent 7 phone dies
        40 -> notice to 7: phone lease ended
        40 -> agent 7: available, idle, no phone
        50 caller 1 joins
        60 agent 7 phone returns
        60 -> offer 7 to caller 1 (everyone, ring 0)
        60 -> agent 7: available, offered
        ",
    );
}

#[test]
fn a_lost_phone_in_a_call_puts_the_citizen_first_with_the_arrival_of_before() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 answers
        2 -> connect 1 with 7
        2 -> agent 7: available, talking
        5 caller 2 joins priority 3
        20 caller 1 loses the agent
        20 -> caller 1 waits again: agent lost
        20 -> end the leg of 7 to 1
        20 -> notice to 7: call lost 1
        20 -> agent 7: available, idle, no phone
        25 agent 8 arrives
        25 -> offer 8 to caller 1 (everyone, ring 1)
        26 agent 8 answers
        26 -> connect 1 with 8
        30 -> offer 7 to caller 2 (everyone, ring 1)
        30 -> agent 7: available, offered
        30 time
        ",
    );
}

#[test]
fn a_leg_of_an_agent_that_nobody_speaks_for_ends_after_a_minute() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 answers
        2 -> connect 1 with 7
        2 agent 7 leg dies
        62 -> caller 1 waits again: agent lost
        62 -> end the leg of 7 to 1
        62 -> notice to 7: call lost 1
        63 time
        ",
    );
}

#[test]
fn a_leg_of_a_citizen_that_nobody_speaks_for_ends_after_a_minute() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 answers
        2 -> connect 1 with 7
        3 caller 2 joins
        3 caller 1 dies
        3 caller 2 dies
        61 -> end the leg of caller 1
        61 -> caller 1: talked
        63 -> end the leg of caller 2
        63 -> call-back 2: open, abandoned, arrival 3, calls 1
        63 -> caller 2: silent
        70 time
        ",
    );
}

#[test]
fn a_call_that_the_queue_did_not_give_keeps_the_agent_busy_while_it_is_repeated() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 agent 7 dials 90
        1 -> agent 7: available, talking
        2 caller 1 joins
        40 agent 7 dials 90
        100 -> offer 7 to caller 1 (everyone, ring 3)
        100 -> agent 7: available, offered
        101 time
        ",
    );
}

#[test]
fn a_blind_transfer_waits_in_the_old_place_for_the_new_skills() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives hi3 water2
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 answers
        2 -> connect 1 with 7
        3 caller 2 joins
        9 caller 1 is sent back wants water
        9 -> caller 1 waits again: sent back
        15 agent 8 arrives hi3 water2
        15 -> offer 8 to caller 1 (everyone, ring 0)
        16 agent 8 answers
        16 -> connect 1 with 8
        ",
    );
}

#[test]
fn an_agent_who_is_passed_a_call_while_the_phone_rings_keeps_that_call_alone() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 agent 8 arrives
        0 watch 8
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 answers
        2 -> connect 1 with 7
        3 caller 2 joins
        3 -> offer 8 to caller 2 (everyone, ring 0)
        3 -> agent 8: available, offered
        4 caller 1 is passed to 8
        4 -> cancel 8: agent taken
        4 -> agent 8: available, talking
        4.1 agent 8 is gone
        4.1 -> agent 8: available, talking
        9 caller 1 ends
        9 -> caller 1: talked
        9 -> agent 8: available, wrap up until 39
        ",
    );
}

#[test]
fn an_agent_who_was_passed_a_second_call_goes_on_with_the_first() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 agent 8 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 caller 2 joins
        1 -> offer 8 to caller 2 (everyone, ring 0)
        2 agent 7 answers
        2 -> connect 1 with 7
        2 agent 8 answers
        2 -> connect 2 with 8
        2 watch 8
        4 caller 1 is passed to 8
        4 -> agent 8: available, talking
        9 caller 1 ends
        9 -> caller 1: talked
        9 -> agent 8: available, talking
        12 caller 2 ends
        12 -> caller 2: talked
        12 -> agent 8: available, wrap up until 42
        ",
    );
}
