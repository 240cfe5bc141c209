//! The officers' phone line over the use cases (R27): PINs, their lock, and what the first officer reports by voice.

use std::sync::Arc;

use helpline181::{
    app::{
        App, Error, cases, demo, evidence,
        officer_line::{
            self, Contact, NeedsDays, Planned, Resolution, SetPin, SignedIn, VoiceNote,
        },
    },
    clock::Clock,
    domain::{
        actor::{Actor, Channel, Role},
        case::{Case, Kind, State},
        language::Language,
        phone::Phone,
        place::{Code, PlaceCode},
        refused::Refused,
        time::Timestamp,
    },
    store::{self, Store, accounts as stored, attendance, events, pins},
};

use crate::kit::{DAY_MS, Home, SAMPLE, TEN, WEEK_MS};

on_both_engines!(
    five_wrong_pins_lock_over_calls_and_processes_until_an_administrator_unlocks,
    a_new_pin_lifts_the_lock_and_needs_the_password,
    a_number_that_is_nobodys_answers_and_locks_as_an_officers_does,
    a_cleared_pin_lets_nobody_in_until_one_is_set,
    a_spoken_report_is_the_evidence_of_one_resolution_however_often_it_is_asked,
    only_the_first_officer_of_the_case_hears_and_reports_it,
    a_contact_is_recorded_with_its_spoken_note,
    days_within_the_time_limit_are_a_target_and_days_past_it_change_nothing,
    signing_in_and_hearing_the_due_cases_count_for_the_day,
    a_case_that_left_during_the_call_takes_no_report,
);

const JUNIOR: &str = "5550000001";
const ASSISTANT: &str = "5550000002";
const EXECUTIVE: &str = "5550000003";
const PIN: &str = "181181";

struct Line {
    app: Arc<App>,
    clock: Clock,
    look: Store,
}

fn phone(number: &str) -> Phone {
    Phone::parse(number).unwrap()
}

impl Line {
    async fn open(home: &Home) -> Self {
        let clock = Clock::fixed(TEN);
        let app = home.process(&clock).await;
        demo::prepare(&app, SAMPLE).await.unwrap();
        Self { app, clock, look: home.open().await }
    }

    async fn calls(&self, number: &str, pin: &str) -> SignedIn {
        officer_line::sign_in(&self.app, Some(&phone(number)), pin).await.unwrap()
    }

    async fn officer(&self, number: &str) -> Actor {
        match self.calls(number, PIN).await {
            SignedIn::Officer(account) => officer_line::actor(&self.app, account).await.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    async fn account(&self, login: &str) -> i64 {
        stored::by_login(&self.look.db, login).await.unwrap().unwrap().id
    }

    /// What the account's stream holds beside its beginning.
    async fn facts(&self, login: &str) -> Vec<String> {
        let stream = format!("account:{}", self.account(login).await);
        let facts = events::of_stream(&self.look.db, &stream, 0).await.unwrap();
        let pins =
            facts.into_iter().map(|fact| fact.event.kind).filter(|kind| kind.contains("pin"));
        pins.collect()
    }

    async fn registered(&self) -> Case {
        let ask = cases::Register {
            request_id: format!("register {}", self.app.now().ms()),
            kind: Kind::Complaint,
            phone: phone("9000000001"),
            name: None,
            language: Language::Hindi,
            category: Code::new("electricity"),
            subcategory: None,
            place: PlaceCode::new("block:phanda"),
            words: Some("no light".to_owned()),
            recording: None,
            by_keys: false,
            call: None,
            despite: None,
            incident: None,
            heard_of: None,
            scheme: None,
        };
        cases::register(&self.app, &Actor::system(), ask).await.unwrap().case
    }

    async fn case(&self, case: &Case) -> Case {
        store::cases::get(&self.look.db, case.id).await.unwrap()
    }

    async fn kinds(&self, case: &Case) -> Vec<String> {
        let facts = events::of_stream(&self.look.db, &case.stream(), 0).await.unwrap();
        facts.into_iter().map(|fact| fact.event.kind).collect()
    }
}

fn admin() -> Actor {
    Actor { role: Role::Admin, channel: Channel::Portal, ..Actor::system() }
}

fn voice() -> VoiceNote {
    let mut bytes = b"RIFF\x24\x00\x00\x00WAVEfmt ".to_vec();
    bytes.extend([7; 4_000]);
    VoiceNote { bytes: bytes.into(), seconds: 8 }
}

fn resolution(case: &Case, step: u32) -> Resolution {
    let request_id = format!("call:c1:{step}");
    Resolution { request_id, number: case.number(), report: voice() }
}

fn not_yours<T: std::fmt::Debug>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Forbidden(Refused::NotYourPost)))
}

