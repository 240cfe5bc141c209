//! A known outage: declared, told to callers, joined by one key, and every citizen asked when its lead is resolved.

mod lead;

use std::sync::Arc;

use helpline181::{
    app::{
        App, Error, cases,
        desk::follow,
        incidents::{self, IncidentView, Listed, Where},
    },
    calls::converse::Verb,
    domain::{
        actor::{Actor, Role},
        case::{Case, State},
        incident::Advice,
        intake::admit::Of,
        language::Language,
        phone::Phone,
        place::{Code, PlaceCode},
        refused::Refused,
    },
    store,
    workers::{
        Step,
        sweeps::{self, Sweep},
    },
};
use tokio::task::JoinSet;

use crate::{
    calls,
    kit::{DAY_MS, Helpline, Home},
};

on_both_engines! {
    three_hundred_join_by_key_and_each_is_asked_once_when_the_lead_is_resolved,
    a_crash_among_the_batches_is_taken_up_and_files_each_follower_once,
    a_caller_hears_the_notice_and_registers_by_one_key,
    a_citizen_who_presses_twice_has_one_case,
    where_it_is_settles_the_place_or_has_it_asked,
    an_agent_registers_a_case_of_it_and_is_pointed_at_it,
    the_days_limit_keeps_nobody_from_joining,
}

/// More than one batch.
const CALLERS: i64 = 300;
const HOUR_MS: i64 = 3_600_000;

fn declaring(lead: &Case, places: &[&str]) -> incidents::Declare {
    incidents::Declare {
        request_id: format!("declare {}", lead.id),
        lead: lead.number(),
        places: places.iter().map(|place| PlaceCode::new(*place)).collect(),
        advice: Advice::Repair,
        reason: "the tower has fallen".to_owned(),
        span_ms: DAY_MS,
    }
}

async fn declared(helpline: &Helpline, lead: &Case, places: &[&str]) -> IncidentView {
    let supervisor = helpline.staff(Role::Supervisor).await;
    incidents::declare(&helpline.app, &supervisor, declaring(lead, places)).await.unwrap()
}

fn joining(incident: i64, phone: &str, call: &str) -> incidents::Join {
    incidents::Join {
        request_id: format!("call:{call}:incident:{incident}"),
        incident,
        phone: Phone::parse(phone).unwrap(),
        language: Language::Hindi,
        place: PlaceCode::new("block:phanda"),
        call: call.to_owned(),
    }
}

async fn join(app: &Arc<App>, incident: i64, phone: &str, call: &str) -> incidents::Joined {
    incidents::join(app, &Actor::caller(None), joining(incident, phone, call)).await.unwrap()
}

/// Many call at a time; gives their cases.
async fn joined(helpline: &Helpline, incident: i64) -> Vec<Case> {
    let mut calling = JoinSet::new();
    for n in 0..CALLERS {
        let (app, phone) = (helpline.app.clone(), format!("91{n:08}"));
        calling.spawn(async move { join(&app, incident, &phone, &phone).await });
    }
    let answers = calling.join_all().await;
    assert!(answers.iter().all(|joined| !joined.before));
    answers.into_iter().map(|joined| joined.view.case).collect()
}

async fn resolved_once(helpline: &Helpline, cases: &[Case], officer: &Actor) {
    let mut citizens = Vec::new();
    for case in cases {
        let now = helpline.case(case).await;
        assert_eq!((now.state, now.round), (State::AwaitingVerification, 1));
        let round = store::rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
        assert_eq!((round.citizen, round.next_at.is_some()), (case.citizen, true));
        let history = helpline.history(case).await;
        let resolved: Vec<_> = history.iter().filter(|event| event.kind == "resolved").collect();
        assert_eq!((resolved.len(), &resolved[0].actor), (1, &officer.name()));
        citizens.push(case.citizen);
    }
    citizens.sort_unstable();
    citizens.dedup();
    assert_eq!(citizens.len(), cases.len());
    assert_eq!(store::links::owed(&helpline.look.db, 1).await.unwrap(), []);
    assert_eq!(store::links::runs(&helpline.look.db, 1).await.unwrap(), []);
}

async fn told(helpline: &Helpline) -> Vec<i64> {
    let spoken = incidents::spoken(&helpline.app, &[]).await.unwrap();
    spoken.iter().map(|spoken| spoken.incident.id).collect()
}

async fn three_hundred_join_by_key_and_each_is_asked_once_when_the_lead_is_resolved(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let lead = helpline.registered("9000000001").await;
    let incident = declared(&helpline, &lead, &["block:phanda"]).await.incident.id;
    let cases = joined(&helpline, incident).await;
    for case in &cases {
        assert_eq!((case.aside().lead, case.needs_review), (Some(lead.id), false));
        assert_eq!((&case.category, &case.subcategory), (&lead.category, &lead.subcategory));
    }
    let view = &incidents::list(&helpline.app, &officer_of_state(), Listed::NotOver, None, 10)
        .await
        .unwrap()
        .0[0];
    assert_eq!((view.followers, view.in_force), (CALLERS, true));

    helpline.resolve(&lead, &officer).await;
    assert_eq!(store::links::owed(&helpline.look.db, 1).await.unwrap(), []);
    while sweeps::step(helpline.app.clone(), Sweep::FollowUps).await.unwrap() == Step::Worked {}

    resolved_once(&helpline, &cases, &officer).await;
    let kinds = helpline.kinds(&cases[0]).await;
    assert_eq!(kinds, ["registered", "linked", "routed", "resolved"]);
}

