//! Feedback callers: what each takes, and tasks that are given once and move on from the version that was read.

mod rechecks;

use helpline181::{
    domain::{
        actor::Role,
        change::{Change, Gate},
        feedback::{Numbers, SkipReason, Takes, Task, TaskKind, TaskState},
        language::Language,
        page::After,
        place::{Code, PlaceCode},
        time::Timestamp,
        verification::Outcome,
    },
    store::{
        Error, Store, callers, tasks,
        writer::{Counter, Lane, Request},
    },
};

use crate::kit::{Home, NOW, samples};

on_both_engines! {
    a_task_reads_back_and_moves_on_from_its_own_version_alone,
    the_next_number_of_a_person_is_given_once,
    tasks_are_listed_by_span_state_and_time,
    rounds_that_wait_in_a_district_come_the_oldest_first,
    what_a_caller_takes_is_replaced,
}

fn task(account: i64, n: i64, at: Timestamp) -> Task {
    Task::shown(&Numbers::default(), account, n, (TaskKind::Round, 1_000_000 + n, 1), 5, 9, at)
}

fn writes(gate: Gate, task: &Task) -> Change {
    let mut change = Change::new(NOW);
    change.feedback.task = Some((gate, task.clone()));
    change
}

async fn put(store: &Store, change: Change) -> Result<String, Error> {
    store.writer.commit(Lane::Acts, Request::system(), change).await
}

async fn account(store: &Store, login: &str) -> i64 {
    let id = store.writer.reserve(Counter::Account).await.unwrap();
    let mut change = samples::opened_account(id, login);
    if let Some((_, account)) = change.account.as_mut() {
        account.role = Role::FeedbackCaller;
    }
    put(store, change).await.unwrap();
    id
}

async fn a_task_reads_back_and_moves_on_from_its_own_version_alone(home: Home) {
    let store = home.open().await;
    let caller = account(&store, "caller").await;
    let shown = task(caller, 1, NOW);
    put(&store, writes(Gate::New, &shown)).await.unwrap();
    assert_eq!(tasks::last(&store.db, caller).await.unwrap(), Some(shown.clone()));

    let until = NOW.plus_ms(600_000);
    let dialled = shown.dial("c1".to_owned(), until, NOW).unwrap();
    let placed = dialled.placed("c1", 2, until, NOW.plus_ms(5)).unwrap();
    let ended = placed.ended(&Numbers::default(), "c1", NOW.plus_ms(9), NOW.plus_ms(99)).unwrap();
    let mut done = ended.record(Outcome::Satisfied, NOW.plus_ms(200)).unwrap();
    done.right_party_at = Some(NOW.plus_ms(20));
    put(&store, writes(Gate::Version(1), &Task { version: 2, ..done.clone() })).await.unwrap();

    let kept = tasks::get(&store.db, caller, 1).await.unwrap();
    assert_eq!(kept, Some(Task { version: 2, ..done.clone() }));
    let stale = put(&store, writes(Gate::Version(1), &done)).await;
    assert!(matches!(stale, Err(Error::Conflict)), "{stale:?}");
    assert_eq!(tasks::get(&store.db, caller, 2).await.unwrap(), None);
}

async fn the_next_number_of_a_person_is_given_once(home: Home) {
    let store = home.open().await;
    let caller = account(&store, "caller").await;

    put(&store, writes(Gate::New, &task(caller, 1, NOW))).await.unwrap();
    let again = put(&store, writes(Gate::New, &task(caller, 1, NOW.plus_ms(1)))).await;

    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
    assert_eq!(tasks::last(&store.db, caller).await.unwrap().unwrap().shown_at, NOW);
}

