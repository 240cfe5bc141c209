//! A call that has come in and waits for our word. Dropped unanswered, it is refused.

use std::fmt;

use super::{Error, Leg};

/// An incoming call.
#[derive(Debug)]
pub struct Arrival {
    /// The SIP Call-ID, for records.
    pub call_id: String,
    /// The user part of the address that was called.
    pub dialled: String,
    pub caller: Caller,
}

/// Who calls, as the network says.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// The number as sent, unparsed; of a trunk from P-Asserted-Identity or else From. `None` when withheld, and for phones.
    pub number: Option<String>,
    pub origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Came through a trunk; its number proves nothing unless `trusted_cli`.
    Trunk { name: String, trusted_cli: bool },
    /// Came from a registered phone; whatever number it sends is not believed.
    Phone { user: String },
}

/// How a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Busy,
    Unavailable { retry_after_s: u32 },
    NotFound,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number.as_deref().map(masked);
        f.debug_struct("Caller").field("number", &number).field("origin", &self.origin).finish()
    }
}

/// The last two digits only.
pub(super) fn masked(number: &str) -> String {
    let shown: String = number.chars().rev().take(2).collect();
    let shown: String = shown.chars().rev().collect();
    let hidden = number.chars().count().saturating_sub(2).min(16);
    format!("{}{shown}", "x".repeat(hidden))
}

impl Arrival {
    /// Tells the caller that it rings (180).
    pub fn ring(&self) {
        todo!()
    }

    /// Takes the call. Fails with `Error::Gone` when the caller has given up, and with `Error::Audio` when no port is free;
    /// the caller is told either way.
    pub async fn answer(self) -> Result<Leg, Error> {
        todo!()
    }

    pub fn refuse(self, refusal: Refusal) {
        let _ = refusal;
        todo!()
    }

    /// Waits until the caller gives up; for a service that lets it ring.
    pub async fn gone(&mut self) {
        todo!()
    }
}
