//! gRPC-Web and pages on the same port, over HTTP/1.1 as browsers and simple tools speak it.

use helpline_proto::v1;

use crate::kit::{
    House, complaint,
    http::{get, grpc_web},
};

#[tokio::test]
async fn a_browsers_call_registers_and_gets_its_trailers_in_the_body() {
    let house = House::open().await;

    let answer = grpc_web(
        &house,
        "ComplaintService/RegisterComplaint",
        house.token("agent"),
        "",
        &complaint("r1", "9876543210"),
    )
    .await;

    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("application/grpc-web+proto"), "{answer}");
    assert!(answer.contains("grpc-status:0"), "{answer}");
    assert!(answer.contains("XXXXXX3210") && !answer.contains("9876543210"), "{answer}");
    house.close().await;
}

#[tokio::test]
async fn a_browsers_call_passes_the_same_door() {
    let house = House::open().await;
    let list = v1::ListCasesRequest::default();

    let nobody = grpc_web(&house, "ComplaintService/ListCases", "forged", "", &list).await;
    let admin =
        grpc_web(&house, "ComplaintService/ListCases", house.token("admin"), "", &list).await;

    assert!(nobody.contains("grpc-status: 16") || nobody.contains("grpc-status:16"), "{nobody}");
    assert!(admin.contains("grpc-status: 7") || admin.contains("grpc-status:7"), "{admin}");
    house.close().await;
}

#[tokio::test]
async fn the_page_tells_what_this_is_and_other_paths_are_not_found() {
    let house = House::open().await;

    let home = get(&house, "/").await;
    let missing = get(&house, "/no/such/page").await;
    let rpc = get(&house, "/helpline.v1.SessionService/SignIn").await;

    assert!(home.starts_with("HTTP/1.1 200") && home.contains("helpline181"), "{home}");
    assert!(home.contains("content-security-policy: default-src 'none'"), "{home}");
    assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("Not here"), "{missing}");
    assert!(rpc.starts_with("HTTP/1.1 400"), "{rpc}");
    house.close().await;
}
