//! What every conversation does the same way: say, ask for keys, record, inquire, end. Flows above it see only `Event`s.

mod choice;
mod collect;
mod field;

use std::collections::VecDeque;

use super::{
    Action, AskId, At, Clip, Input, Key, Recorded, Speech,
    outcome::{EVIDENCE_MAX, Evidence, PlayedPrompt, PressedKey},
    prompts,
    talk::{Question, Reason, Reply},
};
use crate::domain::{language::Language, number::CaseNumber};
pub(crate) use choice::{Chooser, Chosen};
pub(crate) use collect::Keys;
use collect::{By, Collect, End, Heard, Times, Wanted};

/// After this many of either, the field gives up.
pub(crate) const NO_INPUT_MAX: u8 = 3;
pub(crate) const WRONG_INPUT_MAX: u8 = 3;
/// How often `*` may repeat one field.
const REPEATS_MAX: u8 = 10;
/// Keys kept for the next field while nothing listens.
const TYPE_AHEAD_MAX: usize = 16;
/// A `#` this soon after a number that was complete without it belongs to that number.
const STRAY_HASH_MS: u64 = 3_000;
const FILLER_MS: u64 = 1_500;
/// The helpline's own answer must come by then.
pub(crate) const REPLY_MS: u32 = 3_000;
/// A recording must be handed over this soon after its end.
const HANDOVER_MS: u64 = 5_000;
/// A last word that does not report its end.
const LAST_WORD_MS: u64 = 60_000;

/// One field: what it says, and what it takes.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The prompt key under which its keys stand in the evidence.
    pub(crate) question: &'static str,
    pub(crate) prompt: Vec<Speech>,
    /// What is said from the second time on, where that differs.
    pub(crate) again: Option<Vec<Speech>>,
    pub(crate) wanted: Wanted,
    pub(crate) times: Times,
    pub(crate) silences_max: u8,
    /// Keys this early are ignored, and keys typed ahead are dropped: the field's answer weighs too much for a bounce.
    pub(crate) deaf_ms: u64,
}

/// What a flow gets to know.
#[derive(Debug)]
pub(crate) enum Event {
    Started,
    /// A statement has been said to its end.
    Said,
    Keyed(String),
    GaveUp(Reason),
    Recorded(Recorded),
    Told(Reply),
    NoReply,
    HungUp,
}

#[derive(Debug)]
enum Doing {
    Nothing,
    Saying {
        play: u32,
    },
    Asking(Collect),
    Inquiring {
        ask: AskId,
        filler_at: Option<At>,
    },
    /// The prompt before a recording.
    Inviting {
        play: u32,
        longest_ms: u32,
    },
    Recording {
        by: At,
    },
    Ending {
        play: u32,
        by: At,
    },
    Over,
}

#[derive(Debug)]
struct Tries {
    field: Field,
    play: u32,
    silences: u8,
    wrongs: u8,
    repeats: u8,
}

#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) language: Language,
    actions: Vec<Action>,
    doing: Doing,
    tries: Option<Tries>,
    plays: u32,
    asks: u32,
    playing: Option<u32>,
    typed_ahead: VecDeque<Key>,
    stray_hash_until: At,
    heard: Option<At>,
    evidence: Evidence,
}

impl Desk {
    pub(crate) fn new(language: Language) -> Self {
        Self {
            language,
            actions: Vec::new(),
            doing: Doing::Nothing,
            tries: None,
            plays: 0,
            asks: 0,
            playing: None,
            typed_ahead: VecDeque::new(),
            stray_hash_until: At(0),
            heard: None,
            evidence: Evidence::default(),
        }
    }

