//! Mechanism: SIP and RTP. Verbs in, events out; knows no dialogue and no case.

pub mod audio;

mod arrival;
mod cause;
mod config;
mod dial;
mod error;
mod leg;

use std::time::Duration;

use tokio::sync::mpsc;

pub use arrival::{Arrival, Caller, Origin, Refusal};
pub use cause::{Cause, Failure};
pub use config::{Config, Digest, Limits, PhoneAccount, Timing, Transport, Trunk};
pub use dial::{Dial, DialEvent, Dialling};
pub use error::Error;
pub use leg::{Ended, Leg, LegEvent};

use audio::Audio;

/// The log target of the SIP stack: at info it prints whole messages with digests and numbers, so the logging setup caps it
/// whatever the settings say.
pub const LOG_CAP: (&str, tracing::Level) = ("rsipstack", tracing::Level::WARN);

/// The SIP endpoint. Cheap to clone; `shutdown` ends it for all clones.
#[derive(Clone)]
pub struct Telephony {}

/// What is open now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub calls: usize,
    pub dialogs: usize,
    pub flows: usize,
    pub ports: usize,
    pub registrations: usize,
    /// Calls refused with 503 since the start.
    pub refused: u64,
    /// Messages answered or dropped at the door since the start.
    pub turned_away: u64,
    /// Tasks of ours that panicked since the start; anything but zero is a defect.
    pub panics: u64,
}

impl Telephony {
    /// Binds the addresses and begins to take calls, each given as an `Arrival`.
    pub async fn start(
        config: Config,
        audio: Audio,
    ) -> Result<(Self, mpsc::Receiver<Arrival>), Error> {
        let _ = (config, audio);
        todo!()
    }

    /// Calls a number through a trunk.
    pub fn dial(&self, dial: Dial) -> Dialling {
        let _ = dial;
        todo!()
    }

    /// Calls that are open, ringing ones included.
    pub fn legs_open(&self) -> usize {
        todo!()
    }

    pub fn stats(&self) -> Stats {
        todo!()
    }

    /// Refuses new calls at once (503), waits up to `drain` for the open ones to end, hangs up the rest and ends all tasks.
    pub async fn shutdown(self, drain: Duration) {
        let _ = drain;
        todo!()
    }
}