async fn five_wrong_pins_lock_over_calls_and_processes_until_an_administrator_unlocks(home: Home) {
    let line = Line::open(&home).await;
    let other = home.process(&line.clock).await;
    for wrong in ["181182", "181183"] {
        assert_eq!(line.calls(ASSISTANT, wrong).await, SignedIn::Wrong);
        let there = officer_line::sign_in(&other, Some(&phone(ASSISTANT)), wrong).await.unwrap();
        assert_eq!(there, SignedIn::Wrong);
    }

    assert_eq!(line.calls(ASSISTANT, "181184").await, SignedIn::Locked);

    assert_eq!(line.calls(ASSISTANT, PIN).await, SignedIn::Locked);
    let restarted = home.process(&line.clock).await;
    let there = officer_line::sign_in(&restarted, Some(&phone(ASSISTANT)), PIN).await.unwrap();
    assert_eq!(there, SignedIn::Locked);
    let facts = line.facts("ae.bhopal").await;
    assert_eq!(
        facts,
        ["pin_set", "wrong_pin", "wrong_pin", "wrong_pin", "wrong_pin", "pin_locked"]
    );
    let pin = pins::of_account(&line.look.db, line.account("ae.bhopal").await).await.unwrap();
    assert_eq!(pin.unwrap().tries, 5);

    let unlocked = officer_line::unlock_pin(&line.app, &admin(), "u1", "ae.bhopal").await.unwrap();
    assert!(unlocked.set && !unlocked.locked);
    assert!(matches!(line.calls(ASSISTANT, PIN).await, SignedIn::Officer(_)));
    assert_eq!(line.facts("ae.bhopal").await.last().unwrap(), "pin_unlocked");
}

async fn a_new_pin_lifts_the_lock_and_needs_the_password(home: Home) {
    let line = Line::open(&home).await;
    let account = line.account("ae.bhopal").await;
    let by = Actor {
        account: Some(account),
        role: Role::Officer,
        channel: Channel::Portal,
        ..Actor::system()
    };
    for _ in 0..5 {
        line.calls(ASSISTANT, "999000").await;
    }
    let set = |request: &str, password: &str, pin: &str| {
        let ask = SetPin {
            request_id: request.to_owned(),
            password: password.to_owned(),
            pin: pin.to_owned(),
        };
        let (app, by) = (line.app.clone(), by.clone());
        async move { officer_line::set_pin(&app, &by, ask).await }
    };

    assert!(matches!(set("s1", "not it", "204060").await, Err(Error::Unauthenticated)));
    for bad in ["20406", "2040601", "20406x", "222222", "123456"] {
        let answer = set("s2", "helpline181", bad).await;
        assert!(matches!(answer, Err(Error::Invalid { field: "pin", .. })), "{bad}: {answer:?}");
    }
    assert_eq!(line.calls(ASSISTANT, PIN).await, SignedIn::Locked);
    let state = set("s3", "helpline181", "204060").await.unwrap();

    assert_eq!((state.login.as_str(), state.set, state.locked), ("ae.bhopal", true, false));
    assert!(matches!(line.calls(ASSISTANT, "204060").await, SignedIn::Officer(_)));
    assert_eq!(line.calls(ASSISTANT, PIN).await, SignedIn::Wrong);
    for role in Role::ALL.iter().filter(|role| **role != Role::Officer) {
        let by = Actor { role: *role, ..by.clone() };
        let ask = SetPin {
            request_id: "s4".to_owned(),
            password: "helpline181".to_owned(),
            pin: "204061".to_owned(),
        };
        let answer = officer_line::set_pin(&line.app, &by, ask).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refused::NotYourRole))), "{role}");
    }
    assert!(officer_line::unlock_pin(&line.app, &by, "u1", "je.phanda").await.is_err());
}

async fn a_number_that_is_nobodys_answers_and_locks_as_an_officers_does(home: Home) {
    let line = Line::open(&home).await;
    let tries = async |number: Option<&str>| {
        let phone = number.map(phone);
        let mut answers = Vec::new();
        for _ in 0..6 {
            answers.push(officer_line::sign_in(&line.app, phone.as_ref(), "112233").await.unwrap());
        }
        answers
    };

    let officers = tries(Some(JUNIOR)).await;

    assert_eq!(officers[..4], [(); 4].map(|()| SignedIn::Wrong));
    assert_eq!(officers[4..], [SignedIn::Locked, SignedIn::Locked]);
    assert_eq!(tries(Some("9000000099")).await, officers);
    assert_eq!(tries(None).await, officers);
}

