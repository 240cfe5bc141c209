//! What can go wrong on the telephone side.

use std::io;
use std::net::SocketAddr;

use super::audio;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on {address}")]
    Bind {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("the sip stack refused: {0}")]
    Stack(String),
    #[error("no sound for the call")]
    Audio(#[from] audio::Error),
    #[error("the certificate or the key for phones cannot be used: {0}")]
    Certificate(String),
    #[error("the leg is not in this bridge")]
    NotBridged,
    /// The caller gave up before the call was answered.
    #[error("the caller has gone")]
    Gone,
    #[error("no answer from {0}")]
    NoAnswer(SocketAddr),
    #[error("registration refused with {0}")]
    Refused(u16),
    #[error("the answer cannot be read: {0}")]
    Answer(&'static str),
}
