//! G.711: the two codecs of a telephone line, and the tables between them. Prompts are kept as A-law, so a PCMA call
//! copies and a PCMU call looks each byte up.

use std::sync::LazyLock;

use audio_codec::{Decoder, Encoder, pcma, pcmu};

/// Samples a second of every sound of ours.
pub const RATE_HZ: u32 = 8_000;
/// Samples in one millisecond.
pub const SAMPLES_PER_MS: usize = 8;
/// Silence in A-law.
pub const ALAW_SILENCE: u8 = 0xD5;
/// Silence in mu-law.
pub const ULAW_SILENCE: u8 = 0xFF;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    Pcma,
    Pcmu,
}

impl Codec {
    /// Reads a static payload type of RFC 3551.
    pub fn of_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            0 => Some(Self::Pcmu),
            8 => Some(Self::Pcma),
            _ => None,
        }
    }

    pub fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    /// The name of the codec in an SDP `a=rtpmap`, without the rate.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
        }
    }

    pub fn encode(self, pcm: &[i16]) -> Vec<u8> {
        let mut bytes = vec![0; pcm.len()];
        self.encode_into(pcm, &mut bytes);
        bytes
    }

    /// Fills `bytes`, which has one byte for each sample.
    pub fn encode_into(self, pcm: &[i16], bytes: &mut [u8]) {
        match self {
            Self::Pcma => pcma::PcmaEncoder::new().encode_into(pcm, bytes),
            Self::Pcmu => pcmu::PcmuEncoder::new().encode_into(pcm, bytes),
        }
        .expect("the buffer holds one byte a sample");
    }

    pub fn decode(self, bytes: &[u8]) -> Vec<i16> {
        let table = self.table();
        bytes.iter().map(|byte| table[usize::from(*byte)]).collect()
    }

    /// As `decode`, one sample after the other.
    pub fn samples(self, bytes: &[u8]) -> impl ExactSizeIterator<Item = i16> {
        let table = self.table();
        bytes.iter().map(|byte| table[usize::from(*byte)])
    }

    /// Turns the bytes of this codec into those of another, in place.
    pub fn to(self, other: Self, bytes: &mut [u8]) {
        match (self, other) {
            (Self::Pcma, _) => other.from_alaw(bytes),
            (Self::Pcmu, Self::Pcma) => self.to_alaw(bytes),
            (Self::Pcmu, Self::Pcmu) => {}
        }
    }

    /// Turns A-law into the bytes of this codec, in place.
    pub fn from_alaw(self, bytes: &mut [u8]) {
        match self {
            Self::Pcma => {}
            Self::Pcmu => {
                bytes.iter_mut().for_each(|byte| *byte = ALAW_TO_ULAW[usize::from(*byte)])
            }
        }
    }

    /// Turns the bytes of this codec into A-law, in place.
    pub fn to_alaw(self, bytes: &mut [u8]) {
        match self {
            Self::Pcma => {}
            Self::Pcmu => {
                bytes.iter_mut().for_each(|byte| *byte = ULAW_TO_ALAW[usize::from(*byte)])
            }
        }
    }

    fn table(self) -> &'static [i16; 256] {
        match self {
            Self::Pcma => &ALAW,
            Self::Pcmu => &ULAW,
        }
    }
}

static ALAW: LazyLock<[i16; 256]> = LazyLock::new(|| {
    let mut pcm = [0; 256];
    pcma::PcmaDecoder::new()
        .decode_into(&every_byte(), &mut pcm)
        .expect("256 samples for 256 bytes");
    pcm
});
static ULAW: LazyLock<[i16; 256]> = LazyLock::new(|| {
    let mut pcm = [0; 256];
    pcmu::PcmuDecoder::new()
        .decode_into(&every_byte(), &mut pcm)
        .expect("256 samples for 256 bytes");
    pcm
});
static ALAW_TO_ULAW: LazyLock<[u8; 256]> = LazyLock::new(|| transcoded(&ALAW, Codec::Pcmu));
static ULAW_TO_ALAW: LazyLock<[u8; 256]> = LazyLock::new(|| transcoded(&ULAW, Codec::Pcma));

fn every_byte() -> [u8; 256] {
    std::array::from_fn(|byte| byte as u8)
}

fn transcoded(pcm: &[i16; 256], to: Codec) -> [u8; 256] {
    let bytes = to.encode(pcm);
    std::array::from_fn(|byte| bytes[byte])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ITU-T G.711 tables 1a and 2a: the ends and the middle of each law.
    #[test]
    fn decoding_gives_the_values_of_the_recommendation() {
        assert_eq!(Codec::Pcma.decode(&[0xD5, 0x55, 0xAA, 0x2A]), [8, -8, 32_256, -32_256]);
        assert_eq!(Codec::Pcmu.decode(&[0xFF, 0x7F, 0x80, 0x00]), [0, 0, 32_124, -32_124]);
    }

    #[test]
    fn every_byte_but_the_negative_zero_survives_decoding_and_encoding() {
        let again = |codec: Codec, byte| codec.encode(&codec.decode(&[byte]))[0];
        for byte in 0..=255 {
            assert_eq!(
                again(Codec::Pcma, byte),
                if byte == 0x55 { 0xD5 } else { byte },
                "A-law {byte:#x}"
            );
            assert_eq!(
                again(Codec::Pcmu, byte),
                if byte == 0x7F { 0xFF } else { byte },
                "mu-law {byte:#x}"
            );
        }
    }

    #[test]
    fn extreme_samples_encode() {
        assert_eq!(Codec::Pcma.encode(&[i16::MIN, i16::MAX, 0]), [0x2A, 0xAA, 0xD5]);
        assert_eq!(Codec::Pcmu.encode(&[i16::MIN, i16::MAX, 0]), [0x00, 0x80, 0xFF]);
    }

    #[test]
    fn transcoding_keeps_a_sample_within_one_step_of_the_coarser_law() {
        for byte in 0..=255u8 {
            let mut bytes = [byte];
            Codec::Pcmu.from_alaw(&mut bytes);

            let before = i32::from(Codec::Pcma.decode(&[byte])[0]);
            let after = i32::from(Codec::Pcmu.decode(&bytes)[0]);
            assert!(
                (before - after).abs() <= before.abs() / 16 + 16,
                "{byte:#x}: {before} became {after}"
            );
        }
    }

    #[test]
    fn each_law_turns_into_the_other_and_into_itself() {
        let turned = |from: Codec, to, byte| {
            let mut bytes = [byte];
            from.to(to, &mut bytes);
            bytes[0]
        };

        assert_eq!(turned(Codec::Pcma, Codec::Pcma, 0x12), 0x12);
        assert_eq!(turned(Codec::Pcmu, Codec::Pcmu, 0x12), 0x12);
        assert_eq!(turned(Codec::Pcma, Codec::Pcmu, 0xAA), 0x80);
        assert_eq!(turned(Codec::Pcmu, Codec::Pcma, 0x80), 0xAA);
    }

    #[test]
    fn silence_stays_silence() {
        let mut bytes = [ALAW_SILENCE];
        Codec::Pcmu.from_alaw(&mut bytes);
        assert!(Codec::Pcmu.decode(&bytes)[0].abs() <= 8);

        let mut bytes = [ULAW_SILENCE];
        Codec::Pcmu.to_alaw(&mut bytes);
        assert_eq!(bytes, [ALAW_SILENCE]);
    }
}
