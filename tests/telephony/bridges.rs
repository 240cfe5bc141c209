//! Two calls joined in the house: sound, keys, holds and ends, with far ends that write SIP and RTP by hand.

use std::net::SocketAddr;

use helpline181::media::rtp::Packet;
use helpline181::media::sound::Sound;
use helpline181::telephony::audio::{CallRecordingEvent, Side};
use helpline181::telephony::{Bridge, Cause, DialEvent, Ended, Leg, LegEvent, PickUp, Place, Ring};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::desk::Desk;
use crate::kit::*;

const PCMA: (u8, u8) = (8, 101);
const PCMU: (u8, u8) = (0, 96);

/// A call made by hand with its own RTP socket.
struct Caller {
    hand: Hand,
    rtp: UdpSocket,
    house: SocketAddr,
    sent: u16,
    /// The payload types of its sound and its keys.
    kinds: (u8, u8),
}

/// What the caller hears: sequence, timestamp, source, payload type, first byte of the payload.
type Heard = (u16, u32, u32, u8, u8);

impl Caller {
    async fn call(house: &mut House, net: Net, n: u16, kinds: (u8, u8)) -> (Self, Leg) {
        let own = SocketAddr::new(net.ip(2), 5_070 + n);
        let hand = Hand::new(own, net.sip(1), &format!("bridged-{n}")).await;
        let rtp = UdpSocket::bind((net.ip(2), 40_000 + n)).await.unwrap();
        let mut caller = Self { hand, rtp, house: net.sip(1), sent: 0, kinds };

        let invite = caller.hand.request("INVITE", "", &caller.offer("sendrecv"));
        caller.hand.send(invite).await;
        let leg = house.arrival().await.answer().await.unwrap();
        let answer = caller.hand.answer().await;
        let port = answer.body().lines().find_map(|line| line.strip_prefix("m=audio "));
        let port = port.unwrap().split(' ').next().unwrap().parse().unwrap();
        caller.house = SocketAddr::new(net.ip(1), port);
        caller.hand.establish(answer).await;
        (caller, leg)
    }

    fn offer(&self, direction: &str) -> String {
        let rtp = self.rtp.local_addr().unwrap();
        let (sound, keys) = self.kinds;
        format!(
            "v=0\r\no=h 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP {sound} {keys}\r\n\
             a=rtpmap:{keys} telephone-event/8000\r\na={direction}\r\n",
            ip = rtp.ip(),
            port = rtp.port(),
        )
    }

    async fn negotiate(&mut self, direction: &str) {
        let offer = self.offer(direction);
        let answer = self.hand.ask("INVITE", "", &offer).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let ack = self.hand.request("ACK", "", "");
        self.hand.send(ack).await;
    }

    async fn send(&mut self, payload_type: u8, payload: &[u8]) {
        let timestamp = u32::from(self.sent) * 160;
        let packet = Packet {
            payload_type,
            marker: false,
            sequence: self.sent,
            timestamp,
            ssrc: 0xFA12,
            payload,
        };
        let mut bytes = Vec::new();
        packet.write(&mut bytes);
        self.rtp.send_to(&bytes, self.house).await.unwrap();
        self.sent += 1;
    }

    /// Says the next 20 ms.
    async fn say(&mut self, byte: u8) {
        self.send(self.kinds.0, &[byte; 160]).await;
    }

    async fn hear(&self) -> Heard {
        let mut buffer = [0; 2_048];
        let len = timeout(PATIENCE, self.rtp.recv(&mut buffer)).await.expect("a packet").unwrap();
        let packet = Packet::parse(&buffer[..len]).unwrap();
        (packet.sequence, packet.timestamp, packet.ssrc, packet.payload_type, packet.payload[0])
    }

    /// The next packet of this kind.
    async fn hears_first(&self, payload_type: u8, byte: u8) -> Heard {
        loop {
            let heard = self.hear().await;
            if (heard.3, heard.4) == (payload_type, byte) {
                return heard;
            }
        }
    }
}

async fn digit(leg: &mut Leg) -> char {
    loop {
        if let LegEvent::Digit(key) = event(leg).await {
            return key;
        }
    }
}