async fn a_cleared_pin_lets_nobody_in_until_one_is_set(home: Home) {
    let line = Line::open(&home).await;

    let cleared = officer_line::clear_pin(&line.app, &admin(), "c1", "JE.Phanda").await.unwrap();

    assert!(!cleared.set && !cleared.locked);
    assert_eq!(line.calls(JUNIOR, PIN).await, SignedIn::Wrong);
    assert_eq!(line.calls(JUNIOR, "").await, SignedIn::Wrong);
    let unlock = officer_line::unlock_pin(&line.app, &admin(), "u1", "je.phanda").await;
    assert!(matches!(unlock, Err(Error::NotFound("pin"))));
    let nobody = officer_line::clear_pin(&line.app, &admin(), "c2", "nobody").await;
    assert!(matches!(nobody, Err(Error::NotFound("account"))));
}

async fn a_spoken_report_is_the_evidence_of_one_resolution_however_often_it_is_asked(home: Home) {
    let line = Line::open(&home).await;
    let case = line.registered().await;
    let by = line.officer(JUNIOR).await;

    for _ in 0..3 {
        officer_line::resolve(&line.app, &by, resolution(&case, 1)).await.unwrap();
    }

    let after = line.case(&case).await;
    assert_eq!((after.state, after.attended), (State::AwaitingVerification, true));
    let kinds = line.kinds(&case).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "resolved").count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| *kind == "evidence").count(), 1, "{kinds:?}");
    let facts = events::of_stream(&line.look.db, &case.stream(), 0).await.unwrap();
    let resolved = facts.iter().find(|fact| fact.event.kind == "resolved").unwrap();
    assert_eq!(resolved.event.channel, "OFFICER_LINE");
    assert_eq!(resolved.event.actor, format!("account:{}", by.account.unwrap()));
    assert_eq!(resolved.event.post, Some(case.post.unwrap().0));
    let files = evidence::list(&line.app, &by, case.number()).await.unwrap();
    assert_eq!(files.len(), 1);
    assert!(resolved.event.body.contains(&files[0].digest()), "{}", resolved.event.body);
    let mut opened =
        evidence::open(&line.app, &by, "o1", case.number(), files[0].id).await.unwrap();
    assert_eq!(opened.piece().await.unwrap(), voice().bytes.to_vec());
}

async fn only_the_first_officer_of_the_case_hears_and_reports_it(home: Home) {
    let line = Line::open(&home).await;
    let case = line.registered().await;
    let (junior, assistant) = (line.officer(JUNIOR).await, line.officer(ASSISTANT).await);
    let hears = async |by: &Actor, id: &str| {
        let heard = officer_line::case(&line.app, by, id.to_owned(), case.number()).await.unwrap();
        heard.is_some()
    };

    // The executive engineer's post is of level 2, also while the case is there.
    assert_eq!(line.calls(EXECUTIVE, PIN).await, SignedIn::NoPost);
    assert!(hears(&junior, "h1").await);
    assert!(line.case(&case).await.seen);
    assert!(!hears(&assistant, "h2").await);
    assert!(not_yours(officer_line::resolve(&line.app, &assistant, resolution(&case, 1)).await));
    let days = |id: &str| NeedsDays { request_id: id.to_owned(), number: case.number(), days: 2 };
    assert!(not_yours(officer_line::needs_days(&line.app, &assistant, days("n1")).await));

    line.clock.advance(WEEK_MS);
    helpline181::app::clock::escalate(&line.app, 10).await.unwrap();

    assert!(!hears(&junior, "h3").await);
    let executive = line.account("ee.bhopal").await;
    let executive = officer_line::actor(&line.app, executive).await.unwrap();
    assert!(!hears(&executive, "h4").await);
    for by in [&junior, &executive] {
        assert!(not_yours(officer_line::resolve(&line.app, by, resolution(&case, 2)).await));
    }
    assert_eq!(line.case(&case).await.state, State::WithOfficer);
    let kinds = line.kinds(&case).await;
    assert!(!kinds.contains(&"resolved".to_owned()), "{kinds:?}");
}

