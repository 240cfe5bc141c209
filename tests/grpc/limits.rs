//! Messages, calls and connections past their limits are refused by name, and the server lives on.

use std::time::Duration;

use helpline_proto::v1::{self, complaint_service_client::ComplaintServiceClient};
use helpline181::{
    app::Mode,
    grpc::{Limits, Options},
};
use tokio::{io::AsyncReadExt, net::TcpStream};
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::kit::{House, complaint, http::grpc_web, reason, roomy};

async fn house(limits: Limits) -> House {
    House::open_with(
        Options { limits, reflection: false, ..Options::default() },
        Mode::Demonstration,
    )
    .await
}

#[tokio::test]
async fn a_message_past_256_kib_is_refused_and_the_connection_goes_on() {
    let house = House::open().await;
    let mut agent = house.complaints("agent").await;
    let mut huge = complaint("r1", "9876543210");
    huge.registration.as_mut().unwrap().words = "x".repeat(256 * 1_024);

    let refused = agent.register_complaint(huge).await.unwrap_err();

    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::ResourceExhausted, "MESSAGE_TOO_LARGE")
    );
    agent.register_complaint(complaint("r1", "9876543210")).await.unwrap();
    house.close().await;
}

#[tokio::test]
async fn a_deadline_of_the_client_is_kept_and_an_act_is_not_done_twice_for_it() {
    let house = House::open().await;
    let mut agent = house.complaints("agent").await;
    let (method, token) = ("ComplaintService/RegisterComplaint", house.token("agent"));
    let ask = complaint("r1", "9876543210");

    // The gRPC client would end the call by itself.
    for deadline in ["grpc-timeout: 1n\r\n", "grpc-timeout: 6m\r\n"] {
        let late = grpc_web(&house, method, token, deadline, &ask).await;
        assert!(
            late.contains("grpc-status: 4") || late.contains("grpc-status:0"),
            "{deadline}: {late}"
        );
        assert!(deadline.contains("6m") || late.contains("grpc-status-details-bin"), "{late}");
    }

    let case = house.register("r1", "9876543210").await;
    let listed = agent.list_cases(v1::ListCasesRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.cases.len(), 1);
    assert_eq!(listed.cases[0].number, case.number);
    house.close().await;
}

#[tokio::test]
async fn an_accounts_calls_under_way_are_bounded_and_freed() {
    let house = house(Limits { in_flight_per_account_max: 2, ..roomy() }).await;
    let mut client = ComplaintServiceClient::new(house.signed("supervisor").await);
    let first = client.watch_cases(v1::WatchCasesRequest::default()).await.unwrap();
    let _second = client.watch_cases(v1::WatchCasesRequest::default()).await.unwrap();

    let refused = client.list_cases(v1::ListCasesRequest::default()).await.unwrap_err();

    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::ResourceExhausted, "TOO_MANY_IN_FLIGHT")
    );
    assert!(refused.get_error_details().retry_info().is_some());
    let other = house.complaints("auditor").await.list_cases(v1::ListCasesRequest::default()).await;
    assert!(other.is_ok(), "another account has places of its own");
    drop(first);
    let mut freed = client.list_cases(v1::ListCasesRequest::default()).await;
    while matches!(&freed, Err(status) if reason(status) == "TOO_MANY_IN_FLIGHT") {
        tokio::task::yield_now().await;
        freed = client.list_cases(v1::ListCasesRequest::default()).await;
    }
    freed.unwrap();
    house.close().await;
}

#[tokio::test]
async fn connections_of_one_address_are_bounded() {
    let house = house(Limits { connections_per_address_max: 2, ..Limits::default() }).await;
    let _one = house.channel().await;
    let _two = house.channel().await;

    let mut third = TcpStream::connect(house.address()).await.unwrap();

    assert_eq!(third.read(&mut [0; 64]).await.unwrap_or(0), 0);
    drop((_one, _two));
    house.close().await;
}

#[tokio::test]
async fn a_unary_call_has_a_deadline_of_its_own() {
    let house = house(Limits { unary_deadline: Duration::ZERO, ..roomy() }).await;

    let late = house
        .complaints("agent")
        .await
        .list_cases(v1::ListCasesRequest::default())
        .await
        .unwrap_err();

    assert_eq!(reason(&late), "DEADLINE");
    house.close().await;
}

#[tokio::test]
async fn headers_past_16_kib_are_refused() {
    let house = House::open().await;
    let mut agent = house.complaints("agent").await;
    let mut request = Request::new(v1::ListCasesRequest::default());
    request.metadata_mut().insert("x-padding", "x".repeat(20_000).parse().unwrap());

    assert!(agent.list_cases(request).await.is_err());
    assert!(
        house.complaints("agent").await.list_cases(v1::ListCasesRequest::default()).await.is_ok()
    );
    house.close().await;
}