    pub(crate) fn drain(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// When the present field's question was first heard: its prompt's end, or the key that cut it short.
    pub(crate) fn heard(&self) -> Option<At> {
        self.heard
    }

    pub(crate) fn take_evidence(&mut self) -> Evidence {
        std::mem::take(&mut self.evidence)
    }

    // ---- what flows order

    pub(crate) fn own(&self, clips: Vec<Clip>) -> Vec<Speech> {
        vec![Speech { language: self.language, clips }]
    }

    /// Says something that keys do not cut short; keys pressed meanwhile are dropped.
    pub(crate) fn state(&mut self, clips: Vec<Clip>, at: At) {
        let speech = self.own(clips);
        let play = self.play(speech, at);
        self.doing = Doing::Saying { play };
    }

    pub(crate) fn ask(&mut self, field: Field, at: At) {
        if field.deaf_ms > 0 {
            self.typed_ahead.clear();
        }
        self.heard = None;
        let speech = field.prompt.clone();
        self.tries = Some(Tries { field, play: 0, silences: 0, wrongs: 0, repeats: 0 });
        self.prompt(speech, at);
    }

    /// The field's answer was well-formed but names nothing: says so and asks again, or gives up.
    pub(crate) fn refuse(&mut self, why: &'static str, at: At) -> Option<Event> {
        self.wrong(why, at)
    }

    pub(crate) fn inquire(&mut self, question: Question, deadline_ms: u32, at: At) {
        let id = self.next_ask();
        self.actions.push(Action::Ask { id, question, deadline_ms: Some(deadline_ms) });
        self.doing = Doing::Inquiring { ask: id, filler_at: Some(at.plus_ms(FILLER_MS)) };
    }

    /// Tells the helpline something and goes on.
    pub(crate) fn tell(&mut self, question: Question) {
        let id = self.next_ask();
        self.actions.push(Action::Ask { id, question, deadline_ms: None });
    }

    pub(crate) fn record(&mut self, clips: Vec<Clip>, longest_ms: u32, at: At) {
        let speech = self.own(clips);
        let play = self.play(speech, at);
        self.typed_ahead.clear();
        self.doing = Doing::Inviting { play, longest_ms };
    }

    /// Says the last word and hangs up.
    pub(crate) fn finish(&mut self, clips: Vec<Clip>, at: At) {
        let speech = self.own(clips);
        let play = self.play(speech, at);
        self.doing = Doing::Ending { play, by: at.plus_ms(LAST_WORD_MS) };
    }

    /// The conversation ends here, and the call goes on with a person.
    pub(crate) fn hand_over(&mut self, reason: Reason) {
        self.actions.push(Action::HandOver { reason, language: self.language });
        self.doing = Doing::Over;
    }

    /// As `hand_over`, to a feedback caller about this round.
    pub(crate) fn hand_to_caller(&mut self, case: CaseNumber, round: i64) {
        self.actions.push(Action::HandToCaller { case, round, language: self.language });
        self.doing = Doing::Over;
    }

    // ---- what happens

    pub(crate) fn take(&mut self, input: Input, at: At) -> Option<Event> {
        if matches!(self.doing, Doing::Over) {
            return None;
        }
        match input {
            Input::Start => Some(Event::Started),
            Input::HungUp => {
                self.doing = Doing::Over;
                Some(Event::HungUp)
            }
            Input::Key(key) => self.pressed(key, at),
            Input::Played(play) => self.played(play, at),
            Input::Tick => self.tick(at),
            Input::Told(ask, reply) if self.awaits(ask) => Some(match reply {
                Reply::Failed => Event::NoReply,
                reply => Event::Told(reply),
            }),
            Input::NoReply(ask) if self.awaits(ask) => Some(Event::NoReply),
            Input::Recorded(recorded) if matches!(self.doing, Doing::Recording { .. }) => {
                self.doing = Doing::Nothing;
                Some(Event::Recorded(recorded))
            }
            Input::Told(..) | Input::NoReply(_) | Input::Recorded(_) => None,
        }
    }

    /// Hands one typed-ahead key to a field that has just been opened.
    pub(crate) fn take_typed_ahead(&mut self, at: At) -> Option<Event> {
        while matches!(self.doing, Doing::Asking(_)) {
            let key = self.typed_ahead.pop_front()?;
            if let Some(event) = self.field_key(key, at) {
                return Some(event);
            }
        }
        None
    }

    pub(crate) fn wake_at(&self) -> Option<At> {
        match &self.doing {
            Doing::Asking(collect) => collect.wake_at(),
            Doing::Inquiring { filler_at, .. } => *filler_at,
            Doing::Recording { by } | Doing::Ending { by, .. } => Some(*by),
            Doing::Nothing | Doing::Saying { .. } | Doing::Inviting { .. } | Doing::Over => None,
        }
    }

    fn pressed(&mut self, key: Key, at: At) -> Option<Event> {
        if key == Key::Hash && at < self.stray_hash_until {
            self.stray_hash_until = At(0);
            return None;
        }
        match self.doing {
            Doing::Asking(_) => self.field_key(key, at),
            Doing::Recording { by } if key == Key::Hash => {
                self.actions.push(Action::StopRecording);
                self.doing = Doing::Recording { by: by.min(at.plus_ms(HANDOVER_MS)) };
                None
            }
            Doing::Nothing | Doing::Inquiring { .. } => {
                if self.typed_ahead.len() < TYPE_AHEAD_MAX {
                    self.typed_ahead.push_back(key);
                }
                None
            }
            Doing::Saying { .. }
            | Doing::Inviting { .. }
            | Doing::Recording { .. }
            | Doing::Ending { .. }
            | Doing::Over => None,
        }
    }

    fn field_key(&mut self, key: Key, at: At) -> Option<Event> {
        let Doing::Asking(collect) = &mut self.doing else { return None };
        let tries = self.tries.as_ref().expect("a field that asks has its tries");
        let heard = collect.key(key, at);
        if heard == Heard::Ignored {
            return None;
        }
        if self.evidence.keys.len() < EVIDENCE_MAX {
            self.evidence.keys.push(PressedKey { at, key, question: tries.field.question });
        }
        self.heard.get_or_insert(at);
        self.stop_playing();
        match heard {
            Heard::Ended(end) => self.ended(end, at),
            Heard::Repeat => self.repeat(at),
            Heard::More | Heard::Ignored => None,
        }
    }

    fn played(&mut self, play: u32, at: At) -> Option<Event> {
        if self.playing == Some(play) {
            self.playing = None;
        }
        match &mut self.doing {
            Doing::Saying { play: waited } if *waited == play => {
                self.doing = Doing::Nothing;
                Some(Event::Said)
            }
            Doing::Asking(collect)
                if self.tries.as_ref().is_some_and(|tries| tries.play == play) =>
            {
                collect.prompted(at);
                self.heard.get_or_insert(at);
                None
            }
            Doing::Inviting { play: waited, longest_ms } if *waited == play => {
                let longest_ms = *longest_ms;
                self.actions.push(Action::Record { longest_ms });
                self.doing =
                    Doing::Recording { by: at.plus_ms(u64::from(longest_ms) + HANDOVER_MS) };
                None
            }
            Doing::Ending { play: waited, .. } if *waited == play => {
                self.hang_up();
                None
            }
            Doing::Saying { .. }
            | Doing::Asking(_)
            | Doing::Inviting { .. }
            | Doing::Ending { .. }
            | Doing::Nothing
            | Doing::Inquiring { .. }
            | Doing::Recording { .. }
            | Doing::Over => None,
        }
    }

    fn tick(&mut self, at: At) -> Option<Event> {
        match &mut self.doing {
            Doing::Asking(collect) => {
                let end = collect.tick(at)?;
                self.ended(end, at)
            }
            Doing::Inquiring { filler_at, .. } if filler_at.is_some_and(|due| due <= at) => {
                *filler_at = None;
                let speech = self.own(vec![Clip::fixed(prompts::PLEASE_WAIT)]);
                self.play(speech, at);
                None
            }
            Doing::Recording { by } if *by <= at => {
                self.actions.push(Action::StopRecording);
                self.doing = Doing::Nothing;
                Some(Event::GaveUp(Reason::NoReply))
            }
            Doing::Ending { by, .. } if *by <= at => {
                self.hang_up();
                None
            }
            Doing::Inquiring { .. }
            | Doing::Recording { .. }
            | Doing::Ending { .. }
            | Doing::Nothing
            | Doing::Saying { .. }
            | Doing::Inviting { .. }
            | Doing::Over => None,
        }
    }

    fn ended(&mut self, end: End, at: At) -> Option<Event> {
        let tries = self.tries.as_mut().expect("a field that ends has its tries");
        match end {
            End::Keyed { digits, by } => {
                if by == By::Length && matches!(tries.field.wanted, Wanted::Digits { .. }) {
                    self.stray_hash_until = at.plus_ms(STRAY_HASH_MS);
                }
                self.doing = Doing::Nothing;
                Some(Event::Keyed(digits))
            }
            End::Wrong(_) => self.wrong(prompts::WRONG_INPUT, at),
            End::Silence => {
                tries.silences += 1;
                if tries.silences >= tries.field.silences_max {
                    return self.give_up(Reason::NoInput);
                }
                self.prompt_again(Some(prompts::NO_INPUT), at);
                None
            }
        }
    }

    fn wrong(&mut self, why: &'static str, at: At) -> Option<Event> {
        let tries = self.tries.as_mut().expect("a field that refuses has its tries");
        tries.wrongs += 1;
        if tries.wrongs >= WRONG_INPUT_MAX {
            return self.give_up(Reason::WrongInput);
        }
        self.typed_ahead.clear();
        self.prompt_again(Some(why), at);
        None
    }

    fn repeat(&mut self, at: At) -> Option<Event> {
        let tries = self.tries.as_mut().expect("a field that repeats has its tries");
        tries.repeats += 1;
        if tries.repeats >= REPEATS_MAX {
            return self.give_up(Reason::WrongInput);
        }
        self.prompt_again(None, at);
        None
    }

    fn give_up(&mut self, reason: Reason) -> Option<Event> {
        self.doing = Doing::Nothing;
        self.typed_ahead.clear();
        Some(Event::GaveUp(reason))
    }

    fn prompt_again(&mut self, first: Option<&'static str>, at: At) {
        let tries = self.tries.as_ref().expect("a field that prompts again has its tries");
        let mut speech = tries.field.again.clone().unwrap_or_else(|| tries.field.prompt.clone());
        if let Some(first) = first {
            speech.insert(0, Speech { language: self.language, clips: vec![Clip::fixed(first)] });
        }
        self.prompt(speech, at);
    }

    fn prompt(&mut self, speech: Vec<Speech>, at: At) {
        let play = self.play(speech, at);
        let tries = self.tries.as_mut().expect("a field that prompts has its tries");
        tries.play = play;
        self.doing = Doing::Asking(Collect::new(
            tries.field.wanted,
            tries.field.times,
            at.plus_ms(tries.field.deaf_ms),
        ));
    }

    fn play(&mut self, speech: Vec<Speech>, at: At) -> u32 {
        self.plays += 1;
        for clip in speech.iter().flat_map(|part| &part.clips) {
            if self.evidence.prompts.len() < EVIDENCE_MAX {
                self.evidence.prompts.push(PlayedPrompt { at, key: clip.key.clone().into_owned() });
            }
        }
        self.actions.push(Action::Play { id: self.plays, speech });
        self.playing = Some(self.plays);
        self.plays
    }

    fn stop_playing(&mut self) {
        if self.playing.take().is_some() {
            self.actions.push(Action::StopPlaying);
        }
    }

    fn hang_up(&mut self) {
        self.actions.push(Action::HangUp);
        self.doing = Doing::Over;
    }

    fn awaits(&mut self, ask: AskId) -> bool {
        let awaited = matches!(self.doing, Doing::Inquiring { ask: waited, .. } if waited == ask);
        if awaited {
            self.doing = Doing::Nothing;
        }
        awaited
    }

    fn next_ask(&mut self) -> AskId {
        self.asks += 1;
        AskId(self.asks)
    }
}