async fn a_contact_is_recorded_with_its_spoken_note(home: Home) {
    let line = Line::open(&home).await;
    let case = line.registered().await;
    let by = line.officer(JUNIOR).await;
    let contact = |step: u32, note: Option<VoiceNote>| Contact {
        request_id: format!("call:c1:{step}"),
        number: case.number(),
        note,
    };

    officer_line::contact(&line.app, &by, contact(1, None)).await.unwrap();
    officer_line::contact(&line.app, &by, contact(2, Some(voice()))).await.unwrap();
    officer_line::contact(&line.app, &by, contact(2, Some(voice()))).await.unwrap();

    let kinds = line.kinds(&case).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "contact").count(), 2, "{kinds:?}");
    assert_eq!(evidence::list(&line.app, &by, case.number()).await.unwrap().len(), 1);
    let after = line.case(&case).await;
    assert!(after.attended);
    assert_eq!((after.state, after.due_at), (State::WithOfficer, case.due_at));
}

async fn days_within_the_time_limit_are_a_target_and_days_past_it_change_nothing(home: Home) {
    let line = Line::open(&home).await;
    let case = line.registered().await;
    let by = line.officer(JUNIOR).await;
    let needs = async |step: u32, days: u32| {
        let request_id = format!("call:c1:{step}");
        let ask = NeedsDays { request_id, number: case.number(), days };
        officer_line::needs_days(&line.app, &by, ask).await.unwrap()
    };

    // The end of 24 November IST; the due time itself; nothing.
    assert_eq!(needs(1, 2).await, Planned::Target(Timestamp(1_795_544_999_999)));
    assert_eq!(needs(2, 7).await, Planned::Target(case.due_at.unwrap()));
    assert_eq!(needs(3, 8).await, Planned::BeyondDue);
    assert_eq!(needs(4, 99).await, Planned::BeyondDue);

    let kinds = line.kinds(&case).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "target_set").count(), 2, "{kinds:?}");
    let after = line.case(&case).await;
    assert_eq!((after.state, after.due_at), (State::WithOfficer, case.due_at));
}

async fn signing_in_and_hearing_the_due_cases_count_for_the_day(home: Home) {
    let line = Line::open(&home).await;
    let mut cases = Vec::new();
    for _ in 0..6 {
        cases.push(line.registered().await.number());
        line.clock.advance(DAY_MS / 24);
    }
    let day = line.app.now().ist_day();
    line.calls(JUNIOR, "000111").await;
    let account = line.account("je.phanda").await;
    let by_line = async || {
        let signed_in = attendance::signed_in(&line.look.db, day).await.unwrap();
        let visited = attendance::visited(&line.look.db, day).await.unwrap();
        [signed_in, visited]
            .map(|by| by.get(&account).is_some_and(|by| by.contains(&Channel::OfficerLine)))
    };
    assert_eq!(by_line().await, [false, false]);

    let by = line.officer(JUNIOR).await;
    assert_eq!(by_line().await, [true, false]);
    let first = officer_line::due(&line.app, &by, None, 5).await.unwrap();
    assert_eq!(by_line().await, [true, true]);
    let rest = officer_line::due(&line.app, &by, first.next, 5).await.unwrap();

    let heard = first.rows.iter().chain(&rest.rows).map(|view| view.case.number());
    assert_eq!(heard.collect::<Vec<_>>(), cases);
    assert_eq!((first.rows.len(), rest.next), (5, None));
    let assistant = line.officer(ASSISTANT).await;
    assert!(officer_line::due(&line.app, &assistant, None, 5).await.unwrap().rows.is_empty());
}

async fn a_case_that_left_during_the_call_takes_no_report(home: Home) {
    let line = Line::open(&home).await;
    let case = line.registered().await;
    let by = line.officer(JUNIOR).await;
    officer_line::resolve(&line.app, &by, resolution(&case, 1)).await.unwrap();

    let again = officer_line::resolve(&line.app, &by, resolution(&case, 2)).await;

    assert!(matches!(again, Err(Error::Refused(Refused::VerificationOpen))), "{again:?}");
    let account = line.account("je.phanda").await;
    let held = format!("UPDATE accounts SET active = 0 WHERE id = {account}");
    assert_eq!(home.sql(&held).await, 1);
    assert!(matches!(officer_line::actor(&line.app, account).await, Err(Error::Unauthenticated)));
    assert_eq!(line.calls(JUNIOR, PIN).await, SignedIn::Wrong);
}
