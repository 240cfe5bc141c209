//! HTTP/1.1 by hand: what the gRPC client would not send, or would hide.

use prost::Message;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::House;

async fn exchange(house: &House, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(house.address()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    answer
}

pub(crate) async fn get(house: &House, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    String::from_utf8(exchange(house, request.as_bytes()).await).unwrap()
}

/// Posts a message as a browser's client does, with more headers, each ended by CRLF; answers the response as text.
pub(crate) async fn grpc_web(
    house: &House,
    method: &str,
    token: &str,
    headers: &str,
    message: &impl Message,
) -> String {
    let body = message.encode_to_vec();
    let mut request = format!(
        "POST /helpline.v1.{method} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/grpc-web+proto\r\naccept: application/grpc-web+proto\r\n\
         x-grpc-web: 1\r\nauthorization: Bearer {token}\r\n{headers}content-length: {}\r\n\r\n",
        body.len() + 5
    )
    .into_bytes();
    request.push(0);
    request.extend((body.len() as u32).to_be_bytes());
    request.extend(body);
    String::from_utf8_lossy(&exchange(house, &request).await).into_owned()
}
