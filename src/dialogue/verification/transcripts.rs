//! Transcripts of verification calls.

use crate::dialogue::{
    At,
    outcome::Settles,
    talk::Settled,
    transcript::{CLIP_MS, FIRST, SECOND, World, outbound, round},
};

#[test]
fn satisfied_confirmed_and_unpressed_closes() {
    let outcomes = outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
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
        caller  says nothing more
        ivr     plays hi: verify_goodbye
        ivr     hangs up
        ",
    );

    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].settles, Settles::Here);
}

#[test]
fn milestones_and_evidence_carry_their_times() {
    let outcomes = outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  waits 700 ms
        caller  presses 1 at once
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        caller  presses 1
        ivr     plays hi: verify_answer
        ivr     plays hi: verify_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  presses 2
        ivr     asks outcome SATISFIED of 12345671 unpressured Here
        ivr     plays hi: verify_thanks_closed verify_conduct
        caller  hangs up
        ",
    );

    let outcome = &outcomes[0];
    let milestones = outcome.milestones;
    let naming_ms = 15 * CLIP_MS;
    assert_eq!(milestones.right_party, Some(At(700)));
    assert_eq!(milestones.number_spoken, Some(At(700 + naming_ms)));
    assert_eq!(milestones.question_heard, Some(At(700 + naming_ms + CLIP_MS)));
    assert_eq!(milestones.answered, Some(At(700 + naming_ms + CLIP_MS + 1_000)));
    assert_eq!(
        milestones.confirmed,
        Some(At(700 + naming_ms + CLIP_MS + 1_000 + 2 * CLIP_MS + 1_000))
    );
    let keys: Vec<String> = outcome
        .evidence
        .keys
        .iter()
        .map(|pressed| format!("{} {}", pressed.question, pressed.key))
        .collect();
    assert_eq!(
        keys,
        ["verify_right_party 1", "verify_answer 1", "verify_confirm 1", "verify_pressure 2"]
    );
    assert_eq!(outcome.evidence.prompts[0].key, "verify_calling_from");
}

