//! A phone behind NAT: it believes in a private address, and is called and heard all the same.

use std::net::SocketAddr;
use std::time::Duration;

use helpline181::telephony::{Ended, PickUp, Ring};
use tokio::net::UdpSocket;
use tokio::time::{interval, timeout};

use crate::desk::{Desk, Request};
use crate::kit::*;

/// A-law of a loud sample, and of its opposite.
const PHONE: u8 = 0x2a;
const THIEF: u8 = 0xaa;

fn packet(sequence: u16, ssrc: u32, payload: u8) -> Vec<u8> {
    let mut bytes = vec![0x80, 8];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend((u32::from(sequence) * 160).to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend([payload; 160]);
    bytes
}

/// Where the house takes the sound of a call.
fn sound_of(invite: &Request) -> SocketAddr {
    let line = |start: &str| invite.0.lines().find_map(|line| line.strip_prefix(start)).unwrap();
    let port = line("m=audio ").split(' ').next().unwrap();
    format!("{}:{port}", line("c=IN IP4 ")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_names_a_private_address_is_called_and_heard_from_where_it_is_and_nobody_else()
{
    let net = Net::new();
    let house = House::start(house(net)).await;
    let mut desk = Desk::new("anita", net.sip(5), net.sip(1)).await;
    desk.says_it_is_at = "10.1.2.3:5062".parse().unwrap();
    assert_eq!(desk.register(120).await.status, 200);
    assert_eq!(house.telephony.bindings()[0].source, net.sip(5));

    let mut dialling = house.telephony.ring(Ring {
        account: "anita".to_owned(),
        caller: "90xxxxxx01".to_owned(),
        ring_timeout: RING,
        pick_up: PickUp::ByHand,
    });
    let invite = desk.asked("INVITE").await;
    assert!(invite.0.starts_with("INVITE sip:anita@10.1.2.3:5062 "), "{}", invite.0);
    desk.pick_up(&invite).await;
    let mut leg = outcome(&mut dialling).await.unwrap();
    desk.asked("ACK").await;

    // Its SDP says 10.1.2.3:40000, its NAT sends from another port.
    let phone = UdpSocket::bind(SocketAddr::new(net.ip(5), 0)).await.unwrap();
    let neighbour = UdpSocket::bind(SocketAddr::new(net.ip(5), 0)).await.unwrap();
    let thief = UdpSocket::bind(SocketAddr::new(net.ip(9), 0)).await.unwrap();
    let house_sound = sound_of(&invite);
    let mut heard = leg.listen().unwrap();
    // Before the phone has spoken, another host is not taken for it.
    for sequence in 0..10 {
        thief.send_to(&packet(sequence, 7, THIEF), house_sound).await.unwrap();
    }
    let mut pace = interval(Duration::from_millis(20));
    let mut sequence = 0;
    let voice = loop {
        tokio::select! {
            pcm = heard.recv() => break pcm.unwrap(),
            _ = pace.tick() => {
                phone.send_to(&packet(sequence, 1, PHONE), house_sound).await.unwrap();
                sequence += 1;
                assert!(sequence < 1_000, "the phone is not heard");
            }
        }
    };
    assert!(voice.iter().all(|sample| *sample == voice[0]) && voice[0].abs() > 1_000);

    // Latched once: neither the thief nor another port of the same host is heard from here on.
    for _ in 0..50 {
        pace.tick().await;
        thief.send_to(&packet(sequence, 7, THIEF), house_sound).await.unwrap();
        neighbour.send_to(&packet(sequence, 8, THIEF), house_sound).await.unwrap();
        phone.send_to(&packet(sequence, 1, PHONE), house_sound).await.unwrap();
        sequence += 1;
    }
    let mut packets = 0;
    while let Ok(pcm) = heard.try_recv() {
        assert!(pcm.iter().all(|sample| *sample == voice[0]), "somebody else is heard");
        packets += 1;
    }
    assert!(packets > 0);

    leg.send_digits("5");
    let mut buffer = [0; 512];
    let came = timeout(PATIENCE, phone.recv_from(&mut buffer)).await.expect("sound").unwrap();
    assert_eq!(came.1, house_sound);
    for stranger in [&thief, &neighbour] {
        assert!(stranger.try_recv_from(&mut buffer).is_err(), "the sound went elsewhere too");
    }

    leg.hangup(helpline181::telephony::Cause::Normal);
    let bye = desk.asked("BYE").await;
    assert!(bye.0.starts_with("BYE sip:anita@10.1.2.3:5062 "), "{}", bye.0);
    desk.say(bye.response("200 OK", "", "", "")).await;
    assert_eq!(last(&mut leg).await, Ended::ByUs);
    house.empties().await;
}