fn officer_of_state() -> Actor {
    Actor { role: Role::Directorate, ..Actor::system() }
}

/// The first batch is named and filed in part, then two others take over together.
async fn a_crash_among_the_batches_is_taken_up_and_files_each_follower_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let lead = helpline.registered("9000000001").await;
    let incident = declared(&helpline, &lead, &["block:phanda"]).await.incident.id;
    let cases = joined(&helpline, incident).await;
    helpline.resolve(&lead, &officer).await;
    assert!(follow::name(&helpline.app).await.unwrap());
    assert_eq!(follow::file(&helpline.app, 100).await.unwrap(), 100);
    let runs = store::links::runs(&helpline.look.db, 2).await.unwrap();
    assert_eq!(runs.len(), 1);
    assert!(runs[0].behind > lead.id);
    helpline.app.close().await;

    let [one, other] = [home.process(&helpline.clock).await, home.process(&helpline.clock).await];
    let end = async |app: &Arc<App>| {
        loop {
            let named = follow::name(app).await.unwrap();
            if follow::file(app, 100).await.unwrap() == 0 && !named {
                break;
            }
        }
    };
    tokio::join!(end(&one), end(&other));

    resolved_once(&helpline, &cases, &officer).await;
    one.close().await;
    other.close().await;
}

async fn a_caller_hears_the_notice_and_registers_by_one_key(home: Home) {
    let helpline = calls::Helpline::open(&home).await;
    let ask = cases::Register {
        request_id: "lead".to_owned(),
        kind: helpline181::domain::case::Kind::Complaint,
        phone: Phone::parse("9000000002").unwrap(),
        name: None,
        language: Language::Hindi,
        category: Code::new("electricity"),
        subcategory: Some(Code::new("power_cut")),
        place: PlaceCode::new("block:phanda"),
        words: None,
        recording: None,
        by_keys: false,
        call: None,
        despite: None,
        incident: None,
        heard_of: None,
        scheme: None,
    };
    let lead = cases::register(&helpline.app, &Actor::system(), ask).await.unwrap().case;
    let by = Actor { account: helpline.officer.account, ..officer_of_state() };
    let ask = declaring(&lead, &["district:396", "district:410"]);
    let incident = incidents::declare(&helpline.app, &by, ask).await.unwrap().incident;

    let mut caller = helpline.call("c1", None).await.unwrap();
    caller.answer("1").await;
    let menu = loop {
        if let (_, Verb::Play(prompts)) = caller.action().await {
            break prompts.into_iter().map(|prompt| prompt.key).collect::<Vec<_>>();
        }
    };
    assert_eq!(
        menu,
        [
            "incident_known",
            "category_is",
            "category_electricity",
            "place_is",
            "district_396",
            "district_410",
            "incident_repair",
            "incident_join_five",
            "main_menu",
            "change_language",
        ]
    );
    for key in ['5', '1'] {
        caller.say(helpline181::calls::converse::FromClient::Key(key));
        if key == '5' {
            assert_eq!(caller.hear().await, "press_key");
        }
    }
    assert_eq!(caller.hear().await, "anything_else");
    assert_eq!(caller.hang_up().await, "REGISTERED");

    let citizen = helpline.citizen().await;
    let cases = store::cases::of_citizen(&helpline.look.db, citizen, 10).await.unwrap();
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0].aside().lead, Some(lead.id));
    assert_eq!(cases[0].place, PlaceCode::new("district:396"));
    let own = store::incidents::case_of(&helpline.look.db, &incident, citizen).await.unwrap();
    assert_eq!(own, Some(cases[0].id));
}

async fn a_citizen_who_presses_twice_has_one_case(home: Home) {
    let helpline = Helpline::start(&home).await;
    let lead = helpline.registered("9000000001").await;
    let incident = declared(&helpline, &lead, &["block:phanda"]).await.incident.id;

    // On two telephones of one number at once, again on the first, and once more tomorrow.
    let (one, other) = tokio::join!(
        join(&helpline.app, incident, "9000000002", "c1"),
        join(&helpline.app, incident, "9000000002", "c2"),
    );
    assert_ne!(one.before, other.before);
    let again = join(&helpline.app, incident, "9000000002", "c1").await;
    assert_eq!(again.before, one.before);
    helpline.pass(23 * HOUR_MS);
    let later = join(&helpline.app, incident, "9000000002", "c3").await;
    let of_lead = join(&helpline.app, incident, "9000000001", "c4").await;

    let number = one.view.case.number();
    assert_eq!([&other, &again, &later].map(|joined| joined.view.case.number()), [number; 3]);
    assert!(later.before && of_lead.before);
    assert_eq!(of_lead.view.case.id, lead.id);
    let citizen = one.view.case.citizen;
    let cases = store::cases::of_citizen(&helpline.look.db, citizen, 10).await.unwrap();
    assert_eq!(cases.len(), 1);
}

