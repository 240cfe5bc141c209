//! What the writer lets through, and what it answers when it does not.

use std::sync::atomic::Ordering::Relaxed;

use helpline181::{
    domain::change::Change,
    store::{
        Error, cases, requests,
        writer::{Counter, Lane, QUEUE_MAX, Request},
    },
};

use crate::{
    kit::samples::{filed, filing, fresh_filing, next},
    kit::{Blocker, Home, NOW, commit, count, number, request, started},
};

on_both_engines! {
    filing_is_written_whole,
    stale_change_conflicts_and_leaves_nothing,
    conflicting_request_may_be_asked_again,
    taken_case_id_conflicts,
    bad_row_fails_alone,
    change_that_writes_no_row_is_answered,
    full_queue_refuses_and_what_was_taken_is_written,
    bulk_yields_to_acts_but_is_not_starved,
    ids_are_never_handed_out_twice,
    closed_store_refuses_and_has_written_what_waited,
}

async fn filing_is_written_whole(home: Home) {
    let store = home.open().await;
    let change = fresh_filing(&store).await;
    let case = change.case.clone().unwrap().1;

    let result = commit(&store, "r", change).await.unwrap();

    assert_eq!(result, format!("case:{}@1", case.id));
    assert_eq!(cases::get(&store.db, case.id).await.unwrap(), case);
    for table in ["requests", "citizens", "cases", "texts", "events", "notices"] {
        assert_eq!(count(&home, table).await, 1, "{table}");
    }
    store.close().await;
}

async fn stale_change_conflicts_and_leaves_nothing(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    commit(&store, "first", next(&case, "resolved")).await.unwrap();

    let stale = commit(&store, "second", next(&case, "escalated")).await;

    assert!(matches!(stale, Err(Error::Conflict)), "{stale:?}");
    let stored = requests::result(&store.db, "account:7", "second", &[9; 32]).await.unwrap();
    assert_eq!(stored, None);
    assert_eq!(cases::get(&store.db, case.id).await.unwrap().version, 2);
    assert_eq!(count(&home, "events").await, 2);
    assert_eq!(store.writer.counts().replays.load(Relaxed), 0);
    store.close().await;
}

async fn conflicting_request_may_be_asked_again(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    commit(&store, "resolve", next(&case, "resolved")).await.unwrap();
    commit(&store, "reopen", next(&case, "reopened")).await.unwrap_err();

    let read = cases::get(&store.db, case.id).await.unwrap();
    let again = commit(&store, "reopen", next(&read, "reopened")).await;

    assert_eq!(again.unwrap(), format!("case:{}@3", case.id));
    store.close().await;
}

async fn taken_case_id_conflicts(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    let same = Change { citizen: None, ..filing(case.id, case.citizen) };
    let same = commit(&store, "same", same).await;
    assert!(matches!(same, Err(Error::Conflict)), "{same:?}");
    store.close().await;
}

async fn bad_row_fails_alone(home: Home) {
    let store = home.open().await;
    let mut changes = Vec::new();
    for _ in 0..64 {
        changes.push(fresh_filing(&store).await);
    }
    changes[33].notices[0].kind.clear();
    let blocker = Blocker::begin(&home).await;
    let mut waiting = Vec::new();
    for (n, change) in changes.into_iter().enumerate() {
        let request = request(&if n == 0 { "blocked".to_owned() } else { format!("r{n}") });
        let writer = store.writer.clone();
        waiting.push(started(async move { writer.commit(Lane::Acts, request, change).await }));
    }
    blocker.release().await;

    for (n, answer) in waiting.into_iter().enumerate() {
        let answer = answer.await;
        assert_eq!(matches!(answer, Err(Error::Database(_))), n == 33, "{n}: {answer:?}");
        assert_eq!(answer.is_ok(), n != 33, "{n}: {answer:?}");
    }
    assert_eq!(count(&home, "cases").await, 63);
    assert_eq!(number(&home, "SELECT MAX(seq) FROM events").await, 63);
    assert_eq!(store.writer.counts().replays.load(Relaxed), 1);
    store.close().await;
}

async fn change_that_writes_no_row_is_answered(home: Home) {
    let store = home.open().await;
    let change = Change { result: "nothing".to_owned(), ..Change::new(NOW) };
    let answer = store.writer.commit(Lane::Acts, Request::system(), change).await;
    assert_eq!(answer.unwrap(), "nothing");
    store.close().await;
}

