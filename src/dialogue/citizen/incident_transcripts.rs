//! Transcripts of known outages: told before the menu, joined by one key, and asked nothing that is known.

use crate::{
    dialogue::{
        Clip, Dialogue, Family, prompts,
        talk::{Caller, JoinPlace, Joined, KnownIncident},
        transcript::{World, choices, citizen, known, number, run},
    },
    domain::{language::Language, place::PlaceCode},
};

fn incident(id: i64, place: JoinPlace) -> KnownIncident {
    let said = vec![
        Clip::fixed(prompts::INCIDENT_KNOWN),
        Clip::named(Family::Category, "electricity"),
        Clip::fixed(prompts::INCIDENT_REPAIR),
    ];
    KnownIncident { id, said, place }
}

fn at(place: &str) -> JoinPlace {
    JoinPlace::Settled(PlaceCode::new(place))
}

fn told_of(incidents: Vec<KnownIncident>) -> World {
    World { caller: Caller { incidents, ..known().caller }, ..known() }
}

#[test]
fn one_key_makes_a_case_of_a_known_outage() {
    citizen(
        told_of(vec![incident(7, at("district:396"))]),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  presses 5
        ivr     asks to join incident 7 at district:396 in en
        ivr     plays en: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent incident_will_ask anything_else
        caller  presses 1
        ivr     plays en: main_menu / hi: change_language
        caller  hangs up
        ",
    );
}

#[test]
fn the_key_is_heard_over_the_notice_and_the_menu_has_its_own_keys_still() {
    citizen(
        told_of(vec![incident(7, at("district:396"))]),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  waits 700 ms
        caller  presses 5 at once
        ivr     asks to join incident 7 at district:396 in en
        ivr     plays en: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent incident_will_ask anything_else
        caller  hangs up
        ",
    );
    citizen(
        told_of(vec![incident(7, at("district:396"))]),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  waits 700 ms
        caller  presses 2 at once
        ivr     plays en: enter_number
        caller  hangs up
        ",
    );
}

#[test]
fn the_notice_follows_the_choice_of_a_language_and_is_said_again_in_another() {
    let incidents = vec![incident(7, at("district:396"))];
    citizen(
        World { caller: Caller { incidents, ..Caller::default() }, ..World::default() },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays hi: welcome / hi: language_choice / en: language_choice
        caller  presses 1
        ivr     tells language hi
        ivr     plays hi: incident_known category_electricity incident_repair incident_join_five main_menu / en: change_language
        caller  presses *
        ivr     plays hi: incident_known category_electricity incident_repair incident_join_five main_menu / en: change_language
        caller  presses 8
        ivr     tells language en
        ivr     plays en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  presses 8
        ivr     tells language hi
        ivr     plays hi: incident_known category_electricity incident_repair incident_join_five main_menu / en: change_language
        caller  hangs up
        ",
    );
}

#[test]
fn two_have_two_keys_and_no_third_key_is_taken() {
    citizen(
        told_of(vec![incident(9, at("district:396")), incident(7, at("block:phanda"))]),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five incident_known category_electricity incident_repair incident_join_six main_menu / hi: change_language
        caller  presses 7
        ivr     plays en: wrong_input / en: incident_known category_electricity incident_repair incident_join_five incident_known category_electricity incident_repair incident_join_six main_menu / hi: change_language
        caller  presses 6
        ivr     asks to join incident 7 at block:phanda in en
        ivr     plays en: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent incident_will_ask anything_else
        caller  hangs up
        ",
    );
}

#[test]
fn without_an_outage_its_key_is_wrong() {
    citizen(
        known(),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: main_menu / hi: change_language
        caller  presses 5
        ivr     plays en: wrong_input / en: main_menu / hi: change_language
        caller  hangs up
        ",
    );
}

#[test]
fn who_has_a_case_of_it_is_told_its_number() {
    citizen(
        World { joined: Joined::Before(number()), ..told_of(vec![incident(7, at("district:396"))]) },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  presses 5
        ivr     asks to join incident 7 at district:396 in en
        ivr     plays en: incident_registered_before your_number_is <12 34 56 71> number_again <12 34 56 71> incident_will_ask anything_else
        caller  hangs up
        ",
    );
}

