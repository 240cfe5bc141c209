//! Runs a conversation on a virtual clock from its transcript: the caller's lines drive it, the whole text is compared.

use std::fmt::Write;

use super::{
    Action, AskId, At, Clip, Dialogue, Family, Input, Key, Recorded, Speech,
    officer::world::{self, OfficerWorld},
    outcome::RoundOutcome,
    talk::{
        Caller, CaseStatus, Choice, Due, Granted, Joined, OpenRound, Question, Reply, Rounds,
        Settled,
    },
};
use crate::domain::{
    case::State,
    language::Language,
    number::CaseNumber,
    place::Level,
    verification::{Outcome, Topic},
};

/// How long each clip sounds.
pub(crate) const CLIP_MS: u64 = 500;
/// How long a caller thinks after a prompt.
const THINKS_MS: u64 = 1_000;

pub(crate) const FIRST: &str = "12345671";
pub(crate) const SECOND: &str = "10000004";

/// What the helpline answers.
pub(crate) struct World {
    pub(crate) caller: Caller,
    pub(crate) number_known: bool,
    pub(crate) divisions: usize,
    pub(crate) status: Option<CaseStatus>,
    pub(crate) rounds: Rounds,
    pub(crate) settled: Settled,
    pub(crate) officer: OfficerWorld,
    pub(crate) granted: Granted,
    pub(crate) joined: Joined,
    /// No more is registered by keys.
    pub(crate) barred: bool,
    /// The question, as the transcript prints it, that is never answered.
    pub(crate) mute: Option<&'static str>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            caller: Caller::default(),
            number_known: true,
            divisions: 2,
            status: Some(CaseStatus {
                state: State::WithOfficer,
                level: Some(Level(1)),
                officers: vec![Clip::named(Family::Designation, "junior_engineer")],
                due: Some(Due::InDays(5)),
                offers: Vec::new(),
                proven: false,
            }),
            rounds: Rounds::NoneOpen,
            settled: Settled::Closed,
            officer: OfficerWorld::default(),
            granted: Granted::Done,
            joined: Joined::Registered { number: number(), message_sent: true },
            barred: false,
            mute: None,
        }
    }
}

/// A caller whose language is known.
pub(crate) fn known() -> World {
    World {
        caller: Caller { language: Some(Language::English), ..Caller::default() },
        ..World::default()
    }
}

pub(crate) fn number() -> CaseNumber {
    CaseNumber::parse(FIRST).expect("a number with its check digit")
}

pub(crate) fn choices(family: Family, codes: &[&str]) -> Vec<Choice> {
    codes
        .iter()
        .map(|code| Choice { code: (*code).into(), clip: Clip::named(family, code) })
        .collect()
}

pub(crate) fn round(number: &str) -> OpenRound {
    OpenRound {
        case: CaseNumber::parse(number).expect("a number with its check digit"),
        round: 1,
        topic: Topic::Resolution,
        subject: Clip::named(Family::Category, "power_cut"),
        officer: None,
        partial: false,
    }
}

impl World {
    fn answer(&self, question: &Question) -> Option<Reply> {
        if self.mute == Some(asked(question).as_str()) {
            return None;
        }
        Some(match question {
            Question::Caller => Reply::Caller(self.caller.clone()),
            Question::Categories => {
                Reply::Choices(choices(Family::Category, &["power_cut", "water"]))
            }
            Question::Divisions => {
                let codes: Vec<String> = (1..=self.divisions).map(|n| format!("{n}")).collect();
                Reply::Choices(choices(
                    Family::Division,
                    &codes.iter().map(String::as_str).collect::<Vec<_>>(),
                ))
            }
            Question::Districts(division) => Reply::Choices(choices(
                Family::District,
                &[&format!("{division}1"), &format!("{division}2")],
            )),
            Question::Register(_) if self.barred => Reply::Barred,
            Question::Register(_) => Reply::Registered { number: number(), message_sent: true },
            Question::Join(_) => Reply::Joined(self.joined),
            Question::Status(_) => Reply::Status(self.status.clone()),
            Question::Rounds { .. } => Reply::Rounds(self.rounds.clone()),
            Question::RecordRound(_) => Reply::Settled(self.settled),
            Question::Officer(question) => Reply::Officer(self.officer.answer(question)),
            Question::Wish(_) => Reply::Granted(self.granted),
            Question::RememberLanguage(_)
            | Question::RecordConduct { .. }
            | Question::TakeWords { .. }
            | Question::CallBack(_) => return None,
        })
    }
}

