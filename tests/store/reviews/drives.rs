//! Drives: one of a case and age, listed and counted within a scope as a plain loop over the cases has them.

use std::collections::BTreeMap;

use helpline181::{
    domain::{
        case::{
            Case, State,
            matter::Behind,
            oversight::drive::{DriveTask, Numbers, Per},
        },
        page::After,
        place::{Code, PlaceCode, PostId},
        scope::Scope,
        time::{DAY_MS, Timestamp},
    },
    store::{
        Store, cases,
        drives::{self, Filter, Look},
    },
};

use crate::kit::{Home, NOW, commit, samples::filed_as};

on_both_engines! {
    what_is_listed_and_counted_within_a_scope_is_what_a_plain_loop_finds,
    pending_complaints_of_an_age_without_its_drive_are_read_in_pages,
    a_second_drive_of_one_age_is_refused_by_its_key,
    a_look_is_kept_where_it_came_to,
}

/// The next number of a fixed sequence.
fn next(draw: &mut u64) -> u64 {
    *draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *draw >> 33
}

/// Cases of drawn districts, departments and posts, each with its drive.
async fn drawn(store: &Store, draw: &mut u64, n: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for _ in 0..n {
        let (district, department, post) = (next(draw) % 4, next(draw) % 3, next(draw) % 6);
        let days = [51, 101, 301, 366][(next(draw) % 4) as usize];
        let id = filed_as(store, |case| {
            case.district = PlaceCode::new(format!("district:{district}"));
            case.department = Code::new(format!("department{department}"));
            case.post = (post > 0).then_some(PostId(post as i64));
            case.registered_at = NOW.plus_ms(-days * DAY_MS);
        })
        .await;
        let late = (next(draw) % 10) as i64 * DAY_MS;
        let case = cases::get(&store.db, id).await.unwrap();
        let numbers = Numbers { within_ms: 1 + late, ..Numbers::default() };
        commit(store, &format!("drive {id}"), case.drive_opened(&numbers, NOW).unwrap())
            .await
            .unwrap();
        cases.push(cases::get(&store.db, id).await.unwrap());
    }
    cases
}

fn within(scope: &Scope, case: &Case) -> bool {
    match scope {
        Scope::All => true,
        Scope::District(district) => case.district == *district,
        Scope::Posts(posts) => case.post.is_some_and(|post| posts.contains(&post)),
        Scope::Citizen(_) | Scope::Nothing => false,
    }
}

fn fits(filter: &Filter, case: &Case) -> bool {
    let drive = case.aside().drive.as_ref().unwrap();
    filter.overdue.is_none_or(|now| drive.due < now)
        && filter.days.is_none_or(|days| drive.days == days)
        && filter.district.as_ref().is_none_or(|district| case.district == *district)
        && filter.department.as_ref().is_none_or(|department| case.department == *department)
        && filter.post.is_none_or(|post| case.post == Some(post))
}

async fn pages(store: &Store, scope: &Scope, filter: &Filter) -> Vec<DriveTask> {
    let (mut all, mut behind) = (Vec::new(), Behind::START);
    loop {
        let page = drives::list(&store.db, scope, filter, behind, 7).await.unwrap();
        let Some(last) = page.last() else { return all };
        behind = last.behind();
        all.extend(page);
    }
}

