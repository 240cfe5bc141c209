//! Asking again does a thing once, for seven days.

use std::sync::Arc;

use helpline181::{
    domain::{
        account::Session,
        actor::Channel,
        change::Change,
        time::{DAY_MS, HOUR_MS},
    },
    store::{
        Error, requests, sessions,
        writer::{Lane, Request},
    },
};
use tokio::task::JoinSet;

use crate::{
    kit::samples::{filing, fresh_filing, opened_account},
    kit::{Home, NOW, commit, count, request},
};

on_both_engines! {
    repeated_request_answers_what_was_stored,
    request_asked_sixteen_times_at_once_is_done_once,
    same_id_with_another_payload_is_refused,
    same_id_of_another_owner_is_another_request,
    request_is_forgotten_after_seven_days,
    ended_sessions_are_forgotten_when_their_time_is_over,
    unnamed_requests_never_meet,
}

async fn repeated_request_answers_what_was_stored(home: Home) {
    let store = home.open().await;
    let first = commit(&store, "r", fresh_filing(&store).await).await.unwrap();

    let mut other = fresh_filing(&store).await;
    other.result = "another".to_owned();
    let again = commit(&store, "r", other).await.unwrap();

    assert_eq!(again, first);
    assert_eq!(count(&home, "cases").await, 1);
    let stored = requests::result(&store.db, "account:7", "r", &[9; 32]).await.unwrap();
    assert_eq!(stored, Some(first));
    let never = requests::result(&store.db, "account:7", "never", &[9; 32]).await.unwrap();
    assert_eq!(never, None);
    store.close().await;
}

async fn request_asked_sixteen_times_at_once_is_done_once(home: Home) {
    let store = Arc::new(home.open().await);
    let mut asks = JoinSet::new();
    for _ in 0..16 {
        let change = fresh_filing(&store).await;
        let store = store.clone();
        asks.spawn(async move { commit(&store, "same", change).await.unwrap() });
    }
    let mut answers = asks.join_all().await;
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(count(&home, "cases").await, 1);
    store.close().await;
}

async fn same_id_with_another_payload_is_refused(home: Home) {
    let store = home.open().await;
    commit(&store, "r", fresh_filing(&store).await).await.unwrap();

    let reused = Request { fingerprint: [8; 32], ..request("r") };
    let refused = store.writer.commit(Lane::Acts, reused, fresh_filing(&store).await).await;

    assert!(matches!(refused, Err(Error::RequestReused)), "{refused:?}");
    let read = requests::result(&store.db, "account:7", "r", &[8; 32]).await;
    assert!(matches!(read, Err(Error::RequestReused)), "{read:?}");
    assert_eq!(count(&home, "cases").await, 1);
    store.close().await;
}

async fn same_id_of_another_owner_is_another_request(home: Home) {
    let store = home.open().await;
    commit(&store, "r", fresh_filing(&store).await).await.unwrap();
    let other = Request { owner: "account:8".to_owned(), ..request("r") };
    store.writer.commit(Lane::Acts, other, fresh_filing(&store).await).await.unwrap();
    assert_eq!(count(&home, "cases").await, 2);
    store.close().await;
}

async fn request_is_forgotten_after_seven_days(home: Home) {
    let store = home.open().await;
    commit(&store, "r", filing(1_000_000, 5)).await.unwrap();
    let known =
        async || requests::result(&store.db, "account:7", "r", &[9; 32]).await.unwrap().is_some();

    let early = NOW.plus_ms(7 * DAY_MS - 1);
    assert_eq!(requests::purge(&store.writer, early).await.unwrap(), 0);
    assert!(known().await);
    assert_eq!(requests::purge(&store.writer, NOW.plus_ms(7 * DAY_MS)).await.unwrap(), 1);
    assert!(!known().await);
    store.close().await;
}

async fn ended_sessions_are_forgotten_when_their_time_is_over(home: Home) {
    let store = home.open().await;
    commit(&store, "account", opened_account(7, "agent")).await.unwrap();
    let session = Session {
        id: 1,
        account: 7,
        channel: Channel::Agent,
        access_hash: [1; 32],
        refresh_hash: [2; 32],
        access_until: NOW,
        refresh_until: NOW.plus_ms(HOUR_MS),
        created_at: NOW,
    };
    let change = Change { sessions: vec![session], ..Change::new(NOW) };
    commit(&store, "in", change).await.unwrap();

    assert_eq!(requests::purge(&store.writer, NOW.plus_ms(HOUR_MS - 1)).await.unwrap(), 0);
    assert_eq!(requests::purge(&store.writer, NOW.plus_ms(HOUR_MS)).await.unwrap(), 1);

    assert_eq!(sessions::by_refresh_hash(&store.db, &[2; 32]).await.unwrap(), None);
    store.close().await;
}

async fn unnamed_requests_never_meet(home: Home) {
    let (here, there) = (home.open().await, home.open().await);
    for store in [&here, &there] {
        for _ in 0..3 {
            let change = fresh_filing(store).await;
            store.writer.commit(Lane::Bulk, Request::system(), change).await.unwrap();
        }
    }
    assert_eq!(count(&home, "cases").await, 6);
    here.close().await;
    there.close().await;
}
