//! Whole calls over `Converse` that must not count for more than they are.

use helpline181::{
    app::{self, accounts, cases},
    calls,
    clock::Clock,
    domain::{
        actor::{Actor, Role},
        case::{Kind, State},
        language::Language,
        phone::Phone,
        place::{Code, PlaceCode},
        refused::Refused,
        verification::RoundState,
    },
    store::rounds,
};

use crate::{
    calls::{Helpline, PHONE},
    kit::{Home, TEN},
};

on_both_engines!(
    a_client_that_the_settings_do_not_list_is_not_believed,
    a_call_that_went_to_an_older_round_is_no_attempt_of_the_one_it_was_made_for,
    a_satisfied_that_is_not_confirmed_again_is_void,
);

async fn a_client_that_the_settings_do_not_list_is_not_believed(home: Home) {
    let helpline = Helpline::open(&home).await;
    let number = helpline.resolved().await;
    let add = accounts::Add {
        login: "pbx".to_owned(),
        name: "Another IVR".to_owned(),
        password: "long enough".to_owned(),
        role: Role::Ivr,
        district: None,
        posts: vec![],
    };
    let account = accounts::add(&helpline.app, &Actor::system(), add).await.unwrap();
    let pbx = Actor { account: Some(account.id), ..helpline.ivr.clone() };

    let refused = helpline.call_of(&pbx, "verify", Some(number), false).await.err();
    assert!(matches!(
        refused,
        Some(calls::Error::App(app::Error::Forbidden(Refused::ClientNotTrusted)))
    ));
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!(round.dials, 0);

    // It says that the network vouches for the number: rung back all the same.
    let mut citizen = helpline.call_of(&pbx, "inbound", None, true).await.unwrap();
    citizen.answer("3").await;
    citizen.answer(&format!("{number}#")).await;
    for key in ["1", "1", "1"] {
        citizen.answer(key).await;
    }
    assert_eq!(citizen.hear().await, "goodbye");
    assert_eq!(citizen.ended().await, "RING_BACK");
    assert_eq!(helpline.state(number).await.0, State::AwaitingVerification);
}

async fn a_call_that_went_to_an_older_round_is_no_attempt_of_the_one_it_was_made_for(home: Home) {
    let clock = Clock::fixed(TEN);
    let helpline = Helpline::on(&home, &clock).await;
    let older = helpline.resolved().await;
    clock.advance(60_000);
    let ask = cases::Register {
        request_id: "another".to_owned(),
        kind: Kind::Complaint,
        phone: Phone::parse(PHONE).unwrap(),
        name: None,
        language: Language::Hindi,
        category: Code::new("electricity"),
        subcategory: None,
        place: PlaceCode::new("district:396"),
        words: None,
        recording: None,
        by_keys: false,
        call: None,
        despite: None,
        incident: None,
        heard_of: None,
        scheme: None,
    };
    let other = cases::register(&helpline.app, &Actor::system(), ask).await.unwrap();
    let number = other.case.number();
    helpline.resolve(number).await;

    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    for key in ["1", "2", "1"] {
        citizen.answer(key).await;
    }
    assert_eq!(citizen.hear().await, "verify_pressure");
    citizen.hang_up().await;

    assert_eq!(helpline.state(older).await, (State::WithOfficer, 2));
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!((round.state, round.attempts), (RoundState::Open, 0));
}

async fn a_satisfied_that_is_not_confirmed_again_is_void(home: Home) {
    let helpline = Helpline::open(&home).await;
    let number = helpline.resolved().await;
    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    for key in ["1", "1", "1"] {
        citizen.answer(key).await;
    }
    assert_eq!(citizen.hear().await, "verify_pressure");
    citizen.hang_up().await;
    let partial = async || rounds::get(&helpline.look.db, number.id(), 1).await.unwrap().partial;
    assert!(partial().await);

    let mut citizen = helpline.call_of(&helpline.ivr, "again", None, true).await.unwrap();
    citizen.answer("3").await;
    citizen.answer(&format!("{number}#")).await;
    // The right person; what was chosen is read back, and is refused.
    citizen.answer("1").await;
    citizen.answer("2").await;
    assert_eq!(citizen.hear().await, "verify_answer");
    citizen.hang_up().await;

    assert!(!partial().await);
    assert_eq!(helpline.state(number).await.0, State::AwaitingVerification);
}
