//! A new directory is seen whole or not at all, and posts keep their holders.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use helpline181::{
    domain::{
        account::Holding,
        actor::{Actor, HeldPost},
        change::Change,
        delegation::Delegation,
        directory::{
            Category, Charge, Department, Designation, Holiday, Matter, Names, Officer, Place,
            Post, Rows, Rung, Scope, Subcategory, Synonym,
        },
        phone::Phone,
        place::{Code, Level, PlaceCode, PostCode, PostId},
        time::Day,
    },
    store::{
        Error, Store, delegations,
        directory::{
            self, fill, load,
            people::{self, HolderRow, LeaveRow, OfficerRow, Seated},
            stage::{self, Moves},
        },
        events, policies, posts,
    },
};

use crate::kit::{Home, NOW, commit, count, run, samples::opened_account};

on_both_engines! {
    directory_comes_back_as_it_was_brought,
    next_version_leaves_the_one_before,
    half_an_import_is_never_seen,
    flip_is_a_fact_of_the_node,
    posts_are_held_over_dated_periods,
    an_import_that_was_overtaken_never_goes_live,
    a_post_keeps_its_id_by_its_code,
    persons_count_once_their_version_is_live,
    the_regular_holder_answers_unless_on_leave,
    an_officer_signs_in_within_the_dates_of_the_profile,
    a_policy_of_an_import_counts_once_it_is_live,
}

/// Writes a version as an import does.
async fn replace(store: &Store, rows: &Rows) -> Result<i64, Error> {
    let base = directory::live_version(&store.db).await?.unwrap_or_default();
    let version = directory::begin(&store.writer, base, NOW).await?;
    fill::fill(&store.writer, version, &Arc::new(rows.clone()), &|_| {}).await?;
    let facts = format!(r#"{{"version":{version}}}"#);
    directory::flip(&store.writer, &Actor::system(), version, facts, NOW).await?;
    Ok(version)
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
                code: PostCode::new("je-1"),
                scope: Scope::Department,
                department: Code::new("energy"),
                level: Level(1),
                designation: Code::new("je"),
                place: PlaceCode::new("district:0001"),
            },
            Post {
                id: PostId(12),
                code: PostCode::new("je-2"),
                scope: Scope::Subcategory(Code::new("no_supply")),
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
        ladder: vec![Rung {
            department: Code::new("energy"),
            level: Level(1),
            designation: Code::new("je"),
        }],
        synonyms: vec![
            Synonym { of: Matter::Category(Code::new("power")), word: "bijli".to_owned() },
            Synonym {
                of: Matter::Subcategory(Code::new("no_supply")), word: "बत्ती गुल".to_owned()
            },
        ],
        holidays: vec![Holiday {
            day: Day(20_260_126),
            names: names("गणतंत्र दिवस", "Republic Day"),
        }],
    }
}

async fn directory_comes_back_as_it_was_brought(home: Home) {
    let store = home.open().await;
    assert_eq!(directory::live_version(&store.db).await.unwrap(), None);

    let version = replace(&store, &rows()).await.unwrap();

    assert_eq!(version, 1);
    assert_eq!(directory::live_version(&store.db).await.unwrap(), Some(1));
    assert_eq!(load::load(&store.db, 1).await.unwrap(), rows());
    store.close().await;
}

async fn next_version_leaves_the_one_before(home: Home) {
    let store = home.open().await;
    replace(&store, &rows()).await.unwrap();
    let mut changed = rows();
    changed.posts.pop();

    assert_eq!(replace(&store, &changed).await.unwrap(), 2);

    assert_eq!(directory::live_version(&store.db).await.unwrap(), Some(2));
    assert_eq!(load::load(&store.db, 1).await.unwrap(), rows());
    assert_eq!(load::load(&store.db, 2).await.unwrap(), changed);
    store.close().await;
}

async fn half_an_import_is_never_seen(home: Home) {
    let store = home.open().await;
    replace(&store, &rows()).await.unwrap();
    let mut broken = rows();
    broken.posts[1].level = Level(0);

    replace(&store, &broken).await.unwrap_err();

    assert_eq!(directory::live_version(&store.db).await.unwrap(), Some(1));
    assert_eq!(count(&home, "places").await, 2 * 1_201);
    assert_eq!(replace(&store, &rows()).await.unwrap(), 3);
    assert_eq!(directory::live_version(&store.db).await.unwrap(), Some(3));
    store.close().await;
}

