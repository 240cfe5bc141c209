//! Who rings a citizen: one call at a time, and one kind of call in an evening.

mod due;
mod paced;
mod standing;
mod stops;

use helpline181::{
    domain::{
        change::{CallBack, Change},
        language::Language,
        time::{Day, Timestamp},
        verification::line::{CallKind, Evening, Line},
    },
    store::{
        Error, Result, Store,
        queue::{self, Kept, QueueRow, RowKind},
        rounds::lines,
        writer::{Lane, Request},
    },
};
use tokio::task::JoinSet;

use crate::{
    kit::samples::citizen,
    kit::{Home, NOW, commit},
};

on_both_engines! {
    line_is_one_calls_until_its_lease_runs_out,
    line_that_many_ask_for_is_given_to_one,
    line_is_freed_with_what_ends_the_call,
    evening_goes_over_only_to_what_was_asked_for_since,
    call_back_is_owed_until_it_is_done,
}

const LEASE_MS: i64 = 60_000;
const TODAY: Day = Day(20_261_122);

fn line(call: &str, at: Timestamp) -> Line {
    Line {
        citizen: 5,
        kind: CallKind::CallBack,
        call: call.to_owned(),
        taken_at: at,
        until: at.plus_ms(LEASE_MS),
    }
}

async fn take(store: &Store, line: Line) -> Result<String> {
    let change = Change { line: Some(line), ..Change::new(NOW) };
    store.writer.commit(Lane::Acts, Request::system(), change).await
}

async fn line_is_one_calls_until_its_lease_runs_out(home: Home) {
    let store = home.open().await;
    let (writer, later) = (&store.writer, NOW.plus_ms(LEASE_MS));
    let held = async |at| lines::held(&store.db, 5, at).await.unwrap();

    take(&store, line("one", NOW)).await.unwrap();
    let other = take(&store, line("other", later.plus_ms(-1))).await;
    assert!(matches!(other, Err(Error::Conflict)), "{other:?}");
    // The call that has it may take it once more, and make it last.
    take(&store, line("one", NOW)).await.unwrap();
    assert_eq!(held(NOW).await, Some(line("one", NOW)));
    assert_eq!(held(later).await, None);

    take(&store, line("other", later)).await.unwrap();
    assert!(!lines::renew(writer, 5, "one", later.plus_ms(9)).await.unwrap());
    assert!(!lines::free(writer, 5, "one").await.unwrap());
    assert!(lines::renew(writer, 5, "other", later.plus_ms(9)).await.unwrap());
    let until = held(later).await.map(|line| line.until);
    assert_eq!(until, Some(later.plus_ms(9)));
    assert!(lines::free(writer, 5, "other").await.unwrap());
    assert!(!lines::renew(writer, 5, "other", later.plus_ms(99)).await.unwrap());
    assert_eq!(held(NOW).await, None);

    take(&store, line("third", NOW)).await.unwrap();
    assert_eq!(lines::free_all(writer).await.unwrap(), 1);
    assert_eq!(held(NOW).await, None);
    store.close().await;
}

async fn line_that_many_ask_for_is_given_to_one(home: Home) {
    let stores = [home.open().await, home.open().await];
    let mut askers = JoinSet::new();
    for asker in 0..50 {
        let writer = stores[asker % 2].writer.clone();
        askers.spawn(async move {
            let line = Some(line(&format!("call {asker}"), NOW));
            let change = Change { line, ..Change::new(NOW) };
            writer.commit(Lane::Acts, Request::system(), change).await.is_ok()
        });
    }
    let won = askers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    for store in stores {
        store.close().await;
    }
}

async fn line_is_freed_with_what_ends_the_call(home: Home) {
    let store = home.open().await;
    take(&store, line("one", NOW)).await.unwrap();
    let ends = async |call: &str| {
        let change = Change { hung_up: Some((5, call.to_owned())), ..Change::new(NOW) };
        store.writer.commit(Lane::Acts, Request::system(), change).await.unwrap();
        lines::held(&store.db, 5, NOW).await.unwrap().is_none()
    };

    assert_eq!((ends("other").await, ends("one").await), (false, true));
    store.close().await;
}

async fn evening_goes_over_only_to_what_was_asked_for_since(home: Home) {
    let store = home.open().await;
    let rings = async |kind, at: i64, asked: Option<i64>| {
        let evening = Evening {
            citizen: 5,
            day: TODAY,
            kind,
            rung_at: NOW.plus_ms(at),
            asked_at: asked.map(|ms| NOW.plus_ms(ms)),
        };
        let change = Change { evening: Some(evening), ..Change::new(NOW) };
        store.writer.commit(Lane::Acts, Request::system(), change).await.is_ok()
    };

    assert!(rings(CallKind::Verification, 0, None).await);
    assert!(rings(CallKind::Verification, 600, None).await);
    assert!(!rings(CallKind::Courtesy, 700, None).await);
    assert!(!rings(CallKind::CallBack, 700, Some(600)).await);
    assert!(rings(CallKind::CallBack, 700, Some(601)).await);
    assert!(!rings(CallKind::Verification, 800, None).await);
    let now = lines::evening(&store.db, 5, TODAY).await.unwrap().unwrap();
    assert_eq!(
        (now.kind, now.rung_at, now.asked_at),
        (CallKind::CallBack, NOW.plus_ms(700), Some(NOW.plus_ms(601)))
    );
    assert_eq!(lines::evening(&store.db, 5, Day(20_261_123)).await.unwrap(), None);
    store.close().await;
}

async fn call_back_is_owed_until_it_is_done(home: Home) {
    let store = home.open().await;
    for id in [5, 6] {
        let who = Some(citizen(id));
        commit(&store, &format!("c{id}"), Change { citizen: who, ..Change::new(NOW) })
            .await
            .unwrap();
    }
    let owed = async || {
        let owed = async |citizen| lines::owed(&store.db, citizen).await.unwrap();
        (owed(5).await, owed(6).await)
    };
    assert_eq!(owed().await, (false, false));

    let call_back = CallBack {
        id: 1,
        citizen: Some(5),
        call: "x".to_owned(),
        reason: "ASKED".to_owned(),
        language: Language::Hindi,
        at: NOW,
    };
    let listed = Change { call_backs: vec![call_back], ..Change::new(NOW) };
    commit(&store, "listed", listed).await.unwrap();
    assert_eq!(owed().await, (true, false));
    helpline181::store::call_backs::finish(&store.writer, 1, 7, NOW).await.unwrap();
    assert_eq!(owed().await, (false, false));

    let key = helpline181::store::citizens::key(&store.db, &citizen(6).phone);
    let row = |body: Option<&str>| QueueRow {
        kind: RowKind::CallBack,
        id: 3,
        body: body.map(str::to_owned),
        owed_to: Some(key),
    };
    for (body, expected) in [(Some("{}"), true), (None, false)] {
        let kept = Kept { rows: vec![row(body)], ..Kept::default() };
        queue::keep(&store.writer, kept).await.unwrap();
        assert_eq!(owed().await, (false, expected));
    }
    store.close().await;
}
