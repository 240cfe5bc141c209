//! Citizens answer about resolutions.

use crate::kit::{DAY_MS, Helpline, Home, WEEK_MS};
use helpline181::{
    app::{
        Error, calls, cases, clock, feedback,
        verification::{self, Inbound, Record, Source},
    },
    domain::{
        actor::{Actor, Role},
        case::{Case, State},
        phone::Phone,
        place::Level,
        refused::Refused,
        verification::{Answer, Outcome, RoundState},
    },
    store::rounds,
};

on_both_engines! {
    satisfied_by_phone_closes_the_case_with_its_evidence_in_the_chain,
    not_satisfied_goes_one_level_up_with_a_fresh_clock_and_again_to_the_last,
    pressure_goes_to_the_next_level_with_a_flag,
    three_days_without_an_answer_leave_the_case_unverified,
    ten_days_end_a_round_that_was_never_reached,
    ten_days_that_end_during_a_call_leave_it_its_answer,
    a_case_by_keys_that_is_closed_needs_no_review_any_more,
    pressure_on_who_is_not_satisfied_keeps_the_answer_and_sets_the_flag,
    an_inbound_not_satisfied_settles_at_once_from_any_line,
    an_inbound_satisfied_settles_on_a_trusted_line_and_is_rung_back_from_another,
    an_unverified_case_is_settled_by_the_citizens_later_call,
    from_another_phone_a_case_has_a_status_and_no_answer,
    a_feedback_caller_takes_the_round_that_asked_for_a_person,
    a_feedback_caller_takes_a_round_that_the_dialler_would_ring_next,
    nobody_is_given_a_call_at_night,
    who_acted_on_a_case_is_never_given_its_call,
    a_person_who_was_not_given_the_round_cannot_record_it,
}

async fn dialled(helpline: &Helpline, outcome: Outcome) -> Case {
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let by = Actor::caller(Some(order.citizen));
    let record = helpline.outcome(&order.rounds[0], outcome);
    verification::record(&helpline.app, &by, record).await.unwrap().case
}

