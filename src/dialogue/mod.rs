//! Conversations. Pure: (state, input, time since answer) -> actions; they never fetch, they ask and are told.

pub mod officer;
pub mod outcome;
pub mod prompts;
pub mod talk;
pub mod waiting;

mod citizen;
mod desk;
mod flow;
mod spoken;
mod verification;

#[cfg(test)]
mod transcript;

pub use citizen::RECORDING_MS;
pub use verification::ROUNDS_MAX;

use std::{borrow::Cow, fmt};

use crate::domain::{language::Language, number::CaseNumber};
use citizen::Citizen;
use desk::{Desk, Event};
use flow::{Leave, Progress};
use officer::Officer;
use talk::{OpenRound, Question, Reason, Reply};
use verification::{Origin, Verification};

/// Milliseconds since the call was answered: monotonic, never the demonstration's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(pub u64);

impl At {
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// One key of a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Digit(u8),
    Star,
    Hash,
}

impl Key {
    /// None for the letters A to D, which no citizen's telephone has.
    pub fn parse(c: char) -> Option<Self> {
        match c {
            '0'..='9' => Some(Self::Digit(u8::try_from(u32::from(c) - u32::from('0')).ok()?)),
            '*' => Some(Self::Star),
            '#' => Some(Self::Hash),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digit(digit) => write!(f, "{digit}"),
            Self::Star => f.write_str("*"),
            Self::Hash => f.write_str("#"),
        }
    }
}

/// What one sound file says; a name that has no clip of its own is spoken by its family's generic one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clip {
    pub key: Cow<'static, str>,
    pub generic: Option<&'static str>,
}

impl Clip {
    pub const fn fixed(key: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), generic: None }
    }

    /// A name of the directory, such as `named("district", "396")`.
    pub fn named(family: Family, code: &str) -> Self {
        Self {
            key: Cow::Owned(format!("{}_{code}", family.as_str())),
            generic: Some(family.generic()),
        }
    }
}

/// The families of names that have clips in the sound catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    Division,
    District,
    Department,
    Category,
    Designation,
}

impl Family {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Division => "division",
            Self::District => "district",
            Self::Department => "department",
            Self::Category => "category",
            Self::Designation => "designation",
        }
    }

    pub const fn generic(self) -> &'static str {
        match self {
            Self::Division => "division_generic",
            Self::District => "district_generic",
            Self::Department => "department_generic",
            Self::Category => "category_generic",
            Self::Designation => "designation_generic",
        }
    }
}

/// Clips of one language that are joined without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Speech {
    pub language: Language,
    pub clips: Vec<Clip>,
}

/// Names one question of one call; the answer carries it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u32);

/// What the citizen said, once its recording has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub duration_ms: u32,
    /// Whatever names the recording to those who register it.
    pub reference: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The call was answered; always first, at `At(0)`.
    Start,
    Key(Key),
    /// The last frame of this play has gone out.
    Played(u32),
    Recorded(Recorded),
    Told(AskId, Reply),
    /// The answer did not come by its deadline; a later one is ignored.
    NoReply(AskId),
    /// The time that `wake_at` named has come.
    Tick,
    /// The other side, or the line, ended the call; always last.
    HungUp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Replaces whatever plays; `Played(id)` is owed unless something stops it.
    Play {
        id: u32,
        speech: Vec<Speech>,
    },
    StopPlaying,
    Record {
        longest_ms: u32,
    },
    StopRecording,
    /// A question without deadline is a statement: it must be carried out, also after a hang-up, and no answer is awaited.
    Ask {
        id: AskId,
        question: Question,
        deadline_ms: Option<u32>,
    },
    HangUp,
    /// The caller shall speak with a person; always last. Nothing that plays is stopped.
    HandOver {
        reason: Reason,
        language: Language,
    },
    /// A citizen whom we rang shall speak about this round with a feedback caller; always last. The round is recorded so.
    HandToCaller {
        case: CaseNumber,
        round: i64,
        language: Language,
    },
}

/// One call's conversation: fed with what happens, it answers with what is to be done.
#[derive(Debug)]
pub struct Dialogue {
    desk: Desk,
    flow: Flow,
}

#[derive(Debug)]
enum Flow {
    Citizen(Box<Citizen>),
    Verification(Verification),
    Officer(Officer),
}

impl Dialogue {
    /// A citizen calls. `number_known`: the line showed a number that can be rung back.
    pub fn citizen(number_known: bool) -> Self {
        Self {
            desk: Desk::new(Language::Hindi),
            flow: Flow::Citizen(Box::new(Citizen::new(number_known))),
        }
    }

    /// Persons are behind this line: who asks for one is handed over first, and rung back if nobody is free.
    #[must_use]
    pub fn with_persons(mut self) -> Self {
        match &mut self.flow {
            Flow::Citizen(citizen) => citizen.persons = true,
            Flow::Verification(verification) => verification.persons = true,
            Flow::Officer(_) => {}
        }
        self
    }

    /// The citizen waited for a person when the line broke off, and goes on waiting.
    #[must_use]
    pub fn back_in_the_queue(mut self, language: Language) -> Self {
        self.desk.language = language;
        if let Flow::Citizen(citizen) = &mut self.flow {
            citizen.waited = true;
        }
        self
    }

    /// The helpline rings a citizen about these rounds, the oldest first; the first is the one that the call was made for.
    pub fn verification(language: Language, rounds: Vec<OpenRound>) -> Self {
        Self {
            desk: Desk::new(language),
            flow: Flow::Verification(Verification::new(Origin::Outbound, rounds)),
        }
    }

    /// Somebody calls the officers' number; who it is shows by mobile and PIN.
    pub fn officer() -> Self {
        Self { desk: Desk::new(Language::Hindi), flow: Flow::Officer(Officer::new()) }
    }

    /// Takes one input; `at` never goes back.
    pub fn step(&mut self, input: Input, at: At) -> Vec<Action> {
        let mut event = self.desk.take(input, at);
        while let Some(happened) = event {
            match &mut self.flow {
                Flow::Citizen(citizen) => citizen.on(happened, &mut self.desk, at),
                Flow::Verification(verification) => {
                    verify(verification, happened, &mut self.desk, at)
                }
                Flow::Officer(officer) => officer.on(happened, &mut self.desk, at),
            }
            event = self.desk.take_typed_ahead(at);
        }
        self.desk.drain()
    }

    /// When the dialogue wants `Input::Tick`, if nothing else happens before.
    pub fn wake_at(&self) -> Option<At> {
        self.desk.wake_at()
    }
}

/// An outbound call ends politely wherever an inbound one would go on.
fn verify(verification: &mut Verification, event: Event, desk: &mut Desk, at: At) {
    let progress = match event {
        Event::Started => verification.begin(desk, at),
        event => verification.on(event, desk, at),
    };
    match progress {
        Progress::Going | Progress::Left(Leave::Gone) => {}
        Progress::Left(
            Leave::Menu(mut clips) | Leave::Served(mut clips) | Leave::Goodbye(mut clips),
        ) => {
            clips.push(Clip::fixed(prompts::VERIFY_GOODBYE));
            desk.finish(clips, at);
        }
        Progress::Left(Leave::Caller { case, round }) => desk.hand_to_caller(case, round),
        Progress::Left(Leave::Operator(_) | Leave::Back) => {
            desk.finish(vec![Clip::fixed(prompts::VERIFY_GOODBYE)], at)
        }
    }
}
