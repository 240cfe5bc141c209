//! Who is rung when: turns of districts, hours, stops, the part of a day that was asked for, and why not now.

use std::time::Duration;

use helpline181::{
    app::{
        App, Error,
        dialling::{self, Throw},
        policies, verification,
    },
    domain::{
        actor::{Actor, Role},
        case::Case,
        citizen::Safety,
        pacing::{Why, WhyNotYet, WhyNow, stop::Reach},
        place::PlaceCode,
        policy::{Policy, Window},
        refused::Refused,
        time::{Day, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp},
        verification::{DayPart, Outcome, line::CallKind},
    },
    store::rounds,
};
use tokio::task::JoinSet;

use crate::kit::{DAY_MS, Helpline, Home, TEN};

on_both_engines! {
    nobody_is_rung_outside_the_hours_while_five_hundred_wait_across_their_end,
    districts_are_rung_in_turn_however_much_one_has_due,
    a_district_has_hours_of_its_own_and_holidays_are_everybodys,
    a_switch_stops_a_district_or_all_in_every_process,
    who_asks_to_be_called_later_is_called_in_that_part_of_a_day,
    each_reason_why_nobody_is_rung_is_told,
}

/// 2026-11-22T19:55:00+05:30
const FIVE_TO_EIGHT: i64 = 9 * HOUR_MS + 55 * MINUTE_MS;

async fn resolved(helpline: &Helpline, count: i64) -> Vec<Case> {
    let officer = helpline.officer("block:phanda", 1).await;
    let mut cases = Vec::new();
    for n in 0..count {
        cases.push(helpline.resolved(&format!("9{n:09}"), &officer).await);
    }
    cases
}

async fn move_to(home: &Home, case: &Case, district: &str) {
    let sql = format!("UPDATE rounds SET district = '{district}' WHERE case_id = {}", case.id);
    assert_eq!(home.sql(&sql).await, 1);
}

async fn rung(app: &App) -> Vec<verification::DialOrder> {
    verification::dial(app, 1).await.unwrap()
}

async fn records(helpline: &Helpline, order: &verification::DialOrder, outcome: Outcome) {
    let by = Actor::caller(Some(order.citizen));
    for ordered in &order.rounds {
        let record = helpline.outcome(ordered, outcome);
        verification::record(&helpline.app, &by, record).await.unwrap();
    }
}

async fn nobody_is_rung_outside_the_hours_while_five_hundred_wait_across_their_end(home: Home) {
    let helpline = Helpline::start(&home).await;
    let second = home.process(&helpline.clock).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut filing = JoinSet::new();
    for n in 0..500 {
        let (app, officer) = (helpline.app.clone(), officer.clone());
        let ask = helpline.complaint(&format!("r{n}"), &format!("9{n:09}"));
        filing.spawn(async move {
            let case = helpline181::app::cases::register(&app, &Actor::system(), ask).await;
            let case = case.unwrap().case;
            let ask = helpline181::app::desk::Resolve {
                request_id: format!("s{n}"),
                number: case.number(),
                etag: None,
                post: None,
                report: "the line was mended".to_owned(),
                evidence: vec![],
            };
            helpline181::app::desk::resolve(&app, &officer, ask).await.unwrap();
        });
        if filing.len() == 32 {
            filing.join_next().await.unwrap().unwrap();
        }
    }
    filing.join_all().await;
    helpline.pass(FIVE_TO_EIGHT);
    let mut dialled_at = Vec::new();
    // Ten minutes, five of them past eight.
    for second_of in 0..200 {
        let app = if second_of % 2 == 0 { &helpline.app } else { &second };
        for order in rung(app).await {
            dialled_at.push(helpline.app.now().ist_minute());
            records(&helpline, &order, Outcome::NoAnswer).await;
        }
        helpline.pass(3 * SECOND_MS);
    }

    assert_eq!(dialled_at.len(), 100);
    assert!(dialled_at.iter().all(|minute| (19 * 60 + 55..20 * 60).contains(minute)));
    let morning = TEN.plus_ms(DAY_MS - HOUR_MS);
    helpline.pass(morning.since(helpline.app.now()) - 1);
    assert_eq!(rung(&helpline.app).await.len(), 0);
    helpline.pass(1);
    assert_eq!(rung(&second).await.len(), 1);
}

