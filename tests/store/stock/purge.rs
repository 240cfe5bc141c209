//! Old versions of the directory go when nothing asks for them; what counts now stays as it is.

use std::{collections::HashSet, sync::Arc};

use helpline181::{
    domain::{
        actor::Actor,
        case::State,
        directory::{Charge, Names, Officer, Place, Post, Rows, Scope},
        place::{Code, Level, PlaceCode, PostCode, PostId},
        time::{DAY_MS, Timestamp},
    },
    store::{
        Store,
        directory::{
            self, fill, load,
            people::{self, HolderRow, OfficerRow},
            posts, purge, sizes,
            stage::{self, Moves},
        },
    },
};

use crate::kit::{
    Home, NOW, commit, count,
    samples::{fresh_filing, opened_account},
};

on_both_engines! {
    a_version_goes_once_it_was_replaced_long_ago_and_no_open_case_names_it,
    persons_that_count_no_more_go_and_no_officer_comes_back_by_it,
    many_posts_are_asked_for_their_holders_at_once,
    the_directorys_size_is_counted_and_not_loaded,
}

/// 1,101 posts: more than two pieces.
fn rows() -> Rows {
    let place = PlaceCode::new("district:396");
    let post = |id: i64| Post {
        id: PostId(id),
        code: PostCode::new(format!("p{id}")),
        department: Code::new("energy"),
        scope: Scope::Department,
        level: Level(1),
        designation: Code::new("je"),
        place: place.clone(),
    };
    Rows {
        places: vec![Place {
            code: place.clone(),
            parent: None,
            key: None,
            names: Names { hi: "भोपाल".to_owned(), en: "Bhopal".to_owned() },
        }],
        posts: (11..=1_111).map(post).collect(),
        ..Rows::default()
    }
}

async fn live(store: &Store, moves: Moves, at: Timestamp) -> i64 {
    let base = directory::live_version(&store.db).await.unwrap().unwrap_or_default();
    let version = directory::begin(&store.writer, base, at).await.unwrap();
    fill::fill(&store.writer, version, &Arc::new(rows()), &|_| {}).await.unwrap();
    stage::stage(&store.writer, version, &Arc::new(moves), &|_| {}).await.unwrap();
    directory::flip(&store.writer, &Actor::system(), version, "{}".to_owned(), at).await.unwrap();
    version
}

async fn routed_by(store: &Store, version: i64, state: State) {
    let mut change = fresh_filing(store).await;
    let (_, case) = change.case.as_mut().unwrap();
    (case.directory, case.state) = (version, state);
    let id = format!("{version} {}", case.id);
    commit(store, &id, change).await.unwrap();
}

async fn a_version_goes_once_it_was_replaced_long_ago_and_no_open_case_names_it(home: Home) {
    let store = home.open().await;
    for day in 0..4 {
        live(&store, Moves::default(), NOW.plus_ms(day * DAY_MS)).await;
    }
    routed_by(&store, 1, State::ClosedSatisfied).await;
    routed_by(&store, 2, State::AwaitingVerification).await;
    let obsolete =
        async |day: i64| purge::obsolete(&store.db, NOW.plus_ms(day * DAY_MS + 1)).await.unwrap();

    assert_eq!(obsolete(0).await, [] as [i64; 0]);
    assert_eq!(obsolete(1).await, [1]);
    // The open case keeps the version that routed it; the live one stays in any case.
    assert_eq!(obsolete(9).await, [1, 3]);
    for version in obsolete(9).await {
        purge::version(&store.writer, version).await.unwrap();
    }

    assert_eq!(obsolete(9).await, [] as [i64; 0]);
    assert_eq!(load::load(&store.db, 1).await.unwrap(), Rows::default());
    assert_eq!(load::load(&store.db, 2).await.unwrap(), rows());
    assert_eq!(load::load(&store.db, 4).await.unwrap(), rows());
    assert_eq!(count(&home, "directory_versions").await, 4);
    assert_eq!(directory::live_version(&store.db).await.unwrap(), Some(4));
}

fn officer(account: i64) -> OfficerRow {
    OfficerRow {
        account,
        since: 0,
        officer: Officer {
            login: ["seven", "eight"][account as usize - 7].to_owned(),
            names: Names { hi: "सात".to_owned(), en: "Seven".to_owned() },
            mobile: None,
            active_from: None,
            active_until: None,
        },
    }
}

fn holder(account: i64, since: i64) -> HolderRow {
    HolderRow { post: PostId(11), account, from: NOW, until: None, kind: Charge::Regular, since }
}

async fn two_officers(store: &Store) {
    for (id, account, login) in [("a", 7, "seven"), ("b", 8, "eight")] {
        commit(store, id, opened_account(account, login)).await.unwrap();
    }
    let first = Moves {
        officers: vec![officer(7), officer(8)],
        holders: vec![holder(7, 0), holder(8, 0)],
        ..Moves::default()
    };
    live(store, first, NOW).await;
}

async fn persons_that_count_no_more_go_and_no_officer_comes_back_by_it(home: Home) {
    let store = home.open().await;
    two_officers(&store).await;
    let renamed = OfficerRow { since: 1, ..officer(7) };
    let second = Moves {
        officers: vec![officer(7)],
        officers_gone: vec![renamed, OfficerRow { since: 1, ..officer(8) }],
        holders_gone: vec![holder(8, 1)],
        ..Moves::default()
    };
    live(&store, second, NOW.plus_ms(DAY_MS)).await;
    let holders = people::holders(&store.db).await.unwrap();

    assert_eq!(purge::persons(&store.writer, NOW.plus_ms(DAY_MS)).await.unwrap(), 0);
    assert_eq!(purge::persons(&store.writer, NOW.plus_ms(DAY_MS + 1)).await.unwrap(), 2);

    assert_eq!(people::holders(&store.db).await.unwrap(), holders);
    assert_eq!((count(&home, "officers").await, count(&home, "post_holders").await), (2, 1));
    let later = NOW.plus_ms(9 * DAY_MS);
    assert!(people::may_sign_in(&store.db, 7, later).await.unwrap());
    assert!(!people::may_sign_in(&store.db, 8, later).await.unwrap());
}

async fn many_posts_are_asked_for_their_holders_at_once(home: Home) {
    let store = home.open().await;
    two_officers(&store).await;
    let asked: Vec<_> = (11..111).map(PostId).collect();

    let held = people::held(&store.db, &asked, NOW.plus_ms(1)).await.unwrap();
    let holders = posts::holders_of(&store.db, &asked).await.unwrap();

    assert_eq!(held, HashSet::from([PostId(11)]));
    assert_eq!(people::held(&store.db, &asked, NOW.plus_ms(-1)).await.unwrap(), HashSet::new());
    assert_eq!(holders, posts::holders(&store.db, PostId(11)).await.unwrap());
    assert_eq!(holders.len(), 2);
}

async fn the_directorys_size_is_counted_and_not_loaded(home: Home) {
    let store = home.open().await;
    assert_eq!(sizes::of_version(&store.db, 0).await.unwrap(), sizes::Sizes::default());
    two_officers(&store).await;

    let counted = sizes::of_version(&store.db, 1).await.unwrap();

    assert_eq!((counted.places, counted.posts, counted.synonyms), (1, 1_101, 0));
    assert_eq!((counted.officers, counted.holders, counted.leave), (2, 2, 0));
}
