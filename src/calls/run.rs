//! One live call: a dialogue over a line, with its timers. Nothing here waits for the database: it asks and goes on.

use std::time::Duration;

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::line::{EndedBy, Line, LineEvent, Voice};
use crate::app::verification::DIAL_LEASE_MS;
use crate::dialogue::{
    Action, AskId, At, Clip, Dialogue, Input, Recorded, Speech,
    officer::talk::OfficerQuestion,
    prompts,
    talk::{Question, Reason, Reply},
};
use crate::domain::{language::Language, number::CaseNumber};

/// Questions of one call that may wait for their answers; a dialogue awaits one at a time, the rest are statements.
pub(crate) const QUESTIONS_MAX: usize = 64;
/// How often a hang-up is asked for before the line is given up.
const HANG_UP_WAIT: Duration = Duration::from_secs(5);
/// How long a goodbye may take.
const LEAVE_MAX: Duration = Duration::from_secs(10);
/// The play of the goodbye; a dialogue counts its own from below.
const LEAVE: u32 = u32::MAX;
/// Of the places for questions, those that stay free for what must be kept: outcomes, call-backs, recordings.
const MUST_KEEP_PLACES: usize = 8;
/// A verification call ends by then, however often something is repeated or the line is held.
pub const VERIFICATION_MAX: Duration = Duration::from_secs(8 * 60);
// What a call that lasts its longest has heard is recorded under its lease, also when no renewal reached the database.
const _: () = assert!(VERIFICATION_MAX.as_millis() + 60_000 < DIAL_LEASE_MS as u128);

/// What a call hands to whoever answers its questions, in this order.
#[derive(Debug)]
pub(crate) enum Told {
    Voice {
        reference: String,
        voice: Voice,
    },
    Question {
        id: AskId,
        question: Question,
    },
    /// A feedback caller may take the call over: what the dialogue recorded ends here.
    TapeEnds,
    /// A feedback caller has taken this round over, and records it.
    CallerHas {
        case: i64,
        round: i64,
    },
}

impl Told {
    fn must_be_kept(&self) -> bool {
        match self {
            Self::Voice { .. } | Self::TapeEnds | Self::CallerHas { .. } => true,
            Self::Question { question, .. } => match question {
                Question::Register(_)
                | Question::Join(_)
                | Question::RecordRound(_)
                | Question::RecordConduct { .. }
                | Question::TakeWords { .. }
                | Question::Officer(OfficerQuestion::Act(_))
                | Question::Wish(_)
                | Question::CallBack(_) => true,
                Question::Caller
                | Question::Categories
                | Question::Divisions
                | Question::Districts(_)
                | Question::Status(_)
                | Question::Rounds { .. }
                | Question::Officer(
                    OfficerQuestion::SignIn(_)
                    | OfficerQuestion::Case(_)
                    | OfficerQuestion::Due { .. },
                )
                | Question::RememberLanguage(_) => false,
            },
        }
    }
}

/// The call's end of its questions.
#[derive(Debug)]
pub(crate) struct Asker {
    pub(crate) questions: mpsc::Sender<Told>,
    pub(crate) replies: mpsc::Receiver<(AskId, Reply)>,
}

/// What ends a call besides its dialogue.
pub(crate) struct Until {
    pub(crate) longest: Option<Duration>,
    /// Nothing is left to ask: the call takes leave.
    pub(crate) settled: CancellationToken,
    /// In which it does so.
    pub(crate) language: Language,
}

/// How a dialogue left its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Ended(EndedBy),
    /// The line lives, and a person is to take it.
    ToQueue {
        reason: Reason,
        language: Language,
    },
    /// The line lives, and a feedback caller is to take it, about this round.
    ToCaller {
        case: CaseNumber,
        round: i64,
        language: Language,
    },
}

/// Runs the dialogue until the line has ended or is handed over; the questions it leaves behind are still to be answered.
pub(crate) async fn run(
    call: &str,
    line: &mut Line,
    dialogue: Dialogue,
    asker: Asker,
    until: Until,
) -> Over {
    let mut run = Run {
        call,
        line,
        dialogue,
        questions: asker.questions,
        begun: Instant::now(),
        paused: Duration::ZERO,
        held: None,
        deadlines: Vec::new(),
        hang_up_by: None,
        voices: 0,
        handed_over: None,
        leaves: false,
    };
    let mut replies = asker.replies;
    let over = until.longest.map(|longest| run.begun + longest);
    run.input(Input::Start);
    loop {
        if let Some(over) = run.handed_over {
            return over;
        }
        let (wake, late) = (run.wake(), run.late());
        let hang_up = run.hang_up_by.unwrap_or_else(Instant::now);
        if run.leaves {
            return run.left().await;
        }
        tokio::select! {
            () = until.settled.cancelled() => run.take_leave(until.language),
            event = run.line.next() => match event {
                LineEvent::Ended(by) => {
                    run.input(Input::HungUp);
                    return Over::Ended(by);
                }
                event => run.happened(event),
            },
            Some((id, reply)) = replies.recv() => {
                run.deadlines.retain(|(asked, _)| *asked != id);
                run.input(Input::Told(id, reply));
            }
            () = sleep_until(wake.unwrap_or(run.begun)), if wake.is_some() => run.input(Input::Tick),
            () = sleep_until(late.map_or(run.begun, |(_, by)| by)), if late.is_some() => run.too_late(),
            () = sleep_until(over.unwrap_or(run.begun)), if over.is_some() => {
                tracing::warn!(call, "the call is too long");
                run.line.hang_up();
                run.input(Input::HungUp);
                return Over::Ended(EndedBy::Helpline);
            }
            () = sleep_until(hang_up), if run.hang_up_by.is_some() => {
                return Over::Ended(EndedBy::Failed);
            }
        }
    }
}

