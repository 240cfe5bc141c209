//! Lists of cases, what they are narrowed to, and their counts.

use helpline181::{
    domain::{
        actor::Actor,
        ageing::Age,
        case::{
            Case, Kind, State,
            matter::{About, Kind as Kinds},
        },
        change::Change,
        page::After,
        place::{Code, Level, PlaceCode, PostId},
        scope::Scope,
        time::{DAY_MS, Timestamp},
    },
    store::{
        Store, cases,
        lists::{self, Bounds, Filter, Number, Page},
    },
};

use crate::kit::{
    Home, NOW,
    samples::{filed, filed_as},
};

on_both_engines! {
    scope_narrows_a_list,
    complaints_of_a_district_are_counted_by_department_place_and_state,
    filter_narrows_a_list,
    list_pages_from_the_newest_down,
    queue_holds_the_cases_of_the_posts_first_due_first,
    what_stands_without_a_clock_comes_behind_what_is_due,
    every_part_of_the_filter_narrows_the_queue,
    an_open_flag_narrows_a_list_and_an_open_agenda_keeps_a_case_off_others,
    counts_are_those_of_the_list,
    cases_without_a_post_come_oldest_first,
}

const PAGE: Page = Page { before: None, limit: 100 };

async fn listed(store: &Store, scope: Scope, filter: Filter) -> Vec<i64> {
    ids(lists::list(&store.db, &scope, &filter, PAGE).await.unwrap())
}

fn ids(cases: Vec<Case>) -> Vec<i64> {
    cases.into_iter().map(|case| case.id).collect()
}

fn with_officer() -> Filter {
    Filter { states: vec![State::WithOfficer], ..Filter::default() }
}

async fn complaints_of_a_district_are_counted_by_department_place_and_state(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    filed(&store).await;

    let counted = cases::counted(&store.db, &case.district).await.unwrap();

    let row = (&counted[0].department, &counted[0].place, counted[0].state, counted[0].cases);
    assert_eq!(row, (&case.department, &case.place, case.state, 2));
    let elsewhere = cases::counted(&store.db, &PlaceCode::new("district:0")).await.unwrap();
    assert_eq!((counted.len(), elsewhere.len()), (1, 0));
}

async fn scope_narrows_a_list(home: Home) {
    let store = home.open().await;
    let bhopal = filed_as(&store, |_| {}).await;
    let sehore = filed_as(&store, |case| {
        case.district = PlaceCode::new("district:427");
        case.post = Some(PostId(12));
    })
    .await;
    let any = Filter::default;

    assert_eq!(listed(&store, Scope::All, any()).await, [sehore, bhopal]);
    let district = |code: &str| Scope::District(PlaceCode::new(code));
    assert_eq!(listed(&store, district("district:427"), any()).await, [sehore]);
    assert!(listed(&store, district("district:1"), any()).await.is_empty());
    let posts = |posts: &[i64]| Scope::Posts(posts.iter().copied().map(PostId).collect());
    assert_eq!(listed(&store, posts(&[12]), any()).await, [sehore]);
    assert_eq!(listed(&store, posts(&[3, 12, 11]), any()).await, [sehore, bhopal]);
    assert!(listed(&store, posts(&[]), any()).await.is_empty());
    let citizen = cases::get(&store.db, bhopal).await.unwrap().citizen;
    assert_eq!(listed(&store, Scope::Citizen(citizen), any()).await, [bhopal]);
    assert!(listed(&store, Scope::Nothing, any()).await.is_empty());
    store.close().await;
}