async fn districts_are_rung_in_turn_however_much_one_has_due(home: Home) {
    let helpline = Helpline::start(&home).await;
    let cases = resolved(&helpline, 12).await;
    // Ten of one district, due before the one of each other.
    for (case, other) in [(&cases[10], "district:399"), (&cases[11], "district:411")] {
        move_to(&home, case, other).await;
    }
    helpline.pass(MINUTE_MS);

    let mut order = Vec::new();
    while let Some(next) = rung(&helpline.app).await.pop() {
        let round = rounds::get(&helpline.look.db, next.rounds[0].case, 1).await.unwrap();
        order.push(round.district.0);
    }

    assert_eq!(order.len(), 12);
    assert_eq!(order[..4], ["district:396", "district:399", "district:411", "district:396"]);
    assert!(order[4..].iter().all(|district| district == "district:396"));
    // Several at once are shared out too.
    helpline.pass(DAY_MS);
    let orders = verification::dial(&helpline.app, 3).await.unwrap();
    let mut cases: Vec<_> = orders.iter().map(|order| order.rounds[0].case).collect();
    cases.sort_unstable();
    assert_eq!(cases.len(), 3);
}

async fn a_district_has_hours_of_its_own_and_holidays_are_everybodys(home: Home) {
    let helpline = Helpline::start(&home).await;
    let standard = Policy::standard();
    let with = |version, part_minutes, no_call_days| {
        let district = PlaceCode::new("district:396");
        let windows = vec![Window { district, part_minutes }];
        let verification = helpline181::domain::policy::Verification {
            windows,
            no_call_days,
            ..standard.verification.clone()
        };
        Policy { version, effective_from: TEN, verification, ..standard.clone() }
    };
    let by = Actor::system();
    let wide = with(2, [8 * 60, 720, 960, 1_200], vec![]);
    let refused = policies::enact(&helpline.app, &by, &wide).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid { field: "verification", .. }), "{refused:?}");
    // From eleven; Monday the 23rd is a holiday.
    let narrow = with(2, [660, 720, 960, 1_080], vec![Day(20_261_123)]);
    policies::enact(&helpline.app, &by, &narrow).await.unwrap();
    let cases = resolved(&helpline, 2).await;
    move_to(&home, &cases[1], "district:399").await;
    home.sql("UPDATE rounds SET next_at = 0").await;

    // The one that is claimed first is put off.
    assert_eq!(rung(&helpline.app).await.len(), 0);
    let order = rung(&helpline.app).await.pop().unwrap();
    assert_eq!(order.rounds[0].case, cases[1].id);
    records(&helpline, &order, Outcome::NoAnswer).await;
    helpline.pass(HOUR_MS - 1);
    assert_eq!(rung(&helpline.app).await.len(), 0);
    helpline.pass(1);
    let order = rung(&helpline.app).await.pop().unwrap();
    assert_eq!(order.rounds[0].case, cases[0].id);
    records(&helpline, &order, Outcome::NoAnswer).await;

    // Neither on the holiday, each on the day after in its own hours.
    let next = async |n: usize| {
        let round = rounds::get(&helpline.look.db, cases[n].id, 1).await.unwrap();
        round.next_at.unwrap().since(TEN)
    };
    assert_eq!(next(0).await, 2 * DAY_MS + 2 * HOUR_MS);
    assert_eq!(next(1).await, 2 * DAY_MS + 2 * HOUR_MS);
    home.sql("UPDATE rounds SET next_at = 0").await;
    helpline.pass(DAY_MS);
    assert_eq!(rung(&helpline.app).await.len(), 0);
    assert_eq!(rung(&helpline.app).await.len(), 0);
    let mornings = (next(0).await, next(1).await);
    assert_eq!(mornings, (2 * DAY_MS + HOUR_MS, 2 * DAY_MS - HOUR_MS));
}

