//! What one stream hears: admits packets, tells keys and what is to be handed on, feeds the recording, watches for silence.
//! No sockets here; times are milliseconds of the engine's clock.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::mpsc;

use super::RecordingEnd;
use super::peer::{Agreed, Payload, Target};
use super::recorder::Tape;
use super::reel::{Reel, Track};
use super::wire::Wire;
use super::{Peer, locked};
use crate::media::codec::Codec;
use crate::media::digits::Detector;
use crate::media::greeting::{Greeting, Note};
use crate::media::jitter::Timeline;
use crate::media::rtp::{self, Packet};
use crate::media::silence::Watch;
use crate::media::source::{Admission, Source};

/// Samples are handed to the writer in pieces of this length or at the next look: 100 ms.
const PIECE_SAMPLES: usize = 800;

/// What one packet led to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard<'a> {
    pub(super) digit: Option<char>,
    /// For those of the room who hear this stream.
    pub(super) said: Option<(Packet<'a>, Codec)>,
    /// The address was latched; the pacer must follow.
    pub(super) moved: Option<Target>,
}

#[derive(Debug)]
pub(super) struct Inbound {
    /// Who hears this stream in its room.
    pub(super) listeners: Vec<Listener>,
    agreed: Option<Agreed>,
    source: Source,
    detector: Detector,
    watch: Watch,
    take: Option<Take>,
    track: Option<Track>,
    /// It is in a room, and nobody there hears it.
    unheard: bool,
    ear: Option<mpsc::Sender<Vec<i16>>>,
    greeting: Option<HeardGreeting>,
}

/// Another stream of the room, and the seat by which it knows this one.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    pub(super) wire: Weak<Wire>,
    pub(super) seat: usize,
}

/// What a peer says first, also when its stream has gone.
#[derive(Clone, Debug, Default)]
pub struct HeardGreeting(Arc<Mutex<Greeting>>);

impl HeardGreeting {
    pub fn note(&self) -> Note {
        locked(&self.0).note()
    }
}

/// A recording under way.
#[derive(Debug)]
struct Take {
    tape: Arc<Tape>,
    timeline: Timeline,
    begun_ms: u64,
    piece: Vec<i16>,
}

impl Inbound {
    pub(super) fn new(watch: Watch) -> Self {
        Self {
            listeners: Vec::new(),
            agreed: None,
            source: Source::default(),
            detector: Detector::default(),
            watch,
            take: None,
            track: None,
            unheard: false,
            ear: None,
            greeting: None,
        }
    }

    pub(super) fn negotiate(&mut self, peer: Peer, at_ms: u64) -> Target {
        let agreed = Agreed::new(peer, self.agreed.as_ref());
        let target = agreed.target();
        if self.agreed.as_ref().is_none_or(|before| before.target().remote != target.remote) {
            self.source = Source::default();
        }
        self.watch.expect(agreed.expect(), at_ms);
        self.agreed = Some(agreed);
        target
    }

