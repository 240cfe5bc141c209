//! Transcripts of citizens who want something of their own complaint behind its status.

use crate::{
    dialogue::{
        Clip, Dialogue, Family, Input,
        talk::{CaseStatus, Granted},
        transcript::{Call, FIRST, World, citizen, known},
    },
    domain::{
        case::{State, desk::wish::Wish},
        place::Level,
    },
};

fn own(state: State, offers: &[Wish], proven: bool) -> World {
    let status = CaseStatus {
        state,
        level: Some(Level(1)),
        officers: vec![Clip::named(Family::Designation, "junior_engineer")],
        due: None,
        offers: offers.to_vec(),
        proven,
    };
    World { status: Some(status), ..known() }
}

fn with_officer(proven: bool) -> World {
    own(State::WithOfficer, &[Wish::Withdraw], proven)
}

/// Up to what is offered.
const ASKS: &str = "
    caller  dials 181
    ivr     asks who calls
    ivr     plays en: welcome / en: main_menu / hi: change_language
    caller  presses 2
    ivr     plays en: enter_number
    caller  presses 12345671#
    ivr     asks status of 12345671
";
const OFFERED: &str = "
    ivr     plays en: complaint_number <12 34 56 71> status_with_officer at_level n_1 with_officer designation_junior_engineer wish_withdraw_offer anything_else
";

/// The key that is offered, up to the confirmation.
const WANTED: &str = "
    caller  presses 4
    ivr     plays en: wish_withdraw
    ivr     plays en: wish_confirm
";
/// Confirmed, up to the question about pressure.
const CONFIRMED: &str = "
    caller  presses 1
    ivr     plays en: verify_pressure
";

fn told(status: &str, offers: &str) -> String {
    format!(
        "ivr     plays en: complaint_number <12 34 56 71> {status} at_level n_1 with_officer designation_junior_engineer {offers} anything_else\n"
    )
}

#[test]
fn a_proven_citizen_withdraws_with_confirmation_and_the_pressure_question() {
    citizen(
        with_officer(true),
        &format!(
            "{ASKS}{OFFERED}{WANTED}{CONFIRMED}
            caller  presses 2
            ivr     asks to withdraw {FIRST} unpressed
            ivr     plays en: status_withdrawn anything_else
            caller  says nothing more
            ivr     plays en: goodbye
            ivr     hangs up
            "
        ),
    );
}

#[test]
fn whoever_is_pressed_hears_that_it_goes_on() {
    citizen(
        World { granted: Granted::Flagged, ..with_officer(true) },
        &format!(
            "{ASKS}{OFFERED}{WANTED}{CONFIRMED}
            caller  presses 1
            ivr     asks to withdraw {FIRST} pressed
            ivr     plays en: verify_pressure_noted anything_else
            caller  hangs up
            "
        ),
    );
}

#[test]
fn an_unproven_withdrawal_is_rung_back_and_pressure_is_asked_there() {
    citizen(
        World { granted: Granted::RingBack, ..with_officer(false) },
        &format!(
            "{ASKS}{OFFERED}{WANTED}
            caller  presses 1
            ivr     asks to withdraw {FIRST}
            ivr     plays en: will_ring_back goodbye
            ivr     hangs up
            "
        ),
    );
}

#[test]
fn refused_at_the_confirmation_nothing_is_asked_for() {
    citizen(
        with_officer(true),
        &format!(
            "{ASKS}{OFFERED}{WANTED}
            caller  presses 2
            ivr     plays en: wish_kept anything_else
            caller  presses 1
            ivr     plays en: main_menu / hi: change_language
            caller  hangs up
            "
        ),
    );
}

#[test]
fn each_state_offers_its_own_keys_and_says_what_was_done() {
    for (state, status, wish, offer, key, read, asked, done) in [
        (
            State::ClosedSatisfied,
            "status_closed_satisfied",
            Wish::Reopen,
            "wish_reopen_offer",
            "5",
            "wish_reopen",
            "reopen",
            "wish_reopened",
        ),
        (
            State::ClosedForced,
            "status_closed_forced",
            Wish::AskReopen,
            "wish_reopen_offer",
            "5",
            "wish_reopen",
            "ask_reopen",
            "wish_reopening_asked",
        ),
        (
            State::PartiallyClosed,
            "status_partially_closed",
            Wish::DemandRound,
            "wish_demand_offer",
            "6",
            "wish_demand",
            "demand_round",
            "wish_demanded",
        ),
        (
            State::Merged,
            "status_merged",
            Wish::Unmerge,
            "wish_unmerge_offer",
            "7",
            "wish_unmerge",
            "unmerge",
            "wish_unmerged",
        ),
    ] {
        citizen(
            own(state, &[wish], true),
            &format!(
                "{ASKS}{}
                caller  presses {key}
                ivr     plays en: {read}
                ivr     plays en: wish_confirm
                caller  presses 1
                ivr     asks to {asked} {FIRST}
                ivr     plays en: {done} anything_else
                caller  hangs up
                ",
                told(status, offer)
            ),
        );
    }
}

