//! The courtesy call after a special or forced close: the dialler's, under the caps of all calls, and a person's.

use helpline181::{
    app::{
        Error, calls as of_calls, clock, desk,
        desk::{MatterKind, On},
        verification,
    },
    domain::{
        actor::{Actor, Role},
        case::{Case, State},
        change::SlotKind,
        verification::{Answer, Outcome, Purpose, RoundState, Topic},
    },
    store::{self, rounds},
};

use crate::kit::{DAY_MS, Helpline, Home, WEEK_MS};

const PHONE: &str = "9000000001";

on_both_engines! {
    a_special_close_is_told_by_a_call_and_its_answer_is_kept,
    not_satisfied_in_the_courtesy_call_asks_for_an_order_and_moves_nothing,
    a_courtesy_call_that_reaches_nobody_ends_after_three_days_and_is_a_persons,
    who_asks_for_a_person_is_on_the_call_back_list,
    a_person_who_rang_or_an_order_ends_the_automatic_call,
    one_call_asks_about_a_close_and_a_resolution_and_takes_one_attempt_of_the_phone,
}

fn on(case: &Case, id: &str) -> On {
    On { request_id: id.to_owned(), number: case.number(), etag: None, post: None }
}

/// By the officers of level 2 and 3, at ten on a day a week later.
pub(super) async fn specially_closed(helpline: &Helpline, phone: &str) -> Case {
    let case = helpline.registered(phone).await;
    let [two, three] =
        [helpline.officer("block:phanda", 2).await, helpline.officer("block:phanda", 3).await];
    helpline.pass(WEEK_MS);
    clock::escalate(&helpline.app, 10).await.unwrap();
    let propose = desk::ProposeSpecial { on: on(&case, "p"), grounds: "section 110".to_owned() };
    desk::propose_special(&helpline.app, &two, propose).await.unwrap();
    let decide =
        desk::DecideSpecial { on: on(&case, "d"), accept: true, reason: "as proposed".to_owned() };
    desk::decide_special(&helpline.app, &three, decide).await.unwrap();
    helpline.case(&case).await
}

async fn open(helpline: &Helpline, kind: MatterKind) -> usize {
    let by = Actor { role: Role::Directorate, ..Actor::system() };
    let ask = desk::Matters { kind, which: desk::Which::Open, size: 0, behind: None };
    desk::matters(&helpline.app, &by, ask).await.unwrap().0.len()
}

async fn rung(helpline: &Helpline) -> Option<verification::DialOrder> {
    verification::dial(&helpline.app, 10).await.unwrap().pop()
}

async fn settle(helpline: &Helpline, order: &verification::DialOrder, outcome: Outcome) {
    let record = helpline.outcome(&order.rounds[0], outcome);
    let by = Actor::caller(Some(order.citizen));
    verification::record(&helpline.app, &by, record).await.unwrap();
}

