//! Time passes over cases.

use crate::kit::{DAY_MS, Helpline, Home, TEN, WEEK_MS};
use std::sync::Arc;

use helpline181::{
    app::{self, cases, clock, demo, desk, directory, policies, verification},
    domain::{
        actor::{Actor, Role},
        case::State,
        place::{Code, Level, PlaceCode},
        policy::Policy,
        refused::Refused,
        verification::Outcome,
    },
};

on_both_engines! {
    untouched_a_case_is_at_the_last_level_after_three_weeks_and_overdue_once,
    attended_is_said_of_the_level_that_acted_alone,
    a_vacant_post_is_charged_to_no_person_and_the_case_still_goes,
    a_post_filled_a_minute_before_the_time_is_over_is_charged_to_nobody,
    a_case_handed_over_on_its_last_day_is_charged_to_the_post_before,
    a_case_that_no_post_is_found_for_is_routed_by_a_supervisor,
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

async fn a_post_filled_a_minute_before_the_time_is_over_is_charged_to_nobody(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered("9000000001").await;
    helpline.pass(WEEK_MS - 60_000);
    helpline.officer("block:phanda", 1).await;
    helpline.pass(60_000);

    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 1);

    let history = helpline.history(&case).await;
    let facts = &history.last().unwrap().facts;
    assert!(facts.contains(r#""attended":false,"charged":"VACANT""#), "{facts}");
}

async fn a_case_handed_over_on_its_last_day_is_charged_to_the_post_before(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let before = helpline.officer("district:396", 1).await.posts[0].post;
    let after = helpline.officer("block:phanda", 1).await.posts[0].post;
    let ask = cases::Register {
        by_keys: true,
        subcategory: None,
        place: PlaceCode::new("district:396"),
        ..helpline.complaint("r1", "9000000001")
    };
    let case = cases::register(&helpline.app, &Actor::caller(None), ask).await.unwrap().case;
    assert_eq!(case.post, Some(before));
    helpline.pass(WEEK_MS - 3_600_000);
    let review = cases::CompleteReview {
        request_id: "cr".to_owned(),
        number: case.number(),
        etag: None,
        subcategory: Code::new("power_cut"),
        place: Some(PlaceCode::new("block:phanda")),
    };
    let completed = cases::complete_review(&helpline.app, &agent, review).await.unwrap().case;
    assert_eq!((completed.post, completed.due_at), (Some(after), case.due_at));
    helpline.pass(3_600_000);

    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 1);

    let history = helpline.history(&case).await;
    let facts = &history.last().unwrap().facts;
    assert!(facts.contains(&format!(r#""charged":{}"#, before.0)), "{facts}");
}

async fn a_case_that_no_post_is_found_for_is_routed_by_a_supervisor(home: Home) {
    let helpline = Helpline::start(&home).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let mut nodal = Actor {
        role: Role::Nodal,
        account: Some(supervisor.account.unwrap()),
        ..supervisor.clone()
    };
    nodal.district = Some(PlaceCode::new("district:396"));
    // A directory in which food has no posts.
    let posts: Vec<_> = crate::kit::SAMPLE
        .split("[[post]]")
        .filter(|post| !post.trim_start().starts_with("department = \"food\""))
        .collect();
    directory::import_sample(&helpline.app, &Actor::system(), &posts.join("[[post]]"))
        .await
        .unwrap();
    let food = cases::Register {
        category: Code::new("ration"),
        subcategory: None,
        ..helpline.complaint("r1", "9000000001")
    };
    let case = cases::register(&helpline.app, &Actor::system(), food).await.unwrap().case;
    assert_eq!((case.state, case.post), (State::Unrouted, None));
    let waiting = async |by: &Actor| {
        let queue = desk::queue(&helpline.app, by, desk::Queue::default()).await.unwrap();
        queue.rows.len()
    };

    // The nodal officer has it after a day, and it is said once.
    assert_eq!((waiting(&supervisor).await, waiting(&nodal).await), (1, 0));
    helpline.pass(DAY_MS);
    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 1);
    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 0);
    assert_eq!((waiting(&supervisor).await, waiting(&nodal).await), (1, 1));
    nodal.district = Some(PlaceCode::new("district:427"));
    assert_eq!(waiting(&nodal).await, 0);
    assert_eq!(helpline.kinds(&case).await, ["registered", "unrouted", "unrouted_late"]);

    // The posts came with the next directory.
    directory::import_sample(&helpline.app, &Actor::system(), crate::kit::SAMPLE).await.unwrap();
    let post = |department: &str| {
        let index = helpline.app.index();
        let mut posts = index.posts().filter(|post| post.department.as_str() == department);
        posts.next().unwrap().id
    };
    let (ours, foreign) = (post("food"), post("energy"));
    let route = |post| cases::Route {
        request_id: "route".to_owned(),
        number: case.number(),
        etag: None,
        post,
        reason: "the district's own".to_owned(),
    };
    let refused = cases::route(&helpline.app, &supervisor, route(foreign)).await;
    assert!(matches!(refused, Err(app::Error::Invalid { field: "post", .. })));
    let refused = cases::route(&helpline.app, &nodal, route(ours)).await;
    assert!(matches!(refused, Err(app::Error::Forbidden(Refused::NotYourRole))));
    let routed = cases::route(&helpline.app, &supervisor, route(ours)).await.unwrap().case;
    assert_eq!((routed.state, routed.post), (State::WithOfficer, Some(ours)));
    assert_eq!(routed.due_at, Some(helpline.app.now().plus_ms(WEEK_MS)));
    assert_eq!(waiting(&supervisor).await, 0);
    // The same request again is the same act.
    let again = cases::route(&helpline.app, &supervisor, route(ours)).await.unwrap().case;
    assert_eq!(again.version, routed.version);
}
