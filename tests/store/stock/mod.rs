//! What brings a state's stock of cases over and sweeps it, many rows at a time.

use std::collections::HashSet;

use helpline181::{
    domain::{
        actor::Actor,
        case::{Case, State},
        change::{Change, Gate},
        place::{Code, Level, PlaceCode, PostId},
        time::{DAY_MS, Timestamp},
    },
    store::{Error, Store, cases, events, lists, old_numbers, writer::Lane},
};

use crate::kit::{
    Home, NOW, commit, count,
    samples::{filed, fresh_filing, next},
};

mod purge;

on_both_engines! {
    an_old_number_comes_over_once_and_is_found,
    many_old_numbers_are_looked_up_at_once,
    a_case_that_moves_keeps_what_it_is_about,
    overdue_cases_come_whole_and_longest_first,
    stays_are_read_from_their_arrival_with_the_first_fact,
    what_one_actor_did_to_streams_is_read_by_kind,
    a_batch_is_one_transaction_and_what_is_wrong_in_it_fails_alone,
}

async fn old(store: &Store, number: &str) -> Result<Case, Error> {
    let change = fresh_filing(store).await;
    let case = change.case.clone().unwrap().1;
    let change = Change { old_number: Some(number.to_owned()), ..change };
    commit(store, &format!("{number} {}", case.id), change).await?;
    Ok(case)
}

async fn an_old_number_comes_over_once_and_is_found(home: Home) {
    let store = home.open().await;
    let first = old(&store, "CMH/1").await.unwrap();

    let second = old(&store, "CMH/1").await;

    assert!(matches!(second, Err(Error::Conflict)), "{second:?}");
    assert_eq!(old_numbers::find(&store.db, "CMH/1").await.unwrap(), Some(first.id));
    assert_eq!(old_numbers::find(&store.db, "cmh/1").await.unwrap(), None);
    // Nothing of the second stays, not even its citizen.
    assert_eq!((count(&home, "cases").await, count(&home, "citizens").await), (1, 1));
    // Two in one group: one of them wins.
    let (one, two) = tokio::join!(old(&store, "CMH/2"), old(&store, "CMH/2"));
    assert!(one.is_ok() != two.is_ok());
    assert_eq!(count(&home, "old_numbers").await, 2);
}

async fn many_old_numbers_are_looked_up_at_once(home: Home) {
    let store = home.open().await;
    for number in ["A", "B", "C"] {
        old(&store, number).await.unwrap();
    }
    let asked: Vec<String> =
        (0..200).map(|n| format!("X{n}")).chain(["C".into(), "A".into()]).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();

    let known = old_numbers::known(&store.db, &asked).await.unwrap();

    assert_eq!(known, HashSet::from(["A".to_owned(), "C".to_owned()]));
    assert!(old_numbers::known(&store.db, &[]).await.unwrap().is_empty());
}

async fn a_case_that_moves_keeps_what_it_is_about(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    let moved = Case {
        state: State::WithOfficer,
        level: Level(3),
        post: Some(PostId(77)),
        directory: 5,
        policy: 6,
        arrived_at: NOW.plus_ms(1),
        due_at: Some(NOW.plus_ms(2)),
        stay: 9,
        attended: true,
        seen: true,
        overdue_last: true,
        resolved_at: Some(NOW),
        resolved_level: Some(Level(2)),
        in_time: Some(false),
        dissatisfied_last: 4,
        ..case.clone()
    }
    .with_aside(|aside| aside.hops = 3);
    let told = next(&moved, "escalated");
    let expected = told.case.clone().unwrap().1;

    commit(&store, "move", Change { keeps_matter: true, ..told }).await.unwrap();

    assert_eq!(cases::get(&store.db, case.id).await.unwrap(), expected);
    // The version guards it as any other change of the case.
    let late = Change { keeps_matter: true, ..next(&moved, "escalated") };
    assert!(matches!(commit(&store, "late", late).await, Err(Error::Conflict)));
    // What such a change says of the matter is not written.
    let elsewhere =
        Case { department: Code::new("phe"), district: PlaceCode::new("district:1"), ..expected };
    let told = Change { keeps_matter: true, ..next(&elsewhere, "escalated") };
    commit(&store, "elsewhere", told).await.unwrap();
    let found = cases::get(&store.db, case.id).await.unwrap();
    assert_eq!((found.department, found.district), (case.department, case.district));
}

async fn due_at(store: &Store, due: Timestamp) -> Case {
    let case = filed(store).await;
    let moved = Case { due_at: Some(due), ..case };
    let told = next(&moved, "moved");
    let stands = told.case.clone().unwrap().1;
    commit(store, &format!("due {}", stands.id), told).await.unwrap();
    stands
}

