//! Who is rung, when, and under which lease.

mod lines;
mod paced;
mod queue;

use crate::kit::{DAY_MS, Helpline, Home};
use helpline181::{
    app::{
        Error,
        cases::{self, Despite},
        verification::{self, DIAL_LEASE_MS, Source},
    },
    domain::{
        actor::{Actor, Role},
        case::State,
        change::SlotKind,
        refused::Refused,
        time::{HOUR_MS, MINUTE_MS},
        verification::{Outcome, Topic},
    },
    store::{attempts, rounds, slots},
};

on_both_engines! {
    a_round_is_dialled_once_while_its_call_is_on_and_again_after_a_crash,
    no_second_outcome_is_taken_for_a_round,
    several_rounds_of_one_phone_share_a_call_and_only_spoken_ones_use_attempts,
    a_phone_is_not_rung_while_a_call_to_it_is_on,
    one_phone_is_not_rung_more_than_six_times_a_day,
    nobody_is_rung_at_night,
    busy_is_redialled_in_the_same_attempt,
    a_round_that_shares_a_call_is_not_taken_for_the_one_it_was_made_for,
    a_bad_number_counts_once_a_day_whatever_came_before_it,
    a_dial_that_never_left_is_none_of_the_phones,
    a_caller_is_given_the_first_round_that_fits_however_many_do_not,
}

async fn a_round_is_dialled_once_while_its_call_is_on_and_again_after_a_crash(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let second = home.process(&helpline.clock).await;

    let (first, other) =
        tokio::join!(verification::dial(&helpline.app, 5), verification::dial(&second, 5));
    let mut orders = first.unwrap();
    orders.extend(other.unwrap());
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].phone.reveal(), "9000000001");
    assert_eq!(verification::dial(&second, 5).await.unwrap().len(), 0);

    // The process that dials dies; the call's outcome never comes.
    helpline.pass(DIAL_LEASE_MS);
    let again = verification::dial(&second, 5).await.unwrap();
    assert_eq!(again.len(), 1);

    // The first one was only slow: its outcome comes too late.
    let by = Actor::caller(Some(case.citizen));
    let late = helpline.outcome(&orders[0].rounds[0], Outcome::Satisfied);
    let refused = verification::record(&helpline.app, &by, late).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refused::LeaseLost)), "{refused:?}");
    assert_eq!(helpline.case(&case).await.state, State::AwaitingVerification);

    let right = helpline.outcome(&again[0].rounds[0], Outcome::NotSatisfied);
    verification::record(&second, &by, right.clone()).await.unwrap();
    // Told twice, it is recorded once.
    verification::record(&second, &by, right).await.unwrap();
    let rows = attempts::of_round(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].dial, rows[0].attempt), (2, Some(1)));
}

async fn no_second_outcome_is_taken_for_a_round(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let by = Actor::caller(Some(case.citizen));
    let record = helpline.outcome(&order.rounds[0], Outcome::Satisfied);
    verification::record(&helpline.app, &by, record.clone()).await.unwrap();

    let mut other = record;
    other.outcome = Outcome::NotSatisfied;
    other.request_id = Some("another".to_owned());
    let refused = verification::record(&helpline.app, &by, other).await.unwrap_err();

    assert!(matches!(refused, Error::Refused(Refused::RoundOver)));
    assert_eq!(helpline.case(&case).await.state, State::ClosedSatisfied);
}

async fn several_rounds_of_one_phone_share_a_call_and_only_spoken_ones_use_attempts(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut resolved = Vec::new();
    for _ in 0..4 {
        resolved.push(helpline.resolved("9000000001", &officer).await);
        helpline.pass(MINUTE_MS);
    }

    let orders = verification::dial(&helpline.app, 10).await.unwrap();
    assert_eq!(orders.len(), 1);
    let order = &orders[0];
    let asked: Vec<_> = order.rounds.iter().map(|ordered| ordered.case).collect();
    assert_eq!(asked, [resolved[0].id, resolved[1].id, resolved[2].id]);

    let by = Actor::caller(Some(order.citizen));
    for (n, outcome) in
        [Outcome::Satisfied, Outcome::NotSatisfied, Outcome::NoReply].iter().enumerate()
    {
        let mut record = helpline.outcome(&order.rounds[n], *outcome);
        record.number_spoken = n < 2;
        verification::record(&helpline.app, &by, record).await.unwrap();
    }

    assert_eq!(helpline.case(&resolved[0]).await.state, State::ClosedSatisfied);
    assert_eq!(helpline.case(&resolved[1]).await.state, State::WithOfficer);
    let unspoken = rounds::get(&helpline.look.db, resolved[2].id, 1).await.unwrap();
    assert_eq!((unspoken.attempts, unspoken.answer), (0, None));
    assert_eq!(helpline.case(&resolved[2]).await.state, State::AwaitingVerification);
}

