//! Click to call: the own phone first, then the citizen's, and nobody is shown a number.

use std::time::Duration;

use helpline_proto::v1::{
    self, conversation_service_client::ConversationServiceClient,
    oversight_service_client::OversightServiceClient,
};

use super::tones::{AGENT, CITIZEN, Desk, OTHER, Telephone};
use crate::kit::server::Server;

const SOON: Duration = Duration::from_secs(30);

fn call(request_id: &str, number: &str, meeting: &str) -> v1::CallCitizenRequest {
    v1::CallCitizenRequest {
        request_id: request_id.to_owned(),
        number: number.to_owned(),
        meeting: meeting.to_owned(),
    }
}

#[tokio::test]
async fn an_agent_calls_the_citizen_of_a_case_and_sees_no_number() {
    let server = Server::quick().await;
    let case = server.api.register("9000001701").await;
    let mut watch = server.api.watch().await;
    let mut desk = Desk::agent(&server).await;
    let mut citizen =
        Telephone::open(&server, server.network.callee(), "9000001701", CITIZEN).await;

    let made = desk.calls.call_citizen(call("c1", &case.number, "")).await.unwrap().into_inner();
    let again = desk.calls.call_citizen(call("c1", &case.number, "")).await.unwrap().into_inner();
    assert_eq!(made, again, "asked for twice, made once");
    let mut agent = desk.phone.picks_up().await;
    let ringing = citizen.rings_only().await;
    agent.hears_ringing().await;
    let mut line = citizen.answers(ringing).await;
    line.says(CITIZEN);
    line.hears(&[AGENT]).await;
    agent.hears(&[CITIZEN]).await;

    let shown = desk.connected().await;
    assert_eq!((shown.phone_masked.as_str(), shown.call), ("XXXXXX1701", made.call.clone()));
    let told = watch.fact(&case.number, "spoke", SOON).await;
    assert_eq!(told.actor, "account:1");
    agent.hang_up();
    line.ends().await;
    desk.wraps_up().await;
    server.assert_calm();
}

#[tokio::test]
async fn an_officers_call_from_a_review_meeting_stands_on_its_agenda() {
    let server = Server::quick().await;
    let case = server.api.register("9000001702").await;
    let meeting = "bhopal-2026-47";
    let pick = v1::PickCasesRequest {
        request_id: "p1".to_owned(),
        meeting: meeting.to_owned(),
        held_at: Some(prost_types::Timestamp { seconds: 1_795_500_000, nanos: 0 }),
        numbers: vec![case.number.clone()],
        ..v1::PickCasesRequest::default()
    };
    let mut reviewer = OversightServiceClient::new(server.api.signed("nodal.bhopal"));
    reviewer.pick_cases(pick).await.unwrap();
    let mut watch = server.api.watch().await;
    let mut phones = Telephone::open(&server, server.network.callee(), "callee", OTHER).await;
    let mut officer = ConversationServiceClient::new(server.api.signed("ae.bhopal"));

    let other = officer.call_citizen(call("c0", &case.number, "indore-2026-47")).await;
    assert_eq!(other.unwrap_err().code(), tonic::Code::FailedPrecondition);
    officer.call_citizen(call("c1", &case.number, meeting)).await.unwrap();
    let (dialled, mut own) = phones.picks_up_as().await;
    assert_eq!(dialled, "5550000002");
    let (dialled, mut line) = phones.picks_up_as().await;
    assert_eq!(dialled, "9000001702");
    own.hears(&[OTHER]).await;
    line.hears(&[OTHER]).await;

    let told = watch.fact(&case.number, "contact", SOON).await;
    assert!(!told.actor.is_empty());
    own.hang_up();
    line.ends().await;
    let agenda = v1::ListAgendaRequest { meeting: meeting.to_owned(), open: true };
    let agenda = reviewer.list_agenda(agenda).await.unwrap().into_inner();
    assert_eq!(agenda.items[0].remarks.len(), 1);
    server.assert_calm();
}
