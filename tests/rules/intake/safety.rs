//! "Safe to call" binds every call and notice.

use helpline181::{
    app::{
        Error,
        agents::{self, calling},
        cases as app_cases,
        intake::{self, SafetyOf, SetSafety, Who},
        notices, verification,
    },
    domain::{
        actor::{Actor, Role},
        citizen::{Hours, Safety},
        phone::Phone,
        refused::Refused,
    },
    store::{cases, citizens},
};

use crate::kit::{Helpline, Home};

on_both_engines! {
    a_citizen_is_dialled_within_the_own_hours_alone,
    what_a_case_says_binds_its_own_calls_alone,
    nobody_rings_a_citizen_outside_the_own_hours,
    a_round_that_was_put_off_for_good_is_dialled_when_the_citizen_may_be_rung_again,
    nothing_is_sent_about_a_case_that_must_leave_no_message,
    call_backs_know_what_the_citizen_said,
    safety_is_said_by_agents_and_supervisors_and_kept_in_the_history,
}

const PHONE: &str = "9876543210";
const HOUR_MS: i64 = 3_600_000;

fn hours(from: u32, until: u32) -> Safety {
    Safety { hours: Hours::new(from * 60, until * 60), ..Safety::default() }
}

async fn says(helpline: &Helpline, by: &Actor, request: &str, of: SafetyOf, safety: Safety) {
    let ask = SetSafety { request_id: request.to_owned(), of, safety };
    intake::set_safety(&helpline.app, by, ask).await.unwrap();
}

fn citizen() -> SafetyOf {
    SafetyOf::Citizen(Who::Phone(Phone::parse(PHONE).unwrap()))
}

async fn a_citizen_is_dialled_within_the_own_hours_alone(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolved(PHONE, &officer).await;
    says(&helpline, &agent, "s1", citizen(), hours(14, 16)).await;

    let mut rung = Vec::new();
    for hour in 10..16 {
        let orders = verification::dial(&helpline.app, 10).await.unwrap();
        rung.push((hour, orders.len()));
        helpline.pass(HOUR_MS);
    }

    // The dial lease of fourteen o'clock lasts for the rest.
    let first = rung.iter().find(|(_, orders)| *orders > 0).copied();
    assert_eq!(first, Some((14, 1)), "{rung:?}");
}

async fn what_a_case_says_binds_its_own_calls_alone(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let secret = helpline.resolved(PHONE, &officer).await;
    let never = Safety { do_not_call: true, ..Safety::default() };
    says(&helpline, &agent, "s1", SafetyOf::Case(secret.number()), never).await;
    helpline.pass(1);
    let open = helpline.resolved(PHONE, &officer).await;

    let orders = verification::dial(&helpline.app, 10).await.unwrap();

    let asked: Vec<_> =
        orders.iter().flat_map(|order| &order.rounds).map(|round| round.case).collect();
    assert_eq!(asked, [open.id]);
    let kinds = helpline.kinds(&secret).await;
    assert!(kinds.contains(&"safety_set".to_owned()), "{kinds:?}");
    let kept = citizens::get(&helpline.look.db, secret.citizen).await.unwrap();
    assert_eq!(kept.safety, Safety::default());
}

async fn nobody_rings_a_citizen_outside_the_own_hours(home: Home) {
    let helpline = Helpline::start(&home).await;
    let (agent, caller) =
        (helpline.staff(Role::Agent).await, helpline.staff(Role::FeedbackCaller).await);
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved(PHONE, &officer).await;
    let app = &helpline.app;
    agents::put(app, &helpline.staff(Role::Admin).await, desk("agent")).await.unwrap();
    let click = |request: &str| calling::Ask {
        request_id: request.to_owned(),
        number: case.number(),
        meeting: None,
        call: request.to_owned(),
    };

    says(&helpline, &agent, "s1", citizen(), hours(14, 16)).await;
    let refused = calling::begin(app, &agent, click("c1")).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refused::OutsideHours)), "{refused:?}");
    assert!(!matches!(verification::next(app, &caller, "n1").await, Ok(Some(_))));
    assert!(verification::dial(app, 10).await.unwrap().is_empty());

    let never = Safety { do_not_call: true, ..Safety::default() };
    says(&helpline, &agent, "s2", SafetyOf::Case(case.number()), never).await;
    helpline.pass(4 * HOUR_MS);
    let refused = calling::begin(app, &agent, click("c2")).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refused::DoNotCall)), "{refused:?}");
    assert!(!matches!(verification::next(app, &caller, "n2").await, Ok(Some(_))));
    assert!(verification::dial(app, 10).await.unwrap().is_empty());

    says(&helpline, &agent, "s3", SafetyOf::Case(case.number()), Safety::default()).await;
    calling::begin(app, &agent, click("c3")).await.unwrap();
}