    /// Takes any datagram that came to the RTP port.
    pub(super) fn rtp<'a>(&mut self, from: SocketAddr, bytes: &'a [u8], at_ms: u64) -> Heard<'a> {
        let mut heard = Heard::default();
        let Some(agreed) = self.agreed.as_mut().filter(|agreed| agreed.admits(from)) else {
            return heard;
        };
        if rtp::is_rtcp(bytes) {
            self.watch.heard(at_ms);
            return heard;
        }
        let Some(packet) = Packet::parse(bytes) else { return heard };
        let Some(payload) = agreed.payload(packet.payload_type) else { return heard };

        if agreed.settle(from) {
            heard.moved = Some(agreed.target());
        }
        self.watch.heard(at_ms);
        if !agreed.receives() {
            return heard;
        }
        match payload {
            Payload::Comfort => {}
            // Keys may come under a source of their own (some exchanges, and every replayed capture).
            Payload::Digits => {
                heard.digit =
                    self.detector.heard(packet.ssrc, packet.timestamp, packet.payload, at_ms);
            }
            Payload::Sound(codec) => {
                let admission = self.source.admit(packet.ssrc, packet.sequence, at_ms);
                if admission == Admission::Refused {
                    return heard;
                }
                heard.said = Some((packet, codec));
                if let Some(HeardGreeting(greeting)) = &self.greeting {
                    let mut greeting = locked(greeting);
                    if admission == Admission::New {
                        greeting.restart_clock();
                    }
                    greeting.push(packet.timestamp, codec.samples(packet.payload));
                }
                if let Some(ear) = &self.ear {
                    // A full queue loses what nobody listens to.
                    let _ = ear.try_send(codec.decode(packet.payload));
                }
                if let Some(track) = &self.track {
                    let pcm = codec.decode(packet.payload);
                    track.push(packet.timestamp, &pcm, at_ms, admission == Admission::New);
                }
                if let Some(take) = &mut self.take {
                    if admission == Admission::New {
                        take.timeline.restart_clock();
                    }
                    take.push(packet.timestamp, codec.decode(packet.payload), at_ms);
                }
            }
        }
        heard
    }

    /// Whether the peer holds the call: it neither hears nor is heard.
    pub(super) fn is_held(&self) -> bool {
        self.agreed.as_ref().is_some_and(Agreed::is_held)
    }

    /// Whether the peer takes telephone events.
    pub(super) fn takes_keys(&self) -> bool {
        self.agreed.as_ref().is_some_and(|agreed| agreed.target().digits.is_some())
    }

    /// Takes any datagram that came to the RTCP port: only a sign of life.
    pub(super) fn rtcp(&mut self, from: SocketAddr, bytes: &[u8], at_ms: u64) {
        if rtp::is_rtcp(bytes)
            && self.agreed.as_ref().is_some_and(|agreed| agreed.admits_rtcp(from))
        {
            self.watch.heard(at_ms);
        }
    }

    /// Looks at the clock: ends a recording that is long enough, and says whether the peer has been silent too long.
    pub(super) fn look(&mut self, at_ms: u64) -> bool {
        if let Some(take) = &mut self.take {
            let elapsed_ms = at_ms.saturating_sub(take.begun_ms);
            take.timeline.advance(elapsed_ms, &mut take.piece);
            if take.timeline.is_over(elapsed_ms) {
                self.stop_recording(RecordingEnd::Longest, at_ms);
            } else if !take.hand_over() {
                self.take = None;
            }
        }
        self.watch.ran_out(at_ms)
    }

    pub(super) fn listen(&mut self, ear: mpsc::Sender<Vec<i16>>) {
        self.ear = Some(ear);
    }

    /// Listens for a greeting from now on.
    pub(super) fn hear_greeting(&mut self) -> HeardGreeting {
        self.greeting.insert(HeardGreeting::default()).clone()
    }

    /// Gives the stream its place in the recording of its call, or takes it away.
    pub(super) fn tape(&mut self, track: Option<Track>) {
        if let Some(track) = &track {
            track.mute(self.unheard);
        }
        self.track = track;
    }

    pub(super) fn is_taped_by(&self, reel: &Arc<Reel>) -> bool {
        self.track.as_ref().is_some_and(|track| track.is_of(reel))
    }

    /// Places the stream in its room, or out of one.
    pub(super) fn be_heard(&mut self, listeners: Vec<Listener>, unheard: bool) {
        self.listeners = listeners;
        self.unheard = unheard;
        if let Some(track) = &self.track {
            track.mute(unheard);
        }
    }

    pub(super) fn record(&mut self, tape: Arc<Tape>, longest_ms: u32, at_ms: u64) {
        self.stop_recording(RecordingEnd::Stopped, at_ms);
        self.take = Some(Take {
            tape,
            timeline: Timeline::new(longest_ms),
            begun_ms: at_ms,
            piece: Vec::new(),
        });
    }

    pub(super) fn stop_recording(&mut self, end: RecordingEnd, at_ms: u64) {
        let Some(mut take) = self.take.take() else { return };
        take.timeline.finish(at_ms.saturating_sub(take.begun_ms), &mut take.piece);
        take.hand_over();
        take.tape.end(end);
    }
}

impl Take {
    fn push(&mut self, timestamp: u32, pcm: Vec<i16>, at_ms: u64) {
        self.timeline.push(timestamp, pcm, at_ms.saturating_sub(self.begun_ms), &mut self.piece);
        if self.piece.len() >= PIECE_SAMPLES {
            self.hand_over();
        }
    }

