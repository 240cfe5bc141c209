//! What a client is answered about duplicates and blocks.

use helpline_proto::v1::{self, intake_service_client::IntakeServiceClient};
use tonic::Code;
use tonic_types::StatusExt;

use crate::kit::{House, complaint, reason, wrong_field};

const PHONE: &str = "9876543210";

#[tokio::test]
async fn a_duplicate_names_the_earlier_cases_and_is_registered_when_they_are_named() {
    let house = House::open().await;
    let first = house.register("r1", PHONE).await;
    let mut agent = house.complaints("agent").await;

    let refused = agent.register_complaint(complaint("r2", PHONE)).await.unwrap_err();

    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "DUPLICATE")
    );
    let details = refused.get_error_details();
    let unmet = &details.precondition_failure().unwrap().violations;
    let unmet: Vec<_> = unmet.iter().map(|one| (one.r#type.as_str(), &one.subject)).collect();
    assert_eq!(unmet, [("SAME_CITIZEN", &first.number)]);
    let mut beside = complaint("r2", PHONE);
    let said = v1::DespiteDuplicates { numbers: vec![first.number.clone()], reason: String::new() };
    beside.registration.as_mut().unwrap().despite_duplicates = Some(said);
    let unsaid = agent.register_complaint(beside.clone()).await.unwrap_err();
    assert_eq!(wrong_field(&unsaid), "registration.despite_duplicates.reason");
    let said = beside.registration.as_mut().unwrap().despite_duplicates.as_mut().unwrap();
    said.reason = "another house".into();
    let second = agent.register_complaint(beside).await.unwrap().into_inner().case.unwrap();
    assert_ne!(second.number, first.number);
    house.close().await;
}

#[tokio::test]
async fn a_call_that_is_not_the_own_is_named_by_nobody() {
    let house = House::open().await;
    let mut ask = complaint("r1", PHONE);
    ask.registration.as_mut().unwrap().call = "c0ffee".into();

    let refused = house.complaints("agent").await.register_complaint(ask).await.unwrap_err();

    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "NOT_YOUR_CALL")
    );
    house.close().await;
}

#[tokio::test]
async fn a_block_is_listed_masked_and_lifted_by_a_supervisor() {
    let house = House::open().await;
    let case = house.register("r1", PHONE).await;
    let mut supervisor = IntakeServiceClient::new(house.signed("supervisor").await);
    let request = v1::BlockCitizenRequest {
        request_id: "b1".into(),
        citizen: Some(v1::CitizenOf { number: case.number, ..v1::CitizenOf::default() }),
        reason: "false alarms".into(),
        span: Some(prost_types::Duration { seconds: 3_600, nanos: 0 }),
    };

    let block = supervisor.block_citizen(request).await.unwrap().into_inner().block.unwrap();
    let mut agent = house.complaints("agent").await;
    let refused = agent.register_complaint(complaint("r2", PHONE)).await.unwrap_err();
    let listed = supervisor.list_blocks(v1::ListBlocksRequest::default()).await.unwrap();
    let listed = listed.into_inner().blocks;

    assert_eq!(reason(&refused), "CITIZEN_BLOCKED");
    assert_eq!((listed.len(), listed[0].phone_masked.as_str()), (1, "XXXXXX3210"));
    assert!(listed[0].in_force);
    let lift = v1::LiftBlockRequest { request_id: "l1".into(), block: block.id };
    let lifted = supervisor.lift_block(lift).await.unwrap().into_inner().block.unwrap();
    assert!(!lifted.in_force && lifted.lifted_at.is_some());
    house.close().await;
}
