//! The officers' own number (R27): who is known by registered mobile and PIN hears the cases of the own posts and reports on
//! them. Nothing is filed before it was confirmed by key, and nothing is called done before it is committed.

mod acting;
mod said;
pub mod talk;
#[cfg(test)]
mod transcripts;
#[cfg(test)]
pub(super) mod world;

pub use acting::REPORT_MS;

use super::{
    At, Clip, Speech,
    desk::{Desk, Event, Field, Keys, REPLY_MS},
    prompts,
    talk::{Question, Reply},
};
use crate::domain::{account::PIN_DIGITS, language::Language, number::CaseNumber, page::After};
use acting::{Acting, Went};
use said::{is_workable, listed, summary};
use talk::{DueCase, OfficerCase, OfficerQuestion, OfficerReply, Pin, SignedIn};

/// The language is nice to have: it is not waited for as long as other replies.
const LANGUAGE_MS: u32 = 1_000;
/// A PIN is compared slowly, so that nobody tries many.
const SIGN_IN_MS: u32 = 8_000;
const NUMBER_MOST: usize = 10;

#[derive(Debug)]
enum Step {
    Arriving,
    Language,
    Pin,
    AwaitSignIn,
    Number,
    AwaitCase {
        /// Just now: a refusal asks for the number again.
        keyed: bool,
    },
    Menu(OfficerCase),
    Acting(Acting),
    /// An act is over: what comes next with or after this case.
    Next(CaseNumber),
    AwaitDue(Option<After>),
    Due {
        /// Where this page began.
        after: Option<After>,
        next: Option<After>,
    },
    /// The last words are being said.
    Over,
}

#[derive(Debug)]
pub(crate) struct Officer {
    step: Step,
    greeted: bool,
    acts: u32,
}

impl Officer {
    pub(crate) fn new() -> Self {
        Self { step: Step::Arriving, greeted: false, acts: 0 }
    }

    pub(crate) fn on(&mut self, event: Event, desk: &mut Desk, at: At) {
        let step = std::mem::replace(&mut self.step, Step::Over);
        match (step, event) {
            (Step::Acting(mut acting), event) => {
                let went = acting.on(event, desk, at);
                self.went(went, acting, desk, at);
            }
            (_, Event::HungUp) | (Step::Over, _) => {}
            (Step::Arriving, Event::Started) => {
                self.step = Step::Arriving;
                desk.inquire(Question::Caller, LANGUAGE_MS, at);
            }
            (Step::Arriving, Event::Told(Reply::Caller(caller))) => {
                self.arrived(caller.language, desk, at);
            }
            (Step::Arriving, Event::Told(_) | Event::NoReply) => self.arrived(None, desk, at),
            (Step::Language, Event::Keyed(digits)) => {
                desk.language = if digits == "1" { Language::Hindi } else { Language::English };
                desk.tell(Question::RememberLanguage(desk.language));
                self.ask_pin(desk, at);
            }
            (Step::Pin, Event::Keyed(digits)) => {
                // What was pressed stays nowhere but in the question.
                drop(desk.take_evidence());
                self.step = Step::AwaitSignIn;
                ask(OfficerQuestion::SignIn(Pin(digits)), SIGN_IN_MS, desk, at);
            }
            (Step::AwaitSignIn, Event::Told(Reply::Officer(OfficerReply::SignedIn(signed_in)))) => {
                self.signed_in(signed_in, desk, at)
            }
            (Step::Number, Event::Keyed(digits)) => self.numbered(&digits, desk, at),
            (
                Step::AwaitCase { .. },
                Event::Told(Reply::Officer(OfficerReply::Case(Some(case)))),
            ) => self.menu(case, desk, at),
            // Not there and not the officer's are one answer, so that nobody counts cases by asking.
            (Step::AwaitCase { keyed }, Event::Told(Reply::Officer(OfficerReply::Case(None)))) => {
                let why = prompts::OFFICER_NOT_WITH_YOU;
                if keyed {
                    self.refuse_number(why, desk, at);
                } else {
                    self.ask_number(vec![Clip::fixed(why)], desk, at);
                }
            }
            (Step::Menu(case), Event::Keyed(digits)) => self.chosen(case, &digits, desk, at),
            (Step::Next(number), Event::Keyed(digits)) => match digits.as_str() {
                "4" => self.ask_due(None, desk, at),
                "9" => self.ask_number(Vec::new(), desk, at),
                _ => self.ask_case(number, false, desk, at),
            },
            (
                Step::AwaitDue(after),
                Event::Told(Reply::Officer(OfficerReply::Due { cases, next })),
            ) => self.due(&cases, after, next, desk, at),
            (Step::Due { after, next }, Event::Keyed(digits)) => match digits.as_str() {
                "1" => self.ask_due(next, desk, at),
                "9" => self.ask_number(Vec::new(), desk, at),
                _ => self.ask_due(after, desk, at),
            },
            (
                Step::AwaitSignIn | Step::AwaitCase { .. } | Step::AwaitDue(_),
                Event::Told(_) | Event::NoReply,
            ) => desk.finish(vec![Clip::fixed(prompts::OFFICER_TRY_LATER)], at),
            (Step::Pin, Event::GaveUp(_)) => {
                desk.finish(vec![Clip::fixed(prompts::OFFICER_HOW_TO)], at);
            }
            // Whoever signed in and says nothing more has what they wanted.
            (
                Step::Arriving
                | Step::Language
                | Step::AwaitSignIn
                | Step::Number
                | Step::AwaitCase { .. }
                | Step::Menu(_)
                | Step::Next(_)
                | Step::AwaitDue(_)
                | Step::Due { .. },
                Event::GaveUp(_),
            ) => goodbye(Vec::new(), desk, at),
            (
                step @ (Step::Arriving
                | Step::Language
                | Step::Pin
                | Step::AwaitSignIn
                | Step::Number
                | Step::AwaitCase { .. }
                | Step::Menu(_)
                | Step::Next(_)
                | Step::AwaitDue(_)
                | Step::Due { .. }),
                Event::Started
                | Event::Said
                | Event::Keyed(_)
                | Event::Recorded(_)
                | Event::Told(_)
                | Event::NoReply,
            ) => self.step = step,
        }
    }

