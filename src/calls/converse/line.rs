//! The call's end of a session: verbs become numbered actions, and a lost stream holds the line until it is lost for good.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{FromClient, Outcome, ToClient, Verb, prompts, session::Session};
use crate::{
    calls::line::{EndedBy, LineEvent, Voice, VoicePlace},
    dialogue::{Key, Speech},
};

/// A play that is never said to have ended.
const PLAY_MAX: Duration = Duration::from_secs(180);

#[derive(Debug)]
pub(crate) struct Line {
    session: Arc<Session>,
    events: mpsc::Receiver<FromClient>,
    actions: u64,
    /// The play that is owed its end, and the action that plays it.
    playing: Option<(String, u32, Instant)>,
    recording: Option<String>,
    attached: bool,
    ended: Option<EndedBy>,
    closed: CancellationToken,
}

impl Line {
    pub(super) fn new(
        session: Arc<Session>,
        events: mpsc::Receiver<FromClient>,
        closed: CancellationToken,
    ) -> Self {
        Self {
            session,
            events,
            actions: 0,
            playing: None,
            recording: None,
            attached: true,
            ended: None,
            closed,
        }
    }

    pub(crate) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    pub(crate) fn play(&mut self, id: u32, speech: &[Speech]) {
        let action = self.act(Verb::Play(prompts(speech)));
        self.playing = Some((action, id, Instant::now() + PLAY_MAX));
    }

    pub(crate) fn stop(&mut self) {
        self.playing = None;
        self.act(Verb::Stop);
    }

    pub(crate) fn record(&mut self, longest_ms: u32) {
        self.recording = Some(self.act(Verb::Record { longest_ms }));
    }

    pub(crate) fn stop_recording(&mut self) {
        self.act(Verb::StopRecording);
    }

    pub(crate) fn hang_up(&mut self) {
        self.act(Verb::HangUp);
        self.ended = Some(EndedBy::Helpline);
    }

    pub(crate) async fn next(&mut self) -> LineEvent {
        loop {
            if let Some(by) = self.ended {
                return LineEvent::Ended(by);
            }
            let lost_until = if self.attached { None } else { self.session.lost_until() };
            let play_by = self.playing.as_ref().filter(|_| self.attached).map(|(_, _, by)| *by);
            let now = Instant::now();
            tokio::select! {
                // What the client said before its stream was lost counts as said before.
                biased;
                event = self.events.recv() => match event {
                    Some(event) => {
                        if let Some(event) = self.happened(event) {
                            return event;
                        }
                    }
                    None => self.ended = Some(EndedBy::Lost),
                },
                () = self.closed.cancelled() => self.ended = Some(EndedBy::Helpline),
                presence = self.session.presence(self.attached) => {
                    self.attached = presence.is_none();
                    return if self.attached { LineEvent::Resumed } else { LineEvent::Held };
                }
                () = sleep_until(lost_until.unwrap_or(now)), if lost_until.is_some() => self.ended = Some(EndedBy::Lost),
                () = sleep_until(play_by.unwrap_or(now)), if play_by.is_some() => self.ended = Some(EndedBy::Lost),
            }
        }
    }

    fn act(&mut self, verb: Verb) -> String {
        self.actions += 1;
        let id = format!("a{}", self.actions);
        if !self.session.send(ToClient::Action { id: id.clone(), verb }) {
            self.ended = Some(EndedBy::Failed);
        }
        id
    }

    fn happened(&mut self, event: FromClient) -> Option<LineEvent> {
        match event {
            FromClient::Key(key) => Key::parse(key).map(LineEvent::Key),
            FromClient::Unknown => None,
            FromClient::Played { action } => self.played(&action),
            FromClient::Recorded { action, duration_ms, reference, sha256, partial } => {
                let voice = Voice {
                    place: VoicePlace::Client(reference),
                    duration_ms,
                    sha256: sha256.unwrap_or_default(),
                    partial,
                };
                self.recorded(&action, voice)
            }
            FromClient::Result { action, outcome, reason } => self.result(&action, outcome, reason),
            FromClient::HungUp { failed } => {
                self.ended = Some(if failed { EndedBy::Failed } else { EndedBy::Caller });
                None
            }
        }
    }

    fn played(&mut self, action: &str) -> Option<LineEvent> {
        let (_, id, _) = self.playing.take_if(|(playing, ..)| playing == action)?;
        Some(LineEvent::Played(id))
    }

    fn recorded(&mut self, action: &str, voice: Voice) -> Option<LineEvent> {
        self.recording.take_if(|recording| recording == action)?;
        Some(LineEvent::Recorded(voice))
    }

    fn result(&mut self, action: &str, outcome: Outcome, reason: String) -> Option<LineEvent> {
        if self.recording.as_deref() == Some(action) && outcome != Outcome::Done {
            let partial =
                Some(if reason.is_empty() { "could not be recorded".to_owned() } else { reason });
            let voice =
                Voice { place: VoicePlace::Nowhere, duration_ms: 0, sha256: [0; 32], partial };
            return self.recorded(action, voice);
        }
        let plays = self.playing.as_ref().is_some_and(|(playing, ..)| playing == action);
        match outcome {
            Outcome::Done => self.played(action),
            Outcome::Interrupted => None,
            // A citizen who could not hear the question must not be taken to have heard it.
            Outcome::Failed | Outcome::Unsupported | Outcome::TooLate if plays => {
                tracing::warn!(action, reason, "the client could not play");
                self.ended = Some(EndedBy::Failed);
                None
            }
            Outcome::Failed | Outcome::Unsupported | Outcome::TooLate => None,
        }
    }
}