async fn house_of(net: Net) -> House {
    House::start(house(net)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn citizen_and_agent_hear_each_other_in_their_own_codecs() {
    let net = Net::new();
    let mut house = house_of(net).await;
    let (mut citizen, citizen_leg) = Caller::call(&mut house, net, 1, PCMA).await;
    let (mut agent, agent_leg) = Caller::call(&mut house, net, 2, PCMU).await;

    let _bridge = Bridge::join(&citizen_leg, &agent_leg).unwrap();
    citizen.say(0xAA).await;
    assert_eq!(agent.hears_first(0, 0x80).await.3, 0);
    agent.say(0x80).await;
    assert_eq!(citizen.hears_first(8, 0xAA).await.3, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn prompt_bridge_and_prompt_reach_the_citizen_as_one_stream() {
    let net = Net::new();
    let mut house = house_of(net).await;
    let (citizen, mut citizen_leg) = Caller::call(&mut house, net, 1, PCMA).await;
    let (mut agent, agent_leg) = Caller::call(&mut house, net, 2, PCMU).await;
    let sound = |byte| vec![Sound::from_alaw(vec![byte; 160])];

    citizen_leg.play(1, sound(0x91));
    let mut heard = vec![citizen.hear().await];
    assert_eq!(event(&mut citizen_leg).await, LegEvent::Played(1));
    let bridge = Bridge::join(&citizen_leg, &agent_leg).unwrap();
    for _ in 0..20 {
        agent.say(0x80).await;
        heard.push(citizen.hear().await);
    }
    drop(bridge);
    citizen_leg.play(2, sound(0x92));
    heard.push(citizen.hear().await);

    let first = heard[0];
    assert_eq!((first.4, heard[1].4, heard[20].4, heard[21].4), (0x91, 0xAA, 0xAA, 0x92));
    for (n, packet) in (0u16..).zip(&heard) {
        assert_eq!((packet.0, packet.2), (first.0.wrapping_add(n), first.2), "packet {n}");
    }
    for pair in heard.windows(2) {
        let step = pair[1].1.wrapping_sub(pair[0].1);
        assert!((160..8_000_000).contains(&step), "the clock went on by {step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_told_both_ways_is_told_to_the_house_and_pressed_at_the_other_side_once() {
    let net = Net::new();
    let mut house = house_of(net).await;
    let (mut citizen, mut citizen_leg) = Caller::call(&mut house, net, 1, PCMA).await;
    let (agent, agent_leg) = Caller::call(&mut house, net, 2, PCMU).await;
    let _bridge = Bridge::join(&citizen_leg, &agent_leg).unwrap();

    citizen.send(101, &[5, 10, 0, 160]).await;
    assert_eq!(digit(&mut citizen_leg).await, '5');
    let info = citizen.hand.request(
        "INFO",
        "Content-Type: application/dtmf-relay\r\n",
        "Signal=5\r\nDuration=160\r\n",
    );
    citizen.hand.send(info).await;
    assert_eq!(citizen.hand.answer().await.status, 200);
    let info = citizen.hand.request("INFO", "Content-Type: application/dtmf\r\n", "6");
    citizen.hand.send(info).await;
    assert_eq!(citizen.hand.answer().await.status, 200);
    assert_eq!(digit(&mut citizen_leg).await, '6');

    let first = agent.hears_first(96, 5).await;
    let mut presses = vec![(first.4, first.1)];
    while presses.last().unwrap().0 != 6 {
        let (_, timestamp, _, payload_type, key) = agent.hear().await;
        if payload_type == 96 && presses.last() != Some(&(key, timestamp)) {
            presses.push((key, timestamp));
        }
    }
    assert_eq!(presses.iter().map(|press| press.0).collect::<Vec<_>>(), [5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_holds_by_the_phone_leaves_the_citizen_with_music() {
    let net = Net::new();
    let mut house = house_of(net).await;
    let (citizen, citizen_leg) = Caller::call(&mut house, net, 1, PCMA).await;
    let (mut agent, mut agent_leg) = Caller::call(&mut house, net, 2, PCMU).await;
    let bridge = Bridge::join(&citizen_leg, &agent_leg).unwrap();
    bridge.hold_music(Sound::from_alaw(vec![0x77; 160]));
    agent.say(0x80).await;
    let talked = citizen.hears_first(8, 0xAA).await;

    agent.negotiate("sendonly").await;
    assert_eq!(event(&mut agent_leg).await, LegEvent::Held);
    let music = citizen.hears_first(8, 0x77).await;
    assert_eq!(music.2, talked.2, "the same source");
    agent.negotiate("sendrecv").await;
    assert_eq!(event(&mut agent_leg).await, LegEvent::Resumed);

    // What is said while a last turn of the music goes out may be lost.
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        assert!(tokio::time::Instant::now() < deadline, "the agent is not heard again");
        agent.say(0x80).await;
        if citizen.hear().await.4 == 0xAA {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_hears_both_and_a_leg_that_ends_leaves_the_rest_in_the_bridge() {
    let net = Net::new();
    let mut house = house_of(net).await;
    let (mut citizen, citizen_leg) = Caller::call(&mut house, net, 1, PCMA).await;
    let (mut agent, mut agent_leg) = Caller::call(&mut house, net, 2, PCMA).await;
    let (mut supervisor, supervisor_leg) = Caller::call(&mut house, net, 3, PCMA).await;
    let bridge = Bridge::join(&citizen_leg, &agent_leg).unwrap();

    bridge.add(&supervisor_leg, Place::Listen).unwrap();
    citizen.say(0x11).await;
    supervisor.hears_first(8, 0x11).await;
    agent.say(0x22).await;
    supervisor.hears_first(8, 0x22).await;
    // Taking over: the agent goes, the supervisor talks.
    agent_leg.hangup(Cause::Normal);
    assert_eq!(last(&mut agent_leg).await, Ended::ByUs);
    bridge.add(&supervisor_leg, Place::Talk).unwrap();
    supervisor.say(0x33).await;
    citizen.hears_first(8, 0x33).await;
    citizen.say(0x44).await;
    supervisor.hears_first(8, 0x44).await;

    assert!(bridge.add(&agent_leg, Place::Talk).is_err(), "a call that is over");
    let whisper = Place::WhisperTo(&agent_leg);
    assert!(bridge.add(&supervisor_leg, whisper).is_err(), "to nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_far_side_says_before_it_answers_is_heard_and_it_hears_nobody() {
    let net = Net::new();
    let mut house = house_of(net).await;
    let mut desk = Desk::new("anita", net.sip(5), net.sip(1)).await;
    desk.register(120).await;
    for (n, answered) in [(1, true), (2, false)] {
        let (mut agent, mut agent_leg) = Caller::call(&mut house, net, n, PCMU).await;
        let mut dialling = house.telephony.ring(Ring {
            account: "anita".to_owned(),
            caller: "181".to_owned(),
            ring_timeout: RING,
            pick_up: PickUp::ByHand,
        });
        let invite = desk.asked("INVITE").await;
        let house_port = sound_port(&invite.0);
        let mut far = Caller {
            hand: Hand::new(SocketAddr::new(net.ip(6), 0), net.sip(1), "far").await,
            rtp: UdpSocket::bind((net.ip(5), 0)).await.unwrap(),
            house: SocketAddr::new(net.ip(1), house_port),
            sent: 0,
            kinds: PCMA,
        };
        let port = far.rtp.local_addr().unwrap().port();
        let own = desk.sdp().replace("m=audio 40000 ", &format!("m=audio {port} "));
        desk.say(invite.response("183 Session Progress", "d1", &desk.contact_line(), &own)).await;
        let early = loop {
            match timeout(PATIENCE, dialling.next()).await.expect("early media") {
                DialEvent::EarlyMedia(early) => break early,
                DialEvent::Ringing => {}
                other => panic!("{other:?}"),
            }
        };
        let heard = Bridge::hear(&agent_leg, &early).unwrap();
        far.say(0xAA).await;
        agent.hears_first(0, 0x80).await;
        agent.say(0x91).await;
        // Comes after it, and tells that both have come.
        agent.send(96, &[5, 10, 0, 160]).await;
        assert_eq!(digit(&mut agent_leg).await, '5');

        if answered {
            drop(heard);
            desk.say(invite.response("200 OK", "d1", &desk.contact_line(), &own)).await;
            let leg = outcome(&mut dialling).await.unwrap();
            desk.asked("ACK").await;
            let _talk = Bridge::join(&agent_leg, &leg).unwrap();
            agent.say(0x80).await;
            assert_eq!(
                far.hear().await.4,
                0xAA,
                "the first that is heard was said after the answer"
            );
            drop(leg);
            let bye = desk.asked("BYE").await;
            desk.say(bye.response("200 OK", "", "", "")).await;
        } else {
            desk.say(invite.response("480 Temporarily Unavailable", "d1", "", "")).await;
            outcome(&mut dialling).await.unwrap_err();
            assert!(Bridge::hear(&agent_leg, &early).is_err(), "a call that has failed");
        }
    }
}

fn sound_port(sdp: &str) -> u16 {
    let media = sdp.lines().find_map(|line| line.strip_prefix("m=audio ")).unwrap();
    media.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridged_call_is_recorded_with_the_citizen_left_and_the_agent_right() {
    let net = Net::new();
    let mut house = house_of(net).await;
    let (mut citizen, citizen_leg) = Caller::call(&mut house, net, 1, PCMA).await;
    let (mut agent, mut agent_leg) = Caller::call(&mut house, net, 2, PCMU).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let _bridge = Bridge::join(&citizen_leg, &agent_leg).unwrap();
    let mut recording = house.telephony.record_call(path.clone());
    citizen_leg.record_in(&recording, Side::Left).unwrap();
    agent_leg.record_in(&recording, Side::Right).unwrap();
    // The first packet is as old as its last sample: what it says began before it came.
    agent_leg.play(1, vec![Sound::silence(100)]);
    while event(&mut agent_leg).await != LegEvent::Played(1) {}

    citizen.say(0xAA).await;
    agent.hears_first(0, 0x80).await;
    agent.say(0x80).await;
    citizen.hears_first(8, 0xAA).await;
    recording.stop();

    let told = timeout(PATIENCE, recording.next()).await.unwrap();
    let Some(CallRecordingEvent::Done(told)) = told else { panic!("{told:?}") };
    assert!(!told.partial);
    let samples: Vec<i16> =
        hound::WavReader::open(&path).unwrap().samples().map(Result::unwrap).collect();
    let count = |side: usize, value: i16| {
        samples.iter().skip(side).step_by(2).filter(|sample| **sample == value).count()
    };
    assert_eq!((count(0, 32_256), count(1, 32_256)), (160, 0));
    assert_eq!((count(0, 32_124), count(1, 32_124)), (0, 160));
}
