//! Recordings: their rows from the first second to the proof of their end.

mod chain;
mod hold;
mod kept;
mod play;
mod retention;
mod seen;

pub use crate::gateways::recordings::Folder;
pub use chain::prove;
pub use hold::{Hold, hold};
pub use kept::{Begun, NewRecording, begin, keep, running};
pub use play::{Opened, Play, open};
pub use retention::{BATCH_MAX, RETRY_AFTER_MS, expire};
pub use seen::{of_call, of_case};
