//! Subscribers come, fall behind and come back.

use std::{sync::Arc, time::Duration};

use helpline181::store::{
    feed::{Item, Token},
    writer::Lane,
};
use tokio::task::JoinSet;

use crate::{
    kit::samples::{filed, fresh_filing},
    kit::{Home, request},
};

on_both_engines! {
    token_resumes_where_it_left,
    slow_subscriber_is_told_to_resync,
    feed_ends_with_the_store,
    what_another_node_wrote_before_it_ended_is_seen,
    lag_is_small_while_the_database_answers,
}

async fn token_resumes_where_it_left(home: Home) {
    let store = home.open().await;
    let mut feed = store.feed.subscribe(None).await.unwrap();
    for _ in 0..5 {
        filed(&store).await;
    }
    for seq in 1..=3 {
        assert_eq!(seq_of(feed.next().await), seq);
    }
    let token = Token::parse(&feed.token().encode()).unwrap();
    filed(&store).await;

    let mut resumed = store.feed.subscribe(Some(token)).await.unwrap();

    for seq in 4..=6 {
        assert_eq!(seq_of(resumed.next().await), seq);
    }
    assert_eq!(Token::parse("1:x"), None);
    store.close().await;
}

async fn slow_subscriber_is_told_to_resync(home: Home) {
    let store = Arc::new(home.open().await);
    let start = store.feed.subscribe(None).await.unwrap().token().clone();
    let mut slow = store.feed.subscribe(None).await.unwrap();
    let mut callers = JoinSet::new();
    for caller in 0..64 {
        let store = store.clone();
        callers.spawn(async move {
            for n in 0..66 {
                let change = fresh_filing(&store).await;
                let request = request(&format!("{caller}.{n}"));
                store.writer.commit(Lane::Acts, request, change).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    let mut live = store.feed.subscribe(None).await.unwrap();
    while live.token().encode() != format!("{}:4224", store.writer.node()) {
        live.next().await.unwrap();
    }

    assert_eq!(slow.next().await, Some(Item::Resync));
    assert_eq!(slow.next().await, None);
    let mut late = store.feed.subscribe(Some(start)).await.unwrap();
    assert_eq!(late.next().await, Some(Item::Resync));
    store.close().await;
}

async fn feed_ends_with_the_store(home: Home) {
    let store = home.open().await;
    let mut feed = store.feed.subscribe(None).await.unwrap();
    filed(&store).await;
    store.close().await;
    drop(store);
    assert_eq!(seq_of(feed.next().await), 1);
    assert_eq!(feed.next().await, None);
}

async fn what_another_node_wrote_before_it_ended_is_seen(home: Home) {
    let here = home.open().await;
    let mut feed = here.feed.subscribe(None).await.unwrap();
    for _ in 0..3 {
        let there = home.open().await;
        filed(&there).await;
        filed(&there).await;
        there.close().await;
    }
    for seq in [1, 2, 1, 2, 1, 2] {
        assert_eq!(seq_of(feed.next().await), seq);
    }
    here.close().await;
}

async fn lag_is_small_while_the_database_answers(home: Home) {
    let store = home.open().await;
    let mut feed = store.feed.subscribe(None).await.unwrap();
    filed(&store).await;
    feed.next().await.unwrap();
    assert!(store.feed.lag() < Duration::from_secs(5), "{:?}", store.feed.lag());
    store.close().await;
}

fn seq_of(item: Option<Item>) -> i64 {
    match item {
        Some(Item::Event(event)) => event.seq,
        other => panic!("{other:?}"),
    }
}
