//! What is registered on a call, what is shown first, and how much of it a day.

use helpline181::{
    app::{
        Error, cases, intake,
        recordings::{NewRecording, keep},
    },
    domain::{
        actor::{Actor, Channel, Role},
        case::Case,
        intake::{admit::Of, disposition::Talk},
        number::CaseNumber,
        place::{Code, PlaceCode},
        recording::Class,
        refused::Refused,
    },
    store::{queue, recordings},
};

use crate::kit::{DAY_MS, Helpline, Home, TEN};

on_both_engines! {
    a_case_registered_on_a_call_has_the_calls_recording_though_it_is_finished_later,
    only_the_own_call_is_named,
    the_same_matter_is_refused_until_its_case_is_named_with_a_reason,
    an_outage_nearby_is_shown_first,
    a_tenth_complaint_of_a_day_is_taken_and_the_eleventh_refused,
    two_tenth_complaints_at_once_are_one,
}

const MINUTE_MS: i64 = 60_000;
const PHONE: &str = "9876543210";

async fn register(helpline: &Helpline, by: &Actor, ask: cases::Register) -> Result<Case, Error> {
    Ok(cases::register(&helpline.app, by, ask).await?.case)
}

fn named(cases: &[&Case]) -> Option<cases::Despite> {
    let cases = cases.iter().map(|case| case.number()).collect();
    Some(cases::Despite { cases, reason: "another street".to_owned() })
}

fn shown(answer: Result<Case, Error>) -> Vec<(CaseNumber, Of)> {
    match answer {
        Err(Error::Duplicates(earlier)) => earlier.iter().map(|one| (one.number, one.of)).collect(),
        answer => panic!("nothing was shown: {answer:?}"),
    }
}