    fn arrived(&mut self, language: Option<Language>, desk: &mut Desk, at: At) {
        if let Some(language) = language {
            desk.language = language;
            return self.ask_pin(desk, at);
        }
        self.greeted = true;
        let says = |language, key| Speech { language, clips: vec![Clip::fixed(key)] };
        let again = vec![
            says(Language::Hindi, prompts::LANGUAGE_CHOICE),
            says(Language::English, prompts::LANGUAGE_CHOICE),
        ];
        let mut prompt = again.clone();
        prompt.insert(0, says(Language::Hindi, prompts::OFFICER_WELCOME));
        self.step = Step::Language;
        let field = Field::menu(prompts::LANGUAGE_CHOICE, Keys::of("12"), prompt);
        desk.ask(field.then_shorter(again), at);
    }

    fn ask_pin(&mut self, desk: &mut Desk, at: At) {
        let again = desk.own(vec![Clip::fixed(prompts::OFFICER_ENTER_PIN)]);
        let mut prompt = again.clone();
        if !self.greeted {
            self.greeted = true;
            prompt[0].clips.insert(0, Clip::fixed(prompts::OFFICER_WELCOME));
        }
        self.step = Step::Pin;
        let field = Field::digits(prompts::OFFICER_ENTER_PIN, PIN_DIGITS, PIN_DIGITS, prompt);
        desk.ask(field.then_shorter(again), at);
    }

    fn signed_in(&mut self, signed_in: SignedIn, desk: &mut Desk, at: At) {
        match signed_in {
            SignedIn::Welcome => self.ask_number(Vec::new(), desk, at),
            SignedIn::Wrong => match desk.refuse(prompts::OFFICER_PIN_WRONG, at) {
                Some(_) => {
                    let said = [prompts::OFFICER_PIN_WRONG, prompts::OFFICER_HOW_TO];
                    desk.finish(said.map(Clip::fixed).to_vec(), at);
                }
                None => self.step = Step::Pin,
            },
            SignedIn::Locked => desk.finish(vec![Clip::fixed(prompts::OFFICER_PIN_LOCKED)], at),
            SignedIn::NoPost => desk.finish(vec![Clip::fixed(prompts::OFFICER_NO_POST)], at),
        }
    }

    fn ask_number(&mut self, mut first: Vec<Clip>, desk: &mut Desk, at: At) {
        let again = desk.own(vec![Clip::fixed(prompts::OFFICER_ENTER_NUMBER)]);
        first.push(Clip::fixed(prompts::OFFICER_ENTER_NUMBER));
        let prompt = desk.own(first);
        self.step = Step::Number;
        let field = Field::digits(prompts::OFFICER_ENTER_NUMBER, 0, NUMBER_MOST, prompt);
        desk.ask(field.then_shorter(again), at);
    }

    fn numbered(&mut self, digits: &str, desk: &mut Desk, at: At) {
        if digits.is_empty() {
            return self.ask_due(None, desk, at);
        }
        match CaseNumber::parse(digits) {
            Ok(number) => self.ask_case(number, true, desk, at),
            Err(_) => self.refuse_number(prompts::NO_SUCH_NUMBER, desk, at),
        }
    }