#[test]
fn of_several_districts_one_is_chosen_and_another_place_leads_back_to_the_menu() {
    let districts = JoinPlace::OneOf(choices(Family::District, &["396", "410"]));
    citizen(
        told_of(vec![incident(7, districts.clone())]),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  presses 5
        ivr     plays en: choose_district for_choice district_396 press_key n_1 for_choice district_410 press_key n_2 for_choice other_place press_key n_3
        caller  presses 2
        ivr     asks to join incident 7 at 410 in en
        ivr     plays en: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent incident_will_ask anything_else
        caller  hangs up
        ",
    );
    citizen(
        told_of(vec![incident(7, districts)]),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  presses 5
        ivr     plays en: choose_district for_choice district_396 press_key n_1 for_choice district_410 press_key n_2 for_choice other_place press_key n_3
        caller  presses 3
        ivr     plays en: incident_not_there / en: main_menu / hi: change_language
        caller  presses 1
        ivr     asks categories
        ivr     plays en: choose_category for_choice category_power_cut press_key n_1 for_choice category_water press_key n_2
        caller  hangs up
        ",
    );
}

#[test]
fn of_a_whole_state_the_place_is_asked_as_for_any_complaint() {
    citizen(
        told_of(vec![incident(7, JoinPlace::Anywhere)]),
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  presses 5
        ivr     asks divisions
        ivr     plays en: choose_division for_choice division_1 press_key n_1 for_choice division_2 press_key n_2
        caller  presses 1
        ivr     asks districts of 1
        ivr     plays en: choose_district for_choice district_11 press_key n_1 for_choice district_12 press_key n_2
        caller  presses 2
        ivr     asks to join incident 7 at 12 in en
        ivr     plays en: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent incident_will_ask anything_else
        caller  hangs up
        ",
    );
}

#[test]
fn a_hidden_number_is_keyed_first() {
    citizen(
        World { number_known: false, ..told_of(vec![incident(7, at("district:396"))]) },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  presses 5
        ivr     plays en: enter_mobile
        caller  presses 9826012345
        ivr     plays en: mobile_is <98 26 01 23 45> confirm_mobile
        caller  presses 1
        ivr     asks to join incident 7 at district:396 in en for XXXXXX2345
        ivr     plays en: registered_thanks your_number_is <12 34 56 71> number_again <12 34 56 71> sms_sent incident_will_ask anything_else
        caller  hangs up
        ",
    );
}

#[test]
fn one_that_is_over_or_elsewhere_leads_back_to_the_menu() {
    citizen(
        World { joined: Joined::NotThere, ..told_of(vec![incident(7, at("district:396"))]) },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  presses 5
        ivr     asks to join incident 7 at district:396 in en
        ivr     plays en: incident_not_there / en: main_menu / hi: change_language
        caller  hangs up
        ",
    );
}

#[test]
fn who_gets_no_answer_to_the_key_is_rung_back() {
    let world = told_of(vec![incident(7, at("district:396"))]);
    citizen(
        World { mute: Some("to join incident 7 at district:396 in en"), ..world },
        "
        caller  dials 181
        ivr     asks who calls
        ivr     plays en: welcome / en: incident_known category_electricity incident_repair incident_join_five main_menu / hi: change_language
        caller  presses 5
        ivr     asks to join incident 7 at district:396 in en
        caller  says nothing more
        ivr     plays en: please_wait
        ivr     tells call back: no reply
        ivr     plays en: operator_message
        ivr     hangs up
        ",
    );
}

#[test]
fn who_comes_back_to_the_queue_is_told_nothing() {
    let dialogue = Dialogue::citizen(true).with_persons().back_in_the_queue(Language::English);
    run(
        dialogue,
        told_of(vec![incident(7, at("district:396"))]),
        "
        caller  dials 181
        ivr     hands over ASKED in en
        ",
    );
}
