//! Where a case stands, told by its number, and what its citizen may want of it then.

use super::{
    register::refused,
    wish::{Wishing, offer},
};
use crate::{
    dialogue::{
        At, Clip,
        desk::{Desk, Event, Field, Keys, REPLY_MS},
        flow::{Leave, Progress},
        prompts,
        spoken::{amount, case_number},
        talk::{CaseStatus, Due, Question, Reason, Reply},
    },
    domain::{case::State, number::CaseNumber},
};

pub(crate) const NUMBER_LEAST: usize = 8;
pub(crate) const NUMBER_MOST: usize = 10;

#[derive(Debug)]
enum Step {
    Number,
    AwaitStatus(CaseNumber),
    /// The status is told, with what may be wanted.
    Offered {
        number: CaseNumber,
        status: CaseStatus,
    },
    Wishing(Wishing),
    Over,
}

#[derive(Debug)]
pub(crate) struct Status {
    step: Step,
    /// Said before the status.
    first: Vec<Clip>,
}

impl Status {
    pub(crate) fn begin(desk: &mut Desk, at: At) -> Self {
        let speech = desk.own(vec![Clip::fixed(prompts::ENTER_NUMBER)]);
        desk.ask(Field::digits(prompts::ENTER_NUMBER, NUMBER_LEAST, NUMBER_MOST, speech), at);
        Self { step: Step::Number, first: Vec::new() }
    }

    /// The number is known already; `first` is said before its status.
    pub(crate) fn of(number: CaseNumber, first: Vec<Clip>, desk: &mut Desk, at: At) -> Self {
        desk.inquire(Question::Status(number), REPLY_MS, at);
        Self { step: Step::AwaitStatus(number), first }
    }

    pub(crate) fn on(&mut self, event: Event, desk: &mut Desk, at: At) -> Progress {
        let step = std::mem::replace(&mut self.step, Step::Over);
        match (step, event) {
            (Step::Number, Event::Keyed(digits)) => {
                let Ok(number) = CaseNumber::parse(&digits) else {
                    self.step = Step::Number;
                    return refused(desk.refuse(prompts::NO_SUCH_NUMBER, at));
                };
                self.step = Step::AwaitStatus(number);
                desk.inquire(Question::Status(number), REPLY_MS, at);
                Progress::Going
            }
            (Step::AwaitStatus(number), Event::Told(Reply::Status(Some(status)))) => {
                let mut clips = std::mem::take(&mut self.first);
                clips.extend(told(number, &status));
                if status.offers.is_empty() {
                    return Progress::Left(Leave::Served(clips));
                }
                self.offer(number, status, clips, desk, at);
                Progress::Going
            }
            (Step::Offered { number, status }, Event::Keyed(digits)) => {
                let chosen = status.offers.iter().find(|wish| digits.starts_with(offer(**wish).0));
                let Some(wish) = chosen else { return Progress::Left(Leave::Back) };
                let wishing = Wishing::begin(number, *wish, status.proven, desk, at);
                self.step = Step::Wishing(wishing);
                Progress::Going
            }
            // Somebody who has heard the status and says nothing more has not been left alone.
            (Step::Offered { .. }, Event::GaveUp(Reason::NoInput)) => {
                Progress::Left(Leave::Goodbye(Vec::new()))
            }
            (Step::Wishing(mut wishing), event) => {
                let progress = wishing.on(event, desk, at);
                self.step = Step::Wishing(wishing);
                progress
            }
            (Step::AwaitStatus(_), Event::Told(Reply::Status(None))) => {
                self.step = Step::Number;
                refused(desk.refuse(prompts::NO_SUCH_NUMBER, at))
            }
            (_, Event::GaveUp(reason)) => Progress::Left(Leave::Operator(reason)),
            (Step::AwaitStatus(_), Event::NoReply | Event::Told(_)) => {
                Progress::Left(Leave::Operator(Reason::NoReply))
            }
            (_, Event::HungUp) => Progress::Left(Leave::Gone),
            (
                step,
                Event::Started
                | Event::Said
                | Event::Keyed(_)
                | Event::Recorded(_)
                | Event::Told(_)
                | Event::NoReply,
            ) => {
                self.step = step;
                Progress::Going
            }
        }
    }

    fn offer(
        &mut self,
        number: CaseNumber,
        status: CaseStatus,
        told: Vec<Clip>,
        desk: &mut Desk,
        at: At,
    ) {
        let offers = status.offers.iter().map(|wish| offer(*wish));
        let keys: String = std::iter::once('1').chain(offers.clone().map(|(key, _)| key)).collect();
        let mut again: Vec<Clip> = offers.map(|(_, prompt)| Clip::fixed(prompt)).collect();
        again.push(Clip::fixed(prompts::ANYTHING_ELSE));
        let speech = desk.own(told.into_iter().chain(again.clone()).collect());
        let shorter = desk.own(again);
        desk.ask(
            Field::menu(prompts::ANYTHING_ELSE, Keys::of(&keys), speech)
                .then_shorter(shorter)
                .asked_once(),
            at,
        );
        self.step = Step::Offered { number, status };
    }
}

fn told(number: CaseNumber, status: &CaseStatus) -> Vec<Clip> {
    let mut clips = vec![Clip::fixed(prompts::COMPLAINT_NUMBER)];
    clips.extend(case_number(number));
    clips.push(Clip::fixed(prompts::PAUSE));
    clips.push(Clip::fixed(state(status.state)));
    if let Some(level) = status.level {
        clips.push(Clip::fixed(prompts::AT_LEVEL));
        clips.extend(amount(u64::from(level.0)));
    }
    if !status.officers.is_empty() {
        clips.push(Clip::fixed(prompts::WITH_OFFICER));
        clips.extend(status.officers.iter().cloned());
    }
    match status.due {
        None => {}
        Some(Due::Over) => clips.push(Clip::fixed(prompts::OVERDUE)),
        Some(Due::Today | Due::InDays(0)) => clips.push(Clip::fixed(prompts::DUE_TODAY)),
        Some(Due::InDays(1)) => clips.push(Clip::fixed(prompts::DAY_LEFT)),
        Some(Due::InDays(days)) => {
            clips.extend(amount(u64::from(days)));
            clips.push(Clip::fixed(prompts::DAYS_LEFT));
        }
    }
    clips
}

fn state(state: State) -> &'static str {
    match state {
        State::Unrouted => prompts::STATUS_UNROUTED,
        State::WithOfficer => prompts::STATUS_WITH_OFFICER,
        State::AwaitingVerification => prompts::STATUS_AWAITING_VERIFICATION,
        State::PartiallyClosed => prompts::STATUS_PARTIALLY_CLOSED,
        State::SpecialCloseProposed => prompts::STATUS_SPECIAL_CLOSE_PROPOSED,
        State::Unverified => prompts::STATUS_UNVERIFIED,
        State::ClosedSatisfied => prompts::STATUS_CLOSED_SATISFIED,
        State::ClosedSpecial => prompts::STATUS_CLOSED_SPECIAL,
        State::ClosedForced => prompts::STATUS_CLOSED_FORCED,
        State::Withdrawn => prompts::STATUS_WITHDRAWN,
        State::Merged => prompts::STATUS_MERGED,
        State::Forwarded => prompts::STATUS_FORWARDED,
    }
}
