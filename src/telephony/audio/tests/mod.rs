//! Streams over real sockets on loopback: what goes out, what is heard, what is recorded, and that all of it is freed.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::time::timeout;

mod outbound;
mod reel;
mod room;

use super::*;
use crate::media::rtp::{Packet, Sender};
use crate::media::sound::Sound;

/// Long enough for any machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing must come for it to count as nothing.
const QUIET: Duration = Duration::from_millis(150);

fn audio() -> Audio {
    Audio::start(Config {
        ports: 16_384..=19_999,
        realtime: false,
        ..Config::new(Ipv4Addr::LOCALHOST.into())
    })
    .unwrap()
}

/// The far end of a call.
struct Far {
    socket: UdpSocket,
    sender: Sender,
}

impl Far {
    fn new() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, sender: Sender::new(0xFA12, 0, 0) }
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    fn peer(&self) -> Peer {
        Peer {
            remote: self.address(),
            codec: Codec::Pcma,
            digits: Some(101),
            direction: Direction::SendRecv,
            latch: None,
        }
    }

    fn send(&mut self, stream: &Stream, payload_type: u8, timestamp: u32, payload: &[u8]) {
        let mut bytes = Vec::new();
        self.sender.write(payload_type, false, timestamp, payload, &mut bytes);
        self.socket.send_to(&bytes, stream.local()).unwrap();
    }

    fn press(&mut self, stream: &Stream, event: u8, timestamp: u32) {
        self.send(stream, 101, timestamp, &[event, 10, 0, 160]);
    }

    /// The next packet: sequence, timestamp, marker, payload type, payload.
    fn hear(&self) -> (u16, u32, bool, u8, Vec<u8>) {
        let mut buffer = [0; 2_048];
        let len = self.socket.recv(&mut buffer).expect("a packet of the stream");
        let packet = Packet::parse(&buffer[..len]).unwrap();
        (
            packet.sequence,
            packet.timestamp,
            packet.marker,
            packet.payload_type,
            packet.payload.to_vec(),
        )
    }

    fn hears_nothing(&self) -> bool {
        self.hears_within(QUIET).is_none()
    }

    /// The first byte of the next packet, if one comes in time.
    fn hears_within(&self, wait: Duration) -> Option<u8> {
        self.socket.set_read_timeout(Some(wait)).unwrap();
        let mut buffer = [0; 2_048];
        let heard = self.socket.recv(&mut buffer);
        self.socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(Packet::parse(&buffer[..heard.ok()?]).unwrap().payload[0])
    }
}

async fn next(events: &mut mpsc::Receiver<StreamEvent>) -> StreamEvent {
    timeout(PATIENCE, events.recv()).await.expect("an event in time").expect("an event")
}

async fn recorded(events: &mut mpsc::Receiver<StreamEvent>) -> Recording {
    match next(events).await {
        StreamEvent::Recorded(recording) => recording,
        other => panic!("expected a recording, got {other:?}"),
    }
}

fn until(reached: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !reached() {
        assert!(Instant::now() < deadline, "not reached in time");
        std::thread::yield_now();
    }
}

fn samples(path: &PathBuf) -> Vec<i16> {
    hound::WavReader::open(path).unwrap().samples().map(Result::unwrap).collect()
}

#[tokio::test]
async fn sounds_are_heard_joined_in_one_talk_spurt_and_then_told() {
    let (audio, far) = (audio(), Far::new());
    let (stream, mut events) = audio.open().unwrap();
    assert!(stream.local().port().is_multiple_of(2));
    stream.negotiate(far.peer());

    stream.play(7, vec![Sound::from_alaw(vec![1; 200]), Sound::from_alaw(vec![2; 280])]);

    let heard: Vec<_> = (0..3).map(|_| far.hear()).collect();
    let (sequence, timestamp) = (heard[0].0, heard[0].1);
    let payloads = [vec![1; 160], [vec![1; 40], vec![2; 120]].concat(), vec![2; 160]];
    for (n, (packet, payload)) in heard.into_iter().zip(payloads).enumerate() {
        let expected = (
            sequence.wrapping_add(n as u16),
            timestamp.wrapping_add(n as u32 * 160),
            n == 0,
            8,
            payload,
        );
        assert_eq!(packet, expected);
    }
    assert_eq!(next(&mut events).await, StreamEvent::Played(7));
}

