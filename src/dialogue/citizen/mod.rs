//! The citizen's own call to 181: language, main menu, and the parts that the menu leads to. It never hangs up on silence.

#[cfg(test)]
mod answer_transcripts;
#[cfg(test)]
mod incident_transcripts;
#[cfg(test)]
mod menu_transcripts;
mod register;
#[cfg(test)]
mod register_transcripts;
mod status;
mod wish;
#[cfg(test)]
mod wish_transcripts;

pub use register::RECORDING_MS;

use super::{
    At, Clip, Speech,
    desk::{Desk, Event, Field, Keys, REPLY_MS},
    flow::{Leave, Progress},
    prompts,
    talk::{Caller, KnownIncident, Question, Reason, Reply, Rounds},
    verification::{Origin, Verification},
};
use crate::domain::{incident::SPOKEN_MAX, language::Language, number::CaseNumber};
use register::{Register, refused};
use status::{NUMBER_MOST, Status};

/// What is known of the caller at the start is nice to have: it is not waited for as long as other replies.
const CALLER_MS: u32 = 1_000;
/// The keys of the known outages, none of which is the menu's own: who always presses the same key gets what they always got.
const JOIN_KEYS: [(&str, &str); SPOKEN_MAX] =
    [("5", prompts::INCIDENT_JOIN_FIVE), ("6", prompts::INCIDENT_JOIN_SIX)];

#[derive(Debug)]
enum Step {
    Arriving,
    Language,
    Menu,
    Registering(Register),
    Status(Status),
    RoundNumber,
    AwaitRounds {
        keyed: Option<CaseNumber>,
    },
    Verifying(Verification),
    Served,
    /// The last words are being said.
    Over,
}

#[derive(Debug)]
pub(crate) struct Citizen {
    number_known: bool,
    /// Whoever asks for a person is handed over to one.
    pub(crate) persons: bool,
    /// Comes back to the queue: nothing is asked again.
    pub(crate) waited: bool,
    caller: Caller,
    step: Step,
    greeted: bool,
    /// The language in which the known outages were said; they have keys in the menu that says them.
    told_in: Option<Language>,
}

impl Citizen {
    pub(crate) fn new(number_known: bool) -> Self {
        Self {
            number_known,
            persons: false,
            waited: false,
            caller: Caller::default(),
            step: Step::Arriving,
            greeted: false,
            told_in: None,
        }
    }

    pub(crate) fn on(&mut self, event: Event, desk: &mut Desk, at: At) {
        let step = std::mem::replace(&mut self.step, Step::Over);
        match (step, event) {
            (Step::Registering(mut register), event) => {
                let progress = register.on(event, desk, at);
                self.went(progress, Step::Registering(register), desk, at);
            }
            (Step::Status(mut status), event) => {
                let progress = status.on(event, desk, at);
                self.went(progress, Step::Status(status), desk, at);
            }
            (Step::Verifying(mut verification), event) => {
                let progress = verification.on(event, desk, at);
                self.went(progress, Step::Verifying(verification), desk, at);
            }
            (_, Event::HungUp) | (Step::Over, _) => {}
            (Step::Arriving, Event::Started) if self.waited => desk.hand_over(Reason::Asked),
            (Step::Arriving, Event::Started) => {
                self.step = Step::Arriving;
                desk.inquire(Question::Caller, CALLER_MS, at);
            }
            (Step::Arriving, Event::Told(Reply::Caller(caller))) => {
                self.caller = caller;
                self.arrived(desk, at);
            }
            (Step::Arriving, Event::Told(_) | Event::NoReply) => self.arrived(desk, at),
            (Step::Language, Event::Keyed(digits)) => {
                desk.language = if digits == "1" { Language::Hindi } else { Language::English };
                desk.tell(Question::RememberLanguage(desk.language));
                self.menu(Vec::new(), desk, at);
            }
            (Step::Menu, Event::Keyed(digits)) => self.chosen(&digits, desk, at),
            (Step::RoundNumber, Event::Keyed(digits)) => self.round_number(&digits, desk, at),
            (Step::AwaitRounds { keyed }, Event::Told(Reply::Rounds(rounds))) => {
                self.rounds(keyed, rounds, desk, at);
            }
            (Step::AwaitRounds { .. }, Event::Told(_) | Event::NoReply) => {
                self.operator(Reason::NoReply, desk, at);
            }
            (Step::Served, Event::Keyed(_)) => self.menu(Vec::new(), desk, at),
            // Somebody who has what they wanted and says nothing more has not been left alone.
            (Step::Served, Event::GaveUp(Reason::NoInput)) => {
                desk.finish(vec![Clip::fixed(prompts::GOODBYE)], at);
            }
            (
                Step::Arriving
                | Step::Language
                | Step::Menu
                | Step::RoundNumber
                | Step::AwaitRounds { .. }
                | Step::Served,
                Event::GaveUp(reason),
            ) => {
                self.operator(reason, desk, at);
            }
            (
                step @ (Step::Arriving
                | Step::Language
                | Step::Menu
                | Step::RoundNumber
                | Step::AwaitRounds { .. }
                | Step::Served),
                Event::Started
                | Event::Said
                | Event::Keyed(_)
                | Event::Recorded(_)
                | Event::Told(_)
                | Event::NoReply,
            ) => self.step = step,
        }
    }

