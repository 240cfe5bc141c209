//! Lists, queues and what falls due.

use helpline181::{
    domain::{
        case::{Case, State},
        change::{Change, Gate},
        page::After,
        place::PostId,
        time::{DAY_MS, Timestamp},
        verification::RoundState,
    },
    store::{
        Store,
        cases::{self, Due, Told},
        events, notices, policies,
        policies::PolicyRow,
        rounds::{self, Figures},
        settings,
    },
};

use crate::{
    kit::samples::{self, filed, fresh_filing, next, with_round},
    kit::{Home, NOW, commit},
};

on_both_engines! {
    due_cases_come_longest_first_and_once_overdue_at_the_last_level_no_more,
    reviews_come_when_their_day_is_over,
    citizens_cases_come_newest_first,
    a_database_that_nothing_outlasts_outlasts_a_process,
    what_events_told_of_all_cases_comes_in_pages_by_id,
    open_cases_of_a_post_are_counted,
    rounds_fall_due_and_end,
    figures_count_the_open_rounds,
    people_get_the_rounds_that_nobody_holds,
    rounds_that_may_be_rung_come_longest_due_first_and_unheld,
    next_notice_is_the_first_unsent,
    events_are_read_by_place_and_by_stream,
    settings_keep_the_last_value,
    policies_are_kept_by_version,
    databases_time_is_near_the_systems,
}

fn ids(cases: Vec<Case>) -> Vec<i64> {
    cases.into_iter().map(|case| case.id).collect()
}

async fn a_database_that_nothing_outlasts_outlasts_a_process(home: Home) {
    let store = Store::open_scratch(home.options(), NOW).await.unwrap();
    let filed = samples::filed_as(&store, |_| {}).await;
    store.close().await;

    let again = Store::open_scratch(home.options(), NOW).await.unwrap();
    assert_eq!(cases::get(&again.db, filed).await.unwrap().id, filed);
    assert_eq!(events::verify_case(&again.db, filed).await.unwrap(), Ok(1));
    again.close().await;
}

async fn what_events_told_of_all_cases_comes_in_pages_by_id(home: Home) {
    let store = home.open().await;
    let mut filed = Vec::new();
    for ms in 0..3 {
        filed.push(samples::filed_as(&store, |case| case.due_at = Some(NOW.plus_ms(ms))).await);
    }
    filed.sort_unstable();
    let page = async |past, limit| cases::told_after(&store.db, past, limit).await.unwrap();
    let ids = |page: &[Told]| page.iter().map(|told| told.id).collect::<Vec<_>>();

    assert_eq!(ids(&page(0, 2).await), filed[..2]);
    assert_eq!(ids(&page(filed[1], 2).await), filed[2..]);
    assert!(page(filed[2], 2).await.is_empty());
    for told in page(0, 3).await {
        let case = cases::get(&store.db, told.id).await.unwrap();
        let Case { id, state, level, due_at, version, head, .. } = case;
        assert_eq!(told, Told { id, state, level, due_at, version, head });
    }
    store.close().await;
}

async fn due_cases_come_longest_first_and_once_overdue_at_the_last_level_no_more(home: Home) {
    let store = home.open().await;
    assert_eq!(cases::next_due(&store.db, NOW).await.unwrap(), None);
    let at = |ms: i64| NOW.plus_ms(ms);
    let mut due = Vec::new();
    for (due_at, overdue_last) in
        [(Some(at(3)), false), (Some(at(1)), false), (None, false), (Some(at(0)), true)]
    {
        let id = samples::filed_as(&store, |case| {
            (case.due_at, case.overdue_last) = (due_at, overdue_last);
        })
        .await;
        due.extend(due_at.map(|due_at| Due { case: id, due_at }));
    }

    let found = async |now, limit| cases::due(&store.db, now, limit).await.unwrap();
    assert!(found(at(0), 10).await.is_empty());
    assert_eq!(found(at(1), 10).await, [due[1]]);
    assert_eq!(found(at(3), 10).await, [due[1], due[0]]);
    assert_eq!(found(at(3), 1).await, [due[1]]);
    assert_eq!(cases::next_due(&store.db, NOW).await.unwrap(), Some(at(1)));
    assert_eq!(cases::next_due(&store.db, at(1)).await.unwrap(), Some(at(3)));
    store.close().await;
}

async fn reviews_come_when_their_day_is_over(home: Home) {
    let store = home.open().await;
    let waiting = samples::filed_as(&store, |_| {}).await;
    samples::filed_as(&store, |case| case.needs_review = false).await;
    let due = async |now| ids(cases::review_due(&store.db, now, 10).await.unwrap());
    assert!(due(NOW.plus_ms(DAY_MS - 1)).await.is_empty());
    assert_eq!(due(NOW.plus_ms(DAY_MS)).await, [waiting]);
    let next = async |now| cases::next_review(&store.db, now).await.unwrap();
    assert_eq!(next(NOW).await, Some(NOW.plus_ms(DAY_MS)));
    assert_eq!(next(NOW.plus_ms(DAY_MS)).await, None);
    store.close().await;
}