#[tokio::test]
async fn a_loop_goes_on_until_it_is_stopped_and_is_never_told() {
    let (audio, far) = (audio(), Far::new());
    let (stream, mut events) = audio.open().unwrap();
    stream.negotiate(far.peer());

    stream.play_looped(vec![Sound::from_alaw(vec![1; 160])]);
    (0..5).for_each(|_| assert_eq!(far.hear().4, [1; 160]));
    stream.stop();
    stream.play(1, vec![Sound::from_alaw(vec![2; 160])]);

    while far.hear().4 != [2; 160] {}
    assert_eq!(next(&mut events).await, StreamEvent::Played(1));
    assert!(far.hears_nothing());
}

#[tokio::test]
async fn a_held_play_pauses_and_resumes_at_the_new_address_with_its_sequence() {
    let (audio, far, moved) = (audio(), Far::new(), Far::new());
    let (stream, mut events) = audio.open().unwrap();
    stream.negotiate(far.peer());
    stream.play(3, vec![Sound::from_alaw((0..=255).flat_map(|n| [n; 160]).collect::<Vec<u8>>())]);
    let mut last = far.hear();

    stream.negotiate(Peer { direction: Direction::Inactive, ..far.peer() });
    far.socket.set_read_timeout(Some(QUIET)).unwrap();
    let mut buffer = [0; 2_048];
    while let Ok(len) = far.socket.recv(&mut buffer) {
        let packet = Packet::parse(&buffer[..len]).unwrap();
        last = (packet.sequence, packet.timestamp, packet.marker, 8, packet.payload.to_vec());
    }
    assert!(events.try_recv().is_err());
    stream.negotiate(moved.peer());

    let resumed = moved.hear();
    assert_eq!(resumed.0, last.0.wrapping_add(1));
    assert!(resumed.1.wrapping_sub(last.1) > 160, "the clock ran on");
    assert!(resumed.2, "a new talk spurt");
    assert_eq!(resumed.4, [last.4[0] + 1; 160]);
    stream.stop();
}

#[tokio::test]
async fn keys_pressed_on_one_stream_are_heard_on_the_other() {
    let audio = audio();
    let (phone, _events) = audio.open().unwrap();
    let (line, mut heard) = audio.open().unwrap();
    let peer = |stream: &Stream| Peer { remote: stream.local(), ..Far::new().peer() };
    phone.negotiate(peer(&line));
    line.negotiate(peer(&phone));

    phone.send_digits("18");
    phone.send_digits("8#");

    for key in ['1', '8', '8', '#'] {
        assert_eq!(next(&mut heard).await, StreamEvent::Digit(key));
    }
}

#[tokio::test]
async fn media_from_elsewhere_and_hostile_bytes_are_not_heard() {
    let (audio, mut far, mut other) = (audio(), Far::new(), Far::new());
    let (stream, mut events) = audio.open().unwrap();
    stream.negotiate(far.peer());

    for bytes in [
        &b""[..],
        &[0x80],
        &[0xFF; 40],
        &[0x90, 101, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0xFF, 0xFF],
    ] {
        far.socket.send_to(bytes, stream.local()).unwrap();
    }
    far.socket.send_to(&[0x80; 1_900], stream.local()).unwrap();
    other.press(&stream, 1, 100);
    far.press(&stream, 2, 100);

    assert_eq!(next(&mut events).await, StreamEvent::Digit('2'));
}

#[tokio::test]
async fn a_phone_behind_nat_is_answered_where_it_really_is() {
    let (audio, mut far, mut late) = (audio(), Far::new(), Far::new());
    let (stream, mut events) = audio.open().unwrap();
    let private = Peer {
        remote: "192.0.2.7:4000".parse().unwrap(),
        latch: Some(Ipv4Addr::LOCALHOST.into()),
        ..far.peer()
    };
    stream.negotiate(private);

    far.press(&stream, 5, 0);
    assert_eq!(next(&mut events).await, StreamEvent::Digit('5'));
    late.press(&stream, 6, 0);
    far.press(&stream, 7, 160);
    assert_eq!(next(&mut events).await, StreamEvent::Digit('7'));

    stream.play(1, vec![Sound::silence(20)]);
    far.hear();
}

