//! A feedback caller's task by real calls: seen, dialled, answered, recorded.

use std::time::Duration;

use helpline_proto::v1::{
    self, Outcome, ScriptQuestion, TaskState, feedback_service_client::FeedbackServiceClient,
    verification_service_client::VerificationServiceClient,
};
use tokio::time::{interval, timeout};

use super::tones::{CITIZEN, Desk, OTHER, Telephone};
use crate::kit::{api::Signed, server::Server};

const SOON: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The citizen has asked for a person: the machine rings no more.
async fn wants_a_person(server: &Server) {
    let pool = sqlx::SqlitePool::connect(&server.store_options().url).await.unwrap();
    let sql = "UPDATE rounds SET human = 1, next_at = NULL WHERE state = 'OPEN'";
    assert_eq!(sqlx::query(sql).execute(&pool).await.unwrap().rows_affected(), 1);
    pool.close().await;
}

pub(super) async fn until(
    feedback: &mut FeedbackServiceClient<Signed>,
    state: TaskState,
) -> v1::TaskProgress {
    let looking = async {
        let mut clock = interval(LOOK_EVERY);
        loop {
            clock.tick().await;
            let own = feedback.get_task(v1::GetTaskRequest {}).await.unwrap().into_inner();
            let progress = own.task.and_then(|task| task.progress).unwrap();
            if progress.state() == state {
                return progress;
            }
        }
    };
    timeout(SOON, looking).await.expect("the task comes so far")
}

#[tokio::test]
async fn a_task_is_seen_dialled_and_recorded_with_the_call_as_its_evidence() {
    let server = Server::quick().await;
    let mut watch = server.api.watch().await;
    let mut citizen =
        Telephone::open(&server, server.network.callee(), "9000001703", CITIZEN).await;
    let mut desk = Desk::other(&server).await;
    let case = server.api.register_and_resolve("9000001703").await;
    citizen.rejects().await;
    watch.fact(&case.number, "attempted", SOON).await;
    wants_a_person(&server).await;
    let mut verification = VerificationServiceClient::new(server.api.signed("caller"));
    let mut feedback = FeedbackServiceClient::new(server.api.signed("caller"));

    let ask = v1::NextTaskRequest { request_id: "n1".to_owned() };
    let shown = verification.next_task(ask).await.unwrap().into_inner();
    let seen = shown.case.unwrap();
    assert_eq!((seen.number.as_str(), seen.post.as_str()), (case.number.as_str(), ""));
    let task = shown.progress.unwrap().id;
    let ask = v1::DialTaskRequest { request_id: "d1".to_owned(), task };
    let call = feedback.dial_task(ask.clone()).await.unwrap().into_inner().call;
    assert_eq!(feedback.dial_task(ask).await.unwrap().into_inner().call, call, "made once");
    let mut own = desk.phone.picks_up().await;
    let ringing = citizen.rings_only().await;
    own.hears_ringing().await;
    let mut line = citizen.answers(ringing).await;
    line.says(CITIZEN);
    line.hears(&[OTHER]).await;
    own.hears(&[CITIZEN]).await;
    own.hang_up();
    line.ends().await;
    let over = until(&mut feedback, TaskState::WrapUp).await;
    assert_eq!((over.call.as_str(), over.answered_at.is_some()), (call.as_str(), true));

    let script = feedback.get_script(v1::GetScriptRequest::default()).await.unwrap().into_inner();
    let said = [
        (ScriptQuestion::RightParty, 1),
        (ScriptQuestion::Answer, 1),
        (ScriptQuestion::Confirm, 1),
        (ScriptQuestion::Pressure, 2),
    ];
    let answers = said.map(|(question, choice)| v1::ScriptAnswer {
        question: question.into(),
        choice,
        since_answer: Some(prost_types::Duration::default()),
    });
    let record = v1::RecordOutcomeRequest {
        request_id: "r1".to_owned(),
        number: case.number.clone(),
        round: 1,
        outcome: Outcome::Satisfied.into(),
        answers: answers.to_vec(),
        script_version: script.version,
        ..v1::RecordOutcomeRequest::default()
    };
    let closed = verification.record_outcome(record).await.unwrap().into_inner().case.unwrap();
    assert_eq!(closed.state(), v1::CaseState::ClosedSatisfied);
    let (_, history) = server.api.case(&case.number).await;
    let answered = history.iter().find(|event| event.kind == "answered").unwrap();
    for part in [r#""source":"HUMAN""#, &format!(r#""call":"{call}""#), "script_sha256"] {
        assert!(answered.body_json.contains(part), "{part} in {}", answered.body_json);
    }
    server.assert_calm();
}
