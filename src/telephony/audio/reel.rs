//! The recording of one call in stereo, over all its transfers: the citizen left, everybody of the helpline right.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, TryLockError, Weak};
use std::time::Duration;

use tokio::sync::mpsc;

use super::recorder::Tape;
use super::{EVENTS_MAX, Engine, Error, Recording, RecordingEnd, Stream, StreamEvent, locked};
use crate::media::stereo::{Layout, Side};
use crate::media::wav::Sides;

/// The longest call that one file holds: 8 h.
pub const CALL_RECORDING_MAX: Duration = Duration::from_secs(8 * 3_600);
/// What is written in one piece: 400 ms of both sides. With the time to settle and the look, sound is on its way to the
/// disk within a second.
const PIECE_SAMPLES: usize = 2 * 400 * 8;

/// What the recording of a call tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallRecordingEvent {
    /// From here on something is missing from the file; the call goes on.
    Partial(String),
    /// The last event.
    Done(Recording),
}

/// A recording of a call under way; dropping it ends it as `Stopped`. What nobody hears, because somebody holds, is silence.
pub struct CallRecording {
    reel: Arc<Reel>,
    events: CallRecordingEvents,
    engine: Arc<Engine>,
}

/// What a recording tells, for whoever follows it apart from the call.
#[derive(Debug)]
pub struct CallRecordingEvents(mpsc::Receiver<StreamEvent>);

/// The receiving thread's side of it.
#[derive(Debug)]
pub(super) struct Reel(Mutex<Running>);

#[derive(Debug)]
struct Running {
    layout: Layout,
    /// None when it has ended.
    tape: Option<Arc<Tape>>,
    begun_ms: u64,
    piece: Vec<i16>,
}

/// A stream's place in a recording, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Track {
    reel: Arc<Reel>,
    voice: usize,
}

impl CallRecording {
    /// Begins a file; one that fails tells so as its only event.
    pub(super) fn begin(engine: &Arc<Engine>, path: PathBuf) -> Self {
        let (tell, events) = mpsc::channel(EVENTS_MAX);
        let limit_ms = u64::try_from(CALL_RECORDING_MAX.as_millis()).unwrap_or(u64::MAX);
        let tape = match engine.recorder.tape(path.clone(), Sides::Stereo, tell.clone()) {
            Ok(tape) => Some(tape),
            Err(reason) => {
                let end = RecordingEnd::Failed(reason);
                let failed =
                    Recording { path, duration_ms: 0, sha256: [0; 32], end, partial: true };
                let _ = tell.try_send(StreamEvent::Recorded(failed));
                None
            }
        };
        let reel = Arc::new(Reel(Mutex::new(Running {
            layout: Layout::new(limit_ms),
            tape,
            begun_ms: engine.receiver.at_ms(),
            piece: Vec::new(),
        })));
        engine.receiver.add_reel(&reel);
        let events = CallRecordingEvents(events);
        let recording = Self { reel, events, engine: Arc::clone(engine) };
        // A shutdown in between has already passed by this recording, and waits for the tape.
        if engine.closed.load(Ordering::Acquire) {
            recording.stop();
        }
        recording
    }

    /// Records what this stream says from now on; it leaves the recording it was in before. In this one it keeps its place.
    pub fn add(&self, stream: &Stream, side: Side) -> Result<(), Error> {
        let mut inbound = locked(&stream.wire.inbound);
        if inbound.is_taped_by(&self.reel) {
            return Ok(());
        }
        let voice = locked(&self.reel.0).layout.add(side).ok_or(Error::Voices)?;
        let track = Track { reel: Arc::clone(&self.reel), voice };
        inbound.tape(Some(track));
        Ok(())
    }

    /// Records what is played to this stream from now on, in place of the recording that it went into before.
    pub fn add_said(&self, stream: &Stream, side: Side) -> Result<(), Error> {
        let voice = locked(&self.reel.0).layout.add(side).ok_or(Error::Voices)?;
        let track = Track { reel: Arc::clone(&self.reel), voice };
        stream.wire.post(|mail| mail.tape = Some(track));
        Ok(())
    }

    /// Takes a stream out.
    pub fn remove(&self, stream: &Stream) {
        let mut inbound = locked(&stream.wire.inbound);
        if inbound.is_taped_by(&self.reel) {
            inbound.tape(None);
        }
    }

