//! Transcripts of registering a complaint.

use crate::{
    dialogue::{
        Family,
        talk::Caller,
        transcript::{World, choices, citizen, known},
    },
    domain::language::Language,
};

#[test]
fn a_first_caller_registers_by_keys_and_voice() {
    citizen(
        World::default(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays hi: welcome / hi: language_choice / en: language_choice
        caller  presses 1
        ivr     tells language hi
        ivr     plays hi: main_menu / en: change_language
        caller  presses 1
        ivr     asks categories
        ivr     plays hi: choose_category category_power_cut for_choice n_1 press_key category_water for_choice n_2 press_key
        caller  presses 1
        ivr     asks divisions
        ivr     plays hi: choose_division division_1 for_choice n_1 press_key division_2 for_choice n_2 press_key
        caller  presses 2
        ivr     asks districts of 2
        ivr     plays hi: choose_district district_21 for_choice n_1 press_key district_22 for_choice n_2 press_key
        caller  presses 1
        ivr     plays hi: say_problem_after_tone beep
        ivr     records
        caller  waits 30000 ms
        caller  presses # at once
        ivr     recorded 30000 ms
        ivr     plays hi: category_is category_power_cut place_is district_21 confirm_register
        caller  presses 1
        ivr     asks to register power_cut in 21, voice 30000 ms
        ivr     plays hi: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent anything_else
        caller  presses *
        ivr     plays hi: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent anything_else
        caller  says nothing more
        ivr     plays hi: goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn a_known_caller_hears_the_language_places_and_offer_of_that_number() {
    let world = World {
        caller: Caller {
            language: Some(Language::English),
            districts: choices(Family::District, &["409", "411"]),
            open_round: true,
            ..Caller::default()
        },
        ..World::default()
    };

    citizen(
        world,
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome open_round_offer / en: main_menu / hi: change_language
        caller  presses 1
        ivr     asks categories
        ivr     plays en: choose_category for_choice category_power_cut press_key n_1 for_choice category_water press_key n_2
        caller  presses 2
        ivr     plays en: choose_place for_choice district_409 press_key n_1 for_choice district_411 press_key n_2 for_choice other_place press_key n_3
        caller  presses 2
        ivr     plays en: say_problem_after_tone beep
        ivr     records
        caller  hangs up
        ivr     tells call back: unfinished
        ",
    );
}

#[test]
fn another_place_leads_to_the_whole_list() {
    let world = World {
        caller: Caller {
            language: Some(Language::Hindi),
            districts: choices(Family::District, &["409"]),
            ..Caller::default()
        },
        divisions: 10,
        ..World::default()
    };

    citizen(
        world,
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays hi: welcome / hi: main_menu / en: change_language
        caller  presses 1
        ivr     asks categories
        ivr     plays hi: choose_category category_power_cut for_choice n_1 press_key category_water for_choice n_2 press_key
        caller  presses 1
        ivr     plays hi: choose_place district_409 for_choice n_1 press_key other_place for_choice n_2 press_key
        caller  presses 2
        ivr     asks divisions
        ivr     plays hi: choose_division division_1 for_choice n_1 press_key division_2 for_choice n_2 press_key division_3 for_choice n_3 press_key division_4 for_choice n_4 press_key division_5 for_choice n_5 press_key division_6 for_choice n_6 press_key division_7 for_choice n_7 press_key division_8 for_choice n_8 press_key more_choices
        caller  presses 9
        ivr     plays hi: choose_division division_9 for_choice n_1 press_key division_10 for_choice n_2 press_key more_choices
        caller  presses 2
        ivr     asks districts of 10
        ivr     plays hi: choose_district district_101 for_choice n_1 press_key district_102 for_choice n_2 press_key
        caller  hangs up
        ",
    );
}

#[test]
fn ninety_seconds_end_a_recording_and_everything_can_be_changed() {
    citizen(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 1
        ivr     asks categories
        ivr     plays en: choose_category for_choice category_power_cut press_key n_1 for_choice category_water press_key n_2
        caller  presses 1
        ivr     asks divisions
        ivr     plays en: choose_division for_choice division_1 press_key n_1 for_choice division_2 press_key n_2
        caller  presses 1
        ivr     asks districts of 1
        ivr     plays en: choose_district for_choice district_11 press_key n_1 for_choice district_12 press_key n_2
        caller  presses 1
        ivr     plays en: say_problem_after_tone beep
        ivr     records
        caller  waits 90000 ms
        ivr     recorded 90000 ms
        ivr     plays en: category_is category_power_cut place_is district_11 confirm_register
        caller  presses 2
        ivr     asks categories
        ivr     plays en: choose_category for_choice category_power_cut press_key n_1 for_choice category_water press_key n_2
        caller  presses 2
        ivr     asks divisions
        ivr     plays en: choose_division for_choice division_1 press_key n_1 for_choice division_2 press_key n_2
        caller  presses 2
        ivr     asks districts of 2
        ivr     plays en: choose_district for_choice district_21 press_key n_1 for_choice district_22 press_key n_2
        caller  presses 2
        ivr     plays en: category_is category_water place_is district_22 confirm_register
        caller  presses 3
        ivr     plays en: say_problem_after_tone beep
        ivr     records
        caller  waits 5000 ms
        caller  presses # at once
        ivr     recorded 5000 ms
        ivr     plays en: category_is category_water place_is district_22 confirm_register
        caller  presses 1
        ivr     asks to register water in 22, voice 5000 ms
        ivr     plays en: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent anything_else
        caller  hangs up
        ",
    );
}

#[test]
fn three_recordings_without_words_lead_to_an_operator() {
    citizen(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 1
        ivr     asks categories
        ivr     plays en: choose_category for_choice category_power_cut press_key n_1 for_choice category_water press_key n_2
        caller  presses 1
        ivr     asks divisions
        ivr     plays en: choose_division for_choice division_1 press_key n_1 for_choice division_2 press_key n_2
        caller  presses 1
        ivr     asks districts of 1
        ivr     plays en: choose_district for_choice district_11 press_key n_1 for_choice district_12 press_key n_2
        caller  presses 1
        ivr     plays en: say_problem_after_tone beep
        ivr     records
        caller  waits 1999 ms
        caller  presses # at once
        ivr     recorded 1999 ms
        ivr     plays en: recording_too_short beep
        caller  listens
        ivr     records
        caller  presses # at once
        ivr     recorded 0 ms
        ivr     plays en: recording_too_short beep
        caller  listens
        ivr     records
        caller  presses # at once
        ivr     recorded 0 ms
        ivr     tells call back: no input
        ivr     plays en: operator_message
        caller  says nothing more
        ivr     hangs up
        ",
    );
}

#[test]
fn a_told_problem_is_not_lost_by_a_hang_up() {
    citizen(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 1
        ivr     asks categories
        ivr     plays en: choose_category for_choice category_power_cut press_key n_1 for_choice category_water press_key n_2
        caller  presses 1
        ivr     asks divisions
        ivr     plays en: choose_division for_choice division_1 press_key n_1 for_choice division_2 press_key n_2
        caller  presses 1
        ivr     asks districts of 1
        ivr     plays en: choose_district for_choice district_11 press_key n_1 for_choice district_12 press_key n_2
        caller  presses 1
        ivr     plays en: say_problem_after_tone beep
        ivr     records
        caller  waits 20000 ms
        caller  hangs up
        ivr     tells call back: unfinished
        ",
    );
}

#[test]
fn a_caller_without_a_number_keys_one() {
    citizen(
        World { number_known: false, ..known() },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 1
        ivr     plays en: enter_mobile
        caller  presses 1234567890
        ivr     plays en: wrong_input / en: enter_mobile
        caller  presses 9876543210
        ivr     plays en: mobile_is <98 76 54 32 10> confirm_mobile
        caller  presses 2
        ivr     plays en: enter_mobile
        caller  presses 9876543211
        ivr     plays en: mobile_is <98 76 54 32 11> confirm_mobile
        caller  presses 1
        ivr     asks categories
        ivr     plays en: choose_category for_choice category_power_cut press_key n_1 for_choice category_water press_key n_2
        caller  presses 1
        ivr     asks divisions
        ivr     plays en: choose_division for_choice division_1 press_key n_1 for_choice division_2 press_key n_2
        caller  presses 1
        ivr     asks districts of 1
        ivr     plays en: choose_district for_choice district_11 press_key n_1 for_choice district_12 press_key n_2
        caller  presses 1
        ivr     plays en: say_problem_after_tone beep
        ivr     records
        caller  waits 3000 ms
        caller  presses # at once
        ivr     recorded 3000 ms
        ivr     plays en: category_is category_power_cut place_is district_11 confirm_register
        caller  presses 1
        ivr     asks to register power_cut in 11, voice 3000 ms for XXXXXX3211
        ivr     plays en: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent anything_else
        caller  hangs up
        ",
    );
}

#[test]
fn a_slow_helpline_is_filled_and_then_left_to_an_operator() {
    citizen(
        World { mute: Some("categories"), ..known() },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 1
        ivr     asks categories
        caller  waits 1199 ms
        caller  waits 1 ms
        ivr     plays en: please_wait
        caller  waits 1499 ms
        caller  waits 1 ms
        ivr     tells call back: no reply
        ivr     plays en: operator_message
        caller  says nothing more
        ivr     hangs up
        ",
    );
}

#[test]
fn who_is_blocked_or_over_the_limit_is_led_to_a_person() {
    let world = World {
        caller: Caller { districts: choices(Family::District, &["409"]), ..known().caller },
        barred: true,
        ..World::default()
    };

    citizen(
        world,
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 1
        ivr     asks categories
        ivr     plays en: choose_category for_choice category_power_cut press_key n_1 for_choice category_water press_key n_2
        caller  presses 1
        ivr     plays en: choose_place for_choice district_409 press_key n_1 for_choice other_place press_key n_2
        caller  presses 1
        ivr     plays en: say_problem_after_tone beep
        ivr     records
        caller  waits 30000 ms
        caller  presses # at once
        ivr     recorded 30000 ms
        ivr     plays en: category_is category_power_cut place_is district_409 confirm_register
        caller  presses 1
        ivr     asks to register power_cut in 409, voice 30000 ms
        ivr     tells call back: limit
        ivr     plays en: operator_message
        ivr     hangs up
        ",
    );
}