async fn citizens_cases_come_newest_first(home: Home) {
    let store = home.open().await;
    let first = samples::filed_as(&store, |_| {}).await;
    let citizen = cases::get(&store.db, first).await.unwrap().citizen;
    let second = samples::filed_as(&store, |case| case.citizen = citizen).await;
    samples::filed_as(&store, |_| {}).await;
    assert_eq!(ids(cases::of_citizen(&store.db, citizen, 10).await.unwrap()), [second, first]);
    store.close().await;
}

async fn rounds_fall_due_and_end(home: Home) {
    let store = home.open().await;
    let db = &store.db;
    let before = NOW.plus_ms(-1);
    assert_eq!(rounds::next_due(db, before).await.unwrap(), None);
    let (case, round) = with_round(&store).await;

    assert_eq!(rounds::next_due(db, before).await.unwrap(), Some(NOW));
    assert_eq!(rounds::next_end(db, NOW).await.unwrap(), Some(NOW.plus_ms(10 * DAY_MS)));
    let of_citizen = rounds::open_of_citizen(db, case.citizen, 10).await.unwrap();
    assert_eq!(of_citizen, std::slice::from_ref(&round));
    let over = async |now| rounds::over(db, now, 10).await.unwrap();
    assert!(over(NOW.plus_ms(10 * DAY_MS - 1)).await.is_empty());
    assert_eq!(over(NOW.plus_ms(10 * DAY_MS)).await, std::slice::from_ref(&round));

    let mut ended = round.clone();
    (ended.state, ended.next_at, ended.version) = (RoundState::Ended, None, 2);
    let change = Change { round: Some((Gate::Version(1), ended)), ..next(&case, "round_ended") };
    commit(&store, "end", change).await.unwrap();
    assert!(over(NOW.plus_ms(10 * DAY_MS)).await.is_empty());
    assert!(rounds::open_of_citizen(db, case.citizen, 10).await.unwrap().is_empty());
    assert_eq!(rounds::next_end(db, NOW).await.unwrap(), None);
    // An instant that is over hides none that is to come.
    for at in [0, 7] {
        round_as(&store, |round| round.next_at = Some(NOW.plus_ms(at))).await;
    }
    assert_eq!(rounds::next_due(db, NOW).await.unwrap(), Some(NOW.plus_ms(7)));
    store.close().await;
}

async fn round_as(store: &Store, edit: impl FnOnce(&mut helpline181::domain::verification::Round)) {
    let case = filed(store).await;
    let mut round = samples::round(case.id, case.citizen);
    edit(&mut round);
    let change = Change { round: Some((Gate::New, round)), ..next(&case, "resolved") };
    commit(store, &format!("round-{}", case.id), change).await.unwrap();
}

async fn figures_count_the_open_rounds(home: Home) {
    let store = home.open().await;
    assert_eq!(rounds::figures(&store.db, NOW).await.unwrap(), Figures::default());
    round_as(&store, |round| round.next_at = Some(NOW.plus_ms(-5))).await;
    round_as(&store, |round| round.partial = false).await;
    round_as(&store, |round| round.next_at = Some(NOW.plus_ms(1))).await;
    round_as(&store, |round| (round.next_at, round.human) = (None, true)).await;
    round_as(&store, |round| (round.next_at, round.state) = (None, RoundState::Answered)).await;
    rounds::claims::claim(&store.writer, NOW, 1, 60_000).await.unwrap();

    let figures = rounds::figures(&store.db, NOW).await.unwrap();

    let expected = Figures { open: 4, due: 2, waiting: 1, leased: 1, human: 1, partial: 3 };
    assert_eq!(figures, expected);
    store.close().await;
}

async fn people_get_the_rounds_that_nobody_holds(home: Home) {
    let store = home.open().await;
    round_as(&store, |round| (round.next_at, round.human) = (None, true)).await;
    round_as(&store, |_| {}).await;
    let task = rounds::for_people(&store.db, NOW, After::START, 10).await.unwrap();
    assert_eq!(task.len(), 1);
    let after = After { at: task[0].opened_at, id: task[0].case };
    assert!(rounds::for_people(&store.db, NOW, after, 10).await.unwrap().is_empty());

    let case = task[0].case;
    rounds::claims::claim_one(&store.writer, case, 1, NOW, 60_000).await.unwrap().unwrap();

    assert!(rounds::for_people(&store.db, NOW, After::START, 10).await.unwrap().is_empty());
    let later = NOW.plus_ms(60_000);
    assert_eq!(rounds::for_people(&store.db, later, After::START, 10).await.unwrap(), task);
    store.close().await;
}

