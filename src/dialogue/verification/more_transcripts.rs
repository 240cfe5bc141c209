//! Transcripts of what a verification call says and takes beside the answer.

use crate::{
    dialogue::{
        Clip, Dialogue, Family,
        talk::{OpenRound, Settled},
        transcript::{FIRST, World, outbound, round, run},
    },
    domain::{
        language::Language,
        verification::{Outcome, Topic},
    },
};

fn with_persons(rounds: Vec<OpenRound>, settled: Settled, expected: &str) {
    let world = World { settled, ..World::default() };
    run(Dialogue::verification(Language::Hindi, rounds).with_persons(), world, expected);
}

#[test]
fn who_asks_for_a_person_is_handed_to_a_feedback_caller_once_it_is_recorded() {
    with_persons(
        vec![round(FIRST)],
        Settled::Kept,
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 3
        ivr     asks outcome SPEAK_TO_PERSON of 12345671 Here
        ivr     hands 12345671, 1, to a caller in hi
        ",
    );
}

#[test]
fn a_round_that_was_settled_elsewhere_is_handed_to_nobody() {
    with_persons(
        vec![round(FIRST)],
        Settled::AlreadySettled,
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 3
        ivr     asks outcome SPEAK_TO_PERSON of 12345671 Here
        ivr     plays hi: verify_speak_to_person verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn a_courtesy_call_is_handed_to_nobody() {
    with_persons(
        vec![OpenRound { topic: Topic::SpecialClose, ..round(FIRST) }],
        Settled::Kept,
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut courtesy_special
        ivr     plays hi: courtesy_answer
        caller  presses 3
        ivr     asks outcome SPEAK_TO_PERSON of 12345671 Here
        ivr     plays hi: verify_speak_to_person verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn who_reported_it_is_named_and_more_can_be_said_after_the_tone() {
    let officer = Some(Clip::named(Family::Designation, "junior_engineer"));
    outbound(
        vec![OpenRound { officer, ..round(FIRST) }],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved verify_reported_by designation_junior_engineer
        ivr     plays hi: verify_answer
        caller  presses 1
        ivr     plays hi: verify_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  presses 2
        ivr     asks outcome SATISFIED of 12345671 unpressured Here
        ivr     plays hi: verify_thanks_closed verify_conduct
        caller  presses 1
        ivr     tells conduct good of 12345671
        ivr     plays hi: verify_more
        caller  presses 1
        ivr     tells words of 12345671
        ivr     plays hi: verify_speak beep
        ivr     records
        caller  waits 8000 ms
        caller  presses # at once
        ivr     recorded 8000 ms
        ivr     plays hi: verify_words_kept verify_goodbye
        caller  listens
        ivr     hangs up
        ",
    );
}

#[test]
fn who_hangs_up_before_naming_a_part_of_the_day_is_called_later() {
    let outcomes = outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 4
        ivr     plays hi: verify_when
        caller  hangs up
        ivr     tells outcome CALL_LATER of 12345671 Here
        ",
    );

    assert_eq!(outcomes.len(), 1);
    assert_eq!((outcomes[0].outcome, outcomes[0].later), (Outcome::CallLater, None));
}
