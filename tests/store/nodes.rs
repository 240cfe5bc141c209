//! Many at once: callers of one writer, and two writers on one database.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use helpline181::store::{
    Error, Store, cases, events,
    events::Recorded,
    feed::{Item, Subscription},
};
use tokio::task::JoinSet;

use crate::{
    kit::samples::{filed, next},
    kit::{Home, commit, count, number},
};

on_both_engines! {
    eight_callers_leave_no_gap_and_keep_commit_order,
    two_nodes_lose_no_update_and_both_feeds_see_each_event_once,
}

async fn eight_callers_leave_no_gap_and_keep_commit_order(home: Home) {
    let store = Arc::new(home.open().await);
    let mut feed = store.feed.subscribe(None).await.unwrap();
    let mut callers = JoinSet::new();
    for caller in 0..8 {
        let store = store.clone();
        callers.spawn(async move {
            for n in 0..25 {
                let case = filed(&store).await;
                commit(&store, &format!("{caller}.{n}"), next(&case, "resolved")).await.unwrap();
            }
        });
    }
    callers.join_all().await;

    let seen = collect(&mut feed, 400).await;
    let seqs: Vec<_> = seen.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=400).collect::<Vec<_>>());
    for event in seen.iter().filter(|event| event.event.version == 2) {
        let opened = seen
            .iter()
            .find(|other| other.event.stream == event.event.stream && other.event.version == 1);
        assert!(opened.unwrap().seq < event.seq);
    }
    assert_eq!(number(&home, "SELECT MAX(seq) FROM events").await, 400);
    store.close().await;
}

async fn two_nodes_lose_no_update_and_both_feeds_see_each_event_once(home: Home) {
    let stores = [Arc::new(home.open().await), Arc::new(home.open().await)];
    assert_ne!(stores[0].writer.node(), stores[1].writer.node());
    let mut feeds = [
        stores[0].feed.subscribe(None).await.unwrap(),
        stores[1].feed.subscribe(None).await.unwrap(),
    ];
    let mut ids = Vec::new();
    for _ in 0..24 {
        ids.push(filed(&stores[0]).await.id);
    }

    let mut callers = JoinSet::new();
    for caller in 0..32 {
        let store = stores[caller % 2].clone();
        let ids = ids.clone();
        callers.spawn(async move {
            let mut done = 0;
            for n in 0..15 {
                let id = ids[(caller * 7 + n * 5) % ids.len()];
                done += i64::from(turn(&store, id, &format!("{caller}.{n}")).await);
            }
            done
        });
    }
    let done: i64 = callers.join_all().await.into_iter().sum();

    assert!(done > 240, "{done}");
    assert_eq!(count(&home, "events").await, 24 + done);
    let versions = "SELECT CAST(SUM(version) AS BIGINT) FROM cases";
    assert_eq!(number(&home, versions).await, 24 + done);
    for id in ids {
        let version = cases::get(&stores[0].db, id).await.unwrap().version;
        assert_eq!(events::verify_case(&stores[0].db, id).await.unwrap(), Ok(version));
    }
    for feed in &mut feeds {
        let seen = collect(feed, 24 + done).await;
        let places: BTreeSet<_> = seen.iter().map(|event| (event.node, event.seq)).collect();
        assert_eq!(places.len() as i64, 24 + done);
        for event in &seen {
            assert!(event.seq == 1 || places.contains(&(event.node, event.seq - 1)));
        }
    }
    assert_eq!(feeds[0].token(), feeds[1].token());
    for store in stores {
        assert_eq!(store.writer.counts().uncertain.load(Relaxed), 0);
        assert_eq!(store.writer.counts().replays.load(Relaxed), 0, "a deadlock or a bad row");
        store.close().await;
    }
}

/// Writes the next fact of a case as it is now; false when it changed three times meanwhile.
/// The last connection to close takes SQLite's log and index away.
#[tokio::test(flavor = "multi_thread")]
async fn closed_store_has_no_connection_left() {
    let home = Home::sqlite();
    for _ in 0..20 {
        let store = home.open().await;
        let case = filed(&store).await.id;
        let mut readers = JoinSet::new();
        for _ in 0..8 {
            let db = store.db.clone();
            readers.spawn(async move { while cases::get(&db, case).await.is_ok() {} });
        }
        store.close().await;

        let files = std::fs::read_dir(home.folder.path()).unwrap();
        let files: BTreeSet<_> = files.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, ["helpline181.db".into(), "keys".into()].into());
        readers.join_all().await;
    }
}

async fn turn(store: &Store, id: i64, request: &str) -> bool {
    for _ in 0..3 {
        let case = cases::get(&store.db, id).await.unwrap();
        match commit(store, request, next(&case, "turned")).await {
            Ok(_) => return true,
            Err(Error::Conflict) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    false
}

async fn collect(feed: &mut Subscription, count: i64) -> Vec<Arc<Recorded>> {
    let mut seen = Vec::new();
    for _ in 0..count {
        match feed.next().await.unwrap() {
            Item::Event(event) => seen.push(event),
            Item::Resync => panic!("resync after {}", seen.len()),
        }
    }
    seen
}