async fn rounds_that_may_be_rung_come_longest_due_first_and_unheld(home: Home) {
    let store = home.open().await;
    for ms in [9, -3, -5] {
        round_as(&store, |round| round.next_at = Some(NOW.plus_ms(ms))).await;
    }
    let soonest = async |now, limit| {
        let found = rounds::due::soonest(&store.db, now, limit).await.unwrap();
        found.iter().map(|round| round.next_at.unwrap().since(NOW)).collect::<Vec<_>>()
    };
    assert_eq!(soonest(NOW, 10).await, [-5, -3]);
    assert_eq!(soonest(NOW, 1).await, [-5]);

    let first = rounds::due::soonest(&store.db, NOW, 1).await.unwrap()[0].case;
    rounds::claims::claim_one(&store.writer, first, 1, NOW, 60_000).await.unwrap().unwrap();

    assert_eq!(soonest(NOW, 10).await, [-3]);
    assert_eq!(soonest(NOW.plus_ms(60_000), 10).await, [-5, -3, 9]);
    store.close().await;
}

async fn next_notice_is_the_first_unsent(home: Home) {
    let store = home.open().await;
    let before = NOW.plus_ms(-1);
    assert_eq!(notices::next_due(&store.db, before).await.unwrap(), None);
    filed(&store).await;
    assert_eq!(notices::next_due(&store.db, before).await.unwrap(), Some(NOW));
    assert_eq!(notices::next_due(&store.db, NOW).await.unwrap(), None);
    store.close().await;
}

async fn events_are_read_by_place_and_by_stream(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    commit(&store, "next", next(&case, "resolved")).await.unwrap();
    let node = store.writer.node();

    let all = events::after(&store.db, node, 0).await.unwrap();
    let kinds: Vec<_> = all.iter().map(|event| event.event.kind.as_str()).collect();
    assert_eq!(kinds, ["registered", "resolved"]);
    assert_eq!(events::after(&store.db, node, 1).await.unwrap(), all[1..]);
    assert_eq!(events::of_stream(&store.db, &case.stream(), 0).await.unwrap(), all);
    assert_eq!(events::of_stream(&store.db, &case.stream(), 1).await.unwrap(), all[1..]);
    assert_eq!(events::heads(&store.db, 0).await.unwrap().get(&node), Some(&2));
    store.close().await;
}

async fn settings_keep_the_last_value(home: Home) {
    let store = home.open().await;
    assert_eq!(settings::get(&store.db, "demo_offset_ms").await.unwrap(), None);
    settings::set(&store.writer, "demo_offset_ms", "5").await.unwrap();
    settings::set(&store.writer, "demo_offset_ms", "604800000").await.unwrap();
    let value = settings::get(&store.db, "demo_offset_ms").await.unwrap();
    assert_eq!(value.as_deref(), Some("604800000"));
    store.close().await;
}

async fn open_cases_of_a_post_are_counted(home: Home) {
    let store = home.open().await;
    for (post, state) in [
        (7, State::WithOfficer),
        (7, State::Unverified),
        (7, State::ClosedSatisfied),
        (8, State::WithOfficer),
    ] {
        samples::filed_as(&store, |case| {
            case.post = Some(PostId(post));
            case.state = state;
        })
        .await;
    }

    assert_eq!(cases::open_with(&store.db, PostId(7)).await.unwrap(), 2);
    assert_eq!(cases::open_with(&store.db, PostId(9)).await.unwrap(), 0);
    store.close().await;
}

async fn policies_are_kept_by_version(home: Home) {
    let store = home.open().await;
    let policy = |version, body: &str| PolicyRow {
        version,
        effective_at: NOW.plus_ms(version),
        body: body.to_owned(),
    };
    assert!(policies::add(&store.writer, &policy(2, "b")).await.unwrap());
    assert!(policies::add(&store.writer, &policy(1, "a")).await.unwrap());
    assert!(!policies::add(&store.writer, &policy(1, "other")).await.unwrap());
    assert_eq!(policies::all(&store.db).await.unwrap(), [policy(1, "a"), policy(2, "b")]);
    store.close().await;
}

async fn databases_time_is_near_the_systems(home: Home) {
    let store = home.open().await;
    let time = store.db.time().await.unwrap();
    assert_eq!(time.is_some(), home.schema.is_some());
    let system = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
    assert!(time.is_none_or(|time| time.since(Timestamp(system)).abs() < 60_000), "{time:?}");
    fresh_filing(&store).await;
    store.close().await;
}
