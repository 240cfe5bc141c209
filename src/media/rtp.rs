//! RTP packets (RFC 3550): read from any bytes without trust, written with a sequence that never breaks.

/// Larger payloads are refused: 200 ms of G.711.
pub const PAYLOAD_MAX_BYTES: usize = 1_600;
/// A datagram is read up to here; what is larger is no packet of ours.
pub const DATAGRAM_MAX_BYTES: usize = 2_048;

const HEADER_BYTES: usize = 12;
const VERSION: u8 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a datagram; anything short, overlong, of another version or of RTCP is `None`.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        if header[0] >> 6 != VERSION || is_rtcp_type(header[1]) {
            return None;
        }

        let mut start = HEADER_BYTES + 4 * usize::from(header[0] & 0x0F);
        if header[0] & 0x10 != 0 {
            let extension: &[u8; 4] = bytes.get(start..)?.first_chunk()?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
        }
        let padding = if header[0] & 0x20 != 0 { usize::from(*bytes.last()?) } else { 0 };
        let payload = bytes.get(start..bytes.len().checked_sub(padding)?)?;
        if payload.len() > PAYLOAD_MAX_BYTES {
            return None;
        }

        Some(Self {
            payload_type: header[1] & 0x7F,
            marker: header[1] & 0x80 != 0,
            sequence: u16::from_be_bytes([header[2], header[3]]),
            timestamp: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            ssrc: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
            payload,
        })
    }

    /// Writes the datagram over what `out` held.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        out.push(VERSION << 6);
        out.push(self.payload_type & 0x7F | u8::from(self.marker) << 7);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.ssrc.to_be_bytes());
        out.extend_from_slice(self.payload);
    }
}

/// Whether a datagram is RTCP, on its own port or multiplexed (RFC 5761 section 4).
pub fn is_rtcp(bytes: &[u8]) -> bool {
    let Some(&[first, kind, high, low]) = bytes.first_chunk() else { return false };
    let length = 4 * (usize::from(u16::from_be_bytes([high, low])) + 1);
    first >> 6 == VERSION && is_rtcp_type(kind) && (8..=bytes.len()).contains(&length)
}

fn is_rtcp_type(kind: u8) -> bool {
    (192..=223).contains(&kind)
}

/// Numbers the packets of one source, for a peer that sends nothing but its own.
#[derive(Debug, Clone)]
pub struct Sender {
    ssrc: u32,
    sequence: u16,
    origin: u32,
}

impl Sender {
    /// Takes random beginnings, as RFC 3550 section 5.1 asks.
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self { ssrc, sequence, origin: timestamp }
    }

    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The timestamp of a sample counted from the stream's beginning.
    pub fn timestamp(&self, sample: u64) -> u32 {
        self.origin.wrapping_add(sample as u32)
    }

    /// Writes the next packet over what `out` held.
    pub fn write(
        &mut self,
        payload_type: u8,
        marker: bool,
        timestamp: u32,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) {
        let Self { sequence, ssrc, .. } = *self;
        Packet { payload_type, marker, sequence, timestamp, ssrc, payload }.write(out);
        self.sequence = self.sequence.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: [u8; 14] =
        [0x80, 0x88, 0x12, 0x34, 0, 0, 0x01, 0x40, 0xCA, 0xFE, 0xBA, 0xBE, 0xD5, 0x55];

    #[test]
    fn a_plain_packet_is_read() {
        let packet = Packet::parse(&PLAIN).unwrap();

        assert_eq!(
            packet,
            Packet {
                payload_type: 8,
                marker: true,
                sequence: 0x1234,
                timestamp: 320,
                ssrc: 0xCAFE_BABE,
                payload: &[0xD5, 0x55],
            }
        );
    }

    #[test]
    fn sources_extension_and_padding_are_skipped() {
        let mut bytes = PLAIN[..12].to_vec();
        bytes[0] = 0xB1;
        bytes.extend([9; 4]); // one contributing source
        bytes.extend([0xBE, 0xDE, 0, 1, 7, 7, 7, 7]); // an extension of one word
        bytes.extend([1, 2, 3]);
        bytes.extend([0, 0, 3]); // three bytes of padding

        assert_eq!(Packet::parse(&bytes).unwrap().payload, [1, 2, 3]);
    }

    #[test]
    fn hostile_lengths_are_refused() {
        let with = |at: usize, byte: u8| {
            let mut bytes = PLAIN.to_vec();
            bytes[at] = byte;
            bytes
        };

        assert_eq!(Packet::parse(&[]), None);
        assert_eq!(Packet::parse(&PLAIN[..11]), None);
        assert_eq!(Packet::parse(&with(0, 0x40)), None, "version 1");
        assert_eq!(Packet::parse(&with(0, 0x8F)), None, "fifteen sources that are not there");
        assert_eq!(Packet::parse(&with(0, 0x90)), None, "an extension that is not there");
        assert_eq!(Packet::parse(&with(0, 0xA0)), None, "padding longer than the packet");
        assert_eq!(
            Packet::parse(&[&PLAIN[..], &[0; 1_599]].concat()),
            None,
            "a payload past the limit"
        );
    }

    #[test]
    fn rtcp_is_told_from_rtp_on_the_same_port() {
        let report = [0x80, 201, 0, 1, 0, 0, 0, 1];

        assert!(is_rtcp(&report));
        assert_eq!(Packet::parse(&[&report[..], &[0; 8]].concat()), None);
        assert!(!is_rtcp(&PLAIN));
        assert!(!is_rtcp(&report[..7]), "cut short");
        assert!(!is_rtcp(&[0x80, 201, 0, 0, 0, 0, 0, 1]), "no room for its source");
        assert!(!is_rtcp(&[0x80, 201, 0, 2, 0, 0, 0, 1]), "claims more than came");
    }

    #[test]
    fn sequence_and_timestamp_wrap() {
        let mut sender = Sender::new(7, u16::MAX, u32::MAX - 159);
        let mut out = Vec::new();

        sender.write(8, false, sender.timestamp(0), &[], &mut out);
        assert_eq!(Packet::parse(&out).unwrap().sequence, 65_535);
        sender.write(8, false, sender.timestamp(160), &[], &mut out);
        let packet = Packet::parse(&out).unwrap();
        assert_eq!((packet.sequence, packet.timestamp), (0, 0));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_100)) {
            if let Some(packet) = Packet::parse(&bytes) {
                prop_assert!(packet.payload.len() <= PAYLOAD_MAX_BYTES);
            }
            is_rtcp(&bytes);
        }

        #[test]
        fn what_is_written_is_read(
            payload_type in (0u8..64).prop_union(96..128), marker: bool, timestamp: u32, ssrc: u32, sequence: u16,
            payload in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            let mut out = Vec::new();
            Sender::new(ssrc, sequence, 0).write(payload_type, marker, timestamp, &payload, &mut out);

            prop_assert_eq!(
                Packet::parse(&out),
                Some(Packet { payload_type, marker, sequence, timestamp, ssrc, payload: &payload })
            );
        }
    }
}