async fn where_it_is_settles_the_place_or_has_it_asked(home: Home) {
    let helpline = Helpline::start(&home).await;
    let place = async |phone: &str, places: &[&str], districts: &[&str]| {
        let lead = helpline.registered(phone).await;
        let supervisor = Actor { role: Role::Supervisor, account: Some(1), ..Actor::system() };
        let ask = declaring(&lead, places);
        let incident = incidents::declare(&helpline.app, &supervisor, ask).await.unwrap().incident;
        let districts: Vec<_> = districts.iter().map(|code| PlaceCode::new(*code)).collect();
        let spoken = incidents::spoken(&helpline.app, &districts).await.unwrap();
        spoken.into_iter().find(|spoken| spoken.incident.id == incident.id).unwrap().place
    };
    let settled = |code: &str| Where::Settled(PlaceCode::new(code));
    let one_of =
        |codes: &[&str]| Where::OneOf(codes.iter().map(|code| PlaceCode::new(*code)).collect());

    assert_eq!(place("9000000001", &["block:phanda"], &[]).await, settled("block:phanda"));
    let both = ["district:396", "district:410"];
    assert_eq!(place("9000000002", &both, &[]).await, one_of(&both));
    assert_eq!(place("9000000003", &both, &["district:410"]).await, settled("district:410"));
    assert_eq!(place("9000000004", &both, &["district:427"]).await, one_of(&both));
    assert_eq!(place("9000000005", &["state:23"], &[]).await, Where::Anywhere);
    assert_eq!(
        place("9000000006", &["state:23"], &["district:427"]).await,
        settled("district:427")
    );
}

async fn an_agent_registers_a_case_of_it_and_is_pointed_at_it(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let lead = helpline.registered("9000000001").await;
    let incident = declared(&helpline, &lead, &["block:phanda"]).await.incident.id;
    let register = async |ask: cases::Register| cases::register(&helpline.app, &agent, ask).await;
    let ask = |request: &str, phone: &str| helpline.complaint(request, phone);

    let Err(Error::Duplicates(shown)) = register(ask("a", "9000000002")).await else {
        panic!("nothing was shown");
    };
    assert_eq!(
        shown.iter().map(|one| (one.number, one.of)).collect::<Vec<_>>(),
        [(lead.number(), Of::Incident)]
    );
    let of_it = cases::Register { incident: Some(incident), ..ask("b", "9000000002") };
    let case = register(of_it).await.unwrap().case;
    assert_eq!(case.aside().lead, Some(lead.id));
    assert!(case.text.is_some());
    let twice = cases::Register { incident: Some(incident), ..ask("c", "9000000002") };
    assert_eq!(register(twice).await.unwrap().case.id, case.id);

    let despite = cases::Despite { cases: vec![lead.number()], reason: "a burnt wire".to_owned() };
    let beside = cases::Register { despite: Some(despite), ..ask("d", "9000000003") };
    assert_eq!(register(beside).await.unwrap().case.aside().lead, None);
    for (request, wrong) in [
        (
            "e",
            cases::Register {
                category: Code::new("water"),
                subcategory: None,
                ..ask("e", "9000000004")
            },
        ),
        ("f", cases::Register { place: PlaceCode::new("district:410"), ..ask("f", "9000000004") }),
    ] {
        let wrong = cases::Register { incident: Some(incident), ..wrong };
        let answer = register(wrong).await;
        assert!(matches!(answer, Err(Error::Invalid { field: "incident", .. })), "{request}");
    }
    let other =
        cases::Register { place: PlaceCode::new("block:berasia"), ..ask("g", "9000000005") };
    assert!(register(other).await.is_ok());
}

async fn the_days_limit_keeps_nobody_from_joining(home: Home) {
    let helpline = Helpline::start(&home).await;
    let lead = helpline.registered("9000000001").await;
    let incident = declared(&helpline, &lead, &["block:phanda"]).await.incident.id;
    let caller = Actor::caller(None);
    for n in 0..10 {
        let ask = helpline.complaint(&n.to_string(), "9000000002");
        cases::register(&helpline.app, &caller, ask).await.unwrap();
    }
    let eleventh = helpline.complaint("11", "9000000002");
    let refused = cases::register(&helpline.app, &caller, eleventh).await;
    assert!(matches!(refused, Err(Error::Refused(Refused::DailyLimit))));

    assert!(!join(&helpline.app, incident, "9000000002", "c1").await.before);
}
