//! A sound as it is sent: A-law at 8 kHz, one byte a sample.

use std::fmt;
use std::sync::Arc;

use super::codec::{ALAW_SILENCE, Codec, SAMPLES_PER_MS};

/// A sound ready to be played. Cheap to clone: the bytes are shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Sound(Arc<[u8]>);

impl Sound {
    /// Takes samples at 8 kHz.
    pub fn from_pcm(pcm: &[i16]) -> Self {
        Self(Codec::Pcma.encode(pcm).into())
    }

    pub fn from_alaw(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self(bytes.into())
    }

    pub fn silence(ms: u32) -> Self {
        Self(vec![ALAW_SILENCE; ms as usize * SAMPLES_PER_MS].into())
    }

    /// The length, an unfinished millisecond counted as none.
    pub fn len_ms(&self) -> u32 {
        u32::try_from(self.0.len() / SAMPLES_PER_MS).unwrap_or(u32::MAX)
    }

    pub fn alaw(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sound({} ms)", self.len_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_samples_are_a_millisecond() {
        assert_eq!(Sound::from_pcm(&[0; 1_607]).len_ms(), 200);
        assert_eq!(Sound::silence(250).alaw().len(), 2_000);
    }

    #[test]
    fn a_clone_shares_the_bytes() {
        let sound = Sound::from_alaw(vec![1, 2, 3]);
        assert_eq!(sound.clone().alaw().as_ptr(), sound.alaw().as_ptr());
    }

    #[test]
    fn silence_is_the_codecs_zero() {
        assert!(Sound::silence(20).alaw().iter().all(|byte| *byte == 0xD5));
    }
}
