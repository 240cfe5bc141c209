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
mod tests {
    use super::*;
    use crate::domain::{chain, citizen::Hours};

    /// 2026-12-01T10:00:00+05:30
    const TEN: i64 = 1_796_099_400_000;

    fn event(stands: &Stands, at: i64, kind: &str, facts: &str, body: &str) -> Event {
        let mut event = Event {
            stream: "case:1000000".to_owned(),
            version: stands.version + 1,
            at: Timestamp(at),
            kind: kind.to_owned(),
            actor: "system".to_owned(),
            post: None,
            channel: "SYSTEM".to_owned(),
            facts: facts.to_owned(),
            body: body.to_owned(),
            prev_hash: stands.head,
            hash: chain::START,
        };
        event.hash = chain::hash(&event);
        event
    }

    fn facts(
        from: Option<(&str, u8)>,
        to: (&str, u8),
        due: Option<i64>,
        row: Option<(&str, i64)>,
    ) -> String {
        let row = row.map(|(reason, due)| {
            serde_json::json!({
                "from": from.unwrap().1, "to": to.1, "due": due, "moved": due + 5, "reason": reason,
                "attended": false, "charged": null,
            })
        });
        serde_json::json!({
            "state_from": from.map(|from| from.0), "state_to": to.0,
            "level_from": from.map(|from| from.1), "level_to": to.1,
            "due": due, "registered": TEN, "escalation": row,
        })
        .to_string()
    }

    fn take(
        stands: &mut Stands,
        at: i64,
        kind: &str,
        facts: &str,
        body: &str,
    ) -> Result<(), Breach> {
        let event = event(stands, at, kind, facts, body);
        stands.follow(&event, &serde_json::from_str(&event.facts).unwrap())
    }

    fn registered() -> Stands {
        let mut stands = Stands::new();
        let facts = facts(None, ("WITH_OFFICER", 1), Some(TEN + 604_800_000), None);
        take(&mut stands, TEN, "registered", &facts, "{}").unwrap();
        stands
    }

    fn awaiting() -> Stands {
        let mut stands = registered();
        let from = Some(("WITH_OFFICER", 1));
        take(
            &mut stands,
            TEN + 9,
            "resolved",
            &facts(from, ("AWAITING_VERIFICATION", 1), None, None),
            "{}",
        )
        .unwrap();
        stands
    }

    fn answer(stands: &mut Stands, keys: &[&str]) -> Result<(), Breach> {
        let keys: Vec<_> = keys.iter().map(|key| serde_json::json!({ "key": key })).collect();
        let body =
            serde_json::json!({ "round": 1, "outcome": "SATISFIED", "evidence": { "keys": keys } });
        let facts = facts(Some(("AWAITING_VERIFICATION", 1)), ("CLOSED_SATISFIED", 1), None, None);
        take(stands, TEN + 20, "answered", &facts, &body.to_string())
    }

    fn says(found: Result<(), Breach>, what: &str) {
        let found = found.unwrap_err();
        assert!(found.what.contains(what), "{found}");
    }

    #[test]
    fn a_life_by_the_rules_breaches_nothing() {
        assert_eq!(answer(&mut awaiting(), &["1", "1", "1", "2"]), Ok(()));
    }

    #[test]
    fn a_closure_without_its_keys_is_a_breach() {
        says(answer(&mut awaiting(), &["1", "1", "1"]), "the keys \"111\"");
        says(answer(&mut awaiting(), &["1", "1", "2"]), "the keys \"112\"");
        let mut stands = awaiting();
        let from = Some(("AWAITING_VERIFICATION", 1));
        let closed = facts(from, ("CLOSED_SATISFIED", 1), None, None);
        says(take(&mut stands, TEN + 20, "resolved", &closed, "{}"), "closed it as satisfied");
    }

