//! Transcripts of the officers' line: signing in, hearing, reporting; and that nothing unconfirmed is filed.

use proptest::prelude::*;

use crate::{
    dialogue::{
        Dialogue, Input,
        officer::{
            talk::{DayOfMonth, Done, SignedIn},
            world::OfficerWorld,
        },
        transcript::{Call, World, known, officer},
    },
    domain::case::State,
};

const SIGNED_IN: &str = "
    caller  dials 18002330183
    ivr     asks who calls
    ivr     plays en: officer_welcome officer_enter_pin
    caller  presses 181181
    ivr     asks to sign in with 181181
    ivr     plays en: officer_enter_number
";
const AT_MENU: &str = "
    caller  presses 12345671#
    ivr     asks case 12345671
    ivr     plays en: complaint_number <12 34 56 71> verify_subject category_power_cut pause officer_state_pending at_level n_1 officer_due_on n_29 month_11 n_5 days_left officer_menu / hi: change_language
";

fn world(officer: OfficerWorld) -> World {
    World { officer, ..known() }
}

#[track_caller]
fn signed_in(with: OfficerWorld, rest: &str) {
    officer(world(with), &format!("{SIGNED_IN}{rest}"));
}

#[track_caller]
fn at_menu(with: OfficerWorld, rest: &str) {
    officer(world(with), &format!("{SIGNED_IN}{AT_MENU}{rest}"));
}

#[test]
fn an_officer_reports_a_resolution_by_voice() {
    at_menu(
        OfficerWorld::default(),
        "
        caller  presses 1
        ivr     plays en: officer_say_report beep
        ivr     records
        caller  waits 7400 ms
        caller  presses #
        ivr     recorded 8400 ms
        ivr     plays en: officer_recorded n_8 officer_seconds officer_confirm_report
        caller  presses 1
        ivr     asks act 1 on 12345671: resolved, voice 8400 ms
        ivr     plays en: officer_resolved officer_next
        caller  is silent
        ivr     plays en: goodbye
        ",
    );
}

#[test]
fn the_language_is_chosen_once_and_changed_by_eight() {
    officer(
        World::default(),
        "
        caller  dials 18002330183
        ivr     asks who calls
        ivr     plays hi: officer_welcome / hi: language_choice / en: language_choice
        caller  presses 1
        ivr     tells language hi
        ivr     plays hi: officer_enter_pin
        caller  presses 181181
        ivr     asks to sign in with 181181
        ivr     plays hi: officer_enter_number
        caller  presses 12345671#
        ivr     asks case 12345671
        ivr     plays hi: complaint_number <12 34 56 71> verify_subject category_power_cut pause officer_state_pending at_level n_1 officer_due_on n_29 month_11 n_5 days_left officer_menu / en: change_language
        caller  presses 8
        ivr     tells language en
        ivr     plays en: complaint_number <12 34 56 71> verify_subject category_power_cut pause officer_state_pending at_level n_1 officer_due_on n_29 month_11 n_5 days_left officer_menu / hi: change_language
        caller  hangs up
        ",
    );
}

#[test]
fn an_unknown_number_hears_what_a_wrong_pin_hears_and_then_what_to_do() {
    officer(
        known(),
        "
        caller  dials 18002330183
        ivr     asks who calls
        ivr     plays en: officer_welcome officer_enter_pin
        caller  presses 111222
        ivr     asks to sign in with 111222
        ivr     plays en: officer_pin_wrong / en: officer_enter_pin
        caller  presses 222333
        ivr     asks to sign in with 222333
        ivr     plays en: officer_pin_wrong / en: officer_enter_pin
        caller  presses 333444
        ivr     asks to sign in with 333444
        ivr     plays en: officer_pin_wrong officer_how_to
        ivr     hangs up
        ",
    );
}

#[test]
fn a_lock_and_a_missing_post_are_told() {
    for (signed_in, said) in
        [(SignedIn::Locked, "officer_pin_locked"), (SignedIn::NoPost, "officer_no_post")]
    {
        officer(
            world(OfficerWorld { signed_in, ..OfficerWorld::default() }),
            &format!(
                "
                caller  dials 18002330183
                ivr     asks who calls
                ivr     plays en: officer_welcome officer_enter_pin
                caller  presses 181181
                ivr     asks to sign in with 181181
                ivr     plays en: {said}
                ivr     hangs up
                "
            ),
        );
    }
}

#[test]
fn a_pin_that_is_not_keyed_leads_to_what_to_do() {
    officer(
        known(),
        "
        caller  dials 18002330183
        ivr     asks who calls
        ivr     plays en: officer_welcome officer_enter_pin
        caller  presses 12#
        ivr     plays en: wrong_input / en: officer_enter_pin
        caller  is silent
        ivr     plays en: no_input / en: officer_enter_pin
        caller  is silent
        ivr     plays en: no_input / en: officer_enter_pin
        caller  is silent
        ivr     plays en: officer_how_to
        caller  says nothing more
        ivr     hangs up
        ",
    );
}

