//! A new directory is seen whole or not at all, and posts keep their holders.

use helpline181::{
    domain::{
        account::Holding,
        actor::{Actor, HeldPost},
        change::Change,
        directory::{Category, Department, Designation, Names, Place, Post, Rows, Subcategory},
        place::{Code, Level, PlaceCode, PostId},
    },
    store::{directory, events, posts},
};

use crate::kit::{Home, NOW, commit, count, run, samples::opened_account};

on_both_engines! {
    directory_comes_back_as_it_was_brought,
    next_version_leaves_the_one_before,
    half_an_import_is_never_seen,
    flip_is_a_fact_of_the_node,
    posts_are_held_over_dated_periods,
}

fn names(hi: &str, en: &str) -> Names {
    Names { hi: hi.to_owned(), en: en.to_owned() }
}

/// 1,201 places: more than two chunks.
fn rows() -> Rows {
    let mut places = vec![Place {
        code: PlaceCode::new("state:23"),
        parent: None,
        key: None,
        names: names("मध्य प्रदेश", "Madhya Pradesh"),
    }];
    places.extend((1..=1_200).map(|n| Place {
        code: PlaceCode::new(format!("district:{n:04}")),
        parent: Some(PlaceCode::new("state:23")),
        key: (n < 10).then(|| n.to_string()),
        names: names("ज़िला", &format!("District {n}")),
    }));
    places.sort_by(|one, other| one.code.cmp(&other.code));
    Rows {
        places,
        departments: vec![Department {
            code: Code::new("energy"),
            names: names("ऊर्जा", "Energy"),
            ladder: Level(4),
        }],
        designations: vec![Designation {
            code: Code::new("je"),
            names: names("कनिष्ठ अभियंता", "Junior Engineer"),
        }],
        posts: vec![
            Post {
                id: PostId(11),
                department: Code::new("energy"),
                level: Level(1),
                designation: Code::new("je"),
                place: PlaceCode::new("district:0001"),
            },
            Post {
                id: PostId(12),
                department: Code::new("energy"),
                level: Level(2),
                designation: Code::new("je"),
                place: PlaceCode::new("district:0001"),
            },
        ],
        categories: vec![Category {
            code: Code::new("power"),
            department: Code::new("energy"),
            key: Some("1".to_owned()),
            names: names("बिजली", "Power"),
        }],
        subcategories: vec![Subcategory {
            code: Code::new("no_supply"),
            category: Code::new("power"),
            names: names("बिजली नहीं", "No supply"),
        }],
    }
}

async fn directory_comes_back_as_it_was_brought(home: Home) {
    let store = home.open().await;
    assert_eq!(directory::live_version(&store.db).await.unwrap(), None);

    let version = directory::replace(&store.writer, &Actor::system(), &rows(), NOW).await.unwrap();

    assert_eq!(version, 1);
    assert_eq!(directory::live_version(&store.db).await.unwrap(), Some(1));
    assert_eq!(directory::load(&store.db, 1).await.unwrap(), rows());
    store.close().await;
}

async fn next_version_leaves_the_one_before(home: Home) {
    let store = home.open().await;
    let by = Actor::system();
    directory::replace(&store.writer, &by, &rows(), NOW).await.unwrap();
    let mut changed = rows();
    changed.posts.pop();

    assert_eq!(directory::replace(&store.writer, &by, &changed, NOW).await.unwrap(), 2);

    assert_eq!(directory::live_version(&store.db).await.unwrap(), Some(2));
    assert_eq!(directory::load(&store.db, 1).await.unwrap(), rows());
    assert_eq!(directory::load(&store.db, 2).await.unwrap(), changed);
    store.close().await;
}

async fn half_an_import_is_never_seen(home: Home) {
    let store = home.open().await;
    let by = Actor::system();
    directory::replace(&store.writer, &by, &rows(), NOW).await.unwrap();
    let mut broken = rows();
    broken.posts[1].level = Level(0);

    directory::replace(&store.writer, &by, &broken, NOW).await.unwrap_err();

    assert_eq!(directory::live_version(&store.db).await.unwrap(), Some(1));
    assert_eq!(count(&home, "places").await, 2 * 1_201);
    assert_eq!(directory::replace(&store.writer, &by, &rows(), NOW).await.unwrap(), 3);
    assert_eq!(directory::live_version(&store.db).await.unwrap(), Some(3));
    store.close().await;
}

async fn flip_is_a_fact_of_the_node(home: Home) {
    let store = home.open().await;
    directory::replace(&store.writer, &Actor::system(), &rows(), NOW).await.unwrap();
    let node = store.writer.node();
    let noted = events::of_stream(&store.db, &format!("node:{node}"), 0).await.unwrap();
    let noted: Vec<_> =
        noted.iter().map(|noted| (&noted.event.kind[..], &noted.event.facts[..])).collect();
    assert_eq!(noted, [("directory_live", r#"{"version":1}"#)]);
    let again = Change { live: Some(1), ..Change::new(NOW) };
    assert!(commit(&store, "again", again).await.is_err());
    store.close().await;
}

async fn posts_are_held_over_dated_periods(home: Home) {
    let store = home.open().await;
    directory::replace(&store.writer, &Actor::system(), &rows(), NOW).await.unwrap();
    commit(&store, "a", opened_account(7, "seven")).await.unwrap();
    commit(&store, "b", opened_account(8, "eight")).await.unwrap();
    let holding = |post, account, from, until: Option<i64>| Holding {
        post: PostId(post),
        account,
        from: NOW.plus_ms(from),
        until: until.map(|until| NOW.plus_ms(until)),
    };
    let holdings =
        vec![holding(12, 7, 0, None), holding(11, 7, 0, Some(10)), holding(11, 8, 10, None)];
    commit(&store, "hold", Change { holdings, ..Change::new(NOW) }).await.unwrap();
    let held = async |account, at: i64| {
        let held = posts::held_by(&store.db, account, NOW.plus_ms(at)).await.unwrap();
        held.into_iter().map(|held| held.post.0).collect::<Vec<_>>()
    };

    assert_eq!(held(7, 9).await, [11, 12]);
    assert_eq!(held(7, 10).await, [12]);
    assert_eq!(held(8, 10).await, [11]);
    assert!(held(8, 9).await.is_empty());
    assert_eq!(
        posts::held_by(&store.db, 8, NOW.plus_ms(10)).await.unwrap(),
        [HeldPost {
            post: PostId(11),
            department: Code::new("energy"),
            place: PlaceCode::new("district:0001"),
            level: Level(1),
        }]
    );
    let holders = posts::holders(&store.db, PostId(11)).await.unwrap();
    assert_eq!(holders, [holding(11, 7, 0, Some(10)), holding(11, 8, 10, None)]);

    assert!(posts::end(&store.writer, PostId(11), 8, NOW.plus_ms(20)).await.unwrap());
    assert!(!posts::end(&store.writer, PostId(11), 8, NOW.plus_ms(30)).await.unwrap());
    assert!(held(8, 20).await.is_empty());
    run(&home, "DELETE FROM post_holders").await;
    assert!(held(7, 10).await.is_empty());
    store.close().await;
}