#[test]
fn what_the_case_does_not_allow_any_more_is_said() {
    citizen(
        World {
            granted: Granted::NotPossible,
            ..own(State::ClosedSatisfied, &[Wish::Reopen], true)
        },
        &format!(
            "{ASKS}{}
            caller  presses 5
            ivr     plays en: wish_reopen
            ivr     plays en: wish_confirm
            caller  presses 1
            ivr     asks to reopen {FIRST}
            ivr     plays en: wish_not_possible anything_else
            caller  hangs up
            ",
            told("status_closed_satisfied", "wish_reopen_offer")
        ),
    );
}

#[test]
fn a_key_that_is_not_offered_is_wrong_and_one_leads_back_to_the_menu() {
    citizen(
        with_officer(true),
        &format!(
            "{ASKS}{OFFERED}
            caller  presses 5
            ivr     plays en: wrong_input / en: wish_withdraw_offer anything_else
            caller  presses 1
            ivr     plays en: main_menu / hi: change_language
            caller  hangs up
            "
        ),
    );
}

#[test]
fn three_wrong_keys_at_the_confirmation_lead_to_an_operator() {
    citizen(
        with_officer(true),
        &format!(
            "{ASKS}{OFFERED}{WANTED}
            caller  presses 9
            ivr     plays en: wrong_input / en: wish_confirm
            caller  presses 9
            ivr     plays en: wrong_input / en: wish_confirm
            caller  presses 9
            ivr     tells call back: wrong input
            ivr     plays en: operator_message
            ivr     hangs up
            "
        ),
    );
}

#[test]
fn silence_at_the_pressure_question_leads_to_an_operator_and_withdraws_nothing() {
    citizen(
        with_officer(true),
        &format!(
            "{ASKS}{OFFERED}{WANTED}{CONFIRMED}
            caller  is silent
            ivr     plays en: no_input / en: verify_pressure
            caller  is silent
            ivr     plays en: no_input / en: verify_pressure
            caller  is silent
            ivr     tells call back: no input
            ivr     plays en: operator_message
            caller  says nothing more
            ivr     hangs up
            "
        ),
    );
}

#[test]
fn silence_behind_the_status_ends_the_call_kindly() {
    citizen(
        with_officer(true),
        &format!(
            "{ASKS}{OFFERED}
            caller  says nothing more
            ivr     plays en: goodbye
            ivr     hangs up
            "
        ),
    );
}

#[test]
fn while_the_database_is_away_the_wish_is_kept_and_the_citizen_is_told_so() {
    citizen(
        World { mute: Some("to withdraw 12345671 unpressed"), ..with_officer(true) },
        &format!(
            "{ASKS}{OFFERED}{WANTED}{CONFIRMED}
            caller  presses 2
            ivr     asks to withdraw {FIRST} unpressed
            caller  says nothing more
            ivr     plays en: please_wait
            ivr     plays en: verify_thanks goodbye
            ivr     hangs up
            "
        ),
    );
}

/// Presses the keys, each after listening, hangs up, and gives what was asked for.
fn asked_for(world: World, keys: &[char]) -> bool {
    let mut call = Call::new(Dialogue::citizen(true), world);
    call.input(Input::Start);
    for key in "2".chars().chain(FIRST.chars()).chain(['#']).chain(keys.iter().copied()) {
        call.listen();
        call.wait_until(call.now + 1_000);
        call.press(key);
    }
    if !call.over {
        call.input(Input::HungUp);
    }
    call.log.contains("to withdraw")
}

#[test]
fn of_all_keys_behind_the_status_only_the_whole_sequence_withdraws() {
    const KEYS: [char; 5] = ['1', '2', '4', '9', '*'];
    let sequences = |length: u32| {
        (0..KEYS.len().pow(length)).map(move |code| {
            (0..length)
                .map(|place| KEYS[code / KEYS.len().pow(place) % KEYS.len()])
                .collect::<Vec<_>>()
        })
    };
    for (proven, length, whole) in
        [(true, 3, vec!["411", "412"]), (false, 2, vec!["41"]), (true, 2, vec![])]
    {
        let mut withdrawing: Vec<String> = sequences(length)
            .filter(|keys| asked_for(with_officer(proven), keys))
            .map(|keys| keys.into_iter().collect())
            .collect();
        withdrawing.sort();
        assert_eq!(withdrawing, whole);
    }
}

#[test]
fn keys_typed_ahead_withdraw_nothing() {
    let mut call = Call::new(Dialogue::citizen(true), with_officer(true));
    call.input(Input::Start);
    for key in format!("2{FIRST}#").chars() {
        call.listen();
        call.wait_until(call.now + 1_000);
        call.press(key);
    }
    call.press('4');
    for _ in 0..100 {
        for key in ['1', '2'] {
            call.press(key);
        }
        call.wait_until(call.now + 50);
    }
    call.input(Input::HungUp);

    assert!(!call.log.contains("unpressed"), "{}", call.log);
}
