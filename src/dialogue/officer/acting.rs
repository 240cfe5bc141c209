//! One act on one case: spoken or keyed, read back, confirmed, and told only once it is committed.

use super::{
    said::date,
    talk::{Done, OfficerAct, OfficerCase, OfficerQuestion, OfficerReply, What},
};
use crate::dialogue::{
    At, Clip, Recorded,
    desk::{Desk, Event, Field, Keys},
    prompts,
    spoken::amount,
    talk::{Question, Reply},
};

/// The longest report or note.
pub const REPORT_MS: u32 = 120_000;
/// Anything shorter says nothing.
const REPORT_LEAST_MS: u32 = 2_000;
const RECORDINGS_MAX: u8 = 3;
/// How often one act may be spoken or keyed again.
const CHANGES_MAX: u8 = 5;
/// How often an act that was not answered is asked for.
const ASKED_MAX: u8 = 3;
/// An act is committed by then, or it is told that this is not known: longer than what only reads.
const ACT_MS: u32 = 8_000;
const DAYS_DIGITS: usize = 2;

/// What a recording is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spoken {
    Report,
    Note,
}

#[derive(Debug)]
enum Step {
    Recording(Spoken),
    ConfirmSpoken(Spoken, Recorded),
    ContactChoice,
    Days,
    ConfirmDays(u32),
    Awaiting(What),
    NotConfirmed(What),
    Over,
}

/// How an act goes on.
#[derive(Debug)]
pub(super) enum Went {
    On,
    /// Say this, and offer what comes next.
    Done(Vec<Clip>),
    /// The case is not this officer's any more.
    NotWithYou,
    /// Say this and end.
    Goodbye(Vec<Clip>),
    Gone,
}

#[derive(Debug)]
pub(super) struct Acting {
    pub(super) case: OfficerCase,
    /// Which act of the call it is.
    number: u32,
    step: Step,
    too_short: u8,
    changes: u8,
    asked: u8,
}

impl Acting {
    /// `key` is one of those that the menu offers for acts: 1, 2 or 3.
    pub(super) fn begin(
        case: OfficerCase,
        number: u32,
        key: &str,
        desk: &mut Desk,
        at: At,
    ) -> Self {
        let mut acting =
            Self { case, number, step: Step::Over, too_short: 0, changes: 0, asked: 0 };
        match key {
            "1" => acting.record(Spoken::Report, Vec::new(), desk, at),
            "2" => acting.ask_contact(desk, at),
            _ => acting.ask_days(Vec::new(), desk, at),
        }
        acting
    }

    pub(super) fn on(&mut self, event: Event, desk: &mut Desk, at: At) -> Went {
        let step = std::mem::replace(&mut self.step, Step::Over);
        match (step, event) {
            (_, Event::HungUp) | (Step::Over, _) => Went::Gone,
            (Step::Recording(what), Event::Recorded(recorded)) => {
                self.recorded(what, recorded, desk, at)
            }
            (Step::ConfirmSpoken(spoken, recorded), Event::Keyed(digits)) if digits == "1" => {
                let (recording, recording_ms) = (recorded.reference, recorded.duration_ms);
                let what = match spoken {
                    Spoken::Report => What::Resolved { recording, recording_ms },
                    Spoken::Note => What::Contacted { note: Some((recording, recording_ms)) },
                };
                self.file(what, desk, at)
            }
            (Step::ConfirmSpoken(spoken, _), Event::Keyed(_)) => {
                self.changed(desk, |acting, desk| acting.record(spoken, Vec::new(), desk, at))
            }
            (Step::ContactChoice, Event::Keyed(digits)) if digits == "1" => {
                self.file(What::Contacted { note: None }, desk, at)
            }
            (Step::ContactChoice, Event::Keyed(_)) => {
                self.record(Spoken::Note, Vec::new(), desk, at);
                Went::On
            }
            (Step::Days, Event::Keyed(digits)) => match digits.parse() {
                Ok(days @ 1..) => {
                    self.confirm_days(days, desk, at);
                    Went::On
                }
                _ => {
                    self.step = Step::Days;
                    match desk.refuse(prompts::WRONG_INPUT, at) {
                        Some(_) => nothing_recorded(),
                        None => Went::On,
                    }
                }
            },
            (Step::ConfirmDays(days), Event::Keyed(digits)) if digits == "1" => {
                self.file(What::NeedsDays(days), desk, at)
            }
            (Step::ConfirmDays(_), Event::Keyed(_)) => {
                self.changed(desk, |acting, desk| acting.ask_days(Vec::new(), desk, at))
            }
            (Step::Awaiting(_), Event::Told(Reply::Officer(OfficerReply::Done(done)))) => {
                self.told(done, desk, at)
            }
            (Step::Awaiting(what), Event::Told(_) | Event::NoReply) => {
                self.not_confirmed(what, desk, at)
            }
            (Step::NotConfirmed(what), Event::Keyed(_)) => self.file(what, desk, at),
            // Whether it was recorded is open, so nothing is said about it.
            (Step::NotConfirmed(_), Event::GaveUp(_)) => Went::Goodbye(Vec::new()),
            (
                Step::Recording(_)
                | Step::ConfirmSpoken(..)
                | Step::ContactChoice
                | Step::Days
                | Step::ConfirmDays(_),
                Event::GaveUp(_),
            ) => nothing_recorded(),
            (
                step @ (Step::Recording(_)
                | Step::ConfirmSpoken(..)
                | Step::ContactChoice
                | Step::Days
                | Step::ConfirmDays(_)
                | Step::Awaiting(_)
                | Step::NotConfirmed(_)),
                Event::Started
                | Event::Said
                | Event::Recorded(_)
                | Event::Told(_)
                | Event::NoReply
                | Event::GaveUp(_)
                | Event::Keyed(_),
            ) => {
                self.step = step;
                Went::On
            }
        }
    }

