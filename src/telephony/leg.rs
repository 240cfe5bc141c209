//! One answered call: its dialog, its sound and its keys. Dropping the leg hangs up and frees all of it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::Cause;
use super::Transfer;
use super::arrival::masked;
use super::audio::Recording;
use super::call::Tag;
use super::line::{Command, Sounding};
use crate::media::sound::Sound;

/// What tells a dialog apart besides its Call-ID: our tag, and the far side's.
pub(super) struct Tags {
    pub(super) ours: String,
    pub(super) theirs: String,
}

/// One answered call.
pub struct Leg {
    call_id: String,
    tags: Tags,
    trunk: Option<String>,
    stream: Sounding,
    events: mpsc::Receiver<LegEvent>,
    ended: oneshot::Receiver<Ended>,
    last: Option<Ended>,
    /// The task hangs up when this is dropped.
    command: mpsc::Sender<Command>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// A key, once for each press, whether it came as RFC 4733, as SIP INFO or as both.
    Digit(char),
    /// A key of the other side of a bridge, which this far side, having no telephone events, could not be given.
    Unpressed(char),
    /// The sounds of this `play` have gone out to the last.
    Played(u64),
    Recorded(Recording),
    /// The far side put us on hold; what plays is paused.
    Held,
    Resumed,
    /// What came of `hold` (`held`) or `take_back`: the far side has taken it, or refuses and stays as it was.
    HoldAnswered {
        held: bool,
        taken: bool,
    },
    /// A phone asks to send its caller on; `answer_transfer` within 10 s, or it is refused. Never told of a trunk.
    TransferAsked(TransferWish),
    /// The last event. A recording that was under way has been told before it.
    Ended(Ended),
}

/// Where a phone wants its caller to go. Nothing is done about it here.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferWish {
    /// The user part of the address that it named: a number or an account.
    pub to: String,
    /// The Call-ID of another leg of the same phone that the caller shall be connected with, for an attended transfer; the phone
    /// has shown that it knows that call.
    pub replaces: Option<String>,
}

impl fmt::Debug for TransferWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let replaces = self.replaces.as_deref().map(|call_id| Tag(call_id).to_string());
        f.debug_struct("TransferWish")
            .field("to", &masked(&self.to))
            .field("replaces", &replaces)
            .finish()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    ByPeer,
    ByUs,
    /// No sound for the time-out and no answer to an OPTIONS, or no session refresh.
    Dead,
    Failed(String),
}

impl fmt::Debug for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leg")
            .field("sip_call", &Tag(&self.call_id).to_string())
            .finish_non_exhaustive()
    }
}

impl Leg {
    pub(super) fn new(
        (call_id, tags, trunk): (String, Tags, Option<String>),
        stream: Sounding,
        events: mpsc::Receiver<LegEvent>,
        ended: oneshot::Receiver<Ended>,
        command: mpsc::Sender<Command>,
    ) -> Self {
        Self { call_id, tags, trunk, stream, events, ended, last: None, command }
    }

    pub(super) fn stream(&self) -> &Sounding {
        &self.stream
    }

    /// The SIP Call-ID, for records.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The trunk that carries it; None for a phone of ours.
    pub fn trunk(&self) -> Option<&str> {
        self.trunk.as_deref()
    }

    /// Plays these sounds one after the other, instead of what plays now. `LegEvent::Played(id)` follows unless stopped.
    pub fn play(&self, id: u64, sounds: Vec<Sound>) {
        self.stream.play(id, sounds);
    }

    pub fn stop(&self) {
        self.stream.stop();
    }

    /// Records what the far side says to a WAV file; `LegEvent::Recorded` follows when it stops.
    pub fn record(&self, path: PathBuf, max: Duration) {
        self.stream.record(path, max);
    }

    pub fn stop_recording(&self) {
        self.stream.stop_recording();
    }

    /// What the far side says as it comes, packet by packet; `None` when the call is over.
    pub fn listen(&self) -> Option<mpsc::Receiver<Vec<i16>>> {
        self.stream.listen()
    }

    /// Sends keys as RFC 4733 events.
    pub fn send_digits(&self, digits: &str) {
        self.stream.send_digits(digits);
    }

    /// Puts the far side on hold by an offer of our own; `LegEvent::HoldAnswered` follows.
    pub fn hold(&self) {
        let _ = self.command.try_send(Command::Hold(true));
    }

    /// Takes the far side back from hold; `LegEvent::HoldAnswered` follows.
    pub fn take_back(&self) {
        let _ = self.command.try_send(Command::Hold(false));
    }

    /// Answers `LegEvent::TransferAsked`, and then tells the phone how it goes.
    pub fn answer_transfer(&self, transfer: Transfer) {
        let _ = self.command.try_send(Command::Transfer(transfer));
    }

    /// As a phone: asks the far side to send its caller on to this user, or to connect it with the other leg's far side (REFER).
    /// What comes of it shows in both calls.
    pub fn ask_transfer(&self, to: &str, other: Option<&Self>) {
        // RFC 3891 §3, as the far side names the tags.
        let replaces = other.map(|other| {
            let Tags { ours, theirs } = &other.tags;
            format!("{};to-tag={theirs};from-tag={ours}", other.call_id)
        });
        let _ = self.command.try_send(Command::Refer { to: to.to_owned(), replaces });
    }

    /// Ends the call with this cause in its Reason header; `LegEvent::Ended(Ended::ByUs)` follows.
    pub fn hangup(&self, cause: Cause) {
        // Full or closed means that it is ending already.
        let _ = self.command.try_send(Command::HangUp(cause));
    }

    /// The next event; after `Ended` it gives `Ended` again. Safe to drop while it waits.
    pub async fn next(&mut self) -> LegEvent {
        if let Some(ended) = &self.last {
            return LegEvent::Ended(ended.clone());
        }
        if let Some(event) = self.events.recv().await {
            return event;
        }
        let ended = (&mut self.ended).await;
        let ended =
            ended.unwrap_or_else(|_| Ended::Failed("the call's task has stopped".to_owned()));
        self.last = Some(ended.clone());
        LegEvent::Ended(ended)
    }
}
