//! The states of a task: what is held, prolonged, skipped, dialled and recorded, and when it is not.

use super::*;

const NOW: Timestamp = Timestamp(1_795_321_800_000);

fn shown() -> Task {
    Task::shown(&Numbers::default(), 7, 1, (TaskKind::Round, 1_000_000, 1), 12, 3, NOW)
}

fn dialled() -> Task {
    let until = NOW.plus_ms(600_000);
    let rings = shown().dial("c1".to_owned(), until, NOW).unwrap();
    rings.placed("c1", 1, until, NOW).unwrap()
}

#[test]
fn a_preview_is_held_for_a_minute_and_prolonged_once() {
    let task = shown();

    assert!(task.is_held(NOW.plus_ms(59_999)));
    assert!(!task.is_held(NOW.plus_ms(60_000)));
    let longer = task.extend(&Numbers::default(), NOW).unwrap();
    assert!(longer.is_held(NOW.plus_ms(119_999)));
    assert_eq!(longer.extend(&Numbers::default(), NOW), Err(Refused::ExtendedBefore));
    let late = task.extend(&Numbers::default(), NOW.plus_ms(60_000));
    assert_eq!(late, Err(Refused::LeaseLost));
}

#[test]
fn only_six_tasks_an_hour_are_skipped_and_none_that_was_dialled() {
    let numbers = Numbers::default();
    let skip = |task: &Task, lately| task.skip(&numbers, SkipReason::Language, lately, NOW);

    let skipped = skip(&shown(), 5).unwrap();
    assert_eq!((skipped.state, skipped.reason.as_deref()), (TaskState::Skipped, Some("LANGUAGE")));
    assert!(!skipped.is_held(NOW));
    assert_eq!(skip(&shown(), 6), Err(Refused::SkipLimit));
    assert_eq!(skip(&dialled(), 0), Err(Refused::AlreadyDialled));
    assert_eq!(skip(&skipped, 0), Err(Refused::NothingOpen));
}

#[test]
fn a_lapsed_preview_cannot_be_dialled_and_a_call_is_placed_once() {
    let until = NOW.plus_ms(600_000);
    let late = shown().dial("c1".to_owned(), until, NOW.plus_ms(60_000));
    assert_eq!(late, Err(Refused::LeaseLost));

    let rings = shown().dial("c1".to_owned(), until, NOW).unwrap();
    assert_eq!(rings.placed("c2", 1, until, NOW), Err(Refused::LeaseLost));
    let placed = rings.placed("c1", 1, until, NOW).unwrap();
    assert_eq!(placed.placed("c1", 2, until, NOW), Err(Refused::LeaseLost));
    assert_eq!(placed.dial("c3".to_owned(), until, NOW), Err(Refused::AlreadyDialled));
}

#[test]
fn an_own_phone_that_is_not_picked_up_leads_back_to_the_preview() {
    let numbers = Numbers::default();
    let rings = shown().dial("c1".to_owned(), NOW.plus_ms(600_000), NOW).unwrap();
    let later = NOW.plus_ms(35_000);

    let back = rings.not_placed(&numbers, "c1", "OWN_PHONE", later).unwrap();

    assert_eq!((back.state, back.held_until), (TaskState::Preview, later.plus_ms(60_000)));
    assert_eq!((back.call, back.reason.as_deref()), (None, Some("OWN_PHONE")));
    let placed = dialled().not_placed(&numbers, "c1", "OWN_PHONE", later);
    assert_eq!(placed, Err(Refused::LeaseLost));
}

#[test]
fn no_outcome_stands_without_the_call_that_it_speaks_of() {
    let rings = shown().dial("c1".to_owned(), NOW.plus_ms(600_000), NOW).unwrap();
    let answered = dialled().answered("c1", NOW.plus_ms(9_000)).unwrap();
    for outcome in Outcome::ALL.iter().copied() {
        assert_eq!(shown().record(outcome, NOW), Err(Refused::NotDialled), "{outcome}");
        assert_eq!(rings.record(outcome, NOW), Err(Refused::NotDialled), "{outcome}");
        let (without, with) = (dialled().record(outcome, NOW), answered.record(outcome, NOW));
        if needs_answer(outcome) {
            assert_eq!(without, Err(Refused::NotAnswered), "{outcome}");
            assert_eq!(with.unwrap().outcome, Some(outcome));
        } else {
            assert_eq!(without.unwrap().outcome, Some(outcome));
            assert_eq!(with, Err(Refused::WasAnswered), "{outcome}");
        }
    }
}

#[test]
fn a_wrap_up_follows_the_talk_for_two_minutes_unless_the_outcome_stands_already() {
    let numbers = Numbers::default();
    let (picked_up, hung_up) = (NOW.plus_ms(9_000), NOW.plus_ms(90_000));
    let talking = dialled().answered("c1", picked_up).unwrap();

    let after = talking.ended(&numbers, "c1", picked_up, hung_up).unwrap();
    assert_eq!((after.state, after.held_until), (TaskState::WrapUp, hung_up.plus_ms(120_000)));
    assert!(after.is_held(NOW.plus_ms(9_000_000)), "until the sweep has settled it");
    assert_eq!(after.ended(&numbers, "c1", picked_up, hung_up), Err(Refused::LeaseLost));

    let quick = talking.record(Outcome::Satisfied, NOW).unwrap();
    let after = quick.ended(&numbers, "c1", picked_up, hung_up).unwrap();
    assert_eq!((after.state, after.ended_at), (TaskState::Recorded, Some(hung_up)));
}

#[test]
fn an_empty_list_takes_all_and_a_list_what_is_in_it() {
    let (bhopal, energy) = (PlaceCode::new("district:396"), Code::new("energy"));
    let fits = |takes: &Takes| takes.fits(Language::Hindi, &bhopal, &energy);

    assert!(fits(&Takes::default()));
    let english = Takes { languages: vec![Language::English], ..Takes::default() };
    assert!(!fits(&english));
    let elsewhere = Takes { districts: vec![PlaceCode::new("district:421")], ..Takes::default() };
    assert!(!fits(&elsewhere));
    let water = Takes { departments: vec![Code::new("phe")], ..Takes::default() };
    assert!(!fits(&water));
    let own = Takes {
        languages: vec![Language::English, Language::Hindi],
        districts: vec![bhopal.clone()],
        departments: vec![energy.clone()],
    };
    assert!(fits(&own));
}
