//! Citizens who withdraw or reopen by telephone: at once over a trusted trunk, else by the helpline's own call.

use std::time::Duration;

use helpline_proto::v1::CaseState;

use crate::kit::{
    api::Books,
    script::{Answer, Listen, Press, Step, keys},
    server::{Server, Wishes},
    sipp::Sipp,
};

const A_CALL: Duration = Duration::from_secs(150);

/// Menu 2, the number keyed, then what is wanted behind the status.
fn wanting(number: &str, wish: Vec<Step>) -> Vec<Step> {
    let mut steps = vec![Listen(2_000), Press('2'), Listen(1_500)];
    steps.extend(keys(number, 150));
    steps.push(Press('#'));
    steps.extend(wish);
    steps
}

#[tokio::test]
async fn a_withdrawal_over_an_untrusted_trunk_is_settled_by_the_call_to_the_registered_number() {
    let server = Server::quick().await;
    let case = server.api.register("9000001101").await.number;
    let rung = server.sounds.promised("wish_withdraw", "112");
    let back =
        Sipp::answer(server.network.callee(), 1, &[("9000001101".into(), Answer::Picks(rung))]);
    let mut watch = server.api.watch().await;

    let steps = wanting(&case, server.sounds.wish("wish_withdraw", '4', "1"));
    let call = Sipp::call(server.sip(), server.network.trunk(), 1, "9000001101", &steps);
    watch.fact(&case, "ring_back_promised", A_CALL).await;
    call.done().await;
    assert_eq!(server.api.case(&case).await.0.state(), CaseState::WithOfficer);
    // The moment that a line takes to be free.
    server.api.advance(20).await;
    watch.fact(&case, "withdrawn", A_CALL).await;
    back.done().await;

    assert_eq!(server.api.case(&case).await.0.state(), CaseState::Withdrawn);
    let mut books = Books::open(&server.data()).await;
    let attempts = books.attempts(&case).await;
    let outcomes: Vec<_> = attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
    assert_eq!(outcomes, ["CONFIRMED"]);
    assert_eq!(server.api.call_backs().await.len(), 0);
    server.assert_calm();
}

#[tokio::test]
async fn a_satisfied_citizen_reopens_at_once_over_a_trusted_trunk() {
    let server =
        Server::start_with(Wishes { trusted_cli: true, quick: true, ..Wishes::default() }).await;
    let sounds = &server.sounds;
    let satisfied = sounds.verification_to_the_end("1112");
    let first = Sipp::answer(
        server.network.callee(),
        1,
        &[("9000001102".into(), Answer::Picks(satisfied))],
    );
    let mut watch = server.api.watch().await;
    let case = server.api.register_and_resolve("9000001102").await.number;
    watch.fact(&case, "answered", A_CALL).await;
    first.done().await;
    assert_eq!(server.api.case(&case).await.0.state(), CaseState::ClosedSatisfied);

    let steps = wanting(&case, sounds.wish("wish_reopen", '5', "1"));
    let call = Sipp::call(server.sip(), server.network.trunk(), 1, "9000001102", &steps);
    watch.fact(&case, "reopened", A_CALL).await;
    call.done().await;

    let (case, _) = server.api.case(&case).await;
    assert_eq!((case.state(), case.level), (CaseState::WithOfficer, 2));
    server.assert_calm();
}