async fn filter_narrows_a_list(home: Home) {
    let store = home.open().await;
    let plain = filed_as(&store, |_| {}).await;
    let other = filed_as(&store, |case| {
        case.kind = Kind::Demand;
        case.state = State::Forwarded;
        case.department = Code::new("health");
        case.district = PlaceCode::new("district:427");
        case.needs_review = false;
    })
    .await;
    let citizen = cases::get(&store.db, other).await.unwrap().citizen;
    let any = Filter::default;
    for (filter, expected) in [
        (any(), vec![other, plain]),
        (Filter { kind: Some(Kind::Demand), ..any() }, vec![other]),
        (Filter { states: vec![State::WithOfficer], ..any() }, vec![plain]),
        (Filter { department: Some(Code::new("health")), ..any() }, vec![other]),
        (Filter { district: Some(PlaceCode::new("district:396")), ..any() }, vec![plain]),
        (Filter { citizen: Some(citizen), ..any() }, vec![other]),
        (Filter { needs_review: Some(true), ..any() }, vec![plain]),
        (Filter { kind: Some(Kind::Demand), needs_review: Some(true), ..any() }, vec![]),
    ] {
        assert_eq!(listed(&store, Scope::All, filter.clone()).await, expected, "{filter:?}");
    }
    store.close().await;
}

async fn list_pages_from_the_newest_down(home: Home) {
    let store = home.open().await;
    let mut filed = Vec::new();
    for _ in 0..5 {
        filed.push(filed_as(&store, |_| {}).await);
    }
    let page = async |before, limit| {
        let page = Page { before, limit };
        ids(lists::list(&store.db, &Scope::All, &Filter::default(), page).await.unwrap())
    };
    assert_eq!(page(None, 2).await, [filed[4], filed[3]]);
    assert_eq!(page(Some(filed[3]), 2).await, [filed[2], filed[1]]);
    assert_eq!(page(Some(filed[1]), 2).await, [filed[0]]);
    assert!(page(None, -1).await.is_empty());
    store.close().await;
}

async fn queue_holds_the_cases_of_the_posts_first_due_first(home: Home) {
    let store = home.open().await;
    let due = |at: i64| move |case: &mut Case| case.due_at = Some(NOW.plus_ms(at));
    let late = filed_as(&store, due(9)).await;
    let early = filed_as(&store, due(1)).await;
    let other = filed_as(&store, |case| case.post = Some(PostId(12))).await;
    filed_as(&store, |case| case.state = State::AwaitingVerification).await;

    let queue = async |posts: &[PostId], limit| {
        ids(lists::queue(&store.db, posts, &with_officer(), After::START, limit).await.unwrap())
    };
    assert_eq!(queue(&[PostId(11)], 10).await, [early, late]);
    assert_eq!(queue(&[PostId(11), PostId(12)], 10).await, [early, late, other]);
    assert_eq!(queue(&[PostId(11)], 1).await, [early]);
    assert!(queue(&[], 10).await.is_empty());
    // Due together: the id parts them, and nothing is left out or said twice.
    let twin = filed_as(&store, due(1)).await;
    let mut after = After::START;
    for expected in [early, twin, late] {
        let page = lists::queue(&store.db, &[PostId(11)], &with_officer(), after, 1).await.unwrap();
        assert_eq!(page[0].id, expected);
        after = After { at: page[0].due_at.unwrap(), id: page[0].id };
    }
    assert!(
        lists::queue(&store.db, &[PostId(11)], &with_officer(), after, 1).await.unwrap().is_empty()
    );
    store.close().await;
}

async fn cases_without_a_post_come_oldest_first(home: Home) {
    let store = home.open().await;
    let unrouted = |due: Option<Timestamp>| {
        move |case: &mut Case| (case.state, case.post, case.due_at) = (State::Unrouted, None, due)
    };
    let late = filed_as(&store, unrouted(None)).await;
    let fresh = filed_as(&store, unrouted(Some(NOW.plus_ms(DAY_MS)))).await;
    filed_as(&store, |_| {}).await;
    let district = cases::get(&store.db, late).await.unwrap().district;
    let elsewhere = PlaceCode::new("district:0");

    let found = async |district: Option<&PlaceCode>, late, after| {
        ids(lists::unrouted(&store.db, district, late, &Filter::default(), after, 10)
            .await
            .unwrap())
    };
    assert_eq!(found(None, false, After::START).await, [late, fresh]);
    assert_eq!(found(Some(&district), true, After::START).await, [late]);
    assert!(found(Some(&elsewhere), false, After::START).await.is_empty());
    let case = cases::get(&store.db, late).await.unwrap();
    let after = After { at: case.registered_at, id: late };
    assert_eq!(found(None, false, after).await, [fresh]);
    store.close().await;
}

