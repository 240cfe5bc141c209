//! Health, reflection, and what exists in the demonstration only.

use std::time::{Duration, Instant};

use helpline_proto::v1::{self, demo_service_client::DemoServiceClient};
use helpline181::{
    app::Mode,
    grpc::{Limits, Options},
};
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tonic::{Code, Streaming};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::kit::{House, reason, roomy};

const SOON: Duration = Duration::from_secs(10);

fn list_services() -> ServerReflectionRequest {
    ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    }
}

async fn health(house: &House) -> ServingStatus {
    let mut health = HealthClient::new(house.channel().await);
    let request = HealthCheckRequest { service: String::new() };
    health.check(request).await.unwrap().into_inner().status()
}

#[tokio::test]
async fn health_says_serving_without_a_session_and_no_more() {
    let house = House::open().await;

    assert_eq!(health(&house).await, ServingStatus::Serving);
    let mut client = HealthClient::new(house.channel().await);
    let unknown = HealthCheckRequest { service: "helpline.v1.OfficerService".into() };
    assert_eq!(client.check(unknown).await.unwrap_err().code(), Code::NotFound);
    house.close().await;
}

async fn watched(house: &House, service: &str) -> Streaming<HealthCheckResponse> {
    let mut client = HealthClient::new(house.channel().await);
    let request = HealthCheckRequest { service: service.to_owned() };
    client.watch(request).await.unwrap().into_inner()
}

async fn told(stream: &mut Streaming<HealthCheckResponse>) -> ServingStatus {
    timeout(SOON, stream.message()).await.unwrap().unwrap().unwrap().status()
}

#[tokio::test]
async fn a_watch_of_health_tells_of_a_worker_that_panics_and_of_the_end() {
    let mut house = House::open().await;
    let mut whole = watched(&house, "").await;
    let mut workers = watched(&house, "helpline.workers").await;
    let mut unknown = watched(&house, "nobody").await;
    assert_eq!(told(&mut whole).await, ServingStatus::Serving);
    assert_eq!(told(&mut workers).await, ServingStatus::Serving);
    assert_eq!(told(&mut unknown).await, ServingStatus::ServiceUnknown);

    house.app.worker_panicked("escalation");
    assert_eq!(told(&mut workers).await, ServingStatus::NotServing);
    assert_eq!(health(&house).await, ServingStatus::Serving);
    house.app.worker_panicked("escalation");
    house.app.worker_panicked("escalation");
    assert_eq!(told(&mut whole).await, ServingStatus::NotServing);
    house.app.worker_stepped("escalation");
    assert_eq!(told(&mut whole).await, ServingStatus::Serving);
    assert_eq!(told(&mut workers).await, ServingStatus::Serving);

    house.shutdown(Duration::from_secs(5)).await;
    assert_eq!(told(&mut whole).await, ServingStatus::NotServing);
    assert!(timeout(SOON, whole.message()).await.unwrap().unwrap().is_none());
    house.close().await;
}

#[tokio::test]
async fn watches_of_health_are_limited_and_keep_nobody_from_signing_in() {
    let limits = Limits { in_flight_anonymous_max: 2, ..roomy() };
    let options = Options { limits, reflection: false, ..Options::default() };
    let house = House::open_with(options, Mode::Demonstration).await;
    let mut held = Vec::new();
    for _ in 0..32 {
        held.push(watched(&house, "").await);
    }

    let mut client = HealthClient::new(house.channel().await);
    let refused = client.watch(HealthCheckRequest::default()).await.unwrap_err();

    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::ResourceExhausted, "TOO_MANY_IN_FLIGHT")
    );
    assert_eq!(health(&house).await, ServingStatus::Serving);
    house.close().await;
}

#[tokio::test]
async fn reflection_is_off_unless_it_is_asked_for() {
    let house = House::open().await;
    let mut client = ServerReflectionClient::new(house.channel().await);

    let refused =
        client.server_reflection_info(tokio_stream::once(list_services())).await.unwrap_err();

    assert_eq!(refused.code(), Code::Unimplemented);
    house.close().await;
}

