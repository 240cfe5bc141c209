//! PINs of the officers' line: kept with their account, and never more tries than there are.

use helpline181::{domain::account::LinePin, store::pins};

use crate::{
    kit::samples::opened_account,
    kit::{Home, NOW, commit},
};

on_both_engines! {
    a_pin_is_kept_and_replaced_with_its_account,
    tries_at_a_time_are_no_more_than_there_are,
}

fn pin(hash: &str, tries: i64) -> LinePin {
    LinePin { account: 7, hash: hash.to_owned(), tries, set_at: NOW }
}

async fn a_pin_is_kept_and_replaced_with_its_account(home: Home) {
    let store = home.open().await;
    assert_eq!(pins::of_account(&store.db, 7).await.unwrap(), None);
    let mut change = opened_account(7, "je");
    change.pins.push(pin("first", 3));
    commit(&store, "r1", change).await.unwrap();
    assert_eq!(pins::of_account(&store.db, 7).await.unwrap(), Some(pin("first", 3)));

    let mut change = helpline181::domain::change::Change::new(NOW);
    change.pins.push(pin("second", 0));
    commit(&store, "r2", change).await.unwrap();

    assert_eq!(pins::of_account(&store.db, 7).await.unwrap(), Some(pin("second", 0)));
}

async fn tries_at_a_time_are_no_more_than_there_are(home: Home) {
    let (one, other) = (home.open().await, home.open().await);
    let mut change = opened_account(7, "je");
    change.pins.push(pin("hash", 0));
    commit(&one, "r1", change).await.unwrap();
    assert_eq!(pins::take_try(&one.writer, 8, 5).await.unwrap(), None);

    let mut trying = Vec::new();
    for n in 0..12 {
        let writer = if n % 2 == 0 { one.writer.clone() } else { other.writer.clone() };
        trying.push(tokio::spawn(async move { pins::take_try(&writer, 7, 5).await.unwrap() }));
    }
    let mut taken = Vec::new();
    for one in trying {
        taken.extend(one.await.unwrap());
    }

    taken.sort_unstable();
    assert_eq!(taken, [1, 2, 3, 4, 5]);
    let mut cleared = helpline181::domain::change::Change::new(NOW);
    cleared.pins.push(pin("", 0));
    commit(&one, "r2", cleared).await.unwrap();
    assert_eq!(pins::take_try(&one.writer, 7, 5).await.unwrap(), None);
}
