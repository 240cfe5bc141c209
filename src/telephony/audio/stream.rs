//! One call's sound: a port pair, what we send on it, what the peer sends to it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::Peer;
use crate::media::sound::Sound;

/// One leg's media. Dropping it frees the port pair, the pacer's slot and the recorder.
#[derive(Debug)]
pub struct Stream {
    local: SocketAddr,
}

impl Stream {
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sets what the SDP agreed, or sets it anew on a re-INVITE; what we send goes on unbroken.
    pub fn negotiate(&self, _peer: Peer) {}

    /// Plays the sounds without a gap, in place of what plays; `Played(id)` follows unless replaced or stopped.
    pub fn play(&self, _id: u64, _sounds: Vec<Sound>) {}

    /// Plays the sounds over and over until something else is asked.
    pub fn play_looped(&self, _sounds: Vec<Sound>) {}

    /// Ends what plays; no `Played` comes after it.
    pub fn stop(&self) {}

    /// Presses keys on our side, by RFC 4733.
    pub fn send_digits(&self, _digits: &str) {}

    /// Records what the peer says as 8 kHz WAV. A recording under way is stopped first.
    pub fn record(&self, _path: PathBuf, _max: Duration) {}

    pub fn stop_recording(&self) {}
}
