//! Drives for cases that have grown old: opened once by themselves, ended by a contact and a resolution alone.

use helpline181::{
    app::{
        desk::{self, ContactKind},
        policies,
        reviews::drives::{self, DriveTask, Narrow, Per, Which},
    },
    domain::{
        actor::{Actor, Role},
        case::{Case, State, oversight::drive::Numbers},
        place::PlaceCode,
        policy::Policy,
    },
    workers::{
        Step,
        sweeps::{self, Sweep},
    },
};

use crate::{
    desk::district,
    kit::{DAY_MS, Helpline, Home},
};

on_both_engines! {
    a_case_gets_one_drive_for_each_age_that_it_passes_however_many_processes_look,
    a_drive_is_done_by_a_contact_and_a_resolution_and_overdue_without_them,
    a_drive_goes_with_its_case_and_is_seen_by_who_sees_the_case,
    the_ages_and_the_time_of_a_drive_are_the_policys,
}

async fn look(helpline: &Helpline) {
    while sweeps::step(helpline.app.clone(), Sweep::Drives).await.unwrap() == Step::Worked {}
}

async fn listed(helpline: &Helpline, by: &Actor, which: Which) -> Vec<DriveTask> {
    let narrow = Narrow { which, ..Narrow::default() };
    drives::list(&helpline.app, by, narrow, 100, None).await.unwrap().0
}

fn seen(drives: &[DriveTask]) -> Vec<(i64, i64)> {
    drives.iter().map(|drive| (drive.case, drive.days)).collect()
}

async fn contact(helpline: &Helpline, case: &Case, officer: &Actor) {
    let ask = desk::Contact {
        request_id: format!("contact {}", case.id),
        number: case.number(),
        etag: None,
        post: None,
        kind: ContactKind::Call,
        at: None,
        note: String::new(),
    };
    desk::record_contact(&helpline.app, officer, ask).await.unwrap();
}

async fn a_case_gets_one_drive_for_each_age_that_it_passes_however_many_processes_look(home: Home) {
    let helpline = Helpline::start(&home).await;
    let auditor = helpline.staff(Role::Auditor).await;
    let case = helpline.registered("9000000001").await;
    helpline.pass(50 * DAY_MS);
    look(&helpline).await;
    assert_eq!(listed(&helpline, &auditor, Which::All).await, []);

    helpline.pass(3_600_000);
    let other = home.process(&helpline.clock).await;
    let (one, two) = tokio::join!(drives::open(&helpline.app), drives::open(&other));
    assert!(one.unwrap() + two.unwrap() >= 1);
    look(&helpline).await;
    helpline.pass(DAY_MS);
    look(&helpline).await;

    let found = listed(&helpline, &auditor, Which::All).await;
    assert_eq!(seen(&found), [(case.id, 50)]);
    let opened = case.registered_at.plus_ms(50 * DAY_MS + 3_600_000);
    assert_eq!((found[0].opened_at, found[0].due_at), (opened, opened.plus_ms(7 * DAY_MS)));
    let kinds = helpline.kinds(&case).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "drive_opened").count(), 1);
    let now = helpline.case(&case).await;
    assert_eq!((now.state, now.due_at, now.level), (case.state, case.due_at, case.level));

    helpline.pass(50 * DAY_MS);
    look(&helpline).await;
    let found = listed(&helpline, &auditor, Which::All).await;
    assert_eq!(seen(&found), [(case.id, 50), (case.id, 100)]);
    let ends: Vec<_> = found.iter().map(|drive| drive.settled.as_ref()).collect();
    assert_eq!(ends[0].unwrap().outcome, "MISSED");
    assert_eq!(ends[1], None);
    assert_eq!(seen(&listed(&helpline, &auditor, Which::Open).await), [(case.id, 100)]);
    other.close().await;
}

