//! Offers are children of their caller: every moment at which somebody may go, and what the phones do then.

use super::stage::play;
use crate::acd::Policy;

#[test]
fn a_caller_who_leaves_while_the_phone_rings_takes_the_offer_along() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 agent 7 rings
        3 caller 1 leaves
        3 -> cancel 7: caller gone
        3 -> call-back 1: open, abandoned, arrival 1, calls 1
        3 -> caller 1: abandoned
        3.2 agent 7 is gone
        4 caller 2 joins
        4 -> offer 7 to caller 2 (everyone, ring 0)
        ",
    );
}

#[test]
fn an_answer_after_the_caller_left_is_hung_up() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        3 caller 1 leaves
        3 -> cancel 7: caller gone
        3 -> call-back 1: open, abandoned, arrival 1, calls 1
        3 -> caller 1: abandoned
        3.1 agent 7 answers
        3.1 -> hang up 7
        3.3 agent 7 is gone
        4 caller 2 joins
        4 -> offer 7 to caller 2 (everyone, ring 0)
        5 agent 7 answers
        5 -> connect 2 with 7
        ",
    );
}

#[test]
fn a_caller_who_leaves_before_the_phone_rings_takes_the_offer_along() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 caller 1 leaves
        1 -> cancel 7: caller gone
        1 -> call-back 1: open, abandoned, arrival 1, calls 1
        1 -> caller 1: abandoned
        1.1 agent 7 rings
        1.2 agent 7 is gone
        1.3 agent 7 answers
        1.3 -> hang up 7
        ",
    );
}

#[test]
fn a_caller_who_leaves_at_the_answer_was_talked_to() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        3 agent 7 answers
        3 -> connect 1 with 7
        3 -> agent 7: available, talking
        3 caller 1 leaves
        3 -> caller 1: talked
        3 -> agent 7: available, wrap up until 33
        ",
    );
}

#[test]
fn a_phone_that_never_confirms_holds_its_agent_for_two_seconds() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 caller 1 leaves
        2 -> cancel 7: caller gone
        2 -> call-back 1: open, abandoned, arrival 1, calls 1
        2 -> caller 1: abandoned
        2.5 caller 2 joins
        4 -> offer 7 to caller 2 (everyone, ring 0)
        4 -> agent 7: available, offered
        5 time
        ",
    );
}

#[test]
fn nobody_answers_in_eighteen_seconds_and_the_next_agent_rings_at_once() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0.5 agent 8 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        19 -> cancel 7: no answer
        19 -> offer 8 to caller 1 (everyone, ring 0)
        19.1 agent 7 is gone
        20 agent 8 answers
        20 -> connect 1 with 8
        ",
    );
}

#[test]
fn an_answer_at_the_last_moment_counts() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        18.999 agent 7 answers
        18.999 -> connect 1 with 7
        ",
    );
}

#[test]
fn an_answer_after_the_phone_was_given_up_is_hung_up_and_the_other_agent_keeps_the_caller() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0.5 agent 8 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        19 -> cancel 7: no answer
        19 -> offer 8 to caller 1 (everyone, ring 0)
        19.1 agent 7 answers
        19.1 -> hang up 7
        19.2 agent 7 is gone
        20 agent 8 answers
        20 -> connect 1 with 8
        ",
    );
}

#[test]
fn a_change_of_intent_in_mid_offer_counts_when_the_offer_is_over() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 is on break
        2 -> agent 7: available, offered, then on break tea
        3 agent 7 answers
        3 -> connect 1 with 7
        3 -> agent 7: on break tea, talking
        10 caller 1 ends
        10 -> caller 1: talked
        10 -> agent 7: on break tea, wrap up until 40
        ",
    );
}

#[test]
fn a_break_in_mid_offer_survives_the_rejection_and_rings_nobody_again() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 is on break
        2 -> agent 7: available, offered, then on break tea
        3 agent 7 rejects
        3 -> agent 7: on break tea, idle, rests until 13: rejected
        13 -> agent 7: on break tea, idle
        30 time
        ",
    );
}

#[test]
fn an_intent_taken_back_in_mid_offer_leaves_nothing() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 is signed out
        2 -> agent 7: available, offered, then signed out
        2.5 agent 7 is available
        2.5 -> agent 7: available, offered
        3 agent 7 answers
        3 -> connect 1 with 7
        3 -> agent 7: available, talking
        ",
    );
}