async fn satisfied_by_phone_closes_the_case_with_its_evidence_in_the_chain(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    assert_eq!((case.state, case.due_at), (State::AwaitingVerification, None));

    let closed = dialled(&helpline, Outcome::Satisfied).await;

    assert_eq!(closed.state, State::ClosedSatisfied);
    assert_eq!(helpline.kinds(&case).await, ["registered", "routed", "resolved", "answered"]);
    let history = helpline.history(&case).await;
    assert!(history[3].body.contains(r#""evidence":{"keys":["1","1","1","2"]}"#));
    assert_eq!(history[3].actor, format!("citizen:{}", case.citizen));
    assert_eq!(verification::dial(&helpline.app, 9).await.unwrap().len(), 0);
}

async fn not_satisfied_goes_one_level_up_with_a_fresh_clock_and_again_to_the_last(home: Home) {
    let helpline = Helpline::start(&home).await;
    let mut case = helpline.registered("9000000001").await;
    for level in 1..=3 {
        let officer = helpline.officer("block:phanda", level).await;
        helpline.resolve(&case, &officer).await;
        case = dialled(&helpline, Outcome::NotSatisfied).await;

        assert_eq!((case.state, case.level), (State::WithOfficer, Level(level + 1)));
        assert_eq!(case.due_at, Some(helpline.app.now().plus_ms(WEEK_MS)));
        helpline.pass(DAY_MS);
    }
    let last = helpline.officer("block:phanda", 4).await;
    helpline.resolve(&case, &last).await;

    case = dialled(&helpline, Outcome::NotSatisfied).await;

    assert_eq!((case.state, case.level, case.dissatisfied_last), (State::WithOfficer, Level(4), 1));
    assert_eq!(case.due_at, Some(helpline.app.now().plus_ms(WEEK_MS)));
    assert_eq!(case.round, 4);
}

async fn pressure_goes_to_the_next_level_with_a_flag(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolved("9000000001", &officer).await;

    let case = dialled(&helpline, Outcome::Pressured).await;

    assert_eq!((case.state, case.level, case.pressured), (State::WithOfficer, Level(2), true));
}

async fn three_days_without_an_answer_leave_the_case_unverified(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;

    // Ten o'clock, then noon of the next day, then four of the day after.
    for (outcome, wait_ms) in [
        (Outcome::NoAnswer, DAY_MS + 2 * 3_600_000),
        (Outcome::NoReply, DAY_MS + 4 * 3_600_000),
        (Outcome::NotHere, 0),
    ] {
        let after = dialled(&helpline, outcome).await;
        assert_ne!(after.state, State::ClosedSatisfied);
        helpline.pass(wait_ms);
    }

    let case = helpline.case(&case).await;
    assert_eq!((case.state, case.closed_at), (State::Unverified, None));
    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((round.state, round.attempts, round.answer), (RoundState::Ended, 3, None));
    assert_eq!(helpline.kinds(&case).await.last().unwrap(), "round_ended");
}

async fn ten_days_end_a_round_that_was_never_reached(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;

    helpline.pass(10 * DAY_MS - 1);
    assert_eq!(clock::rounds_end(&helpline.app, 10).await.unwrap(), 0);
    helpline.pass(1);
    assert_eq!(clock::rounds_end(&helpline.app, 10).await.unwrap(), 1);
    assert_eq!(clock::rounds_end(&helpline.app, 10).await.unwrap(), 0);

    assert_eq!(helpline.case(&case).await.state, State::Unverified);
}

async fn ten_days_that_end_during_a_call_leave_it_its_answer(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let other = helpline.resolved("9000000002", &officer).await;
    // Both are rung a minute before the end.
    helpline.pass(10 * DAY_MS - 60_000);
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let (task, calling) = helpline.rung(&caller, "n1").await;
    assert_eq!((order.rounds[0].case, task.view.case.id), (case.id, other.id));
    feedback::answered(&helpline.app, &calling, helpline.app.now()).await.unwrap();

    helpline.pass(2 * 60_000);
    assert!(!clock::is_due(&helpline.app, clock::Falls::Rounds).await.unwrap());
    assert_eq!(clock::rounds_end(&helpline.app, 10).await.unwrap(), 0);

    let by = Actor::caller(Some(case.citizen));
    let record = helpline.outcome(&order.rounds[0], Outcome::Satisfied);
    let settled = verification::record(&helpline.app, &by, record).await.unwrap();
    assert_eq!(settled.case.state, State::ClosedSatisfied);
    // The lease of the person's call runs out, the sweep ends the round, and then the answer comes.
    helpline.pass(30 * 60_000);
    assert_eq!(clock::rounds_end(&helpline.app, 10).await.unwrap(), 1);
    let record = helpline.heard(&other, "r1", Outcome::NotSatisfied);
    let settled = verification::record(&helpline.app, &caller, record).await.unwrap();
    assert_eq!((settled.case.state, settled.case.level), (State::WithOfficer, Level(2)));
}

async fn a_case_by_keys_that_is_closed_needs_no_review_any_more(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let by_keys = cases::Register {
        by_keys: true,
        subcategory: None,
        ..helpline.complaint("r1", "9000000001")
    };
    let case = cases::register(&helpline.app, &Actor::system(), by_keys).await.unwrap().case;
    assert!(case.needs_review);
    helpline.resolve(&case, &officer).await;
    let closed = dialled(&helpline, Outcome::Satisfied).await;

    assert_eq!((closed.needs_review, closed.review_due_at), (false, None));
    helpline.pass(2 * DAY_MS);
    assert!(!clock::is_due(&helpline.app, clock::Falls::Reviews).await.unwrap());
}

async fn pressure_on_who_is_not_satisfied_keeps_the_answer_and_sets_the_flag(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let by = Actor::caller(Some(case.citizen));

    let mut record = helpline.outcome(&order.rounds[0], Outcome::NotSatisfied);
    record.evidence = r#"{"pressured":true}"#.to_owned();
    let settled = verification::record(&helpline.app, &by, record).await.unwrap();

    assert_eq!((settled.answer, settled.case.pressured), (Some(Answer::NotSatisfied), true));
    let history = helpline.history(&case).await;
    assert!(history.last().unwrap().facts.contains(r#""reason":"DISSATISFIED""#));
}

fn inbound(helpline: &Helpline, case: &Case, outcome: Outcome, proven: bool) -> Record {
    Record {
        request_id: None,
        case: case.id,
        round: 1,
        outcome,
        source: Source::Inbound { trusted_cli: proven, number_keyed: true },
        started_at: helpline.app.now(),
        milestones: Default::default(),
        ended_at: helpline.app.now(),
        number_spoken: true,
        refused: false,
        sip_status: None,
        q850: None,
        evidence: "{}".to_owned(),
        note: None,
        polite: None,
        later: None,
    }
}

async fn an_inbound_not_satisfied_settles_at_once_from_any_line(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let by = Actor::caller(Some(case.citizen));

    let ask = inbound(&helpline, &case, Outcome::NotSatisfied, false);
    let settled = verification::record(&helpline.app, &by, ask).await.unwrap();

    assert_eq!((settled.case.level, settled.answer), (Level(2), Some(Answer::NotSatisfied)));
    assert!(!settled.ring_back);
}

async fn an_inbound_satisfied_settles_on_a_trusted_line_and_is_rung_back_from_another(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let by = Actor::caller(Some(case.citizen));
    dialled(&helpline, Outcome::NoAnswer).await;

    let ask = inbound(&helpline, &case, Outcome::Satisfied, false);
    let settled = verification::record(&helpline.app, &by, ask).await.unwrap();
    assert!(settled.ring_back);
    assert_eq!((settled.case.state, settled.answer), (State::AwaitingVerification, None));
    assert_eq!(verification::dial(&helpline.app, 9).await.unwrap().len(), 0);
    // Rung as soon as the line is free, though the day's attempt was used; busy or not.
    helpline.pass(15_000);
    dialled(&helpline, Outcome::Busy).await;
    helpline.pass(10 * 60_000);
    let closed = dialled(&helpline, Outcome::Satisfied).await;
    assert_eq!(closed.state, State::ClosedSatisfied);

    let other = helpline.resolved("9000000002", &officer).await;
    let by = Actor::caller(Some(other.citizen));
    let ask = inbound(&helpline, &other, Outcome::Satisfied, true);
    let settled = verification::record(&helpline.app, &by, ask).await.unwrap();
    assert_eq!(settled.case.state, State::ClosedSatisfied);
}

async fn an_unverified_case_is_settled_by_the_citizens_later_call(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    helpline.pass(10 * DAY_MS);
    clock::rounds_end(&helpline.app, 10).await.unwrap();
    let phone = Phone::parse("9000000001").unwrap();
    let by = Actor::caller(Some(case.citizen));

    // The menu's offer is spoken, too.
    assert!(calls::caller(&helpline.app, &by, &phone).await.unwrap().open_round);
    let offered = verification::inbound(&helpline.app, &by, Some(&phone), None).await.unwrap();
    assert!(matches!(offered, Inbound::Open(rounds) if rounds[0].number == case.number()));
    let ask = inbound(&helpline, &case, Outcome::Satisfied, false);
    assert!(verification::record(&helpline.app, &by, ask).await.unwrap().ring_back);
    helpline.pass(15_000);
    let busy = dialled(&helpline, Outcome::Busy).await;
    assert_eq!(busy.state, State::Unverified);
    // Nobody picks up: it is unverified as before, and not dialled again by itself.
    helpline.pass(10 * 60_000);
    let missed = dialled(&helpline, Outcome::NoAnswer).await;
    assert_eq!(missed.state, State::Unverified);
    helpline.pass(2 * DAY_MS);
    assert_eq!(verification::dial(&helpline.app, 9).await.unwrap().len(), 0);

    let ask = inbound(&helpline, &case, Outcome::Satisfied, true);
    let settled = verification::record(&helpline.app, &by, ask).await.unwrap();
    assert_eq!(settled.case.state, State::ClosedSatisfied);
}

async fn from_another_phone_a_case_has_a_status_and_no_answer(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let other = helpline.registered("9000000002").await;
    let phone = Phone::parse("9000000002").unwrap();
    let by = Actor::caller(Some(other.citizen));

    let keyed = Some(case.number());
    assert_eq!(
        verification::inbound(&helpline.app, &by, Some(&phone), keyed).await.unwrap(),
        Inbound::OtherPhone
    );
    let ask = inbound(&helpline, &case, Outcome::NotSatisfied, true);
    let refused = verification::record(&helpline.app, &by, ask).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(Refused::NotYourCase)));
    let status = helpline181::app::cases::status(&helpline.app, &by, case.number()).await.unwrap();
    assert_eq!(status.state, State::AwaitingVerification);
}

async fn a_feedback_caller_takes_the_round_that_asked_for_a_person(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    assert!(verification::next(&helpline.app, &caller, "n0").await.unwrap().is_none());
    let case = helpline.resolved("9000000001", &officer).await;
    dialled(&helpline, Outcome::SpeakToPerson).await;

    let task = helpline.talked(&caller, "n1").await;
    assert_eq!(task.view.case.id, case.id);
    assert_eq!(task.report.as_deref(), Some("the line was mended"));
    let record = Record {
        note: Some("spoke with Sita herself".to_owned()),
        ..helpline.heard(&case, "r1", Outcome::Satisfied)
    };
    let settled = verification::record(&helpline.app, &caller, record.clone()).await.unwrap();
    assert_eq!(settled.case.state, State::ClosedSatisfied);
    let again = verification::record(&helpline.app, &caller, record).await.unwrap();
    assert_eq!(again.case.version, settled.case.version);
}

async fn a_feedback_caller_takes_a_round_that_the_dialler_would_ring_next(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &officer).await;

    let (task, calling) = helpline.rung(&caller, "n1").await;
    assert_eq!(task.view.case.id, case.id);
    // It is the person's now, also for the dialler.
    helpline.pass(9 * 60_000);
    assert_eq!(verification::dial(&helpline.app, 9).await.unwrap().len(), 0);
    feedback::unanswered(&helpline.app, &calling, Outcome::NoAnswer).await.unwrap();

    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((round.attempts, round.state), (1, RoundState::Open));
    // Noon of the next day.
    helpline.pass(DAY_MS + 111 * 60_000);
    assert_eq!(verification::dial(&helpline.app, 9).await.unwrap().len(), 1);
}

async fn nobody_is_given_a_call_at_night(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    helpline.resolved("9000000001", &officer).await;

    helpline.pass(12 * 3_600_000);

    let refused = verification::next(&helpline.app, &caller, "n1").await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refused::OutsideHours)));
    assert!(verification::own(&helpline.app, &caller).await.unwrap().is_none());
}

async fn who_acted_on_a_case_is_never_given_its_call(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut agent = helpline.staff(Role::Agent).await;
    let ask = helpline.complaint("r1", "9000000001");
    let case = helpline181::app::cases::register(&helpline.app, &agent, ask).await.unwrap().case;
    helpline.resolve(&case, &officer).await;
    dialled(&helpline, Outcome::Undecided).await;

    // The same account, now a feedback caller.
    agent.role = Role::FeedbackCaller;
    assert!(verification::next(&helpline.app, &agent, "n1").await.unwrap().is_none());
    let record =
        Record { source: Source::Human, ..inbound(&helpline, &case, Outcome::Satisfied, false) };
    let refused = verification::record(&helpline.app, &agent, record).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(Refused::ActedOnCase)));
}

async fn a_person_who_was_not_given_the_round_cannot_record_it(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &officer).await;

    let record =
        Record { source: Source::Human, ..inbound(&helpline, &case, Outcome::Satisfied, false) };
    let refused = verification::record(&helpline.app, &caller, record).await.unwrap_err();

    assert!(matches!(refused, Error::Refused(Refused::LeaseLost)));
    assert_eq!(helpline.case(&case).await.state, State::AwaitingVerification);
}
