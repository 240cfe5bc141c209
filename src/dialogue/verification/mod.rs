//! The verification of resolutions by the citizen's own keys (rule book 1.4); 1, 1, 1, 2 closes and nothing else does. The
//! courtesy call and the call that a citizen was promised go the same way, with the questions of their topic.

#[cfg(test)]
mod more_transcripts;
#[cfg(test)]
mod sequences;
mod step;
mod topic;
#[cfg(test)]
mod topic_transcripts;
#[cfg(test)]
mod transcripts;

use super::{
    At, Clip,
    desk::{Desk, Event, Field, Keys, REPLY_MS},
    flow::{Leave, Progress},
    outcome::{Evidence, Milestones, RoundOutcome, Settles},
    prompts,
    spoken::case_number,
    talk::{OpenRound, Question, Reason, Reply, Settled},
};
use crate::domain::verification::{DayPart, Outcome, Topic};
pub(crate) use step::Origin;
use step::Step;
use topic::Choice;

/// How many rounds one call asks about.
pub const ROUNDS_MAX: usize = 3;
/// The longest that a citizen may say beside the answer.
pub const WORDS_MS: u32 = 60_000;
/// The confirmation refused this often leaves the round to a person.
const REFUSALS_MAX: u8 = 2;

#[derive(Debug)]
pub(crate) struct Verification {
    origin: Origin,
    rounds: Vec<OpenRound>,
    /// The round that is being talked about.
    now: usize,
    step: Step,
    refusals: u8,
    /// Of the refusals, was one of "satisfied"?
    refused: bool,
    /// The part of the day that was asked for.
    later: Option<DayPart>,
    milestones: Milestones,
    /// What was said and keyed before the first round: evidence of every one.
    preamble: Evidence,
    /// Said before the next thing.
    thanks: Vec<Clip>,
    ring_back: bool,
    /// Feedback callers may take the call over.
    pub(crate) persons: bool,
}

impl Verification {
    /// `rounds` are the oldest first; more than `ROUNDS_MAX` are left for another call.
    pub(crate) fn new(origin: Origin, mut rounds: Vec<OpenRound>) -> Self {
        rounds.truncate(ROUNDS_MAX);
        Self {
            origin,
            rounds,
            now: 0,
            step: Step::RightParty,
            refusals: 0,
            refused: false,
            later: None,
            milestones: Milestones::default(),
            preamble: Evidence::default(),
            thanks: Vec::new(),
            ring_back: false,
            persons: false,
        }
    }

    pub(crate) fn begin(&mut self, desk: &mut Desk, at: At) -> Progress {
        if self.rounds.is_empty() {
            return self.leave(Leave::Goodbye(Vec::new()));
        }
        desk.take_evidence();
        let mut clips = vec![Clip::fixed(prompts::VERIFY_RIGHT_PARTY)];
        if self.origin == Origin::Outbound {
            clips.insert(0, Clip::fixed(prompts::VERIFY_CALLING_FROM));
        }
        let speech = desk.own(clips);
        desk.ask(Field::weighty(prompts::VERIFY_RIGHT_PARTY, Keys::of("123"), speech), at);
        Progress::Going
    }

