//! An officer's inbox: its order, filters and figures, and how it tells of changes.

use std::time::Duration;

use helpline181::{
    app::{
        Error, cases,
        cases::Narrow,
        clock,
        desk::{self, Changed, ContactKind, Queue, Resync},
    },
    domain::{
        actor::{Actor, Role},
        ageing::Age,
        case::State,
        place::{Level, PlaceCode},
    },
    store::posts,
};
use tokio::time::Instant;

use crate::kit::{DAY_MS, Helpline, Home, TEN, WEEK_MS};

on_both_engines! {
    pages_of_an_inbox_stay_as_they_are_when_cases_come_move_and_go,
    an_inbox_is_narrowed_to_what_its_officer_asks_for,
    a_place_takes_in_what_lies_below_it,
    the_figures_at_the_head_are_those_of_the_list,
    a_list_takes_the_same_filter_as_an_inbox,
    a_watch_tells_what_enters_changes_in_and_leaves_the_inbox,
    a_watch_goes_on_from_its_token_and_says_when_that_is_too_old,
    a_handover_takes_the_inbox_with_it_and_the_watch_says_so,
}

const HOUR_MS: i64 = 3_600_000;

async fn listed(helpline: &Helpline, by: &Actor, narrow: Narrow) -> Vec<i64> {
    let ask = Queue { narrow, ..Queue::default() };
    let page = desk::queue(&helpline.app, by, ask).await.unwrap();
    page.rows.iter().map(|view| view.case.id).collect()
}

async fn contact(helpline: &Helpline, by: &Actor, case: &helpline181::domain::case::Case) {
    let contact = desk::Contact {
        request_id: format!("contact {}", case.id),
        number: case.number(),
        etag: None,
        post: None,
        kind: ContactKind::Call,
        at: None,
        note: "spoke".to_owned(),
    };
    desk::record_contact(&helpline.app, by, contact).await.unwrap();
}

async fn pages_of_an_inbox_stay_as_they_are_when_cases_come_move_and_go(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut filed = Vec::new();
    for n in 0..6 {
        filed.push(helpline.registered(&format!("900000000{n}")).await);
        helpline.pass(1_000);
    }
    let page = async |after| {
        let ask = Queue { size: 2, after, ..Queue::default() };
        let page = desk::queue(&helpline.app, &officer, ask).await.unwrap();
        (page.rows.iter().map(|view| view.case.id).collect::<Vec<_>>(), page.next)
    };

    let (first, next) = page(None).await;
    assert_eq!(first, [filed[0].id, filed[1].id]);
    // One of the first page goes, one of the next page goes, and one comes.
    helpline.resolve(&filed[1], &officer).await;
    helpline.resolve(&filed[2], &officer).await;
    let late = helpline.registered("9000000009").await;
    let (second, next) = page(next).await;
    assert_eq!(second, [filed[3].id, filed[4].id]);
    let (third, next) = page(next).await;
    assert_eq!((third, next), (vec![filed[5].id, late.id], None));
}

async fn an_inbox_is_narrowed_to_what_its_officer_asks_for(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let old = helpline.registered("9000000001").await;
    helpline.pass(6 * DAY_MS);
    let new = helpline.registered("9000000002").await;
    contact(&helpline, &officer, &old).await;
    let asked = helpline.resolved("9000000003", &officer).await;
    let any = Narrow::default;
    let digits = new.number().to_string();

    for (narrow, expected) in [
        (any(), vec![old.id, new.id]),
        (Narrow { states: vec![State::AwaitingVerification], ..any() }, vec![asked.id]),
        (Narrow { level: Some(Level(2)), ..any() }, vec![]),
        (Narrow { due_within_hours: Some(24), ..any() }, vec![old.id]),
        (Narrow { due_within_hours: Some(23), ..any() }, vec![]),
        (Narrow { overdue: true, ..any() }, vec![]),
        (Narrow { overdue: true, due_within_hours: Some(24), ..any() }, vec![old.id]),
        (Narrow { no_contact: true, ..any() }, vec![new.id]),
        (Narrow { number: Some(digits.clone()), ..any() }, vec![new.id]),
        (Narrow { number: Some(digits[..3].to_owned()), ..any() }, vec![old.id, new.id]),
        (Narrow { age: Some(Age::UpTo50), ..any() }, vec![old.id, new.id]),
        (Narrow { age: Some(Age::Over50), ..any() }, vec![]),
    ] {
        assert_eq!(listed(&helpline, &officer, narrow.clone()).await, expected, "{narrow:?}");
    }
    helpline.pass(DAY_MS);
    assert_eq!(listed(&helpline, &officer, Narrow { overdue: true, ..any() }).await, [old.id]);
    for number in ["", "12a", "12345678901"] {
        let ask = Queue {
            narrow: Narrow { number: Some(number.to_owned()), ..any() },
            ..Queue::default()
        };
        let wrong = desk::queue(&helpline.app, &officer, ask).await.unwrap_err();
        assert!(matches!(wrong, Error::Invalid { field: "filter.number", .. }), "{wrong:?}");
    }
}