    fn arrived(&mut self, desk: &mut Desk, at: At) {
        if let Some(language) = self.caller.language {
            desk.language = language;
            return self.menu(Vec::new(), desk, at);
        }
        self.greeted = true;
        let choice =
            |language| Speech { language, clips: vec![Clip::fixed(prompts::LANGUAGE_CHOICE)] };
        let again = vec![choice(Language::Hindi), choice(Language::English)];
        let mut prompt = again.clone();
        prompt.insert(
            0,
            Speech { language: Language::Hindi, clips: vec![Clip::fixed(prompts::WELCOME)] },
        );
        self.step = Step::Language;
        desk.ask(
            Field::menu(prompts::LANGUAGE_CHOICE, Keys::of("12"), prompt).then_shorter(again),
            at,
        );
    }

    fn menu(&mut self, mut first: Vec<Clip>, desk: &mut Desk, at: At) {
        if !self.greeted {
            self.greeted = true;
            first.push(Clip::fixed(prompts::WELCOME));
        }
        let told = self.told(desk);
        let joins = if told.is_empty() { 0 } else { self.caller.incidents.len() };
        if self.caller.open_round {
            first.push(Clip::fixed(prompts::OPEN_ROUND_OFFER));
        }
        let other = match desk.language {
            Language::Hindi => Language::English,
            Language::English => Language::Hindi,
        };
        let mut menu = told;
        menu.push(Clip::fixed(prompts::MAIN_MENU));
        let again = vec![
            Speech { language: desk.language, clips: menu },
            Speech { language: other, clips: vec![Clip::fixed(prompts::CHANGE_LANGUAGE)] },
        ];
        let mut prompt = again.clone();
        if !first.is_empty() {
            prompt.insert(0, Speech { language: desk.language, clips: first });
        }
        let keys = JOIN_KEYS
            .iter()
            .take(joins)
            .fold(Keys::of("12389"), |keys, (key, _)| keys.and(Keys::of(key)));
        self.step = Step::Menu;
        desk.ask(Field::menu(prompts::MAIN_MENU, keys, prompt).then_shorter(again), at);
    }

