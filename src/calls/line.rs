//! What a conversation runs over: a SIP leg of ours, or the line of an external IVR behind `Converse`.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{converse, prompts::Catalogue};
use crate::{
    dialogue::{Key, Speech},
    telephony::{
        Cause, Ended, Leg, LegEvent, Transfer,
        audio::{Recording, RecordingEnd},
    },
};

#[derive(Debug)]
pub(crate) enum Line {
    Sip(Sip),
    Converse(converse::Line),
}

/// What happens on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineEvent {
    Key(Key),
    Played(u32),
    Recorded(Voice),
    /// Nobody listens for a while: on hold, or the client's stream is lost.
    Held,
    Resumed,
    /// The last event.
    Ended(EndedBy),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndedBy {
    Caller,
    Helpline,
    /// The media or the client went silent for good.
    Lost,
    Failed,
}

impl EndedBy {
    /// How call records spell it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "CALLER",
            Self::Helpline => "HELPLINE",
            Self::Lost => "LOST",
            Self::Failed => "FAILED",
        }
    }
}

/// One recording of what the caller said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Voice {
    pub(crate) place: VoicePlace,
    pub(crate) duration_ms: u32,
    /// Zeros when it is not known.
    pub(crate) sha256: [u8; 32],
    /// Why it is incomplete, if it is.
    pub(crate) partial: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VoicePlace {
    /// A file in our spool.
    Spool(PathBuf),
    /// Where the client keeps it.
    Client(String),
    /// There is none.
    Nowhere,
}

impl Line {
    pub(crate) fn play(&mut self, id: u32, speech: Vec<Speech>) {
        match self {
            Self::Sip(sip) => sip.play(id, &speech),
            Self::Converse(line) => line.play(id, &speech),
        }
    }

    pub(crate) fn stop(&mut self) {
        match self {
            Self::Sip(sip) => sip.leg.stop(),
            Self::Converse(line) => line.stop(),
        }
    }

    pub(crate) fn record(&mut self, longest_ms: u32) {
        match self {
            Self::Sip(sip) => sip.record(longest_ms),
            Self::Converse(line) => line.record(longest_ms),
        }
    }

    pub(crate) fn stop_recording(&mut self) {
        match self {
            Self::Sip(sip) => sip.leg.stop_recording(),
            Self::Converse(line) => line.stop_recording(),
        }
    }

    /// Ends the call; `Ended` follows.
    pub(crate) fn hang_up(&mut self) {
        match self {
            Self::Sip(sip) => sip.leg.hangup(Cause::Normal),
            Self::Converse(line) => line.hang_up(),
        }
    }

    /// The next event; safe to drop while it waits.
    pub(crate) async fn next(&mut self) -> LineEvent {
        match self {
            Self::Sip(sip) => sip.next().await,
            Self::Converse(line) => line.next().await,
        }
    }
}

/// A leg of our own endpoint, with the sounds it plays and the folder it records to.
#[derive(Debug)]
pub(crate) struct Sip {
    leg: Leg,
    catalogue: Arc<Catalogue>,
    /// Where recordings lie until they are taken over; `call` keeps their names apart.
    spool: PathBuf,
    call: String,
    recordings: u32,
}

impl Sip {
    pub(crate) fn new(leg: Leg, catalogue: Arc<Catalogue>, spool: PathBuf, call: String) -> Self {
        Self { leg, catalogue, spool, call, recordings: 0 }
    }

    pub(crate) fn into_leg(self) -> Leg {
        self.leg
    }

    fn play(&self, id: u32, speech: &[Speech]) {
        let sounds = speech
            .iter()
            .flat_map(|part| self.catalogue.sounds(part.language, &part.clips))
            .collect();
        self.leg.play(u64::from(id), sounds);
    }

    fn record(&mut self, longest_ms: u32) {
        self.recordings += 1;
        let file = self.spool.join(format!("{}-{}.wav", self.call, self.recordings));
        self.leg.record(file, Duration::from_millis(u64::from(longest_ms)));
    }

    async fn next(&mut self) -> LineEvent {
        loop {
            return match self.leg.next().await {
                LegEvent::Digit(digit) => match Key::parse(digit) {
                    Some(key) => LineEvent::Key(key),
                    None => continue,
                },
                LegEvent::Played(id) => match u32::try_from(id) {
                    Ok(id) => LineEvent::Played(id),
                    Err(_) => continue,
                },
                // A dialogue is alone with its leg: nobody's keys are passed to it.
                LegEvent::Unpressed(_) => continue,
                LegEvent::Recorded(recording) => LineEvent::Recorded(voice(recording)),
                LegEvent::Held => LineEvent::Held,
                LegEvent::Resumed => LineEvent::Resumed,
                LegEvent::HoldAnswered { .. } => continue,
                LegEvent::TransferAsked(_) => {
                    self.leg.answer_transfer(Transfer::Refused);
                    continue;
                }
                LegEvent::Ended(ended) => LineEvent::Ended(match ended {
                    Ended::ByPeer => EndedBy::Caller,
                    Ended::ByUs => EndedBy::Helpline,
                    Ended::Dead => EndedBy::Lost,
                    Ended::Failed(reason) => {
                        tracing::warn!(call = self.call, reason, "leg failed");
                        EndedBy::Failed
                    }
                }),
            };
        }
    }
}

/// What a recording of ours came to.
pub(super) fn voice(recording: Recording) -> Voice {
    let place = VoicePlace::Spool(recording.path);
    let (place, partial) = match recording.end {
        RecordingEnd::Stopped | RecordingEnd::Longest => {
            (place, recording.partial.then(|| "sound was lost on the way".to_owned()))
        }
        RecordingEnd::Failed(reason) if recording.duration_ms == 0 => {
            (VoicePlace::Nowhere, Some(reason))
        }
        RecordingEnd::Failed(reason) => (place, Some(reason)),
    };
    Voice { place, duration_ms: recording.duration_ms, sha256: recording.sha256, partial }
}
