//! The chain of a stream tells any change of its stored history.

use helpline181::{
    domain::{actor::Actor, case::Case, chain::Break, change::Change},
    store::{Store, cases, events},
};

use crate::{
    kit::samples::{filed, next, opened_account},
    kit::{Home, NOW, commit, run},
};

on_both_engines! {
    untouched_history_verifies,
    edit_is_found,
    deletion_is_found,
    cut_end_is_found,
    exchange_is_found,
    relinked_forgery_is_found,
    account_has_a_chain,
    node_has_a_chain_that_goes_on_after_a_failure,
}

async fn untouched_history_verifies(home: Home) {
    let (store, case) = with_history(&home).await;
    assert_eq!(events::verify_case(&store.db, case.id).await.unwrap(), Ok(5));
    store.close().await;
}

async fn edit_is_found(home: Home) {
    for edit in ["facts = '[]'", "actor = 'account:9'", "post = 3", "at = at + 1", "body = ''"] {
        let (store, case) = with_history(&home).await;
        let stream = case.stream();
        let sql = format!("UPDATE events SET {edit} WHERE version = 3 AND stream = '{stream}'");
        run(&home, &sql).await;
        let found = events::verify_case(&store.db, case.id).await.unwrap();
        assert_eq!(found, Err(Break::Edited(3)), "{edit}");
        store.close().await;
    }
}

async fn deletion_is_found(home: Home) {
    let (store, case) = with_history(&home).await;
    run(&home, "DELETE FROM events WHERE version = 3").await;
    let found = events::verify_case(&store.db, case.id).await.unwrap();
    assert_eq!(found, Err(Break::Missing(3)));
    store.close().await;
}

async fn cut_end_is_found(home: Home) {
    let (store, case) = with_history(&home).await;
    run(&home, "DELETE FROM events WHERE version = 5").await;
    let cut = Break::Cut { found: 4, expected: 5 };
    assert_eq!(events::verify_case(&store.db, case.id).await.unwrap(), Err(cut));
    store.close().await;
}

async fn exchange_is_found(home: Home) {
    let (store, case) = with_history(&home).await;
    run(
        &home,
        "UPDATE events SET version = 99 WHERE version = 3;
         UPDATE events SET version = 3 WHERE version = 4;
         UPDATE events SET version = 4 WHERE version = 99",
    )
    .await;
    let found = events::verify_case(&store.db, case.id).await.unwrap();
    assert_eq!(found, Err(Break::Unlinked(3)));
    store.close().await;
}

async fn relinked_forgery_is_found(home: Home) {
    let (store, case) = with_history(&home).await;
    run(
        &home,
        "UPDATE events SET hash = prev_hash WHERE version = 3;
         UPDATE events SET prev_hash = (SELECT e.hash FROM events e WHERE e.version = 3)
          WHERE version = 4",
    )
    .await;
    let found = events::verify_case(&store.db, case.id).await.unwrap();
    assert_eq!(found, Err(Break::Edited(3)));
    store.close().await;
}

async fn account_has_a_chain(home: Home) {
    let store = home.open().await;
    commit(&store, "open", opened_account(7, "agent")).await.unwrap();
    assert_eq!(events::verify_account(&store.db, 7).await.unwrap(), Ok(1));
    run(&home, "UPDATE events SET kind = 'other' WHERE stream = 'account:7'").await;
    assert_eq!(events::verify_account(&store.db, 7).await.unwrap(), Err(Break::Edited(1)));
    store.close().await;
}

async fn node_has_a_chain_that_goes_on_after_a_failure(home: Home) {
    let store = home.open().await;
    let node = store.writer.node();
    let note = |n: i64| Change::new(NOW).noted(&Actor::system(), "read", format!(r#"{{"n":{n}}}"#));
    commit(&store, "one", note(1)).await.unwrap();
    let mut bad = note(2);
    bad.events[0].kind.clear();
    commit(&store, "bad", bad).await.unwrap_err();
    commit(&store, "three", note(3)).await.unwrap();

    assert_eq!(events::verify_node(&store.db, node).await.unwrap(), Ok(2));
    run(&home, "UPDATE events SET facts = '{}' WHERE version = 2").await;
    let found = events::verify_node(&store.db, node).await.unwrap();
    assert_eq!(found, Err(Break::Edited(2)));
    store.close().await;
}

/// A case with five events.
async fn with_history(home: &Home) -> (Store, Case) {
    let store = home.open().await;
    let mut case = filed(&store).await;
    for n in 2..=5 {
        commit(&store, &format!("{}.{n}", case.id), next(&case, "noted")).await.unwrap();
        case = cases::get(&store.db, case.id).await.unwrap();
    }
    (store, case)
}