#[tokio::test]
async fn a_flood_of_keys_is_bounded_and_loses_no_other_event() {
    let (audio, mut far) = (audio(), Far::new());
    let (stream, mut events) = audio.open().unwrap();
    stream.negotiate(far.peer());

    for n in 0..200 {
        far.press(&stream, 1, n * 160);
    }
    until(|| stream.unheard() == 104);
    stream.play(1, vec![Sound::silence(20)]);

    for _ in 0..96 {
        assert_eq!(next(&mut events).await, StreamEvent::Digit('1'));
    }
    assert_eq!(next(&mut events).await, StreamEvent::Played(1));
    far.press(&stream, 2, 1_000_000);
    assert_eq!(next(&mut events).await, StreamEvent::Digit('2'));
}

#[tokio::test]
async fn a_recording_has_what_was_said_where_it_was_said() {
    let (audio, mut far) = (audio(), Far::new());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("said.wav");
    let (stream, mut events) = audio.open().unwrap();
    stream.negotiate(far.peer());
    let loud = Codec::Pcma.encode(&[8_000; 160]);

    stream.record(path.clone(), Duration::from_secs(90));
    // Packet 20 is lost, 30 comes after 31, 40 comes twice.
    for n in (0..50).filter(|n| *n != 20) {
        let n = match n {
            30 => 31,
            31 => 30,
            n => n,
        };
        far.send(&stream, 8, n * 160, &loud);
        if n == 40 {
            far.send(&stream, 8, n * 160, &loud);
        }
    }
    // The keys that follow are heard after all packets were taken.
    far.press(&stream, 1, 0);
    assert_eq!(next(&mut events).await, StreamEvent::Digit('1'));
    stream.stop_recording();

    let recording = recorded(&mut events).await;
    assert_eq!((recording.end, recording.partial), (RecordingEnd::Stopped, false));
    assert!((980..1_500).contains(&recording.duration_ms), "{} ms", recording.duration_ms);
    assert_eq!(recording.sha256, <[u8; 32]>::from(Sha256::digest(std::fs::read(&path).unwrap())));
    let samples = samples(&path);
    let first = samples.iter().position(|sample| *sample != 0).unwrap();
    let spoken = samples.iter().filter(|sample| **sample == 8_064).count();
    assert!((48 * 160..=49 * 160).contains(&spoken), "{spoken} samples");
    let last = samples.iter().rposition(|sample| *sample != 0).unwrap();
    assert!(last - first < 50 * 160);
    assert_eq!(samples[last - 29 * 160 - 80], 0, "the lost packet is silence");
}

#[tokio::test]
async fn a_recording_of_nothing_ends_at_its_longest() {
    let (audio, far) = (audio(), Far::new());
    let folder = tempfile::tempdir().unwrap();
    let (stream, mut events) = audio.open().unwrap();
    stream.negotiate(far.peer());

    stream.record(folder.path().join("a.wav"), Duration::from_millis(250));

    let recording = recorded(&mut events).await;
    assert_eq!((recording.duration_ms, recording.end), (250, RecordingEnd::Longest));
}

#[tokio::test]
async fn a_recording_that_fails_is_told_and_the_call_goes_on() {
    let (audio, mut far) = (audio(), Far::new());
    let folder = tempfile::tempdir().unwrap();
    let (stream, mut events) = audio.open().unwrap();
    stream.negotiate(far.peer());

    stream.record(folder.path().join("missing/a.wav"), Duration::from_secs(5));

    assert!(matches!(recorded(&mut events).await.end, RecordingEnd::Failed(_)));
    far.send(&stream, 8, 0, &[0xD5; 160]);
    far.press(&stream, 4, 0);
    assert_eq!(next(&mut events).await, StreamEvent::Digit('4'));
    stream.stop_recording();
    stream.record(folder.path().join("b.wav"), Duration::from_millis(100));
    assert_eq!(recorded(&mut events).await.end, RecordingEnd::Longest);
}

