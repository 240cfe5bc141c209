//! Bad networks and hostile senders: each key counts once, nobody else's key counts, and the server answers after anything.

use std::time::Duration;

use helpline_proto::v1::CaseState;

use crate::kit::{
    caller::Caller,
    relay::{Relay, Trouble},
    rtp::Stream,
    server::Server,
};

const A_PROMPT: Duration = Duration::from_secs(40);

/// English, register, electricity, Bhopal, Bhopal; says the problem and confirms. Any key counted twice would go astray.
async fn register(caller: &mut Caller) {
    for key in ["2", "1", "1", "1", "1"] {
        caller.hear(A_PROMPT).await;
        caller.press(key).await;
    }
    caller.hear(A_PROMPT).await;
    caller.speak(3_000).await;
    caller.press("#").await;
    caller.hear(A_PROMPT).await;
    caller.press("1").await;
    caller.hear(A_PROMPT).await;
}

#[tokio::test]
async fn a_bad_network_loses_and_doubles_no_key() {
    let server = Server::quick().await;
    let trouble = Trouble { lost: 10, doubled: 5, swapped: 5 };
    let mut calls = Vec::new();
    for n in 1..=6_u64 {
        let sip = server.sip();
        let relay = Relay::open(server.network.trunk(), trouble, n * 0x9e37_79b9).await;
        let count = relay.count.clone();
        let trunk = server.network.trunk();
        let number = format!("90000007{n:02}");
        calls.push(tokio::spawn(async move {
            let mut caller = Caller::dial(trunk, sip, &number, Some(relay)).await;
            register(&mut caller).await;
            caller.hang_up().await;
            (number, count)
        }));
    }

    let mut happened = [0; 3];
    for call in calls {
        let (number, count) = call.await.unwrap();
        for (sum, n) in happened.iter_mut().zip([&count.lost, &count.doubled, &count.swapped]) {
            *sum += n.load(std::sync::atomic::Ordering::Relaxed);
        }
        let cases = server.api.cases_of(&number).await;
        assert_eq!(cases.len(), 1, "{number}");
        assert_eq!(
            (cases[0].category.as_str(), cases[0].district.as_str()),
            ("electricity", "district:396")
        );
        assert_eq!(cases[0].state(), CaseState::WithOfficer);
    }
    assert!(happened.iter().all(|n| *n > 100), "the relay did too little: {happened:?}");
    server.assert_calm();
}

#[tokio::test]
async fn a_held_call_hears_nothing_and_goes_on_when_resumed() {
    let server = Server::quick().await;
    let mut caller = Caller::dial(server.network.trunk(), server.sip(), "9000000711", None).await;
    assert!(caller.hears_anything(Duration::from_secs(5)).await);

    assert_eq!(caller.offer("sendonly").await, "recvonly");
    while caller.hears_anything(Duration::from_millis(300)).await {}
    assert!(!caller.hears_anything(Duration::from_secs(1)).await);
    assert_eq!(caller.offer("inactive").await, "inactive");
    assert_eq!(caller.offer("sendrecv").await, "sendrecv");

    assert!(caller.hears_anything(Duration::from_secs(2)).await);
    register(&mut caller).await;
    caller.hang_up().await;
    assert_eq!(server.api.cases_of("9000000711").await.len(), 1);
    server.assert_calm();
}

#[tokio::test]
async fn keys_and_sound_from_a_stranger_do_not_count() {
    let server = Server::start().await;
    let mut caller = Caller::dial(server.network.trunk(), server.sip(), "9000000721", None).await;
    caller.hear(A_PROMPT).await;
    caller.press("2").await;
    caller.hear(A_PROMPT).await;

    // 9 in the main menu would lead to the operator.
    let stranger = tokio::net::UdpSocket::bind((server.network.host(5), 0)).await.unwrap();
    for port in (20_000..20_100).step_by(2) {
        for packet in Stream::new(0xbad).key('9') {
            stranger.send_to(&packet.bytes, (server.sip().ip(), port)).await.unwrap();
        }
    }
    caller.press("1").await;
    caller.hear(A_PROMPT).await;
    caller.hang_up().await;

    assert!(
        server.api.call_backs().await.iter().all(|task| !task.reason.eq_ignore_ascii_case("asked"))
    );
    let mut buffer = [0; 2_048];
    let heard =
        tokio::time::timeout(Duration::from_millis(300), stranger.recv_from(&mut buffer)).await;
    assert!(heard.is_err(), "the stranger was sent something");
    server.assert_calm();
}

#[tokio::test]
async fn a_call_without_sound_and_without_an_answer_ends() {
    let server = Server::start_with(crate::kit::server::Wishes {
        silence_timeout_s: 4,
        ..Default::default()
    })
    .await;
    let mut caller = Caller::dial(server.network.trunk(), server.sip(), "9000000731", None).await;
    caller.hear(A_PROMPT).await;

    caller.fall_silent();
    caller.answer_nothing();

    caller.hung_up(Duration::from_secs(60)).await;
    server.assert_calm();
}