    #[test]
    fn an_answer_by_hand_without_its_call_or_by_whoever_acted_is_a_breach() {
        let body = serde_json::json!({ "source": "HUMAN", "evidence": { "call": "c1" } });
        let facts = facts(Some(("AWAITING_VERIFICATION", 1)), ("CLOSED_SATISFIED", 1), None, None);
        let mut event = event(&awaiting(), TEN + 20, "answered", &facts, &body.to_string());
        event.actor = "account:7".to_owned();
        let acted = |accounts: &[&str]| accounts.iter().map(|name| (*name).to_owned()).collect();

        assert_eq!(by_hand(&event, &acted(&["account:8"]), |call| call == "c1"), Ok(()));
        says(by_hand(&event, &acted(&[]), |call| call == "c2"), "nobody picked up");
        says(by_hand(&event, &acted(&["account:7"]), |_| true), "took its answer");
    }

    #[test]
    fn a_second_answer_of_one_round_is_a_breach() {
        let mut stands = awaiting();
        stands.answered.push(1);
        says(answer(&mut stands, &["1", "1", "1", "2"]), "answered twice");
    }

    #[test]
    fn a_due_time_a_millisecond_beside_is_a_breach() {
        let mut stands = Stands::new();
        let late = facts(None, ("WITH_OFFICER", 1), Some(TEN + 604_800_001), None);
        says(take(&mut stands, TEN, "registered", &late, "{}"), "registered at");
        let from = Some(("WITH_OFFICER", 1));
        let moved = facts(from, ("WITH_OFFICER", 1), Some(TEN + 604_900_000), None);
        says(take(&mut registered(), TEN + 9, "note", &moved, "{}"), "note moved its due time");
    }

    #[test]
    fn a_move_without_its_row_or_of_two_levels_or_before_its_time_is_a_breach() {
        let due = TEN + 604_800_000;
        let from = Some(("WITH_OFFICER", 1));
        let fresh = Some(due + 5 + 604_800_000);
        let up = |level, row| facts(from, ("WITH_OFFICER", level), fresh, row);
        let swept = |facts: &str| take(&mut registered(), due + 5, "escalated", facts, "{}");

        assert_eq!(swept(&up(2, Some(("TIMEOUT", due)))), Ok(()));
        says(swept(&up(2, None)), "without a row");
        says(swept(&up(3, Some(("TIMEOUT", due)))), "from level 1 to 3");
        let early = facts(
            from,
            ("WITH_OFFICER", 2),
            Some(due + 604_800_000 - 1),
            Some(("TIMEOUT", due - 6)),
        );
        says(take(&mut registered(), due - 1, "escalated", &early, "{}"), "due at");
    }

    #[test]
    fn one_sweep_moves_a_case_once() {
        let mut stands = registered();
        stands.swept = Some(Timestamp(TEN + 604_800_005));
        let due = TEN + 604_800_000;
        let up = facts(
            Some(("WITH_OFFICER", 1)),
            ("WITH_OFFICER", 2),
            Some(due + 5 + 604_800_000),
            Some(("TIMEOUT", due)),
        );
        says(take(&mut stands, due + 5, "escalated", &up, "{}"), "moved it twice");
    }

    #[test]
    fn a_history_that_leaps_or_was_edited_is_a_breach() {
        let facts = facts(Some(("UNVERIFIED", 1)), ("CLOSED_SATISFIED", 1), None, None);
        says(take(&mut awaiting(), TEN + 20, "answered", &facts, "{}"), "but it stood at");
        let mut stands = awaiting();
        let mut edited = event(&stands, TEN + 20, "note", &facts, "{}");
        edited.body = r#"{"edited":true}"#.to_owned();
        says(stands.follow(&edited, &serde_json::from_str(&facts).unwrap()), "chain is broken");
    }

    #[test]
    fn a_dial_outside_the_hours_or_to_one_who_wants_none_is_a_breach() {
        let at = |minute: i64| Timestamp(TEN - 10 * 3_600_000 + minute * 60_000);
        let free = Safety::default();

        assert_eq!(dial(free, at(540), 1), Ok(()));
        assert_eq!(dial(free, at(1_199), 1), Ok(()));
        says(dial(free, at(539), 1), "minute 539");
        says(dial(free, at(1_200), 1), "minute 1200");
        says(dial(Safety { do_not_call: true, ..free }, at(600), 1), "wants no call");
        let hours = Hours::new(720, 960);
        says(dial(Safety { hours, ..free }, at(600), 1), "outside the hours");
    }
}
