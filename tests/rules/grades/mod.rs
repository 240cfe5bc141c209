//! Months are counted from what cases went through.

mod publish;

use helpline181::{
    app::{
        clock,
        grades::{self, Counted},
        verification,
    },
    domain::{
        actor::Actor,
        case::Case,
        grading::{
            Cohort, Figures, Flow, Month, Stock,
            spell::{self, Ended, Heard, Spell},
        },
        place::{Code, PlaceCode},
        time::Timestamp,
        verification::Outcome,
    },
    store::grades::{count::Within, gather},
};

use crate::kit::{DAY_MS, Helpline, Home, WEEK_MS};

on_both_engines! {
    a_month_counts_what_its_complaints_went_through,
    two_processes_gather_each_spell_once_as_the_events_tell_it,
    what_is_no_complaint_and_what_is_merged_is_not_received,
}

pub(crate) fn november() -> Month {
    Month::parse("2026-11").unwrap()
}

/// The citizen says so when the helpline rings.
pub(crate) async fn answers(helpline: &Helpline, outcome: Outcome) {
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let by = Actor::caller(Some(order.citizen));
    for round in &order.rounds {
        let record = helpline.outcome(round, outcome);
        verification::record(&helpline.app, &by, record).await.unwrap();
    }
    verification::line::free_order(&helpline.app, order.citizen, &order.rounds).await.unwrap();
}

/// Weeks in which nobody does anything.
pub(crate) async fn weeks(helpline: &Helpline, n: usize) {
    for _ in 0..n {
        helpline.pass(WEEK_MS);
        while clock::escalate(&helpline.app, 100).await.unwrap() > 0 {}
    }
}

pub(crate) async fn counted(helpline: &Helpline, month: Month) -> Counted {
    grades::catch_up(&helpline.app).await.unwrap();
    grades::count(&helpline.app, month, Within::default(), helpline.app.now()).await.unwrap()
}

async fn a_month_counts_what_its_complaints_went_through(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    for level in 2..=4 {
        helpline.officer("block:phanda", level).await;
    }
    helpline.resolved("9000000001", &officer).await;
    answers(&helpline, Outcome::Satisfied).await;
    helpline.resolved("9000000002", &officer).await;
    answers(&helpline, Outcome::NotSatisfied).await;
    helpline.registered("9000000003").await;

    let running = counted(&helpline, november()).await;
    let place = (Code::new("energy"), PlaceCode::new("district:396"));
    assert!(running.span.is_provisional);
    assert_eq!(running.cells.len(), 1);
    let flow = Flow { closed: 1, ended: 2, ..Flow::default() };
    assert_eq!((running.cells[&place].stock.pending, running.cells[&place].flow), (2, flow));

    weeks(&helpline, 6).await;
    let judged = counted(&helpline, november()).await;
    let cohort = Cohort {
        received: 3,
        satisfied: 1,
        in_time: 1,
        resolved: 1,
        resolved_l1: 1,
        answers: 2,
        answers_satisfied: 1,
        answers_l1: 2,
        answers_satisfied_l1: 1,
    };
    let stock = Stock { pending: 2, ..Stock::default() };
    // On the 29th the time of the one at level 1 and of the other at level 2 ran out.
    let flow = Flow { closed: 1, ended: 4, not_attended: 2, ..Flow::default() };
    assert!(!judged.span.is_provisional);
    assert_eq!(judged.cells[&place], Figures { cohort, stock, flow });
    assert_eq!(judged.officers.len(), 1);
    assert_eq!(judged.officers[0].account, officer.account.unwrap());
    let work = judged.officers[0].work;
    assert_eq!((work.answers, work.satisfied, work.in_time), (2, 1, 1));
    // December received nothing, and has what ran out at the levels above.
    let december = counted(&helpline, november().next()).await;
    assert_eq!(december.cells[&place].cohort, Cohort::default());
    assert_eq!(december.cells[&place].flow.not_attended, 5);
    assert_eq!(december.late, []);
}

async fn two_processes_gather_each_spell_once_as_the_events_tell_it(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut cases: Vec<Case> = Vec::new();
    for n in 0..12 {
        let case = helpline.registered(&format!("90000001{n:02}")).await;
        if n % 3 == 0 {
            helpline.resolve(&case, &officer).await;
        }
        helpline.pass(DAY_MS / 12);
        cases.push(case);
    }
    let other = home.process(&helpline.clock).await;
    weeks(&helpline, 1).await;

    let (one, two) = tokio::join!(grades::catch_up(&helpline.app), grades::catch_up(&other));
    one.unwrap();
    two.unwrap();
    assert!(!grades::is_due(&helpline.app).await.unwrap());
    weeks(&helpline, 1).await;
    assert!(grades::is_due(&other).await.unwrap());
    grades::catch_up(&other).await.unwrap();

    for case in &cases {
        let mut told: Vec<Spell> = Vec::new();
        for event in helpline.history(case).await {
            if let Some(step) = spell::step(told.last(), case.id, &event, Timestamp(0)) {
                if let Some(ended) = step.ended {
                    *told.last_mut().unwrap() = ended;
                }
                told.push(step.begun);
            }
        }
        let gathered = gather::of_case(&helpline.look.db, case.id).await.unwrap();
        assert_eq!(gathered, told);
        assert!(gathered.len() > 1);
    }
    let first = gather::of_case(&helpline.look.db, cases[0].id).await.unwrap();
    assert_eq!(first[0].ended, Some(Ended::Resolved));
    assert_eq!(first[1].heard, None::<Heard>);
    other.close().await;
}

async fn what_is_no_complaint_and_what_is_merged_is_not_received(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(helpline181::domain::actor::Role::Agent).await;
    let demand = helpline181::app::cases::Register {
        kind: helpline181::domain::case::Kind::Demand,
        ..helpline.complaint("demand", "9000000004")
    };
    helpline181::app::cases::register(&helpline.app, &Actor::system(), demand).await.unwrap();
    let kept = helpline.registered("9000000001").await;
    helpline.pass(1);
    let twice = helpline.registered("9000000001").await;
    let on = helpline181::app::desk::On {
        request_id: "m1".to_owned(),
        number: twice.number(),
        etag: None,
        post: None,
    };
    let merge = helpline181::app::cases::Merge { on, parent: kept.number() };
    helpline181::app::cases::merge(&helpline.app, &agent, merge).await.unwrap();

    let counted = counted(&helpline, november()).await;

    let received: i64 = counted.cells.values().map(|cell| cell.cohort.received).sum();
    let pending: i64 = counted.cells.values().map(|cell| cell.stock.pending).sum();
    assert_eq!((received, pending), (1, 1));
}
