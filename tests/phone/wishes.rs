//! Citizens who withdraw or reopen by telephone: at once over a trusted trunk, else by the helpline's own call; and those
//! whom it rings after a special close.

use std::time::Duration;

use helpline_proto::v1::{
    self, CaseState, closure_service_client::ClosureServiceClient,
    officer_service_client::OfficerServiceClient,
};

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

#[tokio::test]
async fn after_a_special_close_the_helpline_rings_and_a_no_asks_for_an_order() {
    let server = Server::quick().await;
    let number = server.api.register("9000001103").await.number;
    let steps = server.sounds.courtesy("courtesy_chose_not_satisfied", "121");
    let citizen =
        Sipp::answer(server.network.callee(), 1, &[("9000001103".into(), Answer::Picks(steps))]);
    let mut watch = server.api.watch().await;
    server.api.advance(7 * 86_400).await;
    watch.fact(&number, "escalated", A_CALL).await;

    let proposal = v1::ProposeSpecialCloseRequest {
        request_id: "propose".into(),
        number: number.clone(),
        grounds: "no line is laid outside the abadi, circular 12 of 2024".into(),
        ..Default::default()
    };
    ClosureServiceClient::new(server.api.signed("ee.bhopal"))
        .propose_special_close(proposal)
        .await
        .unwrap();
    let decided = v1::DecideSpecialCloseRequest {
        request_id: "decide".into(),
        number: number.clone(),
        accept: true,
        reason: "so it is".into(),
        ..Default::default()
    };
    let mut above = ClosureServiceClient::new(server.api.signed("se.bhopal"));
    above.decide_special_close(decided).await.unwrap();
    watch.fact(&number, "courtesy", A_CALL).await;
    citizen.done().await;

    assert_eq!(server.api.case(&number).await.0.state(), CaseState::ClosedSpecial);
    let attempts = Books::open(&server.data()).await.attempts(&number).await;
    let outcomes: Vec<_> = attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
    assert_eq!(outcomes, ["NOT_SATISFIED"]);
    let open =
        v1::ListMattersRequest { kind: v1::MatterKind::Reopening.into(), ..Default::default() };
    let mut desk = OfficerServiceClient::new(server.api.signed("collector.bhopal"));
    let matters = desk.list_matters(open).await.unwrap().into_inner().matters;
    assert_eq!(matters.iter().map(|row| &row.number).collect::<Vec<_>>(), [&number]);
    server.assert_calm();
}
