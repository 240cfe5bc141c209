//! What citizens want by telephone: settled at once for a proven caller, else by the call to the registered number.

use helpline181::{
    app::{
        Error, calls as of_calls,
        cases::{self, AskWish, Granted},
        desk::On,
        verification::{self, DialOrder},
    },
    domain::{
        actor::{Actor, Role},
        case::{Case, State, desk::wish::Wish},
        page::After,
        phone::Phone,
        place::Level,
        refused::Refused,
        verification::{Answer, OTHER_ROUNDS, Outcome, Purpose, RoundState, Topic},
    },
    store::{self, rounds},
};

use crate::kit::{DAY_MS, Helpline, Home};

const PHONE: &str = "9000000001";
/// Longer than the moment that a line takes to be free.
const MINUTE_MS: i64 = 60_000;

on_both_engines! {
    a_proven_withdrawal_is_done_at_once_and_its_open_round_ends,
    an_unproven_withdrawal_waits_for_the_call_to_the_registered_number,
    a_promised_withdrawal_under_pressure_is_refused_and_goes_up,
    what_somebody_else_asked_for_is_declined_by_the_citizen,
    a_promise_that_reaches_nobody_becomes_one_call_back,
    a_promise_that_was_never_dialled_becomes_a_call_back_at_its_end,
    what_the_case_does_not_allow_any_more_is_not_rung_about,
    a_satisfied_citizen_reopens_at_once_or_by_the_promised_call,
    a_special_close_is_asked_to_be_opened_from_the_own_number,
    a_demanded_round_is_rung_when_the_line_is_free,
    a_merged_case_comes_back_by_the_citizens_own_call,
    another_phone_wants_nothing,
    the_same_wish_sent_twice_is_one_promise,
}

fn ask(case: &Case, wish: Wish, proven: bool, pressed: bool) -> AskWish {
    AskWish {
        request_id: format!("wish:{wish}:{}:{}", case.version, u8::from(pressed)),
        number: case.number(),
        wish,
        proven,
        pressed,
        evidence: r#"{"keys":[{"key":"1","ms":900,"question":"wish_confirm"}]}"#.to_owned(),
    }
}

async fn want(helpline: &Helpline, case: &Case, ask: AskWish) -> Result<Granted, Error> {
    cases::wish(&helpline.app, &Actor::caller(Some(case.citizen)), ask).await
}

/// Promised, and the line is free.
async fn promised(helpline: &Helpline, case: &Case, wish: Wish) -> DialOrder {
    let granted = want(helpline, case, ask(case, wish, false, false)).await.unwrap();
    assert!(matches!(granted, Granted::RingBack { .. }), "{granted:?}");
    helpline.pass(MINUTE_MS);
    let mut orders = verification::dial(&helpline.app, 10).await.unwrap();
    assert_eq!(orders.len(), 1);
    orders.remove(0)
}

async fn settle(helpline: &Helpline, order: &DialOrder, outcome: Outcome) -> verification::Settled {
    let record = helpline.outcome(&order.rounds[0], outcome);
    verification::record(&helpline.app, &Actor::caller(Some(order.citizen)), record).await.unwrap()
}

async fn call_backs(helpline: &Helpline) -> Vec<String> {
    let agent = Actor { role: Role::Agent, ..Actor::system() };
    let waiting = of_calls::call_backs(&helpline.app, &agent, 10, None::<After>).await.unwrap();
    waiting.rows.into_iter().map(|view| view.call_back.reason).collect()
}