#[test]
fn somebody_elses_case_and_none_at_all_are_refused_alike_and_a_slip_is_asked_again() {
    signed_in(
        OfficerWorld { with_officer: false, ..OfficerWorld::default() },
        "
        caller  presses 12345670#
        ivr     plays en: no_such_number / en: officer_enter_number
        caller  presses 12345671#
        ivr     asks case 12345671
        ivr     plays en: officer_not_with_you / en: officer_enter_number
        caller  presses 12345671#
        ivr     asks case 12345671
        ivr     plays en: officer_not_with_you goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn a_hang_up_before_the_confirmation_files_nothing() {
    at_menu(
        OfficerWorld::default(),
        "
        caller  presses 1
        ivr     plays en: officer_say_report beep
        ivr     records
        caller  waits 3000 ms
        caller  hangs up
        ",
    );
    at_menu(
        OfficerWorld::default(),
        "
        caller  presses 1
        ivr     plays en: officer_say_report beep
        ivr     records
        caller  waits 4000 ms
        caller  presses #
        ivr     recorded 5000 ms
        ivr     plays en: officer_recorded n_5 officer_seconds officer_confirm_report
        caller  hangs up
        ",
    );
}

#[test]
fn silence_before_the_confirmation_files_nothing_and_says_so() {
    at_menu(
        OfficerWorld::default(),
        "
        caller  presses 1
        ivr     plays en: officer_say_report beep
        ivr     records
        caller  waits 4000 ms
        caller  presses #
        ivr     recorded 5000 ms
        ivr     plays en: officer_recorded n_5 officer_seconds officer_confirm_report
        caller  is silent
        ivr     plays en: no_input / en: officer_recorded n_5 officer_seconds officer_confirm_report
        caller  is silent
        ivr     plays en: no_input / en: officer_recorded n_5 officer_seconds officer_confirm_report
        caller  is silent
        ivr     plays en: officer_nothing goodbye
        caller  says nothing more
        ivr     hangs up
        ",
    );
}

#[test]
fn a_report_is_spoken_again_by_two_and_when_it_was_too_short() {
    at_menu(
        OfficerWorld::default(),
        "
        caller  presses 1
        ivr     plays en: officer_say_report beep
        ivr     records
        caller  presses #
        ivr     recorded 1000 ms
        ivr     plays en: recording_too_short officer_say_report beep
        ivr     records
        caller  waits 4000 ms
        caller  presses #
        ivr     recorded 5000 ms
        ivr     plays en: officer_recorded n_5 officer_seconds officer_confirm_report
        caller  presses 2
        ivr     plays en: officer_say_report beep
        ivr     records
        caller  waits 120000 ms
        ivr     recorded 120000 ms
        ivr     plays en: officer_recorded n_1 n_hundred n_20 officer_seconds officer_confirm_report
        caller  presses 1
        ivr     asks act 1 on 12345671: resolved, voice 120000 ms
        ivr     plays en: officer_resolved officer_next
        ",
    );
}

#[test]
fn a_contact_is_recorded_with_or_without_a_note() {
    let contacted = || OfficerWorld { done: Done::Contacted, ..OfficerWorld::default() };
    at_menu(
        contacted(),
        "
        caller  presses 2
        ivr     plays en: officer_contact_choice
        caller  presses 1
        ivr     asks act 1 on 12345671: contacted
        ivr     plays en: officer_contacted officer_next
        caller  presses 0
        ivr     asks case 12345671
        ivr     plays en: complaint_number <12 34 56 71> verify_subject category_power_cut pause officer_state_pending at_level n_1 officer_due_on n_29 month_11 n_5 days_left officer_menu / hi: change_language
        ",
    );
    at_menu(
        contacted(),
        "
        caller  presses 2
        ivr     plays en: officer_contact_choice
        caller  presses 2
        ivr     plays en: officer_say_note beep
        ivr     records
        caller  waits 4000 ms
        caller  presses #
        ivr     recorded 5000 ms
        ivr     plays en: officer_recorded n_5 officer_seconds officer_confirm_note
        caller  presses 1
        ivr     asks act 1 on 12345671: contacted, voice 5000 ms
        ivr     plays en: officer_contacted officer_next
        caller  presses 9
        ivr     plays en: officer_enter_number
        ",
    );
}

#[test]
fn more_days_become_a_target_date_and_the_time_limit_stays() {
    let done = Done::Target(DayOfMonth { day: 25, month: 11 });
    at_menu(
        OfficerWorld { done, ..OfficerWorld::default() },
        "
        caller  presses 3
        ivr     plays en: officer_enter_days
        caller  presses 0#
        ivr     plays en: wrong_input / en: officer_enter_days
        caller  presses 4#
        ivr     plays en: officer_days_keyed <4> officer_confirm_days
        caller  presses 2
        ivr     plays en: officer_enter_days
        caller  presses 3#
        ivr     plays en: officer_days_keyed <3> officer_confirm_days
        caller  presses 1
        ivr     asks act 1 on 12345671: needs 3 days
        ivr     plays en: officer_target_set n_25 month_11 officer_limit_stays officer_next
        ",
    );
}

#[test]
fn days_past_the_time_limit_are_refused_with_the_way_to_a_pc() {
    at_menu(
        OfficerWorld { done: Done::BeyondDue, ..OfficerWorld::default() },
        "
        caller  presses 3
        ivr     plays en: officer_enter_days
        caller  presses 20
        ivr     plays en: officer_days_keyed n_20 pause officer_confirm_days
        caller  presses 1
        ivr     asks act 1 on 12345671: needs 20 days
        ivr     plays en: officer_beyond_due officer_enter_days
        caller  hangs up
        ",
    );
}

#[test]
fn due_cases_are_said_five_at_a_time() {
    signed_in(
        OfficerWorld { due: 6, ..OfficerWorld::default() },
        "
        caller  waits 3000 ms
        caller  presses #
        ivr     asks due cases
        ivr     plays en: officer_due_cases complaint_number <12 34 56 71> overdue pause complaint_number <12 34 56 71> officer_due_on n_29 month_11 pause complaint_number <12 34 56 71> officer_due_on n_29 month_11 pause complaint_number <12 34 56 71> officer_due_on n_29 month_11 pause complaint_number <12 34 56 71> officer_due_on n_29 month_11 pause officer_due_more officer_due_next
        caller  presses 1
        ivr     asks due cases after 5
        ivr     plays en: officer_due_cases complaint_number <12 34 56 71> officer_due_on n_29 month_11 pause officer_due_next
        caller  presses 0
        ivr     asks due cases after 5
        ivr     plays en: officer_due_cases complaint_number <12 34 56 71> officer_due_on n_29 month_11 pause officer_due_next
        caller  presses 9
        ivr     plays en: officer_enter_number
        ",
    );
    signed_in(
        OfficerWorld { due: 0, ..OfficerWorld::default() },
        "
        caller  waits 3000 ms
        caller  presses #
        ivr     asks due cases
        ivr     plays en: officer_no_due officer_enter_number
        ",
    );
}

#[test]
fn a_case_that_waits_for_its_citizen_offers_no_acts() {
    signed_in(
        OfficerWorld { state: State::AwaitingVerification, ..OfficerWorld::default() },
        "
        caller  presses 12345671#
        ivr     asks case 12345671
        ivr     plays en: complaint_number <12 34 56 71> verify_subject category_power_cut pause officer_state_awaiting at_level n_1 officer_menu_short / hi: change_language
        caller  presses 1
        ivr     plays en: wrong_input / en: officer_menu_short / hi: change_language
        ",
    );
}

#[test]
fn what_the_rules_refuse_and_what_left_the_officer_is_told() {
    let contact = "
        caller  presses 2
        ivr     plays en: officer_contact_choice
        caller  presses 1
        ivr     asks act 1 on 12345671: contacted
    ";
    at_menu(
        OfficerWorld { done: Done::Refused, ..OfficerWorld::default() },
        &format!("{contact}\nivr     plays en: officer_refused officer_next"),
    );
    at_menu(
        OfficerWorld { done: Done::NotWithYou, ..OfficerWorld::default() },
        &format!(
            "{contact}\nivr     plays en: officer_not_with_you officer_nothing officer_enter_number"
        ),
    );
}

#[test]
fn an_act_that_is_not_answered_is_never_called_done_and_is_asked_again_under_its_own_step() {
    officer(
        World { mute: Some("act 1 on 12345671: contacted"), ..known() },
        &format!(
            "{SIGNED_IN}{AT_MENU}
            caller  presses 2
            ivr     plays en: officer_contact_choice
            caller  presses 1
            ivr     asks act 1 on 12345671: contacted
            caller  waits 8000 ms
            ivr     plays en: please_wait
            ivr     plays en: officer_not_confirmed
            caller  presses 1
            ivr     asks act 1 on 12345671: contacted
            caller  waits 8000 ms
            ivr     plays en: please_wait
            ivr     plays en: officer_not_confirmed
            caller  presses 1
            ivr     asks act 1 on 12345671: contacted
            caller  waits 8000 ms
            ivr     plays en: please_wait
            ivr     plays en: officer_unknown goodbye
            caller  says nothing more
            ivr     hangs up
            "
        ),
    );
}

#[test]
fn a_helpline_that_cannot_answer_says_so_and_ends() {
    officer(
        World { mute: Some("to sign in with 181181"), ..known() },
        "
        caller  dials 18002330183
        ivr     asks who calls
        ivr     plays en: officer_welcome officer_enter_pin
        caller  presses 181181
        ivr     asks to sign in with 181181
        caller  waits 8000 ms
        ivr     plays en: please_wait
        ivr     plays en: officer_try_later
        caller  says nothing more
        ivr     hangs up
        ",
    );
}

proptest! {
    #[test]
    fn no_keys_without_a_confirming_one_file_anything(keys in "[2-9*#]{0,40}") {
        let mut call = Call::new(Dialogue::officer(), known());
        call.input(Input::Start);
        for key in "181181".chars().chain("12345671#".chars()) {
            call.wait_until(call.now + 500);
            call.press(key);
        }
        call.wait_until(call.now + 20_000);
        for key in keys.chars() {
            call.press(key);
            call.wait_until(call.now + 900);
        }
        prop_assert!(!call.log.contains("act "), "{}", call.log);
    }
}