#[tokio::test]
async fn reflection_names_every_service_when_it_is_on() {
    let options = Options { limits: roomy(), reflection: true, ..Options::default() };
    let house = House::open_with(options, Mode::Demonstration).await;
    let mut client = ServerReflectionClient::new(house.channel().await);

    let mut answers = client
        .server_reflection_info(tokio_stream::once(list_services()))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.next().await.unwrap().unwrap().message_response.unwrap();

    let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    for name in ["helpline.v1.OfficerService", "helpline.v1.IvrService", "grpc.health.v1.Health"] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    house.close().await;
}

#[tokio::test]
async fn the_clock_cannot_be_moved_outside_the_demonstration() {
    let house = House::open_with(
        Options { limits: roomy(), reflection: false, ..Options::default() },
        Mode::Service,
    )
    .await;
    let mut demo = DemoServiceClient::new(house.anonymous().await);

    let refused = demo.advance_clock(v1::AdvanceClockRequest::default()).await.unwrap_err();

    assert!(matches!(refused.code(), Code::Unimplemented | Code::Unauthenticated), "{refused:?}");
    house.close().await;
}

#[tokio::test]
async fn the_demonstrations_clock_moves_forward_alone() {
    let house = House::open().await;
    let mut demo = DemoServiceClient::new(house.signed("admin").await);
    let before = demo.get_clock(v1::GetClockRequest {}).await.unwrap().into_inner().now.unwrap();
    let by =
        |seconds| v1::AdvanceClockRequest { by: Some(prost_types::Duration { seconds, nanos: 0 }) };

    let after = demo.advance_clock(by(604_800)).await.unwrap().into_inner().now.unwrap();

    assert_eq!(after.seconds - before.seconds, 604_800);
    for wrong in [0, -1, 401 * 86_400] {
        let refused = demo.advance_clock(by(wrong)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID", "{wrong}");
    }
    house.close().await;
}

#[tokio::test]
async fn an_advance_that_its_client_gave_up_is_brought_to_its_end() {
    let house = House::open().await;
    for n in 0..20 {
        house.register(&format!("r{n}"), &format!("98765432{n:02}")).await;
    }
    let mut demo = DemoServiceClient::new(house.signed("admin").await);
    let before = house.app.now();
    let by = Some(prost_types::Duration { seconds: 60 * 86_400, nanos: 0 });
    let mut advance = tonic::Request::new(v1::AdvanceClockRequest { by });
    advance.set_timeout(Duration::from_millis(15));

    let given_up = demo.advance_clock(advance).await.unwrap_err();

    // Whichever of the two clocks was first.
    assert!(matches!(given_up.code(), Code::DeadlineExceeded | Code::Cancelled), "{given_up:?}");
    let until = Instant::now() + Duration::from_secs(20);
    while house.app.now().since(before) < 60 * 86_400_000 {
        assert!(Instant::now() < until, "it stopped half way");
        tokio::task::yield_now().await;
    }
    house.close().await;
}

#[tokio::test]
async fn a_case_untouched_climbs_by_the_demonstrations_clock() {
    let house = House::open().await;
    let number = house.register("r1", "9876543210").await.number;
    let mut demo = DemoServiceClient::new(house.signed("admin").await);
    let by = Some(prost_types::Duration { seconds: 7 * 86_400, nanos: 0 });

    let advanced = demo.advance_clock(v1::AdvanceClockRequest { by }).await.unwrap().into_inner();

    assert_eq!(advanced.escalated, 1);
    let show = v1::GetCaseRequest { number };
    let case =
        house.complaints("agent").await.get_case(show).await.unwrap().into_inner().case.unwrap();
    assert_eq!((case.level, case.state()), (2, v1::CaseState::WithOfficer));
    house.close().await;
}
