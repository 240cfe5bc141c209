//! Messages that no honest peer writes: after each of them the house answers an OPTIONS.

use std::time::Duration;

use helpline181::telephony::{Config, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::kit::*;

/// An INVITE of the trunk with one thing wrong, and the status that it gets; 0 for none.
fn bad_invites(offer: &str) -> Vec<(String, String, u16)> {
    let case = |from: &str, to: &str, status| (from.to_owned(), to.to_owned(), status);
    let mut cases = vec![
        case("CSeq: 1 INVITE", "CSeq: 1 BYE", 400),
        case("CSeq: 1 INVITE", "CSeq: 1 INVITE\r\nCSeq: 2 INVITE", 400),
        case("CSeq: 1 INVITE", "CSeq: 99999999999 INVITE", 400),
        case("CSeq: 1 INVITE", "CSeq: -1 INVITE", 400),
        case("CSeq: 1 INVITE", "CSeq: INVITE", 400),
        case("CSeq: 1 INVITE\r\n", "", 400),
        case("To: <sip:181@house>\r\n", "", 400),
        case("To: <sip:181@house>", "To: ", 400),
        case("To: <sip:181@house>", "To: <sip:181@house>\r\nTo: <sip:182@house>", 400),
        case("Call-ID: ", "X-Call: ", 400),
        case("Call-ID: ", "Call-ID: x\r\nCall-ID: ", 400),
        case(";tag=h1", "", 400),
        case(";tag=h1", ";tag=", 400),
        case("Via: ", "X-Via: ", 0),
        case("SIP/2.0/UDP ", "SIP/2.0/UDP", 400),
        case(":5060;branch", ":99999;branch", 400),
        case("Content-Length: ", "Content-Length: 9", 400),
        case("Content-Length: ", "Content-Length: x", 400),
        case("Content-Length: ", "Content-Length: -", 400),
        case("Content-Length: ", "l: 1\r\nContent-Length: ", 400),
        case("Max-Forwards: 70", "Max-Forwards: 700", 400),
        case("Max-Forwards: 70", "Max-Forwards: many", 400),
        case(" SIP/2.0\r\nVia", " SIP/7.0\r\nVia", 505),
        case(" SIP/2.0\r\nVia", "\r\nVia", 400),
        case("INVITE sip:181@", "INVITE <sip:181@", 400),
        case("INVITE sip:181@", "INVITE sip:1 81@", 400),
        case("INVITE sip:181@", "INVITE @", 400),
        case("Contact: ", "X-Contact: ", 400),
        case("Contact: <sip", "Contact: <<<sip", 400),
        case("Max-Forwards", "no colon at all\r\nMax-Forwards", 400),
        case("Max-Forwards", "Subject: \0\r\nMax-Forwards", 400),
        case("Max-Forwards", "Require: 100rel\r\nMax-Forwards", 420),
        case("Max-Forwards", "Session-Expires: 5\r\nMax-Forwards", 422),
        case("application/sdp", "text/plain", 415),
        case("RTP/AVP 8 101", "RTP/AVP 9", 488),
        case("m=audio 40000", "m=audio 0", 488),
        case("m=audio 40000", "m=audio 400000", 400),
        case("c=IN IP4", "c=IN IP9", 400),
        case("v=0", "v=7", 400),
        case("t=0 0", "t00", 400),
    ];
    let long = "x".repeat(9_000);
    cases.push((offer.to_owned(), long, 513));
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn after_each_malformed_message_an_options_is_answered() {
    let net = Net::new();
    let mut house = House::start(house(net)).await;
    let mut hand = Hand::new(net.sip(2), net.sip(1), "c").await;
    let mut friend = Hand::new(net.sip(3), net.sip(1), "f").await;
    let offer = hand.offer();
    for (number, (from, to, status)) in bad_invites(&offer).into_iter().enumerate() {
        hand.renew(&format!("c{number}"));
        let sound = hand.request("INVITE", "", &offer);
        let bad = sound.replacen(&from, &to, 1);
        let body = bad.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
        let promised = format!("Content-Length: {}", offer.len());
        let bad = bad.replace(&format!("\n{promised}"), &format!("\nContent-Length: {body}"));
        assert_ne!(bad, sound, "{from}");

        hand.send(&bad).await;

        if status != 0 {
            let answer = hand.answer().await;
            assert_eq!(answer.status, status, "{from} -> {to}: {}", answer.text);
            // Of the stack's transactions; the door's own refusals are answered and forgotten.
            let ack = bad.replace("INVITE", "ACK");
            hand.send(ack).await;
        }
        assert_eq!(friend.ask("OPTIONS", "", "").await.status, 200, "{to}");
    }
    assert!(house.arrivals.try_recv().is_err());
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_rubbish_on_every_transport_an_options_is_answered() {
    let net = Net::new();
    let house = House::start(house(net)).await;
    let hand = Hand::new(net.sip(9), net.sip(1), "c").await;
    let mut friend = Hand::new(net.sip(3), net.sip(1), "f").await;
    let rubbish: [&[u8]; 8] = [
        b"",
        b"\0",
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 999\r\nVia: x\r\n\r\n",
        b"INVITE sip:181@x SIP/2.0\r\n\xff\xfe: \xff\r\n\r\n",
        &[b'('; 4_000],
    ];
    for bytes in rubbish {
        hand.send(bytes).await;
        let mut stream = TcpStream::connect(net.sip(1)).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        drop(stream);

        assert_eq!(friend.ask("OPTIONS", "", "").await.status, 200);
    }
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_torture_messages_white_space_is_understood() {
    // RFC 4475 §3.1.1.1, with its addresses made ours; the stack alone drops it.
    let net = Net::new();
    let _house = House::start(house(net)).await;
    let mut hand = Hand::new(net.sip(2), net.sip(1), "w").await;
    let own = net.sip(2);
    let text = format!(
        "OPTIONS sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n\
         TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n\
         from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n\
         MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 0\r\n\
         cseq: 0009\r\n  OPTIONS\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    {own};branch=390skdjuw\r\n\
         s :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
         UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n\r\n"
    );
    hand.send(text).await;

    // Its To has a tag, of a dialog that we do not have.
    assert_eq!(hand.answer().await.status, 481);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_call_over_udp_or_tcp() {
    let net = Net::new();
    let mut house = House::start(house(net)).await;
    let mut hand = Hand::new(net.sip(9), net.sip(1), "c").await;
    let offer = hand.offer();
    assert_eq!(hand.ask("INVITE", "", &offer).await.status, 403);

    let invite = hand.request("INVITE", "", &offer).replace("SIP/2.0/UDP", "SIP/2.0/TCP");
    let mut stream = TcpStream::connect(net.sip(1)).await.unwrap();
    stream.write_all(invite.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4_096];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"SIP/2.0 403"));
    assert!(house.arrivals.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_held_to_the_same_rules() {
    let net = Net::new();
    let _house = House::start(house(net)).await;
    let mut hand = Hand::new(net.sip(9), net.sip(1), "c").await;
    let sound = hand.request("OPTIONS", "", "").replace("SIP/2.0/UDP", "SIP/2.0/TCP");
    for (bad, status) in [
        (sound.replace("1 OPTIONS", "1 INVITE"), "400"),
        (sound.replace("CSeq:", "CSeq: 4 OPTIONS\r\nCSeq:"), "400"),
        (sound.clone(), "200"),
    ] {
        let mut stream = TcpStream::connect(net.sip(1)).await.unwrap();
        stream.write_all(bad.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4_096];
        let length = stream.read(&mut answer).await.unwrap();

        let line = String::from_utf8_lossy(&answer[..length.min(11)]).into_owned();
        assert_eq!(line, format!("SIP/2.0 {status}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_calls_gets_503_with_retry_after_and_then_service_goes_on() {
    let net = Net::new();
    let config = Config { calls_per_second: 5, ..house(net) };
    let mut house = House::start(config).await;
    let mut hand = Hand::new(net.sip(2), net.sip(1), "c").await;
    let offer = hand.offer();
    let mut refused = 0;
    for call in 0..200 {
        hand.renew(&format!("flood{call}"));
        let invite = hand.request("INVITE", "", &offer);
        hand.send(invite).await;
        if let Ok(arrival) = house.arrivals.try_recv() {
            arrival.refuse(helpline181::telephony::Refusal::Busy);
        }
        while let Some(text) = hand.hears_within(Duration::from_millis(2)).await {
            if text.starts_with("SIP/2.0 503") {
                assert!(text.contains("Retry-After: 5"), "{text}");
                refused += 1;
            }
        }
    }
    assert!(refused >= 100, "{refused}");
    while let Ok(arrival) = house.arrivals.try_recv() {
        drop(arrival);
    }

    let served = async {
        for call in 0.. {
            hand.renew(&format!("after{call}"));
            let invite = hand.request("INVITE", "", &offer);
            hand.send(invite).await;
            let arrival =
                tokio::time::timeout(Duration::from_millis(300), house.arrivals.recv()).await;
            if arrival.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, served).await.expect("a call after the flood");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_floods_its_own_bucket_empty_and_nobody_elses() {
    let net = Net::new();
    let limits = Limits { datagrams_per_second: 50, ..Limits::default() };
    let house = House::start(Config { limits, ..house(net) }).await;
    let mut flooder = Hand::new(net.sip(9), net.sip(1), "c").await;
    let mut friend = Hand::new(net.sip(3), net.sip(1), "f").await;
    for _ in 0..2_000 {
        let options = flooder.request("OPTIONS", "", "");
        flooder.send(options).await;
    }

    assert_eq!(friend.ask("OPTIONS", "", "").await.status, 200);
    assert!(house.telephony.stats().turned_away > 0);
}

/// A double CRLF is answered by a single one (RFC 5626 §3.5.1).
async fn keep_alive(stream: &mut TcpStream) -> bool {
    let mut answer = [0; 2];
    stream.write_all(b"\r\n\r\n").await.is_ok()
        && tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut answer))
            .await
            .is_ok_and(|read| read.is_ok() && answer == *b"\r\n")
}

async fn connection(net: Net, host: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((net.ip(host), 0).into()).unwrap();
    socket.connect(net.sip(1)).await.unwrap()
}

async fn closed(stream: &mut TcpStream) -> bool {
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0])).await;
    read.is_ok_and(|read| read.unwrap_or(0) == 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed_and_one_kept_alive_is_not() {
    let net = Net::new();
    let mut config = house(net);
    config.timing.tcp_idle = Duration::from_millis(600);
    let _house = House::start(config).await;
    let mut idle = connection(net, 9).await;
    let mut kept = connection(net, 9).await;
    let mut beat = tokio::time::interval(Duration::from_millis(50));

    let closing = closed(&mut idle);
    tokio::pin!(closing);
    let was_closed = loop {
        tokio::select! {
            was_closed = &mut closing => break was_closed,
            _ = beat.tick() => assert!(keep_alive(&mut kept).await, "closed though kept alive"),
        }
    };

    assert!(was_closed);
    assert!(keep_alive(&mut kept).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_holds_sixteen_connections_and_leaves_room_for_others() {
    let net = Net::new();
    let _house = House::start(house(net)).await;
    let mut held = Vec::new();
    for _ in 0..16 {
        let mut stream = connection(net, 9).await;
        assert!(keep_alive(&mut stream).await);
        held.push(stream);
    }

    assert!(!keep_alive(&mut connection(net, 9).await).await, "one address takes it all");
    assert!(keep_alive(&mut connection(net, 10).await).await);
    drop(held.pop());
    let mut again = false;
    for _ in 0..100 {
        again = again || keep_alive(&mut connection(net, 9).await).await;
    }
    assert!(again, "a place that was given back is lost");
}
