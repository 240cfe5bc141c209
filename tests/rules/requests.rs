//! The same request twice, and two at a time.

use crate::kit::{Helpline, Home};
use helpline181::{
    app::{Error, cases, desk},
    domain::{
        actor::{Actor, Role},
        case::{Kind, State},
        notice::Recipient,
        refused::Refused,
    },
    store::notices,
};

on_both_engines! {
    a_registration_told_twice_is_one_case,
    a_resolution_told_twice_is_answered_as_it_was_and_a_new_one_is_refused,
    a_resolution_owes_the_citizen_a_notice_at_once,
    an_act_on_a_case_that_changed_since_is_refused,
    ten_registrations_of_a_new_phone_at_a_time_make_one_citizen,
    demands_suggestions_and_scheme_calls_are_recorded_apart,
    what_the_directory_does_not_know_is_invalid,
}

async fn a_registration_told_twice_is_one_case(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let ask = helpline.complaint("r1", "9000000001");

    let first = cases::register(&helpline.app, &agent, ask.clone()).await.unwrap();
    let again = cases::register(&helpline.app, &agent, ask.clone()).await.unwrap();
    assert_eq!(first.case, again.case);

    let mut other = ask;
    other.words = Some("something else".to_owned());
    let refused = cases::register(&helpline.app, &agent, other).await.unwrap_err();
    assert!(matches!(refused, Error::RequestReused));
    let listed = cases::list(&helpline.app, &agent, cases::Filter::default()).await.unwrap();
    assert_eq!(listed.cases.len(), 1);
}

async fn a_resolution_told_twice_is_answered_as_it_was_and_a_new_one_is_refused(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.registered("9000000001").await;

    let first = helpline.resolve(&case, &officer).await;
    let again = helpline.resolve(&case, &officer).await;

    assert_eq!((first.round, again.round), (1, 1));
    assert_eq!(first.warnings, ["NO_CONTACT_RECORDED"]);
    assert_eq!(first.view.case.version, again.view.case.version);
    let ask = desk::Resolve {
        request_id: "new".to_owned(),
        number: case.number(),
        etag: None,
        post: None,
        report: "again".to_owned(),
        evidence: vec![],
    };
    let refused = desk::resolve(&helpline.app, &officer, ask).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refused::VerificationOpen)));
}

async fn a_resolution_owes_the_citizen_a_notice_at_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;

    let owed = notices::of_case(&helpline.look.db, case.id).await.unwrap();

    let kinds: Vec<_> = owed
        .iter()
        .map(|kept| (kept.notice.kind.as_str(), matches!(kept.notice.to, Recipient::Citizen(_))))
        .collect();
    let (citizen, officer) = (true, false);
    assert_eq!(
        kinds,
        [
            ("registered", citizen),
            ("registered", officer),
            ("resolved", citizen),
            ("resolved", officer)
        ]
    );
}

async fn an_act_on_a_case_that_changed_since_is_refused(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.registered("9000000001").await;
    let ask = |etag| desk::Resolve {
        request_id: "r".to_owned(),
        number: case.number(),
        etag,
        post: None,
        report: "mended".to_owned(),
        evidence: vec![],
    };

    let refused = desk::resolve(&helpline.app, &officer, ask(Some(1))).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict));
    assert!(desk::resolve(&helpline.app, &officer, ask(Some(case.version))).await.is_ok());
}

async fn ten_registrations_of_a_new_phone_at_a_time_make_one_citizen(home: Home) {
    let helpline = Helpline::start(&home).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..10 {
        let app = helpline.app.clone();
        let ask = helpline.complaint(&format!("r{n}"), "9000000001");
        tasks.spawn(async move { cases::register(&app, &Actor::system(), ask).await });
    }
    let mut citizens = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        citizens.push(ended.unwrap().unwrap().case.citizen);
    }

    citizens.dedup();
    assert_eq!(citizens.len(), 1);
}

async fn demands_suggestions_and_scheme_calls_are_recorded_apart(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    for kind in [Kind::Demand, Kind::Suggestion, Kind::SchemeInformation] {
        let mut ask = helpline.complaint(kind.as_str(), "9000000001");
        ask.kind = kind;
        let view = cases::register(&helpline.app, &agent, ask).await.unwrap();
        assert_eq!((view.case.state, view.case.post), (State::Forwarded, None));
    }
    let narrow = cases::Narrow { states: vec![State::WithOfficer], ..Default::default() };
    let filter = cases::Filter { narrow, ..Default::default() };
    assert_eq!(cases::list(&helpline.app, &agent, filter).await.unwrap().cases.len(), 0);
}

async fn what_the_directory_does_not_know_is_invalid(home: Home) {
    let helpline = Helpline::start(&home).await;
    let field = |error| match error {
        Error::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    };
    let by = Actor::system();

    let mut ask = helpline.complaint("r1", "9000000001");
    ask.category = helpline181::domain::place::Code::new("magic");
    assert_eq!(field(cases::register(&helpline.app, &by, ask).await.unwrap_err()), "category");
    let mut ask = helpline.complaint("r2", "9000000001");
    ask.subcategory = Some(helpline181::domain::place::Code::new("handpump"));
    assert_eq!(field(cases::register(&helpline.app, &by, ask).await.unwrap_err()), "subcategory");
    let mut ask = helpline.complaint("r3", "9000000001");
    ask.place = helpline181::domain::place::PlaceCode::new("division:bhopal");
    assert_eq!(field(cases::register(&helpline.app, &by, ask).await.unwrap_err()), "place");
}
