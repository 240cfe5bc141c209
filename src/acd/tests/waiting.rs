//! What callers are told, and what becomes of those whom the queue cannot keep.

use super::stage::{key, play};
use crate::acd::*;

#[test]
fn position_and_band_are_said_when_they_got_better_and_not_oftener_than_each_minute() {
    play(
        Policy::default(),
        "
        0 hear
        0 agent 7 arrives
        0 caller 1 joins
        0 -> offer 7 to caller 1 (everyone, ring 0)
        1 agent 7 answers
        1 -> connect 1 with 7
        2 caller 2 joins
        3 caller 3 joins
        4 caller 4 joins
        17 -> tell 2: position 1, three to five minutes
        18 -> tell 3: position 2, five to ten minutes
        19 -> tell 4: position 3, five to ten minutes
        20 caller 2 leaves
        20 -> call-back 2: open, abandoned, arrival 2, calls 1
        20 -> caller 2: abandoned
        30 caller 3 leaves
        30 -> call-back 3: open, abandoned, arrival 3, calls 1
        30 -> caller 3: abandoned
        79 -> tell 4: position 1, three to five minutes
        100 caller 1 ends
        100 -> caller 1: talked
        110 time
        ",
    );
}

#[test]
fn a_call_back_is_offered_after_two_minutes_and_keeps_the_place() {
    play(
        Policy::default(),
        "
        0 hear
        0 agent 7 arrives
        0 caller 1 joins
        0 -> offer 7 to caller 1 (everyone, ring 0)
        1 agent 7 answers
        1 -> connect 1 with 7
        2 caller 2 joins
        3 caller 3 joins
        4 caller 4 joins hidden
        5 caller 5 joins never
        17 -> tell 2: position 1, three to five minutes
        18 -> tell 3: position 2, five to ten minutes
        19 -> tell 4: position 3, five to ten minutes
        20 -> tell 5: position 4, over ten minutes
        122 -> ask 2: call back instead?
        123 -> ask 3: call back instead?
        125 caller 2 accepts
        125 -> call-back 2: open, asked, arrival 2, calls 1
        125 -> caller 2: called back
        126 caller 4 accepts
        127 caller 5 accepts
        130 caller 1 ends
        130 -> caller 1: talked
        130 agent 7 finishes
        130 -> call-back 2: taken 7, asked, arrival 2, calls 1
        130 -> offer 7 to call-back 2 (everyone, ring 3)
        131 agent 7 answers
        131 -> dial call-back 2 for 7
        140 call-back 2 connects as 9
        140 -> call-back 2: closed dialled, asked, arrival 2, calls 1
        140 -> connect 9 with 7
        141 -> tell 3: position 1, three to five minutes
        141 -> tell 4: position 2, five to ten minutes
        141 -> tell 5: position 3, five to ten minutes
        150 caller 9 ends
        150 -> caller 9: talked
        150 agent 7 finishes
        150 -> offer 7 to caller 3 (everyone, ring 3)
        ",
    );
}

#[test]
fn accepting_while_a_phone_rings_takes_the_offer_back() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 caller 1 joins
        0 -> offer 7 to caller 1 (everyone, ring 0)
        1 caller 1 accepts
        1 -> cancel 7: caller gone
        1 -> call-back 1: open, asked, arrival 0, calls 1
        1 -> caller 1: called back
        1.1 agent 7 is gone
        1.1 -> call-back 1: taken 7, asked, arrival 0, calls 1
        1.1 -> offer 7 to call-back 1 (everyone, ring 0)
        2 agent 7 answers
        2 -> dial call-back 1 for 7
        3 call-back 1 connects as 2
        3 -> call-back 1: closed dialled, asked, arrival 0, calls 1
        3 -> connect 2 with 7
        ",
    );
}

#[test]
fn who_calls_again_within_five_minutes_has_the_place_back() {
    let mut stage = play(
        Policy::default(),
        "
        1 caller 1 joins
        2 caller 2 joins
        10 caller 1 leaves
        10 -> call-back 1: open, abandoned, arrival 1, calls 1
        10 -> caller 1: abandoned
        302 -> escalate 2
        309 time
        ",
    );
    let returning = stage.queue.returning(&key("1"), stage.now).unwrap();
    assert_eq!(returning.arrival, Some(super::stage::BEGINS.plus_ms(1_000)));
    assert_eq!((returning.language, returning.menu.as_str()), (Language::Hindi, "main"));

    stage.run(
        "
        309 caller 9 joins as 1
        309 -> caller 9 is back in the place of 1
        309 -> call-back 1: on the line 9, abandoned, arrival 1, calls 1
        309 -> escalate 9
        309 agent 7 arrives
        309 -> offer 7 to caller 9 (everyone, ring 3)
        310 agent 7 answers
        310 -> connect 9 with 7
        310 -> call-back 1: closed reached, abandoned, arrival 1, calls 1
        ",
    );
}

#[test]
fn who_calls_again_after_five_minutes_begins_anew() {
    let stage = play(
        Policy::default(),
        "
        1 caller 1 joins
        2 caller 2 joins
        10 caller 1 leaves
        10 -> call-back 1: open, abandoned, arrival 1, calls 1
        10 -> caller 1: abandoned
        302 -> escalate 2
        310 caller 9 joins as 1
        310 -> call-back 1: on the line 9, abandoned, arrival 1, calls 1
        ",
    );

    assert_eq!(stage.queue.returning(&key("1"), stage.now), None);
    assert_eq!(stage.queue.why_waiting(CallerId(9), stage.now).unwrap().position, 2);
}

#[test]
fn a_full_queue_says_so_and_promises_a_call() {
    play(
        Policy { callers_max: 1, ..Policy::default() },
        "
        0 caller 1 joins
        1 caller 2 joins
        1 -> call-back 2: open, no place, arrival 1, calls 1
        1 -> divert 2: full, call back
        1 -> caller 2: called back
        2 caller 3 joins hidden
        2 -> divert 3: full, message
        2 -> caller 3: message
        ",
    );
    play(
        Policy { callers_max: 1, full: Otherwise::Stay, ..Policy::default() },
        "
        0 caller 1 joins
        1 caller 2 joins
        1 -> call-back 2: open, no place, arrival 1, calls 1
        1 -> divert 2: full, message
        1 -> caller 2: message
        9 caller 2 says m2
        9 -> call-back 2: open, no place, arrival 1, calls 1, message m2
        ",
    );
}