pub(crate) struct Call {
    dialogue: Dialogue,
    world: World,
    pub(crate) now: u64,
    playing: Option<(u32, u64)>,
    recording: Option<(u64, u64)>,
    awaited: Vec<(AskId, u64)>,
    pub(crate) over: bool,
    pub(crate) log: String,
    pub(crate) outcomes: Vec<RoundOutcome>,
}

impl Call {
    pub(crate) fn new(dialogue: Dialogue, world: World) -> Self {
        Self {
            dialogue,
            world,
            now: 0,
            playing: None,
            recording: None,
            awaited: Vec::new(),
            over: false,
            log: String::new(),
            outcomes: Vec::new(),
        }
    }

    pub(crate) fn input(&mut self, input: Input) {
        for action in self.dialogue.step(input, At(self.now)) {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Play { id, speech } => {
                let clips: usize = speech.iter().map(|part| part.clips.len()).sum();
                self.playing = Some((id, self.now + CLIP_MS * clips as u64));
                self.line("ivr", &format!("plays {}", spoken(&speech)));
            }
            Action::StopPlaying => self.playing = None,
            Action::Record { longest_ms } => {
                self.recording = Some((self.now, self.now + u64::from(longest_ms)));
                self.line("ivr", "records");
            }
            Action::StopRecording => self.recorded(),
            Action::Ask { id, question, deadline_ms } => {
                self.line(
                    "ivr",
                    &format!(
                        "{} {}",
                        if deadline_ms.is_some() { "asks" } else { "tells" },
                        asked(&question)
                    ),
                );
                if let Question::RecordRound(outcome) = &question {
                    self.outcomes.push(outcome.clone());
                }
                match (self.world.answer(&question), deadline_ms) {
                    (Some(reply), Some(_)) => self.input(Input::Told(id, reply)),
                    (None, Some(deadline_ms)) => {
                        self.awaited.push((id, self.now + u64::from(deadline_ms)))
                    }
                    (_, None) => {}
                }
            }
            Action::HangUp => {
                self.over = true;
                self.line("ivr", "hangs up");
            }
            Action::HandOver { reason, language } => {
                self.over = true;
                self.line("ivr", &format!("hands over {} in {language}", reason.as_str()));
            }
            Action::HandToCaller { case, round, language } => {
                self.over = true;
                self.line("ivr", &format!("hands {case}, {round}, to a caller in {language}"));
            }
        }
    }

    fn recorded(&mut self) {
        let Some((since, _)) = self.recording.take() else { return };
        let duration_ms = u32::try_from(self.now - since).expect("recordings end");
        self.line("ivr", &format!("recorded {duration_ms} ms"));
        self.input(Input::Recorded(Recorded { duration_ms, reference: "voice".into() }));
    }

    /// Runs to the next thing that happens by itself, at most until `until`; false when nothing is left.
    pub(crate) fn next(&mut self, until: u64) -> bool {
        if self.over {
            return false;
        }
        let wake = self.dialogue.wake_at().map(|at| at.0);
        let played = self.playing.map(|(_, ends)| ends);
        let full = self.recording.map(|(_, by)| by);
        let late = self.awaited.iter().map(|(_, by)| *by).min();
        let Some(at) =
            [wake, played, full, late].into_iter().flatten().min().filter(|at| *at <= until)
        else {
            return false;
        };
        self.now = self.now.max(at);
        if played == Some(at) {
            let (id, _) = self.playing.take().expect("its end was found");
            self.input(Input::Played(id));
        } else if full == Some(at) {
            self.recorded();
        } else if late == Some(at) {
            let index = self.awaited.iter().position(|(_, by)| *by == at).expect("it was found");
            let (id, _) = self.awaited.remove(index);
            self.input(Input::NoReply(id));
        } else {
            self.input(Input::Tick);
        }
        true
    }