async fn flip_is_a_fact_of_the_node(home: Home) {
    let store = home.open().await;
    replace(&store, &rows()).await.unwrap();
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
    replace(&store, &rows()).await.unwrap();
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
            delegate_of: None,
        }]
    );
    // Account 8 lets account 7 act for its post, as long as it holds it.
    let given = Delegation {
        district: PlaceCode::new("district:0001"),
        post: Some(PostId(11)),
        account: 7,
        from: NOW,
        until: NOW.plus_ms(15),
        given_by: 8,
    };
    let change = Change { delegations: vec![given], ..Change::new(NOW) };
    commit(&store, "given", change).await.unwrap();
    let acts_for = async |account, at: i64| {
        let found = delegations::to(&store.db, account, NOW.plus_ms(at)).await.unwrap();
        found.into_iter().map(|held| (held.post.0, held.delegate_of)).collect::<Vec<_>>()
    };
    assert_eq!(acts_for(7, 9).await, []);
    assert_eq!(acts_for(7, 10).await, [(11, Some(8))]);
    assert_eq!(acts_for(8, 10).await, []);
    assert_eq!(acts_for(7, 15).await, []);
    let holders = posts::holders(&store.db, PostId(11)).await.unwrap();
    assert_eq!(holders, [holding(11, 7, 0, Some(10)), holding(11, 8, 10, None)]);

    assert!(posts::end(&store.writer, PostId(11), 8, NOW.plus_ms(20)).await.unwrap());
    assert!(!posts::end(&store.writer, PostId(11), 8, NOW.plus_ms(30)).await.unwrap());
    assert!(held(8, 20).await.is_empty());
    run(&home, "DELETE FROM post_holders").await;
    assert!(held(7, 10).await.is_empty());
    store.close().await;
}

async fn an_import_that_was_overtaken_never_goes_live(home: Home) {
    let store = home.open().await;
    let flip = async |version| {
        let by = Actor::system();
        directory::flip(&store.writer, &by, version, "{}".to_owned(), NOW).await
    };
    let slow = directory::begin(&store.writer, 0, NOW).await.unwrap();
    let quick = directory::begin(&store.writer, 0, NOW).await.unwrap();

    assert!(matches!(flip(slow).await, Err(Error::Conflict)));
    flip(quick).await.unwrap();

    // What was read before the quick one went live is no base any more.
    assert!(matches!(directory::begin(&store.writer, 0, NOW).await, Err(Error::Conflict)));
    assert_eq!(directory::begin(&store.writer, quick, NOW).await.unwrap(), 3);
    store.close().await;
}

async fn a_post_keeps_its_id_by_its_code(home: Home) {
    let store = home.open().await;
    let ids = async |codes: &[&str]| {
        let codes = codes.iter().map(|code| PostCode::new(*code)).collect();
        posts::ids(&store.writer, codes).await.unwrap()
    };

    let first = ids(&["a", "b"]).await;
    let second = ids(&["c", "b", "a"]).await;

    assert_eq!([second[2], second[1]], [first[0], first[1]]);
    assert!(!first.contains(&second[0]));
    let many: Vec<String> = (0..1_100).map(|n| format!("post-{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut made = ids(&many).await;
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), 1_100);
    store.close().await;
}

fn officer(account: i64, mobile: &str) -> OfficerRow {
    OfficerRow {
        account,
        since: 0,
        officer: Officer {
            login: ["seven", "eight"][account as usize - 7].to_owned(),
            names: names("सात", "Seven"),
            mobile: Some(Phone::parse(mobile).unwrap()),
            active_from: None,
            active_until: None,
        },
    }
}

fn holder(account: i64, kind: Charge) -> HolderRow {
    HolderRow { post: PostId(11), account, from: NOW, until: None, kind, since: 0 }
}

/// Two accounts, a version with what it moves, and no flip.
async fn staged(store: &Store, moves: Moves) -> i64 {
    if people::holders(&store.db).await.unwrap().is_empty() {
        let _ = commit(store, "a", opened_account(7, "seven")).await;
        let _ = commit(store, "b", opened_account(8, "eight")).await;
    }
    let base = directory::live_version(&store.db).await.unwrap().unwrap_or_default();
    let version = directory::begin(&store.writer, base, NOW).await.unwrap();
    fill::fill(&store.writer, version, &Arc::new(rows()), &|_| {}).await.unwrap();
    let written = AtomicUsize::new(0);
    let told = |count| {
        written.fetch_add(count, Relaxed);
    };
    stage::stage(&store.writer, version, &Arc::new(moves.clone()), &told).await.unwrap();
    assert_eq!(written.into_inner(), moves.count());
    version
}

async fn flip(store: &Store, version: i64) {
    let by = Actor::system();
    directory::flip(&store.writer, &by, version, "{}".to_owned(), NOW).await.unwrap();
}