async fn a_proven_withdrawal_is_done_at_once_and_its_open_round_ends(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved(PHONE, &officer).await;

    let granted = want(&helpline, &case, ask(&case, Wish::Withdraw, true, false)).await.unwrap();

    assert_eq!(granted, Granted::Done);
    assert_eq!(helpline.case(&case).await.state, State::Withdrawn);
    let history = helpline.history(&case).await;
    let last = history.last().unwrap();
    assert_eq!((last.kind.as_str(), last.actor.as_str()), ("withdrawn", "citizen:1"));
    assert!(last.body.contains(r#""question":"wish_confirm""#), "{}", last.body);
    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((round.state, round.next_at), (RoundState::Dropped, None));
    assert_eq!(verification::dial(&helpline.app, 10).await.unwrap().len(), 0);
}

async fn an_unproven_withdrawal_waits_for_the_call_to_the_registered_number(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered(PHONE).await;

    let order = promised(&helpline, &case, Wish::Withdraw).await;
    assert_eq!(helpline.case(&case).await.state, State::WithOfficer);
    assert_eq!(order.phone, Phone::parse(PHONE).unwrap());
    assert_eq!(order.rounds[0].topic, Topic::Withdrawal);
    assert!(order.rounds[0].round > OTHER_ROUNDS);
    let settled = settle(&helpline, &order, Outcome::Confirmed).await;

    assert_eq!((settled.case.state, settled.answer), (State::Withdrawn, Some(Answer::Confirmed)));
    assert_eq!(helpline.case(&case).await.round, 0);
    let kinds = helpline.kinds(&case).await;
    assert_eq!(kinds, ["registered", "routed", "ring_back_promised", "withdrawn"]);
    let rung = store::attempts::of_round(&helpline.look.db, case.id, order.rounds[0].round).await;
    assert_eq!(rung.unwrap()[0].outcome, Outcome::Confirmed);
    assert_eq!(call_backs(&helpline).await, Vec::<String>::new());
}

async fn a_promised_withdrawal_under_pressure_is_refused_and_goes_up(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered(PHONE).await;

    let order = promised(&helpline, &case, Wish::Withdraw).await;
    let settled = settle(&helpline, &order, Outcome::Pressured).await;

    assert_eq!(settled.answer, Some(Answer::Pressured));
    let up = helpline.case(&case).await;
    assert_eq!((up.state, up.level, up.pressured), (State::WithOfficer, Level(2), true));
    // A proven caller hears the same.
    let again = want(&helpline, &up, ask(&up, Wish::Withdraw, true, true)).await.unwrap();
    assert_eq!((again, helpline.case(&case).await.level), (Granted::Pressured, Level(3)));
}

async fn what_somebody_else_asked_for_is_declined_by_the_citizen(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered(PHONE).await;

    let order = promised(&helpline, &case, Wish::Withdraw).await;
    let settled = settle(&helpline, &order, Outcome::Declined).await;

    assert_eq!((settled.case.state, settled.answer), (State::WithOfficer, Some(Answer::Declined)));
    assert_eq!(settled.case.due_at, case.due_at);
    assert_eq!(call_backs(&helpline).await, Vec::<String>::new());
    helpline.pass(DAY_MS);
    assert_eq!(verification::dial(&helpline.app, 10).await.unwrap().len(), 0);
}

async fn a_promise_that_reaches_nobody_becomes_one_call_back(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered(PHONE).await;

    let order = promised(&helpline, &case, Wish::Withdraw).await;
    settle(&helpline, &order, Outcome::Busy).await;
    assert_eq!(call_backs(&helpline).await, Vec::<String>::new());
    helpline.pass(10 * MINUTE_MS);
    let order = verification::dial(&helpline.app, 10).await.unwrap().remove(0);
    settle(&helpline, &order, Outcome::NoAnswer).await;

    assert_eq!(call_backs(&helpline).await, ["WITHDRAWAL"]);
    assert_eq!(helpline.case(&case).await.state, State::WithOfficer);
    let round = rounds::get(&helpline.look.db, case.id, order.rounds[0].round).await.unwrap();
    assert_eq!((round.state, round.purpose), (RoundState::Ended, Purpose::Withdrawal));
    let figures = rounds::figures(&helpline.look.db, helpline.app.now()).await.unwrap();
    assert_eq!((figures.open, figures.human), (0, 0));
}

async fn a_promise_that_was_never_dialled_becomes_a_call_back_at_its_end(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered(PHONE).await;
    want(&helpline, &case, ask(&case, Wish::Withdraw, false, false)).await.unwrap();

    helpline.pass(11 * DAY_MS);
    let ended = helpline181::app::clock::rounds_end(&helpline.app, 10).await.unwrap();

    assert_eq!(ended, 1);
    assert_eq!(call_backs(&helpline).await, ["WITHDRAWAL"]);
    assert_eq!(helpline.case(&case).await.state, State::WithOfficer);
}

async fn what_the_case_does_not_allow_any_more_is_not_rung_about(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered(PHONE).await;
    want(&helpline, &case, ask(&case, Wish::Withdraw, false, false)).await.unwrap();
    let number = case.number();
    let on = On { request_id: "agent".to_owned(), number, etag: None, post: None };
    let agent = helpline.staff(Role::Agent).await;
    let withdraw = cases::Withdraw {
        on,
        from: Some(Phone::parse(PHONE).unwrap()),
        confirmed: true,
        pressed: false,
    };
    cases::withdraw(&helpline.app, &agent, withdraw).await.unwrap();

    helpline.pass(MINUTE_MS);
    assert_eq!(verification::dial(&helpline.app, 10).await.unwrap().len(), 0);

    assert_eq!(call_backs(&helpline).await, Vec::<String>::new());
    let late = AskWish { request_id: "late".to_owned(), ..ask(&case, Wish::Withdraw, true, false) };
    let late = want(&helpline, &case, late).await.unwrap_err();
    assert!(matches!(late, Error::Refused(Refused::CaseWithdrawn)), "{late:?}");
}

async fn closed(helpline: &Helpline, phone: &str) -> Case {
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved(phone, &officer).await;
    let order = verification::dial(&helpline.app, 10).await.unwrap().remove(0);
    settle(helpline, &order, Outcome::Satisfied).await;
    helpline.case(&case).await
}

async fn a_satisfied_citizen_reopens_at_once_or_by_the_promised_call(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = closed(&helpline, PHONE).await;
    assert_eq!(case.state, State::ClosedSatisfied);

    let order = promised(&helpline, &case, Wish::Reopen).await;
    assert_eq!(order.rounds[0].topic, Topic::Reopening);
    assert_eq!(helpline.case(&case).await.state, State::ClosedSatisfied);
    settle(&helpline, &order, Outcome::Confirmed).await;

    let open = helpline.case(&case).await;
    assert_eq!((open.state, open.level), (State::WithOfficer, Level(2)));
    let again = want(&helpline, &open, ask(&open, Wish::Reopen, true, false)).await.unwrap_err();
    assert!(matches!(again, Error::Refused(Refused::NotClosed)), "{again:?}");
}

async fn a_special_close_is_asked_to_be_opened_from_the_own_number(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = super::courtesies::specially_closed(&helpline, PHONE).await;

    let granted = want(&helpline, &case, ask(&case, Wish::AskReopen, false, false)).await.unwrap();

    assert_eq!(granted, Granted::Done);
    let asked = helpline.case(&case).await;
    assert_eq!(asked.state, State::ClosedSpecial);
    assert!(asked.aside().reopen_asked.is_some());
    let offered = offers(&helpline, &case, PHONE).await;
    assert_eq!(offered, Vec::<Wish>::new());
}

async fn a_demanded_round_is_rung_when_the_line_is_free(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = crate::desk::partially_closed(&helpline, &officer, PHONE).await;
    assert_eq!(offers(&helpline, &case, PHONE).await, [Wish::Withdraw, Wish::DemandRound]);

    let granted = want(&helpline, &case, ask(&case, Wish::DemandRound, false, false)).await;

    assert_eq!(granted.unwrap(), Granted::Called { case: case.id, round: 1 });
    assert_eq!(verification::dial(&helpline.app, 10).await.unwrap().len(), 0);
    helpline.pass(MINUTE_MS);
    let order = verification::dial(&helpline.app, 10).await.unwrap().remove(0);
    assert_eq!(order.rounds[0].topic, Topic::Resolution);
    assert_eq!(offers(&helpline, &case, PHONE).await, [Wish::Withdraw]);
}

async fn a_merged_case_comes_back_by_the_citizens_own_call(home: Home) {
    let helpline = Helpline::start(&home).await;
    let parent = helpline.registered(PHONE).await;
    helpline.pass(1);
    let case = helpline.registered(PHONE).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let on = On { request_id: "m".to_owned(), number: case.number(), etag: None, post: None };
    let merge = cases::Merge { on, parent: parent.number() };
    cases::merge(&helpline.app, &supervisor, merge).await.unwrap();
    let case = helpline.case(&case).await;
    assert_eq!(offers(&helpline, &case, PHONE).await, [Wish::Unmerge]);

    let order = promised(&helpline, &case, Wish::Unmerge).await;
    settle(&helpline, &order, Outcome::Confirmed).await;

    let back = helpline.case(&case).await;
    assert_eq!((back.state, back.level), (State::WithOfficer, Level(1)));
}

async fn offers(helpline: &Helpline, case: &Case, phone: &str) -> Vec<Wish> {
    let phone = Phone::parse(phone).unwrap();
    let by = Actor::caller(None);
    cases::wishes(&helpline.app, &by, Some(&phone), case.number()).await.unwrap()
}

async fn another_phone_wants_nothing(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered(PHONE).await;
    let other = helpline.registered("9000000002").await;

    assert_eq!(offers(&helpline, &case, PHONE).await, [Wish::Withdraw]);
    assert_eq!(offers(&helpline, &case, "9000000002").await, Vec::<Wish>::new());
    assert_eq!(offers(&helpline, &case, "9000000003").await, Vec::<Wish>::new());
    for caller in [Some(other.citizen), None] {
        let by = Actor::caller(caller);
        let wish = ask(&case, Wish::Withdraw, true, false);
        let refused = cases::wish(&helpline.app, &by, wish).await.unwrap_err();
        let own = matches!(
            refused,
            Error::Refused(Refused::NotYourCase) | Error::Forbidden(Refused::NotYourCase)
        );
        assert!(own, "{refused:?}");
    }
    assert_eq!(helpline.case(&case).await.state, State::WithOfficer);
}

async fn the_same_wish_sent_twice_is_one_promise(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered(PHONE).await;

    let once = want(&helpline, &case, ask(&case, Wish::Withdraw, false, false)).await.unwrap();
    let twice = want(&helpline, &case, ask(&case, Wish::Withdraw, false, false)).await.unwrap();
    // On another call, before the first promise was kept.
    let other = AskWish {
        request_id: "another call".to_owned(),
        ..ask(&case, Wish::Withdraw, false, false)
    };
    let third = want(&helpline, &case, other).await.unwrap();

    assert_eq!((once, once), (twice, third));
    helpline.pass(MINUTE_MS);
    let orders = verification::dial(&helpline.app, 10).await.unwrap();
    assert_eq!(orders.iter().map(|order| order.rounds.len()).collect::<Vec<_>>(), [1]);
}
