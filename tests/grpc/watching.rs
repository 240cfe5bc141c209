//! Watches: what is seen, in which order, and how one goes on after a break.

use std::time::Duration;

use helpline_proto::v1::{
    self, WatchCasesResponse, session_service_client::SessionServiceClient,
    watch_cases_response::Event,
};
use helpline181::{
    app::Mode,
    grpc::{Limits, Options},
};
use tokio::time::timeout;
use tonic::{Code, Streaming};

use crate::kit::{House, reason, roomy, wrong_field};

const SOON: Duration = Duration::from_secs(10);

async fn watch(house: &House, login: &str, resume_token: &str) -> Streaming<WatchCasesResponse> {
    let request = v1::WatchCasesRequest { resume_token: resume_token.into() };
    house.complaints(login).await.watch_cases(request).await.unwrap().into_inner()
}

/// The next fact as (number, version), with its envelope.
async fn fact(stream: &mut Streaming<WatchCasesResponse>) -> ((String, i64), WatchCasesResponse) {
    loop {
        let message = timeout(SOON, stream.message()).await.unwrap().unwrap().unwrap();
        if let Some(Event::Fact(fact)) = message.event.clone() {
            return ((fact.number, fact.event.unwrap().version), message);
        }
    }
}

/// All facts of a case, as its history has them.
async fn facts_of(house: &House, number: &str) -> Vec<(String, i64)> {
    let request = v1::GetCaseRequest { number: number.into() };
    let shown = house.complaints("agent").await.get_case(request).await.unwrap().into_inner();
    shown.history.into_iter().map(|event| (number.to_owned(), event.version)).collect()
}

#[tokio::test]
async fn a_watch_tells_facts_in_order_and_resumes_after_the_last_one_read() {
    let house = House::open().await;
    let mut first = watch(&house, "supervisor", "").await;
    let one = house.register("r1", "9876543210").await.number;
    let (told, message) = fact(&mut first).await;
    assert_eq!(told, (one.clone(), 1));
    assert_eq!(message.sequence, 1);
    drop(first);

    let two = house.register("r2", "9876543211").await.number;
    let mut expected = facts_of(&house, &one).await.split_off(1);
    expected.extend(facts_of(&house, &two).await);
    let mut resumed = watch(&house, "supervisor", &message.resume_token).await;

    let mut told = Vec::new();
    for _ in 0..expected.len() {
        told.push(fact(&mut resumed).await.0);
    }
    assert_eq!(told, expected);
    house.close().await;
}

#[tokio::test]
async fn a_watch_shows_what_is_in_the_watchers_scope() {
    let house = House::open().await;
    let mut nodal = watch(&house, "nodal.bhopal", "").await;
    let mut elsewhere = crate::kit::complaint("r1", "9876543210");
    elsewhere.registration.as_mut().unwrap().place = "district:410".into();
    house.complaints("agent").await.register_complaint(elsewhere).await.unwrap();

    let here = house.register("r2", "9876543211").await.number;

    assert_eq!(fact(&mut nodal).await.0, (here, 1));
    house.close().await;
}

#[tokio::test]
async fn while_others_are_busy_a_watch_hears_heartbeats_and_ends_with_its_session() {
    let limits = Limits { heartbeat_every: Duration::from_millis(300), ..roomy() };
    let options = Options { limits, reflection: false, ..Options::default() };
    let house = House::open_with(options, Mode::Demonstration).await;
    let mut stream = watch(&house, "nodal.bhopal", "").await;
    let mut agent = house.complaints("agent").await;
    let busy = tokio::spawn(async move {
        for n in 0.. {
            let mut elsewhere = crate::kit::complaint(&format!("r{n}"), "9876543210");
            elsewhere.registration.as_mut().unwrap().place = "district:410".into();
            if agent.register_complaint(elsewhere).await.is_err() {
                return;
            }
        }
    });

    let message = timeout(SOON, stream.message()).await.expect("no heartbeat").unwrap().unwrap();
    assert!(matches!(message.event, Some(Event::Heartbeat(_))), "{message:?}");
    let signed = house.signed("nodal.bhopal").await;
    SessionServiceClient::new(signed).sign_out(v1::SignOutRequest {}).await.unwrap();
    let ended = async {
        loop {
            if let Err(status) = stream.message().await {
                return status;
            }
        }
    };
    let ended = timeout(SOON, ended).await.expect("it goes on without a session");

    assert_eq!(ended.code(), Code::Unauthenticated);
    busy.abort();
    house.close().await;
}

#[tokio::test]
async fn a_resume_token_that_is_none_is_refused() {
    let house = House::open().await;
    let mut client = house.complaints("supervisor").await;
    for token in ["nonsense", "1:2:3", "'; --"] {
        let request = v1::WatchCasesRequest { resume_token: token.into() };
        let refused = match client.watch_cases(request).await {
            Err(status) => status,
            Ok(stream) => stream.into_inner().message().await.unwrap_err(),
        };
        assert_eq!(wrong_field(&refused), "resume_token", "{token}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_watch_ends_at_the_clients_deadline() {
    let house = House::open().await;
    let mut request = tonic::Request::new(v1::WatchCasesRequest::default());
    request.set_timeout(Duration::from_millis(200));

    let answer = house.complaints("supervisor").await.watch_cases(request).await;

    let ended = match answer {
        Err(status) => status,
        Ok(stream) => timeout(SOON, stream.into_inner().message()).await.unwrap().unwrap_err(),
    };
    assert!(matches!(ended.code(), Code::DeadlineExceeded | Code::Cancelled), "{ended:?}");
    house.close().await;
}

#[tokio::test]
async fn shutting_down_ends_watches_and_refuses_new_calls() {
    let mut house = House::open().await;
    let mut stream = watch(&house, "supervisor", "").await;

    house.shutdown(Duration::from_secs(5)).await;

    let ended = timeout(SOON, stream.message()).await.unwrap().unwrap_err();
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    house.close().await;
}