async fn what_stands_without_a_clock_comes_behind_what_is_due(home: Home) {
    let store = home.open().await;
    let asked = filed_as(&store, |case| {
        (case.state, case.due_at) = (State::AwaitingVerification, None);
    })
    .await;
    let due = filed_as(&store, |_| {}).await;
    let filter = Filter {
        states: vec![State::WithOfficer, State::AwaitingVerification],
        ..Filter::default()
    };
    let mut after = After::START;
    for expected in [due, asked] {
        let page = lists::queue(&store.db, &[PostId(11)], &filter, after, 1).await.unwrap();
        assert_eq!(page[0].id, expected);
        after = After { at: page[0].due_at.unwrap_or(Timestamp(i64::MAX)), id: expected };
    }
    assert!(lists::queue(&store.db, &[PostId(11)], &filter, after, 1).await.unwrap().is_empty());
    store.close().await;
}

async fn every_part_of_the_filter_narrows_the_queue(home: Home) {
    let store = home.open().await;
    let plain = filed_as(&store, |_| {}).await;
    let other = filed_as(&store, |case| {
        case.state = State::PartiallyClosed;
        case.level = Level(3);
        case.department = Code::new("health");
        case.category = Code::new("hospital");
        case.district = PlaceCode::new("district:427");
        case.place = PlaceCode::new("block:ashta");
        case.registered_at = NOW.plus_ms(-60 * DAY_MS);
        case.due_at = Some(NOW.plus_ms(-1));
    })
    .await;
    let mut met = cases::get(&store.db, other).await.unwrap();
    met.contacted = true;
    let change =
        Change::updating(met, NOW).fact(&Actor::system(), "contact", "{}".into(), "{}".into());
    crate::kit::commit(&store, "met", change).await.unwrap();
    assert!(cases::get(&store.db, other).await.unwrap().contacted);

    let any = Filter::default;
    let code = |code: &str| Some(Code::new(code));
    let number = |begins: &str, id| Some(Number { begins: begins.to_owned(), id });
    let fifty = NOW.plus_ms(-50 * DAY_MS);
    for (filter, expected) in [
        (any(), vec![other, plain]),
        (Filter { states: vec![State::PartiallyClosed], ..any() }, vec![other]),
        (Filter { level: Some(Level(1)), ..any() }, vec![plain]),
        (Filter { department: code("health"), ..any() }, vec![other]),
        (Filter { category: code("hospital"), ..any() }, vec![other]),
        (Filter { district: Some(PlaceCode::new("district:396")), ..any() }, vec![plain]),
        (Filter { place: Some((PlaceCode::new("block:ashta"), 1)), ..any() }, vec![other]),
        (Filter { place: Some((PlaceCode::new("block:none"), 1)), ..any() }, vec![]),
        (Filter { registered_from: Some(fifty), ..any() }, vec![plain]),
        (Filter { registered_before: Some(fifty), ..any() }, vec![other]),
        (Filter { due_until: Some(NOW), ..any() }, vec![other]),
        (Filter { due_after: Some(NOW), ..any() }, vec![plain]),
        (Filter { no_contact: true, ..any() }, vec![plain]),
        (Filter { number: number("100", None), ..any() }, vec![other, plain]),
        (Filter { number: number(&other.to_string(), None), ..any() }, vec![other]),
        (Filter { number: number("99", Some(plain)), ..any() }, vec![plain]),
        (Filter { number: number("0", None), ..any() }, vec![]),
        (Filter { level: Some(Level(3)), no_contact: true, ..any() }, vec![]),
    ] {
        let found = lists::queue(&store.db, &[PostId(11)], &filter, After::START, 10).await;
        assert_eq!(ids(found.unwrap()), expected, "{filter:?}");
    }
    store.close().await;
}

