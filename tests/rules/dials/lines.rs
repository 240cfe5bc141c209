//! One call at a time to one citizen, six dials a day, and one kind of call in an evening, whichever part rings.

use helpline181::{
    app::{
        Error,
        agents::{self, calling},
        calls,
        verification::{
            self,
            line::{self, NotRung},
        },
    },
    domain::{
        actor::{Actor, Role},
        case::Case,
        change::SlotKind,
        citizen::Safety,
        language::Language,
        phone::Phone,
        refused::Refused,
        time::{HOUR_MS, MINUTE_MS, Timestamp},
        verification::{Milestones, Outcome, line::CallKind},
    },
    store::slots,
};
use tokio::task::JoinSet;

use crate::kit::{Helpline, Home, TEN};

on_both_engines! {
    two_processes_do_not_ring_one_citizen_at_the_same_time,
    whoever_rings_a_citizen_keeps_the_others_off_the_line,
    a_line_is_taken_over_when_its_lease_runs_out,
    an_answered_call_keeps_its_line_until_it_ends,
    fifty_at_once_ring_a_citizen_six_times_a_day,
    two_parts_do_not_ring_a_citizen_in_one_evening,
    an_evening_call_waits_for_the_call_back_that_is_owed,
}

const PHONE: &str = "9000000001";
/// 2026-11-23T09:00:00+05:30
const MORNING: Timestamp = Timestamp(1_795_404_600_000);

fn ask(case: &Case, kind: CallKind, call: &str, asked_at: Option<Timestamp>) -> line::Ask {
    let safety = Safety::default();
    line::Ask { citizen: case.citizen, kind, call: call.to_owned(), asked_at, safety }
}

async fn dialled(helpline: &Helpline) -> Vec<verification::DialOrder> {
    verification::dial(&helpline.app, 10).await.unwrap()
}

async fn two_processes_do_not_ring_one_citizen_at_the_same_time(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let second = home.process(&helpline.clock).await;
    for n in 1..=5 {
        // Four rounds of each: more than one call takes.
        for _ in 0..4 {
            helpline.resolved(&format!("900000000{n}"), &officer).await;
            helpline.pass(1);
        }
    }
    let mut diallers = JoinSet::new();
    for dialler in 0..8 {
        let app = if dialler % 2 == 0 { helpline.app.clone() } else { second.clone() };
        diallers.spawn(async move {
            let mut mine = Vec::new();
            for _ in 0..4 {
                mine.extend(verification::dial(&app, 3).await.unwrap());
            }
            mine
        });
    }
    let orders: Vec<_> = diallers.join_all().await.into_iter().flatten().collect();

    let mut rung: Vec<_> = orders.iter().map(|order| order.citizen).collect();
    rung.sort_unstable();
    rung.dedup();
    assert_eq!((orders.len(), rung.len()), (5, 5));
}

async fn whoever_rings_a_citizen_keeps_the_others_off_the_line(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let agent = helpline.staff(Role::Agent).await;
    let put = agents::PutAgent {
        request_id: "put".to_owned(),
        login: "agent".to_owned(),
        phone: "desk1".to_owned(),
        skills: String::new(),
    };
    agents::put(&helpline.app, &helpline.staff(Role::Admin).await, put).await.unwrap();
    let case = helpline.resolved(PHONE, &officer).await;
    let click = |request: &str| calling::Ask {
        request_id: request.to_owned(),
        number: case.number(),
        meeting: None,
        call: request.to_owned(),
    };

    // The agent's call: the dialler waits, and so does the queue.
    let calling = calling::begin(&helpline.app, &agent, click("c1")).await.unwrap();
    line::take(&helpline.app, &calling.ask).await.unwrap().unwrap();
    assert_eq!(dialled(&helpline).await.len(), 0);
    let owed = ask(&case, CallKind::CallBack, "b1", Some(helpline.app.now()));
    let not = line::ring(&helpline.app, &owed).await.unwrap().unwrap_err();
    let soon = helpline.app.now().plus_ms(10 * MINUTE_MS);
    assert_eq!(not, NotRung { why: Refused::DialLive, until: Some(soon) });
    // Asked for twice, it is the same call, though its line is held.
    let again = calling::begin(&helpline.app, &agent, click("c1")).await.unwrap();
    assert_eq!(again.call, "c1");
    line::free(&helpline.app, case.citizen, "c1").await.unwrap();

    // The dialler's: the agent hears why not.
    helpline.pass(10 * MINUTE_MS);
    assert_eq!(dialled(&helpline).await.len(), 1);
    let refused = calling::begin(&helpline.app, &agent, click("c2")).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refused::DialLive)), "{refused:?}");
}

async fn a_line_is_taken_over_when_its_lease_runs_out(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved(PHONE, &officer).await;
    let first = ask(&case, CallKind::CallBack, "b1", None);
    line::ring(&helpline.app, &first).await.unwrap().unwrap();
    helpline.pass(9 * MINUTE_MS);
    assert!(line::renew(&helpline.app, case.citizen, "b1").await.unwrap());

    // The process that rang is gone.
    helpline.pass(verification::DIAL_LEASE_MS - 1);
    let second = ask(&case, CallKind::Agent, "a1", None);
    assert!(line::take(&helpline.app, &second).await.unwrap().is_err());
    helpline.pass(1);
    line::take(&helpline.app, &second).await.unwrap().unwrap();

    assert!(!line::renew(&helpline.app, case.citizen, "b1").await.unwrap());
    line::free(&helpline.app, case.citizen, "b1").await.unwrap();
    assert!(line::look(&helpline.app, &first).await.unwrap().is_err());
}

