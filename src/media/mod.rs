//! Sound. Pure: codecs, RTP, digits, pacing arithmetic.

pub mod codec;
pub mod sound;
