//! Citizens who call in to answer: what settles at once, and what needs the helpline to ring back.

use std::time::Duration;

use helpline_proto::v1::CaseState;

use crate::kit::{
    script::{Answer, Listen, Press, Step, UntilHungUp, keys},
    server::{Server, Wishes},
    sipp::Sipp,
    sounds::Sounds,
};

const A_CALL: Duration = Duration::from_secs(150);

/// Menu 3, the number keyed, then the answer.
fn answering(sounds: &Sounds, number: &str, answer: &str) -> Vec<Step> {
    let mut steps = vec![Listen(2_000), Press('3'), Listen(1_500)];
    steps.extend(keys(number, 150));
    steps.extend([Press('#'), Listen(500)]);
    steps.extend(sounds.verification(answer));
    steps.push(UntilHungUp(60_000));
    steps
}

/// A resolved case whose own call found the phone busy, so that the citizen's call comes first.
async fn resolved(server: &Server, phone: &str) -> String {
    let busy = Sipp::answer(
        server.network.callee(),
        1,
        &[(phone.into(), Answer::Refuses(486, "Busy Here"))],
    );
    let mut watch = server.api.watch().await;
    let case = server.api.register_and_resolve(phone).await.number;
    watch.fact(&case, "attempted", A_CALL).await;
    busy.done().await;
    case
}

#[tokio::test]
async fn satisfied_over_a_trusted_trunk_with_the_number_keyed_settles_at_once() {
    let server =
        Server::start_with(Wishes { trusted_cli: true, quick: true, ..Wishes::default() }).await;
    let case = resolved(&server, "9000001001").await;
    let mut watch = server.api.watch().await;

    let steps = answering(&server.sounds, &case, "1112");
    let call = Sipp::call(server.sip(), server.network.trunk(), 1, "9000001001", &steps);
    watch.fact(&case, "answered", A_CALL).await;
    call.done().await;

    assert_eq!(server.api.case(&case).await.0.state(), CaseState::ClosedSatisfied);
    server.assert_calm();
}

#[tokio::test]
async fn satisfied_over_an_untrusted_trunk_is_rung_back_and_that_call_settles_it() {
    let server = Server::quick().await;
    let sounds = &server.sounds;
    let case = resolved(&server, "9000001002").await;
    let back = Sipp::answer(
        server.network.callee(),
        1,
        &[("9000001002".into(), Answer::Picks(sounds.verification_to_the_end("1112")))],
    );
    let mut watch = server.api.watch().await;

    let steps = answering(sounds, &case, "111");
    Sipp::call(server.sip(), server.network.trunk(), 1, "9000001002", &steps).done().await;
    // The moment that a line takes to be free.
    server.api.advance(20).await;
    watch.fact(&case, "answered", A_CALL).await;
    back.done().await;

    assert_eq!(server.api.case(&case).await.0.state(), CaseState::ClosedSatisfied);
    server.assert_calm();
}

#[tokio::test]
async fn not_satisfied_settles_at_once_over_any_trunk() {
    let server = Server::quick().await;
    let case = resolved(&server, "9000001003").await;
    let mut watch = server.api.watch().await;

    let steps = answering(&server.sounds, &case, "1212");
    let call = Sipp::call(server.sip(), server.network.trunk(), 1, "9000001003", &steps);
    watch.fact(&case, "escalated", A_CALL).await;
    call.done().await;

    let (case, _) = server.api.case(&case).await;
    assert_eq!((case.state(), case.level), (CaseState::WithOfficer, 2));
    server.assert_calm();
}

#[tokio::test]
async fn another_phone_is_told_the_status_only() {
    let server = Server::start_with(Wishes { trusted_cli: true, ..Wishes::default() }).await;
    let case = resolved(&server, "9000001004").await;

    // A new number: the language comes first; after the refusal the menu, where 9 ends with the operator.
    let mut steps = vec![Listen(2_000), Press('2'), Listen(1_200), Press('3'), Listen(1_500)];
    steps.extend(keys(&case, 150));
    steps.extend([Press('#'), Listen(9_000), Press('9'), UntilHungUp(60_000)]);
    Sipp::call(server.sip(), server.network.trunk(), 1, "9000001099", &steps).done().await;

    assert_eq!(server.api.case(&case).await.0.state(), CaseState::AwaitingVerification);
    server.assert_calm();
}
