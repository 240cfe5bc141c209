//! Steps and loops of the workers.

use std::{sync::Arc, time::Duration};

use helpline181::{
    app::{
        demo,
        verification::{self, DialOrder},
    },
    domain::{
        actor::{Actor, Role},
        case::State,
        place::Level,
        verification::Outcome,
    },
    store::notices,
    workers::{
        self, Step,
        dialler::{self, Places},
        sweeps,
        sweeps::Sweep,
        upkeep,
    },
};
use tokio::sync::mpsc;

use crate::kit::{DAY_MS, Helpline, Home, WEEK_MS, journal};

on_both_engines! {
    one_process_sweeps_at_a_time_and_each_case_moves_once,
    the_dialler_claims_no_more_than_the_trunk_has_channels_for,
    an_advance_lets_the_dialler_look_at_every_instant,
    running_workers_deliver_notices_and_end_when_told,
    another_process_takes_over_a_new_directory,
    an_answer_in_a_call_that_outlived_its_round_counts,
}

const SOON: Duration = Duration::from_secs(10);

/// A place is a place in the channel.
fn channel(dial: mpsc::Sender<DialOrder>) -> Places {
    Places::new(move || {
        let place = dial.clone().try_reserve_owned().ok();
        async move { place.map(|place| move |order| drop(place.send(order))) }
    })
}

async fn one_process_sweeps_at_a_time_and_each_case_moves_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    let second = home.process(&helpline.clock).await;
    let case = helpline.registered("9000000001").await;
    let idle = sweeps::step(helpline.app.clone(), Sweep::Escalation).await.unwrap();
    assert_eq!(idle, Step::Idle);
    helpline.pass(WEEK_MS);

    let first = sweeps::step(helpline.app.clone(), Sweep::Escalation).await.unwrap();
    helpline.pass(WEEK_MS);
    let again = sweeps::step(helpline.app.clone(), Sweep::Escalation).await.unwrap();
    let last = helpline.registered("9000000002").await;
    helpline.pass(WEEK_MS);
    // The first process died a week ago: its lease is free.
    let taken_over = sweeps::step(second, Sweep::Escalation).await.unwrap();
    let too_late = sweeps::step(helpline.app.clone(), Sweep::Escalation).await.unwrap();

    assert_eq!(
        [first, again, taken_over, too_late],
        [Step::Worked, Step::Worked, Step::Worked, Step::Idle]
    );
    assert_eq!(helpline.case(&case).await.level, Level(4));
    assert_eq!(helpline.case(&last).await.level, Level(2));
}

async fn the_dialler_claims_no_more_than_the_trunk_has_channels_for(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    helpline.resolved("9000000001", &officer).await;
    helpline.resolved("9000000002", &officer).await;
    let (dial, mut orders) = mpsc::channel(1);
    let places = channel(dial);
    let step = || dialler::step(helpline.app.clone(), places.clone());

    assert_eq!(step().await.unwrap(), Step::Worked);
    assert_eq!(step().await.unwrap(), Step::Idle);
    let first = orders.try_recv().unwrap();
    assert_eq!(step().await.unwrap(), Step::Worked);
    let second = orders.try_recv().unwrap();

    assert_ne!(first.citizen, second.citizen);
    assert_eq!(step().await.unwrap(), Step::Idle);
}

async fn an_advance_lets_the_dialler_look_at_every_instant(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let (dial, mut orders) = mpsc::channel(8);
    let options = workers::Options { dial: Some(channel(dial)), dispatch: journal(&home).await };
    let running = workers::start(helpline.app.clone(), options);
    let order = tokio::time::timeout(SOON, orders.recv()).await.unwrap().unwrap();
    let by = Actor::caller(Some(order.citizen));
    let missed = helpline.outcome(&order.rounds[0], Outcome::NoAnswer);
    verification::record(&helpline.app, &by, missed).await.unwrap();
    let admin = Actor { role: Role::Admin, ..Actor::system() };

    // Past noon of the next day, at which the second attempt is due.
    demo::advance(&helpline.app, &admin, 2 * DAY_MS).await.unwrap();

    let second = tokio::time::timeout(SOON, orders.recv()).await.unwrap().unwrap();
    assert_eq!(second.rounds[0].case, case.id);
    assert_eq!(second.until.ist_minute(), 12 * 60 + 10);
    running.stop().await;
}

async fn running_workers_deliver_notices_and_end_when_told(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered("9000000001").await;
    let options = workers::Options { dial: None, dispatch: journal(&home).await };
    let running = workers::start(helpline.app.clone(), options);

    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let owed = notices::of_case(&helpline.look.db, case.id).await.unwrap();
        if owed.iter().all(|kept| kept.settled.is_some()) {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the notice was not sent");
        tokio::task::yield_now().await;
    }

    tokio::time::timeout(SOON, running.stop()).await.unwrap();
    helpline.app.close().await;
}

async fn another_process_takes_over_a_new_directory(home: Home) {
    let helpline = Helpline::start(&home).await;
    let second = home.process(&helpline.clock).await;
    assert_eq!(second.index().version(), 1);

    let by = Actor::system();
    let version =
        helpline181::app::directory::import_sample(&helpline.app, &by, crate::kit::SAMPLE)
            .await
            .unwrap();
    upkeep::step(Arc::clone(&second)).await.unwrap();

    assert_eq!((version, second.index().version()), (2, 2));
    // Posts stay the same posts.
    let before: std::collections::BTreeSet<_> =
        helpline.app.index().posts().map(|post| post.id).collect();
    let after: std::collections::BTreeSet<_> = second.index().posts().map(|post| post.id).collect();
    assert_eq!(before, after);
    assert_eq!(before.first().map(|post| post.0), Some(1));
}

async fn an_answer_in_a_call_that_outlived_its_round_counts(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    helpline.pass(10 * DAY_MS);
    helpline181::app::clock::rounds_end(&helpline.app, 10).await.unwrap();
    assert_eq!(helpline.case(&case).await.state, State::Unverified);
    let by = Actor::caller(Some(order.citizen));

    let nothing = helpline.outcome(&order.rounds[0], Outcome::NoReply);
    assert!(verification::record(&helpline.app, &by, nothing).await.is_err());
    let answer = helpline.outcome(&order.rounds[0], Outcome::Satisfied);
    let settled = verification::record(&helpline.app, &by, answer).await.unwrap();

    assert_eq!(settled.case.state, State::ClosedSatisfied);
}
