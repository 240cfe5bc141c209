//! Calls that are sent on, and calls of three: blind and attended, and what is left when somebody does not answer or goes.

use helpline_proto::v1::{self, call_target::To};

use super::{
    board,
    tones::{AGENT, CITIZEN, Desk, OTHER, talk},
};
use crate::kit::server::Server;

async fn transfers(desk: &mut Desk, request_id: &str, to: To) -> Result<(), tonic::Status> {
    let to = Some(v1::CallTarget { to: Some(to) });
    let request = v1::TransferCallRequest { request_id: request_id.to_owned(), to };
    desk.calls.transfer_call(request).await.map(drop)
}

async fn invites(desk: &mut Desk, apart: bool) {
    let to = Some(v1::CallTarget { to: Some(To::Agent("caller".to_owned())) });
    let request = v1::InviteToCallRequest { request_id: "i1".to_owned(), to, apart };
    desk.calls.invite_to_call(request).await.unwrap();
}

fn other() -> To {
    To::Agent("caller".to_owned())
}

#[tokio::test]
async fn a_blind_transfer_is_one_call_with_two_agents() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut second = Desk::other(&server).await;
    let (_phone, mut citizen, mut agent) = talk(&server, &mut desk).await;

    transfers(&mut desk, "t1", other()).await.unwrap();
    let asked = second.guest("asked").await;
    assert_eq!(asked.caller.unwrap().phone_masked, "XXXXXX1601");
    let mut line = second.phone.picks_up().await;

    agent.ends().await;
    desk.wraps_up().await;
    second.connected().await;
    citizen.hears(&[OTHER]).await;
    line.hears(&[CITIZEN]).await;
    let now = board(&server).await;
    assert_eq!((now.waiting, now.talking, now.answered, now.abandoned), (0, 1, 1, 0));

    line.hang_up();
    citizen.ends().await;
    second.wraps_up().await;
    server.assert_calm();
}

#[tokio::test]
async fn a_blind_transfer_that_nobody_takes_comes_back_to_the_agent() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut second = Desk::other(&server).await;
    let (_phone, mut citizen, mut agent) = talk(&server, &mut desk).await;

    transfers(&mut desk, "t1", other()).await.unwrap();
    second.phone.rejects().await;

    assert_eq!(desk.guest("failed").await.who, "Feedback caller");
    citizen.hears(&[AGENT]).await;
    agent.hears(&[CITIZEN]).await;
    // To a phone that is not there, nothing is even tried.
    second.phone.close().await;
    let to = To::Agent("directorate".to_owned());
    let nobody = transfers(&mut desk, "t2", to).await.unwrap_err();
    assert_eq!(nobody.code(), tonic::Code::NotFound);
    server.assert_calm();
}

#[tokio::test]
async fn a_citizen_whose_agent_went_and_whom_nobody_takes_goes_to_the_head_of_the_queue() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut second = Desk::other(&server).await;
    let (_phone, mut citizen, agent) = talk(&server, &mut desk).await;

    transfers(&mut desk, "t1", other()).await.unwrap();
    let ringing = second.phone.rings_only().await;
    agent.hang_up();
    desk.wraps_up().await;
    ringing.refuse(helpline181::telephony::Refusal::Busy);
    desk.agents.end_wrap_up(v1::EndWrapUpRequest {}).await.unwrap();

    let mut agent = desk.phone.picks_up().await;
    citizen.hears(&[AGENT]).await;
    agent.hears(&[CITIZEN]).await;
    server.assert_calm();
}

#[tokio::test]
async fn a_guest_speaks_with_the_agent_apart_then_all_three_then_has_the_call() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut second = Desk::other(&server).await;
    let (_phone, mut citizen, mut agent) = talk(&server, &mut desk).await;

    invites(&mut desk, true).await;
    let mut guest = second.phone.picks_up().await;
    guest.hears(&[AGENT]).await;
    agent.hears(&[OTHER]).await;
    citizen.does_not_hear(OTHER).await;
    citizen.does_not_hear(AGENT).await;

    desk.calls.join_call(v1::JoinCallRequest {}).await.unwrap();
    citizen.hears(&[AGENT, OTHER]).await;
    guest.hears(&[CITIZEN, AGENT]).await;
    agent.hears(&[CITIZEN, OTHER]).await;

    desk.calls.hand_over_call(v1::HandOverCallRequest {}).await.unwrap();
    agent.ends().await;
    desk.wraps_up().await;
    citizen.hears(&[OTHER]).await;
    second.connected().await;
    citizen.hang_up();
    guest.ends().await;
    second.wraps_up().await;
    server.assert_calm();
}

#[tokio::test]
async fn an_agent_who_hangs_up_in_a_talk_of_three_leaves_the_citizen_with_the_guest() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut second = Desk::other(&server).await;
    let (_phone, mut citizen, agent) = talk(&server, &mut desk).await;
    invites(&mut desk, false).await;
    let mut guest = second.phone.picks_up().await;
    citizen.hears(&[AGENT, OTHER]).await;

    agent.hang_up();

    citizen.hears(&[OTHER]).await;
    guest.hears(&[CITIZEN]).await;
    desk.wraps_up().await;
    server.assert_calm();
}

#[tokio::test]
async fn a_call_that_is_sent_back_to_the_queue_is_offered_again() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut second = Desk::other(&server).await;
    second.available().await;
    let (_phone, mut citizen, mut agent) = talk(&server, &mut desk).await;

    let queue = To::Queue(v1::QueueTarget { skills: String::new() });
    transfers(&mut desk, "t1", queue).await.unwrap();

    agent.ends().await;
    let mut line = second.phone.picks_up().await;
    citizen.hears(&[OTHER]).await;
    line.hears(&[CITIZEN]).await;
    server.assert_calm();
}

#[tokio::test]
async fn the_transfer_key_of_a_phone_sends_its_caller_on() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut second = Desk::other(&server).await;
    let (_phone, mut citizen, mut agent) = talk(&server, &mut desk).await;

    agent.refers("desk1", None);
    let mut line = second.phone.picks_up().await;

    agent.ends().await;
    citizen.hears(&[OTHER]).await;
    line.hears(&[CITIZEN]).await;
    desk.wraps_up().await;
    server.assert_calm();
}

#[tokio::test]
async fn an_attended_transfer_of_a_phone_joins_the_citizen_with_the_one_who_was_asked() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut second = Desk::other(&server).await;
    let (_phone, mut citizen, mut agent) = talk(&server, &mut desk).await;

    let mut consults = desk.phone.call("desk1").await;
    let mut guest = second.phone.picks_up().await;
    guest.hears(&[AGENT]).await;
    consults.hears(&[OTHER]).await;
    citizen.does_not_hear(OTHER).await;
    agent.refers("desk1", Some(&consults));

    citizen.hears(&[OTHER]).await;
    guest.hears(&[CITIZEN]).await;
    agent.ends().await;
    consults.ends().await;
    desk.wraps_up().await;
    second.connected().await;
    server.assert_calm();
}
