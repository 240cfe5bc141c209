//! Calls that are made for people: who answers is connected at once, or speaks with the dialogue.

use std::time::Duration;

use helpline_proto::v1::{
    self, CaseState, TaskState, dialling_service_client::DiallingServiceClient,
    feedback_service_client::FeedbackServiceClient,
};

use super::{
    handed::offered,
    tasks::until,
    tones::{CITIZEN, Desk, OTHER, Telephone},
};
use crate::kit::{
    api::Books,
    server::{Server, Wishes},
};

const SOON: Duration = Duration::from_secs(40);

async fn progressive() -> Server {
    Server::start_with(Wishes { quick: true, progressive: true, ..Wishes::default() }).await
}

#[tokio::test]
async fn who_answers_a_progressive_call_speaks_with_the_person_it_was_made_for() {
    let server = progressive().await;
    let mut citizen =
        Telephone::open(&server, server.network.callee(), "9000001721", CITIZEN).await;
    let case = server.api.register_and_resolve("9000001721").await;
    let mut feedback = FeedbackServiceClient::new(server.api.signed("caller"));

    // Nobody is rung before somebody is free.
    let mut desk = Desk::other(&server).await;
    desk.available().await;
    let mut line = citizen.picks_up().await;
    let shown = offered(&mut desk).await;
    let mut person = desk.phone.picks_up().await;
    line.says(CITIZEN);
    line.hears(&[OTHER]).await;
    person.hears(&[CITIZEN]).await;
    line.hang_up();
    let over = until(&mut feedback, TaskState::WrapUp).await;

    assert_eq!((&over.call, over.answered_at.is_some()), (&shown.call, true));
    let mut books = Books::open(&server.data()).await;
    // The person's word is the call's only outcome.
    assert!(books.attempts(&case.number).await.is_empty());
    let mut dialling = DiallingServiceClient::new(server.api.signed("supervisor"));
    let ask = v1::ListDecisionsRequest { limit: 256 };
    let decisions = dialling.list_decisions(ask).await.unwrap().into_inner().decisions;
    let begun: Vec<_> = decisions.iter().filter(|decision| decision.dial > 0).collect();
    assert!(begun.iter().all(|decision| decision.mode == "PROGRESSIVE"), "{begun:?}");
    assert!(begun.iter().any(|decision| decision.free_callers == 1), "{begun:?}");
    server.assert_calm();
}

#[tokio::test]
async fn when_the_person_does_not_take_a_progressive_call_the_dialogue_does() {
    let server = progressive().await;
    let mut watch = server.api.watch().await;
    let mut desk = Desk::other(&server).await;
    let mut citizen =
        Telephone::open(&server, server.network.callee(), "9000001722", CITIZEN).await;
    let case = server.api.register_and_resolve("9000001722").await;
    desk.available().await;

    let mut line = citizen.picks_up().await;
    desk.phone.rejects().await;
    for key in ["1", "1", "1", "2"] {
        line.prompt().await;
        line.press(key);
    }
    watch.fact(&case.number, "answered", SOON).await;

    let (found, _) = server.api.case(&case.number).await;
    assert_eq!(found.state(), CaseState::ClosedSatisfied);
    server.assert_calm();
}