async fn persons_count_once_their_version_is_live(home: Home) {
    let store = home.open().await;
    let first = Moves {
        officers: vec![officer(7, "9876543210")],
        holders: vec![holder(7, Charge::Regular)],
        leave: vec![LeaveRow { account: 7, from: NOW, until: NOW.plus_ms(9), since: 0 }],
        ..Moves::default()
    };

    let abandoned = staged(&store, first.clone()).await;
    assert!(people::officers(&store.db).await.unwrap().is_empty());
    let version = staged(&store, first).await;
    assert!(people::holders(&store.db).await.unwrap().is_empty());
    assert!(posts::held_by(&store.db, 7, NOW).await.unwrap().is_empty());
    flip(&store, version).await;

    assert_ne!(abandoned, version);
    let officers = people::officers(&store.db).await.unwrap();
    assert_eq!(officers, [OfficerRow { since: version, ..officer(7, "9876543210") }]);
    let holders = people::holders(&store.db).await.unwrap();
    assert_eq!(holders, [HolderRow { since: version, ..holder(7, Charge::Regular) }]);
    let leave = people::leave(&store.db).await.unwrap();
    assert_eq!(leave.iter().map(|leave| leave.since).collect::<Vec<_>>(), [version]);
    assert_eq!(posts::held_by(&store.db, 7, NOW).await.unwrap().len(), 1);
    let mobile = Phone::parse("9876543210").unwrap();
    let found = people::by_mobile(&store.db, &mobile).await.unwrap();
    assert_eq!(found.as_ref(), officers.first());
    assert_eq!(people::profile(&store.db, 7).await.unwrap().as_ref(), officers.first());
    assert_eq!(people::profile(&store.db, 8).await.unwrap(), None);
    let known: Vec<_> = people::accounts(&store.db)
        .await
        .unwrap()
        .into_iter()
        .map(|account| (account.id, account.login, account.imported))
        .collect();
    assert_eq!(known, [(7, "seven".to_owned(), true), (8, "eight".to_owned(), false)]);
    assert!(people::other_logins(&store.db).await.unwrap().is_empty());

    let gone = Moves {
        officers_gone: officers,
        holders_gone: holders,
        leave_gone: leave,
        ..Moves::default()
    };
    let last = staged(&store, gone).await;
    assert_eq!(people::officers(&store.db).await.unwrap().len(), 1);
    flip(&store, last).await;
    assert!(people::officers(&store.db).await.unwrap().is_empty());
    assert!(people::holders(&store.db).await.unwrap().is_empty());
    assert!(people::leave(&store.db).await.unwrap().is_empty());
    assert_eq!(people::by_mobile(&store.db, &mobile).await.unwrap(), None);
    assert!(!people::may_sign_in(&store.db, 7, NOW).await.unwrap());
    store.close().await;
}

async fn the_regular_holder_answers_unless_on_leave(home: Home) {
    let store = home.open().await;
    let away = LeaveRow { account: 7, from: NOW.plus_ms(10), until: NOW.plus_ms(20), since: 0 };
    let moves = Moves {
        holders: vec![holder(8, Charge::Additional), holder(7, Charge::Regular)],
        leave: vec![away],
        ..Moves::default()
    };
    let version = staged(&store, moves).await;
    flip(&store, version).await;
    let seated = async |at| people::seated(&store.db, PostId(11), NOW.plus_ms(at)).await.unwrap();
    let regular = |on_leave| Seated { account: 7, kind: Charge::Regular, on_leave };
    let additional = Seated { account: 8, kind: Charge::Additional, on_leave: false };

    assert_eq!(seated(0).await, [regular(false), additional]);
    assert_eq!(seated(9).await, [regular(false), additional]);
    assert_eq!(seated(10).await, [regular(true), additional]);
    assert_eq!(seated(20).await, [regular(false), additional]);
    assert!(seated(-1).await.is_empty());
    store.close().await;
}

async fn an_officer_signs_in_within_the_dates_of_the_profile(home: Home) {
    let store = home.open().await;
    let mut dated = officer(7, "9876543210");
    dated.officer.active_from = Some(NOW.plus_ms(10));
    dated.officer.active_until = Some(NOW.plus_ms(20));
    let holders = vec![holder(7, Charge::Regular)];
    let moves = Moves { officers: vec![dated], holders, ..Moves::default() };
    let version = staged(&store, moves).await;
    flip(&store, version).await;
    let may =
        async |account, at| people::may_sign_in(&store.db, account, NOW.plus_ms(at)).await.unwrap();

    assert_eq!([may(7, 9).await, may(7, 10).await, may(7, 20).await], [false, true, false]);
    assert!(may(8, 0).await);
    assert!(posts::held_by(&store.db, 7, NOW.plus_ms(9)).await.unwrap().is_empty());
    assert_eq!(posts::held_by(&store.db, 7, NOW.plus_ms(10)).await.unwrap().len(), 1);
    assert!(people::seated(&store.db, PostId(11), NOW.plus_ms(20)).await.unwrap().is_empty());
    store.close().await;
}

async fn a_policy_of_an_import_counts_once_it_is_live(home: Home) {
    let store = home.open().await;
    let version = directory::begin(&store.writer, 0, NOW).await.unwrap();
    let stage = policies::stage(&store.writer, NOW, "{}".to_owned(), version).await.unwrap();
    assert_eq!(stage, 1);
    assert!(policies::all(&store.db).await.unwrap().is_empty());

    flip(&store, version).await;

    assert_eq!(policies::all(&store.db).await.unwrap().len(), 1);
    assert_eq!(policies::stage(&store.writer, NOW, "{}".to_owned(), 9).await.unwrap(), 2);
    store.close().await;
}
