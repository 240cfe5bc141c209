//! Bindings as the queue sees them: who can be rung now, and why somebody cannot any more.

use std::time::Duration;

use helpline181::telephony::{BindingNews, Bindings, Change, Config, Removal, Timing, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

use crate::desk::{Desk, proof};
use crate::kit::*;

/// Asks its phones often, and gives them little time.
fn attentive(net: Net) -> Config {
    let house = house(net);
    let timing = Timing {
        qualify_every: Duration::from_millis(200),
        qualify_wait: Duration::from_millis(200),
        ..house.timing
    };
    Config { timing, ..house }
}

async fn news(bindings: &mut Bindings) -> BindingNews {
    timeout(PATIENCE, bindings.next()).await.expect("news of a binding").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_phones_of_one_account_are_bound_each_at_its_own_flow() {
    let net = Net::new();
    let house = House::start(house(net)).await;
    let (none, mut bindings) = house.telephony.watch_bindings();
    assert!(none.is_empty());
    let mut desk = Desk::new("anita", net.sip(5), net.sip(1)).await;
    let mut soft = Desk::new("anita", net.sip(6), net.sip(1)).await;

    assert_eq!(desk.register(120).await.status, 200);
    assert_eq!(soft.register(60).await.status, 200);

    let left = Duration::from_secs(120);
    let told = news(&mut bindings).await;
    assert_eq!((told.change, told.reachable), (Change::Registered { left }, 1));
    assert_eq!(news(&mut bindings).await.reachable, 2);
    let bound = house.telephony.bindings();
    let flows: Vec<_> = bound.iter().map(|at| (at.source, at.transport, at.reachable)).collect();
    assert_eq!(flows, [(net.sip(5), Transport::Udp, true), (net.sip(6), Transport::Udp, true)]);
    assert_eq!(soft.register(0).await.status, 200);
    let told = news(&mut bindings).await;
    assert_eq!((told.change, told.reachable), (Change::Removed(Removal::ByPhone), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_leaves_two_options_unanswered_is_silent_until_it_answers_again() {
    let net = Net::new();
    let house = House::start(attentive(net)).await;
    let (_, mut bindings) = house.telephony.watch_bindings();
    let mut desk = Desk::new("anita", net.sip(5), net.sip(1)).await;
    desk.register(120).await;
    assert!(matches!(news(&mut bindings).await.change, Change::Registered { .. }));

    let told = news(&mut bindings).await;
    assert_eq!((told.change, told.reachable), (Change::Silent, 0));
    assert!(!house.telephony.bindings()[0].reachable);
    let answering = async {
        loop {
            let asked = desk.asked("OPTIONS").await;
            // Even a refusal is a sign of life.
            desk.say(asked.response("486 Busy Here", "o1", "", "")).await;
        }
    };
    let told = tokio::select! {
        told = news(&mut bindings) => told,
        () = answering => unreachable!("it answers for ever"),
    };

    assert_eq!((told.change, told.reachable), (Change::Answers, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_answers_for_a_phone() {
    let net = Net::new();
    let house = House::start(attentive(net)).await;
    let (_, mut bindings) = house.telephony.watch_bindings();
    let mut desk = Desk::new("anita", net.sip(5), net.sip(1)).await;
    let thief = Desk::new("anita", net.sip(9), net.sip(1)).await;
    desk.register(120).await;
    assert!(matches!(news(&mut bindings).await.change, Change::Registered { .. }));

    let forging = async {
        loop {
            let asked = desk.asked("OPTIONS").await;
            thief.say(asked.response("200 OK", "o1", "", "")).await;
        }
    };
    let told = tokio::select! {
        told = news(&mut bindings) => told,
        () = forging => unreachable!("it forges for ever"),
    };

    assert_eq!((told.change, told.reachable), (Change::Silent, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_whose_connection_closes_is_not_registered_any_more() {
    let net = Net::new();
    let house = House::start(house(net)).await;
    let (_, mut bindings) = house.telephony.watch_bindings();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((net.ip(5), 0).into()).unwrap();
    let mut stream = socket.connect(net.sip(1)).await.unwrap();
    let own = stream.local_addr().unwrap();
    let mut challenge = String::new();
    for cseq in 1..=2 {
        let uri = format!("sip:{}", net.sip(1));
        let authorization = match challenge.as_str() {
            "" => String::new(),
            asked => format!("Authorization: {}\r\n", proof(asked, "anita", "REGISTER", &uri)),
        };
        let text = format!(
            "REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/TCP {own};branch=z9hG4bKt{cseq}\r\nMax-Forwards: 70\r\n\
             From: <sip:anita@house>;tag=t\r\nTo: <sip:anita@house>\r\nCall-ID: t1\r\nCSeq: {cseq} REGISTER\r\n\
             Contact: <sip:anita@{own};transport=tcp>\r\n{authorization}Content-Length: 0\r\n\r\n"
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        while !answer.contains("\r\n\r\n") {
            let mut buffer = [0; 4_096];
            let length = timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap().unwrap();
            assert!(length > 0, "the house hung up: {answer}");
            answer.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
        challenge = answer;
    }
    assert!(challenge.starts_with("SIP/2.0 200"), "{challenge}");
    assert!(matches!(news(&mut bindings).await.change, Change::Registered { .. }));

    drop(stream);

    let told = news(&mut bindings).await;
    assert_eq!((told.change, told.reachable), (Change::Removed(Removal::Disconnected), 0));
}