fn throw(request: &str, reach: Reach, stop: bool) -> Throw {
    let reason = "the trunk's operator asked for it".to_owned();
    Throw { request_id: request.to_owned(), reach, stop, reason }
}

async fn a_switch_stops_a_district_or_all_in_every_process(home: Home) {
    let helpline = Helpline::start(&home).await;
    let second = home.process(&helpline.clock).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let cases = resolved(&helpline, 4).await;
    move_to(&home, &cases[3], "district:399").await;
    let district = Reach::District(PlaceCode::new("district:396"));
    let thrown = async |ask: Throw| dialling::throw(&helpline.app, &supervisor, ask).await;
    let settled = async |reach: Option<Reach>| {
        let known = async {
            let first = async || second.dial_stops().await.unwrap().0.first().cloned();
            while first().await.map(|stop| stop.reach) != reach {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), known).await.unwrap();
    };
    assert_eq!(second.dial_stops().await.unwrap().0.len(), 0);

    let stop = thrown(throw("s1", district.clone(), true)).await.unwrap();
    assert!(stop.stopped && stop.reason.contains("operator"));
    thrown(throw("s1", district.clone(), true)).await.unwrap();
    let twice = thrown(throw("s2", district.clone(), true)).await.unwrap_err();
    assert!(matches!(twice, Error::Refused(Refused::OpenAlready)), "{twice:?}");
    settled(Some(district.clone())).await;
    let order = rung(&second).await.pop().unwrap();
    assert_eq!(order.rounds[0].case, cases[3].id);
    assert_eq!((rung(&second).await.len(), rung(&helpline.app).await.len()), (0, 0));

    thrown(throw("s3", Reach::Whole, true)).await.unwrap();
    thrown(throw("s4", district, false)).await.unwrap();
    settled(Some(Reach::Whole)).await;
    assert_eq!((rung(&second).await.len(), rung(&helpline.app).await.len()), (0, 0));
    thrown(throw("s5", Reach::Whole, false)).await.unwrap();
    settled(None).await;
    assert_eq!((rung(&second).await.len(), rung(&helpline.app).await.len()), (1, 1));

    // Who, when and why stand among the facts, and of agents nobody throws one.
    let facts = home
        .sql("SELECT COUNT(*) FROM events WHERE kind IN ('dialling_stopped', 'dialling_started')")
        .await;
    assert_eq!(facts, 4);
    let agent = helpline.staff(Role::Agent).await;
    let refused = dialling::throw(&helpline.app, &agent, throw("s6", Reach::Whole, true)).await;
    assert!(matches!(refused, Err(Error::Forbidden(Refused::NotYourRole))), "{refused:?}");
    let last = dialling::decisions(&helpline.app, &supervisor, 9).unwrap();
    let whys: Vec<_> = last.iter().map(|decided| decided.decision.why).collect();
    assert_eq!(
        whys,
        [
            Why::Now(WhyNow::Due),
            Why::NotYet(WhyNotYet::Stopped),
            Why::NotYet(WhyNotYet::NothingDue)
        ]
    );
}

async fn who_asks_to_be_called_later_is_called_in_that_part_of_a_day(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = resolved(&helpline, 1).await.remove(0);
    let later = async |part| {
        let order = rung(&helpline.app).await.pop().unwrap();
        let by = Actor::caller(Some(case.citizen));
        let mut record = helpline.outcome(&order.rounds[0], Outcome::CallLater);
        record.later = Some(part);
        verification::record(&helpline.app, &by, record).await.unwrap();
        rounds::get(&helpline.look.db, case.id, 1).await.unwrap()
    };

    // At ten: this evening, in the same attempt.
    let round = later(DayPart::Evening).await;
    assert_eq!((round.attempts, round.wanted_part), (1, Some(DayPart::Evening)));
    assert_eq!(round.next_at, Some(TEN.plus_ms(6 * HOUR_MS)));
    helpline.pass(6 * HOUR_MS - 1);
    assert_eq!(rung(&helpline.app).await.len(), 0);
    helpline.pass(1);
    // In the evening: the afternoon is tomorrow's.
    let round = later(DayPart::Afternoon).await;
    assert_eq!((round.attempts, round.wanted_part), (1, Some(DayPart::Afternoon)));
    assert_eq!(round.next_at, Some(TEN.plus_ms(DAY_MS + 2 * HOUR_MS)));
    helpline.pass(DAY_MS - 4 * HOUR_MS);
    let order = rung(&helpline.app).await.pop().unwrap();
    records(&helpline, &order, Outcome::NoAnswer).await;
    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((round.attempts, round.wanted_part), (2, None));
}