#[test]
fn not_satisfied_goes_up() {
    outbound(
        vec![round(FIRST)],
        World { settled: Settled::Raised, ..World::default() },
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 2
        ivr     plays hi: verify_chose_not_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  presses 2
        ivr     asks outcome NOT_SATISFIED of 12345671 unpressured Here
        ivr     plays hi: verify_thanks_escalated verify_conduct
        caller  says nothing more
        ivr     plays hi: verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn reported_pressure_goes_up_with_a_flag() {
    outbound(
        vec![round(FIRST)],
        World { settled: Settled::Flagged, ..World::default() },
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 1
        ivr     plays hi: verify_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  presses 1
        ivr     asks outcome PRESSURED of 12345671 pressured Here
        ivr     plays hi: verify_pressure_noted verify_conduct
        caller  presses 2
        ivr     tells conduct bad of 12345671
        ivr     plays hi: verify_more
        caller  says nothing more
        ivr     plays hi: verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn confirmed_satisfied_without_the_pressure_answer_is_partial() {
    outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 1
        ivr     plays hi: verify_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  hangs up
        ivr     tells outcome PARTIAL of 12345671 Here
        ",
    );
}

#[test]
fn silence_at_the_pressure_question_is_partial_too() {
    outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 1
        ivr     plays hi: verify_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  says nothing more
        ivr     plays hi: no_input / hi: verify_pressure
        ivr     plays hi: no_input / hi: verify_pressure
        ivr     tells outcome PARTIAL of 12345671 Here
        ivr     plays hi: verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn confirmed_not_satisfied_counts_even_if_the_citizen_hangs_up() {
    outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 2
        ivr     plays hi: verify_chose_not_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  hangs up
        ivr     tells outcome NOT_SATISFIED of 12345671 Here
        ",
    );
}

#[test]
fn a_partial_round_resumes_at_the_confirmation() {
    let mut partial = round(FIRST);
    partial.partial = true;

    outbound(
        vec![partial],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_last_time verify_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  presses 2
        ivr     asks outcome SATISFIED of 12345671 unpressured Here
        ivr     plays hi: verify_thanks_closed verify_conduct
        caller  says nothing more
        ivr     plays hi: verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn confirmation_refused_twice_is_undecided() {
    outbound(
        vec![round(FIRST)],
        World { settled: Settled::Kept, ..World::default() },
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 1
        ivr     plays hi: verify_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 2
        ivr     plays hi: verify_answer
        caller  presses 2
        ivr     plays hi: verify_chose_not_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 2
        ivr     asks outcome UNDECIDED of 12345671 Here
        ivr     plays hi: verify_undecided verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn somebody_else_answers_the_phone() {
    outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 2
        ivr     tells outcome NOT_HERE of 12345671 Here
        ivr     plays hi: verify_not_here verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn a_wrong_number_is_told_so() {
    outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 3
        ivr     tells outcome WRONG_NUMBER of 12345671 Here
        ivr     plays hi: verify_wrong_number verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn a_citizen_may_ask_for_a_person() {
    outbound(
        vec![round(FIRST)],
        World { settled: Settled::Kept, ..World::default() },
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
fn a_citizen_may_ask_to_be_called_later() {
    outbound(
        vec![round(FIRST)],
        World { settled: Settled::Kept, ..World::default() },
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 4
        ivr     plays hi: verify_when
        caller  presses 2
        ivr     asks outcome CALL_LATER of 12345671 AFTERNOON Here
        ivr     plays hi: verify_later_afternoon verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn silence_from_the_start_ends_politely_with_the_attempt_used() {
    outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  says nothing more
        ivr     plays hi: no_input / hi: verify_calling_from verify_right_party
        ivr     plays hi: no_input / hi: verify_calling_from verify_right_party
        ivr     tells outcome NO_REPLY of 12345671 Here
        ivr     plays hi: verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn wrong_keys_three_times_end_politely() {
    outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 7
        ivr     plays hi: wrong_input / hi: verify_answer
        caller  presses #
        ivr     plays hi: wrong_input / hi: verify_answer
        caller  presses 0
        ivr     tells outcome NO_REPLY of 12345671 Here
        ivr     plays hi: verify_goodbye
        ivr     hangs up
        ",
    );
}

#[test]
fn star_repeats_the_question() {
    outbound(
        vec![round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses *
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses *
        ivr     plays hi: verify_answer
        caller  hangs up
        ivr     tells outcome NO_REPLY of 12345671 Here
        ",
    );
}

#[test]
fn three_rounds_are_asked_oldest_first_and_only_a_spoken_number_uses_an_attempt() {
    outbound(
        vec![round(FIRST), round(SECOND), round("10000012"), round(FIRST)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
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
        ivr     plays hi: verify_next verify_complaint_number <10 00 00 04> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 4
        ivr     plays hi: verify_when
        caller  says nothing more
        ivr     asks outcome CALL_LATER of 10000004 Here
        ivr     plays hi: verify_call_later verify_goodbye
        ivr     hangs up
        ",
    );
    outbound(
        vec![round(FIRST), round(SECOND)],
        World::default(),
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 2
        ivr     plays hi: verify_chose_not_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  presses 2
        ivr     asks outcome NOT_SATISFIED of 12345671 unpressured Here
        ivr     plays hi: verify_thanks_closed verify_conduct
        caller  presses 2 at once
        ivr     tells conduct bad of 12345671
        ivr     plays hi: verify_next verify_complaint_number <10 00 00 04> verify_subject category_power_cut verify_reported_resolved
        caller  waits 500 ms
        caller  hangs up
        ",
    );
}

#[test]
fn an_answer_that_cannot_be_recorded_in_time_is_thanked_for_all_the_same() {
    outbound(
        vec![round(FIRST)],
        World { mute: Some("outcome SATISFIED of 12345671 unpressured Here"), ..World::default() },
        "
        caller  answers
        ivr     plays hi: verify_calling_from verify_right_party
        caller  presses 1
        ivr     plays hi: verify_complaint_number <12 34 56 71> verify_subject category_power_cut verify_reported_resolved
        ivr     plays hi: verify_answer
        caller  presses 1
        ivr     plays hi: verify_chose_satisfied
        ivr     plays hi: verify_confirm
        caller  presses 1
        ivr     plays hi: verify_pressure
        caller  presses 2
        ivr     asks outcome SATISFIED of 12345671 unpressured Here
        caller  waits 2999 ms
        ivr     plays hi: please_wait
        ivr     plays hi: verify_thanks verify_conduct
        caller  says nothing more
        ivr     plays hi: verify_goodbye
        ivr     hangs up
        ",
    );
}