    /// False when the tape takes no more, because its file failed.
    fn hand_over(&mut self) -> bool {
        let goes_on = self.tape.push(&self.piece);
        self.piece.clear();
        goes_on
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::media::rtp::Sender;
    use crate::media::wav::Sides;
    use crate::telephony::audio::Direction;
    use crate::telephony::audio::recorder::Recorder;

    fn peer(direction: Direction) -> Peer {
        Peer {
            remote: "10.0.0.1:4000".parse().unwrap(),
            codec: Codec::Pcma,
            digits: Some(101),
            direction,
            latch: Some("10.0.0.9".parse().unwrap()),
        }
    }

    fn inbound(direction: Direction) -> Inbound {
        let mut inbound = Inbound::new(Watch::new(30_000, 300_000));
        inbound.negotiate(peer(direction), 0);
        inbound
    }

    fn packet(payload_type: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        Sender::new(1, 0, 0).write(payload_type, false, timestamp, payload, &mut bytes);
        bytes
    }

    fn from(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_key_from_elsewhere_is_not_heard() {
        let mut inbound = inbound(Direction::SendRecv);
        let key = packet(101, 0, &[1, 10, 0, 160]);

        assert_eq!(inbound.rtp(from("10.0.0.2:4000"), &key, 0), Heard::default());
        assert_eq!(inbound.rtp(from("10.0.0.1:4000"), &key, 0).digit, Some('1'));
    }

    #[test]
    fn garbage_from_the_latch_host_fixes_nothing() {
        let mut inbound = inbound(Direction::SendRecv);
        let host = from("10.0.0.9:50000");

        assert_eq!(inbound.rtp(host, b"OPTIONS sip:x SIP/2.0", 0), Heard::default());
        assert_eq!(inbound.rtp(host, &packet(96, 0, &[0; 160]), 0), Heard::default());
        assert_eq!(inbound.rtp(host, &[0x80, 201, 0, 1, 0, 0, 0, 1], 0), Heard::default());
        let moved = inbound.rtp(host, &packet(8, 0, &[0xD5; 160]), 0).moved;
        assert_eq!(moved.map(|target| target.remote), Some(host));
    }

    #[test]
    fn rtcp_alone_keeps_a_call_alive_on_either_port() {
        let report = [0x80, 201, 0, 1, 0, 0, 0, 1];
        let mut inbound = inbound(Direction::SendRecv);

        inbound.rtcp(from("10.0.0.1:4001"), &report, 20_000);
        assert!(!inbound.look(49_999));
        inbound.rtp(from("10.0.0.1:4000"), &report, 49_999);
        assert!(!inbound.look(79_998));
        assert!(inbound.look(79_999));
    }

    #[test]
    fn packets_from_elsewhere_are_no_sign_of_life() {
        let mut inbound = inbound(Direction::SendRecv);

        inbound.rtp(from("10.0.0.2:4000"), &packet(8, 0, &[0xD5; 160]), 29_000);
        inbound.rtcp(from("10.0.0.2:4001"), &[0x80, 201, 0, 1, 0, 0, 0, 1], 29_000);

        assert!(inbound.look(30_000));
    }

    #[test]
    fn keys_of_a_peer_held_both_ways_are_not_taken() {
        let mut inbound = inbound(Direction::Inactive);

        assert_eq!(
            inbound.rtp(from("10.0.0.1:4000"), &packet(101, 0, &[1, 10, 0, 160]), 0).digit,
            None
        );
        inbound.negotiate(peer(Direction::SendRecv), 10);
        assert_eq!(
            inbound.rtp(from("10.0.0.1:4000"), &packet(101, 9, &[2, 10, 0, 160]), 20).digit,
            Some('2')
        );
    }

    #[test]
    fn silence_is_timed_by_the_direction() {
        assert!(inbound(Direction::SendRecv).look(30_000));
        assert!(!inbound(Direction::RecvOnly).look(299_999));
        assert!(inbound(Direction::RecvOnly).look(300_000));
        assert!(!inbound(Direction::SendOnly).look(10_000_000));
        assert!(!Inbound::new(Watch::new(30_000, 300_000)).look(10_000_000));
    }

    proptest! {
        #[test]
        fn any_datagrams_are_survived_while_recording(
            datagrams in proptest::collection::vec(
                (proptest::collection::vec(any::<u8>(), 0..64), prop_oneof![Just(8u8), Just(0), Just(101), Just(13), any::<u8>()], any::<bool>(), 0u64..500), 0..50),
        ) {
            let recorder = Recorder::silent();
            let (events, _kept) = mpsc::channel(8);
            let mut inbound = inbound(Direction::SendRecv);
            inbound.record(recorder.tape("/nonexistent/x.wav".into(), Sides::Mono, events).unwrap(), 90_000, 0);
            let mut at_ms = 0;
            for (mut bytes, payload_type, shaped, later_ms) in datagrams {
                at_ms += later_ms;
                if let Some([first, second]) = bytes.first_chunk_mut().filter(|_| shaped) {
                    (*first, *second) = (0x80, payload_type);
                }
                inbound.rtp(from("10.0.0.1:4000"), &bytes, at_ms);
                inbound.rtcp(from("10.0.0.1:4001"), &bytes, at_ms);
                inbound.look(at_ms);
            }
            inbound.stop_recording(RecordingEnd::Stopped, at_ms);
        }
    }
}
