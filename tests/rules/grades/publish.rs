//! A month is published once, by the directorate, from the day on which it is judged, and nothing changes it.

use helpline181::{
    app::{
        Error, cases,
        grades::{self, Board, Explain, Publish},
        policies,
    },
    clock::Clock,
    domain::{
        actor::{Actor, Role},
        grading::{
            Formula, Grade, Month, Paper,
            formula::Weights,
            late::Late,
            measure::{Behind, Measure},
        },
        place::{Code, PlaceCode},
        policy::Policy,
        refused::Refused,
        verification::Outcome,
    },
    store::{events, grades::months},
};

use super::{answers, counted, november, weeks};
use crate::kit::{DAY_MS, Helpline, Home, TEN, WEEK_MS};

on_both_engines! {
    a_published_month_keeps_its_bytes_and_late_facts_land_in_the_running_month_with_a_reason,
    the_directorate_alone_publishes_once_and_not_before_the_twentieth,
    a_formula_that_is_enacted_in_a_month_is_the_next_ones,
    streaks_and_drops_are_told_from_published_months,
    each_figure_leads_to_its_cases_and_an_officer_to_the_own_stays,
    who_sees_one_district_is_shown_no_other,
}

fn bhopal() -> PlaceCode {
    PlaceCode::new("district:396")
}

