//! One answered call: its dialog, its sound and its keys. Dropping the leg hangs up and frees all of it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::media::sound::Sound;

use super::Cause;
use super::audio::Recording;

/// One answered call.
pub struct Leg {}

#[derive(Clone, Debug, PartialEq)]
pub enum LegEvent {
    /// A key, once for each press, whether it came as RFC 4733, as SIP INFO or as both.
    Digit(char),
    /// The sounds of this `play` have gone out to the last.
    Played(u64),
    Recorded(Recording),
    /// The far side put us on hold; what plays is paused.
    Held,
    Resumed,
    /// The last event.
    Ended(Ended),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    ByPeer,
    ByUs,
    /// No sound for the time-out and no answer to an OPTIONS.
    Dead,
    Failed(String),
}

impl fmt::Debug for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leg")
    }
}

impl Leg {
    /// The SIP Call-ID, for records.
    pub fn call_id(&self) -> &str {
        todo!()
    }

    /// Plays these sounds one after the other, instead of what plays now. `LegEvent::Played(id)` follows unless stopped.
    pub fn play(&self, id: u64, sounds: Vec<Sound>) {
        let _ = (id, sounds);
        todo!()
    }

    pub fn stop(&self) {
        todo!()
    }

    /// Records what the far side says to a WAV file; `LegEvent::Recorded` follows when it stops.
    pub fn record(&self, path: PathBuf, max: Duration) {
        let _ = (path, max);
        todo!()
    }

    pub fn stop_recording(&self) {
        todo!()
    }

    /// Sends keys as RFC 4733 events.
    pub fn send_digits(&self, digits: &str) {
        let _ = digits;
        todo!()
    }

    /// Ends the call with this cause in its Reason header; `LegEvent::Ended(Ended::ByUs)` follows.
    pub fn hangup(&self, cause: Cause) {
        let _ = cause;
        todo!()
    }

    /// The next event; after `Ended` it gives `Ended` again. Safe to drop while it waits.
    pub async fn next(&mut self) -> LegEvent {
        todo!()
    }
}
