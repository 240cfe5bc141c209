//! Sound. Pure: codecs, RTP, digits, mixing, pacing arithmetic, the layout of recordings.

pub mod codec;
pub mod continuity;
pub mod digits;
pub mod greeting;
pub mod jitter;
pub mod mixing;
pub mod pacing;
pub mod playlist;
pub mod rtp;
pub mod silence;
pub mod sound;
pub mod source;
pub mod stereo;
pub mod wav;
