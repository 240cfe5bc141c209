//! Bytes that no client sends: after each of them the server answers as before.

use std::time::Duration;

use helpline_proto::v1;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tonic::{Code, Request, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

use crate::kit::{House, reason};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const PATIENCE: Duration = Duration::from_secs(2);

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

fn after_preface(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    frames.iter().for_each(|frame| bytes.extend(frame));
    bytes
}

async fn throw(house: &House, bytes: &[u8]) {
    let mut stream = TcpStream::connect(house.address()).await.unwrap();
    // The server may close before everything is written.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let _ = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
}

async fn answers(house: &House) {
    house.complaints("agent").await.list_cases(v1::ListCasesRequest::default()).await.unwrap();
}

#[tokio::test]
async fn malformed_bytes_end_their_connection_and_nothing_else() {
    let house = House::open().await;
    let rapid_resets: Vec<_> = (0..2_000_u32)
        .flat_map(|n| {
            let stream = 2 * n + 1;
            // :method POST, :scheme http, :path /, as indexed fields.
            [frame(1, 4, stream, &[0x83, 0x86, 0x84]), frame(3, 0, stream, &[0, 0, 0, 8])]
        })
        .collect();
    let continuations: Vec<_> = std::iter::once(frame(1, 0, 1, &[0x83, 0x86, 0x84]))
        .chain((0..2_000).map(|_| frame(9, 0, 1, &[0x40, 1, b'a', 1, b'b'])))
        .collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("zeros", vec![0; 4_096]),
        ("every byte", (0..=255).cycle().take(65_536).collect()),
        ("no http", b"INVITE sip:181@127.0.0.1 SIP/2.0\r\n\r\n".to_vec()),
        ("a tls hello", vec![0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]),
        ("half a preface", PREFACE[..10].to_vec()),
        ("a preface alone", PREFACE.to_vec()),
        ("a frame of another length", after_preface(&[frame(4, 0, 0, &[1, 2, 3])])),
        ("an oversized frame", after_preface(&[vec![0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]])),
        ("data on no stream", after_preface(&[frame(0, 0, 0, b"x")])),
        ("an even stream", after_preface(&[frame(1, 5, 2, &[0x83])])),
        (
            "headers out of the table",
            after_preface(&[frame(1, 5, 1, &[0xff, 0xff, 0xff, 0xff, 0x7f])]),
        ),
        ("a window of nothing", after_preface(&[frame(8, 0, 0, &[0, 0, 0, 0])])),
        ("settings without end", after_preface(&vec![frame(4, 0, 0, &[0, 3, 0, 0, 0, 1]); 2_000])),
        ("pings without end", after_preface(&vec![frame(6, 0, 0, &[0; 8]); 2_000])),
        ("rapid resets", after_preface(&rapid_resets)),
        ("continuations without end", after_preface(&continuations)),
        (
            "a chunk of no length",
            b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_vec(),
        ),
        (
            "two lengths",
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx"
                .to_vec(),
        ),
    ];
    for (name, bytes) in cases {
        throw(&house, &bytes).await;
        timeout(PATIENCE, answers(&house))
            .await
            .unwrap_or_else(|_| panic!("no answer after {name}"));
    }
    house.close().await;
}

/// A gRPC body that is not the message it should be.
async fn garbled(house: &House, method: &str, message: Vec<u8>) -> tonic::Status {
    // `bytes` is a field that the request does not have, or of another type.
    let mut grpc = tonic::client::Grpc::new(house.signed("agent").await);
    grpc.ready().await.unwrap();
    let path = PathAndQuery::try_from(format!("/helpline.v1.{method}")).unwrap();
    let codec = ProstCodec::<prost_types::Any, ()>::default();
    let request = Request::new(prost_types::Any { type_url: String::new(), value: message });
    grpc.unary(request, path, codec).await.unwrap_err()
}

#[tokio::test]
async fn a_message_of_another_type_is_malformed_or_invalid_and_says_so() {
    let house = House::open().await;

    // Field 2 of RegisterComplaint is a message; these bytes are none.
    let refused =
        garbled(&house, "ComplaintService/RegisterComplaint", vec![0xff, 0xff, 0xff]).await;

    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::InvalidArgument, "MALFORMED_MESSAGE")
    );
    answers(&house).await;
    house.close().await;
}

#[tokio::test]
async fn a_compressed_message_is_refused_by_name() {
    let house = House::open().await;
    let token = house.token("agent");
    let body = [1_u8, 0, 0, 0, 1, 0];
    let mut request = format!(
        "POST /helpline.v1.ComplaintService/ListCases HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/grpc-web+proto\r\nauthorization: Bearer {token}\r\n\
         grpc-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(body);
    let mut stream = TcpStream::connect(house.address()).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();

    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.contains("grpc-status-details-bin"), "{answer}");
    answers(&house).await;
    house.close().await;
}