    fn record(&mut self, spoken: Spoken, mut first: Vec<Clip>, desk: &mut Desk, at: At) {
        let invitation = match spoken {
            Spoken::Report => prompts::OFFICER_SAY_REPORT,
            Spoken::Note => prompts::OFFICER_SAY_NOTE,
        };
        first.extend([Clip::fixed(invitation), Clip::fixed(prompts::BEEP)]);
        self.step = Step::Recording(spoken);
        desk.record(first, REPORT_MS, at);
    }

    fn recorded(&mut self, spoken: Spoken, recorded: Recorded, desk: &mut Desk, at: At) -> Went {
        if recorded.duration_ms < REPORT_LEAST_MS {
            self.too_short += 1;
            if self.too_short >= RECORDINGS_MAX {
                return nothing_recorded();
            }
            self.record(spoken, vec![Clip::fixed(prompts::RECORDING_TOO_SHORT)], desk, at);
            return Went::On;
        }
        let confirm = match spoken {
            Spoken::Report => prompts::OFFICER_CONFIRM_REPORT,
            Spoken::Note => prompts::OFFICER_CONFIRM_NOTE,
        };
        let mut clips = vec![Clip::fixed(prompts::OFFICER_RECORDED)];
        clips.extend(amount(u64::from(recorded.duration_ms / 1_000)));
        clips.extend([Clip::fixed(prompts::OFFICER_SECONDS), Clip::fixed(confirm)]);
        let speech = desk.own(clips);
        self.step = Step::ConfirmSpoken(spoken, recorded);
        desk.ask(Field::weighty(confirm, Keys::of("12"), speech), at);
        Went::On
    }

    fn ask_contact(&mut self, desk: &mut Desk, at: At) {
        let speech = desk.own(vec![Clip::fixed(prompts::OFFICER_CONTACT_CHOICE)]);
        self.step = Step::ContactChoice;
        desk.ask(Field::weighty(prompts::OFFICER_CONTACT_CHOICE, Keys::of("12"), speech), at);
    }

    fn ask_days(&mut self, mut first: Vec<Clip>, desk: &mut Desk, at: At) {
        first.push(Clip::fixed(prompts::OFFICER_ENTER_DAYS));
        let speech = desk.own(first);
        self.step = Step::Days;
        desk.ask(Field::digits(prompts::OFFICER_ENTER_DAYS, 1, DAYS_DIGITS, speech), at);
    }

    fn confirm_days(&mut self, days: u32, desk: &mut Desk, at: At) {
        let mut clips = vec![Clip::fixed(prompts::OFFICER_DAYS_KEYED)];
        clips.extend(amount(u64::from(days)));
        clips.extend([Clip::fixed(prompts::PAUSE), Clip::fixed(prompts::OFFICER_CONFIRM_DAYS)]);
        let speech = desk.own(clips);
        self.step = Step::ConfirmDays(days);
        desk.ask(Field::weighty(prompts::OFFICER_CONFIRM_DAYS, Keys::of("12"), speech), at);
    }

    /// The officer speaks or keys it again, but not for ever.
    fn changed(&mut self, desk: &mut Desk, again: impl FnOnce(&mut Self, &mut Desk)) -> Went {
        self.changes += 1;
        if self.changes >= CHANGES_MAX {
            return nothing_recorded();
        }
        again(self, desk);
        Went::On
    }

    fn file(&mut self, what: What, desk: &mut Desk, at: At) -> Went {
        self.asked += 1;
        let act = OfficerAct { case: self.case.number, step: self.number, what: what.clone() };
        self.step = Step::Awaiting(what);
        desk.inquire(Question::Officer(OfficerQuestion::Act(act)), ACT_MS, at);
        Went::On
    }

    fn told(&mut self, done: Done, desk: &mut Desk, at: At) -> Went {
        Went::Done(match done {
            Done::Resolved => vec![Clip::fixed(prompts::OFFICER_RESOLVED)],
            Done::Contacted => vec![Clip::fixed(prompts::OFFICER_CONTACTED)],
            Done::Target(day) => {
                let mut clips = vec![Clip::fixed(prompts::OFFICER_TARGET_SET)];
                clips.extend(date(day));
                clips.push(Clip::fixed(prompts::OFFICER_LIMIT_STAYS));
                clips
            }
            Done::BeyondDue => {
                let why = vec![Clip::fixed(prompts::OFFICER_BEYOND_DUE)];
                return self.changed(desk, |acting, desk| acting.ask_days(why, desk, at));
            }
            Done::Refused => vec![Clip::fixed(prompts::OFFICER_REFUSED)],
            Done::NotWithYou => return Went::NotWithYou,
        })
    }

    fn not_confirmed(&mut self, what: What, desk: &mut Desk, at: At) -> Went {
        if self.asked >= ASKED_MAX {
            return Went::Goodbye(vec![Clip::fixed(prompts::OFFICER_UNKNOWN)]);
        }
        let speech = desk.own(vec![Clip::fixed(prompts::OFFICER_NOT_CONFIRMED)]);
        self.step = Step::NotConfirmed(what);
        let field = Field::weighty(prompts::OFFICER_NOT_CONFIRMED, Keys::of("1"), speech);
        desk.ask(field.asked_once(), at);
        Went::On
    }
}

fn nothing_recorded() -> Went {
    Went::Goodbye(vec![Clip::fixed(prompts::OFFICER_NOTHING)])
}
