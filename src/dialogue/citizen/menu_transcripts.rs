//! Transcripts of the language, the main menu and the status of a case; and what no sequence of keys may do.

use proptest::prelude::*;

use crate::{
    dialogue::{
        Clip, Dialogue, Family, Input,
        talk::{CaseStatus, Due, Rounds},
        transcript::{
            Call, FIRST, World, back_in_the_queue, citizen, citizen_with_persons, known, round,
        },
    },
    domain::{case::State, language::Language, place::Level},
};

#[test]
fn status_is_told_by_number_and_repeated() {
    citizen(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 2
        ivr     plays en: enter_number
        caller  presses 12345670#
        ivr     plays en: no_such_number / en: enter_number
        caller  presses 12345671#
        ivr     asks status of 12345671
        ivr     plays en: complaint_number <12 34 56 71> status_with_officer at_level n_1 with_officer designation_junior_engineer n_5 days_left anything_else
        caller  presses *
        ivr     plays en: complaint_number <12 34 56 71> status_with_officer at_level n_1 with_officer designation_junior_engineer n_5 days_left anything_else
        caller  presses 1
        ivr     plays en: main_menu / hi: change_language
        caller  hangs up
        ",
    );
}

#[test]
fn who_asks_for_a_person_is_handed_over_when_persons_are_there() {
    citizen_with_persons(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 9
        ivr     hands over ASKED in en
        ",
    );
}

#[test]
fn who_comes_back_to_the_queue_is_asked_nothing() {
    back_in_the_queue(
        Language::English,
        "
        caller  dials 181
        ivr     hands over ASKED in en
        ",
    );
}

#[test]
fn who_says_nothing_is_handed_over_too() {
    citizen_with_persons(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  is silent
        ivr     plays en: no_input / en: main_menu / hi: change_language
        caller  is silent
        ivr     plays en: no_input / en: main_menu / hi: change_language
        caller  is silent
        ivr     hands over NO_INPUT in en
        ",
    );
}

#[test]
fn status_says_how_long_the_level_has() {
    for (due, said) in [
        (Due::InDays(7), "n_7 days_left"),
        (Due::InDays(1), "day_left"),
        (Due::Today, "due_today"),
        (Due::Over, "overdue"),
    ] {
        let status = CaseStatus {
            state: State::PartiallyClosed,
            level: Some(Level(4)),
            officers: vec![Clip::named(Family::Designation, "chief_engineer")],
            due: Some(due),
            offers: Vec::new(),
            proven: false,
        };

        citizen(
            World { status: Some(status), ..known() },
            &format!(
                "
                caller  dials 181
                ivr     asks who calls
                ivr     plays en: welcome / en: main_menu / hi: change_language
                caller  presses 2
                ivr     plays en: enter_number
                caller  presses 12345671#
                ivr     asks status of 12345671
                ivr     plays en: complaint_number <12 34 56 71> status_partially_closed at_level n_4 with_officer designation_chief_engineer {said} anything_else
                "
            ),
        );
    }
}

#[test]
fn three_unknown_numbers_lead_to_an_operator() {
    citizen(
        World { status: None, ..known() },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 2
        ivr     plays en: enter_number
        caller  presses 12345671#
        ivr     asks status of 12345671
        ivr     plays en: no_such_number / en: enter_number
        caller  presses 123
        caller  waits 5000 ms
        ivr     plays en: wrong_input / en: enter_number
        caller  presses 12345670#
        ivr     tells call back: wrong input
        ivr     plays en: operator_message
        ivr     hangs up
        ",
    );
}