async fn a_place_takes_in_what_lies_below_it(home: Home) {
    let helpline = Helpline::start(&home).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let phanda = helpline.registered("9000000001").await;
    let index = helpline.app.index();
    let line = index.line(&PlaceCode::new("block:phanda"));
    assert!(line.len() > 2, "{line:?}");
    let at = async |place: &PlaceCode| {
        let narrow = Narrow { place: Some(place.clone()), ..Narrow::default() };
        let filter = cases::Filter { narrow, ..cases::Filter::default() };
        cases::list(&helpline.app, &supervisor, filter).await.unwrap().cases.len()
    };

    for place in &line {
        assert_eq!(at(place).await, 1, "{place:?}");
    }
    let beside = index.children(&line[1]).into_iter().find(|place| place.code != phanda.place);
    assert_eq!(at(&beside.unwrap().code).await, 0);
    assert_eq!(at(&PlaceCode::new("block:nowhere")).await, 0);
}

async fn the_figures_at_the_head_are_those_of_the_list(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let other = helpline.officer("block:phanda", 2).await;
    let first = helpline.registered("9000000001").await;
    helpline.registered("9000000002").await;
    contact(&helpline, &officer, &first).await;
    helpline.pass(WEEK_MS - HOUR_MS);
    helpline.registered("9000000003").await;

    let figures = desk::figures(&helpline.app, &officer, Queue::default()).await.unwrap();
    assert_eq!((figures.cases, figures.overdue, figures.due_soon), (3, 0, 2));
    assert_eq!((figures.no_contact, figures.unseen), (2, 2));
    assert_eq!(figures.states.into_iter().collect::<Vec<_>>(), [(State::WithOfficer, 3)]);
    assert_eq!(figures.ages.into_iter().collect::<Vec<_>>(), [(Age::UpTo50, 3)]);
    helpline.pass(HOUR_MS);
    let figures = desk::figures(&helpline.app, &officer, Queue::default()).await.unwrap();
    assert_eq!((figures.overdue, figures.due_soon), (2, 0));
    let narrow = Narrow { no_contact: true, overdue: true, ..Narrow::default() };
    let ask = Queue { narrow, ..Queue::default() };
    assert_eq!(desk::figures(&helpline.app, &officer, ask).await.unwrap().cases, 1);
    let none = desk::figures(&helpline.app, &other, Queue::default()).await.unwrap();
    assert_eq!(none, desk::Figures::default());
    let agent = helpline.staff(Role::Agent).await;
    assert!(desk::figures(&helpline.app, &agent, Queue::default()).await.is_err());
}

async fn a_list_takes_the_same_filter_as_an_inbox(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let nodal = Actor {
        district: Some(PlaceCode::new("district:396")),
        ..helpline.staff(Role::Directorate).await
    };
    let nodal = Actor { role: Role::Nodal, ..nodal };
    let spoken = helpline.registered("9000000001").await;
    let silent = helpline.registered("9000000002").await;
    contact(&helpline, &officer, &spoken).await;
    let list = async |narrow| {
        let filter = cases::Filter { narrow, ..cases::Filter::default() };
        let listed = cases::list(&helpline.app, &nodal, filter).await.unwrap();
        listed.cases.iter().map(|view| view.case.id).collect::<Vec<_>>()
    };

    assert_eq!(list(Narrow { no_contact: true, ..Narrow::default() }).await, [silent.id]);
    assert_eq!(list(Narrow { level: Some(Level(1)), ..Narrow::default() }).await.len(), 2);
    let elsewhere = PlaceCode::new("district:427");
    assert!(list(Narrow { place: Some(elsewhere), ..Narrow::default() }).await.is_empty());
}

async fn next(watch: &mut desk::Watch) -> Changed {
    watch.next(Instant::now() + Duration::from_secs(10)).await.unwrap().expect("the feed ended")
}