#[test]
fn a_break_said_while_a_withdrawn_phone_still_confirms_counts_then() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 caller 1 leaves
        2 -> cancel 7: caller gone
        2 -> call-back 1: open, abandoned, arrival 1, calls 1
        2 -> caller 1: abandoned
        2.1 agent 7 is on break
        2.1 -> agent 7: available, offered, then on break tea
        2.2 agent 7 is gone
        2.2 -> agent 7: on break tea, idle
        3 agent 7 is available
        3 -> agent 7: available, idle
        ",
    );
}

#[test]
fn each_cause_rests_the_agent_for_its_own_time() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0.1 agent 8 arrives
        0.2 agent 9 arrives
        0.3 watch 7
        0.3 watch 8
        0.3 watch 9
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 rejects
        2 -> offer 8 to caller 1 (everyone, ring 0)
        2 -> agent 7: available, idle, rests until 12: rejected
        2 -> agent 8: available, offered
        3 agent 8 is busy
        3 -> offer 9 to caller 1 (everyone, ring 0)
        3 -> agent 8: available, idle, rests until 63: busy
        3 -> agent 9: available, offered
        4 agent 9 is unreachable
        4 -> agent 9: available, idle, rests until 9: unreachable
        4 caller 1 leaves
        4 -> call-back 1: open, abandoned, arrival 1, calls 1
        4 -> caller 1: abandoned
        9 -> agent 9: available, idle
        12 -> agent 7: available, idle
        63 -> agent 8: available, idle
        63.5 time
        ",
    );
}

#[test]
fn who_rejected_a_caller_is_not_asked_again_while_others_have_not_been() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0.1 agent 8 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 caller 2 joins
        1 -> offer 8 to caller 2 (everyone, ring 0)
        2 agent 7 rejects
        3 agent 8 answers
        3 -> connect 2 with 8
        20 caller 2 ends
        20 -> caller 2: talked
        50 -> offer 8 to caller 1 (everyone, ring 2)
        52 agent 8 answers
        52 -> connect 1 with 8
        ",
    );
}

#[test]
fn when_everybody_on_duty_refused_a_new_round_begins() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0.1 agent 8 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 rejects
        2 -> offer 8 to caller 1 (everyone, ring 0)
        3 agent 8 rejects
        12 -> offer 7 to caller 1 (everyone, ring 0)
        14 agent 7 answers
        14 -> connect 1 with 7
        ",
    );
}

#[test]
fn two_calls_unanswered_in_a_row_put_the_agent_on_break_with_a_notice() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        19 -> cancel 7: no answer
        19 -> agent 7: available, offered, rests until 29: no answer
        19.1 agent 7 is gone
        19.1 -> agent 7: available, idle, rests until 29: no answer
        29 -> offer 7 to caller 1 (everyone, ring 1)
        29 -> agent 7: available, offered
        47 -> cancel 7: no answer
        47 -> notice to 7: away no answer
        47 -> agent 7: on break no answer, offered, rests until 57: no answer
        47.1 agent 7 is gone
        47.1 -> agent 7: on break no answer, idle, rests until 57: no answer
        57 -> agent 7: on break no answer, idle
        60 agent 7 is available
        60 -> offer 7 to caller 1 (everyone, ring 2)
        60 -> agent 7: available, offered
        61 agent 7 answers
        61 -> connect 1 with 7
        61 -> agent 7: available, talking
        ",
    );
}

#[test]
fn a_phone_that_unregisters_while_it_rings_frees_the_caller_at_once() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0.1 agent 8 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 phone leaves
        2 -> cancel 7: phone gone
        2 -> offer 8 to caller 1 (everyone, ring 0)
        2.1 agent 8 answers
        2.1 -> connect 1 with 8
        ",
    );
}

#[test]
fn a_registration_that_runs_out_while_it_rings_says_so() {
    play(
        Policy { offer_ms: 60_000, ..Policy::default() },
        "
        0 agent 7 arrives
        1 agent 7 phone dies
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        30 -> notice to 7: phone lease ended
        30 -> cancel 7: phone gone
        31 time
        ",
    );
}
