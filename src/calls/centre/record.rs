//! The recording of one call of the centre in stereo, over all its agents: the citizen left, whoever speaks for the helpline
//! right. It begins when the two hear each other and the notice has been spoken; the call never waits for it.

use super::call_back::Shared;
use crate::{
    app::recordings::Begun,
    calls::{journal::Kept, recordings::TALK, tape},
    domain::recording::Class,
    telephony::{
        Leg,
        audio::{CallRecording, CallRecordingEvents, Side},
    },
};

/// One call's; dropped, it ends.
pub(super) struct CallTape {
    shared: Shared,
    call: String,
    notice: Notice,
    recording: Option<CallRecording>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    /// Being spoken by this play.
    Playing(u64),
    Spoken,
}

impl CallTape {
    pub(super) fn new(shared: Shared, call: String) -> Self {
        Self { shared, call, notice: Notice::Spoken, recording: None }
    }

    /// This play says that the call is recorded: nothing is before it has ended.
    pub(super) fn behind(&mut self, play: u64) {
        self.notice = Notice::Playing(play);
    }

    /// The notice is still being spoken.
    pub(super) fn waits(&self) -> bool {
        self.notice != Notice::Spoken
    }

    /// A play has ended.
    pub(super) fn played(&mut self, play: u64) {
        if self.notice == Notice::Playing(play) {
            self.notice = Notice::Spoken;
        }
    }

    /// The notice is what this play says.
    pub(super) fn is_behind(&self, play: u64) -> bool {
        self.notice == Notice::Playing(play)
    }

    /// Records what this leg says from now on, or no more. Before the notice has been spoken nothing is: then everybody is to
    /// be seated again.
    pub(super) fn seat(&mut self, leg: &Leg, side: Side, heard: bool) {
        if !heard {
            return self.leave(leg);
        }
        if self.waits() {
            return;
        }
        let recording = self.recording.get_or_insert_with(|| begin(&self.shared, &self.call));
        if let Err(error) = leg.record_in(recording, side) {
            tracing::error!(call = self.call, %error, "a side of a call is not recorded");
        }
    }

    pub(super) fn leave(&self, leg: &Leg) {
        if let Some(recording) = &self.recording {
            leg.leave_recording(recording);
        }
    }

    /// The talk is over.
    pub(super) fn finish(&mut self) {
        self.recording = None;
    }
}

fn begin(shared: &Shared, call: &str) -> CallRecording {
    let name = format!("{call}-{TALK}.wav");
    let path = shared.disk.recordings.spool().join(&name);
    let mut recording = shared.telephony.record_call(path);
    let begun = Begun {
        call: call.to_owned(),
        number: TALK,
        class: Class::Call,
        folder: shared.disk.recordings.id().to_owned(),
        file: format!("spool/{name}"),
        at: shared.app.now(),
    };
    let events = recording.take_events();
    shared.disk.tasks.spawn(follow(shared.clone(), begun, events));
    recording
}

/// Keeps the row, however long the database is away: the first one while the call goes on, and what it came to.
async fn follow(shared: Shared, begun: Begun, events: CallRecordingEvents) {
    let call = begun.call.clone();
    let (_, voice) = tokio::join!(
        tape::keep_row(&shared.app, &shared.disk, &call, Kept::RecordingBegun(begun)),
        tape::ended(&shared.disk, &call, events)
    );
    tape::take_over(&shared.app, &shared.disk, &call, (TALK, Class::Call, None), voice).await;
}