async fn a_watch_tells_what_enters_changes_in_and_leaves_the_inbox(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let above = helpline.officer("block:phanda", 2).await;
    let mut watch = desk::watch(&helpline.app, &officer, None, None).await.unwrap();
    let mut higher = desk::watch(&helpline.app, &above, None, None).await.unwrap();
    assert!(matches!(next(&mut watch).await, Changed::Started));
    assert!(matches!(next(&mut higher).await, Changed::Started));

    let case = helpline.registered("9000000001").await;
    let entered = next(&mut watch).await;
    assert!(matches!(&entered, Changed::Entered(view) if view.case.id == case.id), "{entered:?}");
    contact(&helpline, &officer, &case).await;
    let moved = loop {
        match next(&mut watch).await {
            Changed::Moved(view) if view.case.contacted => break view,
            Changed::Moved(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert!(moved.case.attended);
    helpline.pass(WEEK_MS);
    clock::escalate(&helpline.app, 10).await.unwrap();
    let left = next(&mut watch).await;
    assert!(matches!(left, Changed::Left(number) if number == case.number()), "{left:?}");
    let risen = next(&mut higher).await;
    assert!(matches!(&risen, Changed::Entered(view) if view.case.level == Level(2)), "{risen:?}");
    // Nothing else was told, however much it was busy.
    let soon = Instant::now() + Duration::from_millis(300);
    assert!(matches!(watch.next(soon).await.unwrap(), Some(Changed::Quiet)));
}

async fn a_watch_goes_on_from_its_token_and_says_when_that_is_too_old(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut watch = desk::watch(&helpline.app, &officer, None, None).await.unwrap();
    assert!(matches!(next(&mut watch).await, Changed::Started));
    let token = watch.token();
    drop(watch);
    let first = helpline.registered("9000000001").await;
    let gone = helpline.resolved("9000000002", &officer).await;

    let mut watch = desk::watch(&helpline.app, &officer, None, Some(&token)).await.unwrap();
    assert!(matches!(next(&mut watch).await, Changed::Started));
    let mut told = Vec::new();
    loop {
        match next(&mut watch).await {
            Changed::Entered(view) | Changed::Moved(view) => told.push(view.case.id),
            Changed::Left(number) => break assert_eq!(number, gone.number()),
            other => panic!("{other:?}"),
        }
    }
    // What went on meanwhile is told as it is now: it left.
    told.dedup();
    assert_eq!(told, [first.id]);

    let ancient = "1:9000000000000";
    let mut watch = desk::watch(&helpline.app, &officer, None, Some(ancient)).await.unwrap();
    assert!(matches!(next(&mut watch).await, Changed::Started));
    assert!(matches!(next(&mut watch).await, Changed::Resync(Resync::Behind)));
    let after = helpline.registered("9000000003").await;
    // What left before may be told of once more: the watch began while it was on its way.
    let entered = loop {
        match next(&mut watch).await {
            Changed::Left(number) if number == gone.number() => {}
            other => break other,
        }
    };
    assert!(matches!(&entered, Changed::Entered(view) if view.case.id == after.id), "{entered:?}");
    let wrong = desk::watch(&helpline.app, &officer, None, Some("'; --")).await.unwrap_err();
    assert!(matches!(wrong, Error::Invalid { field: "resume_token", .. }));
}

async fn a_handover_takes_the_inbox_with_it_and_the_watch_says_so(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let (post, account) = (officer.posts[0].post, officer.account.unwrap());
    let mut watch = desk::watch(&helpline.app, &officer, None, None).await.unwrap();
    assert!(matches!(next(&mut watch).await, Changed::Started));
    watch.by(&officer).await.unwrap();
    let case = helpline.registered("9000000001").await;
    assert!(matches!(next(&mut watch).await, Changed::Entered(_)), "nothing has changed");

    helpline.pass(1_000);
    let writer = &helpline.look.writer;
    assert!(posts::end(writer, post, account, helpline.app.now()).await.unwrap());
    helpline.pass(1_000);
    // A session may still remember the post; the watch looks for itself.
    watch.by(&officer).await.unwrap();
    assert!(matches!(next(&mut watch).await, Changed::Resync(Resync::PostsChanged)));
    helpline.registered("9000000002").await;
    let soon = Instant::now() + Duration::from_millis(500);
    assert!(matches!(watch.next(soon).await.unwrap(), Some(Changed::Quiet)));
    assert_eq!(case.registered_at, TEN);
}
