//! What must hold of every run, said anew and not asked of the product: each fact of a case against the one before it,
//! each dial against the rule book. A breach ends the run.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{
    case::State,
    chain::{Chain, Hash},
    change::Event,
    citizen::Safety,
    time::Timestamp,
};

/// Rule book 1.2: 7 x 24 h.
const LEVEL_MS: i64 = 604_800_000;
/// Rule book 1.4: from nine, and until before eight in the evening, in minutes of the IST day.
const DIAL_MINUTES: std::ops::Range<u32> = 540..1_200;
pub const DIALS_A_DAY_MAX: i64 = 6;
pub const ATTEMPTS_A_DAY_MAX: i64 = 2;
/// The one answer that closes: I am the person, satisfied, yes, nobody pressed me.
const CLOSES: &str = "1112";
/// The same, behind an earlier call that broke off after the confirmation.
const CLOSES_RESUMED: &str = "112";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Breach {
    pub what: String,
}

/// An error of this module from a text.
macro_rules! breach {
    ($($text:tt)*) => {
        Err(Breach { what: format!($($text)*) })
    };
}

/// What every event of a case says of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Fact<'a> {
    state_from: Option<&'a str>,
    state_to: &'a str,
    level_from: Option<u8>,
    level_to: u8,
    due: Option<i64>,
    registered: i64,
    pub escalation: Option<Row<'a>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Row<'a> {
    pub from: u8,
    pub to: u8,
    due: Option<i64>,
    moved: i64,
    pub reason: &'a str,
    pub attended: bool,
    pub charged: Value,
}

impl Row<'_> {
    /// Did it move because its time was over?
    fn by_itself(&self) -> bool {
        matches!(self.reason, "TIMEOUT" | "PC_EXPIRED" | "OVERDUE_LAST" | "OVERDUE_MANUAL")
    }
}

/// A case as its events told it.
#[derive(Debug)]
pub struct Stands {
    pub state: State,
    pub level: u8,
    pub due: Option<i64>,
    pub registered: Timestamp,
    /// Arrivals at a level so far.
    pub stay: u64,
    pub version: i64,
    pub head: Hash,
    /// When a sweep moved it last.
    swept: Option<Timestamp>,
    /// Rounds that have their one answer, and rounds with a confirmed "satisfied" that waits for the rest.
    answered: Vec<i64>,
    partial: Vec<i64>,
    chain: Chain,
}

impl Stands {
    pub fn new() -> Self {
        Self {
            state: State::Unrouted,
            level: 0,
            due: None,
            registered: Timestamp(0),
            stay: 0,
            version: 0,
            head: [0; 32],
            swept: None,
            answered: Vec::new(),
            partial: Vec::new(),
            chain: Chain::start(),
        }
    }

    /// Takes the next event of the case, or says what does not fit.
    pub fn follow(&mut self, event: &Event, fact: &Fact<'_>) -> Result<(), Breach> {
        let stream = &event.stream;
        if let Err(broken) = self.chain.follow(event) {
            return breach!("{stream}: its chain is broken: {broken}");
        }
        let Some(state) = State::parse(fact.state_to) else {
            return breach!("{stream}: no such state as {}", fact.state_to);
        };
        if event.version > 1 {
            let from = (fact.state_from, fact.level_from);
            if from != (Some(self.state.as_str()), Some(self.level)) {
                return breach!(
                    "{stream} version {}: from {from:?}, but it stood at {} level {}",
                    event.version,
                    self.state,
                    self.level
                );
            }
            if fact.registered != self.registered.ms() {
                return breach!("{stream}: its registration moved");
            }
        }
        self.level_moves(event, fact)?;
        self.due_moves(event, fact, state)?;
        self.answers(event, state)?;
        self.registered = Timestamp(fact.registered);
        (self.state, self.level, self.due) = (state, fact.level_to, fact.due);
        (self.version, self.head) = (event.version, event.hash);
        Ok(())
    }

    /// Every move has its row, and time alone takes a case one level up at most, never before it is due.
    fn level_moves(&mut self, event: &Event, fact: &Fact<'_>) -> Result<(), Breach> {
        let (stream, kind) = (&event.stream, &event.kind);
        let moved = event.version > 1 && fact.level_to != self.level;
        let Some(row) = fact.escalation.as_ref().filter(|_| kind != "no_post") else {
            if moved {
                return breach!(
                    "{stream}: {kind} took it from level {} to {} without a row",
                    self.level,
                    fact.level_to
                );
            }
            return Ok(());
        };
        if (row.from, row.to) != (self.level, fact.level_to) {
            return breach!("{stream}: its row says {} to {}", row.from, row.to);
        }
        if row.moved != event.at.ms() {
            return breach!("{stream}: its row says another time than its event");
        }
        if row.by_itself() {
            if fact.level_to > self.level + 1 {
                return breach!(
                    "{stream}: time took it from level {} to {}",
                    self.level,
                    fact.level_to
                );
            }
            if self.swept == Some(event.at) {
                return breach!("{stream}: one sweep moved it twice");
            }
            if row.due != self.due || self.due.is_none_or(|due| event.at.ms() < due) {
                return breach!("{stream}: moved at {} and due at {:?}", event.at.ms(), self.due);
            }
            self.swept = Some(event.at);
        }
        Ok(())
    }

