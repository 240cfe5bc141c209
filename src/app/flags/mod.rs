//! Patterns that somebody should look at: raised by a look at what was stored, listed for who reviews them, decided once. Nothing
//! follows from a flag by itself.

mod look;
mod review;

pub use look::{is_due, look};
pub use review::{Decide, FlagView, decide, get, list};
