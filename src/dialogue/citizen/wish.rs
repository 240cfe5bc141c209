//! What a citizen wants of the own complaint, behind its status: read back, confirmed, and for a withdrawal asked about
//! pressure. Who proves nothing by the line is rung back, and that call settles it.

use crate::{
    dialogue::{
        At, Clip,
        desk::{Desk, Event, Field, Keys, REPLY_MS},
        flow::{Leave, Progress},
        prompts,
        talk::{Granted, Question, Reply, Wanted},
    },
    domain::{case::desk::wish::Wish, number::CaseNumber},
};

#[derive(Debug, Clone, Copy)]
enum Step {
    /// What is wanted is being read back.
    ReadBack,
    Confirm,
    Pressure,
    Granting,
    Over,
}

#[derive(Debug)]
pub(crate) struct Wishing {
    case: CaseNumber,
    wish: Wish,
    /// The number that calls is believed: it settles here.
    proven: bool,
    step: Step,
}

impl Wishing {
    pub(crate) fn begin(
        case: CaseNumber,
        wish: Wish,
        proven: bool,
        desk: &mut Desk,
        at: At,
    ) -> Self {
        desk.take_evidence();
        desk.state(vec![Clip::fixed(read(wish))], at);
        Self { case, wish, proven, step: Step::ReadBack }
    }

    pub(crate) fn on(&mut self, event: Event, desk: &mut Desk, at: At) -> Progress {
        match (self.step, event) {
            (Step::ReadBack, Event::Said) => {
                self.step = Step::Confirm;
                ask(prompts::WISH_CONFIRM, desk, at)
            }
            (Step::Confirm, Event::Keyed(digits)) if digits == "1" => match self.wish {
                // The call that settles it asks about pressure.
                Wish::Withdraw if self.proven => {
                    self.step = Step::Pressure;
                    ask(prompts::VERIFY_PRESSURE, desk, at)
                }
                Wish::Withdraw
                | Wish::Reopen
                | Wish::AskReopen
                | Wish::DemandRound
                | Wish::Unmerge => self.want(None, desk, at),
            },
            (Step::Confirm, Event::Keyed(_)) => {
                self.leave(Leave::Served(vec![Clip::fixed(prompts::WISH_KEPT)]))
            }
            (Step::Pressure, Event::Keyed(digits)) => self.want(Some(digits == "1"), desk, at),
            (Step::Granting, Event::Told(Reply::Granted(granted))) => {
                let leave = self.granted(granted);
                self.leave(leave)
            }
            // It is kept all the same, and done when the helpline can.
            (Step::Granting, Event::Told(_) | Event::NoReply) => {
                self.leave(Leave::Goodbye(vec![Clip::fixed(prompts::VERIFY_THANKS)]))
            }
            (_, Event::GaveUp(reason)) => self.leave(Leave::Operator(reason)),
            (_, Event::HungUp) => self.leave(Leave::Gone),
            (
                Step::ReadBack | Step::Confirm | Step::Pressure | Step::Granting | Step::Over,
                Event::Started
                | Event::Said
                | Event::Keyed(_)
                | Event::Recorded(_)
                | Event::Told(_)
                | Event::NoReply,
            ) => Progress::Going,
        }
    }

    fn want(&mut self, pressed: Option<bool>, desk: &mut Desk, at: At) -> Progress {
        self.step = Step::Granting;
        let evidence = desk.take_evidence();
        let wanted = Wanted { case: self.case, wish: self.wish, pressed, evidence };
        desk.inquire(Question::Wish(wanted), REPLY_MS, at);
        Progress::Going
    }

    fn granted(&self, granted: Granted) -> Leave {
        let said = match (granted, self.wish) {
            (Granted::RingBack, _) => {
                return Leave::Goodbye(vec![Clip::fixed(prompts::WILL_RING_BACK)]);
            }
            (Granted::NotPossible, _) => prompts::WISH_NOT_POSSIBLE,
            (Granted::Flagged, _) => prompts::VERIFY_PRESSURE_NOTED,
            (Granted::Done, Wish::Withdraw) => prompts::STATUS_WITHDRAWN,
            (Granted::Done, Wish::Reopen) => prompts::WISH_REOPENED,
            (Granted::Done, Wish::AskReopen) => prompts::WISH_REOPENING_ASKED,
            (Granted::Done, Wish::DemandRound) => prompts::WISH_DEMANDED,
            (Granted::Done, Wish::Unmerge) => prompts::WISH_UNMERGED,
        };
        Leave::Served(vec![Clip::fixed(said)])
    }

    fn leave(&mut self, leave: Leave) -> Progress {
        self.step = Step::Over;
        Progress::Left(leave)
    }
}

fn ask(question: &'static str, desk: &mut Desk, at: At) -> Progress {
    let speech = desk.own(vec![Clip::fixed(question)]);
    desk.ask(Field::weighty(question, Keys::of("12"), speech), at);
    Progress::Going
}

/// The key that stands for it behind the status, and what offers it.
pub(super) fn offer(wish: Wish) -> (char, &'static str) {
    match wish {
        Wish::Withdraw => ('4', prompts::WISH_WITHDRAW_OFFER),
        Wish::Reopen | Wish::AskReopen => ('5', prompts::WISH_REOPEN_OFFER),
        Wish::DemandRound => ('6', prompts::WISH_DEMAND_OFFER),
        Wish::Unmerge => ('7', prompts::WISH_UNMERGE_OFFER),
    }
}

fn read(wish: Wish) -> &'static str {
    match wish {
        Wish::Withdraw => prompts::WISH_WITHDRAW,
        Wish::Reopen | Wish::AskReopen => prompts::WISH_REOPEN,
        Wish::DemandRound => prompts::WISH_DEMAND,
        Wish::Unmerge => prompts::WISH_UNMERGE,
    }
}