    pub(crate) fn on(&mut self, event: Event, desk: &mut Desk, at: At) -> Progress {
        match (self.step, event) {
            (Step::RightParty, Event::Keyed(digits)) => match digits.as_str() {
                "1" => {
                    self.milestones.right_party = Some(at);
                    self.preamble = desk.take_evidence();
                    self.name(desk, at)
                }
                "2" => self.not_the_person(Outcome::NotHere, prompts::VERIFY_NOT_HERE, desk),
                _ => self.not_the_person(Outcome::WrongNumber, prompts::VERIFY_WRONG_NUMBER, desk),
            },
            (Step::Naming, Event::Said) => {
                self.milestones.number_spoken = Some(at);
                if self.round().partial && self.may_settle() {
                    return self.read_back(
                        Choice::Satisfied,
                        vec![Clip::fixed(prompts::VERIFY_LAST_TIME)],
                        desk,
                        at,
                    );
                }
                self.ask_answer(desk, at)
            }
            (Step::Answer, Event::Keyed(digits)) => {
                self.milestones.question_heard = desk.heard();
                self.milestones.answered = Some(at);
                if self.is_promise() {
                    return self.wanted(digits == "1", desk, at);
                }
                match digits.as_str() {
                    "1" => self.read_back(Choice::Satisfied, Vec::new(), desk, at),
                    "2" => self.read_back(Choice::NotSatisfied, Vec::new(), desk, at),
                    "3" => self.settle(Outcome::SpeakToPerson, None, desk, at),
                    _ => {
                        self.step = Step::When;
                        let speech = desk.own(vec![Clip::fixed(prompts::VERIFY_WHEN)]);
                        let keys = Keys::of("123");
                        desk.ask(
                            Field::weighty(prompts::VERIFY_WHEN, keys, speech).asked_once(),
                            at,
                        );
                        Progress::Going
                    }
                }
            }
            (Step::When, Event::Keyed(digits)) => {
                self.later = Some(match digits.as_str() {
                    "1" => DayPart::Morning,
                    "2" => DayPart::Afternoon,
                    _ => DayPart::Evening,
                });
                self.settle(Outcome::CallLater, None, desk, at)
            }
            // Later it is, whenever.
            (Step::When, Event::GaveUp(_)) => self.settle(Outcome::CallLater, None, desk, at),
            (Step::ReadBack(choice), Event::Said) => {
                self.step = Step::Confirm(choice);
                self.ask_key(prompts::VERIFY_CONFIRM, desk, at)
            }
            (Step::Confirm(choice), Event::Keyed(digits)) if digits == "1" => {
                // A resumed round was answered on an earlier call: the confirmation is its question.
                self.milestones.question_heard = self.milestones.question_heard.or(desk.heard());
                self.milestones.confirmed = Some(at);
                if choice == Choice::Satisfied && !self.may_settle() {
                    return self.settle(Outcome::Partial, None, desk, at);
                }
                match (self.round().topic, choice) {
                    (Topic::Resolution, _) | (_, Choice::Wanted) => {
                        self.ask_pressure(choice, desk, at)
                    }
                    (_, Choice::Satisfied) => self.settle(Outcome::Satisfied, None, desk, at),
                    (_, Choice::NotSatisfied) => self.settle(Outcome::NotSatisfied, None, desk, at),
                }
            }
            (Step::Confirm(choice), Event::Keyed(_)) => {
                self.refusals += 1;
                self.refused |= choice == Choice::Satisfied;
                if self.refusals >= REFUSALS_MAX {
                    return self.settle(Outcome::Undecided, None, desk, at);
                }
                self.milestones.answered = None;
                self.ask_answer(desk, at)
            }
            (Step::Pressure(choice), Event::Keyed(digits)) => {
                let pressured = digits == "1";
                let outcome = match (choice, pressured) {
                    (Choice::Satisfied, false) => Outcome::Satisfied,
                    (Choice::Satisfied | Choice::Wanted, true) => Outcome::Pressured,
                    (Choice::Wanted, false) => Outcome::Confirmed,
                    (Choice::NotSatisfied, _) => Outcome::NotSatisfied,
                };
                self.settle(outcome, Some(pressured), desk, at)
            }
            (Step::Settling(outcome), Event::Told(Reply::Settled(settled))) => {
                self.settled(outcome, Some(settled), desk, at)
            }
            (Step::Settling(outcome), Event::Told(_) | Event::NoReply) => {
                self.settled(outcome, None, desk, at)
            }
            (Step::Conduct, Event::Keyed(digits)) => {
                let (case, round) = (self.round().case, self.round().round);
                desk.tell(Question::RecordConduct { case, round, good: digits == "1" });
                if self.now + 1 < self.rounds.len() {
                    return self.next(desk, at);
                }
                self.step = Step::More;
                let speech = desk.own(vec![Clip::fixed(prompts::VERIFY_MORE)]);
                let more = Field::weighty(prompts::VERIFY_MORE, Keys::of("1"), speech);
                desk.ask(more.asked_once(), at);
                Progress::Going
            }
            (Step::More, Event::Keyed(_)) => {
                self.step = Step::Speaking;
                desk.tell(Question::TakeWords { case: self.round().case });
                let clips = vec![Clip::fixed(prompts::VERIFY_SPEAK), Clip::fixed(prompts::BEEP)];
                desk.record(clips, WORDS_MS, at);
                Progress::Going
            }
            (Step::Speaking, Event::Recorded(_)) => {
                self.thanks = vec![Clip::fixed(prompts::VERIFY_WORDS_KEPT)];
                self.goodbye()
            }
            (Step::More | Step::Speaking, Event::GaveUp(_)) => self.goodbye(),
            (Step::Conduct, Event::GaveUp(_)) => self.next(desk, at),
            (_, Event::GaveUp(reason)) => self.gave_up(reason, desk),
            (_, Event::HungUp) => {
                self.record_unfinished(desk);
                self.leave(Leave::Gone)
            }
            // Nothing else can be heard at these steps; an answer to a question of an earlier step is let go.
            (
                Step::RightParty
                | Step::Naming
                | Step::Answer
                | Step::When
                | Step::ReadBack(_)
                | Step::Confirm(_)
                | Step::Pressure(_)
                | Step::Settling(_)
                | Step::Conduct
                | Step::More
                | Step::Speaking
                | Step::Over,
                Event::Started
                | Event::Said
                | Event::Keyed(_)
                | Event::Recorded(_)
                | Event::Told(_)
                | Event::NoReply,
            ) => Progress::Going,
        }
    }