async fn an_answered_call_keeps_its_line_until_it_ends(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved(PHONE, &officer).await;
    let order = dialled(&helpline).await.pop().unwrap();
    let mut record = helpline.outcome(&order.rounds[0], Outcome::NotSatisfied);
    record.milestones =
        Milestones { answered_at: Some(helpline.app.now()), ..Milestones::default() };
    let by = Actor::caller(Some(case.citizen));
    verification::record(&helpline.app, &by, record).await.unwrap();
    let agents = ask(&case, CallKind::Agent, "a1", None);

    // The citizen is asked about the officer's conduct.
    assert!(line::look(&helpline.app, &agents).await.unwrap().is_err());
    line::free_order(&helpline.app, order.citizen, &order.rounds).await.unwrap();

    assert!(line::look(&helpline.app, &agents).await.unwrap().is_ok());
}

async fn fifty_at_once_ring_a_citizen_six_times_a_day(home: Home) {
    let helpline = Helpline::start(&home).await;
    let second = home.process(&helpline.clock).await;
    let case = helpline.registered(PHONE).await;
    let kinds = [CallKind::CallBack, CallKind::Agent, CallKind::Officer, CallKind::Feedback];
    let mut askers = JoinSet::new();
    for n in 0..50 {
        let app = if n % 2 == 0 { helpline.app.clone() } else { second.clone() };
        let wanted = ask(&case, kinds[n % 4], &format!("call {n}"), None);
        askers.spawn(async move {
            let mut rung = 0;
            // Who finds the line busy asks again.
            for _ in 0..200 {
                match line::ring(&app, &wanted).await.unwrap() {
                    Ok(_) => {
                        rung += 1;
                        line::free(&app, wanted.citizen, &wanted.call).await.unwrap();
                    }
                    Err(not) if not.why == Refused::PhoneCapReached => return (rung, not.until),
                    Err(not) => assert_eq!(not.why, Refused::DialLive),
                }
            }
            (rung, None)
        });
    }
    let answers = askers.join_all().await;

    assert_eq!(answers.iter().map(|(rung, _)| rung).sum::<i32>(), 6);
    // A call-back at the cap waits until morning.
    assert!(answers.iter().any(|(_, until)| *until == Some(MORNING)));
    let day = TEN.ist_day();
    let dials = slots::taken(&helpline.look.db, case.citizen, day, SlotKind::Dial).await.unwrap();
    assert_eq!(dials, 6);
    // They count for the dialler too.
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolve(&case, &officer).await;
    assert_eq!(dialled(&helpline).await.len(), 0);
    helpline.pass(23 * HOUR_MS);
    assert_eq!(dialled(&helpline).await.len(), 1);
}

async fn two_parts_do_not_ring_a_citizen_in_one_evening(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved(PHONE, &officer).await;
    let by = Actor::caller(Some(case.citizen));
    helpline.pass(7 * HOUR_MS);
    let rang_at = helpline.app.now();
    let order = dialled(&helpline).await.pop().unwrap();
    let busy = helpline.outcome(&order.rounds[0], Outcome::Busy);
    verification::record(&helpline.app, &by, busy).await.unwrap();
    let call_back = async |call: &str, asked_at| {
        line::ring(&helpline.app, &ask(&case, CallKind::CallBack, call, asked_at)).await.unwrap()
    };

    let not = NotRung { why: Refused::RungThisEvening, until: Some(MORNING) };
    assert_eq!(call_back("b1", None).await, Err(not));
    assert_eq!(call_back("b2", Some(rang_at)).await, Err(not));
    // The dialler redials what was busy.
    helpline.pass(10 * MINUTE_MS);
    let order = dialled(&helpline).await.pop().unwrap();
    let busy = helpline.outcome(&order.rounds[0], Outcome::Busy);
    verification::record(&helpline.app, &by, busy).await.unwrap();

    // The citizen called since, and left the queue.
    helpline.pass(MINUTE_MS);
    assert!(call_back("b3", Some(helpline.app.now())).await.is_ok());
    line::free(&helpline.app, case.citizen, "b3").await.unwrap();
    helpline.pass(10 * MINUTE_MS);
    assert_eq!(dialled(&helpline).await.len(), 0);
    helpline.pass(MORNING.since(helpline.app.now()));
    assert_eq!(dialled(&helpline).await.len(), 1);
}

async fn an_evening_call_waits_for_the_call_back_that_is_owed(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved(PHONE, &officer).await;
    let by_day = helpline.resolved("9000000002", &officer).await;
    for (n, case) in [&case, &by_day].into_iter().enumerate() {
        let phone = Phone::parse(&format!("900000000{}", n + 1)).unwrap();
        let operator = calls::Operator {
            call: format!("c{n}"),
            phone: Some(phone),
            reason: "ASKED".to_owned(),
            language: Language::Hindi,
        };
        let caller = Actor::caller(Some(case.citizen));
        calls::operator(&helpline.app, &caller, operator).await.unwrap();
    }

    let orders = verification::dial(&helpline.app, 1).await.unwrap();
    assert_eq!(orders.len(), 1, "by day both may ring");
    helpline.pass(7 * HOUR_MS);
    assert_eq!(dialled(&helpline).await.len(), 0);
    helpline.pass(MORNING.since(helpline.app.now()));
    assert_eq!(dialled(&helpline).await.len(), 2);
}