async fn a_case_registered_on_a_call_has_the_calls_recording_though_it_is_finished_later(
    home: Home,
) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let ask =
        cases::Register { call: Some("c0ffee".to_owned()), ..helpline.complaint("r1", PHONE) };

    let case = register(&helpline, &agent, ask).await.unwrap();
    let finished = NewRecording {
        call: "c0ffee".to_owned(),
        number: 0,
        class: Class::Call,
        folder: Some("f1".to_owned()),
        file: "c0ffee.wav".to_owned(),
        sha256: [7; 32],
        duration_ms: 90_000,
        partial: None,
        case: None,
    };
    let row = keep(&helpline.app, &Actor::caller(None), finished).await.unwrap();

    let of_case = recordings::of_case(&helpline.look.db, case.id).await.unwrap();
    assert_eq!(of_case.iter().map(|one| one.id).collect::<Vec<_>>(), [row]);
    let shown = cases::get(&helpline.app, &agent, case.number()).await.unwrap();
    assert_eq!(shown.calls, ["c0ffee"]);
    let history = helpline.history(&case).await;
    assert!(history[0].body.contains(r#""call":"c0ffee""#), "{}", history[0].body);
    // The digest follows when the talk has ended.
    let last = history.last().unwrap();
    assert_eq!(last.kind, "recorded");
    assert!(last.body.contains(&"07".repeat(32)), "{}", last.body);
}

async fn only_the_own_call_is_named(home: Home) {
    let helpline = Helpline::start(&home).await;
    let (agent, other) =
        (helpline.staff(Role::Agent).await, helpline.staff(Role::Supervisor).await);
    let talk = Talk {
        call: "c1".to_owned(),
        account: agent.account.unwrap(),
        began_at: TEN,
        ended_at: Some(TEN.plus_ms(MINUTE_MS)),
        said: None,
    };
    let kept = queue::Kept { talks: vec![talk.clone()], ..queue::Kept::default() };
    queue::keep(&helpline.look.writer, kept).await.unwrap();
    helpline.pass(61 * MINUTE_MS);

    let app = &helpline.app;
    assert_eq!(intake::own_call(app, &agent, "c1", None).await.unwrap().call, "c1");
    let live = Talk { call: "c2".to_owned(), ended_at: None, ..talk };
    assert_eq!(intake::own_call(app, &agent, "c2", Some(&live)).await.unwrap().call, "c2");
    let others = intake::own_call(app, &other, "c1", None).await;
    assert!(matches!(others, Err(Error::Forbidden(Refused::NotYourCall))), "{others:?}");
    helpline.pass(1);
    let late = intake::own_call(app, &agent, "c1", None).await;
    assert!(matches!(late, Err(Error::Refused(Refused::TooLate))), "{late:?}");
}

async fn the_same_matter_is_refused_until_its_case_is_named_with_a_reason(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let first = register(&helpline, &agent, helpline.complaint("r1", PHONE)).await.unwrap();
    helpline.pass(DAY_MS);

    let again = helpline.complaint("r2", PHONE);
    let refused = register(&helpline, &agent, again.clone()).await;
    assert_eq!(shown(refused), [(first.number(), Of::Citizen)]);
    let despite = cases::Register { despite: named(&[&first]), ..again };
    let second = register(&helpline, &agent, despite.clone()).await.unwrap();
    // Asked again, it is the same case.
    assert_eq!(register(&helpline, &agent, despite).await.unwrap().id, second.id);

    let history = helpline.history(&second).await;
    let beside = format!(r#""beside":{{"cases":[{}]"#, first.id);
    assert!(history[0].body.contains(&beside), "{}", history[0].body);
    assert!(!history[0].body.contains("street"), "{}", history[0].body);
    // Another place, another category, and a dialogue by keys are not warned of.
    let elsewhere = cases::Register {
        place: PlaceCode::new("block:berasia"),
        ..helpline.complaint("r3", PHONE)
    };
    register(&helpline, &agent, elsewhere).await.unwrap();
    let caller = Actor { channel: Channel::Ivr, role: Role::Ivr, ..Actor::caller(None) };
    register(&helpline, &caller, helpline.complaint("r4", PHONE)).await.unwrap();
}

async fn an_outage_nearby_is_shown_first(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let ask = |n: u32| helpline.complaint(&format!("r{n}"), &format!("98765432{n}"));
    let mut others = Vec::new();
    for n in 11..14 {
        others.push(register(&helpline, &agent, ask(n)).await.unwrap());
    }

    let refused = register(&helpline, &agent, ask(14)).await;
    let latest_first: Vec<_> =
        others.iter().rev().map(|case| (case.number(), Of::Nearby)).collect();
    assert_eq!(shown(refused), latest_first);
    let linked = cases::Register { despite: named(&[&others[0]]), ..ask(14) };
    register(&helpline, &agent, linked).await.unwrap();
    // After a day it is news again, and another kind of complaint always was.
    let wires = cases::Register { subcategory: Some(Code::new("loose_wire")), ..ask(15) };
    let found = register(&helpline, &agent, wires).await;
    assert!(!matches!(found, Err(Error::Duplicates(_))), "{found:?}");
    helpline.pass(DAY_MS + 1);
    register(&helpline, &agent, ask(16)).await.unwrap();
}

/// So many complaints of one citizen, each about another place or by keys.
async fn filed(helpline: &Helpline, phone: &str, count: u32) {
    let caller = Actor { channel: Channel::Ivr, role: Role::Ivr, ..Actor::caller(None) };
    for n in 0..count {
        let ask = helpline.complaint(&format!("{phone} {n} {}", helpline.app.now().ms()), phone);
        register(helpline, &caller, ask).await.unwrap();
    }
}

async fn a_tenth_complaint_of_a_day_is_taken_and_the_eleventh_refused(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    filed(&helpline, PHONE, 10).await;

    let elsewhere = |request: &str| cases::Register {
        place: PlaceCode::new("block:berasia"),
        ..helpline.complaint(request, PHONE)
    };
    for channel in [Channel::Agent, Channel::App, Channel::JanSunwai, Channel::Ivr] {
        let by = Actor { channel, ..agent.clone() };
        let refused = register(&helpline, &by, elsewhere("late")).await;
        assert!(matches!(refused, Err(Error::Refused(Refused::DailyLimit))), "{refused:?}");
    }
    let eleventh = register(&helpline, &supervisor, elsewhere("eleventh")).await.unwrap();
    let history = helpline.history(&eleventh).await;
    assert!(history[0].body.contains(r#""in_spite":true"#), "{}", history[0].body);

    // From midnight of India on there is a new day.
    helpline.pass(14 * 60 * MINUTE_MS - 1);
    let refused = register(&helpline, &agent, elsewhere("late")).await;
    assert!(matches!(refused, Err(Error::Refused(Refused::DailyLimit))), "{refused:?}");
    helpline.pass(1);
    let ask = cases::Register { despite: named(&[&eleventh]), ..elsewhere("tomorrow") };
    register(&helpline, &agent, ask).await.unwrap();
}

async fn two_tenth_complaints_at_once_are_one(home: Home) {
    let helpline = Helpline::start(&home).await;
    filed(&helpline, PHONE, 9).await;
    let caller = Actor { channel: Channel::Ivr, role: Role::Ivr, ..Actor::caller(None) };

    let (one, other) = tokio::join!(
        register(&helpline, &caller, helpline.complaint("one", PHONE)),
        register(&helpline, &caller, helpline.complaint("other", PHONE)),
    );

    let taken = [&one, &other].iter().filter(|answer| answer.is_ok()).count();
    let limit =
        |answer: &Result<_, Error>| matches!(answer, Err(Error::Refused(Refused::DailyLimit)));
    assert_eq!(taken, 1, "{one:?} {other:?}");
    assert!(limit(&one) || limit(&other), "{one:?} {other:?}");
}