    pub(crate) fn wait_until(&mut self, until: u64) {
        while self.next(until) {}
        self.now = self.now.max(until);
    }

    /// To the end of whatever is being said, statements and the question after them.
    pub(crate) fn listen(&mut self) {
        while !self.over && self.playing.is_some() && self.next(u64::MAX) {}
    }

    pub(crate) fn press(&mut self, key: char) {
        if !self.over {
            self.input(Input::Key(Key::parse(key).expect("a key of a telephone")));
        }
    }

    fn line(&mut self, who: &str, what: &str) {
        writeln!(self.log, "{who:<7} {what}").expect("text takes text");
    }

    fn drive(&mut self, what: &str) {
        self.line("caller", what);
        let words: Vec<&str> = what.split(' ').collect();
        match words.as_slice() {
            ["dials", "181" | "18002330183"] | ["answers"] => self.input(Input::Start),
            ["presses", keys] => {
                self.listen();
                self.wait_until(self.now + THINKS_MS);
                for key in keys.chars() {
                    self.press(key);
                    self.wait_until(self.now + 300);
                }
                self.listen();
            }
            ["presses", keys, "at", "once"] => {
                for key in keys.chars() {
                    self.press(key);
                }
            }
            ["waits", ms, "ms"] => {
                self.wait_until(self.now + ms.parse::<u64>().expect("milliseconds"))
            }
            ["listens"] => self.listen(),
            ["is", "silent"] => {
                self.listen();
                let (before, mut until) = (self.log.len(), self.now);
                while self.log.len() == before && !self.over {
                    until += 100;
                    self.wait_until(until);
                }
            }
            ["says", "nothing", "more"] => while self.next(u64::MAX) {},
            ["hangs", "up"] => {
                self.input(Input::HungUp);
                self.over = true;
            }
            _ => unreachable!("nobody can do this: {what}"),
        }
    }
}

/// Plays the caller's lines of `expected` and compares the whole conversation.
#[track_caller]
pub(crate) fn run(dialogue: Dialogue, world: World, expected: &str) -> Vec<RoundOutcome> {
    let expected: String = expected.lines().map(str::trim).filter(|line| !line.is_empty()).fold(
        String::new(),
        |mut text, line| {
            writeln!(text, "{line}").expect("text takes text");
            text
        },
    );
    let mut call = Call::new(dialogue, world);
    for line in expected.lines() {
        if let Some(what) = line.strip_prefix("caller") {
            call.drive(what.trim());
        }
    }
    assert_eq!(call.log, expected, "\n--- happened:\n{}\n--- expected:\n{expected}", call.log);
    call.outcomes
}

#[track_caller]
pub(crate) fn citizen(world: World, expected: &str) -> Vec<RoundOutcome> {
    run(Dialogue::citizen(world.number_known), world, expected)
}

/// As [`citizen`], with persons on duty.
#[track_caller]
pub(crate) fn citizen_with_persons(world: World, expected: &str) {
    run(Dialogue::citizen(world.number_known).with_persons(), world, expected);
}

/// A citizen who waited for a person when the line broke off.
#[track_caller]
pub(crate) fn back_in_the_queue(language: Language, expected: &str) {
    let dialogue = Dialogue::citizen(true).with_persons().back_in_the_queue(language);
    run(dialogue, World::default(), expected);
}

#[track_caller]
pub(crate) fn officer(world: World, expected: &str) {
    run(Dialogue::officer(), world, expected);
}