async fn a_special_close_is_told_by_a_call_and_its_answer_is_kept(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = specially_closed(&helpline, PHONE).await;
    assert_eq!(open(&helpline, MatterKind::Courtesy).await, 1);

    let order = rung(&helpline).await.unwrap();
    assert_eq!(order.rounds[0].topic, Topic::SpecialClose);
    settle(&helpline, &order, Outcome::Satisfied).await;

    let told = helpline.case(&case).await;
    assert_eq!((told.state, told.closed_at), (State::ClosedSpecial, case.closed_at));
    let history = helpline.history(&case).await;
    let last = history.last().unwrap();
    assert_eq!((last.kind.as_str(), last.actor.as_str()), ("courtesy", "citizen:1"));
    assert!(last.body.contains(r#""said":"ACCEPTED""#), "{}", last.body);
    assert!(last.body.contains(r#""keys":["1","1","1","2"]"#), "{}", last.body);
    assert_eq!(open(&helpline, MatterKind::Courtesy).await, 0);
    assert_eq!(open(&helpline, MatterKind::Reopening).await, 0);
    let round = order.rounds[0].round;
    let round = rounds::get(&helpline.look.db, case.id, round).await.unwrap();
    assert_eq!((round.purpose, round.answer), (Purpose::Courtesy, Some(Answer::Satisfied)));
    let rows = store::attempts::of_round(&helpline.look.db, case.id, round.round).await.unwrap();
    assert_eq!((rows[0].attempt, rows[0].outcome), (Some(1), Outcome::Satisfied));
}

async fn not_satisfied_in_the_courtesy_call_asks_for_an_order_and_moves_nothing(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = specially_closed(&helpline, PHONE).await;

    let order = rung(&helpline).await.unwrap();
    settle(&helpline, &order, Outcome::NotSatisfied).await;

    let told = helpline.case(&case).await;
    assert_eq!((told.state, told.level), (State::ClosedSpecial, case.level));
    assert!(told.aside().reopen_asked.is_some());
    assert_eq!(open(&helpline, MatterKind::Reopening).await, 1);
    assert_eq!(open(&helpline, MatterKind::Courtesy).await, 0);
    helpline.pass(DAY_MS);
    assert!(rung(&helpline).await.is_none());
}

async fn a_courtesy_call_that_reaches_nobody_ends_after_three_days_and_is_a_persons(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = specially_closed(&helpline, PHONE).await;

    let mut last = 0;
    for _ in 0..3 {
        let order = rung(&helpline).await.unwrap();
        settle(&helpline, &order, Outcome::NoAnswer).await;
        assert!(rung(&helpline).await.is_none(), "one attempt a day");
        last = order.rounds[0].round;
        helpline.pass(DAY_MS + 4 * 3_600_000);
    }

    assert!(rung(&helpline).await.is_none());
    let round = rounds::get(&helpline.look.db, case.id, last).await.unwrap();
    assert_eq!((round.state, round.attempts), (RoundState::Ended, 3));
    assert_eq!(open(&helpline, MatterKind::Courtesy).await, 1);
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let record = desk::RecordCourtesy {
        on: on(&case, "c"),
        said: desk::Courtesy::Accepted,
        note: String::new(),
    };
    desk::record_courtesy(&helpline.app, &caller, record).await.unwrap();
    assert_eq!(open(&helpline, MatterKind::Courtesy).await, 0);
}

async fn who_asks_for_a_person_is_on_the_call_back_list(home: Home) {
    let helpline = Helpline::start(&home).await;
    specially_closed(&helpline, PHONE).await;

    let order = rung(&helpline).await.unwrap();
    settle(&helpline, &order, Outcome::SpeakToPerson).await;

    let agent = Actor { role: Role::Agent, ..Actor::system() };
    let waiting = of_calls::call_backs(&helpline.app, &agent, 10, None).await.unwrap();
    assert_eq!(waiting.rows.len(), 1);
    assert_eq!(waiting.rows[0].call_back.reason, "COURTESY");
    assert_eq!(open(&helpline, MatterKind::Courtesy).await, 1);
    // It is no task of verification.
    let caller = helpline.staff(Role::FeedbackCaller).await;
    assert!(verification::next(&helpline.app, &caller, "t").await.unwrap().is_none());
}

async fn a_person_who_rang_or_an_order_ends_the_automatic_call(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = specially_closed(&helpline, PHONE).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let record = desk::RecordCourtesy {
        on: on(&case, "c"),
        said: desk::Courtesy::NotSatisfied,
        note: String::new(),
    };
    desk::record_courtesy(&helpline.app, &caller, record).await.unwrap();
    assert!(rung(&helpline).await.is_none());

    let directorate = helpline.staff(Role::Directorate).await;
    let order = desk::ReopenByOrder { on: on(&case, "o"), reason: "it can be done".to_owned() };
    desk::reopen_by_order(&helpline.app, &directorate, order).await.unwrap();
    assert_eq!(helpline.case(&case).await.state, State::WithOfficer);
    assert!(rung(&helpline).await.is_none());
}

async fn one_call_asks_about_a_close_and_a_resolution_and_takes_one_attempt_of_the_phone(
    home: Home,
) {
    let helpline = Helpline::start(&home).await;
    let case = specially_closed(&helpline, PHONE).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolved(PHONE, &officer).await;

    let order = rung(&helpline).await.unwrap();

    let topics: Vec<_> = order.rounds.iter().map(|ordered| ordered.topic).collect();
    assert_eq!(topics, [Topic::SpecialClose, Topic::Resolution]);
    assert!(rung(&helpline).await.is_none(), "its line is taken");
    let day = helpline.app.now().ist_day();
    for kind in [SlotKind::Attempt, SlotKind::Dial] {
        let taken = store::slots::taken(&helpline.look.db, order.citizen, day, kind).await;
        assert_eq!(taken.unwrap(), 1);
    }
    // What a promise is answered with is no answer about a resolution.
    settle(&helpline, &order, Outcome::Satisfied).await;
    let other = helpline.outcome(&order.rounds[1], Outcome::Confirmed);
    let by = Actor::caller(Some(case.citizen));
    let wrong = verification::record(&helpline.app, &by, other).await.unwrap_err();
    assert!(matches!(wrong, Error::Invalid { field: "outcome", .. }), "{wrong:?}");
}