async fn a_drive_is_done_by_a_contact_and_a_resolution_and_overdue_without_them(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let auditor = helpline.staff(Role::Auditor).await;
    let done = helpline.registered("9000000001").await;
    let silent = helpline.registered("9000000002").await;
    let idle = helpline.registered("9000000003").await;
    helpline.pass(50 * DAY_MS + 1);
    look(&helpline).await;
    contact(&helpline, &done, &officer).await;
    let open = listed(&helpline, &officer, Which::Open).await;
    let contacted: Vec<_> = open.iter().map(|drive| (drive.case, drive.contacted)).collect();
    assert_eq!(contacted, [(done.id, true), (silent.id, false), (idle.id, false)]);
    helpline.resolve(&done, &officer).await;
    helpline.resolve(&silent, &officer).await;

    assert_eq!(listed(&helpline, &auditor, Which::Overdue).await, []);
    helpline.pass(7 * DAY_MS);
    assert_eq!(listed(&helpline, &auditor, Which::Overdue).await, []);
    helpline.pass(1);

    let overdue = seen(&listed(&helpline, &auditor, Which::Overdue).await);
    assert_eq!(overdue, [(silent.id, 50), (idle.id, 50)]);
    let all = listed(&helpline, &auditor, Which::All).await;
    assert_eq!(all[0].settled.as_ref().unwrap().outcome, "MET");
    let narrow = Narrow::default();
    for (per, code, name, holders) in [
        (Per::District, "district:396".to_owned(), "Bhopal", vec![]),
        (Per::Department, "energy".to_owned(), "Energy", vec![]),
        (
            Per::Post,
            officer.posts[0].post.0.to_string(),
            "Junior Engineer",
            vec!["l1.block.phanda"],
        ),
    ] {
        let counted = drives::count(&helpline.app, &auditor, narrow.clone(), per).await.unwrap();
        assert_eq!(counted.len(), 1, "{per:?}");
        let group = &counted[0].group;
        assert_eq!((group.code.as_str(), group.open, group.overdue), (code.as_str(), 2, 2));
        assert_eq!(counted[0].holders, holders);
        assert!(!counted[0].name.is_empty(), "{name}");
    }
}

async fn a_drive_goes_with_its_case_and_is_seen_by_who_sees_the_case(home: Home) {
    let helpline = Helpline::start(&home).await;
    let first = helpline.officer("block:phanda", 1).await;
    let second = helpline.officer("block:phanda", 2).await;
    let collector = district(&helpline, Role::Collector, "collector").await;
    let elsewhere = Actor { district: Some(PlaceCode::new("district:427")), ..collector.clone() };
    let case = helpline.registered("9000000001").await;
    helpline.pass(50 * DAY_MS + 1);
    look(&helpline).await;
    assert_eq!(seen(&listed(&helpline, &first, Which::Open).await), [(case.id, 50)]);
    assert_eq!(listed(&helpline, &second, Which::Open).await, []);

    assert_eq!(sweeps::step(helpline.app.clone(), Sweep::Escalation).await.unwrap(), Step::Worked);

    assert_eq!(listed(&helpline, &first, Which::Open).await, []);
    assert_eq!(seen(&listed(&helpline, &second, Which::Open).await), [(case.id, 50)]);
    assert_eq!(seen(&listed(&helpline, &collector, Which::Open).await), [(case.id, 50)]);
    assert_eq!(listed(&helpline, &elsewhere, Which::Open).await, []);
    let narrow = Narrow::default;
    let counted = drives::count(&helpline.app, &elsewhere, narrow(), Per::District).await.unwrap();
    assert_eq!(counted, []);
    let agent = helpline.staff(Role::Agent).await;
    assert!(drives::list(&helpline.app, &agent, narrow(), 10, None).await.is_err());
}

async fn the_ages_and_the_time_of_a_drive_are_the_policys(home: Home) {
    let helpline = Helpline::start(&home).await;
    let auditor = helpline.staff(Role::Auditor).await;
    let numbers = Numbers { days: vec![3, 9], within_ms: 2 * DAY_MS, look_every_ms: 1 };
    let policy = Policy {
        version: 2,
        effective_from: helpline.app.now(),
        drives: numbers.clone(),
        ..Policy::standard()
    };
    policies::enact(&helpline.app, &Actor::system(), &policy).await.unwrap();
    let wrong = Policy { version: 3, drives: Numbers { days: vec![9, 3], ..numbers }, ..policy };
    assert!(policies::enact(&helpline.app, &Actor::system(), &wrong).await.is_err());
    let old = helpline.registered("9000000001").await;
    helpline.pass(7 * DAY_MS);
    let young = helpline.registered("9000000002").await;
    helpline.pass(3 * DAY_MS + 1);

    look(&helpline).await;

    let found = listed(&helpline, &auditor, Which::All).await;
    assert_eq!(seen(&found), [(old.id, 9), (young.id, 3)]);
    assert_eq!(found[0].due_at, helpline.app.now().plus_ms(2 * DAY_MS));
    assert_eq!(found[0].state, State::WithOfficer);
}