async fn tasks_are_listed_by_span_state_and_time(home: Home) {
    let store = home.open().await;
    let caller = account(&store, "caller").await;
    let skipped = task(caller, 1, NOW).skip(&Numbers::default(), SkipReason::Other, 0, NOW);
    put(&store, writes(Gate::New, &skipped.unwrap())).await.unwrap();
    let until = NOW.plus_ms(500);
    let dialled = task(caller, 2, NOW.plus_ms(100)).dial("c".to_owned(), until, NOW).unwrap();
    put(&store, writes(Gate::New, &dialled)).await.unwrap();
    put(&store, writes(Gate::New, &task(caller, 3, NOW.plus_ms(200)))).await.unwrap();

    let shown = |from, to| tasks::shown(&store.db, caller, NOW.plus_ms(from), NOW.plus_ms(to), 9);
    let numbers = |found: Vec<Task>| found.iter().map(|task| task.n).collect::<Vec<_>>();
    assert_eq!(numbers(shown(0, 200).await.unwrap()), [1, 2]);
    assert_eq!(numbers(shown(1, 201).await.unwrap()), [2, 3]);
    let since = |ms| tasks::skipped(&store.db, caller, NOW.plus_ms(ms));
    assert_eq!(numbers(since(0).await.unwrap()), [1]);
    assert!(numbers(since(1).await.unwrap()).is_empty());
    // A preview lapses by itself.
    assert_eq!(numbers(tasks::over(&store.db, NOW.plus_ms(99_000), 9).await.unwrap()), [2]);
    assert!(numbers(tasks::over(&store.db, NOW.plus_ms(499), 9).await.unwrap()).is_empty());
    assert_eq!(dialled.state, TaskState::Dialled);
}

async fn rounds_that_wait_in_a_district_come_the_oldest_first(home: Home) {
    let store = home.open().await;
    let mut expected = Vec::new();
    for n in 0..3 {
        let case = samples::filed(&store).await;
        let mut change = Change::new(NOW);
        let opened_at = NOW.plus_ms(-n);
        let round = samples::round(case.id, case.citizen);
        let round = helpline181::domain::verification::Round { human: true, opened_at, ..round };
        expected.push((opened_at, case.id, 1, round.district.clone()));
        change.round = Some((Gate::New, round));
        put(&store, change).await.unwrap();
    }
    expected.reverse();
    let district = expected[0].3.clone();
    let keys: Vec<_> = expected.into_iter().map(|(at, case, round, _)| (at, case, round)).collect();

    let waiting = |district: PlaceCode, after, limit| {
        let db = store.db.clone();
        async move { tasks::waiting_in(&db, &district, NOW, after, limit).await.unwrap() }
    };

    assert_eq!(waiting(district.clone(), After::START, 9).await, keys);
    assert_eq!(waiting(district.clone(), After::START, 2).await, keys[..2]);
    let after = After { at: keys[1].0, id: keys[1].1 };
    assert_eq!(waiting(district, after, 9).await, keys[2..]);
    assert!(waiting(PlaceCode::new("district:1"), After::START, 9).await.is_empty());
}

async fn what_a_caller_takes_is_replaced(home: Home) {
    let store = home.open().await;
    let (one, other) = (account(&store, "one").await, account(&store, "other").await);
    assert_eq!(callers::takes(&store.db, one).await.unwrap(), None);
    let takes = Takes {
        languages: vec![Language::English],
        districts: vec![PlaceCode::new("district:396")],
        departments: vec![Code::new("energy")],
    };

    callers::put(&store.writer, one, &Takes::default()).await.unwrap();
    callers::put(&store.writer, one, &takes).await.unwrap();

    assert_eq!(callers::takes(&store.db, one).await.unwrap(), Some(takes.clone()));
    let listed = callers::after(&store.db, 0, 9).await.unwrap();
    let rows: Vec<_> = listed.iter().map(|row| (row.account, row.takes.clone())).collect();
    assert_eq!(rows, [(one, takes), (other, Takes::default())]);
    assert_eq!(callers::after(&store.db, one, 9).await.unwrap().len(), 1);
}