async fn overdue_cases_come_whole_and_longest_first(home: Home) {
    let store = home.open().await;
    let late = due_at(&store, NOW.plus_ms(-1)).await;
    let later = due_at(&store, NOW.plus_ms(-2)).await;
    due_at(&store, NOW.plus_ms(1)).await;

    assert_eq!(cases::overdue(&store.db, NOW, 10).await.unwrap(), [later.clone(), late]);
    assert_eq!(cases::overdue(&store.db, NOW, 1).await.unwrap(), [later]);
}

async fn stays_are_read_from_their_arrival_with_the_first_fact(home: Home) {
    let store = home.open().await;
    let mut case = filed(&store).await;
    for (n, day) in [1, 2, 3].into_iter().enumerate() {
        let at = NOW.plus_ms(day * DAY_MS);
        let change =
            Change { case: Some((Gate::Version(case.version), case.clone())), ..Change::new(at) };
        let told = change.fact(&Actor::system(), "moved", "{}".into(), "{}".into());
        case = told.case.clone().unwrap().1;
        commit(&store, &format!("m{n}"), told).await.unwrap();
    }
    let other = filed(&store).await;
    let stays =
        [(case.stream(), NOW.plus_ms(2 * DAY_MS)), (other.stream(), NOW.plus_ms(9 * DAY_MS))];

    let found = events::of_stays(&store.db, &stays).await.unwrap();

    let mut versions: Vec<_> = found.iter().map(|event| (&event.stream, event.version)).collect();
    versions.sort();
    let mut expected = vec![(&stays[0].0, 1), (&stays[0].0, 3), (&stays[0].0, 4), (&stays[1].0, 1)];
    expected.sort();
    assert_eq!(versions, expected);
}

async fn what_one_actor_did_to_streams_is_read_by_kind(home: Home) {
    let store = home.open().await;
    let mut case = filed(&store).await;
    let other = filed(&store).await;
    let person = |account| Actor { account: Some(account), ..Actor::system() };
    for (n, (by, kind)) in
        [(7, "contacted"), (7, "contacted"), (8, "resolved")].into_iter().enumerate()
    {
        let gate = (Gate::Version(case.version), case.clone());
        let change = Change { case: Some(gate), ..Change::new(NOW) };
        let told = change.fact(&person(by), kind, "{}".into(), "{}".into());
        case = told.case.clone().unwrap().1;
        commit(&store, &format!("a{n}"), told).await.unwrap();
    }
    let streams = [case.stream(), other.stream()];
    let of = async |account| {
        let by = person(account).name();
        events::acts_of(&store.db, &by, &streams).await.unwrap()
    };

    assert_eq!(of(7).await, [(case.stream(), "contacted".to_owned())]);
    assert_eq!(of(8).await, [(case.stream(), "resolved".to_owned())]);
    assert!(of(9).await.is_empty());
    store.close().await;
}

async fn a_batch_is_one_transaction_and_what_is_wrong_in_it_fails_alone(home: Home) {
    let store = home.open().await;
    let mut filings = Vec::new();
    for _ in 0..300 {
        filings.push(fresh_filing(&store).await);
    }
    let groups = || store.writer.counts().groups.load(std::sync::atomic::Ordering::Relaxed);
    let before = groups();

    let filed = store.writer.commit_all(Lane::Bulk, filings).await;

    assert!(filed.iter().all(Result::is_ok));
    assert_eq!((filed.len(), groups() - before), (300, 1));
    assert_eq!(count(&home, "cases").await, 300);

    let [one, two, three] =
        [filed_at(&store, 0).await, filed_at(&store, 1).await, filed_at(&store, 2).await];
    let stale = Case { version: 7, ..two.clone() };
    let changes = vec![
        next(&one, "moved"),
        Change { keeps_matter: true, ..next(&stale, "moved") },
        Change { keeps_matter: true, ..next(&three, "moved") },
        next(&three, "again"),
    ];
    let answers = store.writer.commit_all(Lane::Bulk, changes).await;

    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    for lost in [1, 3] {
        assert!(matches!(answers[lost], Err(Error::Conflict)), "{:?}", answers[lost]);
    }
    let versions = [&one, &two, &three].map(|case| (case.id, case.version));
    for ((id, version), more) in versions.into_iter().zip([1, 0, 1]) {
        assert_eq!(cases::get(&store.db, id).await.unwrap().version, version + more);
    }
    assert!(store.writer.commit_all(Lane::Bulk, vec![]).await.is_empty());
}

/// The case that was filed as the n-th.
async fn filed_at(store: &Store, n: i64) -> Case {
    let page = lists::Page { before: None, limit: 500 };
    let filter = lists::Filter::default();
    let all = lists::list(&store.db, &helpline181::domain::scope::Scope::All, &filter, page).await;
    all.unwrap().into_iter().rev().nth(n as usize).unwrap()
}
