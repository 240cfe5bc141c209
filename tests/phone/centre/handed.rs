//! A citizen whom the helpline rang wants a person, and speaks with a feedback caller on the same line.

use std::time::Duration;

use helpline_proto::v1::{
    self, Outcome, ScriptQuestion, TaskState, feedback_service_client::FeedbackServiceClient,
    verification_service_client::VerificationServiceClient, watch_console_response::Event,
};
use helpline181::telephony::LegEvent;

use super::{
    tasks::until,
    tones::{CITIZEN, Desk, Line, OTHER, Telephone},
};
use crate::kit::{api::Books, server::Server};

const SOON: Duration = Duration::from_secs(30);
/// Between two prompts of the dialogue is less, also on a busy machine.
const SURELY: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The citizen is the right party, and presses 3 behind the question.
async fn asks_for_a_person(citizen: &mut Telephone) -> Line {
    let mut line = citizen.picks_up().await;
    line.prompt_before(SURELY).await;
    line.press("1");
    line.prompt_before(SURELY).await;
    line.press("3");
    line
}

pub(super) async fn offered(desk: &mut Desk) -> v1::Caller {
    desk.told(|event| match event {
        Event::Offered(caller) => Some(caller.clone()),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn who_asks_for_a_person_speaks_with_a_feedback_caller_who_records_it() {
    let server = Server::quick().await;
    let mut desk = Desk::other(&server).await;
    desk.available().await;
    let mut citizen =
        Telephone::open(&server, server.network.callee(), "9000001711", CITIZEN).await;
    let case = server.api.register_and_resolve("9000001711").await;
    let mut feedback = FeedbackServiceClient::new(server.api.signed("caller"));
    let mut verification = VerificationServiceClient::new(server.api.signed("caller"));

    let mut line = asks_for_a_person(&mut citizen).await;
    let shown = offered(&mut desk).await;
    let own = feedback.get_task(v1::GetTaskRequest {}).await.unwrap().into_inner();
    let task = own.task.unwrap();
    let progress = task.progress.unwrap();
    assert_eq!((&shown.task, progress.state()), (&progress.id, TaskState::Dialled));
    let seen = task.case.unwrap();
    assert_eq!((seen.number.as_str(), seen.post.as_str()), (case.number.as_str(), ""));
    let mut person = desk.phone.picks_up().await;
    line.says(CITIZEN);
    line.hears(&[OTHER]).await;
    person.hears(&[CITIZEN]).await;
    person.hang_up();
    line.ends().await;
    desk.wraps_up().await;
    let over = until(&mut feedback, TaskState::WrapUp).await;
    assert_eq!((&over.call, over.answered_at.is_some()), (&shown.call, true));

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
    let mut books = Books::open(&server.data()).await;
    let attempts = books.attempts(&case.number).await;
    let told: Vec<_> = attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
    assert_eq!(told, ["SPEAK_TO_PERSON", "SATISFIED"]);
    // One call, in its pieces: what the dialogue recorded, and the talk.
    let evidence: serde_json::Value = serde_json::from_str(&attempts[1].evidence).unwrap();
    assert_eq!(evidence["call"], shown.call.as_str());
    assert!(evidence["recordings"].as_array().unwrap().len() >= 2, "{evidence}");
    server.assert_calm();
}

#[tokio::test]
async fn a_citizen_who_hangs_up_first_leaves_no_phone_ringing_and_the_round_to_a_person() {
    let server = Server::quick().await;
    let mut watch = server.api.watch().await;
    let mut desk = Desk::other(&server).await;
    desk.available().await;
    let mut citizen =
        Telephone::open(&server, server.network.callee(), "9000001712", CITIZEN).await;
    let case = server.api.register_and_resolve("9000001712").await;
    let mut verification = VerificationServiceClient::new(server.api.signed("caller"));

    let line = asks_for_a_person(&mut citizen).await;
    let ringing = desk.phone.rings_only().await;
    watch.fact(&case.number, "attempted", SOON).await;
    line.hang_up();
    desk.told(|event| matches!(event, Event::Withdrawn(_)).then_some(())).await;
    // An answer that crosses the withdrawal is hung up.
    if let Ok(mut leg) = ringing.answer().await {
        let ended = async { while !matches!(leg.next().await, LegEvent::Ended(_)) {} };
        tokio::time::timeout(SOON, ended).await.expect("nobody is there to speak with");
    }

    // The same person is shown it as a task that can be dialled.
    let shown = tokio::time::timeout(SOON, async {
        let (mut clock, mut n) = (tokio::time::interval(LOOK_EVERY), 0);
        loop {
            clock.tick().await;
            n += 1;
            let ask = v1::NextTaskRequest { request_id: format!("n{n}") };
            if let Ok(shown) = verification.next_task(ask).await
                && let Some(task) = shown.into_inner().case
            {
                return task;
            }
        }
    });
    assert_eq!(shown.await.expect("the round is free").number, case.number);
    server.assert_calm();
}