    fn refuse_number(&mut self, why: &'static str, desk: &mut Desk, at: At) {
        match desk.refuse(why, at) {
            Some(_) => goodbye(vec![Clip::fixed(why)], desk, at),
            None => self.step = Step::Number,
        }
    }

    fn ask_case(&mut self, number: CaseNumber, keyed: bool, desk: &mut Desk, at: At) {
        self.step = Step::AwaitCase { keyed };
        ask(OfficerQuestion::Case(number), REPLY_MS, desk, at);
    }

    fn menu(&mut self, case: OfficerCase, desk: &mut Desk, at: At) {
        let (menu, keys) = if is_workable(case.state) {
            (prompts::OFFICER_MENU, Keys::of("1234890"))
        } else {
            (prompts::OFFICER_MENU_SHORT, Keys::of("4890"))
        };
        let again = vec![
            Speech { language: desk.language, clips: vec![Clip::fixed(menu)] },
            Speech {
                language: other(desk.language),
                clips: vec![Clip::fixed(prompts::CHANGE_LANGUAGE)],
            },
        ];
        let mut prompt = again.clone();
        prompt[0].clips.splice(0..0, summary(&case));
        self.step = Step::Menu(case);
        desk.ask(Field::menu(menu, keys, prompt).then_shorter(again), at);
    }

    fn chosen(&mut self, case: OfficerCase, digits: &str, desk: &mut Desk, at: At) {
        match digits {
            "4" => self.ask_due(None, desk, at),
            "8" => {
                desk.language = other(desk.language);
                desk.tell(Question::RememberLanguage(desk.language));
                self.menu(case, desk, at);
            }
            "9" => self.ask_number(Vec::new(), desk, at),
            "0" => self.ask_case(case.number, false, desk, at),
            act => {
                self.acts += 1;
                self.step = Step::Acting(Acting::begin(case, self.acts, act, desk, at));
            }
        }
    }

    fn went(&mut self, went: Went, acting: Acting, desk: &mut Desk, at: At) {
        match went {
            Went::On => self.step = Step::Acting(acting),
            Went::Done(mut clips) => {
                clips.push(Clip::fixed(prompts::OFFICER_NEXT));
                let prompt = desk.own(clips);
                self.step = Step::Next(acting.case.number);
                let field = Field::menu(prompts::OFFICER_NEXT, Keys::of("490"), prompt);
                desk.ask(field.asked_once(), at);
            }
            Went::NotWithYou => {
                let first = [prompts::OFFICER_NOT_WITH_YOU, prompts::OFFICER_NOTHING];
                self.ask_number(first.map(Clip::fixed).to_vec(), desk, at);
            }
            Went::Goodbye(clips) => goodbye(clips, desk, at),
            Went::Gone => {}
        }
    }

    fn ask_due(&mut self, after: Option<After>, desk: &mut Desk, at: At) {
        self.step = Step::AwaitDue(after);
        ask(OfficerQuestion::Due { after }, REPLY_MS, desk, at);
    }

    fn due(
        &mut self,
        cases: &[DueCase],
        after: Option<After>,
        next: Option<After>,
        desk: &mut Desk,
        at: At,
    ) {
        if cases.is_empty() {
            return self.ask_number(vec![Clip::fixed(prompts::OFFICER_NO_DUE)], desk, at);
        }
        let mut clips = vec![Clip::fixed(prompts::OFFICER_DUE_CASES)];
        clips.extend(cases.iter().flat_map(listed));
        let mut keys = Keys::of("90");
        if next.is_some() {
            clips.push(Clip::fixed(prompts::OFFICER_DUE_MORE));
            keys = keys.and(Keys::of("1"));
        }
        clips.push(Clip::fixed(prompts::OFFICER_DUE_NEXT));
        let prompt = desk.own(clips);
        self.step = Step::Due { after, next };
        desk.ask(Field::menu(prompts::OFFICER_DUE_NEXT, keys, prompt), at);
    }
}

fn ask(question: OfficerQuestion, deadline_ms: u32, desk: &mut Desk, at: At) {
    desk.inquire(Question::Officer(question), deadline_ms, at);
}

fn goodbye(mut clips: Vec<Clip>, desk: &mut Desk, at: At) {
    clips.push(Clip::fixed(prompts::GOODBYE));
    desk.finish(clips, at);
}

fn other(language: Language) -> Language {
    match language {
        Language::Hindi => Language::English,
        Language::English => Language::Hindi,
    }
}
