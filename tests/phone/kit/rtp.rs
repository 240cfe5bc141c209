//! RTP as a caller sends it: speech, silence and key presses of one stream, and pcap files of them for SIPp.

use std::{fs, path::Path};

pub(crate) const FRAME_MS: u32 = 20;
const FRAME_SAMPLES: u32 = 160;
const PCMA: u8 = 8;
pub(crate) const KEYS: u8 = 101;
/// A-law of the sample 0.
const QUIET: u8 = 0xd5;
/// A key is held this long.
pub(crate) const KEY_MS: u32 = 160;
/// RFC 4733 §2.5.1.4: the end is sent three times.
const KEY_ENDS: u32 = 3;

/// One stream: its numbers go on over everything that is sent, as a phone's do.
pub(crate) struct Stream {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// Position in the tone that stands for a voice.
    phase: u32,
}

/// A packet and how long after the one before it leaves.
pub(crate) struct Packet {
    pub(crate) after_ms: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Stream {
    pub(crate) fn new(ssrc: u32) -> Self {
        Self { ssrc, sequence: (ssrc >> 3) as u16, timestamp: ssrc.rotate_left(7), phase: 0 }
    }

    pub(crate) fn quiet(&mut self, ms: u32) -> Vec<Packet> {
        (0..ms / FRAME_MS).map(|_| self.frame(vec![QUIET; FRAME_SAMPLES as usize])).collect()
    }

    /// A loud 440 Hz tone, as a voice that is easy to measure.
    pub(crate) fn voice(&mut self, ms: u32) -> Vec<Packet> {
        self.tone(ms, 440.0)
    }

    pub(crate) fn tone(&mut self, ms: u32, hertz: f64) -> Vec<Packet> {
        (0..ms / FRAME_MS)
            .map(|_| {
                let samples = (0..FRAME_SAMPLES).map(|n| {
                    let t = f64::from(self.phase + n) / 8_000.0;
                    alaw((10_000.0 * (t * hertz * std::f64::consts::TAU).sin()) as i16)
                });
                let payload = samples.collect();
                self.phase += FRAME_SAMPLES;
                self.frame(payload)
            })
            .collect()
    }

    /// One press: events while the key is down, the end three times, and the time of the press passes for the stream.
    pub(crate) fn key(&mut self, key: char) -> Vec<Packet> {
        let event = "0123456789*#ABCD".find(key).expect("a telephone key") as u8;
        let start = self.timestamp;
        let downs = KEY_MS / FRAME_MS;
        let mut packets = Vec::new();
        for n in 1..=downs + KEY_ENDS {
            let duration = (n.min(downs) * FRAME_SAMPLES) as u16;
            let end = if n > downs { 0x80 } else { 0 };
            let mut payload = vec![event, end | 10];
            payload.extend(duration.to_be_bytes());
            let bytes = self.packet(KEYS, n == 1, start, &payload);
            packets.push(Packet { after_ms: FRAME_MS, bytes });
        }
        self.timestamp = start.wrapping_add((downs + KEY_ENDS) * FRAME_SAMPLES);
        packets
    }

    pub(crate) fn frame(&mut self, payload: Vec<u8>) -> Packet {
        let at = self.timestamp;
        self.timestamp = at.wrapping_add(FRAME_SAMPLES);
        Packet { after_ms: FRAME_MS, bytes: self.packet(PCMA, false, at, &payload) }
    }

    fn packet(
        &mut self,
        payload_type: u8,
        marker: bool,
        timestamp: u32,
        payload: &[u8],
    ) -> Vec<u8> {
        let mut bytes = vec![0x80, payload_type | if marker { 0x80 } else { 0 }];
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(timestamp.to_be_bytes());
        bytes.extend(self.ssrc.to_be_bytes());
        bytes.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        bytes
    }
}

/// ITU-T G.711 A-law of one sample.
fn alaw(sample: i16) -> u8 {
    let (sign, magnitude) =
        if sample >= 0 { (0xd5, i32::from(sample)) } else { (0x55, -i32::from(sample) - 1) };
    let magnitude = magnitude >> 3;
    let coded = if magnitude < 32 {
        magnitude >> 1
    } else {
        let segment = 27 - (magnitude as u32).leading_zeros() as i32;
        (segment << 4) | ((magnitude >> segment) & 0x0f)
    };
    coded as u8 ^ sign
}

/// Writes packets as the classic pcap of an Ethernet; SIPp sets addresses and ports anew.
pub(crate) fn write_pcap(path: &Path, packets: &[Packet]) {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        file.extend(word.to_le_bytes());
    }
    let mut at_ms = 0;
    for packet in packets {
        let frame = ethernet(&packet.bytes);
        for word in [at_ms / 1_000, at_ms % 1_000 * 1_000, frame.len() as u32, frame.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
        at_ms += packet.after_ms;
    }
    fs::write(path, file).unwrap();
}

fn ethernet(payload: &[u8]) -> Vec<u8> {
    let udp = (8 + payload.len()) as u16;
    let mut frame = vec![0; 12];
    frame.extend([0x08, 0x00]);
    frame.extend([0x45, 0]);
    frame.extend((20 + udp).to_be_bytes());
    frame.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    for word in [6_000, 6_000, udp, 0] {
        frame.extend(word.to_be_bytes());
    }
    frame.extend(payload);
    frame
}
