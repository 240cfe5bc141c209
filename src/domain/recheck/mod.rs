//! The slice (rule book 1.4): a seeded share of the satisfied answers that the machine took is asked about again by a person. It
//! never blocks a closure, and only the citizen's own word in it moves a case.

pub mod draw;

use serde::{Deserialize, Serialize};

use super::{
    actor::Actor,
    case::{Case, State},
    chain::{self, Hash},
    change::Event,
    language::Language,
    place::PlaceCode,
    policy::Verification,
    refused::Refused,
    time::{DAY_MS, Day, Timestamp},
    verification::{Outcome, Purpose, Round, RoundState},
    words,
};

words! {
    pub enum RecheckState {
        /// A person is to ask.
        Open = "OPEN",
        /// Satisfied, as the machine was told.
        Upheld = "UPHELD",
        /// Not satisfied, or satisfied under pressure: the citizen's reopening.
        Contradicted = "CONTRADICTED",
        /// Tries used, the time over, the wrong person, or no answer that was confirmed: nothing changes.
        Unanswered = "UNANSWERED",
        /// The case left the closure in another way meanwhile: there is nothing to ask any more.
        Overtaken = "OVERTAKEN",
    }
}

/// The numbers of the slice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Numbers {
    /// Of the satisfied answers that the machine took, in basis points; a month keeps the share that it was committed with.
    pub share_bp: i64,
    /// After the answer.
    pub window_ms: i64,
    /// Days on which the citizen is rung about one answer.
    pub tries_max: i64,
    /// So long before its end a recheck comes before all other tasks.
    pub last_ms: i64,
    /// How long before a month begins its seed is committed.
    pub commit_ms: i64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            share_bp: 500,
            window_ms: 3 * DAY_MS,
            tries_max: 3,
            last_ms: DAY_MS,
            commit_ms: 7 * DAY_MS,
        }
    }
}

impl Numbers {
    /// Says what is wrong with them.
    pub fn check(&self) -> Result<(), &'static str> {
        if !(0..=draw::WHOLE_BP).contains(&self.share_bp) {
            return Err("the share is 0 to 10,000 basis points");
        }
        if self.window_ms <= 0 || self.tries_max <= 0 || self.last_ms < 0 || self.commit_ms <= 0 {
            return Err("spans and tries are above zero");
        }
        Ok(())
    }
}

/// One answer that is asked about again. Key: (case, round), of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recheck {
    pub case: i64,
    pub round: i64,
    /// Whose seed drew it, as 202611.
    pub month: i64,
    pub citizen: i64,
    pub language: Language,
    pub district: PlaceCode,
    pub state: RecheckState,
    pub drawn_at: Timestamp,
    pub ends_at: Timestamp,
    /// From then on it is given to a person.
    pub next_at: Timestamp,
    /// Days of tries that are used.
    pub tries: i64,
    pub dials: i64,
    /// Of the last dial, and whether its day counts in `tries`.
    pub try_day: Option<Day>,
    pub try_used: bool,
    /// What the last call brought, and who made it.
    pub outcome: Option<Outcome>,
    pub caller: Option<i64>,
    pub decided_at: Option<Timestamp>,
    /// Of its stream's last fact.
    pub version: i64,
    pub head: Hash,
}

/// What a recheck meets. `stands`: the case is still closed by the answer that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    Called { outcome: Outcome, stands: bool },
    TimeOver { stands: bool },
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Ends(RecheckState),
    /// Asked again; the day of the call is used.
    AnotherDay,
    /// Asked again on the same day; `used` as before.
    Again {
        after_ms: i64,
        uses: bool,
    },
}

impl Recheck {
    /// Of an answer that was just given, drawn by its month's seed.
    pub fn of(round: &Round, month: i64, numbers: &Numbers, now: Timestamp) -> Self {
        Self {
            case: round.case,
            round: round.round,
            month,
            citizen: round.citizen,
            language: round.language,
            district: round.district.clone(),
            state: RecheckState::Open,
            drawn_at: now,
            ends_at: now.plus_ms(numbers.window_ms),
            next_at: now,
            tries: 0,
            dials: 0,
            try_day: None,
            try_used: false,
            outcome: None,
            caller: None,
            decided_at: None,
            version: 0,
            head: chain::START,
        }
    }

    pub fn stream(&self) -> String {
        format!("recheck:{}:{}", self.case, self.round)
    }

    /// Is the case still closed by the answer that is asked about?
    pub fn stands(&self, case: &Case) -> bool {
        (case.state, case.round, case.citizen) == (State::ClosedSatisfied, self.round, self.citizen)
    }

