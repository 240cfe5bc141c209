//! Time passes over cases.

use crate::kit::{DAY_MS, Helpline, Home, TEN, WEEK_MS};
use std::sync::Arc;

use helpline181::{
    app::{cases, clock, demo, desk, policies, verification},
    domain::{
        actor::{Actor, Role},
        case::State,
        place::Level,
        policy::Policy,
        verification::Outcome,
    },
};

on_both_engines! {
    untouched_a_case_is_at_the_last_level_after_three_weeks_and_overdue_once,
    attended_is_said_of_the_level_that_acted_alone,
    a_vacant_post_is_charged_to_no_person_and_the_case_still_goes,
    opening_a_case_is_seen_and_not_attended,
    two_processes_on_one_database_move_each_case_once,
    an_advance_of_the_clock_steps_through_every_due_instant,
    a_review_is_an_instant_and_a_dial_that_is_overdue_hides_none,
    a_running_clock_keeps_the_policy_that_it_started_under,
    a_case_by_keys_is_late_once_and_completed_without_moving_its_clock,
}

async fn untouched_a_case_is_at_the_last_level_after_three_weeks_and_overdue_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    for level in 1..=4 {
        helpline.officer("block:phanda", level).await;
    }
    let case = helpline.registered("9000000001").await;
    assert_eq!((case.state, case.level), (State::WithOfficer, Level(1)));

    for level in [2, 3, 4] {
        helpline.pass(WEEK_MS - 1);
        assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 0);
        helpline.pass(1);
        assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 1);
        assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 0);
        assert_eq!(helpline.case(&case).await.level, Level(level));
    }
    for _ in 0..3 {
        helpline.pass(WEEK_MS);
        clock::escalate(&helpline.app, 10).await.unwrap();
    }

    let case = helpline.case(&case).await;
    assert_eq!((case.level, case.state, case.overdue_last), (Level(4), State::WithOfficer, true));
    assert_eq!(
        helpline.kinds(&case).await,
        ["registered", "routed", "escalated", "escalated", "escalated", "overdue_last"]
    );
    let history = helpline.history(&case).await;
    for (event, from) in history[2..].iter().zip(1..) {
        assert!(event.facts.contains(r#""attended":false,"charged":"#), "{}", event.facts);
        assert!(event.facts.contains(&format!(r#""escalation":{{"from":{from},"#)));
    }
    assert!(
        helpline181::store::events::verify_case(&helpline.look.db, case.id).await.unwrap().is_ok()
    );
}

async fn attended_is_said_of_the_level_that_acted_alone(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.officer("block:phanda", 2).await;
    let case = helpline.registered("9000000001").await;
    let contact = desk::Contact {
        request_id: "c1".to_owned(),
        number: case.number(),
        etag: Some(case.version),
        post: None,
        kind: desk::ContactKind::Call,
        at: None,
        note: "will come tomorrow".to_owned(),
    };
    desk::record_contact(&helpline.app, &officer, contact).await.unwrap();

    for _ in 0..2 {
        helpline.pass(WEEK_MS);
        clock::escalate(&helpline.app, 10).await.unwrap();
    }

    let history = helpline.history(&case).await;
    let facts: Vec<_> = history
        .iter()
        .filter(|event| event.kind == "escalated")
        .map(|event| event.facts.as_str())
        .collect();
    assert!(facts[0].contains(r#""reason":"TIMEOUT","attended":true,"charged":null"#));
    assert!(facts[1].contains(r#""reason":"TIMEOUT","attended":false,"charged":"#));
}

async fn a_vacant_post_is_charged_to_no_person_and_the_case_still_goes(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered("9000000001").await;

    helpline.pass(WEEK_MS);
    clock::escalate(&helpline.app, 10).await.unwrap();

    let history = helpline.history(&case).await;
    let escalated = history.last().unwrap();
    assert!(escalated.facts.contains(r#""charged":"VACANT","to_vacant":true"#));
    assert_eq!(helpline.case(&case).await.level, Level(2));
}

async fn opening_a_case_is_seen_and_not_attended(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.registered("9000000001").await;

    for n in 0..2 {
        let ask = desk::Open { request_id: format!("o{n}"), number: case.number(), post: None };
        desk::open(&helpline.app, &officer, ask).await.unwrap();
    }

    let after = helpline.case(&case).await;
    assert!(after.seen && !after.attended);
    assert_eq!(helpline.kinds(&case).await, ["registered", "routed", "seen"]);
}

async fn two_processes_on_one_database_move_each_case_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    let second = home.process(&helpline.clock).await;
    let mut registered = Vec::new();
    for n in 0..20 {
        registered.push(helpline.registered(&format!("90000000{n:02}")).await);
    }
    helpline.pass(WEEK_MS);

    let (first, other) =
        tokio::join!(clock::escalate(&helpline.app, 100), clock::escalate(&second, 100));

    assert_eq!(first.unwrap() + other.unwrap(), 20);
    for case in registered {
        assert_eq!(helpline.kinds(&case).await, ["registered", "routed", "escalated"]);
        assert_eq!(helpline.case(&case).await.level, Level(2));
    }
}

async fn an_advance_of_the_clock_steps_through_every_due_instant(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered("9000000001").await;
    let admin = Actor { role: Role::Admin, ..Actor::system() };

    let advanced = demo::advance(&helpline.app, &admin, 30 * DAY_MS).await.unwrap();

    assert_eq!(advanced.now, TEN.plus_ms(30 * DAY_MS));
    // Three levels and the one overdue row.
    assert_eq!(advanced.escalated, 4);
    let case = helpline.case(&case).await;
    assert_eq!((case.level, case.overdue_last), (Level(4), true));
    assert_eq!(case.arrived_at, TEN.plus_ms(3 * WEEK_MS));
    assert_eq!(case.due_at, Some(TEN.plus_ms(4 * WEEK_MS)));
}

async fn a_review_is_an_instant_and_a_dial_that_is_overdue_hides_none(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut by_keys = helpline.complaint("r1", "9000000001");
    (by_keys.by_keys, by_keys.subcategory) = (true, None);
    cases::register(&helpline.app, &Actor::caller(None), by_keys).await.unwrap();
    helpline.resolved("9000000002", &officer).await;
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let missed = helpline.outcome(&order.rounds[0], Outcome::NoAnswer);
    verification::record(&helpline.app, &Actor::caller(Some(order.citizen)), missed).await.unwrap();
    // Nobody dials this one: it stays due.
    helpline.resolved("9000000003", &officer).await;
    let next = async || clock::next_instant(&helpline.app, helpline.app.now()).await.unwrap();

    assert_eq!(next().await, Some(TEN.plus_ms(DAY_MS)));
    helpline.pass(DAY_MS);
    assert_eq!(clock::reviews(&helpline.app, 10).await.unwrap(), 1);
    assert_eq!(next().await, Some(TEN.plus_ms(DAY_MS + 2 * 3_600_000)));
}

async fn a_case_by_keys_is_late_once_and_completed_without_moving_its_clock(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let mut ask = helpline.complaint("r1", "9000000001");
    ask.by_keys = true;
    ask.subcategory = None;
    ask.place = helpline181::domain::place::PlaceCode::new("district:396");
    let case = cases::register(&helpline.app, &Actor::caller(None), ask).await.unwrap().case;
    assert!(case.needs_review);

    helpline.pass(DAY_MS);
    assert_eq!(clock::reviews(&helpline.app, 10).await.unwrap(), 1);
    assert_eq!(clock::reviews(&helpline.app, 10).await.unwrap(), 0);
    let review = cases::CompleteReview {
        request_id: "cr".to_owned(),
        number: case.number(),
        etag: None,
        subcategory: helpline181::domain::place::Code::new("power_cut"),
        place: Some(helpline181::domain::place::PlaceCode::new("block:phanda")),
    };
    let view = cases::complete_review(&helpline.app, &agent, review).await.unwrap();

    assert!(!view.case.needs_review);
    assert_eq!(view.case.due_at, case.due_at);
    assert_ne!(view.case.post, case.post);
    assert_eq!(view.designation.unwrap().as_str(), "junior_engineer");
}

async fn a_running_clock_keeps_the_policy_that_it_started_under(home: Home) {
    let helpline = Helpline::start(&home).await;
    let before = helpline.registered("9000000001").await;
    let shorter = Policy {
        version: 2,
        effective_from: TEN.plus_ms(DAY_MS),
        limit_ms: 3 * DAY_MS,
        ..Policy::standard()
    };
    policies::enact(&helpline.app, &Actor::system(), &shorter).await.unwrap();
    assert!(policies::enact(&helpline.app, &Actor::system(), &shorter).await.is_err());
    helpline.pass(DAY_MS);
    let restarted = home.process(&helpline.clock).await;

    let ask = helpline.complaint("after", "9000000002");
    let after = cases::register(&restarted, &Actor::system(), ask).await.unwrap().case;
    helpline.pass(3 * DAY_MS);
    assert_eq!(clock::escalate(&Arc::clone(&restarted), 10).await.unwrap(), 1);

    assert_eq!((before.policy, before.due_at), (1, Some(TEN.plus_ms(WEEK_MS))));
    assert_eq!((after.policy, after.due_at), (2, Some(TEN.plus_ms(4 * DAY_MS))));
    assert_eq!(helpline.case(&before).await.level, Level(1));
    assert_eq!(helpline.case(&after).await.level, Level(2));
}
