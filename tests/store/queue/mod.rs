//! What the call centre keeps: desk phones, the queue's rows, its log.

use helpline181::{
    domain::{
        actor::Role,
        change::{CallBack, Change},
        language::Language,
        page::After,
        phone::Phone,
    },
    store::{
        Error, agents, call_backs, citizens,
        queue::{self, FactRow, Kept, QueueRow, RowKind},
    },
};

use crate::{
    kit::samples::{citizen, opened_account},
    kit::{Home, NOW, commit},
};

on_both_engines! {
    desk_phone_belongs_to_one_agent,
    queue_rows_stand_as_they_were_kept_last,
    facts_are_kept_once_and_in_order,
    citizen_is_found_by_the_key_of_the_phone,
    who_was_reached_is_on_the_list_no_more,
}

fn rows(rows: Vec<QueueRow>) -> Kept {
    Kept { rows, ..Kept::default() }
}

fn facts(facts: Vec<FactRow>) -> Kept {
    Kept { facts, ..Kept::default() }
}

async fn desk_phone_belongs_to_one_agent(home: Home) {
    let store = home.open().await;
    for (id, login) in [(7, "asha"), (8, "ravi")] {
        commit(&store, login, opened_account(id, login)).await.unwrap();
    }
    agents::put(&store.writer, 7, "101", "language:hi=3").await.unwrap();
    agents::put(&store.writer, 7, "102", "language:hi=2").await.unwrap();
    agents::put(&store.writer, 8, "101", "language:en=1").await.unwrap();

    let taken = agents::put(&store.writer, 8, "102", "").await;

    assert!(matches!(taken, Err(Error::Conflict)), "{taken:?}");
    let all = agents::all(&store.db).await.unwrap();
    let all: Vec<_> = all
        .iter()
        .map(|one| (one.login.as_str(), one.phone.as_str(), one.skills.as_str()))
        .collect();
    assert_eq!(all, [("asha", "102", "language:hi=2"), ("ravi", "101", "language:en=1")]);
    let asha = agents::of_account(&store.db, 7).await.unwrap().unwrap();
    assert_eq!((asha.account, asha.role), (7, Role::Officer));
    assert_eq!(agents::of_account(&store.db, 9).await.unwrap(), None);
    store.close().await;
}

async fn queue_rows_stand_as_they_were_kept_last(home: Home) {
    let store = home.open().await;
    let row =
        |kind, id, body: &str| QueueRow { kind, id, body: Some(body.to_owned()), owed_to: None };
    let gone = |kind, id| QueueRow { kind, id, body: None, owed_to: None };
    let first = vec![
        row(RowKind::Caller, 1, "one"),
        row(RowKind::Caller, 2, "two"),
        row(RowKind::CallBack, 1, "owed"),
    ];
    queue::keep(&store.writer, rows(first)).await.unwrap();

    let then = vec![
        gone(RowKind::Caller, 1),
        row(RowKind::Caller, 2, "two, later"),
        gone(RowKind::Agent, 5),
    ];
    queue::keep(&store.writer, rows(then)).await.unwrap();

    let callers = queue::kept(&store.db, RowKind::Caller).await.unwrap();
    assert_eq!(callers, [(2, "two, later".to_owned())]);
    let owed = queue::kept(&store.db, RowKind::CallBack).await.unwrap();
    assert_eq!(owed, [(1, "owed".to_owned())]);
    assert!(queue::kept(&store.db, RowKind::Agent).await.unwrap().is_empty());
    store.close().await;
}

async fn facts_are_kept_once_and_in_order(home: Home) {
    let store = home.open().await;
    let fact =
        |n, after_ms, body: &str| FactRow { n, at: NOW.plus_ms(after_ms), body: body.to_owned() };
    let both = vec![fact(1, 0, "joined"), fact(2, 5, "answered")];
    queue::keep(&store.writer, facts(both.clone())).await.unwrap();
    queue::keep(&store.writer, facts(both)).await.unwrap();
    queue::keep(&store.writer, facts(vec![fact(3, 9, "ended")])).await.unwrap();

    assert_eq!(queue::facts(&store.db, NOW).await.unwrap(), ["joined", "answered", "ended"]);
    assert_eq!(queue::facts(&store.db, NOW.plus_ms(5)).await.unwrap(), ["answered", "ended"]);
    store.close().await;
}

async fn citizen_is_found_by_the_key_of_the_phone(home: Home) {
    let store = home.open().await;
    let new = citizen(3);
    let phone = new.phone.clone();
    commit(&store, "new", Change { citizen: Some(new), ..Change::new(NOW) }).await.unwrap();

    let key = citizens::key(&store.db, &phone);

    assert_eq!(citizens::by_key(&store.db, &key).await.unwrap().unwrap().id, 3);
    let other = citizens::key(&store.db, &Phone::parse("9999999999").unwrap());
    assert!(citizens::by_key(&store.db, &other).await.unwrap().is_none());
    store.close().await;
}

async fn who_was_reached_is_on_the_list_no_more(home: Home) {
    let store = home.open().await;
    for id in [3, 4] {
        let new = citizen(id);
        let owed = |call: &str| CallBack {
            id: id * 10 + i64::from(call == "second"),
            citizen: Some(id),
            call: format!("{call}{id}"),
            reason: "ABANDONED".to_owned(),
            language: Language::Hindi,
            at: NOW,
        };
        let call_backs = vec![owed("first"), owed("second")];
        let change = Change { citizen: Some(new), call_backs, ..Change::new(NOW) };
        commit(&store, &format!("owed{id}"), change).await.unwrap();
    }
    let key = citizens::key(&store.db, &citizen(3).phone);

    let reached = vec![(key, NOW.plus_ms(1))];
    queue::keep(&store.writer, Kept { reached, ..Kept::default() }).await.unwrap();

    let open = call_backs::open(&store.db, After::START, 10).await.unwrap();
    let open: Vec<_> = open.iter().map(|one| one.citizen).collect();
    assert_eq!(open, [Some(4), Some(4)]);
    store.close().await;
}