fn ask(id: &str, month: Month) -> Publish {
    Publish { request_id: id.to_owned(), month }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Refused {
    match result.unwrap_err() {
        Error::Refused(why) | Error::Forbidden(why) => why,
        other => panic!("{other:?}"),
    }
}

async fn a_published_month_keeps_its_bytes_and_late_facts_land_in_the_running_month_with_a_reason(
    home: Home,
) {
    let helpline = Helpline::start(&home).await;
    let directorate = helpline.staff(Role::Directorate).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let last = helpline.officer("block:phanda", 4).await;
    helpline.resolved("9000000001", &officer).await;
    answers(&helpline, Outcome::Satisfied).await;
    let open = helpline.registered("9000000002").await;
    weeks(&helpline, 4).await;
    grades::publish(&helpline.app, &directorate, ask("p", november())).await.unwrap();
    let db = &helpline.look.db;
    let published = months::get(db, november()).await.unwrap().unwrap();
    let paper = Paper::of_bytes(&published.paper).unwrap();
    let bhopal_before = paper.districts[0].clone();
    assert_eq!(
        (bhopal_before.code.as_str(), bhopal_before.figures.cohort.received),
        ("district:396", 2)
    );
    assert_eq!(bhopal_before.figures.cohort.in_time, 1);

    // The one that waited is settled after all, and another node stores what it registered three weeks ago.
    helpline.pass(DAY_MS);
    helpline.resolve(&open, &last).await;
    answers(&helpline, Outcome::Satisfied).await;
    let slow = home.process(&Clock::fixed(TEN.plus_ms(WEEK_MS))).await;
    let behind = helpline.complaint("behind", "9000000003");
    cases::register(&slow, &Actor::system(), behind).await.unwrap();
    let december = counted(&helpline, november().next()).await;

    let late: Vec<_> = december.late.iter().map(|line| (line.why, line.cases)).collect();
    assert_eq!(late, [(Late::Behind, 1), (Late::Satisfied, 1)]);
    assert_eq!(counted(&helpline, november()).await.cells, {
        let place = (Code::new("energy"), bhopal());
        [(place, bhopal_before.figures)].into()
    });
    assert_eq!(months::get(db, november()).await.unwrap().unwrap(), published);
    let verified = grades::verify(&helpline.app, &directorate, november()).await.unwrap();
    assert_eq!((verified.is_whole, verified.is_same), (true, true));
    assert_eq!(verified.digest, published.digest);
    let shown = grades::show(&helpline.app, &directorate, november(), &Board::Districts).await;
    assert_eq!(shown.unwrap().lines[0].ranked, bhopal_before);

    // What is changed beside the helpline shows.
    let touched = "UPDATE spells SET in_time = 0 WHERE state = 'CLOSED_SATISFIED' AND from_at < 1797700000000";
    assert_eq!(home.sql(touched).await, 1);
    let verified = grades::verify(&helpline.app, &directorate, november()).await.unwrap();
    assert_eq!((verified.is_whole, verified.is_same), (true, false));
    slow.close().await;
}

async fn the_directorate_alone_publishes_once_and_not_before_the_twentieth(home: Home) {
    let helpline = Helpline::start(&home).await;
    let directorate = helpline.staff(Role::Directorate).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let publish =
        async |by: &Actor, id: &str| grades::publish(&helpline.app, by, ask(id, november())).await;
    helpline.registered("9000000001").await;
    for role in [Role::Supervisor, Role::Collector, Role::CmOffice, Role::Auditor, Role::Admin] {
        let by = Actor { role, account: Some(99), ..Actor::system() };
        assert_eq!(refused(publish(&by, "x").await), Refused::NotYourRole, "{role}");
    }
    assert_eq!(refused(publish(&officer, "x").await), Refused::NotYourRole);
    // The midnight that begins the 20th of December.
    let judged = november().judged_at(20);
    helpline.pass(judged.since(helpline.app.now()) - 1);
    assert_eq!(refused(publish(&directorate, "early").await), Refused::MonthNotJudged);

    helpline.pass(1);
    let other = home.process(&helpline.clock).await;
    let (one, two) = tokio::join!(
        publish(&directorate, "one"),
        grades::publish(&other, &directorate, ask("two", november()))
    );
    let (done, lost) = if one.is_ok() { (one, two) } else { (two, one) };
    let done = done.unwrap();
    assert_eq!(refused(lost), Refused::MonthPublished);
    let again = if publish(&directorate, "one").await.is_ok() { "one" } else { "two" };
    assert_eq!(publish(&directorate, again).await.unwrap(), done);
    assert_eq!(refused(publish(&directorate, "later").await), Refused::MonthPublished);
    assert_eq!((done.published_by, done.judged_at), (directorate.account.unwrap(), judged));
    let mut told = 0;
    for node in events::heads(&helpline.look.db, 0).await.unwrap().into_keys() {
        for recorded in events::after(&helpline.look.db, node, 0).await.unwrap() {
            told += usize::from(recorded.event.kind == "grades_published");
        }
    }
    assert_eq!(told, 1);
    let unknown = grades::verify(&helpline.app, &directorate, november().before()).await;
    assert!(matches!(unknown, Err(Error::NotFound("month"))));
    let future =
        grades::show(&helpline.app, &directorate, november().next().next(), &Board::Districts);
    assert!(matches!(future.await, Err(Error::Invalid { field: "month", .. })));
    other.close().await;
}

async fn a_formula_that_is_enacted_in_a_month_is_the_next_ones(home: Home) {
    let helpline = Helpline::start(&home).await;
    let harsher = Formula {
        version: 2,
        weights: Weights { timely: 70, fresh: 10, quality: 10, attended: 10 },
        ..Formula::default()
    };
    let enact = async |grading: Formula| {
        let policy = Policy {
            version: 2,
            effective_from: helpline.app.now(),
            grading,
            ..Policy::standard()
        };
        policies::enact(&helpline.app, &Actor::system(), &policy).await
    };
    let wrong = Formula { bands_bp: [1, 2, 3], ..harsher.clone() };
    assert!(matches!(enact(wrong).await, Err(Error::Invalid { field: "grading", .. })));
    enact(harsher.clone()).await.unwrap();

    assert_eq!(grades::formula(&helpline.app, november()), Formula::default());
    assert_eq!(grades::formula(&helpline.app, november().next()), harsher);
}

async fn streaks_and_drops_are_told_from_published_months(home: Home) {
    let helpline = Helpline::start(&home).await;
    let directorate = helpline.staff(Role::Directorate).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolved("9000000001", &officer).await;
    answers(&helpline, Outcome::Satisfied).await;
    weeks(&helpline, 4).await;
    helpline.registered("9000000002").await;
    let energy = async |month| {
        let shown = grades::show(&helpline.app, &directorate, month, &Board::Departments).await;
        shown.unwrap().lines.remove(0)
    };
    grades::catch_up(&helpline.app).await.unwrap();
    assert_eq!(energy(november()).await.streak, 0);
    grades::publish(&helpline.app, &directorate, ask("p1", november())).await.unwrap();
    let first = energy(november()).await;
    assert_eq!((first.ranked.score.basis_points, first.ranked.score.grade), (10_000, Grade::A));
    assert_eq!((first.streak, first.before_bp, first.drop_bp), (1, None, None));

    weeks(&helpline, 5).await;
    grades::catch_up(&helpline.app).await.unwrap();
    let december = november().next();
    let running = energy(december).await;
    // Nobody was satisfied of the one that was received; its stay ran out untouched.
    assert_eq!(running.ranked.score.parts_bp, [0, 2_000, 1_000, 0]);
    assert_eq!(
        (running.streak, running.before_bp, running.drop_bp),
        (1, Some(10_000), Some(7_000))
    );
    grades::publish(&helpline.app, &directorate, ask("p2", december)).await.unwrap();
    assert_eq!(energy(december).await.streak, 2);
    let unit = grades::unit(&helpline.app, &directorate, december, Some(Code::new("energy")), None);
    let costs: Vec<_> = unit
        .await
        .unwrap()
        .advice
        .iter()
        .map(|advice| (advice.cost.as_str(), advice.cases))
        .collect();
    assert_eq!(costs, [("NOT_IN_TIME", 1), ("NOT_ATTENDED", 1)]);
}

fn explain(measure: Measure, behind: Option<Behind>) -> Explain {
    Explain { month: november(), measure, department: None, district: None, limit: 1, behind }
}

async fn each_figure_leads_to_its_cases_and_an_officer_to_the_own_stays(home: Home) {
    let helpline = Helpline::start(&home).await;
    let auditor = helpline.staff(Role::Auditor).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.officer("block:phanda", 2).await;
    let mut untouched = Vec::new();
    for n in 0..3 {
        untouched.push(helpline.registered(&format!("900000010{n}")).await.number());
    }
    helpline.resolved("9000000001", &officer).await;
    weeks(&helpline, 1).await;
    let counted = counted(&helpline, november()).await;
    let figures = counted.cells[&(Code::new("energy"), bhopal())];
    assert_eq!((figures.cohort.received, figures.flow.not_attended, figures.flow.ended), (4, 3, 4));

    for by in [&auditor, &officer] {
        let (mut found, mut behind) = (Vec::new(), None);
        loop {
            let page = grades::explain(&helpline.app, by, explain(Measure::NotAttended, behind));
            let page = page.await.unwrap();
            assert_eq!(page.rows[0].spell.charged, Some(officer.posts[0].post));
            found.extend(page.rows.into_iter().map(|row| row.number));
            let Some(next) = page.next else { break };
            behind = Some(next);
        }
        assert_eq!(found, untouched);
    }
    let other = grades::explain(&helpline.app, &officer, explain(Measure::Received, None)).await;
    assert_eq!(refused(other), Refused::NotYourRole);
    let stranger = helpline.officer("block:berasia", 1).await;
    let page = grades::explain(&helpline.app, &stranger, explain(Measure::NotAttended, None)).await;
    assert_eq!(page.unwrap().rows, []);
}

async fn who_sees_one_district_is_shown_no_other(home: Home) {
    let helpline = Helpline::start(&home).await;
    let of = |role, district: &str| Actor {
        role,
        account: Some(99),
        district: Some(PlaceCode::new(district)),
        ..Actor::system()
    };
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolved("9000000001", &officer).await;
    answers(&helpline, Outcome::Satisfied).await;
    grades::catch_up(&helpline.app).await.unwrap();
    let app = &helpline.app;
    let board = Board::DepartmentsOf(bhopal());
    for role in [Role::Nodal, Role::Collector, Role::DistrictInCharge] {
        let (own, other) = (of(role, "district:396"), of(role, "district:409"));
        let shown = grades::show(app, &own, november(), &board).await.unwrap();
        assert_eq!(shown.lines.len(), 1);
        let closed = grades::show(app, &other, november(), &board).await;
        assert_eq!(refused(closed), Refused::NotYourDistrict);
        // The ranks of districts are everybody's who may look.
        assert_eq!(
            grades::show(app, &other, november(), &Board::Districts).await.unwrap().lines.len(),
            1
        );
        let leaders = grades::leaders(app, &other, november(), Some(bhopal()), 9).await;
        assert_eq!(refused(leaders), Refused::NotYourDistrict);
        let found = grades::explain(app, &other, explain(Measure::Received, None)).await.unwrap();
        assert_eq!(found.rows, []);
        let named = Explain { district: Some(bhopal()), ..explain(Measure::Received, None) };
        assert_eq!(refused(grades::explain(app, &other, named).await), Refused::NotYourDistrict);
        let found = grades::explain(app, &own, explain(Measure::Received, None)).await.unwrap();
        assert_eq!(found.rows.len(), 1);
    }
    assert!(grades::show(app, &officer, november(), &board).await.is_ok());
    let agent = helpline.staff(Role::Agent).await;
    let none = grades::show(app, &agent, november(), &Board::Districts).await;
    assert_eq!(refused(none), Refused::NotYourRole);
}
