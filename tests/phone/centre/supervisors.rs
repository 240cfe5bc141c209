//! Supervisors in agents' calls: who hears them, what is written down, and what a lost phone of theirs changes.

use helpline_proto::v1::{self, SupervisionMode as Mode};

use super::tones::{AGENT, CITIZEN, Desk, THIRD, talk};
use crate::kit::server::Server;

async fn hears_call(desk: &mut Desk, request_id: &str, mode: Mode) {
    let request = v1::SuperviseCallRequest {
        request_id: request_id.to_owned(),
        agent: "agent".to_owned(),
        mode: mode.into(),
        reason: "a complaint about rudeness".to_owned(),
    };
    desk.calls.supervise_call(request).await.unwrap();
}

#[tokio::test]
async fn a_supervisor_hears_both_whispers_to_the_agent_alone_barges_in_and_takes_over() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut supervisor = Desk::supervisor(&server).await;
    let (_phone, mut citizen, mut agent) = talk(&server, &mut desk).await;

    let without_reason = v1::SuperviseCallRequest {
        request_id: "s0".to_owned(),
        agent: "agent".to_owned(),
        mode: Mode::Listen.into(),
        reason: " why".to_owned(),
    };
    let refused = supervisor.calls.supervise_call(without_reason).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);

    hears_call(&mut supervisor, "s1", Mode::Listen).await;
    let mut ear = supervisor.phone.picks_up().await;
    ear.hears(&[CITIZEN, AGENT]).await;
    citizen.does_not_hear(THIRD).await;
    agent.does_not_hear(THIRD).await;

    hears_call(&mut supervisor, "s2", Mode::Whisper).await;
    agent.hears(&[CITIZEN, THIRD]).await;
    citizen.does_not_hear(THIRD).await;

    hears_call(&mut supervisor, "s3", Mode::Barge).await;
    citizen.hears(&[AGENT, THIRD]).await;
    agent.hears(&[CITIZEN, THIRD]).await;

    hears_call(&mut supervisor, "s4", Mode::TakeOver).await;
    agent.ends().await;
    desk.wraps_up().await;
    citizen.hears(&[THIRD]).await;
    ear.hears(&[CITIZEN]).await;
    let shown = supervisor.connected().await;
    assert_eq!(shown.phone_masked, "XXXXXX1601");
    // Asked again, nothing is done again.
    hears_call(&mut supervisor, "s4", Mode::TakeOver).await;

    ear.hang_up();
    citizen.ends().await;
    supervisor.wraps_up().await;
    let request = v1::ListSupervisionsRequest { supervisor: "supervisor".to_owned() };
    let listed = supervisor.calls.list_supervisions(request).await.unwrap().into_inner();
    let modes: Vec<_> = listed.supervisions.iter().map(|one| one.mode()).collect();
    assert_eq!(modes, [Mode::TakeOver, Mode::Barge, Mode::Whisper, Mode::Listen]);
    assert!(listed.supervisions.iter().all(|one| {
        (one.supervisor.as_str(), one.agent.as_str(), one.reason.as_str())
            == ("supervisor", "agent", "a complaint about rudeness")
            && one.call == shown.call
    }));
    server.assert_calm();
}

#[tokio::test]
async fn a_supervisors_lost_phone_changes_nothing_for_the_call() {
    let server = Server::quick().await;
    let mut desk = Desk::agent(&server).await;
    let mut supervisor = Desk::supervisor(&server).await;
    let (_phone, mut citizen, mut agent) = talk(&server, &mut desk).await;
    hears_call(&mut supervisor, "s1", Mode::Barge).await;
    let ear = supervisor.phone.picks_up().await;
    citizen.hears(&[AGENT, THIRD]).await;

    ear.hang_up();

    citizen.hears(&[AGENT]).await;
    agent.hears(&[CITIZEN]).await;
    supervisor.state(|state| state.activity() == v1::Activity::Idle).await;
    server.assert_calm();
}

#[tokio::test]
async fn nobody_listens_to_oneself_or_to_a_call_that_is_not() {
    let server = Server::quick().await;
    let _desk = Desk::agent(&server).await;
    let mut supervisor = Desk::supervisor(&server).await;
    let ask = |agent: &str| v1::SuperviseCallRequest {
        request_id: format!("s-{agent}"),
        agent: agent.to_owned(),
        mode: Mode::Listen.into(),
        reason: "a complaint about rudeness".to_owned(),
    };

    let none = supervisor.calls.supervise_call(ask("agent")).await;
    assert_eq!(none.unwrap_err().code(), tonic::Code::FailedPrecondition);
    let own = supervisor.calls.supervise_call(ask("supervisor")).await;
    assert_eq!(own.unwrap_err().code(), tonic::Code::InvalidArgument);
    let request = v1::ListSupervisionsRequest { supervisor: "supervisor".to_owned() };
    let listed = supervisor.calls.list_supervisions(request).await.unwrap().into_inner();
    assert_eq!(listed.supervisions, []);
}