    fn round(&self) -> &OpenRound {
        &self.rounds[self.now]
    }

    fn is_promise(&self) -> bool {
        let topic = self.round().topic;
        matches!(topic, Topic::Withdrawal | Topic::Reopening | Topic::Unmerging)
    }

    fn may_settle(&self) -> bool {
        self.origin != Origin::Inbound { proven: false }
    }

    fn name(&mut self, desk: &mut Desk, at: At) -> Progress {
        let mut clips = std::mem::take(&mut self.thanks);
        if self.now > 0 {
            clips.push(Clip::fixed(prompts::VERIFY_NEXT));
        }
        clips.push(Clip::fixed(prompts::VERIFY_COMPLAINT_NUMBER));
        clips.extend(case_number(self.round().case));
        clips.push(Clip::fixed(prompts::VERIFY_SUBJECT));
        clips.push(self.round().subject.clone());
        clips.extend(topic::named(self.round().topic));
        if let Some(officer) = &self.round().officer {
            clips.extend([Clip::fixed(prompts::VERIFY_REPORTED_BY), officer.clone()]);
        }
        self.step = Step::Naming;
        desk.state(clips, at);
        Progress::Going
    }

    fn ask_answer(&mut self, desk: &mut Desk, at: At) -> Progress {
        self.step = Step::Answer;
        let (question, keys) = topic::question(self.round().topic);
        let speech = desk.own(vec![Clip::fixed(question)]);
        desk.ask(Field::weighty(question, Keys::of(keys), speech), at);
        Progress::Going
    }

    fn ask_pressure(&mut self, choice: Choice, desk: &mut Desk, at: At) -> Progress {
        self.step = Step::Pressure(choice);
        self.ask_key(prompts::VERIFY_PRESSURE, desk, at)
    }

    /// What was said by telephone is wanted, or not: the question has read it out, so its key is the confirmation.
    fn wanted(&mut self, yes: bool, desk: &mut Desk, at: At) -> Progress {
        if !yes {
            return self.settle(Outcome::Declined, None, desk, at);
        }
        self.milestones.confirmed = Some(at);
        match self.round().topic {
            Topic::Withdrawal => self.ask_pressure(Choice::Wanted, desk, at),
            _ => self.settle(Outcome::Confirmed, None, desk, at),
        }
    }

    /// The choice is always heard to its end before it can be confirmed.
    fn read_back(
        &mut self,
        choice: Choice,
        mut clips: Vec<Clip>,
        desk: &mut Desk,
        at: At,
    ) -> Progress {
        clips.extend(topic::read_back(self.round().topic, choice).map(Clip::fixed));
        self.step = Step::ReadBack(choice);
        desk.state(clips, at);
        Progress::Going
    }

    fn ask_key(&mut self, question: &'static str, desk: &mut Desk, at: At) -> Progress {
        let speech = desk.own(vec![Clip::fixed(question)]);
        desk.ask(Field::weighty(question, Keys::of("12"), speech), at);
        Progress::Going
    }

    fn settle(
        &mut self,
        outcome: Outcome,
        pressured: Option<bool>,
        desk: &mut Desk,
        at: At,
    ) -> Progress {
        let record = self.outcome(outcome, pressured, desk);
        self.step = Step::Settling(outcome);
        desk.inquire(Question::RecordRound(record), REPLY_MS, at);
        Progress::Going
    }

    fn settled(
        &mut self,
        outcome: Outcome,
        settled: Option<Settled>,
        desk: &mut Desk,
        at: At,
    ) -> Progress {
        let topic = self.round().topic;
        self.thanks = vec![Clip::fixed(match (outcome, settled, self.later) {
            (Outcome::CallLater, Some(_), Some(part)) => topic::later(part),
            _ => topic::thanks(topic, outcome, settled),
        })];
        if topic != Topic::Resolution {
            return match outcome {
                Outcome::SpeakToPerson => self.goodbye(),
                _ => self.next(desk, at),
            };
        }
        match outcome {
            Outcome::Satisfied | Outcome::NotSatisfied | Outcome::Pressured => {
                let mut clips = std::mem::take(&mut self.thanks);
                clips.push(Clip::fixed(prompts::VERIFY_CONDUCT));
                let speech = desk.own(clips);
                self.step = Step::Conduct;
                desk.ask(
                    Field::weighty(prompts::VERIFY_CONDUCT, Keys::of("12"), speech).asked_once(),
                    at,
                );
                Progress::Going
            }
            Outcome::Partial => {
                self.ring_back = true;
                self.next(desk, at)
            }
            Outcome::Undecided | Outcome::Confirmed | Outcome::Declined => self.next(desk, at),
            // What is not recorded, or is settled, is nobody's task.
            Outcome::SpeakToPerson if self.persons && settled == Some(Settled::Kept) => {
                let (case, round) = (self.round().case, self.round().round);
                self.leave(Leave::Caller { case, round })
            }
            Outcome::SpeakToPerson
            | Outcome::CallLater
            | Outcome::NotHere
            | Outcome::WrongNumber
            | Outcome::NoReply
            | Outcome::NoAnswer
            | Outcome::Busy
            | Outcome::Congestion
            | Outcome::BadNumber
            | Outcome::Fault => self.goodbye(),
        }
    }