    /// The known outages with their keys, once in each language.
    fn told(&mut self, desk: &Desk) -> Vec<Clip> {
        if self.told_in.replace(desk.language) == Some(desk.language) {
            return Vec::new();
        }
        let told = |(incident, (_, prompt)): (&KnownIncident, &(&str, &'static str))| {
            let mut clips = incident.said.clone();
            clips.push(Clip::fixed(prompt));
            clips
        };
        self.caller.incidents.iter().zip(&JOIN_KEYS).flat_map(told).collect()
    }

    fn register(&mut self, incident: Option<KnownIncident>, desk: &mut Desk, at: At) {
        let register = Register::begin(self.number_known, &self.caller, incident, desk, at);
        self.step = Step::Registering(register);
    }

    fn chosen(&mut self, digits: &str, desk: &mut Desk, at: At) {
        if let Some(n) = JOIN_KEYS.iter().position(|(key, _)| *key == digits) {
            let incident = self.caller.incidents.get(n).cloned();
            return self.register(incident, desk, at);
        }
        match digits {
            "1" => self.register(None, desk, at),
            "2" => self.step = Step::Status(Status::begin(desk, at)),
            "3" => {
                let speech = desk.own(vec![Clip::fixed(prompts::ENTER_ROUND_NUMBER)]);
                self.step = Step::RoundNumber;
                desk.ask(Field::digits(prompts::ENTER_ROUND_NUMBER, 0, NUMBER_MOST, speech), at);
            }
            "8" => {
                desk.language = match desk.language {
                    Language::Hindi => Language::English,
                    Language::English => Language::Hindi,
                };
                desk.tell(Question::RememberLanguage(desk.language));
                self.menu(Vec::new(), desk, at);
            }
            _ => self.operator(Reason::Asked, desk, at),
        }
    }

    fn round_number(&mut self, digits: &str, desk: &mut Desk, at: At) {
        let keyed = match digits {
            "" => None,
            digits => match CaseNumber::parse(digits) {
                Ok(number) => Some(number),
                Err(_) => return self.refuse_round_number(desk, at),
            },
        };
        self.step = Step::AwaitRounds { keyed };
        desk.inquire(Question::Rounds { keyed }, REPLY_MS, at);
    }

    fn rounds(&mut self, keyed: Option<CaseNumber>, rounds: Rounds, desk: &mut Desk, at: At) {
        match (rounds, keyed) {
            (Rounds::Open { rounds, proven }, _) => {
                let origin = Origin::Inbound { proven: proven && keyed.is_some() };
                let mut verification = Verification::new(origin, rounds);
                let progress = verification.begin(desk, at);
                self.went(progress, Step::Verifying(verification), desk, at);
            }
            (Rounds::OtherPhone, Some(number)) => {
                let first = vec![Clip::fixed(prompts::ONLY_STATUS_OTHER_PHONE)];
                self.step = Step::Status(Status::of(number, first, desk, at));
            }
            (Rounds::NoSuchCase, Some(_)) => self.refuse_round_number(desk, at),
            (Rounds::NoneOpen, Some(number)) => {
                let first = vec![Clip::fixed(prompts::NO_OPEN_ROUND)];
                self.step = Step::Status(Status::of(number, first, desk, at));
            }
            (Rounds::NoneOpen | Rounds::OtherPhone | Rounds::NoSuchCase, None) => {
                self.caller.open_round = false;
                self.menu(vec![Clip::fixed(prompts::NO_OPEN_ROUND)], desk, at);
            }
        }
    }

    fn refuse_round_number(&mut self, desk: &mut Desk, at: At) {
        let progress = refused(desk.refuse(prompts::NO_SUCH_NUMBER, at));
        self.went(progress, Step::RoundNumber, desk, at);
    }

    fn went(&mut self, progress: Progress, step: Step, desk: &mut Desk, at: At) {
        match progress {
            Progress::Going => self.step = step,
            Progress::Left(Leave::Menu(first)) => {
                self.caller.open_round = false;
                self.menu(first, desk, at);
            }
            Progress::Left(Leave::Served(mut clips)) => {
                clips.push(Clip::fixed(prompts::ANYTHING_ELSE));
                let speech = desk.own(clips);
                self.step = Step::Served;
                desk.ask(
                    Field::menu(prompts::ANYTHING_ELSE, Keys::of("1"), speech).asked_once(),
                    at,
                );
            }
            Progress::Left(Leave::Operator(reason)) => self.operator(reason, desk, at),
            Progress::Left(Leave::Caller { case, round }) => desk.hand_to_caller(case, round),
            Progress::Left(Leave::Goodbye(mut clips)) => {
                clips.push(Clip::fixed(prompts::GOODBYE));
                desk.finish(clips, at);
            }
            Progress::Left(Leave::Back) => self.menu(Vec::new(), desk, at),
            Progress::Left(Leave::Gone) => {}
        }
    }

    fn operator(&mut self, reason: Reason, desk: &mut Desk, at: At) {
        if self.persons {
            return desk.hand_over(reason);
        }
        desk.tell(Question::CallBack(reason));
        let said =
            if self.number_known { prompts::OPERATOR_MESSAGE } else { prompts::OPERATOR_NO_NUMBER };
        desk.finish(vec![Clip::fixed(said)], at);
    }
}
