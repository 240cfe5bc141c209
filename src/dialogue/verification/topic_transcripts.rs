//! Transcripts of courtesy calls, and of the calls that settle what a citizen wants.

use crate::{
    dialogue::{
        Dialogue, Input,
        talk::{OpenRound, Settled},
        transcript::{Call, FIRST, SECOND, World, outbound, round},
    },
    domain::{
        case::desk::force::ForceReason,
        language::Language,
        verification::{Outcome, Topic},
    },
};

fn about(topic: Topic) -> OpenRound {
    OpenRound { topic, ..round(FIRST) }
}

const TOPICS: [Topic; 5] = [
    Topic::SpecialClose,
    Topic::ForcedClose(Some(ForceReason::BeforeCourt)),
    Topic::Withdrawal,
    Topic::Reopening,
    Topic::Unmerging,
];

#[test]
fn a_courtesy_call_says_kind_and_reason_and_takes_satisfied() {
    for (topic, said) in [
        (Topic::SpecialClose, "courtesy_special"),
        (
            Topic::ForcedClose(Some(ForceReason::BeforeCourt)),
            "courtesy_forced courtesy_before_court",
        ),
        (Topic::ForcedClose(None), "courtesy_forced courtesy_other"),
    ] {
        outbound(
            vec![about(topic)],
            World::default(),
            &format!(
                "
                caller  answers
                ivr     plays hi: verify_calling_from verify_right_party
                caller  presses 1
                ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut {said}
                ivr     plays hi: courtesy_answer
                caller  presses 1
                ivr     plays hi: courtesy_chose_satisfied
                ivr     plays hi: verify_confirm
                caller  presses 1
                ivr     asks outcome SATISFIED of {FIRST} Here
                ivr     plays hi: verify_thanks verify_goodbye
                ivr     hangs up
                "
            ),
        );
    }
}