async fn an_open_flag_narrows_a_list_and_an_open_agenda_keeps_a_case_off_others(home: Home) {
    let store = home.open().await;
    let day = |case: &mut Case, days: i64| case.registered_at = NOW.plus_ms(-days * DAY_MS);
    let young = filed_as(&store, |case| day(case, 1)).await;
    let old = filed_as(&store, |case| day(case, 9)).await;
    let open = async |id: i64, kind: Kinds, settles: bool| {
        let case = cases::get(&store.db, id).await.unwrap();
        let by = Actor::system();
        let mut change = Change::updating(case, NOW)
            .fact(&by, "flagged", "{}".into(), "{}".into())
            .opens(&by, kind, About::default());
        if settles {
            change = change.fact(&by, "settled", "{}".into(), "{}".into()).settles(kind, "DONE");
        }
        crate::kit::commit(&store, &format!("{id} {kind}"), change).await.unwrap();
    };
    open(old, Kinds::Conduct, false).await;
    open(young, Kinds::Conduct, true).await;

    let flagged = Filter { conduct_flagged: true, ..Filter::default() };
    assert_eq!(listed(&store, Scope::All, flagged.clone()).await, [old]);
    let posts = Scope::Posts(vec![PostId(11)]);
    assert_eq!(listed(&store, posts.clone(), flagged).await, [old]);

    let unpicked = async |scope: &Scope, limit| {
        ids(lists::unpicked(&store.db, scope, &Filter::default(), limit).await.unwrap())
    };
    assert_eq!(unpicked(&Scope::All, 9).await, [old, young]);
    assert_eq!(unpicked(&Scope::All, 1).await, [old]);
    open(old, Kinds::Meeting, false).await;
    open(young, Kinds::Meeting, true).await;
    assert_eq!(unpicked(&Scope::All, 9).await, [young]);
    let district = |code: &str| Scope::District(PlaceCode::new(code));
    assert_eq!(unpicked(&district("district:396"), 9).await, [young]);
    for none in [district("district:1"), posts, Scope::Nothing] {
        assert!(unpicked(&none, 9).await.is_empty(), "{none:?}");
    }
    store.close().await;
}

async fn counts_are_those_of_the_list(home: Home) {
    let store = home.open().await;
    for days in [0, 50, 51, 101, 301, 366] {
        filed_as(&store, |case| {
            case.registered_at = NOW.plus_ms(-days * DAY_MS);
            case.due_at = Some(NOW.plus_ms(if days > 100 { 0 } else { DAY_MS }));
            case.seen = days == 0;
        })
        .await;
    }
    filed_as(&store, |case| (case.state, case.post) = (State::Unrouted, None)).await;
    let from = |age: Age| age.registered(NOW).0.unwrap();
    let bounds = Bounds {
        ages: [Age::UpTo50, Age::Over50, Age::Over100, Age::Over300].map(from),
        now: NOW,
        soon: NOW.plus_ms(DAY_MS),
    };

    let any = Filter::default();
    let counts = lists::queue_counts(&store.db, &[PostId(11)], &any, bounds).await.unwrap();
    let ages: Vec<_> = counts.iter().map(|count| (count.age, count.cases)).collect();
    assert_eq!(
        ages,
        [
            (Age::UpTo50, 2),
            (Age::Over50, 1),
            (Age::Over100, 1),
            (Age::Over300, 1),
            (Age::Over365, 1)
        ]
    );
    let sum = |of: fn(&lists::Count) -> i64| counts.iter().map(of).sum::<i64>();
    assert_eq!(sum(|count| count.overdue), 3);
    assert_eq!(sum(|count| count.due_soon), 3);
    assert_eq!(sum(|count| count.no_contact), 6);
    assert_eq!(sum(|count| count.unseen), 5);
    let none = lists::queue_counts(&store.db, &[PostId(12)], &any, bounds).await.unwrap();
    assert_eq!(none, []);
    let without = lists::unrouted_counts(&store.db, None, false, &any, bounds).await.unwrap();
    assert_eq!(
        without.iter().map(|count| (count.state, count.cases)).collect::<Vec<_>>(),
        [(State::Unrouted, 1)]
    );
    assert_eq!(lists::unrouted_counts(&store.db, None, true, &any, bounds).await.unwrap(), []);
    store.close().await;
}
