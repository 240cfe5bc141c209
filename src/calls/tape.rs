//! The recording of a verification call, in pieces: each ends when a round is recorded, so that the evidence of the round names
//! the digest of what was said until then. Disk and database are waited for by nobody who talks.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{
    disk::Disk,
    journal::{Entry, Kept},
    line::{Voice, VoicePlace, voice},
    recordings::{Kept as Named, VERIFICATION, hex},
};
use crate::{
    app::{App, recordings::NewRecording},
    domain::{actor::Actor, recording::Class},
    telephony::{
        LegSound, Telephony,
        audio::{
            CallRecording, CallRecordingEvent, CallRecordingEvents, HeardGreeting, RecordingEnd,
        },
    },
};

/// How long a round's record waits for the digest of its piece.
const CUT_WAIT: Duration = Duration::from_secs(2);

/// One call's; dropped, it ends.
pub(crate) struct Tape {
    app: Arc<App>,
    telephony: Telephony,
    disk: Disk,
    call: String,
    sound: LegSound,
    piece: Option<CallRecording>,
    pieces: u32,
    /// Whose piece the last one was.
    case: i64,
    greeting: Option<HeardGreeting>,
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape").field("call", &self.call).finish_non_exhaustive()
    }
}

impl Tape {
    /// `case`: what the call is made for.
    pub(crate) fn begin(
        app: Arc<App>,
        telephony: Telephony,
        disk: Disk,
        call: String,
        sound: LegSound,
        case: i64,
    ) -> Self {
        let (piece, greeting) = (None, sound.hear_greeting());
        let mut tape = Self { app, telephony, disk, call, sound, piece, pieces: 0, case, greeting };
        tape.next_piece();
        tape
    }

    /// What was heard of who picked up; null when it is not known any more.
    pub(crate) fn machine(&self) -> Value {
        let Some(note) = self.greeting.as_ref().map(HeardGreeting::note) else {
            return Value::Null;
        };
        json!({
            "likely": note.is_likely(),
            "heard_ms": note.heard_ms,
            "voiced_ms": note.voiced_ms,
            "longest_ms": note.longest_ms,
        })
    }

    /// What was said until now is of this case; gives what its evidence says of it.
    pub(crate) async fn cut(&mut self, case: i64) -> Value {
        self.case = case;
        let (number, named) = self.end_piece();
        self.next_piece();
        match tokio::time::timeout(CUT_WAIT, named).await {
            Ok(Ok(Named { sha256, duration_ms, partial, .. })) => json!({
                "number": number,
                "sha256": hex(&sha256),
                "duration_ms": duration_ms,
                "partial": partial,
            }),
            // Its row says what it came to.
            _ => json!({ "number": number }),
        }
    }

    fn next_piece(&mut self) {
        self.pieces += 1;
        let path =
            self.disk.recordings.spool().join(format!("{}-{}.wav", self.call, self.number()));
        let recording = self.telephony.record_call(path);
        if let Err(error) = self.sound.record_both(&recording) {
            tracing::info!(call = self.call, %error, "nothing more of a call is recorded");
        }
        self.piece = Some(recording);
    }

    fn number(&self) -> u32 {
        VERIFICATION + self.pieces
    }

    fn end_piece(&mut self) -> (u32, oneshot::Receiver<Named>) {
        let (tell, named) = oneshot::channel();
        let number = self.number();
        if let Some(mut recording) = self.piece.take() {
            recording.stop();
            let events = recording.take_events();
            let (app, disk, call) = (self.app.clone(), self.disk.clone(), self.call.clone());
            let case = self.case;
            self.disk.tasks.spawn(async move {
                let voice = ended(&disk, &call, events).await;
                let _ = tell.send(disk.recordings.named(&voice));
                take_over(&app, &disk, &call, (number, Class::Call, Some(case)), voice).await;
            });
        }
        (number, named)
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        self.end_piece();
    }
}

/// Waits for the end; raises the alarm at once when something is lost.
pub(super) async fn ended(disk: &Disk, call: &str, mut events: CallRecordingEvents) -> Voice {
    let mut alarmed = false;
    let mut alarm = |reason: &str| {
        if !std::mem::replace(&mut alarmed, true) {
            tracing::error!(call, reason, "a call's recording is partial; the call goes on");
            disk.count_partial();
        }
    };
    loop {
        match events.next().await {
            Some(CallRecordingEvent::Partial(reason)) => alarm(&reason),
            Some(CallRecordingEvent::Done(recording)) => {
                if let RecordingEnd::Failed(reason) = &recording.end {
                    alarm(reason);
                }
                return voice(recording);
            }
            None => {
                let why = "the recorder ended without a word";
                alarm(why);
                return Voice {
                    place: VoicePlace::Nowhere,
                    duration_ms: 0,
                    sha256: [0; 32],
                    partial: Some(why.to_owned()),
                };
            }
        }
    }
}

/// Keeps what a recording came to: its row, and then its file.
pub(super) async fn take_over(
    app: &App,
    disk: &Disk,
    call: &str,
    (number, class, case): (u32, Class, Option<i64>),
    voice: Voice,
) {
    let Named { folder, file, sha256, duration_ms, partial } = disk.recordings.named(&voice);
    let new = NewRecording {
        call: call.to_owned(),
        number,
        class,
        folder,
        file,
        sha256,
        duration_ms: i64::from(duration_ms),
        partial,
        case,
    };
    keep_row(app, disk, call, Kept::Recording(new)).await;
    // The row is first: a file that a crash leaves in the spool is named at the next start, one without a row never found.
    disk.recordings.keep(call, voice).await;
}

pub(super) async fn keep_row(app: &App, disk: &Disk, call: &str, kept: Kept) {
    let entry = Entry { by: Actor::caller(None), kept };
    if let Err(error) = disk.keeping().keep(app, call, "recording", &entry).await {
        tracing::error!(call, %error, "the row of a call's recording waits");
    }
}