#[test]
fn silence_three_times_leads_to_an_operator_and_never_to_a_hang_up() {
    citizen(
        World::default(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays hi: welcome / hi: language_choice / en: language_choice
        caller  is silent
        ivr     plays hi: no_input / hi: language_choice / en: language_choice
        caller  is silent
        ivr     plays hi: no_input / hi: language_choice / en: language_choice
        caller  is silent
        ivr     tells call back: no input
        ivr     plays hi: operator_message
        caller  says nothing more
        ivr     hangs up
        ",
    );
}

#[test]
fn wrong_keys_three_times_lead_to_an_operator() {
    citizen(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 7
        ivr     plays en: wrong_input / en: main_menu / hi: change_language
        caller  presses #
        ivr     plays en: wrong_input / en: main_menu / hi: change_language
        caller  presses 0
        ivr     tells call back: wrong input
        ivr     plays en: operator_message
        ivr     hangs up
        ",
    );
}

#[test]
fn nine_leads_to_an_operator_who_may_not_know_the_number() {
    citizen(
        World { number_known: false, ..known() },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 9
        ivr     tells call back: asked
        ivr     plays en: operator_no_number
        ivr     hangs up
        ",
    );
}

#[test]
fn keys_cut_prompts_short_and_may_be_typed_ahead() {
    citizen(
        World::default(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays hi: welcome / hi: language_choice / en: language_choice
        caller  waits 100 ms
        caller  presses 21112 at once
        ivr     tells language en
        ivr     plays en: main_menu / hi: change_language
        ivr     asks categories
        ivr     plays en: choose_category for_choice category_power_cut press_key n_1 for_choice category_water press_key n_2
        ivr     asks divisions
        ivr     plays en: choose_division for_choice division_1 press_key n_1 for_choice division_2 press_key n_2
        ivr     asks districts of 1
        ivr     plays en: choose_district for_choice district_11 press_key n_1 for_choice district_12 press_key n_2
        ivr     plays en: say_problem_after_tone beep
        caller  hangs up
        ivr     tells call back: unfinished
        ",
    );
}

#[test]
fn eight_changes_the_language() {
    citizen(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 8
        ivr     tells language hi
        ivr     plays hi: main_menu / en: change_language
        caller  hangs up
        ",
    );
}

#[test]
fn an_unknown_caller_is_served_when_nobody_says_who_calls() {
    citizen(
        World { mute: Some("who calls"), ..known() },
        "
        caller  dials 181
        ivr     asks who calls
        caller  waits 999 ms
        caller  waits 1 ms
        ivr     plays hi: welcome / hi: language_choice / en: language_choice
        caller  hangs up
        ",
    );
}

#[test]
fn the_hash_after_a_number_that_was_complete_without_it_belongs_to_it() {
    citizen(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 2
        ivr     plays en: enter_number
        caller  presses 9999999993#
        ivr     plays en: no_such_number / en: enter_number
        caller  hangs up
        ",
    );
}

fn keys_and_waits() -> impl Strategy<Value = Vec<(char, u64)>> {
    let key =
        prop::sample::select(vec!['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#']);
    prop::collection::vec((key, prop::sample::select(vec![0, 50, 700, 4_000, 12_000])), 0..60)
}

proptest! {
    /// Whatever is pressed, the helpline lets go of a caller only with thanks after a service, or with a call-back task.
    #[test]
    fn no_keys_make_the_helpline_drop_a_caller(keys in keys_and_waits(), number_known: bool, proven: bool) {
        let rounds = Rounds::Open { rounds: vec![round(FIRST)], proven };
        let mut call = Call::new(Dialogue::citizen(number_known), World { number_known, rounds, ..known() });
        call.input(Input::Start);
        for (key, wait_ms) in keys {
            call.press(key);
            call.wait_until(call.now + wait_ms);
        }
        while call.next(u64::MAX) {}

        prop_assert!(call.over, "silence always leads somewhere");
        let served = call.log.contains("goodbye");
        prop_assert!(served || call.log.contains("tells call back"), "{}", call.log);
    }

    /// A caller may hang up at any moment; after that nothing is played, only what must be recorded is told.
    #[test]
    fn nothing_is_said_to_a_caller_who_has_hung_up(keys in keys_and_waits()) {
        let mut call = Call::new(Dialogue::citizen(true), known());
        call.input(Input::Start);
        for (key, wait_ms) in keys {
            call.press(key);
            call.wait_until(call.now + wait_ms);
        }
        let before = call.log.len();
        call.input(Input::HungUp);
        call.input(Input::Tick);
        call.press('1');

        prop_assert!(!call.log[before..].contains("plays"), "{}", call.log);
        prop_assert!(!call.log[before..].contains("asks"), "{}", call.log);
    }
}