#[tokio::test]
async fn a_stream_dropped_while_recording_still_tells_its_recording() {
    let (audio, far) = (audio(), Far::new());
    let folder = tempfile::tempdir().unwrap();
    let (stream, mut events) = audio.open().unwrap();
    stream.negotiate(far.peer());
    stream.record(folder.path().join("a.wav"), Duration::from_secs(5));

    drop(stream);

    assert_eq!(recorded(&mut events).await.end, RecordingEnd::Stopped);
    assert_eq!(timeout(PATIENCE, events.recv()).await.unwrap(), None);
}

#[tokio::test]
async fn a_silent_peer_is_told_again_and_again_until_it_is_held() {
    let config = Config {
        ports: 16_384..=19_999,
        realtime: false,
        silence_timeout: Duration::from_millis(200),
        ..Config::new(Ipv4Addr::LOCALHOST.into())
    };
    let (audio, far) = (Audio::start(config).unwrap(), Far::new());
    let (stream, mut events) = audio.open().unwrap();
    assert!(timeout(QUIET * 3, events.recv()).await.is_err(), "not before it is negotiated");
    stream.negotiate(far.peer());

    let begun = Instant::now();
    assert_eq!(next(&mut events).await, StreamEvent::Silent);
    assert!(begun.elapsed() >= Duration::from_millis(199));
    assert_eq!(next(&mut events).await, StreamEvent::Silent);
    stream.negotiate(Peer { direction: Direction::RecvOnly, ..far.peer() });
    while events.try_recv().is_ok() {}
    assert!(timeout(QUIET * 3, events.recv()).await.is_err());
}

#[tokio::test]
async fn a_thousand_streams_leave_nothing_behind() {
    let (audio, far) = (audio(), Far::new());
    let folder = tempfile::tempdir().unwrap();

    for round in 0..10 {
        let streams: Vec<_> = (0..100)
            .map(|n| {
                let (stream, events) = audio.open().unwrap();
                stream.negotiate(far.peer());
                stream.play_looped(vec![Sound::silence(1_000)]);
                if n % 10 == 0 {
                    stream.record(
                        folder.path().join(format!("{round}-{n}.wav")),
                        Duration::from_secs(9),
                    );
                }
                (stream, events)
            })
            .collect();
        assert_eq!(audio.open_count(), 100);
        drop(streams);
        assert_eq!(audio.open_count(), 0);
    }

    until(|| (audio.ports_leased(), audio.recordings_open()) == (0, 0));
    audio.shutdown().await;
}

#[tokio::test]
async fn a_used_up_range_is_an_error_until_a_stream_is_dropped() {
    // A loopback address of this process alone, so that the exact ports are nobody else's.
    let [_, b, c, d] = std::process::id().to_be_bytes();
    let own = [127, b | 64, c, d.max(1)].into();
    let config = Config { ports: 15_100..=15_103, realtime: false, ..Config::new(own) };
    let audio = Audio::start(config).unwrap();
    let (one, _one) = audio.open().unwrap();
    let (_two, _two_events) = audio.open().unwrap();

    assert!(matches!(audio.open(), Err(Error::NoPort { first: 15_100, last: 15_103 })));
    let free = one.local();
    drop(one);
    let deadline = Instant::now() + PATIENCE;
    let (again, _again) = loop {
        match audio.open() {
            Ok(opened) => break opened,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    };
    assert_eq!(again.local(), free);
}

#[tokio::test]
async fn shutdown_finishes_recordings_and_refuses_new_streams() {
    let (audio, far) = (audio(), Far::new());
    let folder = tempfile::tempdir().unwrap();
    let (stream, mut events) = audio.open().unwrap();
    stream.negotiate(far.peer());
    stream.record(folder.path().join("a.wav"), Duration::from_secs(5));

    audio.shutdown().await;

    assert_eq!(recorded(&mut events).await.end, RecordingEnd::Stopped);
    assert!(folder.path().join("a.wav").exists());
    assert!(matches!(audio.open(), Err(Error::Shutdown)));
    stream.record(folder.path().join("b.wav"), Duration::from_secs(5));
    assert!(matches!(recorded(&mut events).await.end, RecordingEnd::Failed(_)));
    audio.shutdown().await;
}

#[tokio::test]
async fn real_time_priority_that_was_not_asked_for_is_not_claimed() {
    assert!(!audio().realtime_granted());
}