async fn what_is_listed_and_counted_within_a_scope_is_what_a_plain_loop_finds(home: Home) {
    let store = home.open().await;
    let mut draw = 7;
    let cases = drawn(&store, &mut draw, 40).await;
    let now = NOW.plus_ms(4 * DAY_MS);
    let mut scopes = vec![Scope::All, Scope::Nothing, Scope::Citizen(cases[0].citizen)];
    scopes.extend((0..5).map(|n| Scope::District(PlaceCode::new(format!("district:{n}")))));
    for _ in 0..6 {
        let posts = (0..next(&mut draw) % 4).map(|_| PostId((next(&mut draw) % 7) as i64));
        scopes.push(Scope::Posts(posts.collect::<Vec<_>>()));
    }
    for scope in &scopes {
        for _ in 0..6 {
            let mut coin = || next(&mut draw).is_multiple_of(3);
            let filter = Filter {
                settled: coin(),
                overdue: coin().then_some(now),
                days: coin().then_some(100),
                district: coin().then(|| PlaceCode::new("district:1")),
                department: coin().then(|| Code::new("department2")),
                post: coin().then_some(PostId(3)),
            };
            let own: Vec<&Case> =
                cases.iter().filter(|case| within(scope, case) && fits(&filter, case)).collect();
            let mut ids: Vec<i64> = own.iter().map(|case| case.id).collect();
            ids.sort_unstable();

            let found = pages(&store, scope, &filter).await;

            let found: Vec<i64> = found.iter().map(|drive| drive.case).collect();
            assert_eq!(found, ids, "{scope:?} {filter:?}");
            for per in [Per::District, Per::Department, Per::Post] {
                let mut plain: BTreeMap<String, (i64, i64)> = BTreeMap::new();
                for case in &own {
                    let code = match per {
                        Per::District => case.district.0.clone(),
                        Per::Department => case.department.0.clone(),
                        Per::Post => case.post.map_or(String::new(), |post| post.0.to_string()),
                    };
                    let group = plain.entry(code).or_default();
                    group.0 += 1;
                    group.1 += i64::from(case.aside().drive.as_ref().unwrap().due < now);
                }
                let counted = drives::count(&store.db, scope, &filter, per, now).await.unwrap();
                let counted: BTreeMap<String, (i64, i64)> = counted
                    .into_iter()
                    .map(|group| (group.code, (group.open, group.overdue)))
                    .collect();
                assert_eq!(counted, plain, "{scope:?} {filter:?} {per:?}");
            }
        }
    }
    store.close().await;
}

async fn pending_complaints_of_an_age_without_its_drive_are_read_in_pages(home: Home) {
    let store = home.open().await;
    let mut filed = Vec::new();
    for days in [49, 51, 60, 99, 101] {
        filed.push(filed_as(&store, |case| case.registered_at = NOW.plus_ms(-days * DAY_MS)).await);
    }
    filed_as(&store, |case| {
        case.registered_at = NOW.plus_ms(-70 * DAY_MS);
        case.state = State::ClosedSatisfied;
    })
    .await;
    let span = Numbers::default().registered(50, NOW);
    let read = async |behind, limit| {
        let page = drives::aged(&store.db, 50, span, behind, limit).await.unwrap();
        page.iter().map(|row| row.id).collect::<Vec<_>>()
    };

    assert_eq!(read(After::START, 100).await, [filed[3], filed[2], filed[1]]);
    let first = drives::aged(&store.db, 50, span, After::START, 1).await.unwrap();
    assert_eq!(read(first[0], 100).await, [filed[2], filed[1]]);
    let case = cases::get(&store.db, filed[2]).await.unwrap();
    commit(&store, "drive", case.drive_opened(&Numbers::default(), NOW).unwrap()).await.unwrap();
    assert_eq!(read(After::START, 100).await, [filed[3], filed[1]]);
    store.close().await;
}

async fn a_second_drive_of_one_age_is_refused_by_its_key(home: Home) {
    let store = home.open().await;
    let id = filed_as(&store, |case| case.registered_at = NOW.plus_ms(-60 * DAY_MS)).await;
    let case = cases::get(&store.db, id).await.unwrap();
    commit(&store, "drive", case.drive_opened(&Numbers::default(), NOW).unwrap()).await.unwrap();
    // One that does not know of the first.
    let now = cases::get(&store.db, id).await.unwrap().with_aside(|aside| aside.drive = None);
    let again = now.drive_opened(&Numbers::default(), NOW).unwrap();

    let refused = commit(&store, "again", again).await;

    assert!(refused.is_err());
    assert_eq!(pages(&store, &Scope::All, &Filter::default()).await.len(), 1);
    store.close().await;
}

async fn a_look_is_kept_where_it_came_to(home: Home) {
    let store = home.open().await;
    let look = |at: Timestamp, id| Look { days: 50, looked_at: at, behind: After { at, id } };
    drives::put_look(&store.writer, look(NOW, 3)).await.unwrap();
    drives::put_look(&store.writer, look(NOW.plus_ms(5), 4)).await.unwrap();

    assert_eq!(drives::looks(&store.db).await.unwrap(), [look(NOW.plus_ms(5), 4)]);
    store.close().await;
}
