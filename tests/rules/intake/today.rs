//! A board counts the day's registrations by department, and follows what happens to them.

use std::time::Duration;

use helpline181::{
    app::{App, cases, intake},
    domain::{
        actor::{Actor, Role},
        case::Kind,
        place::{Code, PlaceCode},
    },
};
use tokio::time::{interval, timeout};

use crate::kit::{DAY_MS, Helpline, Home};

on_both_engines! {
    registrations_are_counted_by_department_until_midnight_of_india,
}

async fn counts(app: &App, by: &Actor) -> Vec<(String, u64)> {
    let counts = intake::registrations(app, by).await.unwrap().into_iter();
    counts.map(|(code, n)| (code.as_str().to_owned(), n)).collect()
}

/// The feed tells of a commit a moment later.
async fn comes_to(app: &App, by: &Actor, wanted: &[(&str, u64)]) {
    let wanted: Vec<_> = wanted.iter().map(|(code, n)| ((*code).to_owned(), *n)).collect();
    let mut clock = interval(Duration::from_millis(20));
    let counting = timeout(Duration::from_secs(30), async {
        while counts(app, by).await != wanted {
            clock.tick().await;
        }
    });
    let last = counting.await;
    assert!(last.is_ok(), "{:?} and not {wanted:?}", counts(app, by).await);
}

async fn registrations_are_counted_by_department_until_midnight_of_india(home: Home) {
    let helpline = Helpline::start(&home).await;
    let (agent, supervisor) =
        (helpline.staff(Role::Agent).await, helpline.staff(Role::Supervisor).await);
    let water = |request: &str, phone: &str| cases::Register {
        category: Code::new("water"),
        subcategory: None,
        place: PlaceCode::new("block:phanda"),
        ..helpline.complaint(request, phone)
    };
    let app = &helpline.app;
    helpline.registered("9000000701").await;
    let demand = cases::Register { kind: Kind::Demand, ..helpline.complaint("d", "9000000702") };
    cases::register(app, &agent, demand).await.unwrap();
    assert_eq!(counts(app, &supervisor).await, [("energy".to_owned(), 2)]);

    // Registered by another process, and counted by this one.
    let other = home.process(&helpline.clock).await;
    cases::register(&other, &agent, water("w", "9000000703")).await.unwrap();
    comes_to(app, &supervisor, &[("energy", 2), ("phe", 1)]).await;
    assert_eq!(
        counts(&other, &supervisor).await,
        [("energy".to_owned(), 2), ("phe".to_owned(), 1)]
    );

    helpline.pass(DAY_MS);
    assert_eq!(counts(app, &supervisor).await, []);
    helpline.registered("9000000704").await;
    comes_to(app, &supervisor, &[("energy", 1)]).await;
    assert!(intake::registrations(app, &agent).await.is_err());
    other.close().await;
}