    /// The one table: every state with everything that it can meet.
    fn table(&self, numbers: &Numbers, policy: &Verification, met: Met) -> Result<Next, Refused> {
        match (self.state, met) {
            (
                RecheckState::Open,
                Met::Called { stands: false, .. } | Met::TimeOver { stands: false },
            ) => Ok(Next::Ends(RecheckState::Overtaken)),
            (RecheckState::Open, Met::TimeOver { stands: true }) => {
                Ok(Next::Ends(RecheckState::Unanswered))
            }
            (RecheckState::Open, Met::Called { outcome, stands: true }) => match outcome {
                Outcome::Satisfied => Ok(Next::Ends(RecheckState::Upheld)),
                Outcome::NotSatisfied | Outcome::Pressured => {
                    Ok(Next::Ends(RecheckState::Contradicted))
                }
                // Nobody is rung again who does not want to answer, or is somebody else.
                Outcome::Undecided | Outcome::WrongNumber => {
                    Ok(Next::Ends(RecheckState::Unanswered))
                }
                Outcome::Partial
                | Outcome::SpeakToPerson
                | Outcome::CallLater
                | Outcome::NotHere
                | Outcome::NoReply
                | Outcome::NoAnswer
                | Outcome::BadNumber => Ok(self.another_day(numbers)),
                Outcome::Busy => match self.another_day(numbers) {
                    Next::AnotherDay => {
                        Ok(Next::Again { after_ms: policy.busy_redial_ms, uses: true })
                    }
                    over => Ok(over),
                },
                // A fault of ours or the trunk's uses no try.
                Outcome::Congestion | Outcome::Fault => {
                    Ok(Next::Again { after_ms: policy.congestion_redial_ms, uses: false })
                }
                Outcome::Confirmed | Outcome::Declined => Err(Refused::AnswersUnfit),
            },
            (
                RecheckState::Upheld
                | RecheckState::Contradicted
                | RecheckState::Unanswered
                | RecheckState::Overtaken,
                Met::Called { .. } | Met::TimeOver { .. },
            ) => Err(Refused::RoundOver),
        }
    }

    fn another_day(&self, numbers: &Numbers) -> Next {
        if self.used() < numbers.tries_max {
            Next::AnotherDay
        } else {
            Next::Ends(RecheckState::Unanswered)
        }
    }

    /// Tries with the one that is under way.
    fn used(&self) -> i64 {
        self.tries + i64::from(!self.try_used)
    }

    /// As what it met leaves it; its fact is the caller's to add.
    pub fn after(
        &self,
        numbers: &Numbers,
        policy: &Verification,
        met: Met,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let next = self.table(numbers, policy, met)?;
        let mut after = self.clone();
        if let Met::Called { outcome, .. } = met {
            after.outcome = Some(outcome);
        }
        let uses = match next {
            Next::Ends(state) => {
                (after.state, after.decided_at) = (state, Some(now));
                matches!(met, Met::Called { .. })
            }
            Next::AnotherDay => {
                after.next_at = now.next_ist_midnight();
                true
            }
            Next::Again { after_ms, uses } => {
                after.next_at = now.plus_ms(after_ms);
                uses
            }
        };
        if uses {
            (after.tries, after.try_used) = (self.used(), true);
        }
        Ok(after)
    }

    /// As a dial that was begun leaves it.
    #[must_use]
    pub fn dialled(&self, begun: &Round, caller: Option<i64>) -> Self {
        Self {
            dials: begun.dials,
            try_day: begun.attempt_day,
            try_used: begun.attempt_used,
            caller,
            ..self.clone()
        }
    }

    /// As the rules of dialling see it: a person's task, with the hours, caps and evening of any other.
    pub fn as_round(&self) -> Round {
        Round {
            case: self.case,
            purpose: Purpose::Resolution,
            round: self.round,
            citizen: self.citizen,
            language: self.language,
            district: self.district.clone(),
            state: match self.state {
                RecheckState::Open => RoundState::Open,
                RecheckState::Upheld
                | RecheckState::Contradicted
                | RecheckState::Unanswered
                | RecheckState::Overtaken => RoundState::Ended,
            },
            opened_at: self.drawn_at,
            ends_at: self.ends_at,
            next_at: None,
            attempts: self.tries,
            dials: self.dials,
            attempt_day: self.try_day,
            attempt_part: None,
            attempt_used: self.try_used,
            redials_busy: 0,
            redials_congestion: 0,
            partial: false,
            ring_back: false,
            human: true,
            asked_at: None,
            wanted_part: None,
            bad_number_days: 0,
            answer: None,
            answered_at: None,
            version: self.version,
        }
    }

    /// Adds the next fact of its own stream: nothing of it is in the case's before it is decided.
    pub fn fact(&mut self, by: &Actor, kind: &str, body: String, now: Timestamp) -> Event {
        let mut event = Event {
            stream: self.stream(),
            version: self.version + 1,
            at: now,
            kind: kind.to_owned(),
            actor: by.name(),
            post: None,
            channel: by.channel.as_str().to_owned(),
            facts: "{}".to_owned(),
            body,
            prev_hash: self.head,
            hash: chain::START,
        };
        event.hash = chain::hash(&event);
        (self.version, self.head) = (event.version, event.hash);
        event
    }
}

#[cfg(test)]
mod tests;
