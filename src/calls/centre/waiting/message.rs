//! A caller whom nobody can take speaks a message; whoever rings back may hear it first.

use std::{path::Path, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{ALIVE_EVERY, Gone, Line, Order, ended_by};
use crate::{
    acd::Event,
    calls::{
        line::{Voice, voice},
        recordings::MESSAGE,
        tape,
    },
    dialogue::waiting::Word,
    domain::recording::Class,
    telephony::{Cause, Ended, LegEvent},
};

const MESSAGE_MAX: Duration = Duration::from_secs(120);
/// Less was no message.
const SHORTEST_MS: u32 = 1_000;
/// The key behind the last word.
const END_KEY: char = '#';

impl Line {
    pub(super) async fn leave_message(mut self) -> Gone {
        // Who hangs up in mid-word is rung back too.
        (self.owed)(self.reason);
        let name = format!("{}-{MESSAGE}.wav", self.call);
        let path = self.shared.disk.recordings.spool().join(name);
        let (voice, ended) = self.spoken(&path).await;
        let message = match voice {
            Some(voice) if voice.duration_ms >= SHORTEST_MS => {
                let (shared, call) = (self.shared.clone(), self.call.clone());
                let keeping = async move {
                    let what = (MESSAGE, Class::Message, None);
                    tape::take_over(&shared.app, &shared.disk, &call, what, voice).await
                };
                self.shared.disk.tasks.spawn(keeping);
                Some(self.call.clone())
            }
            Some(_) => {
                // A file that never came to be is as good as gone.
                let _ = tokio::fs::remove_file(&path).await;
                None
            }
            None => None,
        };
        let caller = self.caller;
        self.tell(Event::MessageLeft { caller, message }).await;
        let ended_by = match ended {
            Some(ended) => ended_by(&ended),
            None => {
                self.citizen.say(if self.has_number { Word::Noted } else { Word::NoNumber });
                self.citizen.farewell().await
            }
        };
        Gone { ended_by, disposition: "MESSAGE" }
    }

    /// What was said behind the tone, or the end of a line that said nothing.
    async fn spoken(&mut self, path: &Path) -> (Option<Voice>, Option<Ended>) {
        let caller = self.caller;
        let mut alive = interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut ordered, mut recording) = (true, false);
        self.citizen.say(Word::LeaveMessage);
        loop {
            tokio::select! {
                event = self.citizen.leg.next() => match event {
                    LegEvent::Played(id) if id == self.citizen.plays && !recording => {
                        recording = true;
                        self.citizen.leg.record(path.to_owned(), MESSAGE_MAX);
                    }
                    LegEvent::Digit(END_KEY) if recording => self.citizen.leg.stop_recording(),
                    LegEvent::Recorded(recorded) => return (Some(voice(recorded)), None),
                    LegEvent::Ended(ended) => return (None, Some(ended)),
                    _ => {}
                },
                order = self.ordered.recv(), if ordered => match order {
                    Some(Order::HangUp(_)) => self.citizen.leg.hangup(Cause::Normal),
                    Some(_) => {}
                    None => ordered = false,
                },
                _ = alive.tick() => self.tell(Event::CitizenAlive { caller }).await,
            }
        }
    }
}
