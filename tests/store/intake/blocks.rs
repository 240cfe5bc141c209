//! Blocks, the calls of a case, and cases nearby.

use helpline181::{
    domain::{
        case::{Case, State},
        change::Change,
        intake::block::Block,
        place::{Code, PlaceCode},
        time::DAY_MS,
    },
    store::{
        Error, Store,
        blocks::{self, Which},
        case_calls, cases,
    },
};

use crate::{
    kit::samples::{citizen, filing},
    kit::{Home, NOW, commit},
};

on_both_engines! {
    block_stands_until_its_end_and_changes_by_version,
    calls_of_a_case_are_kept_once,
    cases_nearby_are_others_open_ones_of_the_same_kind,
}

fn block(id: i64, days: i64) -> Block {
    Block::new((id, 5), 7, 60, NOW.plus_ms(days * DAY_MS), NOW).unwrap()
}

async fn put(store: &Store, block: &Block) -> Result<String, Error> {
    let mut change = Change::new(NOW);
    change.intake.block = Some(block.clone());
    commit(store, &format!("{block:?}"), change).await
}

async fn block_stands_until_its_end_and_changes_by_version(home: Home) {
    let store = home.open().await;
    let new = Change { citizen: Some(citizen(5)), ..Change::new(NOW) };
    commit(&store, "citizen", new).await.unwrap();
    put(&store, &block(1, 1)).await.unwrap();
    put(&store, &block(2, 3)).await.unwrap();

    let in_force = async |days: i64| {
        let at = NOW.plus_ms(days * DAY_MS);
        blocks::in_force(&store.db, 5, at).await.unwrap().map(|block| block.id)
    };
    assert_eq!((in_force(0).await, in_force(2).await, in_force(3).await), (Some(2), Some(2), None));
    let appealed = block(2, 3).appeal(9, 61, NOW).unwrap();
    put(&store, &appealed).await.unwrap();
    let stale = block(2, 3).lift(7, NOW).unwrap();
    assert!(matches!(put(&store, &stale).await, Err(Error::Conflict)));
    assert_eq!(blocks::get(&store.db, 2).await.unwrap(), appealed);
    let lifted = appealed.lift(7, NOW.plus_ms(1)).unwrap();
    let listed = async |which, before| {
        let found = blocks::list(&store.db, which, before, 10).await.unwrap();
        found.iter().map(|block| block.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(Which::Appealed, None).await, [2]);
    put(&store, &lifted).await.unwrap();

    assert_eq!(in_force(1).await, None);
    assert_eq!(listed(Which::All, None).await, [2, 1]);
    assert_eq!(listed(Which::All, Some(2)).await, [1]);
    assert_eq!(listed(Which::InForce(NOW.plus_ms(2)), None).await, [1]);
    store.close().await;
}

async fn calls_of_a_case_are_kept_once(home: Home) {
    let store = home.open().await;
    let mut change = filing(1_000_000, 5);
    change.intake.case_calls.extend(["c2", "c1", "c2"].map(|call| (1_000_000, call.to_owned())));

    commit(&store, "r", change).await.unwrap();

    assert_eq!(case_calls::of_case(&store.db, 1_000_000).await.unwrap(), ["c1", "c2"]);
    assert!(case_calls::of_case(&store.db, 1_000_001).await.unwrap().is_empty());
    store.close().await;
}

async fn cases_nearby_are_others_open_ones_of_the_same_kind(home: Home) {
    let store = home.open().await;
    type Change = fn(&mut Case);
    let changes: [(i64, Change); 7] = [
        (5, |_| {}),
        (6, |_| {}),
        (7, |case| case.place = PlaceCode::new("block:berasia")),
        (8, |case| case.subcategory = None),
        (9, |case| case.state = State::ClosedSatisfied),
        (10, |case| case.registered_at = NOW.plus_ms(-1)),
        (11, |_| {}),
    ];
    for (citizen, change) in changes {
        let mut filed = filing(999_995 + citizen, citizen);
        let (_, case) = filed.case.as_mut().unwrap();
        case.registered_at = NOW;
        change(case);
        commit(&store, &format!("r{citizen}"), filed).await.unwrap();
    }

    let (district, place) = (PlaceCode::new("district:396"), PlaceCode::new("block:phanda"));
    let kind = Code::new("no_supply");
    let found = cases::nearby(&store.db, &district, &place, &kind, 5, NOW).await.unwrap();

    assert_eq!(found.iter().map(|case| case.citizen).collect::<Vec<_>>(), [11, 6]);
    store.close().await;
}
