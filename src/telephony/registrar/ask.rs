//! What a phone asks of the registrar, and what it gets.

use std::net::SocketAddr;

use crate::telephony::Transport;

/// The parts of a REGISTER that matter.
#[derive(Clone)]
pub(crate) struct Ask<'a> {
    /// The user part of To.
    pub user: &'a str,
    pub authorization: Vec<&'a str>,
    pub contacts: Vec<&'a str>,
    pub expires: Option<&'a str>,
    pub call_id: &'a str,
    pub cseq: u32,
    pub path: Vec<&'a str>,
    pub source: SocketAddr,
    pub transport: Transport,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// All bindings of the user now, with the seconds that they last.
    Registered(Vec<(String, u32)>),
    Challenge(Vec<String>),
    LockedOut,
    Malformed,
    /// Older than what is known (RFC 3261 §10.3, step 7).
    Late,
    TooBrief {
        min_s: u32,
    },
}

/// What a look at the credentials says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    Right,
    Challenge(Vec<String>),
    LockedOut,
}