async fn a_phone_is_not_rung_while_a_call_to_it_is_on(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let mut resolved = Vec::new();
    for _ in 0..4 {
        resolved.push(helpline.resolved("9000000001", &officer).await);
        helpline.pass(1);
    }
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    assert_eq!(order.rounds.len(), 3);

    // The fourth did not fit, a fifth is filed meanwhile: neither is rung, by nobody.
    let fifth = helpline.resolved("9000000001", &officer).await;
    assert!(verification::next(&helpline.app, &caller, "n1").await.unwrap().is_none());
    assert_eq!(verification::dial(&helpline.app, 9).await.unwrap().len(), 0);
    let by = Actor::caller(Some(order.citizen));
    for ordered in &order.rounds[..2] {
        let record = helpline.outcome(ordered, Outcome::NotSatisfied);
        verification::record(&helpline.app, &by, record).await.unwrap();
    }
    assert_eq!(verification::dial(&helpline.app, 9).await.unwrap().len(), 0);
    for waiting in [&resolved[3], &fifth] {
        let round = rounds::get(&helpline.look.db, waiting.id, 1).await.unwrap();
        assert_eq!((round.attempts, round.dials), (0, 0));
        assert_eq!(round.next_at, Some(helpline.app.now().plus_ms(10 * MINUTE_MS)));
    }

    let record = helpline.outcome(&order.rounds[2], Outcome::NotSatisfied);
    verification::record(&helpline.app, &by, record).await.unwrap();
    helpline.pass(10 * MINUTE_MS);
    let next = verification::dial(&helpline.app, 9).await.unwrap().pop().unwrap();
    let asked: Vec<_> = next.rounds.iter().map(|ordered| ordered.case).collect();
    assert_eq!(asked, [resolved[3].id, fifth.id]);
}

async fn one_phone_is_not_rung_more_than_six_times_a_day(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolved("9000000001", &officer).await;
    let mut dials = 0;
    // Faults of the trunk all day long.
    for _ in 0..(9 * 12) {
        if let Some(order) = verification::dial(&helpline.app, 1).await.unwrap().pop() {
            dials += 1;
            let by = Actor::caller(Some(order.citizen));
            let record = helpline.outcome(&order.rounds[0], Outcome::Congestion);
            verification::record(&helpline.app, &by, record).await.unwrap();
        }
        helpline.pass(5 * MINUTE_MS);
    }

    assert_eq!(dials, 6);
    helpline.pass(DAY_MS - 9 * HOUR_MS);
    assert_eq!(verification::dial(&helpline.app, 1).await.unwrap().len(), 1);
}

async fn nobody_is_rung_at_night(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolved("9000000001", &officer).await;

    // Claimed at ten in the evening.
    helpline.pass(12 * HOUR_MS);
    assert_eq!(verification::dial(&helpline.app, 1).await.unwrap().len(), 0);
    helpline.pass(11 * HOUR_MS - 1);
    assert_eq!(verification::dial(&helpline.app, 1).await.unwrap().len(), 0);
    helpline.pass(1);
    assert_eq!(verification::dial(&helpline.app, 1).await.unwrap().len(), 1);
}

async fn busy_is_redialled_in_the_same_attempt(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let by = Actor::caller(Some(case.citizen));
    for _ in 0..3 {
        let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
        let record = helpline.outcome(&order.rounds[0], Outcome::Busy);
        verification::record(&helpline.app, &by, record).await.unwrap();
        assert_eq!(verification::dial(&helpline.app, 1).await.unwrap().len(), 0);
        helpline.pass(10 * MINUTE_MS);
    }

    assert_eq!(verification::dial(&helpline.app, 1).await.unwrap().len(), 0);
    let rows = attempts::of_round(&helpline.look.db, case.id, 1).await.unwrap();
    let used: Vec<_> = rows.iter().map(|row| (row.dial, row.attempt)).collect();
    assert_eq!(used, [(1, Some(1)), (2, Some(1)), (3, Some(1))]);
}

