//! Sound. Pure: codecs, RTP, digits, pacing arithmetic.

pub mod codec;
pub mod digits;
pub mod jitter;
pub mod pacing;
pub mod playlist;
pub mod rtp;
pub mod silence;
pub mod sound;
pub mod source;
