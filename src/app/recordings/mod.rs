//! Recordings: their rows from the first second to the proof of their end.

mod kept;

pub use crate::gateways::recordings::Folder;

pub use kept::{Begun, NewRecording, begin, keep, running};