async fn a_round_that_was_put_off_for_good_is_dialled_when_the_citizen_may_be_rung_again(
    home: Home,
) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolved(PHONE, &officer).await;
    let never = Safety { do_not_call: true, ..Safety::default() };
    says(&helpline, &agent, "s1", citizen(), never).await;
    assert!(verification::dial(&helpline.app, 10).await.unwrap().is_empty());
    helpline.pass(HOUR_MS);
    assert!(verification::dial(&helpline.app, 10).await.unwrap().is_empty());

    says(&helpline, &agent, "s2", citizen(), Safety::default()).await;

    assert_eq!(verification::dial(&helpline.app, 10).await.unwrap().len(), 1);
}

fn desk(login: &str) -> agents::PutAgent {
    agents::PutAgent {
        request_id: "put".to_owned(),
        login: login.to_owned(),
        phone: "desk1".to_owned(),
        skills: String::new(),
    }
}

async fn nothing_is_sent_about_a_case_that_must_leave_no_message(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let case = helpline.registered(PHONE).await;
    let quiet = Safety { no_message: true, ..Safety::default() };
    assert!(app_cases::takes_messages(&helpline.app, &case).await.unwrap());
    says(&helpline, &agent, "s1", SafetyOf::Case(case.number()), quiet).await;
    let case = cases::get(&helpline.look.db, case.id).await.unwrap();
    assert!(!app_cases::takes_messages(&helpline.app, &case).await.unwrap());
    let post = std::sync::Arc::new(crate::kit::journal(&home).await);

    notices::deliver(&helpline.app, &post, 10).await.unwrap();

    let written = std::fs::read_to_string(home.folder.path().join("notices.jsonl")).unwrap();
    assert_eq!(written.lines().count(), 1, "the officer's alone: {written}");
    assert!(!written.contains("XXXXXX3210"), "{written}");
}

async fn call_backs_know_what_the_citizen_said(home: Home) {
    let helpline = Helpline::start(&home).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let case = helpline.registered(PHONE).await;
    let safety = Safety { no_message: true, ..hours(21, 6) };
    let of = SafetyOf::Citizen(Who::OfCase(case.number()));
    says(&helpline, &supervisor, "s1", of, safety).await;

    let key = agents::citizen_key(&helpline.app, &Phone::parse(PHONE).unwrap());
    let owed = agents::owed(&helpline.app, &Actor::system(), &key).await.unwrap().unwrap();

    assert_eq!(owed.safety, safety);
    let kept = citizens::get(&helpline.look.db, case.citizen).await.unwrap();
    assert_eq!(kept.safety, safety);
}

async fn safety_is_said_by_agents_and_supervisors_and_kept_in_the_history(home: Home) {
    let helpline = Helpline::start(&home).await;
    helpline.registered(PHONE).await;
    let never = Safety { do_not_call: true, ..Safety::default() };
    for role in [Role::FeedbackCaller, Role::Directorate, Role::Auditor, Role::Admin] {
        let by = helpline.staff(role).await;
        let ask = SetSafety { request_id: "s".to_owned(), of: citizen(), safety: never };
        let refused = intake::set_safety(&helpline.app, &by, ask).await;
        assert!(refused.is_err(), "{role}");
    }
    let agent = helpline.staff(Role::Agent).await;
    says(&helpline, &agent, "s1", citizen(), never).await;

    let said = "SELECT COUNT(*) FROM events WHERE kind = 'safety_set'";
    assert_eq!(home.sql(said).await, 1);
    let phones = "SELECT COUNT(*) FROM events WHERE facts LIKE '%9876543210%'";
    assert_eq!(home.sql(phones).await, 0);
}