async fn full_queue_refuses_and_what_was_taken_is_written(home: Home) {
    let store = home.open().await;
    let mut changes = Vec::new();
    for _ in 0..1_300 {
        changes.push(fresh_filing(&store).await);
    }
    let blocker = Blocker::begin(&home).await;
    let mut waiting = Vec::new();
    for (n, change) in changes.into_iter().enumerate() {
        let request = request(&if n == 0 { "blocked".to_owned() } else { format!("r{n}") });
        let writer = store.writer.clone();
        waiting.push(started(async move { writer.commit(Lane::Acts, request, change).await }));
    }
    blocker.release().await;

    let mut written = 0;
    for answer in waiting {
        match answer.await {
            Ok(_) => written += 1,
            Err(Error::Full(1_024)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    // The queue, and the group that the writer already held.
    assert!((1_024..=1_088).contains(&written), "{written}");
    assert_eq!(count(&home, "cases").await, written);
    store.close().await;
}

async fn bulk_yields_to_acts_but_is_not_starved(home: Home) {
    let store = home.open().await;
    let mut asks = vec![(Lane::Acts, "blocked".to_owned(), fresh_filing(&store).await)];
    for n in 0..200 {
        asks.push((Lane::Bulk, format!("bulk{n}"), fresh_filing(&store).await));
    }
    for n in 0..200 {
        asks.push((Lane::Acts, format!("act{n}"), fresh_filing(&store).await));
    }
    for (lane, _, change) in &mut asks {
        change.events[0].kind = if *lane == Lane::Acts { "act".into() } else { "bulk".into() };
    }
    let blocker = Blocker::begin(&home).await;
    let waiting: Vec<_> = asks
        .into_iter()
        .map(|(lane, id, change)| {
            let writer = store.writer.clone();
            started(async move { writer.commit(lane, request(&id), change).await })
        })
        .collect();
    blocker.release().await;
    for answer in waiting {
        answer.await.unwrap();
    }

    let place = |which: &str, kind: &str| {
        format!("SELECT CAST({which}(seq) AS BIGINT) FROM events WHERE kind = '{kind}'")
    };
    // The first group may hold what came before the acts did, each later one a few of the bulk.
    let acts_end = number(&home, &place("MAX", "act")).await;
    assert!(acts_end <= 201 + 64 + 4 * 4, "{acts_end}");
    assert_eq!(number(&home, &place("MAX", "bulk")).await, 401);
    store.close().await;
}

async fn ids_are_never_handed_out_twice(home: Home) {
    let (here, there) = (home.open().await, home.open().await);
    let mut ids = Vec::new();
    for _ in 0..1_500 {
        ids.push(here.writer.reserve(Counter::Case).await.unwrap());
        ids.push(there.writer.reserve(Counter::Case).await.unwrap());
    }
    assert_eq!(ids[0], 1_000_000);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3_000);
    for counter in [
        Counter::Citizen,
        Counter::Text,
        Counter::Account,
        Counter::Recording,
        Counter::CallBack,
        Counter::Session,
        Counter::Post,
    ] {
        assert_eq!(here.writer.reserve(counter).await.unwrap(), 1, "{counter:?}");
    }
    here.close().await;
    there.close().await;
}

async fn closed_store_refuses_and_has_written_what_waited(home: Home) {
    let store = home.open().await;
    let mut waiting = Vec::new();
    for n in 0..100 {
        let change = fresh_filing(&store).await;
        let writer = store.writer.clone();
        let request = request(&format!("r{n}"));
        waiting.push(started(async move { writer.commit(Lane::Acts, request, change).await }));
    }
    assert_eq!(store.writer.waiting(Lane::Bulk), 0);
    assert!(store.writer.waiting(Lane::Acts) <= QUEUE_MAX);
    let late = fresh_filing(&store).await;

    store.close().await;
    store.close().await;

    for answer in waiting {
        answer.await.unwrap();
    }
    let late = commit(&store, "late", late).await;
    assert!(matches!(late, Err(Error::Stopped)), "{late:?}");
    let again = home.open().await;
    assert_eq!(count(&home, "cases").await, 100);
    assert_eq!(number(&home, "SELECT COUNT(*) FROM nodes WHERE ended = 1").await, 1);
    again.close().await;
}