    fn next(&mut self, desk: &mut Desk, at: At) -> Progress {
        if self.now + 1 >= self.rounds.len() {
            return self.goodbye();
        }
        self.now += 1;
        self.refusals = 0;
        self.refused = false;
        self.later = None;
        self.milestones =
            Milestones { right_party: self.milestones.right_party, ..Milestones::default() };
        desk.take_evidence();
        self.name(desk, at)
    }

    fn goodbye(&mut self) -> Progress {
        let mut clips = std::mem::take(&mut self.thanks);
        if self.ring_back {
            clips.push(Clip::fixed(prompts::WILL_RING_BACK));
        }
        self.leave(Leave::Goodbye(clips))
    }

    fn not_the_person(
        &mut self,
        outcome: Outcome,
        said: &'static str,
        desk: &mut Desk,
    ) -> Progress {
        if self.origin == Origin::Outbound {
            let record = self.outcome(outcome, None, desk);
            desk.tell(Question::RecordRound(record));
            return self.leave(Leave::Goodbye(vec![Clip::fixed(said)]));
        }
        self.leave(Leave::Menu(vec![Clip::fixed(prompts::ONLY_STATUS_OTHER_PHONE)]))
    }

    /// Keys did not come: what was settled by then stands. Outbound the call ends politely, inbound an operator takes over.
    fn gave_up(&mut self, reason: Reason, desk: &mut Desk) -> Progress {
        self.record_unfinished(desk);
        if self.origin == Origin::Outbound {
            return self.leave(Leave::Goodbye(Vec::new()));
        }
        self.leave(Leave::Operator(reason))
    }

    /// Records what the call leaves behind when it ends inside a round.
    fn record_unfinished(&mut self, desk: &mut Desk) {
        let outcome = match self.step {
            // Already recorded, or being recorded.
            Step::Settling(_) | Step::Conduct | Step::More | Step::Speaking | Step::Over => return,
            Step::When => Outcome::CallLater,
            Step::Pressure(Choice::Satisfied) => Outcome::Partial,
            Step::Pressure(Choice::NotSatisfied) => Outcome::NotSatisfied,
            // Whoever was pressed to withdraw must be able to hang up: nothing is withdrawn.
            Step::Pressure(Choice::Wanted) => Outcome::NoReply,
            Step::RightParty
            | Step::Naming
            | Step::Answer
            | Step::ReadBack(_)
            | Step::Confirm(_) => Outcome::NoReply,
        };
        if outcome == Outcome::NoReply {
            // Only a case whose number was spoken uses an attempt; the first case is what this call was dialled for.
            let counts = self.now == 0 || self.milestones.number_spoken.is_some();
            let dialled = self.origin == Origin::Outbound && counts;
            // A "satisfied" of an earlier call that was not confirmed now is void, on whosever call.
            if !dialled && !self.refused {
                return;
            }
        }
        if matches!(self.step, Step::Answer) {
            self.milestones.question_heard = self.milestones.question_heard.or(desk.heard());
        }
        let record = self.outcome(outcome, None, desk);
        desk.tell(Question::RecordRound(record));
    }

    fn outcome(
        &mut self,
        outcome: Outcome,
        pressured: Option<bool>,
        desk: &mut Desk,
    ) -> RoundOutcome {
        let mut evidence = self.preamble.clone();
        let own = desk.take_evidence();
        evidence.prompts.extend(own.prompts);
        evidence.keys.extend(own.keys);
        let settles = if outcome == Outcome::Partial && !self.may_settle() {
            Settles::ByRingBack
        } else {
            Settles::Here
        };
        RoundOutcome {
            case: self.round().case,
            round: self.round().round,
            outcome,
            pressured,
            refused: self.refused,
            later: self.later,
            settles,
            milestones: self.milestones,
            evidence,
        }
    }

    fn leave(&mut self, leave: Leave) -> Progress {
        self.step = Step::Over;
        Progress::Left(leave)
    }
}