    /// A fresh clock is seven days to the millisecond; nothing but what the rules name moves a due time.
    fn due_moves(&mut self, event: &Event, fact: &Fact<'_>, to: State) -> Result<(), Breach> {
        let (stream, kind) = (&event.stream, event.kind.as_str());
        let arrives = matches!(
            kind,
            "registered" | "escalated" | "stayed" | "reopened" | "reopened_by_order"
        );
        if arrives && to != State::Unrouted {
            self.stay += 1;
            let due = event.at.ms() + LEVEL_MS;
            if fact.due != Some(due) {
                return breach!("{stream}: {kind} at {}, due at {:?}", event.at.ms(), fact.due);
            }
            return Ok(());
        }
        let moves = matches!(
            kind,
            "partially_closed"
                | "extended"
                | "category_changed"
                | "unmerged"
                | "returned"
                | "sent_back"
                | "routed"
        );
        if event.version > 1 && !moves && fact.due.is_some() && fact.due != self.due {
            return breach!(
                "{stream}: {kind} moved its due time from {:?} to {:?}",
                self.due,
                fact.due
            );
        }
        Ok(())
    }

    /// One answer a round, and no closure as satisfied but by the citizen's own keys.
    fn answers(&mut self, event: &Event, to: State) -> Result<(), Breach> {
        let stream = &event.stream;
        let closes = to == State::ClosedSatisfied && self.state != State::ClosedSatisfied;
        let called = matches!(event.kind.as_str(), "answered" | "attempted");
        if !called {
            return match closes {
                true => breach!("{stream}: {} closed it as satisfied", event.kind),
                false => Ok(()),
            };
        }
        let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
        let round = body["round"].as_i64().unwrap_or_default();
        let outcome = body["outcome"].as_str().unwrap_or_default();
        if event.kind == "attempted" && outcome == "PARTIAL" {
            self.partial.push(round);
        }
        if event.kind == "answered" {
            if self.answered.contains(&round) {
                return breach!("{stream}: round {round} is answered twice");
            }
            self.answered.push(round);
        }
        if closes {
            let (evidence, source) = (&body["evidence"], body["source"].as_str());
            let given = if source == Some("HUMAN") { "answers" } else { "keys" };
            let keys = evidence[given].as_array();
            let keys: String =
                keys.into_iter().flatten().filter_map(|key| key["key"].as_str()).collect();
            if source == Some("INBOUND") && evidence["proven"] != Value::Bool(true) {
                return breach!("{stream}: closed as satisfied by a call that proves nothing");
            }
            let resumed = self.partial.contains(&round) && keys == CLOSES_RESUMED;
            if outcome != "SATISFIED" || !(keys == CLOSES || resumed) {
                return breach!("{stream}: closed as satisfied by {outcome} and the keys {keys:?}");
            }
        }
        Ok(())
    }
}

/// What tells of a verification call; everything else that an account does is an act on the case.
pub fn is_of_a_call(kind: &str) -> bool {
    matches!(kind, "taken" | "attempted" | "answered" | "conduct")
}

/// An answer by hand comes from an answered call of our own, and never from whoever acted on the case.
pub fn by_hand(
    event: &Event,
    acted: &BTreeSet<String>,
    is_answered: impl Fn(&str) -> bool,
) -> Result<(), Breach> {
    let stream = &event.stream;
    if event.kind != "answered" {
        return Ok(());
    }
    let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
    if body["source"] != "HUMAN" {
        return Ok(());
    }
    if acted.contains(&event.actor) {
        return breach!("{stream}: {} acted on it and took its answer", event.actor);
    }
    let call = body["evidence"]["call"].as_str().unwrap_or_default();
    if !is_answered(call) {
        return breach!("{stream}: an answer of the call {call:?}, which nobody picked up");
    }
    Ok(())
}

/// Nobody is dialled outside the hours, nor who must not be called then.
pub fn dial(safety: Safety, now: Timestamp, citizen: u64) -> Result<(), Breach> {
    let minute = now.ist_minute();
    if !DIAL_MINUTES.contains(&minute) {
        return breach!("citizen {citizen} is dialled at minute {minute} of the day");
    }
    if safety.do_not_call {
        return breach!("citizen {citizen} wants no call and is dialled");
    }
    if safety.hours.is_some_and(|hours| !(hours.from_minute..hours.until_minute).contains(&minute))
    {
        return breach!(
            "citizen {citizen} is dialled at minute {minute}, outside the hours that are safe"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