async fn a_round_that_shares_a_call_is_not_taken_for_the_one_it_was_made_for(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let first = helpline.resolved("9000000001", &officer).await;
    // Its call dies with its process: begun, and never recorded.
    assert_eq!(verification::dial(&helpline.app, 1).await.unwrap().len(), 1);
    helpline.pass(DAY_MS);
    let second = helpline.resolved("9000000001", &officer).await;
    let by = Actor::caller(Some(first.citizen));
    let mut promised = helpline.outcome(
        &verification::OrderedRound {
            topic: Topic::Resolution,
            case: second.id,
            number: second.number(),
            round: 1,
            district: second.district.clone(),
            designation: None,
            category: second.category.clone(),
            language: second.language,
            partial: false,
            token: 0,
            lead: false,
        },
        Outcome::Satisfied,
    );
    promised.source = Source::Inbound { trusted_cli: false, number_keyed: true };
    promised.request_id = Some("in".to_owned());
    assert!(verification::record(&helpline.app, &by, promised).await.unwrap().ring_back);
    helpline.pass(MINUTE_MS);

    let order = verification::dial(&helpline.app, 10).await.unwrap().pop().unwrap();
    let led: Vec<_> = order.rounds.iter().map(|ordered| (ordered.case, ordered.lead)).collect();
    assert_eq!(led, [(first.id, false), (second.id, true)]);
    let mut unspoken = helpline.outcome(&order.rounds[0], Outcome::NoReply);
    unspoken.number_spoken = false;
    verification::record(&helpline.app, &by, unspoken).await.unwrap();

    let round = rounds::get(&helpline.look.db, first.id, 1).await.unwrap();
    assert_eq!(round.attempts, 0);
}

async fn a_bad_number_counts_once_a_day_whatever_came_before_it(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let by = Actor::caller(Some(case.citizen));
    let round = async || rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    let rung = async |outcome| {
        let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
        let record = helpline.outcome(&order.rounds[0], outcome);
        verification::record(&helpline.app, &by, record).await.unwrap();
    };

    rung(Outcome::Busy).await;
    helpline.pass(10 * MINUTE_MS);
    rung(Outcome::BadNumber).await;
    assert_eq!((round().await.bad_number_days, round().await.human), (1, false));
    helpline.pass(DAY_MS + 2 * HOUR_MS);
    rung(Outcome::Busy).await;
    helpline.pass(10 * MINUTE_MS);
    rung(Outcome::BadNumber).await;

    assert_eq!((round().await.bad_number_days, round().await.human), (2, true));
}

async fn a_dial_that_never_left_is_none_of_the_phones(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let by = Actor::caller(Some(case.citizen));
    let day = helpline.app.now().ist_day();
    let dials =
        async || slots::taken(&helpline.look.db, case.citizen, day, SlotKind::Dial).await.unwrap();

    for expected in [0, 1, 2] {
        let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
        assert_eq!(dials().await, expected.max(1));
        let outcome = if expected == 0 { Outcome::Fault } else { Outcome::Congestion };
        let record = helpline.outcome(&order.rounds[0], outcome);
        verification::record(&helpline.app, &by, record).await.unwrap();
        assert_eq!(dials().await, expected);
        helpline.pass(5 * MINUTE_MS);
    }
}

async fn a_caller_is_given_the_first_round_that_fits_however_many_do_not(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut caller = helpline.staff(Role::Agent).await;
    let mut before = Vec::new();
    for n in 1..=7 {
        let despite = (!before.is_empty()).then(|| Despite {
            cases: before.clone(),
            reason: "each house has a fault of its own".to_owned(),
        });
        let ask = helpline.complaint(&format!("r{n}"), &format!("900000000{n}"));
        let ask = cases::Register { despite, ..ask };
        let case = cases::register(&helpline.app, &caller, ask).await.unwrap().case;
        before.push(case.number());
        helpline.resolve(&case, &officer).await;
        helpline.pass(1);
    }
    let other = helpline.resolved("9000000008", &officer).await;
    caller.role = Role::FeedbackCaller;

    // The seven are their own registrations.
    let task = verification::next(&helpline.app, &caller, "n1").await.unwrap().unwrap();

    assert_eq!(task.view.case.id, other.id);
    assert_eq!(verification::dial(&helpline.app, 10).await.unwrap().len(), 7);
}
