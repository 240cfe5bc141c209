//! Outbound calls: number whitelist, the trunk's limits, ringing time-out, CANCEL and the answer that races it.

use std::fmt;
use std::time::Duration;

use super::{Failure, Leg};

/// A call to be made.
#[derive(Clone)]
pub struct Dial {
    pub trunk: String,
    /// Digits in the national form: ten, beginning with 2-9.
    pub number: String,
    /// How long it may ring before we give up.
    pub ring_timeout: Duration,
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = super::arrival::masked(&self.number);
        write!(f, "Dial({number} through {} for {:?})", self.trunk, self.ring_timeout)
    }
}

/// A call being made. Dropping it cancels the call, or hangs up the answer that came anyway.
pub struct Dialling {}

#[derive(Debug)]
pub enum DialEvent {
    /// The far side rings (180 or 183); at most once.
    Ringing,
    /// The last event of a call that was answered.
    Answered(Leg),
    /// The last event of one that was not.
    Failed(Failure),
}

impl Dialling {
    /// The next event; after the last one it waits for ever.
    pub async fn next(&mut self) -> DialEvent {
        todo!()
    }

    /// Gives up. `Failed` follows, or `Answered` when the answer was already here.
    pub fn cancel(&self) {
        todo!()
    }
}
