//! An incident's lead and its places: who may declare and end it, and what becomes of who joins too late.

use helpline181::{
    app::{
        Error,
        incidents::{self, IncidentView},
    },
    domain::{
        actor::{Actor, Role},
        change::Change,
        place::PlaceCode,
        refused::Refused,
    },
    store::writer::{Lane, Request},
    workers::{
        Step,
        sweeps::{self, Sweep},
    },
};
use tokio::task::JoinSet;

use super::{declared, declaring, joining, resolved_once, told};
use crate::{
    desk::district,
    kit::{DAY_MS, Helpline, Home, TEN},
};

on_both_engines! {
    who_joins_while_the_lead_is_resolved_is_filed_with_it_or_joins_no_more,
    an_incident_is_ended_though_its_place_has_left_the_directory,
    what_is_over_or_resolved_is_told_to_nobody,
    a_collector_declares_within_the_own_district_alone,
    a_lead_is_open_and_has_one_incident_at_a_time,
}

async fn who_joins_while_the_lead_is_resolved_is_filed_with_it_or_joins_no_more(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let lead = helpline.registered("9000000001").await;
    let incident = declared(&helpline, &lead, &["block:phanda"]).await.incident.id;
    let mut joining_now = JoinSet::new();
    for n in 0..100 {
        let (app, phone) = (helpline.app.clone(), format!("92{n:08}"));
        joining_now.spawn(async move {
            incidents::join(&app, &Actor::caller(None), joining(incident, &phone, &phone)).await
        });
    }
    let first = joining_now.join_next().await.unwrap().unwrap().unwrap().view.case;

    helpline.resolve(&lead, &officer).await;
    let mut cases = vec![first];
    for answer in joining_now.join_all().await {
        match answer {
            Ok(joined) => cases.push(joined.view.case),
            Err(Error::Refused(Refused::NothingOpen)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    while sweeps::step(helpline.app.clone(), Sweep::FollowUps).await.unwrap() == Step::Worked {}

    resolved_once(&helpline, &cases, &officer).await;
}

async fn an_incident_is_ended_though_its_place_has_left_the_directory(home: Home) {
    let helpline = Helpline::start(&home).await;
    let lead = helpline.registered("9000000001").await;
    let collector = district(&helpline, Role::Collector, "collector").await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let asked = declaring(&lead, &["block:phanda"]);
    let mut incident =
        incidents::declare(&helpline.app, &supervisor, asked).await.unwrap().incident;
    (incident.places, incident.version) = (vec![PlaceCode::new("block:gone")], 2);
    let id = incident.id;
    let mut change = Change::new(TEN);
    change.incidents.incident = Some(incident);
    helpline.look.writer.commit(Lane::Acts, Request::system(), change).await.unwrap();
    let end = |request: &str| incidents::End {
        request_id: request.to_owned(),
        incident: id,
        reason: "over".to_owned(),
    };

    let foreign = incidents::end(&helpline.app, &collector, end("e1")).await.unwrap_err();
    assert!(matches!(foreign, Error::Forbidden(Refused::NotYourDistrict)), "{foreign:?}");
    assert!(!incidents::end(&helpline.app, &supervisor, end("e2")).await.unwrap().in_force);
}

async fn what_is_over_or_resolved_is_told_to_nobody(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let lead = helpline.registered("9000000001").await;
    let incident = declared(&helpline, &lead, &["block:phanda"]).await.incident.id;
    let others = [helpline.registered("9000000002").await, helpline.registered("9000000003").await];
    let supervisor = Actor { role: Role::Supervisor, account: Some(1), ..Actor::system() };
    let mut ids = vec![incident];
    for other in &others {
        let ask = declaring(other, &["district:396"]);
        ids.push(incidents::declare(&helpline.app, &supervisor, ask).await.unwrap().incident.id);
    }
    // The two newest, the newest first.
    assert_eq!(told(&helpline).await, [ids[2], ids[1]]);

    let end = |id: i64, request: &str| incidents::End {
        request_id: request.to_owned(),
        incident: id,
        reason: "the light is back".to_owned(),
    };
    let ended = incidents::end(&helpline.app, &supervisor, end(ids[2], "e1")).await.unwrap();
    assert_eq!((ended.in_force, ended.ended.as_deref()), (false, Some("the light is back")));
    assert_eq!(told(&helpline).await, [ids[1], ids[0]]);
    let again = incidents::end(&helpline.app, &supervisor, end(ids[2], "e2")).await;
    assert!(matches!(again, Err(Error::Refused(Refused::NothingOpen))));
    let joining = joining(ids[2], "9000000004", "c1");
    let late = incidents::join(&helpline.app, &Actor::caller(None), joining).await;
    assert!(matches!(late, Err(Error::Refused(Refused::NothingOpen))));

    helpline.resolve(&others[0], &officer).await;
    helpline.pass(2_000);
    assert_eq!(told(&helpline).await, [ids[0]]);
    helpline.pass(DAY_MS);
    assert!(told(&helpline).await.is_empty());
}

async fn a_collector_declares_within_the_own_district_alone(home: Home) {
    let helpline = Helpline::start(&home).await;
    let lead = helpline.registered("9000000001").await;
    let collector = district(&helpline, Role::Collector, "collector").await;
    let nodal = district(&helpline, Role::Nodal, "nodal").await;
    let agent = helpline.staff(Role::Agent).await;
    let declare = async |by: &Actor, places: &[&str]| {
        incidents::declare(&helpline.app, by, declaring(&lead, places)).await
    };
    let refused = |answer: Result<IncidentView, Error>| match answer.unwrap_err() {
        Error::Forbidden(refused) => refused,
        other => panic!("{other:?}"),
    };

    assert_eq!(refused(declare(&agent, &["block:phanda"]).await), Refused::NotYourRole);
    assert_eq!(refused(declare(&nodal, &["block:phanda"]).await), Refused::NotYourRole);
    let wide = declare(&collector, &["block:phanda", "district:410"]).await;
    assert_eq!(refused(wide), Refused::NotYourDistrict);
    assert_eq!(refused(declare(&collector, &["state:23"]).await), Refused::NotYourDistrict);
    let other = Actor { district: Some(PlaceCode::new("district:410")), ..collector.clone() };
    assert_eq!(refused(declare(&other, &["district:410"]).await), Refused::NotYourDistrict);
    let own = declare(&collector, &["block:phanda"]).await.unwrap();

    let end = incidents::End {
        request_id: "end".to_owned(),
        incident: own.incident.id,
        reason: "over".to_owned(),
    };
    let foreign = incidents::end(&helpline.app, &other, end.clone()).await;
    assert_eq!(refused(foreign), Refused::NotYourDistrict);
    assert!(!incidents::end(&helpline.app, &collector, end).await.unwrap().in_force);
}

async fn a_lead_is_open_and_has_one_incident_at_a_time(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let lead = helpline.registered("9000000001").await;
    let declare =
        async |ask: incidents::Declare| incidents::declare(&helpline.app, &supervisor, ask).await;
    let ask = |request: &str| incidents::Declare {
        request_id: request.to_owned(),
        ..declaring(&lead, &["block:phanda"])
    };
    let invalid = |answer: Result<IncidentView, Error>| match answer.unwrap_err() {
        Error::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    };

    let nowhere = incidents::Declare { places: vec![PlaceCode::new("block:no")], ..ask("a") };
    assert_eq!(invalid(declare(nowhere).await), "places");
    let elsewhere = incidents::Declare { places: vec![PlaceCode::new("district:410")], ..ask("b") };
    assert_eq!(invalid(declare(elsewhere).await), "places");
    let silent = incidents::Declare { reason: " ".to_owned(), ..ask("c") };
    assert_eq!(invalid(declare(silent).await), "reason");
    let long = incidents::Declare { span_ms: 7 * DAY_MS + 1, ..ask("d") };
    assert!(matches!(declare(long).await, Err(Error::Refused(Refused::DateNotAllowed))));
    let first = declare(ask("e")).await.unwrap();
    assert_eq!(declare(ask("e")).await.unwrap().incident, first.incident);
    assert!(matches!(declare(ask("f")).await, Err(Error::Refused(Refused::OpenAlready))));
    assert_eq!((first.reason.as_str(), first.incident.from), ("the tower has fallen", TEN));

    let resolved = helpline.resolved("9000000002", &officer).await;
    let over = declare(declaring(&resolved, &["block:phanda"])).await;
    assert!(matches!(over, Err(Error::Refused(Refused::ParentNotOpen))));
}