    /// Ends the recording; `Done` follows.
    pub fn stop(&self) {
        self.reel.end(RecordingEnd::Stopped, self.engine.receiver.at_ms());
    }

    /// The next event; `None` behind the last.
    pub async fn next(&mut self) -> Option<CallRecordingEvent> {
        self.events.next().await
    }

    /// Gives the events away: the recording itself tells none from then on.
    pub fn take_events(&mut self) -> CallRecordingEvents {
        let (_, none) = mpsc::channel(1);
        std::mem::replace(&mut self.events, CallRecordingEvents(none))
    }
}

impl CallRecordingEvents {
    /// The next event; `None` behind the last.
    pub async fn next(&mut self) -> Option<CallRecordingEvent> {
        loop {
            match self.0.recv().await? {
                StreamEvent::Losing(reason) => return Some(CallRecordingEvent::Partial(reason)),
                StreamEvent::Recorded(recording) => {
                    return Some(CallRecordingEvent::Done(recording));
                }
                _ => {}
            }
        }
    }
}

impl Drop for CallRecording {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for CallRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRecording").finish_non_exhaustive()
    }
}

impl Reel {
    /// Looks at the clock: writes what has settled. False when it has ended.
    pub(super) fn look(&self, at_ms: u64) -> bool {
        let mut running = locked(&self.0);
        let Running { layout, tape, begun_ms, piece } = &mut *running;
        let Some(writing) = tape else { return false };
        layout.advance(at_ms.saturating_sub(*begun_ms), piece);
        if layout.is_over() {
            drop(running);
            self.end(RecordingEnd::Longest, at_ms);
            return false;
        }
        if piece.len() >= PIECE_SAMPLES {
            let goes_on = writing.push(piece);
            piece.clear();
            if !goes_on {
                *tape = None;
            }
        }
        tape.is_some()
    }

    pub(super) fn end(&self, end: RecordingEnd, at_ms: u64) {
        let mut running = locked(&self.0);
        let Running { layout, tape, begun_ms, piece } = &mut *running;
        let Some(tape) = tape.take() else { return };
        layout.finish(at_ms.saturating_sub(*begun_ms), piece);
        tape.push(piece);
        piece.clear();
        tape.end(end);
    }
}

impl Track {
    pub(super) fn is_of(&self, reel: &Arc<Reel>) -> bool {
        Arc::ptr_eq(&self.reel, reel)
    }

    pub(super) fn push(&self, timestamp: u32, pcm: &[i16], at_ms: u64, new_source: bool) {
        let mut running = locked(&self.reel.0);
        if running.tape.is_none() {
            return;
        }
        let at_ms = at_ms.saturating_sub(running.begun_ms);
        if new_source {
            running.layout.restart_clock(self.voice);
        }
        running.layout.push(self.voice, timestamp, pcm, at_ms);
    }

    /// For who may not wait: false when the recording is being looked at, and nothing is taken.
    pub(super) fn try_push(&self, timestamp: u32, pcm: &[i16], at_ms: u64) -> bool {
        let mut running = match self.reel.0.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        if running.tape.is_some() {
            let at_ms = at_ms.saturating_sub(running.begun_ms);
            running.layout.push(self.voice, timestamp, pcm, at_ms);
        }
        true
    }

    pub(super) fn mute(&self, muted: bool) {
        locked(&self.reel.0).layout.mute(self.voice, muted);
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        locked(&self.reel.0).layout.remove(self.voice);
    }
}

/// Recordings under way, as the receiving thread keeps them.
#[derive(Debug, Default)]
pub(super) struct Reels(Mutex<Vec<Weak<Reel>>>);

impl Reels {
    pub(super) fn add(&self, reel: &Arc<Reel>) {
        locked(&self.0).push(Arc::downgrade(reel));
    }

    pub(super) fn look(&self, at_ms: u64) {
        locked(&self.0).retain(|reel| reel.upgrade().is_some_and(|reel| reel.look(at_ms)));
    }

    pub(super) fn end_all(&self, at_ms: u64) {
        for reel in locked(&self.0).drain(..).filter_map(|reel| reel.upgrade()) {
            reel.end(RecordingEnd::Stopped, at_ms);
        }
    }
}