struct Run<'a> {
    call: &'a str,
    line: &'a mut Line,
    dialogue: Dialogue,
    questions: mpsc::Sender<Told>,
    begun: Instant,
    /// Time that does not count: nobody was listening.
    paused: Duration,
    held: Option<Instant>,
    deadlines: Vec<(AskId, Instant)>,
    hang_up_by: Option<Instant>,
    voices: u32,
    handed_over: Option<Over>,
    /// The dialogue is over, whatever it wanted.
    leaves: bool,
}

impl Run<'_> {
    /// Says goodbye instead of what was to be asked.
    fn take_leave(&mut self, language: Language) {
        tracing::info!(call = self.call, "what was to be asked is settled elsewhere");
        self.leaves = true;
        let clips = vec![Clip::fixed(prompts::VERIFY_GOODBYE)];
        self.line.stop_recording();
        self.line.play(LEAVE, vec![Speech { language, clips }]);
    }

    /// Until the line has ended.
    async fn left(&mut self) -> Over {
        let mut by = Instant::now() + LEAVE_MAX;
        let mut hung_up = false;
        loop {
            tokio::select! {
                event = self.line.next() => match event {
                    LineEvent::Ended(by) => return Over::Ended(by),
                    LineEvent::Played(LEAVE) => {}
                    _ => continue,
                },
                () = sleep_until(by) => {}
            }
            if hung_up {
                return Over::Ended(EndedBy::Failed);
            }
            (hung_up, by) = (true, Instant::now() + HANG_UP_WAIT);
            self.line.hang_up();
        }
    }

    /// Since the answer; stands still while the line is held.
    fn at(&self) -> At {
        let now = self.held.unwrap_or_else(Instant::now);
        let elapsed = now.saturating_duration_since(self.begun).saturating_sub(self.paused);
        At(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }

    fn wake(&self) -> Option<Instant> {
        if self.held.is_some() {
            return None;
        }
        let At(ms) = self.dialogue.wake_at()?;
        Some(self.begun + self.paused + Duration::from_millis(ms))
    }

    fn late(&self) -> Option<(AskId, Instant)> {
        self.deadlines.iter().min_by_key(|(_, by)| *by).copied()
    }

    fn too_late(&mut self) {
        let Some((id, _)) = self.late() else { return };
        self.deadlines.retain(|(asked, _)| *asked != id);
        tracing::warn!(call = self.call, ask = id.0, "no reply by its deadline");
        self.input(Input::NoReply(id));
    }

    fn happened(&mut self, event: LineEvent) {
        match event {
            LineEvent::Key(key) => self.input(Input::Key(key)),
            LineEvent::Played(play) => self.input(Input::Played(play)),
            LineEvent::Recorded(voice) => self.recorded(voice),
            LineEvent::Held => {
                self.held.get_or_insert_with(Instant::now);
            }
            LineEvent::Resumed => {
                if let Some(since) = self.held.take() {
                    self.paused += since.elapsed();
                }
            }
            LineEvent::Ended(_) => unreachable!("the loop ends on it"),
        }
    }

    fn recorded(&mut self, voice: Voice) {
        self.voices += 1;
        let reference = format!("{}-{}", self.call, self.voices);
        let duration_ms = voice.duration_ms;
        self.tell(Told::Voice { reference: reference.clone(), voice });
        self.input(Input::Recorded(Recorded { duration_ms, reference }));
    }

    fn input(&mut self, input: Input) {
        let at = self.at();
        for action in self.dialogue.step(input, at) {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Play { id, speech } => self.line.play(id, speech),
            Action::StopPlaying => self.line.stop(),
            Action::Record { longest_ms } => self.line.record(longest_ms),
            Action::StopRecording => self.line.stop_recording(),
            Action::HangUp => {
                self.hang_up_by = Some(Instant::now() + HANG_UP_WAIT);
                self.line.hang_up();
            }
            Action::HandOver { reason, language } => {
                self.handed_over = Some(Over::ToQueue { reason, language });
            }
            Action::HandToCaller { case, round, language } => {
                self.handed_over = Some(Over::ToCaller { case, round, language });
            }
            Action::Ask { id, question, deadline_ms } => {
                if let Some(deadline_ms) = deadline_ms {
                    let by = Instant::now() + Duration::from_millis(u64::from(deadline_ms));
                    self.deadlines.push((id, by));
                }
                self.tell(Told::Question { id, question });
            }
        }
    }

    fn tell(&mut self, told: Told) {
        if !queue(&self.questions, told) {
            tracing::error!(call = self.call, "a question of this call cannot be taken");
        }
    }
}

/// While the database is away questions wait; what may be lost then gives way to what must not.
fn queue(questions: &mpsc::Sender<Told>, told: Told) -> bool {
    let room = told.must_be_kept() || questions.capacity() > MUST_KEEP_PLACES;
    room && questions.try_send(told).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pressing_the_language_key_for_ever_leaves_room_for_what_must_be_kept() {
        let (questions, mut waiting) = mpsc::channel(QUESTIONS_MAX);
        let told = |question| Told::Question { id: AskId(1), question };

        let taken = (0..1_000)
            .filter(|_| queue(&questions, told(Question::RememberLanguage(Language::English))))
            .count();

        assert_eq!(taken, 56);
        for _ in 0..8 {
            assert!(queue(&questions, told(Question::CallBack(Reason::Asked))));
        }
        assert!(waiting.try_recv().is_ok());
    }
}