async fn each_reason_why_nobody_is_rung_is_told(home: Home) {
    let helpline = Helpline::start(&home).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let cases = resolved(&helpline, 3).await;
    let why = async |case: &Case| {
        let number = case.number();
        dialling::why(&helpline.app, &supervisor, number).await.unwrap()
    };
    let not = async |case: &Case| match why(case).await.why {
        Why::NotYet(why) => why,
        Why::Now(why) => panic!("{why}"),
    };

    assert_eq!(why(&cases[0]).await.why, Why::Now(WhyNow::Due));
    let behind = why(&cases[2]).await;
    assert_eq!((behind.why, behind.behind), (Why::NotYet(WhyNotYet::Behind), 2));
    let unresolved = helpline.registered("9100000000").await;
    assert_eq!(not(&unresolved).await, WhyNotYet::NoRound);

    helpline.app.trunks_rest(true);
    assert_eq!(not(&cases[0]).await, WhyNotYet::TrunksResting);
    assert_eq!(rung(&helpline.app).await.len(), 0);
    helpline.app.trunks_rest(false);
    let order = rung(&helpline.app).await.pop().unwrap();
    let on = why(&cases[0]).await;
    assert_eq!((on.why, on.by), (Why::NotYet(WhyNotYet::OnACall), Some(CallKind::Verification)));
    records(&helpline, &order, Outcome::NoAnswer).await;
    let cap = why(&cases[0]).await;
    assert_eq!((cap.why, cap.attempts), (Why::NotYet(WhyNotYet::CapReached), 1));
    let tomorrow = TEN.plus_ms(DAY_MS + 2 * HOUR_MS);
    assert_eq!(cap.until, Some(tomorrow));

    dialling::throw(&helpline.app, &supervisor, throw("s1", Reach::Whole, true)).await.unwrap();
    assert_eq!(not(&cases[1]).await, WhyNotYet::Stopped);
    dialling::throw(&helpline.app, &supervisor, throw("s2", Reach::Whole, false)).await.unwrap();
    // By evening: another kind of call, and the end of the hours.
    helpline.pass(7 * HOUR_MS);
    let back = verification::line::Ask {
        citizen: cases[1].citizen,
        kind: CallKind::CallBack,
        call: "b1".to_owned(),
        asked_at: None,
        safety: Safety::default(),
    };
    verification::line::ring(&helpline.app, &back).await.unwrap().unwrap();
    verification::line::free(&helpline.app, back.citizen, "b1").await.unwrap();
    let evening = why(&cases[1]).await;
    let rung_by = (evening.why, evening.by);
    assert_eq!(rung_by, (Why::NotYet(WhyNotYet::RungThisEvening), Some(CallKind::CallBack)));
    helpline.pass(4 * HOUR_MS);
    let night = why(&cases[2]).await;
    assert_eq!(night.why, Why::NotYet(WhyNotYet::OutsideHours));
    assert_eq!(night.until, Some(Timestamp(TEN.ms() + DAY_MS - HOUR_MS)));
    // In the morning the one that asked for a person is a person's, and the answered one is over.
    helpline.pass(DAY_MS - 9 * HOUR_MS);
    let orders = verification::dial(&helpline.app, 3).await.unwrap();
    for order in &orders {
        let person = order.rounds[0].case == cases[1].id;
        let outcome = if person { Outcome::SpeakToPerson } else { Outcome::NotSatisfied };
        records(&helpline, order, outcome).await;
    }
    assert_eq!(not(&cases[1]).await, WhyNotYet::HumansTask);
    assert_eq!(not(&cases[2]).await, WhyNotYet::RoundOver);
}
