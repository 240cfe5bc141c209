//! One call's sound: a port pair, what we send on it, what the peer sends to it.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;

use super::inbound::HeardGreeting;
use super::outbound::Order;
use super::room::Room;
use super::wire::Wire;
use super::{Engine, Peer, Recording, RecordingEnd, StreamEvent, locked};
use crate::media::playlist::Times;
use crate::media::sound::Sound;
use crate::media::wav::Sides;

/// The longest recording that can be asked for: 10 min.
pub const RECORDING_MAX_MS: u32 = 600_000;

/// Packets that may wait for a listener: 2 s.
const HEARD_MAX: usize = 100;

/// One leg's media. Dropping it frees the port pair and the pacer's slot, and ends a recording as `Stopped`.
pub struct Stream {
    id: usize,
    pub(super) wire: Arc<Wire>,
    engine: Arc<Engine>,
}

impl Stream {
    pub(super) fn new(id: usize, wire: Arc<Wire>, engine: Arc<Engine>) -> Self {
        Self { id, wire, engine }
    }

    /// The address for our SDP.
    pub fn local(&self) -> SocketAddr {
        self.wire.pair.local
    }

    /// Sets what the SDP agreed, or sets it anew on a re-INVITE. The source, sequence and clock of what we send go on
    /// unbroken; a play waits while the direction does not let us send. Until the first call nothing is sent or heard.
    pub fn negotiate(&self, peer: Peer) {
        // Held until the pacer has the target, so that a latch of before cannot overtake it.
        let mut inbound = locked(&self.wire.inbound);
        let target = inbound.negotiate(peer, self.engine.receiver.at_ms());
        self.wire.post(|mail| mail.target = Some(target));
        drop(inbound);
        // One who holds is neither heard nor does he hear.
        Room::look_again(&self.wire);
    }

    /// Plays the sounds without a gap, in place of what plays. `Played(id)` follows when the last frame has gone out,
    /// unless the play was replaced or stopped.
    pub fn play(&self, id: u64, sounds: Vec<Sound>) {
        self.order(Order::Play { id: Some(id), sounds, times: Times::Once });
    }

    /// Plays the sounds over and over until something else is asked.
    pub fn play_looped(&self, sounds: Vec<Sound>) {
        self.order(Order::Play { id: None, sounds, times: Times::Looped });
    }

    /// Ends what plays; no `Played` comes after it.
    pub fn stop(&self) {
        self.order(Order::Stop);
    }

    /// Presses keys on our side by RFC 4733, 200 ms each; a play waits meanwhile. Nothing is sent to a peer without
    /// telephone events.
    pub fn send_digits(&self, digits: &str) {
        if !self.wire.post(|mail| mail.presser.get_or_insert_default().press(digits)) {
            tracing::warn!("some keys could not be pressed");
        }
    }

    /// Presses a key of this peer at those it talks with in its room. One whose peer takes no telephone events is told
    /// `Unpressed`.
    pub fn pass_key(&self, key: char) {
        Room::pass_key(&self.wire, key);
    }

    /// Gives what the peer says as it comes, packet by packet, without order or clock; for an ear and not for a record.
    pub fn listen(&self) -> mpsc::Receiver<Vec<i16>> {
        let (ear, heard) = mpsc::channel(HEARD_MAX);
        locked(&self.wire.inbound).listen(ear);
        heard
    }

    /// Listens from now on whether the peer greets as a machine does.
    pub fn hear_greeting(&self) -> HeardGreeting {
        locked(&self.wire.inbound).hear_greeting()
    }

    /// Records what the peer says from now on as 8 kHz, 16-bit, mono WAV; `Recorded` follows. A recording under way is
    /// stopped first.
    pub fn record(&self, path: PathBuf, max: Duration) {
        let longest_ms = u32::try_from(max.as_millis()).unwrap_or(u32::MAX).min(RECORDING_MAX_MS);
        match self.engine.recorder.tape(path.clone(), Sides::Mono, self.wire.events.clone()) {
            Ok(tape) => {
                locked(&self.wire.inbound).record(tape, longest_ms, self.engine.receiver.at_ms());
                // A shutdown in between has already passed by this stream, and waits for the tape.
                if self.engine.closed.load(Ordering::Acquire) {
                    self.stop_recording();
                }
            }
            Err(reason) => {
                self.stop_recording();
                let end = RecordingEnd::Failed(reason);
                let failed =
                    Recording { path, duration_ms: 0, sha256: [0; 32], end, partial: true };
                let _ = self.wire.events.try_send(StreamEvent::Recorded(failed));
            }
        }
    }

    pub fn stop_recording(&self) {
        locked(&self.wire.inbound)
            .stop_recording(RecordingEnd::Stopped, self.engine.receiver.at_ms());
    }

    /// Frames that the system did not take for sending.
    pub fn unsent(&self) -> u64 {
        self.wire.unsent()
    }

    /// Key presses dropped because the events were not read.
    pub fn unheard(&self) -> u64 {
        self.wire.unheard()
    }

    fn order(&self, order: Order) {
        self.wire.post(|mail| mail.order = Some(order));
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.engine.receiver.remove(self.id);
        Room::leave(&self.wire);
        locked(&self.wire.inbound).tape(None);
        self.stop_recording();
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("local", &self.wire.pair.local).finish_non_exhaustive()
    }
}
