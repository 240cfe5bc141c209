//! A change with several gates is written whole or not at all.

use std::sync::atomic::Ordering::Relaxed;

use helpline181::{
    domain::{
        change::{Change, Gate, Slot, SlotKind},
        time::Day,
        verification::RoundState,
    },
    store::{Error, cases, citizens, requests, rounds, slots, writer::Lane},
};

use crate::{
    kit::samples::{citizen, filed, fresh_filing, next, phone, with_round},
    kit::{Blocker, Home, commit, count, request, started},
};

on_both_engines! {
    phone_taken_meanwhile_leaves_no_case,
    round_changed_meanwhile_leaves_the_case,
    taken_slot_leaves_case_and_round,
    one_torn_change_does_not_fail_its_neighbours,
    two_first_calls_of_one_phone_make_one_citizen,
    late_token_is_refused,
}

async fn phone_taken_meanwhile_leaves_no_case(home: Home) {
    let store = home.open().await;
    let first = fresh_filing(&store).await;
    let mut second = fresh_filing(&store).await;
    second.citizen.as_mut().unwrap().phone = first.citizen.as_ref().unwrap().phone.clone();
    commit(&store, "first", first).await.unwrap();

    let lost = commit(&store, "second", second).await;

    assert!(matches!(lost, Err(Error::Conflict)), "{lost:?}");
    for table in ["citizens", "cases", "texts", "events", "notices", "requests"] {
        assert_eq!(count(&home, table).await, 1, "{table}");
    }
    store.close().await;
}

async fn round_changed_meanwhile_leaves_the_case(home: Home) {
    let store = home.open().await;
    let (case, round) = with_round(&store).await;
    let stale = Change { round: Some((Gate::Version(0), round)), ..next(&case, "answered") };

    let lost = commit(&store, "answer", stale).await;

    assert!(matches!(lost, Err(Error::Conflict)), "{lost:?}");
    assert_eq!(cases::get(&store.db, case.id).await.unwrap(), case);
    let stored = requests::result(&store.db, "account:7", "answer", &[9; 32]).await.unwrap();
    assert_eq!(stored, None);
    store.close().await;
}

async fn taken_slot_leaves_case_and_round(home: Home) {
    let store = home.open().await;
    let (case, round) = with_round(&store).await;
    let day = Day(20_261_122);
    let slot = |n| Slot { citizen: case.citizen, day, kind: SlotKind::Attempt, n };
    commit(&store, "other", Change { slots: vec![slot(1)], ..Change::new(case.registered_at) })
        .await
        .unwrap();
    let mut dialled = round.clone();
    (dialled.dials, dialled.version) = (9, 2);
    let change = |slots| Change {
        round: Some((Gate::Version(1), dialled.clone())),
        slots,
        ..next(&case, "dialled")
    };

    let lost = commit(&store, "dial", change(vec![slot(1), slot(2)])).await;

    assert!(matches!(lost, Err(Error::Conflict)), "{lost:?}");
    assert_eq!(cases::get(&store.db, case.id).await.unwrap(), case);
    assert_eq!(rounds::get(&store.db, case.id, 1).await.unwrap(), round);
    let taken = slots::taken(&store.db, case.citizen, day, SlotKind::Attempt).await.unwrap();
    assert_eq!(taken, 1);
    commit(&store, "dial", change(vec![slot(2)])).await.unwrap();
    assert_eq!(rounds::get(&store.db, case.id, 1).await.unwrap(), dialled);
    store.close().await;
}

async fn one_torn_change_does_not_fail_its_neighbours(home: Home) {
    let store = home.open().await;
    let (case, round) = with_round(&store).await;
    let mut changes = vec![fresh_filing(&store).await];
    changes.push(Change { round: Some((Gate::Version(0), round)), ..next(&case, "answered") });
    for _ in 0..10 {
        changes.push(fresh_filing(&store).await);
    }
    let blocker = Blocker::begin(&home).await;
    let waiting: Vec<_> = changes
        .into_iter()
        .enumerate()
        .map(|(n, change)| {
            let request = request(&if n == 0 { "blocked".to_owned() } else { format!("n{n}") });
            let writer = store.writer.clone();
            started(async move { writer.commit(Lane::Acts, request, change).await })
        })
        .collect();
    blocker.release().await;

    for (n, answer) in waiting.into_iter().enumerate() {
        let answer = answer.await;
        assert_eq!(matches!(answer, Err(Error::Conflict)), n == 1, "{n}: {answer:?}");
        assert_eq!(answer.is_ok(), n != 1, "{n}: {answer:?}");
    }
    assert_eq!(count(&home, "cases").await, 12);
    assert_eq!(store.writer.counts().replays.load(Relaxed), 1);
    store.close().await;
}

async fn two_first_calls_of_one_phone_make_one_citizen(home: Home) {
    let store = home.open().await;
    let mut changes = vec![fresh_filing(&store).await];
    for _ in 0..8 {
        let mut change = fresh_filing(&store).await;
        change.citizen.as_mut().unwrap().phone = phone(77);
        changes.push(change);
    }
    let blocker = Blocker::begin(&home).await;
    let waiting: Vec<_> = changes
        .into_iter()
        .enumerate()
        .map(|(n, change)| {
            let request = request(&if n == 0 { "blocked".to_owned() } else { format!("n{n}") });
            let writer = store.writer.clone();
            started(async move { writer.commit(Lane::Acts, request, change).await })
        })
        .collect();
    blocker.release().await;
    let mut written = 0;
    for answer in waiting {
        match answer.await {
            Ok(_) => written += 1,
            Err(Error::Conflict) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    assert_eq!(written, 2);
    assert_eq!(count(&home, "citizens").await, 2);
    let found = citizens::by_phone(&store.db, &phone(77)).await.unwrap().unwrap();
    assert_eq!(found.name, citizen(1).name);
    store.close().await;
}

async fn late_token_is_refused(home: Home) {
    let store = home.open().await;
    let (case, round) = with_round(&store).await;
    let now = case.registered_at;
    let early = rounds::claims::claim(&store.writer, now, 1, 1_000).await.unwrap();
    let late = rounds::claims::claim(&store.writer, now.plus_ms(1_000), 1, 1_000).await.unwrap();
    assert_eq!((early.len(), late.len()), (1, 1));
    let mut answered = round.clone();
    (answered.state, answered.next_at, answered.version) = (RoundState::Answered, None, 2);
    let outcome = |token| Change {
        round: Some((Gate::Version(1), answered.clone())),
        fence: Some(token),
        ..next(&case, "answered")
    };

    let refused = commit(&store, "early", outcome(early[0].token)).await;
    let taken = commit(&store, "late", outcome(late[0].token)).await;

    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    taken.unwrap();
    let again = filed(&store).await;
    assert_eq!(again.version, 1);
    store.close().await;
}
