//! The head of a WAV file of ours: 8 kHz, 16 bit, one side or two. A file whose writing was cut off has every sample and a
//! head that knows of none; it is mended from its length alone.

use super::codec::{RATE_HZ, SAMPLES_PER_MS};

pub const HEAD_BYTES: usize = 44;
const SAMPLE_BYTES: u16 = 2;
/// The fields behind it count bytes in 32 bits.
const DATA_MAX_BYTES: u64 = u32::MAX as u64 - HEAD_BYTES as u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    Mono,
    /// Left and right in turn.
    Stereo,
}

impl Sides {
    pub fn count(self) -> u16 {
        match self {
            Self::Mono => 1,
            Self::Stereo => 2,
        }
    }
}

/// What makes a file whole: its head, and the length at which it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mended {
    pub head: [u8; HEAD_BYTES],
    pub len: u64,
    pub duration_ms: u64,
}

/// The head of a file with so many bytes of samples.
pub fn head(sides: Sides, data_bytes: u32) -> [u8; HEAD_BYTES] {
    let block = sides.count() * SAMPLE_BYTES;
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &(data_bytes.saturating_add(HEAD_BYTES as u32 - 8)).to_le_bytes(),
        b"WAVEfmt ",
        &16u32.to_le_bytes(),
        &1u16.to_le_bytes(), // PCM
        &sides.count().to_le_bytes(),
        &RATE_HZ.to_le_bytes(),
        &(RATE_HZ * u32::from(block)).to_le_bytes(),
        &block.to_le_bytes(),
        &(SAMPLE_BYTES * 8).to_le_bytes(),
        b"data",
        &data_bytes.to_le_bytes(),
        b"",
    ];
    let mut head = [0; HEAD_BYTES];
    for (at, byte) in head.iter_mut().zip(fields.into_iter().flatten()) {
        *at = *byte;
    }
    head
}

/// Mends a file of ours, given its beginning and its length; `None` for a file of anybody else. A sample of which only a
/// part was written is cut off.
pub fn repair(beginning: &[u8], file_bytes: u64) -> Option<Mended> {
    let beginning: &[u8; HEAD_BYTES] = beginning.first_chunk()?;
    let sides = [Sides::Mono, Sides::Stereo].into_iter().find(|sides| {
        let own = head(*sides, 0);
        let same = |range: std::ops::Range<usize>| own[range.clone()] == beginning[range];
        same(0..4) && same(8..40)
    })?;
    let block = u64::from(sides.count() * SAMPLE_BYTES);
    let data = file_bytes.saturating_sub(HEAD_BYTES as u64).min(DATA_MAX_BYTES) / block * block;
    Some(Mended {
        head: head(sides, u32::try_from(data).ok()?),
        len: HEAD_BYTES as u64 + data,
        duration_ms: data / block / SAMPLES_PER_MS as u64,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_head_is_read_by_others_as_it_is_meant() {
        for (sides, samples) in [(Sides::Mono, vec![7i16, -7]), (Sides::Stereo, vec![1, -1, 2, -2])]
        {
            let mut file = head(sides, samples.len() as u32 * 2).to_vec();
            file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));

            let mut wav = hound::WavReader::new(&file[..]).unwrap();

            let spec = wav.spec();
            assert_eq!((spec.sample_rate, spec.bits_per_sample), (8_000, 16));
            assert_eq!(spec.channels, sides.count());
            assert_eq!(wav.duration(), 2);
            assert_eq!(wav.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>(), samples);
        }
    }

    #[test]
    fn a_file_that_was_cut_off_is_mended_to_its_last_whole_sample() {
        let torn = head(Sides::Stereo, 0);

        let mended = repair(&torn, 44 + 32_003).unwrap();

        assert_eq!((mended.len, mended.duration_ms), (32_044, 1_000));
        assert_eq!(mended.head, head(Sides::Stereo, 32_000));
    }

    #[test]
    fn a_whole_file_stays_as_it_is() {
        let whole = head(Sides::Mono, 16_000);

        let mended = repair(&whole, 16_044).unwrap();

        assert_eq!((mended.head, mended.len, mended.duration_ms), (whole, 16_044, 1_000));
    }

    #[test]
    fn a_head_alone_is_a_recording_of_nothing() {
        let mended = repair(&head(Sides::Mono, 9), 44).unwrap();

        assert_eq!((mended.len, mended.duration_ms), (44, 0));
    }

    #[test]
    fn what_is_not_ours_is_not_touched() {
        assert_eq!(repair(b"RIFF", 100), None);
        assert_eq!(repair(&[0; 44], 100), None);
        let mut other_rate = head(Sides::Mono, 0);
        other_rate[24] = 0;
        assert_eq!(repair(&other_rate, 100), None);
    }

    #[test]
    fn a_file_past_four_gigabytes_is_mended_as_far_as_its_head_can_count() {
        let mended = repair(&head(Sides::Stereo, 0), 5_000_000_000).unwrap();

        assert_eq!(mended.len, 4_294_967_292);
    }

    proptest! {
        #[test]
        fn any_bytes_are_mended_or_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..60), len: u64, ours: bool,
        ) {
            let mut bytes = bytes;
            if ours {
                bytes.splice(..0, head(Sides::Stereo, 3));
            }
            let mended = repair(&bytes, len);
            prop_assert_eq!(mended.is_some(), ours);
        }
    }
}