#[test]
fn not_satisfied_with_a_special_close_asks_for_an_order() {
    outbound(
        vec![about(Topic::SpecialClose)],
        World { settled: Settled::Raised, ..World::default() },
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut courtesy_special
        ivr     plays hi: courtesy_answer
        caller  presses 2
        ivr     plays hi: courtesy_chose_not_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     asks outcome NOT_SATISFIED of 12345671 Here
        ivr     plays hi: wish_reopening_asked verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn a_courtesy_call_ends_with_a_person_where_one_is_asked_for_or_nothing_is_confirmed() {
    outbound(
        vec![about(Topic::SpecialClose)],
        World::default(),
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
    outbound(
        vec![about(Topic::SpecialClose)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut courtesy_special
        ivr     plays hi: courtesy_answer
        caller  presses 1
        ivr     plays hi: courtesy_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 2
        ivr     plays hi: courtesy_answer
        caller  presses 1
        ivr     plays hi: courtesy_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 2
        ivr     asks outcome UNDECIDED of 12345671 Here
        ivr     plays hi: verify_undecided verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn a_promised_withdrawal_is_confirmed_and_asked_about_pressure() {
    for (key, outcome, settled, said) in [
        ("2", "CONFIRMED of 12345671 unpressured", Settled::Done, "status_withdrawn"),
        ("1", "PRESSURED of 12345671 pressured", Settled::Flagged, "verify_pressure_noted"),
        ("2", "CONFIRMED of 12345671 unpressured", Settled::Kept, "wish_not_possible"),
    ] {
        outbound(
            vec![about(Topic::Withdrawal)],
            World { settled, ..World::default() },
            &format!(
                "
                caller  answers
                ivr     plays hi: verify_calling_from verify_right_party
                caller  presses 1
                ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut wish_by_phone wish_withdraw
                ivr     plays hi: wish_confirm
                caller  presses 1
                ivr     plays hi: verify_pressure
                caller  presses {key}
                ivr     asks outcome {outcome} Here
                ivr     plays hi: {said} verify_goodbye
                ivr     hangs up
                "
            ),
        );
    }
}

#[test]
fn what_somebody_else_wanted_is_declined_and_stays() {
    for topic in [Topic::Withdrawal, Topic::Reopening, Topic::Unmerging] {
        let read = match topic {
            Topic::Withdrawal => "wish_withdraw",
            Topic::Reopening => "wish_reopen",
            _ => "wish_unmerge",
        };
        outbound(
            vec![about(topic)],
            World { settled: Settled::Kept, ..World::default() },
            &format!(
                "
                caller  answers
                ivr     plays hi: verify_calling_from verify_right_party
                caller  presses 1
                ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut wish_by_phone {read}
                ivr     plays hi: wish_confirm
                caller  presses 2
                ivr     asks outcome DECLINED of {FIRST} Here
                ivr     plays hi: wish_kept verify_goodbye
                ivr     hangs up
                "
            ),
        );
    }
}

#[test]
fn a_promise_and_a_resolution_are_settled_in_one_call_each_by_its_own_question() {
    outbound(
        vec![about(Topic::Reopening), round(SECOND)],
        World { settled: Settled::Done, ..World::default() },
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut wish_by_phone wish_reopen
        ivr     plays hi: wish_confirm
        caller  presses 1
        ivr     asks outcome CONFIRMED of 12345671 Here
        ivr     plays hi: wish_reopened verify_next verify_complaint_number <10 00 00 04> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  hangs up
        ivr     tells outcome NO_REPLY of 10000004 Here
        ",
    );
}

#[test]
fn while_the_database_is_away_the_answer_is_noted_and_nothing_more_is_said_of_it() {
    outbound(
        vec![about(Topic::Unmerging)],
        World { mute: Some("outcome CONFIRMED of 12345671 Here"), ..World::default() },
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut wish_by_phone wish_unmerge
        ivr     plays hi: wish_confirm
        caller  presses 1
        ivr     asks outcome CONFIRMED of 12345671 Here
        caller  says nothing more
        ivr     plays hi: please_wait
        ivr     plays hi: verify_thanks verify_goodbye
        ivr     hangs up
        ",
    );
}

/// Presses the keys, each after listening to whatever is said, then hangs up or is silent.
fn press(topic: Topic, keys: &[char], hangs_up: bool) -> Vec<Outcome> {
    let rounds = vec![about(topic)];
    let mut call = Call::new(Dialogue::verification(Language::Hindi, rounds), World::default());
    call.input(Input::Start);
    for key in keys {
        call.listen();
        call.wait_until(call.now + 1_000);
        call.press(*key);
    }
    if hangs_up && !call.over {
        call.input(Input::HungUp);
    }
    while call.next(u64::MAX) {}
    call.outcomes.iter().map(|outcome| outcome.outcome).collect()
}

#[test]
fn a_hang_up_or_silence_before_the_last_key_is_no_reply_and_recorded_once() {
    for topic in TOPICS {
        let whole: &[char] = match topic {
            Topic::Withdrawal => &['1', '1', '2'],
            Topic::Reopening | Topic::Unmerging => &['1', '1'],
            _ => &['1', '1', '1'],
        };
        for hangs_up in [true, false] {
            for cut in 0..whole.len() {
                let outcomes = press(topic, &whole[..cut], hangs_up);
                assert_eq!(outcomes, [Outcome::NoReply], "{topic:?} {cut} {hangs_up}");
            }
            let expected = match topic {
                Topic::SpecialClose | Topic::ForcedClose(_) => Outcome::Satisfied,
                _ => Outcome::Confirmed,
            };
            assert_eq!(press(topic, whole, hangs_up), [expected], "{topic:?}");
        }
    }
}

#[test]
fn of_all_keys_only_the_whole_sequence_of_each_topic_confirms() {
    const KEYS: [char; 5] = ['1', '2', '3', '4', '9'];
    for topic in TOPICS {
        let mut confirming = Vec::new();
        for code in 0..KEYS.len().pow(3) {
            let keys: Vec<char> =
                (0..3).map(|place| KEYS[code / KEYS.len().pow(place) % KEYS.len()]).collect();
            let outcomes = press(topic, &keys, true);
            assert!(outcomes.len() <= 1, "{topic:?} {keys:?}");
            if outcomes.contains(&Outcome::Confirmed) {
                confirming.push(keys.into_iter().collect::<String>());
            }
        }
        confirming.sort();
        let expected: Vec<&str> = match topic {
            Topic::Withdrawal => vec!["112"],
            // A wrong key is asked again, and what comes behind the second right one is too late.
            Topic::Reopening | Topic::Unmerging => {
                vec!["111", "112", "113", "114", "119", "131", "141", "191", "411", "911"]
            }
            _ => vec![],
        };
        assert_eq!(confirming, expected, "{topic:?}");
    }
}
