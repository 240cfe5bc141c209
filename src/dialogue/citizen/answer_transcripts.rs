//! Transcripts of citizens who call to answer about a resolved complaint.

use crate::dialogue::{
    talk::{Rounds, Settled},
    transcript::{FIRST, World, citizen, known, round},
};

fn open(proven: bool) -> World {
    World { rounds: Rounds::Open { rounds: vec![round(FIRST)], proven }, ..known() }
}

#[test]
fn a_proven_call_settles_satisfied_with_the_same_four_keys() {
    citizen(
        open(true),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 3
        ivr     plays en: enter_round_number
        caller  presses 12345671#
        ivr     asks round of 12345671
        ivr     plays en: verify_right_party
        caller  presses 1
        ivr     plays en: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays en: verify_answer
        caller  presses 1
        ivr     plays en: verify_chose_satisfied
        ivr     plays en: verify_confirm
        caller  presses 1
        ivr     plays en: verify_pressure
        caller  presses 2
        ivr     asks outcome SATISFIED of 12345671 unpressured Here
        ivr     plays en: verify_thanks_closed verify_conduct
        caller  says nothing more
        ivr     plays en: goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn an_unproven_satisfied_is_rung_back() {
    citizen(
        World { settled: Settled::RingBack, ..open(false) },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 3
        ivr     plays en: enter_round_number
        caller  presses 12345671#
        ivr     asks round of 12345671
        ivr     plays en: verify_right_party
        caller  presses 1
        ivr     plays en: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays en: verify_answer
        caller  presses 1
        ivr     plays en: verify_chose_satisfied
        ivr     plays en: verify_confirm
        caller  presses 1
        ivr     asks outcome PARTIAL of 12345671 ByRingBack
        ivr     plays en: verify_thanks will_ring_back goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn a_trusted_line_without_the_keyed_number_is_rung_back_too() {
    citizen(
        World { settled: Settled::RingBack, ..open(true) },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 3
        ivr     plays en: enter_round_number
        caller  presses #
        ivr     asks rounds
        ivr     plays en: verify_right_party
        caller  presses 1
        ivr     plays en: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays en: verify_answer
        caller  presses 1
        ivr     plays en: verify_chose_satisfied
        ivr     plays en: verify_confirm
        caller  presses 1
        ivr     asks outcome PARTIAL of 12345671 ByRingBack
        ivr     plays en: verify_thanks will_ring_back goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn an_unproven_not_satisfied_settles_at_once() {
    citizen(
        World { settled: Settled::Raised, ..open(false) },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 3
        ivr     plays en: enter_round_number
        caller  presses #
        ivr     asks rounds
        ivr     plays en: verify_right_party
        caller  presses 1
        ivr     plays en: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays en: verify_answer
        caller  presses 2
        ivr     plays en: verify_chose_not_satisfied
        ivr     plays en: verify_confirm
        caller  presses 1
        ivr     plays en: verify_pressure
        caller  hangs up
        ivr     tells outcome NOT_SATISFIED of 12345671 Here
        ",
    );
}

#[test]
fn silence_inside_an_inbound_answer_leads_to_an_operator() {
    citizen(
        open(true),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 3
        ivr     plays en: enter_round_number
        caller  presses #
        ivr     asks rounds
        ivr     plays en: verify_right_party
        caller  presses 1
        ivr     plays en: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays en: verify_answer
        caller  says nothing more
        ivr     plays en: no_input / en: verify_answer
        ivr     plays en: no_input / en: verify_answer
        ivr     tells call back: no input
        ivr     plays en: operator_message
        ivr     hangs up
        ",
    );
}

#[test]
fn whoever_is_not_the_person_goes_back_to_the_menu() {
    citizen(
        open(true),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 3
        ivr     plays en: enter_round_number
        caller  presses #
        ivr     asks rounds
        ivr     plays en: verify_right_party
        caller  presses 2
        ivr     plays en: only_status_other_phone / en: main_menu / hi: change_language
        caller  hangs up
        ",
    );
}

#[test]
fn another_phone_hears_only_the_status() {
    citizen(
        World { rounds: Rounds::OtherPhone, ..known() },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 3
        ivr     plays en: enter_round_number
        caller  presses 12345671#
        ivr     asks round of 12345671
        ivr     asks status of 12345671
        ivr     plays en: only_status_other_phone complaint_number <12 34 56 71> status_with_officer at_level n_1 with_officer designation_junior_engineer n_5 days_left anything_else
        caller  hangs up
        ",
    );
}

#[test]
fn nothing_to_answer_leads_back_to_the_menu() {
    citizen(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 3
        ivr     plays en: enter_round_number
        caller  presses #
        ivr     asks rounds
        ivr     plays en: no_open_round / en: main_menu / hi: change_language
        caller  hangs up
        ",
    );
}