#[track_caller]
pub(crate) fn outbound(rounds: Vec<OpenRound>, world: World, expected: &str) -> Vec<RoundOutcome> {
    run(Dialogue::verification(Language::Hindi, rounds), world, expected)
}

fn spoken(speech: &[Speech]) -> String {
    speech
        .iter()
        .map(|part| {
            let clips: Vec<&str> = part.clips.iter().map(|clip| clip.key.as_ref()).collect();
            format!("{}: {}", part.language, shortened(&clips.join(" ")))
        })
        .collect::<Vec<_>>()
        .join(" / ")
}

/// Spoken digits read better together: `n_1 n_2 pause n_3 n_4` becomes `<12 34>`.
fn shortened(clips: &str) -> String {
    let mut text = String::new();
    let mut digits = String::new();
    let flush = |digits: &mut String, text: &mut String| {
        if digits.len() > 1 {
            write!(text, "<{}> ", digits.trim_end()).expect("text takes text");
        } else if !digits.is_empty() {
            write!(text, "n_{digits} ").expect("text takes text");
        }
        digits.clear();
    };
    for clip in clips.split(' ') {
        match clip.strip_prefix("n_").filter(|number| number.len() == 1) {
            Some(digit) => digits.push_str(digit),
            None if clip == "pause" && !digits.is_empty() => digits.push(' '),
            None => {
                flush(&mut digits, &mut text);
                write!(text, "{clip} ").expect("text takes text");
            }
        }
    }
    flush(&mut digits, &mut text);
    text.trim_end().to_owned()
}

fn asked(question: &Question) -> String {
    match question {
        Question::Caller => "who calls".into(),
        Question::RememberLanguage(language) => format!("language {language}"),
        Question::Categories => "categories".into(),
        Question::Divisions => "divisions".into(),
        Question::Districts(division) => format!("districts of {division}"),
        Question::Register(ask) => {
            let phone =
                ask.keyed_phone.as_ref().map(|phone| format!(" for {phone}")).unwrap_or_default();
            format!(
                "to register {} in {}, {} {} ms{phone}",
                ask.category, ask.district, ask.recording, ask.recording_ms
            )
        }
        Question::Join(ask) => {
            let phone =
                ask.keyed_phone.as_ref().map(|phone| format!(" for {phone}")).unwrap_or_default();
            format!("to join incident {} at {} in {}{phone}", ask.incident, ask.place, ask.language)
        }
        Question::Status(number) => format!("status of {number}"),
        Question::Rounds { keyed: Some(number) } => format!("round of {number}"),
        Question::Rounds { keyed: None } => "rounds".into(),
        Question::RecordRound(outcome) => {
            let pressured = match outcome.pressured {
                Some(true) => " pressured",
                Some(false) => " unpressured",
                None => "",
            };
            let later = outcome.later.map_or(String::new(), |part| format!(" {part}"));
            format!(
                "outcome {} of {}{pressured}{later} {:?}",
                outcome.outcome, outcome.case, outcome.settles
            )
        }
        Question::TakeWords { case } => format!("words of {case}"),
        Question::RecordConduct { case, good, .. } => {
            format!("conduct {} of {case}", if *good { "good" } else { "bad" })
        }
        Question::Officer(question) => world::asked(question),
        Question::Wish(wanted) => {
            let said = |pressed| if pressed { " pressed" } else { " unpressed" };
            let pressed = wanted.pressed.map_or("", said);
            format!("to {} {}{pressed}", wanted.wish.as_str().to_lowercase(), wanted.case)
        }
        Question::CallBack(reason) => {
            format!("call back: {}", reason.as_str().to_lowercase().replace('_', " "))
        }
    }
}

pub(crate) fn closes(outcomes: &[RoundOutcome]) -> bool {
    outcomes.iter().any(|outcome| outcome.outcome == Outcome::Satisfied)
}
